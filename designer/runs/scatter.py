"""Runs as points: each a dot over two of its measures, its area a third."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from designer.figures import counted, figure
from designer.runs.columns import Column
from designer.runs.plots import MARGINS, Numbers, RunPlot
from designer.runs.values import Scale, Values
from designer.theme import CURVE_COLORS, current
from designer.widgets import CutLabel, label
from runtime.run_list import Row

LEAST_DOT, MOST_DOT = 4.0, 22.0  # radii in px
FILL = 0.35  # opacity of a dot
NAMED, LONGEST_NAME = 40, 24  # points that are named beside them, and letters of a name
SAME = "one size"


class ScatterPlot(RunPlot):
    """Each run that has both measures is a dot."""

    def __init__(self) -> None:
        super().__init__("Runs as points")
        self.across: Column | None = None
        self.up: Column | None = None
        self.area: Column | None = None
        self._x = self._y = self._radius = self._share_x = self._share_y = np.empty(0)

    def show_runs(
        self,
        rows: Sequence[Row],
        across: Column | None,
        up: Column | None,
        area: Column | None,
        values: Values | None = None,
    ) -> None:
        """``values`` are of these runs and perhaps of others; without them they are worked out."""
        values = values or Values(rows)
        self.across, self.up, self.area = across, up, area
        xs, ys, areas = (values.chosen(column, rows) for column in (across, up, area))
        known = np.flatnonzero(np.isfinite(xs) & np.isfinite(ys))
        if len(known):
            self._share_x, self._share_y = (Scale(v[known]).shares(v[known]) for v in (xs, ys))
            areas = np.nan_to_num(areas[known])
            most = areas.max() or 1.0
            of_area = np.maximum(LEAST_DOT, MOST_DOT * np.sqrt(np.maximum(areas, 0) / most))
            self._radius = of_area if area is not None else np.full(len(known), LEAST_DOT + 1)
        self.setAccessibleDescription(f"{len(known)} of {len(rows)} runs have both measures")
        self.show_drawn(rows, [rows[number] for number in known])

    def points(self) -> dict[str, tuple[QPointF, float]]:
        """Middle and radius of each run that has both measures."""
        self._place_once()
        places = zip(self._x.tolist(), self._y.tolist(), self._radius.tolist(), strict=True)
        return {row.path: (QPointF(x, y), r) for row, (x, y, r) in zip(self.drawn, places, strict=False)}

    def place(self) -> None:
        field = self._inner()
        self._x = field.left() + self._share_x * field.width()
        self._y = field.bottom() - self._share_y * field.height()

    def nearest(self, place: QPointF) -> tuple[int, float]:
        away = np.hypot(self._x - place.x(), self._y - place.y())
        beside = np.maximum(0.0, away - self._radius)
        number = int(np.lexsort((away, beside))[0]) if len(away) < NAMED else int(np.argmin(beside + 1e-3 * away))
        return number, float(beside[number])

    def told(self, path: str) -> str:
        row = self.row_of(path)
        if row is None:
            return ""
        columns = [column for column in (self.up, self.across, self.area) if column is not None]
        return "\n".join([row.name, *(f"{column.title}: {column.shown(row)}" for column in columns)])

    def paint_all(self, painter: QPainter) -> None:
        theme, field = current(), self.field()
        painter.setPen(QColor(theme.line))
        painter.drawLines([field.bottomLeft(), field.bottomRight(), field.topLeft(), field.bottomLeft()])
        painter.setPen(QColor(theme.secondary))
        if not self.drawn:
            painter.drawText(field, Qt.AlignmentFlag.AlignCenter, "No run has both measures. Choose others above.")
            return
        self._paint_ends(painter, field)
        self._paint_dots(painter, np.argsort(-self._radius, kind="stable"), CURVE_COLORS["training"], 1.0)
        if len(self.drawn) <= NAMED:
            painter.setPen(QColor(theme.secondary))
            self._paint_names(painter, np.arange(len(self.drawn)))

    def paint_marked(self, painter: QPainter, numbers: Numbers) -> None:
        is_selected = self.drawn[numbers[0]].path in self.selected
        self._paint_dots(painter, numbers, CURVE_COLORS["validation" if is_selected else "training"], 2.5)
        if is_selected and len(numbers) <= NAMED:
            painter.setPen(QColor(current().text))
            self._paint_names(painter, numbers)

    def _inner(self) -> QRectF:
        """Where the middles of dots are, so that no dot is cut."""
        return self.field().adjusted(MOST_DOT, MOST_DOT, -MOST_DOT, -MOST_DOT)

    def _paint_dots(self, painter: QPainter, numbers: Numbers, color: str, pen: float) -> None:
        """Dots of one size are one small picture, drawn once and put in many places."""
        stamps: dict[int, tuple[QPixmap, float]] = {}
        ratio = painter.device().devicePixelRatioF()
        chosen = (values[numbers].tolist() for values in (self._x, self._y, self._radius))
        for x, y, radius in zip(*chosen, strict=True):
            size = round(2 * radius)
            if size not in stamps:
                stamps[size] = _stamp(size / 2, QColor(color), pen, ratio)
            picture, half = stamps[size]
            painter.drawPixmap(QPointF(x - half, y - half), picture)

    def _paint_names(self, painter: QPainter, numbers: Numbers) -> None:
        for number in numbers.tolist():
            name, radius = self.drawn[number].title[:LONGEST_NAME], self._radius[number] + 4
            wide = painter.fontMetrics().horizontalAdvance(name)
            is_left = self._x[number] + radius + wide > self.width()
            x = self._x[number] + (-radius - wide if is_left else radius)
            painter.drawText(QPointF(x, self._y[number] + 4), name)

    def _paint_ends(self, painter: QPainter, field: QRectF) -> None:
        right, middle = Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignVCenter
        for column, shares, is_up in ((self.across, self._share_x, False), (self.up, self._share_y, True)):
            assert column is not None
            ends = [self.drawn[int(shares.argmin())], self.drawn[int(shares.argmax())]]
            low, high = (column.shown(row) or figure(float(column.key(row) or 0), 4) for row in ends)
            if is_up:
                for text, y in ((low, field.bottom() - MOST_DOT), (high, field.top() + MOST_DOT)):
                    painter.drawText(QRectF(0, y - 10, MARGINS[0] - 6, 20), right | middle, text)
            else:
                below = QRectF(field.left() + MOST_DOT, field.bottom() + 6, field.width() - 2 * MOST_DOT, 20)
                painter.drawText(below, Qt.AlignmentFlag.AlignLeft, low)
                painter.drawText(below, right, high)


def _stamp(radius: float, color: QColor, pen: float, ratio: float) -> tuple[QPixmap, float]:
    """A dot as a picture, and how far its middle is from its corner."""
    half = radius + pen + 1
    picture = QPixmap(round(2 * half * ratio), round(2 * half * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(color, pen))
    color.setAlphaF(FILL)
    painter.setBrush(color)
    painter.drawEllipse(QPointF(half, half), radius, radius)
    painter.end()
    return picture, half


class ScatterPage(QWidget):
    """A scatter plot with choosers for its axes and areas."""

    def __init__(self) -> None:
        super().__init__()
        self.plot = ScatterPlot()
        self.choosers = {name: QComboBox() for name in ("up", "across", "area")}
        row = QHBoxLayout()
        row.setSpacing(8)
        for (name, chooser), words in zip(self.choosers.items(), ("Up", "across", "area"), strict=True):
            chooser.setAccessibleName({"up": "Upward axis", "across": "Axis across", "area": "Area of a dot"}[name])
            chooser.currentIndexChanged.connect(self._draw)
            row.addWidget(label(words, "secondary"))
            row.addWidget(chooser)
        self.told = CutLabel("secondary")
        row.addWidget(self.told, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.plot, 1)
        self._rows: Sequence[Row] = ()
        self._values = Values(())
        self._columns: dict[str, Column] = {}

    def show_runs(self, rows: Sequence[Row], columns: Sequence[Column], values: Values | None = None) -> None:
        """Those that pass a filter; what can be chosen is what any run of ``values`` has a number for."""
        self._rows, self._values = rows, values or Values(rows)
        self._columns = {c.title: c for c in columns if self._values.numbers(c)}
        wanted = {
            "up": self._first("test_accuracy", "best_accuracy", "value", "test_loss", "best_loss"),
            "across": self._first("multiply_adds", "weights", "seconds"),
            "area": self._first("weights"),
        }
        for name, chooser in self.choosers.items():
            items = [*([SAME] if name == "area" else []), *self._columns]
            if items != [chooser.itemText(number) for number in range(chooser.count())]:
                chosen = chooser.currentText() or wanted[name]
                chooser.blockSignals(True)
                chooser.clear()
                chooser.addItems(items)
                chooser.setCurrentIndex(max(0, chooser.findText(chosen)))
                chooser.blockSignals(False)
        self._draw()

    def _first(self, *names: str) -> str:
        """The title of the first of some columns that there is."""
        by_name = {column.name: title for title, column in self._columns.items()}
        return next((by_name[name] for name in names if name in by_name), "")

    def _draw(self) -> None:
        across, up, area = (self._columns.get(self.choosers[n].currentText()) for n in ("across", "up", "area"))
        self.plot.show_runs(self._rows, across, up, area, self._values)
        missing = len(self._rows) - len(self.plot.drawn)
        self.told.setText(f"{counted(missing, 'run')} without both measures" if missing and self.plot.drawn else "")
