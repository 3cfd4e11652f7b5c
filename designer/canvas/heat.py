"""Heat: nodes coloured by a column of the layer table or by a number of the run, with it on each, and a legend."""

from __future__ import annotations

import math

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from designer.canvas.camera import Camera
from designer.canvas.live_figures import LIVE, LiveFigure, Reading, Readings
from designer.canvas.look import HEAT_STEPS, look
from designer.canvas.scene import CanvasScene
from designer.document import Changes, Document
from designer.figures import grouped, rounded
from designer.theme import themes
from designer.widgets import label
from nodes.graph.analysis import Costs, Layer, layers, total
from nodes.graph.columns import Column, column
from nodes.graph.figures import seen

UNTRAINED = "No numbers yet: they come while the network trains."
UNMEASURED = "Not measured yet: press Measure on the device in the Layers panel."
DISTANCE, WIDTH, BAR = 12, 220, 8  # px from the corner, of the legend, of its band of colours


class Heat(QObject):
    """Tells each node its colour and number; off until a column is chosen."""

    changed = Signal(str)  # key of the column, empty when it is off
    refreshed = Signal()

    def __init__(self, scene: CanvasScene, document: Document) -> None:
        super().__init__(scene)
        self._scene, self._document = scene, document
        self.key = ""
        self.least, self.most = "", ""  # what the ends of the legend stand for
        self.source: Readings | None = None  # of numbers of the run
        document.changed.connect(self._follow)

    def show(self, key: str) -> None:
        """Colours nodes by the column of that key; an empty one puts the colours out."""
        if key != self.key:
            self.key = key
            self.refresh()
            self.changed.emit(key)

    def _follow(self, _changes: Changes) -> None:
        if self.key:
            self.refresh()

    def refresh(self) -> None:
        """Works the colours out again."""
        if self.key in LIVE:
            self._show_readings(LIVE[self.key])
            return
        items = self._scene.node_items
        rows = {row.node: row for row in layers(self._document.inference)} if self.key else {}
        costs = total(rows.values())
        values = self._values(rows, costs)
        finite = [value for value in values.values() if value > 0 and not math.isinf(value)]
        low, high = min(finite, default=1.0), max(finite, default=1.0)
        texts = {}
        for name, item in items.items():
            value = values.get(name)
            texts[name] = "" if name not in rows else told(column(self.key), rows[name], costs)
            item.show_heat(None if value is None else step(value, low, high), texts[name])
        ends = {value: texts[name] for name, value in values.items() if name in texts}
        self.least, self.most = ends.get(low, ""), ends.get(high, "")
        self._scene.overview.fills_boxes = bool(self.key)
        self._scene.repaint_nodes()
        self.refreshed.emit()

    def _show_readings(self, figure: LiveFigure) -> None:
        """The numbers of now; only nodes that look different are painted again."""
        found = self.source.readings(figure.key, self._document.scope) if self.source else {}
        low, high = ends_of(figure, [reading.value for reading in found.values()])
        self.least, self.most = (figure.words(low), figure.words(high)) if found else ("", "")
        is_tinted_anew = not self._scene.overview.fills_boxes or not found
        for name, item in self._scene.node_items.items():
            reading = found.get(name)
            shade = None if reading is None else _shade(figure, reading, low, high)
            shown = (shade, figure.words(reading.value) if reading else "", reading.trail if reading else ())
            if shown != item.heat_shown:
                is_tinted_anew |= shade != item.heat
                item.show_heat(*shown)
                self._scene.sprites.drop(name)
        if is_tinted_anew:
            self._scene.overview.fills_boxes = bool(found)
            self._scene.retint_nodes()
        self.refreshed.emit()

    def _values(self, rows: dict[str, Layer], costs: Costs) -> dict[str, float]:
        """The number of each node that has one."""
        found = {}
        for name, row in rows.items():
            value = column(self.key).number(row, costs) if row.is_known else None
            if isinstance(value, int | float) and value > 0:
                found[name] = float(value)
        return found


