"""Following: a small graph forward and back on the canvas: values in green, gradients in red on every link."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from designer import dialogs
from designer.canvas.geometry import NODE_HEIGHT, RADIUS
from designer.canvas.grid import Box
from designer.canvas.link_item import LinkItem
from designer.canvas.look import look
from designer.document import Changes
from designer.inspect.over_drawing import OverDrawing
from designer.inspect.passing import Pass, parsed
from designer.widgets import label
from nodes.arithmetic import Parameter
from nodes.graph.files import write
from nodes.graph.model import Network
from runtime.protocol import Answer, Refused
from runtime.questions.insight import FollowGraph

if TYPE_CHECKING:
    from designer.main_window import MainWindow

WAIT_MS = 120  # after an edit, before it is followed anew
MOST_FIELDS, MOST_NUMBERS = 6, 12  # that are edited in the bar
PADDING, LINE = 8.0, 17.0
MOST_ENLARGED = 1.5  # of the numbers, while the drawing is shown smaller than it is


class Following(OverDrawing):
    """Lives while the graph is followed; ``leave`` ends it."""

    level = 1.4  # above the nodes

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window, "Values and gradients", "Stop following")
        assert window.services is not None
        self._engine = window.services.looker
        self.passed = Pass()
        self.place = 0
        self.given: dict[str, list[float]] = {}
        self.texts: dict[Any, tuple[str, str]] = {}
        self._asked = 0
        self.fields: dict[str, QLineEdit] = {}
        self._fill_bar()
        self._wait = QTimer(self, singleShot=True, interval=WAIT_MS)
        self._wait.timeout.connect(self.ask)
        self.bar.again.connect(self.ask)
        self.bar.show()
        self.bar.say("Working it out…")
        self.ask()

    def ask(self) -> None:
        """Asks for the passes of the graph that is shown."""
        self._engine.forget(self._asked)
        network = write(Network(graph=self._document.graph), is_compact=True).decode()
        run = self._window.services.trained_run() if self._window.services and not self._document.scope else None
        request = FollowGraph(0, network, str(run) if run else "", self.given)
        self._asked = self._engine.ask(self, request, self._show, self._refuse)

    def go(self, place: int) -> None:
        """To a place of the pass; beyond its ends it stays at them."""
        self.place = min(max(place, 0), self.passed.last)
        self.texts = self.passed.shown(self.place)
        self.bar.say(self.passed.words(self.place))
        for name, end in (("start", 0), ("back", 0), ("on", self.passed.last), ("end", self.passed.last)):
            self.buttons[name].setEnabled(self.place != end)
        self._scene.update()

    def step(self, count: int) -> None:
        self.go(self.place + count)

    def leave(self) -> None:
        """Shows the drawing alone again."""
        self._engine.forget(self._asked)
        super().leave()
        self._window.canvas.setFocus()

    # --- bar

    def _fill_bar(self) -> None:
        bar = self.bar
        steps = (
            ("start", "|◀", "To the start (Home)", Qt.Key.Key_Home, lambda: self.go(0)),
            ("back", "◀", "One step back (Left)", Qt.Key.Key_Left, partial(self.step, -1)),
            ("on", "▶", "One step on (Right)", Qt.Key.Key_Right, partial(self.step, 1)),
            ("end", "▶|", "To the end (End)", Qt.Key.Key_End, lambda: self.go(self.passed.last)),
        )
        self.buttons = {name: bar.tool(sign, words, do) for name, sign, words, _, do in steps}
        for name, _, _, key, do in steps:
            bar.row.addWidget(self.buttons[name])
            bar.on_key(key, do)

    def _fill_fields(self) -> None:
        """A field for each input, and for each Parameter: its setting."""
        wanted = {name: list(passed.value) for name, passed in self.passed.inputs.items()}
        for name, node in self._document.graph.nodes.items():
            if isinstance(node.settings, Parameter) and name in self.passed.order:
                wanted[name] = list(node.settings.value)
        wanted = dict([(n, v) for n, v in wanted.items() if len(v) <= MOST_NUMBERS][:MOST_FIELDS])
        if wanted.keys() != self.fields.keys():
            self._make_fields(list(wanted))
        for name, values in wanted.items():
            if not self.fields[name].hasFocus():
                self.fields[name].setText(", ".join(f"{value:.4g}" for value in values))

    def _make_fields(self, names: list[str]) -> None:
        while self.bar.below.count():
            row = self.bar.below.takeAt(0).layout()
            while row is not None and row.count():
                widget = row.takeAt(0).widget()
                if widget is not None:
                    widget.deleteLater()
        row = QHBoxLayout()
        row.setSpacing(6)
        self.fields = {}
        for name in names:
            field = self.fields[name] = QLineEdit()
            field.setAccessibleName(f"Numbers of {name}")
            field.setToolTip("Numbers with commas between them; Enter follows them")
            field.editingFinished.connect(partial(self._take, name))
            row.addWidget(label(name, "secondary"))
            row.addWidget(field, 1)
        self.bar.below.addLayout(row)
        self.bar.stand()

    def _take(self, name: str) -> None:
        """What a user wrote into a field."""
        values = parsed(self.fields[name].text())
        graph = self._document.graph
        if values is None or not values:
            self.bar.say(f"{name}: “{self.fields[name].text()}” holds something that is no number.")
        elif name in self.passed.inputs:
            if values != self.given.get(name):
                self.given[name] = values
                self.ask()
        elif name in graph.nodes:
            settings = graph.nodes[name].settings
            if isinstance(settings, Parameter) and tuple(values) != tuple(settings.value):
                changed = graph.with_settings(name, settings.replaced(value=tuple(values)))
                self._document.edit(changed, f"Change {name}")

    # --- following

    def _follow(self, changes: Changes) -> None:
        if changes.scope:
            self.leave()
        elif changes.added or changes.removed or changes.changed or changes.links_added or changes.links_removed:
            self._wait.start()
        else:
            self._scene.update()

    def _show(self, answer: Answer) -> None:
        was_at_end = self.place == self.passed.last
        self.passed = Pass.told(answer.result)
        self._fill_fields()
        self.go(self.passed.last if was_at_end else self.place)

    def _refuse(self, refused: Refused) -> None:
        self.texts = {}
        self._scene.update()
        self.bar.complain(refused.fact, refused.remedy)

    # --- painting

    def _paint(self, painter: QPainter, exposed: Box) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        node = self._scene.node_items.get(self.passed.node_at(self.place))
        if node is not None:
            painter.setPen(QPen(look.good if self.place <= len(self.passed.order) else look.fault, 2.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(node.scene_box().adjusted(-3, -3, 3, 3), RADIUS + 3, RADIUS + 3)
        enlarged = min(max(1.0, 1 / painter.worldTransform().m11()), MOST_ENLARGED)
        painter.setFont(look.shape_font)
        taken: list[QRectF] = []
        for link, texts in self.texts.items():
            item = self._scene.link_items.get(link)
            if item is not None and any(texts):
                taken.append(_place_of(item, texts, enlarged, taken))
                _paint_numbers(painter, taken[-1], texts, enlarged)


def _place_of(item: LinkItem, texts: tuple[str, str], enlarged: float, taken: list[QRectF]) -> QRectF:
    """On its wire where the numbers fit between the nodes, else above or below; over no others where that can be."""
    width = max(look.shape_metrics.horizontalAdvance(text) for text in texts) + 2 * PADDING
    box = QRectF(0, 0, width * enlarged, 2 * LINE * enlarged)
    box.moveCenter(QPointF(*item.way.label))
    beside = NODE_HEIGHT / 2 + LINE * enlarged + 4
    ways = [shift * beside for shift in (-1, 1, -2, 2, -3, 3)]
    places = [box.translated(0, up) for up in ([0.0] if width <= item.way.room else []) + ways]
    return next((p for p in places if not any(p.intersects(other) for other in taken)), places[0])


def _paint_numbers(painter: QPainter, box: QRectF, texts: tuple[str, str], enlarged: float) -> None:
    """The value above the gradient; larger where the drawing is small."""
    painter.setPen(look.outline)
    painter.setBrush(look.node)
    painter.drawRoundedRect(box, 6, 6)
    painter.save()
    painter.translate(box.center())
    painter.scale(enlarged, enlarged)
    width = box.width() / enlarged
    for text, colour, top in ((texts[0], look.good, -LINE), (texts[1], look.fault, 0.0)):
        painter.setPen(colour)
        painter.drawText(QRectF(-width / 2, top, width, LINE), Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def follow_graph(window: MainWindow) -> None:
    """Begins to follow the graph that is shown; where it is followed already, the bar gets the keys."""
    if window.services is None:
        return
    following = window.canvas.findChild(Following)
    if following is None:
        if not window.document.graph.nodes:
            dialogs.tell(window, "There is nothing to follow yet.", "Draw a small graph, or open an example.")
            return
        following = Following(window)
    following.buttons["back"].setFocus()
