"""Every gesture and key of the canvas in the real window, by mouse and keyboard alone: what it makes of the graph,
and that one step back gives the identical graph, one forward the one that was made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from designer.keys_sheet import KeysSheet
from designer.main_window import MainWindow
from nodes.activation import ReLU
from nodes.block import Block
from nodes.graph.blocks import grouped
from nodes.graph.infer import infer
from nodes.graph.marks import Frame
from nodes.graph.model import Graph, Link, Network, Node
from tests.acceptance.user import CarriedDrag, User
from tests.designer.drawing import Hand, chain, give_focus
from tests.designer.windows import shown

Key = Qt.Key
LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
NONE, CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
IMAGE_CONV, CONV_RELU = Link("image", "output", "conv1", "x"), Link("conv1", "output", "relu1", "x")
HEALED = Link("image", "output", "relu1", "x")
ON_CONV_RELU, ON_NOTHING = QPointF(462, 26), QPointF(600, 350)


class Player(Hand):
    """Mouse and keys on the canvas of a window."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        super().__init__(qtbot, window.canvas)
        self.window, self.document, self.user = window, window.document, User(qtbot, window)

    @property
    def graph(self) -> Graph:
        return self.document.graph

    def begin(self, graph: Graph) -> None:
        """A drawing that nothing was done to, all of it in view."""
        self.document.open(Network(graph=graph), None)
        self.canvas.heat.show("")
        self.canvas.fit()
        give_focus(self.canvas)

    def select(self, *names: str) -> None:
        self.press(Key.Key_Escape)
        for number, name in enumerate(names):
            self.click(self.body(name), SHIFT if number else NONE)
        assert set(self.document.selection) == set(names)

    def types(self, words: str, end: Key = Key.Key_Return, keys: Qt.KeyboardModifier = NONE) -> None:
        """Into the field that came up for it."""
        field = focused()
        assert isinstance(field, QLineEdit | QPlainTextEdit), f"{field} takes no words"
        QTest.keyClicks(field, words)
        QTest.keyClick(field, end, keys)

    def press_focused(self, key: Key, keys: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(focused(), key, keys)

    def double_click(self, at: QPoint) -> None:
        QTest.mouseDClick(self.canvas.viewport(), LEFT, pos=at)

    def command(self, words: str) -> None:
        """Finds a command by Ctrl+K."""
        self.press(Key.Key_K, CTRL)
        self.types(words)

    def stroke(self, x: float, keys: Qt.KeyboardModifier) -> None:
        """From above the first row to below it."""
        self.drag(self.at(QPointF(x, -60)), self.at(QPointF(x, 90)), RIGHT, keys)

    def wheel(self, pixels: QPoint, keys: Qt.KeyboardModifier = NONE, *, by_fingers: bool = False) -> None:
        at, phase = QPointF(300, 200), Qt.ScrollPhase.ScrollUpdate if by_fingers else Qt.ScrollPhase.NoScrollPhase
        place = QPointF(self.canvas.viewport().mapToGlobal(at.toPoint()))
        told = pixels if by_fingers else QPoint()
        event = QWheelEvent(at, place, told, 8 * pixels, Qt.MouseButton.NoButton, keys, phase, False)
        QApplication.sendEvent(self.canvas.viewport(), event)

    def pinch(self) -> None:
        at, kind = QPointF(300, 200), Qt.NativeGestureType.ZoomNativeGesture
        device = QPointingDevice.primaryPointingDevice()
        QApplication.sendEvent(
            self.canvas.viewport(), QNativeGestureEvent(kind, device, 2, at, at, at, 0.25, QPointF())
        )


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


@pytest.fixture(scope="module")
def window(qapp: QApplication) -> Iterator[MainWindow]:
    """One for all gestures, without the programs that train and answer."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("designer.services.Services.start", lambda _self: None)
        patched.setattr("designer.palette_list.QDrag", CarriedDrag)
        with shown(Network(graph=drawing()), 1500, 950) as made:
            yield made


@pytest.fixture
def player(qtbot: QtBot, window: MainWindow) -> Player:
    return Player(qtbot, window)


def drawing() -> Graph:
    """image -> conv1 -> relu1; fc1, scores and relu2 stand below and are not joined."""
    return chain().with_node("relu2", Node(ReLU(), 504, 240))


def with_block() -> Graph:
    graph = drawing()
    return grouped(graph, infer(graph), ["conv1", "relu1"])[0]


def with_frame() -> Graph:
    graph = drawing()
    return graph.with_marks(graph.marks.with_frame("frame1", Frame("Stem", ("conv1", "relu1"))))


def block_of(graph: Graph) -> str:
    return next((name for name, node in graph.nodes.items() if isinstance(node.settings, Block)), "")


class Edit(NamedTuple):
    """What is selected, what is done then, and what has become of the graph."""

    done: Callable[[Player], object]
    found: Callable[[Graph], object]
    selected: tuple[str, ...] = ()
    drawn: Callable[[], Graph] = drawing


def of_kind(graph: Graph, kind: str) -> list[str]:
    return [name for name, node in graph.nodes.items() if node.settings.type_id == kind]


def at(graph: Graph, name: str) -> tuple[float, float]:
    return graph.nodes[name].x, graph.nodes[name].y


def fed_by(graph: Graph, name: str, port: str = "x") -> str:
    link = graph.incoming(name).get(port)
    return link.source if link else ""


def paste_text(player: Player, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    player.press(Key.Key_V, CTRL)


def by_email(player: Player) -> None:
    """Copied as text, quoted by a mail program, and pasted from there."""
    player.press(Key.Key_C, CTRL)
    text = QGuiApplication.clipboard().text()
    assert text
    paste_text(player, text)


def move_frame(player: Player) -> None:
    title = player.at(player.canvas.canvas_scene.marks.title_box("frame1").center())
    player.drag(title, title + player.at(QPointF(0, 144)) - player.at(QPointF(0, 0)))


EDITS: dict[str, Edit] = {
    "left drag of a node moves it": Edit(
        lambda p: p.drag(p.body("relu2"), p.body("scores") + QPoint(0, 90)), lambda g: at(g, "relu2") != (504, 240)
    ),
    "left drag of several moves all": Edit(
        lambda p: p.drag(p.body("fc1"), p.body("fc1") + QPoint(0, 60)),
        lambda g: at(g, "fc1")[1] > 144 and at(g, "scores")[1] > 144,
        ("fc1", "scores"),
    ),
    "drag from an output joins": Edit(
        lambda p: p.drag(p.output("fc1"), p.input("scores")), lambda g: fed_by(g, "scores") == "fc1"
    ),
    "drag from an input joins": Edit(
        lambda p: p.drag(p.input("scores"), p.output("fc1")), lambda g: fed_by(g, "scores") == "fc1"
    ),
    "drag of the end of a link takes it elsewhere": Edit(
        lambda p: p.drag(p.input("relu1"), p.input("relu2")),
        lambda g: fed_by(g, "relu2") == "conv1" and not fed_by(g, "relu1"),
    ),
    "a wire pulled into nothing lists what fits": Edit(
        lambda p: (p.drag(p.output("relu1"), p.at(ON_NOTHING)), p.types("maxpool2d")),
        lambda g: fed_by(g, of_kind(g, "max_pool2d")[0]) == "relu1",
    ),
    "Tab adds what is typed": Edit(
        lambda p: (p.press(Key.Key_Tab), p.types("dropout")), lambda g: of_kind(g, "dropout")
    ),
    "Shift+A adds what is typed": Edit(
        lambda p: (p.press(Key.Key_A, SHIFT), p.types("softmax")), lambda g: of_kind(g, "softmax")
    ),
    "double click on nothing adds what is typed": Edit(
        lambda p: (p.double_click(p.at(ON_NOTHING)), p.types("flatten")), lambda g: of_kind(g, "flatten")
    ),
    "a layer dragged from the list stands where it is dropped": Edit(
        lambda p: p.user.drag_from_palette("flatten", p.at(ON_NOTHING)), lambda g: of_kind(g, "flatten")
    ),
    "a layer dragged from the list onto a link goes into it": Edit(
        lambda p: p.user.drag_from_palette("relu", p.at(ON_CONV_RELU)),
        lambda g: fed_by(g, "relu1") == "relu3" and at(g, "relu1")[0] > 504,
    ),
    "a node dropped on a link goes into it": Edit(
        lambda p: p.drag(p.body("relu2"), p.at(ON_CONV_RELU)),
        lambda g: fed_by(g, "relu1") == "relu2" and fed_by(g, "relu2") == "conv1" and at(g, "relu1")[0] > 504,
    ),
    "Ctrl+drag from an output moves its links": Edit(
        lambda p: p.drag(p.output("conv1"), p.output("relu2"), LEFT, CTRL), lambda g: fed_by(g, "relu1") == "relu2"
    ),
    "Ctrl+drag from an input moves its link": Edit(
        lambda p: p.drag(p.input("relu1"), p.input("scores"), LEFT, CTRL), lambda g: fed_by(g, "scores") == "conv1"
    ),
    "Alt+click cuts a link": Edit(lambda p: p.click(p.at(ON_CONV_RELU), ALT), lambda g: g.links == (IMAGE_CONV,)),
    "Alt+click on a port cuts its links": Edit(
        lambda p: p.click(p.output("conv1"), ALT), lambda g: g.links == (IMAGE_CONV,)
    ),
    "Ctrl+right stroke cuts what it crosses": Edit(lambda p: p.stroke(210, CTRL), lambda g: g.links == (CONV_RELU,)),
    "Shift+right stroke adds a reroute point": Edit(
        lambda p: p.stroke(470, SHIFT), lambda g: g.marks.bends.keys() == {CONV_RELU}
    ),
    "double click on a link adds a reroute point": Edit(
        lambda p: p.double_click(p.at(ON_CONV_RELU)), lambda g: g.marks.bends.keys() == {CONV_RELU}
    ),
    "Alt+D takes the links off a node": Edit(
        lambda p: p.press(Key.Key_D, ALT), lambda g: g.links == (IMAGE_CONV,), ("relu1",)
    ),
    "Delete heals the link": Edit(lambda p: p.press(Key.Key_Delete), lambda g: g.links == (HEALED,), ("conv1",)),
    "Shift+Delete leaves a gap": Edit(lambda p: p.press(Key.Key_Delete, SHIFT), lambda g: not g.links, ("conv1",)),
    "Delete removes a link that was clicked": Edit(
        lambda p: (p.click(p.at(ON_CONV_RELU)), p.press(Key.Key_Delete)), lambda g: g.links == (IMAGE_CONV,)
    ),
    "Ctrl+X heals the link": Edit(lambda p: p.press(Key.Key_X, CTRL), lambda g: g.links == (HEALED,), ("conv1",)),
    "M mutes": Edit(
        lambda p: p.press(Key.Key_M),
        lambda g: g.nodes["conv1"].is_muted and infer(g).facts["relu1"].outputs["output"] == (1, 28, 28),
        ("conv1",),
    ),
    "Ctrl+G makes a block and names it": Edit(
        lambda p: (p.press(Key.Key_G, CTRL), p.types("stem")),
        lambda g: block_of(g) == "stem" and "conv1" not in g.nodes,
        ("conv1", "relu1"),
    ),
    "Ctrl+Shift+G dissolves a block": Edit(
        lambda p: (p.select(block_of(p.graph)), p.press(Key.Key_G, CTRL | SHIFT)),
        lambda g: not block_of(g) and set(g.links) == {IMAGE_CONV, CONV_RELU},
        drawn=with_block,
    ),
    "Ctrl+J frames with a title": Edit(
        lambda p: (p.press(Key.Key_J, CTRL), p.types("Stem")),
        lambda g: [(f.title, set(f.members)) for f in g.marks.frames.values()] == [("Stem", {"conv1", "relu1"})],
        ("conv1", "relu1"),
    ),
    "Ctrl+Shift+J takes a frame away": Edit(
        lambda p: p.press(Key.Key_J, CTRL | SHIFT), lambda g: not g.marks.frames, ("conv1",), with_frame
    ),
    "Alt+P takes a node out of its frame": Edit(
        lambda p: p.press(Key.Key_P, ALT),
        lambda g: g.marks.frames["frame1"].members == ("relu1",),
        ("conv1",),
        with_frame,
    ),
    "drag of a frame's title moves its nodes": Edit(
        move_frame, lambda g: at(g, "conv1")[1] > 0 and at(g, "relu1")[1] > 0, drawn=with_frame
    ),
    "Shift+N writes a note in Markdown": Edit(
        lambda p: (p.press(Key.Key_N, SHIFT), p.types("**bold**", Key.Key_Return, CTRL)),
        lambda g: [note.text for note in g.marks.notes.values()] == ["**bold**"],
    ),
    "Ctrl+D duplicates": Edit(lambda p: p.press(Key.Key_D, CTRL), lambda g: of_kind(g, "conv2d")[1:], ("conv1",)),
    "Ctrl+C and Ctrl+V copy with the links among them": Edit(
        lambda p: (p.press(Key.Key_C, CTRL), p.press(Key.Key_V, CTRL)),
        lambda g: fed_by(g, of_kind(g, "relu")[2]) == of_kind(g, "conv2d")[1],
        ("conv1", "relu1"),
    ),
    "Ctrl+Shift+V pastes with what fed them": Edit(
        lambda p: (p.press(Key.Key_C, CTRL), p.press(Key.Key_V, CTRL | SHIFT)),
        lambda g: fed_by(g, of_kind(g, "conv2d")[1]) == "image",
        ("conv1",),
    ),
    "what was copied is text and comes back from an e-mail": Edit(
        by_email, lambda g: len(of_kind(g, "conv2d")) == 2, ("conv1",)
    ),
    "PyTorch text is pasted as nodes": Edit(
        lambda p: paste_text(p, "nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten())"),
        lambda g: fed_by(g, of_kind(g, "flatten")[0]) == "relu3",
    ),
    "L tidies all": Edit(lambda p: p.press(Key.Key_L), lambda g: at(g, "relu2") != (504, 240)),
    "L tidies the selection": Edit(
        lambda p: p.press(Key.Key_L),
        lambda g: at(g, "relu2") != (504, 240) and at(g, "conv1") == (252, 0),
        ("fc1", "relu2", "scores"),
    ),
    "Shift+L tidies downwards": Edit(
        lambda p: p.press(Key.Key_L, SHIFT), lambda g: at(g, "conv1")[1] > at(g, "image")[1]
    ),
    "Alt+arrow nudges": Edit(lambda p: p.press(Key.Key_Right, ALT), lambda g: at(g, "fc1") == (12, 144), ("fc1",)),
    "align, by Ctrl+K": Edit(
        lambda p: p.command("align left"), lambda g: at(g, "relu2")[0] == at(g, "fc1")[0], ("fc1", "relu2")
    ),
    "distribute, by Ctrl+K": Edit(
        lambda p: p.command("spread vertically"),
        lambda g: at(g, "fc1")[1] == (at(g, "image")[1] + at(g, "relu2")[1]) / 2,
        ("image", "fc1", "relu2"),
    ),
    "F2 renames in place": Edit(
        lambda p: (p.press(Key.Key_F2), p.press_focused(Key.Key_A, CTRL), p.types("stem")),
        lambda g: "stem" in g.nodes and fed_by(g, "relu1") == "stem",
        ("conv1",),
    ),
    "Enter, arrow, Enter joins without a mouse": Edit(
        lambda p: [p.press(key) for key in (Key.Key_Return, Key.Key_Down, Key.Key_Return)],
        lambda g: len(g.links) == 3,
        ("fc1",),
    ),
}


@pytest.mark.parametrize("words", EDITS)
def test_an_edit_is_one_step_and_undoing_it_gives_the_identical_graph(
    player: Player, words: str, qtbot: QtBot
) -> None:
    edit, document = EDITS[words], player.document
    player.begin(edit.drawn())
    if edit.selected:
        player.select(*edit.selected)
    before = document.root_graph
    edit.done(player)
    qtbot.waitUntil(lambda: document.root_graph is not before)  # tidying moves first
    after = document.root_graph
    assert edit.found(after)
    assert document.undo_stack.count() == 1
    give_focus(player.canvas)
    player.press(Key.Key_Z, CTRL)
    assert document.root_graph is before
    player.press(Key.Key_Z, CTRL | SHIFT)
    assert document.root_graph is after


class Look(NamedTuple):
    """What is done, and what is seen otherwise then."""

    done: Callable[[Player], object]
    seen: Callable[[Player], object]
    selected: tuple[str, ...] = ()
    drawn: Callable[[], Graph] = drawing


def zoom(player: Player) -> object:
    return player.canvas.zoom


def middle(player: Player) -> object:
    return player.canvas.visible_middle()


def selection(player: Player) -> object:
    return player.document.selection


def scope(player: Player) -> object:
    return player.document.scope


def drag_with_space(player: Player) -> None:
    QTest.keyPress(player.canvas, Key.Key_Space)
    player.drag(player.at(ON_NOTHING), player.at(ON_NOTHING) + QPoint(60, 40))
    QTest.keyRelease(player.canvas, Key.Key_Space)


def pan(player: Player, button: Qt.MouseButton, keys: Qt.KeyboardModifier) -> None:
    player.drag(player.at(ON_NOTHING), player.at(ON_NOTHING) + QPoint(60, 40), button, keys)


def enter_and_leave(player: Player) -> None:
    player.press(Key.Key_Return, ALT)
    assert player.document.scope == (block_of(player.document.root_graph),)
    player.press(Key.Key_Up, CTRL)
    assert player.document.scope == ()


LOOKS: dict[str, Look] = {
    "the wheel zooms": Look(lambda p: p.wheel(QPoint(0, 15)), zoom),
    "Ctrl+wheel zooms": Look(lambda p: p.wheel(QPoint(0, -15), CTRL), zoom),
    "a pinch zooms": Look(Player.pinch, zoom),
    "two fingers pan": Look(lambda p: p.wheel(QPoint(30, -20), by_fingers=True), middle),
    "middle drag pans": Look(lambda p: pan(p, MIDDLE, NONE), middle),
    "Alt+left drag pans": Look(lambda p: pan(p, LEFT, ALT), middle),
    "Space+drag pans": Look(drag_with_space, middle),
    "Home shows all": Look(lambda p: p.press(Key.Key_Home), lambda p: p.canvas._shows_all),
    "F frames the selection": Look(lambda p: p.press(Key.Key_F), middle, ("relu2",)),
    "the point frames the selection": Look(lambda p: p.press(Key.Key_Period), middle, ("relu2",)),
    "left drag on nothing selects": Look(
        lambda p: p.drag(p.at(QPointF(-40, 100)), p.at(QPointF(440, 220))), selection
    ),
    "Shift+click adds": Look(lambda p: p.click(p.body("relu1"), SHIFT), selection, ("conv1",)),
    "Ctrl+click takes out": Look(lambda p: p.click(p.body("relu1"), CTRL), selection, ("conv1", "relu1")),
    "arrows walk from node to node": Look(lambda p: p.press(Key.Key_Right), selection, ("conv1",)),
    "Ctrl+A selects all": Look(lambda p: p.press(Key.Key_A, CTRL), selection),
    "Alt+Enter enters a block": Look(
        lambda p: (p.select(block_of(p.graph)), p.press(Key.Key_Return, ALT)), scope, drawn=with_block
    ),
    "a double click enters a block": Look(
        lambda p: p.double_click(p.body(block_of(p.graph))), scope, drawn=with_block
    ),
    "Ctrl+Up leaves it, selected": Look(
        lambda p: (p.select(block_of(p.graph)), enter_and_leave(p)), selection, drawn=with_block
    ),
    "Ctrl+F finds by shape": Look(lambda p: (p.press(Key.Key_F, CTRL), p.types("6×24×24")), selection),
    "Ctrl+F finds by problem": Look(lambda p: (p.press(Key.Key_F, CTRL), p.types("error")), selection),
    "a number key colours nodes": Look(lambda p: p.press(Key.Key_1), lambda p: p.canvas.heat.key),
    "? shows the keys": Look(
        lambda p: (QTest.keyClick(p.canvas, "?"), p.press_focused(Key.Key_Escape)),
        lambda p: len(p.window.findChildren(KeysSheet)),
    ),
}


@pytest.mark.parametrize("words", LOOKS)
def test_what_only_looks_changes_no_graph(player: Player, words: str) -> None:
    look, document = LOOKS[words], player.document
    player.begin(look.drawn())
    if words.startswith("Home"):
        player.canvas.zoom_reset()
    if look.selected:
        player.select(*look.selected)
    before, seen = document.root_graph, look.seen(player)
    look.done(player)
    assert look.seen(player) != seen
    assert document.root_graph is before
    assert document.undo_stack.count() == 0


def test_backspace_never_deletes_nor_leaves_a_block_by_surprise(player: Player) -> None:
    player.begin(with_block())
    before, name = player.graph, block_of(player.graph)
    player.select(name)
    player.press(Key.Key_Backspace)
    player.press(Key.Key_Return, ALT)
    player.press(Key.Key_Backspace)
    assert player.document.scope == (name,)
    assert player.document.root_graph is before
