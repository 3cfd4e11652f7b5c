"""Reading: the values under the mouse, in a small card beside an upright line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from designer.charts.frame import TEXT, font_of
from designer.theme import current, mono_font

ROW, PAD, SWATCH, GAP = 16.0, 8.0, 8.0, 12.0


class Reading(NamedTuple):
    """Where it is, the words for the place, and colour, name and value of each curve."""

    x: float
    place: str
    rows: Sequence[tuple[str, str, str]]


def draw_reading(painter: QPainter, reading: Reading, room: QRectF, base: QFont) -> None:
    theme = current()
    words, figures = font_of(base), mono_font(TEXT)
    painter.setPen(QPen(QColor(theme.wire), 1))
    painter.drawLine(QLineF(reading.x, room.top(), reading.x, room.bottom()))
    names = max((QFontMetricsF(words).horizontalAdvance(name) for _, name, _ in reading.rows), default=0.0)
    values = max((QFontMetricsF(figures).horizontalAdvance(value) for *_, value in reading.rows), default=0.0)
    width = max(SWATCH + 6 + names + GAP + values, QFontMetricsF(words).horizontalAdvance(reading.place)) + 2 * PAD
    height = ROW * (1 + len(reading.rows)) + PAD
    is_left = reading.x + width + GAP > room.right()
    left = max(room.left(), reading.x - width - GAP) if is_left else reading.x + GAP
    card = QRectF(left, room.top(), width, height)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(theme.line), 1))
    painter.setBrush(QColor(theme.raised))
    painter.drawRoundedRect(card, 4, 4)
    painter.setFont(words)
    painter.setPen(QColor(theme.secondary))
    painter.drawText(QPointF(left + PAD, card.top() + PAD / 2 + 11), reading.place)
    for number, (color, name, value) in enumerate(reading.rows, 1):
        top = card.top() + PAD / 2 + ROW * number
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(color))
        painter.drawEllipse(QRectF(left + PAD, top + 4, SWATCH, SWATCH))
        painter.setFont(words)
        painter.setPen(QColor(theme.text))
        painter.drawText(QPointF(left + PAD + SWATCH + 6, top + 11), name)
        painter.setFont(figures)
        place = QRectF(card.right() - PAD - values - 1, top, values + 1, ROW)
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, value)
