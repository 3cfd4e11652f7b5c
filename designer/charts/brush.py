"""Strokes of a chart: thick of curves, bands of noise, dots; arrays go to the painter without a loop in Python.

A wide smooth line costs a painter without a graphics card forty times a thin one, so it is two thin ones, and a
noisy curve is a picture of its columns rather than thousands of steep strokes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF
from shiboken6 import VoidPtr

from designer.charts.axis import Axis
from designer.charts.line import Line, Spans
from designer.charts.pyramid import Floats

RAW_ALPHA = round(0.28 * 255)
HALF = 0.45  # px up and down: two thin lines look like one of nearly two pixels
NOISY = 3.0  # px from least to greatest, on the mean, from which a thinned curve is drawn by its columns
DOT, LARGE_DOT = 2.5, 4.5
ROOM_FOR_DOT = 9  # px
CLOUD_DOT, CLOUD_ALPHA = 4.0, 0.6


def polygon(x: Floats, y: Floats) -> QPolygonF:
    """Points as Qt has them."""
    points = QPolygonF()
    points.resize(len(x))
    if len(x):
        room = np.frombuffer(VoidPtr(points.data(), 16 * len(x), True), dtype=np.float64).reshape(-1, 2)
        room[:, 0], room[:, 1] = x, y
    return points


def draw_line(painter: QPainter, room: QRectF, line: Line, across: Axis, up: Axis) -> None:
    """One curve within ``room``, whose left and right ends are those of ``across``."""
    ratio = painter.device().devicePixelRatioF()
    columns = max(1, round(room.width() * ratio))
    spans = line.spans(across, columns).on(across)
    if not len(spans.places):
        return
    color = QColor(line.color)
    if line.style == "band":
        color.setAlpha(RAW_ALPHA)
    x = room.left() + across.shares(spans.places) * room.width()
    low = room.bottom() - up.shares(spans.low) * room.height()
    high = room.bottom() - up.shares(spans.high) * room.height() if spans.are_thinned else low
    if line.style == "cloud":
        _draw_cloud(painter, room, x, (low, high), color)
    elif spans.are_thinned and (line.style == "band" or np.nanmean(low - high) > NOISY):
        _draw_columns(painter, room, (x, high, low), color, ratio)
    elif line.style != "points":
        _draw_strokes(painter, room, _joined(x, low, high, spans), line, color)
    if line.style in ("points", "marked") and not spans.are_thinned:
        _draw_dots(painter, room, x, low, line)


def _joined(x: Floats, low: Floats, high: Floats, spans: Spans) -> tuple[Floats, Floats]:
    """One stroke through all: down and up by turns where a column has two ends."""
    if not spans.are_thinned:
        return x, low
    is_even = np.arange(len(x)) % 2 == 0
    y = np.empty(2 * len(x))
    y[0::2], y[1::2] = np.where(is_even, low, high), np.where(is_even, high, low)
    return np.repeat(x, 2), y


def _draw_strokes(painter: QPainter, room: QRectF, points: tuple[Floats, Floats], line: Line, color: QColor) -> None:
    x, y = points
    y = np.clip(y, room.top() - 2 * room.height(), room.bottom() + 2 * room.height())
    is_raw = line.style == "band"
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, not is_raw)
    pen = QPen(color, 0 if is_raw else 1)
    if line.style == "dashes":
        pen.setStyle(Qt.PenStyle.DashLine)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    shifts = (0.0,) if is_raw else (-HALF, HALF)
    for start, end in _runs(np.isfinite(y)):
        if end - start == 1 and line.style != "marked":  # one value makes no line
            _draw_dots(painter, room, x[start:end], y[start:end], line)
        for shift in shifts:
            painter.drawPolyline(polygon(x[start:end], y[start:end] + shift))


def _draw_columns(
    painter: QPainter, room: QRectF, spans: tuple[Floats, Floats, Floats], color: QColor, ratio: float
) -> None:
    """Each column from its greatest to its least, and on to where its neighbour begins, as one picture."""
    x, top, bottom = spans
    width, height = max(1, round(room.width() * ratio)), max(1, round(room.height() * ratio))
    at = np.clip(((x - room.left()) * ratio).astype(np.int64), 0, width - 1)
    first, last = np.full(width, height, np.int16), np.full(width, -1, np.int16)
    real = np.isfinite(top) & np.isfinite(bottom)
    limits = (-1, height)
    first[at[real]] = np.clip(np.floor((top[real] - room.top()) * ratio), *limits)
    last[at[real]] = np.clip(np.floor((bottom[real] - room.top()) * ratio), *limits)
    both = (last[1:] >= 0) & (last[:-1] >= 0)
    first[1:][both] = np.minimum(first[1:][both], last[:-1][both])
    last[1:][both] = np.maximum(last[1:][both], first[:-1][both])
    start, end = max(0, int(first.min())), min(height, int(last.max()) + 1)
    if end <= start:
        return
    rows = np.arange(start, end, dtype=np.int16)[:, None]
    stride = -(-width // 4) * 4  # lines of a picture begin at whole words
    mask: NDArray[np.uint8] = np.zeros((end - start, stride), np.uint8)
    np.logical_and(rows >= first, rows <= last, out=mask[:, :width].view(bool))
    picture = QImage(mask.data, width, end - start, stride, QImage.Format.Format_Indexed8)
    picture.setColorTable([0, color.rgba()])
    painter.drawImage(QRectF(room.left(), room.top() + start / ratio, width / ratio, (end - start) / ratio), picture)


def _draw_dots(painter: QPainter, room: QRectF, x: Floats, y: Floats, line: Line) -> None:
    inside = np.isfinite(y) & (x >= room.left() - 1) & (x <= room.right() + 1)
    if line.style == "marked" and inside.sum() * ROOM_FOR_DOT > room.width():
        return
    radius = LARGE_DOT if line.style == "points" else DOT
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(line.color))
    for place, value in zip(x[inside].tolist(), y[inside].tolist(), strict=True):
        painter.drawEllipse(QPointF(place, value), radius, radius)


def _draw_cloud(painter: QPainter, room: QRectF, x: Floats, ends: tuple[Floats, Floats], color: QColor) -> None:
    """Small dots; of a column with many values the least and the greatest."""
    color.setAlphaF(CLOUD_ALPHA)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(color, CLOUD_DOT)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    for y in {id(end): end for end in ends}.values():
        inside = np.isfinite(y) & (x >= room.left()) & (x <= room.right())
        painter.drawPoints(polygon(x[inside], y[inside]))


def _runs(is_real: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where values follow each other without a gap."""
    if is_real.all():
        return [(0, len(is_real))] if len(is_real) else []
    turns = np.flatnonzero(np.diff(np.concatenate(([False], is_real, [False])).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(turns[0::2], turns[1::2], strict=True)]
