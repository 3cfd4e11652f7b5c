"""Pictures on a handful of numbers: merging, dropout, softmax, one-hot."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QPointF, QRectF

from designer.pictures.sketch import WIDTH, Sketch, square

CELL = 34.0
FIRST, SECOND = (3.0, 1.0, 2.0, 4.0), (1.0, 5.0, 2.0, 0.5)
MERGES: dict[str, tuple[str, Callable[[float, float], float]]] = {
    "add": ("+", lambda a, b: a + b),
    "subtract": ("−", lambda a, b: a - b),
    "multiply": ("×", lambda a, b: a * b),
    "divide": ("÷", lambda a, b: a / b),
    "maximum": ("max", max),
    "minimum": ("min", min),
    "average": ("mean", lambda a, b: (a + b) / 2),
}
MERGE_HEIGHT, DROPOUT_HEIGHT, BARS_HEIGHT = 60.0, 150.0, 190.0
KEEP_PATTERN = (1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0, 1, 1, 0, 1, 1, 0, 0, 1)  # half of 24, as p = 0.5 does
SCORES = (2.0, 1.0, 0.1, -1.0)


def draw_merge(sketch: Sketch, settings: Any) -> None:
    """Two values and what becomes of them, number by number."""
    sign, rule = MERGES[settings.type_id]
    top, step = 14.0, 4 * CELL
    gap = (WIDTH - 3 * step) / 4
    results = [rule(a, b) for a, b in zip(FIRST, SECOND, strict=True)]
    for place, values in enumerate((FIRST, SECOND, results)):
        corner = QPointF(gap + place * (step + gap), top)
        for column, value in enumerate(values):
            sketch.cell(square(corner, 0, column, CELL), f"{value:g}", alpha=90 if place == 2 else 0)
        if place:
            between = QRectF(corner.x() - gap, top, gap, CELL)
            sketch.words(between, sign if place == 1 else "=", size=13, bold=True)


def draw_concat(sketch: Sketch, settings: Any) -> None:
    """One behind the other along an axis, or on a new one."""
    is_stack = settings.type_id == "stack"
    left, top = QPointF(30, 14), 14.0
    for row, (values, alpha) in enumerate(((FIRST, 90), (SECOND, 40))):
        for column, value in enumerate(values):
            sketch.cell(square(left, row * 1.3, column, CELL), f"{value:g}", alpha=alpha)
    sketch.arrow(QPointF(left.x() + 4 * CELL + 18, top + 40), QPointF(left.x() + 4 * CELL + 70, top + 40))
    right = QPointF(left.x() + 4 * CELL + 90, top + (6 if is_stack else 24))
    for number, value in enumerate((*FIRST, *SECOND)):
        row, column = divmod(number, 4) if is_stack else (0, number)
        sketch.cell(square(right, row, column, CELL), f"{value:g}", alpha=90 if number < 4 else 40)


def draw_dropout(sketch: Sketch, settings: Any) -> None:
    """The mask of one step: single numbers, or whole feature maps."""
    is_branch = settings.type_id == "stochastic_depth"
    whole_maps = is_branch or settings.type_id[-2:] in ("1d", "2d", "3d")
    p = float(settings.p)
    scale = f"kept, × {1 / (1 - p):g}" if p < 1 else "all dropped"
    maps, side, cell = 6, 4, 16.0
    gap = (WIDTH - 2 * 20 - maps * side * cell) / (maps - 1)
    for number in range(maps):
        corner = QPointF(20 + number * (side * cell + gap), 34)
        for place in range(side * side):
            pick = number if whole_maps else 7 * number + 5 * place
            is_kept = _is_kept(pick, p)
            rect = square(corner, place // side, place % side, cell)
            sketch.cell(rect, alpha=150 if is_kept else 0, is_padding=not is_kept)
    what = "whole samples" if is_branch else "whole feature maps" if whole_maps else "single numbers"
    sketch.words(QRectF(0, 4, WIDTH, 20), f"While training, {what} are dropped with p = {p:g}", quiet=True)
    legend = QRectF(WIDTH / 2 - 110, 118, 14, 14)
    sketch.cell(legend, alpha=150)
    sketch.words(QRectF(legend.right() + 6, 116, 80, 18), scale)
    other = QRectF(WIDTH / 2 + 40, 118, 14, 14)
    sketch.cell(other, is_padding=True)
    sketch.words(QRectF(other.right() + 6, 116, 60, 18), "dropped")


def _is_kept(pick: int, p: float) -> bool:
    """A fixed mask, so that a page looks the same each time it is opened."""
    if p == 0.5:
        return bool(KEEP_PATTERN[pick % len(KEEP_PATTERN)])
    return math.modf(pick * 0.6180339887)[0] >= p


def draw_softmax(sketch: Sketch, settings: Any) -> None:
    """Scores on the left, what softmax makes of them on the right."""
    total = sum(math.exp(score) for score in SCORES)
    shares = [math.exp(score) / total for score in SCORES]
    is_log = settings.type_id == "log_softmax"
    results = [math.log(share) for share in shares] if is_log else shares
    _bars(sketch, QRectF(30, 30, 210, 130), SCORES, "scores")
    sketch.arrow(QPointF(256, 95), QPointF(304, 95))
    words = "logarithms of the probabilities" if is_log else "probabilities: together 1"
    _bars(sketch, QRectF(320, 30, 210, 130), results, words)


def _bars(sketch: Sketch, rect: QRectF, values: Sequence[float], words: str) -> None:
    low, high = min(0.0, *values), max(0.0, *values)
    width, unit = rect.width() / len(values), (rect.height() - 30) / (high - low)
    zero = rect.top() + 15 + high * unit
    for place, value in enumerate(values):
        top, bottom = sorted((zero, zero - value * unit))
        bar = QRectF(rect.left() + place * width + 8, top, width - 16, bottom - top)
        sketch.cell(bar, alpha=150)
        label = QRectF(bar.left() - 8, top - 16 if value >= 0 else bottom + 1, width, 14)
        sketch.words(label, f"{value:.2f}".rstrip("0").rstrip("."), size=10, mono=True)
    sketch.line(QPointF(rect.left(), zero), QPointF(rect.right(), zero))
    sketch.words(QRectF(rect.left(), 4, rect.width(), 18), words, quiet=True)
