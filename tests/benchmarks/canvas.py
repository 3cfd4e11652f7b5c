"""The canvas with many nodes: whole repaints, pan, zoom, drag of a node; and building it, beside NodeGraphQt.

Painted by Qt's raster engine into the real view. A frame that was not painted counts as none: every figure is the
median over painted frames. The peer is NodeGraphQt's fork for PySide6 (``NodeGraphQt-QuiltiX-fork`` with ``qtpy``);
where it is not installed, its figures are left out.
"""

from __future__ import annotations

import gc
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tests.benchmarks.figures import AbsentError, Figure

SIZES = {200: None, 1_000: 8.0, 5_000: 16.0, 20_000: 33.0}  # nodes, and the goal of each frame in ms
PEER_GOALS = {1_000: 15.0, 5_000: 40.0}
FRAMES, ROW, REPEATS = 24, 50, 3
SETTLING = 12.0  # seconds
VIEW = (1280, 720)


def run() -> Iterable[Figure]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from designer.app import make_app

    app = make_app()
    for size, goal in SIZES.items():
        yield from of_size(app, size, goal)
    yield from opening(app, 5_000)
    yield from returning(app, 5_000)
    try:
        yield from beside_peer(app)
    finally:  # also where there is no peer; and after it, whose widgets slow down beside a whole window
        yield from editing(app, 1_000)


