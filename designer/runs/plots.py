"""Plots of many runs: one point each over two measures, or one line each across several; linked with the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import isfinite, log10, sqrt

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from designer.charts.frame import font_of
from designer.runs.columns import Column
from designer.theme import CURVE_COLORS, current, themes
from designer.widgets import label
from runtime.run_list import Row

MARGINS = (64, 12, 24, 30)  # px beside the field: left, top, right, bottom
SPANS_DECADES = 30  # times the least: from there on an axis is logarithmic
LEAST_DOT, MOST_DOT = 4.0, 22.0  # radii in px
NEAR = 10.0
MOST_AXES = 9
NAMED = 40  # points that are named beside them
SAME = "one size"


class RunPlot(QWidget):
    """A field that shows runs. ``chosen`` tells the run that was clicked, and whether others stay selected."""

    chosen = Signal(str, bool)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.rows: Sequence[Row] = ()
        self.selected: frozenset[str] = frozenset()
        self._near = ""
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        themes.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(480, 200)

    def show_selection(self, paths: Sequence[str]) -> None:
        self.selected = frozenset(paths)
        self.update()

    def run_at(self, place: QPointF) -> str:
        """The run nearest to a place, if one is near."""
        raise NotImplementedError

    def field(self) -> QRectF:
        left, top, right, bottom = MARGINS
        return QRectF(self.rect()).adjusted(left, top, -right, -bottom)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        path = self.run_at(event.position())
        if path:
            more = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
            self.chosen.emit(path, bool(event.modifiers() & more))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        path = self.run_at(event.position())
        if path != self._near:
            self._near = path
            self.setToolTip(self.told(path) if path else "")
            self.update()

    def told(self, path: str) -> str:
        """What stands at the mouse over a run."""
        return next((row.name for row in self.rows if row.path == path), "")

    def _colour(self, row: Row) -> QColor:
        is_marked = row.path in self.selected
        return QColor(CURVE_COLORS["validation"] if is_marked else CURVE_COLORS["training"])


class Scale:
    """Values to shares of an axis; logarithmic where they span decades."""

    def __init__(self, values: Sequence[float]) -> None:
        self.low, self.high = min(values), max(values)
        self.is_log = self.low > 0 and self.high / self.low > SPANS_DECADES
        if self.low == self.high:
            self.low, self.high = self.low - 0.5 * (abs(self.low) or 1), self.high + 0.5 * (abs(self.high) or 1)

    def share(self, value: float) -> float:
        if self.is_log:
            return (log10(value) - log10(self.low)) / (log10(self.high) - log10(self.low))
        return (value - self.low) / (self.high - self.low)


def value_of(column: Column | None, row: Row) -> float | None:
    """The number of a run in a column; None where it has none."""
    key = column.key(row) if column is not None else None
    return float(key) if isinstance(key, int | float) and isfinite(key) else None


class ScatterPlot(RunPlot):
    """Each run a dot at two of its measures, its area a third."""

    def __init__(self) -> None:
        super().__init__("Runs as points")
        self.across: Column | None = None
        self.up: Column | None = None
        self.area: Column | None = None

    def show_runs(self, rows: Sequence[Row], across: Column | None, up: Column | None, area: Column | None) -> None:
        self.rows, self.across, self.up, self.area = rows, across, up, area
        told = len(self.points())
        self.setAccessibleDescription(f"{told} of {len(rows)} runs have both measures")
        self.update()

    def points(self) -> dict[str, tuple[QPointF, float]]:
        """Middle and radius of each run that has both measures."""
        both = [(r, value_of(self.across, r), value_of(self.up, r)) for r in self.rows]
        known = [(row, x, y) for row, x, y in both if x is not None and y is not None]
        if not known:
            return {}
        xs, ys = Scale([x for _, x, _ in known]), Scale([y for _, _, y in known])
        areas = {row.path: value_of(self.area, row) or 0.0 for row, _, _ in known}
        most, field = max(areas.values()) or 1.0, self.field().adjusted(MOST_DOT, MOST_DOT, -MOST_DOT, -MOST_DOT)
        found = {}
        for row, x, y in known:
            place = QPointF(field.left() + xs.share(x) * field.width(), field.bottom() - ys.share(y) * field.height())
            radius = max(LEAST_DOT, MOST_DOT * sqrt(areas[row.path] / most)) if self.area else LEAST_DOT + 1
            found[row.path] = (place, radius)
        return found

    def run_at(self, place: QPointF) -> str:
        def distance(path: str) -> float:
            return max(
                0.0, sqrt(QPointF.dotProduct(points[path][0] - place, points[path][0] - place)) - points[path][1]
            )

        points = self.points()
        near = min(points, key=distance, default="")
        return near if near and distance(near) <= NEAR else ""

    def told(self, path: str) -> str:
        row = next((row for row in self.rows if row.path == path), None)
        if row is None:
            return ""
        columns = [column for column in (self.up, self.across, self.area) if column is not None]
        return "\n".join([row.name, *(f"{column.title}: {column.shown(row)}" for column in columns)])

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font_of(self.font()))
        points, field = self.points(), self.field()
        painter.setPen(QColor(theme.line))
        painter.drawLines([field.bottomLeft(), field.bottomRight(), field.topLeft(), field.bottomLeft()])
        painter.setPen(QColor(theme.secondary))
        if not points:
            painter.drawText(field, Qt.AlignmentFlag.AlignCenter, "No run has both measures. Choose others above.")
            painter.end()
            return
        self._paint_ends(painter, field)
        rows = {row.path: row for row in self.rows}
        for path, (place, radius) in sorted(points.items(), key=lambda item: -item[1][1]):
            colour = self._colour(rows[path])
            painter.setPen(QPen(colour, 2.5 if path in self.selected or path == self._near else 1))
            colour.setAlphaF(0.35)
            painter.setBrush(colour)
            painter.drawEllipse(place, radius, radius)
            if len(points) <= NAMED or path in self.selected:
                painter.setPen(QColor(theme.text if path in self.selected else theme.secondary))
                painter.drawText(place + QPointF(radius + 4, 4), rows[path].title[:24])
        painter.end()

    def _paint_ends(self, painter: QPainter, field: QRectF) -> None:
        for column, is_up in ((self.across, False), (self.up, True)):
            rows = [row for row in self.rows if value_of(column, row) is not None and row.path in self.points()]
            if column is None or not rows:
                continue
            ends = [
                min(rows, key=lambda r: value_of(column, r) or 0),
                max(rows, key=lambda r: value_of(column, r) or 0),
            ]
            low, high = (column.shown(row) or f"{value_of(column, row):g}" for row in ends)
            right, middle = Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignVCenter
            if is_up:
                for text, y in ((low, field.bottom() - MOST_DOT), (high, field.top() + MOST_DOT)):
                    painter.drawText(QRectF(0, y - 10, MARGINS[0] - 6, 20), right | middle, text)
            else:
                below = QRectF(field.left() + MOST_DOT, field.bottom() + 6, field.width() - 2 * MOST_DOT, 20)
                painter.drawText(below, Qt.AlignmentFlag.AlignLeft, low)
                painter.drawText(below, right, high)


class ParallelPlot(RunPlot):
    """Each run a line across an axis for each measure and setting."""

    def __init__(self) -> None:
        super().__init__("Runs as lines across their settings and measures")
        self.columns: Sequence[Column] = ()

    def show_runs(self, rows: Sequence[Row], columns: Sequence[Column]) -> None:
        """Columns in which nothing differs are left out."""
        self.rows = rows
        self.columns = [c for c in columns if len({str(c.key(r)) for r in rows if c.key(r) is not None}) > 1][
            :MOST_AXES
        ]
        titles = ", ".join(column.title for column in self.columns)
        self.setAccessibleDescription(f"{len(rows)} runs across {titles}")
        self.update()

    def lines(self) -> dict[str, list[QPointF]]:
        """The places of each run, from axis to axis; an axis that it has nothing on is passed over."""
        field, found = self.field().adjusted(0, 22, 0, 0), {row.path: list[QPointF]() for row in self.rows}
        for number, column in enumerate(self.columns):
            x = field.left() + field.width() * number / max(1, len(self.columns) - 1)
            for path, share in self._shares(column).items():
                found[path].append(QPointF(x, field.bottom() - share * field.height()))
        return {path: places for path, places in found.items() if len(places) > 1}

    def _shares(self, column: Column) -> dict[str, float]:
        numbers = {row.path: value_of(column, row) for row in self.rows}
        known = {path: value for path, value in numbers.items() if value is not None}
        if known:
            scale = Scale(list(known.values()))
            return {path: scale.share(value) for path, value in known.items()}
        texts = sorted({str(column.key(row)) for row in self.rows if column.key(row) is not None})
        places = {text: n / max(1, len(texts) - 1) for n, text in enumerate(texts)}
        return {row.path: places[str(column.key(row))] for row in self.rows if column.key(row) is not None}

    def run_at(self, place: QPointF) -> str:
        near = {path: _distance(places, place) for path, places in self.lines().items()}
        best = min(near, key=near.__getitem__, default="")
        return best if best and near[best] <= NEAR else ""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font_of(self.font()))
        field, rows = self.field().adjusted(0, 22, 0, 0), {row.path: row for row in self.rows}
        if len(self.columns) < 2:
            painter.setPen(QColor(theme.secondary))
            painter.drawText(
                self.rect(), Qt.AlignmentFlag.AlignCenter, "These runs differ in less than two measures."
            )
        for path, places in sorted(self.lines().items(), key=lambda item: item[0] in self.selected):
            colour = self._colour(rows[path])
            is_strong = path in self.selected or path == self._near
            colour.setAlphaF(1.0 if is_strong else 0.45)
            painter.setPen(QPen(colour, 2.5 if is_strong else 1.2))
            painter.drawPolyline(QPolygonF(places))
        for number, column in enumerate(self.columns):
            x = field.left() + field.width() * number / max(1, len(self.columns) - 1)
            painter.setPen(QColor(theme.wire))
            painter.drawLine(QPointF(x, field.top()), QPointF(x, field.bottom()))
            painter.setPen(QColor(theme.text))
            room = field.width() / max(1, len(self.columns) - 1) - 8
            self._paint_at(painter, x, field.top() - 26, column.title, room)
            painter.setPen(QColor(theme.secondary))
            ends = sorted((row for row in self.rows if column.key(row) is not None), key=_sorting(column))
            if ends:
                self._paint_at(painter, x, field.bottom() + 4, column.shown(ends[0]), room)
                self._paint_at(painter, x, field.top() - 13, column.shown(ends[-1]), room)
        painter.end()

    def _paint_at(self, painter: QPainter, x: float, y: float, text: str, room: float) -> None:
        """Around a place, as far as there is room."""
        words = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(room))
        left = min(max(x - room / 2, 2.0), self.width() - room - 2)
        painter.drawText(QRectF(left, y, room, 14), Qt.AlignmentFlag.AlignCenter, words)


def _sorting(column: Column) -> Callable[[Row], tuple[int, float, str]]:
    def key(row: Row) -> tuple[int, float, str]:
        value = column.key(row)
        return (0, float(value), "") if isinstance(value, int | float) else (1, 0.0, str(value))

    return key


def _distance(places: Sequence[QPointF], place: QPointF) -> float:
    """Upwards, from a place to a line of pieces."""
    for start, end in pairwise(places):
        if start.x() <= place.x() <= end.x() and end.x() > start.x():
            share = (place.x() - start.x()) / (end.x() - start.x())
            return abs(start.y() + share * (end.y() - start.y()) - place.y())
    return NEAR + 1


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
        row.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.plot, 1)
        self._rows: Sequence[Row] = ()
        self._columns: dict[str, Column] = {}

    def show_runs(self, rows: Sequence[Row], columns: Sequence[Column]) -> None:
        self._rows = rows
        self._columns = {c.title: c for c in columns if any(value_of(c, row) is not None for row in rows)}
        wanted = {
            "up": self._first("test_accuracy", "best_accuracy", "test_loss", "best_loss"),
            "across": self._first("multiply_adds", "weights", "seconds"),
            "area": self._first("weights"),
        }
        for name, chooser in self.choosers.items():
            chosen = chooser.currentText() or wanted[name]
            chooser.blockSignals(True)
            chooser.clear()
            chooser.addItems([*([SAME] if name == "area" else []), *self._columns])
            chooser.setCurrentIndex(max(0, chooser.findText(chosen)))
            chooser.blockSignals(False)
        self._draw()

    def _first(self, *names: str) -> str:
        """The title of the first of some columns that there is."""
        by_name = {column.name: title for title, column in self._columns.items()}
        return next((by_name[name] for name in names if name in by_name), "")

    def _draw(self) -> None:
        across, up, area = (self._columns.get(self.choosers[n].currentText()) for n in ("across", "up", "area"))
        self.plot.show_runs(self._rows, across, up, area)
