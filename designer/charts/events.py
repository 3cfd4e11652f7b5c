"""What stands beside the curves: marks of what happened, with their words above, and extremes beyond the axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from designer.charts.frame import font_of
from designer.charts.pyramid import Floats
from designer.theme import current

STRIP = 14.0  # px above the curves, for words
STROKE = 5.0  # px of a mark without a word
GAP = 8.0
FIRST = ("best", "resumed", "rate", "kept")
"""Which words come first where there is no room for all."""


class Mark(NamedTuple):
    """Something that happened at a place: a checkpoint that stays, the best epoch."""

    place: float
    word: str


class Beyond(NamedTuple):
    """An extreme above or below what the upward axis shows, at a share of the width."""

    share: float
    is_above: bool
    words: str


def draw_marks(
    painter: QPainter, room: QRectF, marks: Sequence[tuple[float, str]], strokes: Floats, base: QFont
) -> None:
    """Upright dashed lines with a word above each; a stroke at the bottom for those that find no room, and others."""
    color = QColor(current().secondary)
    painter.setFont(font_of(base))
    taken: list[tuple[float, float]] = []
    at_bottom = set(_pixels(room, strokes))
    for share, word in sorted(marks, key=lambda mark: (_importance(mark[1]), mark[0])):
        if not 0 <= share <= 1:
            continue
        x = round(room.left() + share * room.width())
        width = painter.fontMetrics().horizontalAdvance(word)
        left = min(max(x - width / 2, room.left()), room.right() - width)
        if any(left < end + GAP and start < left + width + GAP for start, end in taken):
            at_bottom.add(x)
            continue
        taken.append((left, left + width))
        painter.setPen(QPen(color, 1, Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(x + 0.5, room.top(), x + 0.5, room.bottom()))
        painter.setPen(color)
        painter.drawText(QPointF(left, room.top() - 4), word)
    painter.setPen(QPen(color, 1))
    painter.drawLines([QLineF(x + 0.5, room.bottom() - STROKE, x + 0.5, room.bottom()) for x in sorted(at_bottom)])


def _pixels(room: QRectF, shares: Floats) -> list[int]:
    """Where those that are seen stand, each once."""
    seen = shares[(shares >= 0) & (shares <= 1)]
    found: list[int] = np.unique(np.round(room.left() + seen * room.width()).astype(np.int64)).tolist()
    return found


def draw_beyond(painter: QPainter, room: QRectF, extremes: Sequence[Beyond], base: QFont) -> None:
    """An arrow where raw values leave the picture, and how far they go."""
    painter.setFont(font_of(base))
    painter.setPen(QColor(current().secondary))
    for share, is_above, words in extremes:
        said = f"{'▲' if is_above else '▼'} {words}"
        width = painter.fontMetrics().horizontalAdvance(said)
        left = min(max(room.left() + share * room.width() - 4, room.left()), room.right() - width)
        painter.drawText(QPointF(left, room.top() + 10 if is_above else room.bottom() - 4), said)


def _importance(word: str) -> int:
    return FIRST.index(word) if word in FIRST else len(FIRST)
