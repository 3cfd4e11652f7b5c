"""Guides: lines on which what is dragged stands level with what stands there already."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QLineF, QPointF, QRectF

REACH = 6.0  # px on the screen within which a line draws
OVERHANG = 24.0  # scene units that a line is longer than what it joins

Lines = Sequence[Callable[[QRectF], float]]
ACROSS: Lines = (QRectF.left, QRectF.right, lambda box: box.center().x())
DOWN: Lines = (QRectF.top, QRectF.bottom, lambda box: box.center().y())


class Aligned(NamedTuple):
    """How far a box has to move to stand level, and the lines that it then stands on."""

    shift: QPointF
    is_across: bool
    is_down: bool
    lines: tuple[QLineF, ...]


def aligned(box: QRectF, others: Iterable[QRectF], reach: float) -> Aligned:
    """The nearest line each way, left to left, middle to middle and so on, within reach."""
    others = list(others)
    dx, dy = _nearest(box, others, ACROSS, reach), _nearest(box, others, DOWN, reach)
    moved = box.translated(dx or 0.0, dy or 0.0)
    lines = (_standing(moved, others) if dx is not None else None, _lying(moved, others) if dy is not None else None)
    shift = QPointF(dx or 0.0, dy or 0.0)
    return Aligned(shift, dx is not None, dy is not None, tuple(line for line in lines if line is not None))


def _nearest(box: QRectF, others: Iterable[QRectF], lines: Lines, reach: float) -> float | None:
    shifts = [line(other) - line(box) for other in others for line in lines]
    best = min(shifts, key=abs, default=None)
    return best if best is not None and abs(best) <= reach else None


def _standing(box: QRectF, others: Iterable[QRectF]) -> QLineF | None:
    """The upright line that most boxes share with this one; of the three of boxes of one width the left."""
    line, level = _shared(box, others, ACROSS)
    if len(level) < 2:
        return None
    top, bottom = min(one.top() for one in level), max(one.bottom() for one in level)
    return QLineF(line(box), top - OVERHANG, line(box), bottom + OVERHANG)


def _lying(box: QRectF, others: Iterable[QRectF]) -> QLineF | None:
    """The level line that most boxes share with this one."""
    line, level = _shared(box, others, DOWN)
    if len(level) < 2:
        return None
    left, right = min(one.left() for one in level), max(one.right() for one in level)
    return QLineF(left - OVERHANG, line(box), right + OVERHANG, line(box))


def _shared(box: QRectF, others: Iterable[QRectF], lines: Lines) -> tuple[Callable[[QRectF], float], list[QRectF]]:
    level = [(line, [box, *(one for one in others if abs(line(one) - line(box)) < 0.01)]) for line in lines]
    return max(level, key=lambda found: len(found[1]))
