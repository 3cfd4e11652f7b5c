"""Runs as lines: each goes across an axis for each setting and measure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from designer.charts.brush import polygon
from designer.charts.pyramid import Floats
from designer.runs.columns import Column
from designer.runs.plots import NEAR, Numbers, RunPlot
from designer.runs.values import Scale, Values
from designer.theme import CURVE_COLORS, current
from runtime.run_list import Row

MOST_AXES = 9
MOST_SETTINGS = 6  # of the axes, so that there is room for what came of them
HEAD = 22  # px above the axes, for their names
STROKES = 150  # lines that are drawn one by one; more are a picture of how many cross each place
PALE = 0.45  # opacity of a line
GRAIN = 3  # px: what is drawn as a picture has columns so wide
THICK = (-0.9, -0.3, 0.3, 0.9)  # px: thin strokes that look like a thick one, and cost a part of it


class ParallelPlot(RunPlot):
    """An axis that a run has nothing on is passed over."""

    def __init__(self) -> None:
        super().__init__("Runs as lines across their settings and measures")
        self.columns: Sequence[Column] = ()
        self._ends: list[tuple[str, str]] = []  # of each axis, lowest and highest
        self._shares = np.empty((0, 0))  # run × axis
        self._x, self._y = np.empty(0), np.empty((0, 0))

    def show_runs(self, rows: Sequence[Row], columns: Sequence[Column], values: Values | None = None) -> None:
        """Columns in which nothing differs are left out."""
        values = values or Values(rows)
        paths = [row.path for row in rows]
        here = {column.name: list(map(values.keys(column).get, paths)) for column in columns}
        differing = [column for column in columns if len(set(here[column.name]) - {None}) > 1]
        settings = [column for column in differing if "." in column.name][:MOST_SETTINGS]
        measures = [column for column in differing if "." not in column.name]
        self.columns = [*settings, *measures][:MOST_AXES]
        axes = [_shares(values.chosen(column, rows), here[column.name]) for column in self.columns]
        self._ends = []
        for column, shares in zip(self.columns, axes, strict=True):
            ends = (rows[int(np.nanargmin(shares))], rows[int(np.nanargmax(shares))])
            self._ends.append((column.shown(ends[0]), column.shown(ends[1])))
        titles = ", ".join(column.title for column in self.columns)
        self.setAccessibleDescription(f"{len(rows)} runs across {titles}")
        shares = _bridged(np.column_stack(axes)) if axes else np.empty((len(rows), 0))
        through = np.flatnonzero(np.isfinite(shares).sum(axis=1) > 1)
        self._shares = shares[through]
        self.show_drawn(rows, [rows[number] for number in through])

    def lines(self) -> dict[str, list[QPointF]]:
        """The places of each run, from axis to axis."""
        self._place_once()
        return {
            row.path: [QPointF(x, y) for x, y in zip(self._x.tolist(), heights, strict=True) if y == y]
            for row, heights in zip(self.drawn, self._y.tolist(), strict=True)
        }

    def axes_field(self) -> QRectF:
        return self.field().adjusted(0, HEAD, 0, 0)

    def place(self) -> None:
        field, count = self.axes_field(), len(self.columns)
        self._x = field.left() + field.width() * np.arange(count) / max(1, count - 1)
        self._y = field.bottom() - self._shares * field.height()

    def nearest(self, place: QPointF) -> tuple[int, float]:
        """How far it is upwards."""
        after = int(np.searchsorted(self._x, place.x()))
        if not 0 < after < len(self._x):
            after = 1 if abs(place.x() - self._x[0]) <= NEAR else len(self._x) - 1
            if not self._x[0] - NEAR <= place.x() <= self._x[-1] + NEAR:
                return 0, NEAR + 1
        start, end = self._x[after - 1], self._x[after]
        share = (place.x() - start) / max(1.0, end - start)
        heights = self._y[:, after - 1] + share * (self._y[:, after] - self._y[:, after - 1])
        away = np.nan_to_num(np.abs(heights - place.y()), nan=np.inf)
        number = int(np.argmin(away))
        return number, float(away[number])

    def paint_all(self, painter: QPainter) -> None:
        if len(self.columns) < 2:
            painter.setPen(QColor(current().secondary))
            painter.drawText(
                self.rect(), Qt.AlignmentFlag.AlignCenter, "These runs differ in less than two measures."
            )
        elif len(self.drawn) <= STROKES:
            self._stroke(painter, self._y, QColor(CURVE_COLORS["training"]), (0.0,), PALE)
        else:
            self._ink(painter, self._y, QColor(CURVE_COLORS["training"]))
        self._paint_axes(painter)

    def paint_marked(self, painter: QPainter, numbers: Numbers) -> None:
        is_selected = self.drawn[numbers[0]].path in self.selected
        color = QColor(CURVE_COLORS["validation" if is_selected else "training"])
        if len(numbers) <= STROKES:
            self._stroke(painter, self._y[numbers], color, THICK, 1.0)
        else:
            self._ink(painter, self._y[numbers], color)

    def _stroke(
        self, painter: QPainter, heights: Floats, color: QColor, shifts: Sequence[float], opacity: float
    ) -> None:
        color.setAlphaF(opacity)
        painter.setPen(QPen(color, 1))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for line in heights:
            there = np.isfinite(line)
            for shift in shifts:
                painter.drawPolyline(polygon(self._x[there], line[there] + shift))

    def _ink(self, painter: QPainter, heights: Floats, color: QColor) -> None:
        """Many lines as one picture: the more of them cross a place, the stronger its colour."""
        field = self.axes_field()
        width, height = int(field.width() / GRAIN) + 1, int(field.height()) + 1
        edges = np.linspace(0, len(self._x) - 1, width + 1)
        changes = np.zeros((height + 1) * width, dtype=np.int64)  # of the number of lines, from each place downwards
        for axis in range(len(self._x) - 1):
            columns = np.flatnonzero((edges[:-1] >= axis) & (edges[:-1] < axis + 1))
            there = np.isfinite(heights[:, axis]) & np.isfinite(heights[:, axis + 1])
            left, right = ((heights[there, n, None] - field.top()).astype(np.float32) for n in (axis, axis + 1))
            shares = np.append(edges[columns] - axis, 1.0).astype(np.float32)
            at = np.clip(left + (right - left) * shares, 0, height - 1).astype(np.int32)
            top, bottom = np.minimum(at[:, :-1], at[:, 1:]), np.maximum(at[:, :-1], at[:, 1:])
            changes += np.bincount((top * width + columns).ravel(), minlength=len(changes))
            changes -= np.bincount(((bottom + 1) * width + columns).ravel(), minlength=len(changes))
        counts = np.cumsum(changes.reshape(height + 1, width), axis=0)[:height]
        stride = -(-width // 4) * 4  # lines of a picture begin at whole words
        inked: NDArray[np.uint8] = np.zeros((height, stride), np.uint8)
        inked[:, :width] = np.minimum(counts, 255)
        picture = QImage(inked.data, width, height, stride, QImage.Format.Format_Indexed8)
        most = np.log1p(max(2, int(inked.max())))
        picture.setColorTable([_paled(color, float(np.log1p(n) / most)) for n in range(256)])
        painter.drawImage(QRectF(field.left(), field.top(), width * GRAIN, height), picture)

    def _paint_axes(self, painter: QPainter) -> None:
        theme, field = current(), self.axes_field()
        room = field.width() / max(1, len(self.columns) - 1) - 8
        for x, column, (low, high) in zip(self._x.tolist(), self.columns, self._ends, strict=True):
            painter.setPen(QColor(theme.wire))
            painter.drawLine(QPointF(x, field.top()), QPointF(x, field.bottom()))
            painter.setPen(QColor(theme.text))
            self._paint_at(painter, x, field.top() - 26, column.title, room)
            painter.setPen(QColor(theme.secondary))
            self._paint_at(painter, x, field.bottom() + 4, low, room)
            self._paint_at(painter, x, field.top() - 13, high, room)

    def _paint_at(self, painter: QPainter, x: float, y: float, text: str, room: float) -> None:
        """Around a place, as far as there is room."""
        words = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(room))
        left = min(max(x - room / 2, 2.0), self.width() - room - 2)
        painter.drawText(QRectF(left, y, room, 14), Qt.AlignmentFlag.AlignCenter, words)


def _shares(numbers: Floats, keys: Sequence[float | str | None]) -> Floats:
    """Places on an axis from 0 to 1: of numbers where there are any, else of words in their order."""
    if np.isfinite(numbers).any():
        return Scale(numbers).shares(numbers)
    words = sorted({str(key) for key in keys if key is not None})
    places = {word: number / max(1, len(words) - 1) for number, word in enumerate(words)}
    return np.array([np.nan if key is None else places[str(key)] for key in keys])


def _bridged(shares: Floats) -> Floats:
    """Between two axes that a run has something on, what it has nothing on is passed straight through."""
    axes = np.arange(shares.shape[1])
    for number in np.flatnonzero(np.isnan(shares).any(axis=1)):
        there = np.isfinite(shares[number])
        if there.sum() > 1:
            shares[number] = np.interp(axes, axes[there], shares[number][there], left=np.nan, right=np.nan)
    return shares


def _paled(color: QColor, opacity: float) -> int:
    pale = QColor(color)
    pale.setAlphaF(min(1.0, opacity))
    return pale.rgba()
