"""Pooling on numbers: what a window keeps, and where unpooling puts it back."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QPointF, QRectF

from designer.pictures.sketch import WIDTH, Sketch, square

HEIGHT, FLAT_HEIGHT, CELL = 180.0, 80.0, 30.0
NUMBERS = ((1, 3, 2, 1), (4, 8, 0, 5), (2, 1, 6, 3), (0, 7, 2, 4))
SHADES = (120, 70, 40, 90)
Rule = Callable[[Sequence[float]], float]
TOP = 34.0


def draw_pooling(sketch: Sketch, settings: Any) -> None:
    """A 4 × 4 map and windows of 2 × 2; one row for signals."""
    rule, words = _rule(settings)
    is_flat = settings.type_id.endswith("1d")
    rows = 1 if is_flat else 4
    left = QPointF(WIDTH / 2 - 4 * CELL - 50, TOP)
    right = QPointF(WIDTH / 2 + 70, TOP + (0 if is_flat else CELL))
    for row in range(rows):
        for column in range(4):
            shade = SHADES[2 * (row // 2) + column // 2]
            sketch.cell(square(left, row, column, CELL), str(NUMBERS[row][column]), alpha=shade)
    for row in range(1 if is_flat else 2):
        for column in range(2):
            held = [
                float(NUMBERS[r][c])
                for r in (range(1) if is_flat else range(2 * row, 2 * row + 2))
                for c in range(2 * column, 2 * column + 2)
            ]
            sketch.cell(square(right, row, column, CELL), f"{rule(held):.3g}", alpha=SHADES[2 * row + column])
    _arrow(sketch, left, rows)
    sketch.words(QRectF(0, 4, WIDTH, 20), f"{words}, in windows of 2 a stride of 2 apart", quiet=True)


def draw_global(sketch: Sketch, settings: Any) -> None:
    """A whole map becomes one number."""
    rule, words = _rule(settings)
    left = QPointF(WIDTH / 2 - 4 * CELL - 50, TOP)
    for row in range(4):
        for column in range(4):
            sketch.cell(square(left, row, column, CELL), str(NUMBERS[row][column]), alpha=70)
    _arrow(sketch, left, 4)
    held = [float(number) for row in NUMBERS for number in row]
    sketch.cell(square(QPointF(WIDTH / 2 + 70, TOP + 1.5 * CELL), 0, 0, CELL * 1.4), f"{rule(held):.3g}", alpha=70)
    sketch.words(QRectF(0, 4, WIDTH, 20), f"{words} of each channel's whole map", quiet=True)


def draw_adaptive(sketch: Sketch, settings: Any) -> None:
    """Seven positions shared among three windows: they overlap where the sizes do not divide."""
    length, wanted = 7, 3
    corner = QPointF(WIDTH / 2 - length * CELL / 2, TOP)
    numbers = (1, 3, 2, 1, 4, 8, 0)
    for column, number in enumerate(numbers):
        sketch.cell(square(corner, 0, column, CELL), str(number))
    rule, words = _rule(settings)
    below = QPointF(WIDTH / 2 - wanted * 60 / 2, TOP + 96)
    for place in range(wanted):
        start, end = place * length // wanted, math.ceil((place + 1) * length / wanted)
        top = TOP + CELL + 8 + 10 * (place % 2)
        first, last = corner.x() + start * CELL + 3, corner.x() + end * CELL - 3
        sketch.line(QPointF(first, top), QPointF(last, top))
        middle = QPointF(below.x() + place * 60 + 30, below.y())
        sketch.arrow(QPointF((first + last) / 2, top), middle)
        rect = QRectF(middle.x() - CELL / 2, middle.y(), CELL, CELL)
        sketch.cell(rect, f"{rule([float(n) for n in numbers[start:end]]):.3g}", alpha=SHADES[place])
    sketch.words(QRectF(0, 4, WIDTH, 20), f"{words}: 7 positions to an output_size of 3", quiet=True)


def draw_unpooling(sketch: Sketch, _settings: Any) -> None:
    """Each number goes back to where the pooling found it; the rest is zero."""
    left = QPointF(WIDTH / 2 - 2 * CELL - 70, TOP + CELL)
    right = QPointF(WIDTH / 2 + 30, TOP)
    places = {(1, 1): 8, (1, 3): 5, (3, 1): 7, (2, 2): 6}
    for number, (row, column) in enumerate(((1, 1), (1, 3), (3, 1), (2, 2))):
        value = str(places[(row, column)])
        sketch.cell(square(left, number // 2, number % 2, CELL), value, alpha=SHADES[number])
    for row in range(4):
        for column in range(4):
            shade = SHADES[2 * (row // 2) + column // 2]
            value = places.get((row, column), 0)
            sketch.cell(square(right, row, column, CELL), str(value), alpha=shade if value else 0)
    sketch.arrow(QPointF(WIDTH / 2 - 56, TOP + 2 * CELL), QPointF(WIDTH / 2 + 16, TOP + 2 * CELL))
    sketch.words(QRectF(0, 4, WIDTH, 20), "Back to the places that max pooling remembered", quiet=True)


def _arrow(sketch: Sketch, left: QPointF, rows: int) -> None:
    middle = left.y() + rows * CELL / 2
    sketch.arrow(QPointF(left.x() + 4 * CELL + 16, middle), QPointF(WIDTH / 2 + 54, middle))


def _rule(settings: Any) -> tuple[Rule, str]:
    kind = settings.type_id
    if "max" in kind:
        return max, "The largest"
    if "lp_pool" in kind:
        power = float(settings.norm_type)
        return lambda held: sum(n**power for n in held) ** (1 / power), f"The root of the sum of powers of {power:g}"
    return lambda held: sum(held) / len(held), "The average"
