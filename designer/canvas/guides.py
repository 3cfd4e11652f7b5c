"""Guides: lines on which what is dragged stands level with what stands there already."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QLineF, QPointF, QRectF

REACH = 6.0  # px on the screen within which a line draws
OVERHANG = 24.0  # scene units that a line is longer than what it joins

Lines = Sequence[Callable[[QRectF], float]]
ACROSS: Lines = (QRectF.left, lambda box: box.center().x(), QRectF.right)
DOWN: Lines = (QRectF.top, lambda box: box.center().y(), QRectF.bottom)


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
    lines = [*_standing(moved, others)] if dx is not None else []
    lines += _lying(moved, others) if dy is not None else []
    return Aligned(QPointF(dx or 0.0, dy or 0.0), dx is not None, dy is not None, tuple(lines))


def _nearest(box: QRectF, others: Iterable[QRectF], lines: Lines, reach: float) -> float | None:
    shifts = [line(other) - line(box) for other in others for line in lines]
    best = min(shifts, key=abs, default=None)
    return best if best is not None and abs(best) <= reach else None


def _standing(box: QRectF, others: Iterable[QRectF]) -> list[QLineF]:
    found = []
    for line in ACROSS:
        level = [box, *(other for other in others if abs(line(other) - line(box)) < 0.01)]
        if len(level) > 1:
            top, bottom = min(one.top() for one in level), max(one.bottom() for one in level)
            found.append(QLineF(line(box), top - OVERHANG, line(box), bottom + OVERHANG))
    return found


def _lying(box: QRectF, others: Iterable[QRectF]) -> list[QLineF]:
    found = []
    for line in DOWN:
        level = [box, *(other for other in others if abs(line(other) - line(box)) < 0.01)]
        if len(level) > 1:
            left, right = min(one.left() for one in level), max(one.right() for one in level)
            found.append(QLineF(left - OVERHANG, line(box), right + OVERHANG, line(box)))
    return found