def network(size: int):
    """Rows of convolution, normalization, activation and addition with skip links, as people draw them."""
    from nodes.activation import ReLU
    from nodes.boundary import Input
    from nodes.conv import Conv2d
    from nodes.graph.model import Graph, Link, Network, Node
    from nodes.merge import Add
    from nodes.normalization import BatchNorm2d

    kinds = (Conv2d(64, padding=(1, 1)), BatchNorm2d(), ReLU(), Add())
    nodes = {"image": Node(Input("image", (64, 28, 28)), 0, 0)}
    links, before, skip = [], "image", "image"
    for number in range(1, size):
        settings = kinds[(number - 1) % 4]
        name = f"{settings.stem}{number}"
        nodes[name] = Node(settings, 252.0 * (number % ROW), 144.0 * (number // ROW))
        port = "x1" if isinstance(settings, Add) else "x"
        links.append(Link(before, "output", name, port))
        if isinstance(settings, Add):
            links.append(Link(skip, "output", name, "x2"))
            skip = name
        before = name
    return Network(Graph(nodes, tuple(links)))


class Stage:
    """A view on a network, with its paints counted."""

    def __init__(self, app, size: int) -> None:
        from PySide6.QtCore import QEvent, QObject

        from designer.canvas.view import CanvasView
        from designer.document import Document

        class Counter(QObject):
            painted = 0

            def eventFilter(self, watched, event) -> bool:
                self.painted += event.type() == QEvent.Type.Paint
                return False

        self.app, self.document = app, Document(network(size))
        gc.collect()
        memory, began = resident(), time.perf_counter()
        self.view = CanvasView(self.document)
        self.build_seconds = time.perf_counter() - began
        self.memory = resident() - memory
        self.view.resize(*VIEW)
        self.view.show()
        self.counter = Counter()
        self.view.viewport().installEventFilter(self.counter)
        self.settle()

    def settle(self) -> None:
        for _ in range(3):
            self.app.processEvents()

    def frames(self, change: Callable[[int], None]) -> float:
        """Median milliseconds from a change to the end of its paint."""
        taken = []
        for number in range(FRAMES):
            seen, began = self.counter.painted, time.perf_counter()
            change(number)
            self.app.processEvents()
            if self.counter.painted > seen:
                taken.append((time.perf_counter() - began) * 1e3)
        if len(taken) < FRAMES // 2:
            raise AssertionError(f"only {len(taken)} of {FRAMES} frames were painted")
        return statistics.median(taken)

    def close(self) -> None:
        close(self.app, self.view)


def of_size(app, size: int, goal: float | None) -> Iterator[Figure]:
    stage = Stage(app, size)
    view, scene = stage.view, stage.view.canvas_scene
    title, name = f"canvas {size}:", central(scene)
    yield Figure(f"{title} building items", stage.build_seconds * 1e3, "ms", 600 if size == 5_000 else None)
    if size >= 1_000:  # of fewer, what every window takes would be shared out among too few
        yield Figure(f"{title} memory a node", stage.memory / size / 1024, "KiB", 20)
    view.fit()
    stage.settle()
    yield Figure(f"{title} repaint, zoomed out", stage.frames(lambda _: view.viewport().update()), "ms", goal)
    yield Figure(f"{title} pan, zoomed out", stage.frames(lambda n: view.pan_by(step(n))), "ms", goal)
    yield Figure(f"{title} zoom step, zoomed out", stage.frames(lambda n: zoom(view, n)), "ms", goal)
    yield Figure(f"{title} drag, zoomed out", stage.frames(lambda n: drag(scene, name, n)), "ms", goal)
    view.zoom_reset()
    view.look_at(middle(scene))
    stage.settle()
    yield Figure(f"{title} repaint at 1:1", stage.frames(lambda _: view.viewport().update()), "ms", goal)
    yield Figure(f"{title} pan at 1:1", stage.frames(lambda n: view.pan_by(step(n))), "ms", goal)
    yield Figure(f"{title} zoom step at 1:1", stage.frames(lambda n: zoom(view, n)), "ms", goal)
    yield Figure(f"{title} drag at 1:1", stage.frames(lambda n: drag(scene, name, n)), "ms", goal)
    stage.close()


def opening(app, size: int) -> Iterator[Figure]:
    """From a file to the first picture of it, the one that shows everything."""
    from designer.canvas.view import CanvasView
    from designer.document import Document
    from nodes.graph.files import load, save

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.netw"
        save(network(size), path)
        taken = []
        for _ in range(REPEATS):
            gc.collect()
            began = time.perf_counter()
            view = CanvasView(Document(load(path).network))
            view.resize(*VIEW)
            view.show()
            view.fit()
            app.processEvents()
            taken.append((time.perf_counter() - began) * 1e3)
            close(app, view)
    yield Figure(f"canvas {size}: opening, to the first picture", statistics.median(taken), "ms", 1500)


def returning(app, size: int) -> Iterator[Figure]:
    """From an empty tab back to one that was shown before."""
    stage = Stage(app, size)
    document, taken = stage.document, []
    for _ in range(REPEATS):
        sheet = document.sheet()
        document.take_up(None)
        stage.settle()
        began = time.perf_counter()
        document.take_up(sheet)
        app.processEvents()
        taken.append((time.perf_counter() - began) * 1e3)
    yield Figure(f"canvas {size}: back to its tab", statistics.median(taken), "ms", 100)
    stage.close()


def editing(app, size: int) -> Iterator[Figure]:
    """From an edit in the whole window to the paint after it: canvas, form, layer table, problems, status line."""
    from designer.document import Document
    from designer.main_window import MainWindow

    window = MainWindow(Document(network(size)))
    window.resize(1600, 1000)
    window.show()
    graph = window.document.graph
    convs = [name for name in graph.nodes if name.startswith("conv")]
    name = convs[len(convs) // 2]
    window.document.select((name,))
    window.canvas.zoom_reset()
    window.canvas.look_at(window.canvas.canvas_scene.node_items[name].scene_box().center())
    until = time.perf_counter() + SETTLING
    while time.perf_counter() < until:  # the programs that train and answer start beside the window
        app.processEvents()
    for what, changed in (("a setting of one node", name), ("the size of the input", "image")):
        taken = [edit(app, window.document, changed, number) for number in range(FRAMES)]
        yield Figure(f"canvas {size}: {what} edited, all shown", statistics.median(taken), "ms", 16)
    window.document.undo_stack.setIndex(0)  # else it would ask whether to save
    close(app, window)


def edit(app, document, name: str, number: int) -> float:
    """Milliseconds of one edit: every shape behind an input changes with its size."""
    import dataclasses

    settings = document.graph.nodes[name].settings
    side = 5 if number % 2 else 3
    changes = {"size": (64, 25 + side, 28)} if name == "image" else {"kernel_size": (side, side)}
    if name != "image":
        changes["padding"] = (side // 2, side // 2)
    graph = document.graph.with_settings(name, dataclasses.replace(settings, **changes))
    began = time.perf_counter()
    document.edit(graph, "Edit")
    app.processEvents()
    return (time.perf_counter() - began) * 1e3


def close(app, widget) -> None:
    widget.close()
    widget.deleteLater()
    app.processEvents()


def middle(scene):
    """The middle of the drawing, where nodes are on all sides."""
    return scene.content_rect().center()


def step(number: int):
    from PySide6.QtCore import QPoint

    return QPoint(37, 11) * (1 if number % 2 else -1)


def zoom(view, number: int) -> None:
    view.zoom_by(1.1 if number % 2 else 1 / 1.1, view.viewport().rect().center())


def central(scene) -> str:
    """The node nearest to the middle."""
    at = middle(scene)
    distance = {n: abs(item.left - at.x()) + abs(item.top - at.y()) for n, item in scene.node_items.items()}
    return min(distance, key=distance.__getitem__)


def drag(scene, name: str, number: int) -> None:
    from PySide6.QtCore import QPointF

    item = scene.node_items[name]
    scene.preview_places({name: item.pos() + QPointF(12, 12) * (1 if number % 2 else -1)})


def resident() -> int:
    import psutil

    return psutil.Process().memory_info().rss


def beside_peer(app) -> Iterator[Figure]:
    try:
        from NodeGraphQt import BaseNode, NodeGraph
    except ImportError:
        raise AbsentError("NodeGraphQt is not installed (pip install NodeGraphQt-QuiltiX-fork qtpy).") from None

    class Layer(BaseNode):
        __identifier__, NODE_NAME = "layers", "Layer"

        def __init__(self) -> None:
            super().__init__()
            self.add_input("x1")
            self.add_input("x2")
            self.add_output("output")

    for size, goal in PEER_GOALS.items():
        drawn = network(size).graph
        began = time.perf_counter()
        peer = NodeGraph()
        peer.register_node(Layer)
        built = {}
        for name, node in drawn.nodes.items():
            built[name] = peer.create_node("layers.Layer", name=name, pos=[node.x, node.y], push_undo=False)
        for link in drawn.links:
            end = built[link.target].input(1 if link.input == "x2" else 0)
            built[link.source].output(0).connect_to(end, push_undo=False)
        peer_seconds = time.perf_counter() - began
        stage = Stage(app, size)
        yield Figure(
            f"canvas {size}: building, against NodeGraphQt", peer_seconds / stage.build_seconds, "×", goal, "higher"
        )
        theirs = at_full_size(app, peer.viewer())
        ours = at_full_size(app, stage.view)
        yield Figure(f"canvas {size}: repaint at 1:1, against NodeGraphQt", theirs / ours, "×", 5.0, "higher")
        stage.close()
        peer.viewer().close()


def at_full_size(app, view) -> float:
    """Median milliseconds of a repaint at 1:1 of the middle of the drawing."""
    from PySide6.QtCore import QPointF, QRectF

    view.resize(*VIEW)
    view.show()
    app.processEvents()
    if hasattr(view, "look_at"):
        view.zoom_reset()
        view.look_at(middle(view.canvas_scene))
    else:  # the peer's view shows the part that it is told, and centerOn() is undone at its next move
        places = [item.scenePos() for item in view.all_nodes()]
        at = QPointF(max(place.x() for place in places) / 2, max(place.y() for place in places) / 2)
        view.set_scene_rect([*QRectF(at.x() - VIEW[0] / 2, at.y() - VIEW[1] / 2, *VIEW).getRect()])
    app.processEvents()
    taken = []
    for _ in range(FRAMES):
        began = time.perf_counter()
        view.viewport().repaint()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1e3
