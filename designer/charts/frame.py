"""The frame of a chart: grid, numbers along its axes."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from designer.charts.axis import Axis, Tick, round_step
from designer.theme import current

PARTS = 4  # of an upward axis
PER_TICK = 64  # px along the bottom
ROW = 32  # px up the side
GAP = 6.0
TEXT = 11
EDGE = 0.03  # of the height, so that a line along an end is drawn whole


def upward(low: float, high: float, is_log: bool) -> Axis:
    """An axis with round ends that shows ``low`` to ``high``; it begins at 0 where that is not far."""
    if is_log:
        high = high if high > 0 else 1.0
        low = min(low if low > 0 else high / 1e3, high)
        return Axis(10 ** (math.log10(low) - 0.05), 10 ** (math.log10(high) + 0.05), is_log=True)
    if low > 0 and (high - low) > 0.25 * high:
        low = 0.0
    span = (high - low) or abs(high) or 1.0
    step = round_step(span / PARTS)
    bottom = math.floor(low / step + 1e-9) * step
    parts = max(1, math.ceil((high - bottom) / step - 1e-9))
    return Axis(bottom, bottom + parts * step)


def font_of(base: QFont) -> QFont:
    font = QFont(base)
    font.setPixelSize(TEXT)
    return font


def draw_frame(
    painter: QPainter, room: QRectF, across: Axis, up: Axis, base: QFont, words: Callable[[float], str] | None
) -> None:
    """Lines across and numbers beside and below. A chart's curves keep a little distance from its ends."""
    theme = current()
    painter.setFont(font_of(base))
    for value, word in up.ticks(max(2, int(room.height() / ROW))):
        y = round(_height(room, up, value)) + 0.5
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(QLineF(room.left(), y, room.right(), y))
        painter.setPen(QColor(theme.secondary))
        side = QRectF(0, y - 8, room.left() - GAP, 16)
        painter.drawText(side, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, word)
    for value, word in _below(across, room, words):
        x = room.left() + across.share(value) * room.width()
        width = painter.fontMetrics().horizontalAdvance(word)
        left = min(max(x - width / 2, room.left() - 4), room.right() + 8 - width)
        painter.drawText(QPointF(left, room.bottom() + 15), word)


def draw_right(painter: QPainter, room: QRectF, up: Axis, base: QFont, color: str) -> None:
    """The numbers of a second axis, in the colour of its curve."""
    painter.setFont(font_of(base))
    painter.setPen(QColor(color))
    for value, word in up.ticks(max(2, int(room.height() / ROW))):
        y = _height(room, up, value)
        side = QRectF(room.right() + GAP, y - 8, 60, 16)
        painter.drawText(side, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, word)


def draw_choice(painter: QPainter, room: QRectF, start: float, end: float) -> None:
    """The part that a drag chooses."""
    color = QColor(current().accent)
    painter.setPen(QPen(color, 1))
    color.setAlpha(40)
    painter.setBrush(color)
    left, right = sorted(min(max(x, room.left()), room.right()) for x in (start, end))
    painter.drawRect(QRectF(left, room.top(), right - left, room.height()))


def draw_focus(painter: QPainter, rect: QRectF) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(current().accent), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)


def share_at(room: QRectF, y: float) -> float:
    """Where a place of the widget is on an upward axis."""
    inner = room.height() * (1 - 2 * EDGE)
    return (room.bottom() - EDGE * room.height() - y) / inner


def _height(room: QRectF, up: Axis, value: float) -> float:
    inner = room.height() * (1 - 2 * EDGE)
    return room.bottom() - EDGE * room.height() - up.share(value) * inner


def _below(across: Axis, room: QRectF, words: Callable[[float], str] | None) -> list[Tick]:
    ticks = across.ticks(max(2, int(room.width() / PER_TICK)))
    return [(value, words(value)) for value, _ in ticks] if words else ticks