def step(value: float, low: float, high: float) -> int:
    """The step of the ramp for a value, on a scale of logarithms from the lowest to the highest."""
    if math.isinf(value) or high <= low:
        return HEAT_STEPS - 1
    return round((HEAT_STEPS - 1) * math.log(value / low) / math.log(high / low))


def ends_of(figure: LiveFigure, values: list[float]) -> tuple[float, float]:
    """What the ends of the ramp stand for."""
    sizes = [abs(value) for value in values if value and math.isfinite(value)]
    return (0.0, 1.0) if figure.is_share else (min(sizes, default=0.0), max(sizes, default=0.0))


def _shade(figure: LiveFigure, reading: Reading, low: float, high: float) -> int | None:
    if figure.is_share:
        return round((HEAT_STEPS - 1) * min(1.0, max(0.0, reading.value)))
    return step(abs(reading.value), low, high) if reading.value else 0


def told(one: Column, row: Layer, costs: Costs) -> str:
    """The number as the node shows it."""
    if one.unit == "field":
        return seen(row.sight) or "–"
    value = one.number(row, costs)
    if one.unit == "count" and isinstance(value, int):
        return rounded(value) if value >= 1_000_000 else grouped(value)
    return one.shown(row, costs)


class Legend(QWidget):
    """What the colours mean, in the corner of the canvas."""

    def __init__(self, canvas: Camera, heat: Heat) -> None:
        super().__init__(canvas.viewport())
        self._ground, self._heat = canvas.viewport(), heat
        canvas.moved.connect(self.stand)  # scrolling takes it along
        self.setAccessibleName("Legend of the node colours")
        self._title, self._ends = label(role="heading"), (label(role="secondary"), label(role="secondary"))
        self.waiting = label(role="secondary", wrap=True)
        close = QToolButton()
        close.setText("✕")
        close.setAccessibleName("Stop colouring nodes")
        close.setToolTip("Stop colouring nodes")
        close.clicked.connect(lambda: heat.show(""))
        self.close_button = close
        self._lay_out()
        heat.refreshed.connect(self.refresh)
        heat.refreshed.connect(canvas.viewport().update)  # all of it, also when it is painted from afar
        themes.changed.connect(self.update)
        self.refresh()

    def _lay_out(self) -> None:
        top, bottom = QHBoxLayout(), QHBoxLayout()
        top.addWidget(self._title, 1)
        top.addWidget(self.close_button)
        bottom.addWidget(self._ends[0])
        bottom.addStretch()
        bottom.addWidget(self._ends[1])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 4, 4, 8)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self.waiting)
        layout.addSpacing(BAR + 6)
        bottom.setContentsMargins(0, 0, 8, 0)
        layout.addLayout(bottom)
        self.setFixedWidth(WIDTH)

    def refresh(self) -> None:
        """Shows the column of now, or nothing."""
        key = self._heat.key
        self.setVisible(bool(key))
        if not key:
            return
        live = LIVE.get(key)
        self._title.setText(live.title if live else column(key).title)
        scale = "" if live and live.is_share else " Colours follow the logarithm."
        self._title.setToolTip((live.doc if live else column(key).doc) + scale)
        is_waiting = live is not None and not self._heat.most
        self.waiting.setVisible(is_waiting)
        if live is not None:
            self.waiting.setText(UNMEASURED if live.is_measured else UNTRAINED)
        self._ends[0].setText(self._heat.least)
        self._ends[1].setText(self._heat.most)
        self.adjustSize()
        self.stand()
        self.raise_()

    def stand(self) -> None:
        """Takes its place in the lower left corner."""
        self.move(DISTANCE, self._ground.height() - self.height() - DISTANCE)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(look.outline)
        painter.setBrush(look.node)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        bar = QRectF(12, self._ends[0].geometry().top() - BAR - 3, self.width() - 24, BAR)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for number, shade in enumerate(look.heat):
            gradient.setColorAt(number / (HEAT_STEPS - 1), shade.brush.color())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        painter.drawRoundedRect(bar, 4, 4)
        painter.end()
