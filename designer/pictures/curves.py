"""A function and its slope: activations, losses, arithmetic."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPen, QPolygonF

from designer.pictures.functions import Function, slope_of
from designer.pictures.sketch import LEFT, Sketch

HEIGHT = 260.0
SAMPLES = 280
PLOT = QRectF(40, 12, 370, 220)
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Curve:
    """What is drawn: the function, its range, and what its axes are."""

    function: Function
    low: float = -5.0
    high: float = 5.0
    x: str = "x"
    name: str = "function"
    reach: tuple[float, float] | None = None  # of the values that are shown; by themselves where it is None


def draw_curve(sketch: Sketch, curve: Curve) -> None:
    """The function solid, its slope dashed, both on the same axes."""
    slope = slope_of(curve.function)
    margin = 1e-3 * (curve.high - curve.low)
    places = [
        curve.low + margin + (curve.high - curve.low - 2 * margin) * step / SAMPLES for step in range(SAMPLES + 1)
    ]
    values = [curve.function(x) for x in places]
    slopes = [slope(x) for x in places]
    bottom, top = curve.reach or _reach(values, slopes, (curve.high - curve.low) * 0.6)
    _axes(sketch, curve, bottom, top)
    _trace(sketch, curve, places, slopes, bottom, top, is_slope=True)
    _trace(sketch, curve, places, values, bottom, top, is_slope=False)
    _legend(sketch, curve)


def _reach(values: list[float], slopes: list[float], widest: float) -> tuple[float, float]:
    """From the lowest to the highest value, cut where a curve runs away."""
    inside = [*values, *(s for s in slopes if abs(s) < widest), 0.0, 1.0]
    low, high = max(min(inside), -widest), min(max(inside), widest)
    room = 0.08 * (high - low)
    return low - room, high + room


def _axes(sketch: Sketch, curve: Curve, bottom: float, top: float) -> None:
    """Numbers at the edges, so that no curve crosses them; fine lines across, and the two zeros stronger."""
    painter = sketch.painter
    faint = QColor(sketch.line_colour)
    faint.setAlpha(70)
    for value in _ticks(bottom, top):
        y = _at(curve, bottom, top, curve.low, value).y()
        painter.setPen(QPen(sketch.line_colour if value == 0 else faint, 1))
        painter.drawLine(QPointF(PLOT.left(), y), QPointF(PLOT.right(), y))
        sketch.words(QRectF(0, y - 8, 34, 16), _number(value), size=10, mono=True, quiet=True, align=RIGHT)
    for value in _ticks(curve.low, curve.high):
        x = _at(curve, bottom, top, value, bottom).x()
        painter.setPen(QPen(sketch.line_colour if value == 0 else faint, 1))
        painter.drawLine(QPointF(x, PLOT.top()), QPointF(x, PLOT.bottom()))
        sketch.words(QRectF(x - 20, PLOT.bottom() + 3, 40, 16), _number(value), size=10, mono=True, quiet=True)


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def _trace(
    sketch: Sketch,
    curve: Curve,
    places: list[float],
    values: list[float],
    bottom: float,
    top: float,
    *,
    is_slope: bool,
) -> None:
    """In pieces where a value leaps, as the slope of ReLU does."""
    style = Qt.PenStyle.DashLine if is_slope else Qt.PenStyle.SolidLine
    pen = QPen(sketch.quiet if is_slope else sketch.accent, 1.5 if is_slope else 2.25, style)
    sketch.painter.setPen(pen)
    sketch.painter.setBrush(Qt.BrushStyle.NoBrush)
    leap = 0.05 * (top - bottom) if is_slope else math.inf
    piece: list[QPointF] = []
    last = None
    for x, y in zip(places, values, strict=True):
        if not bottom <= y <= top or (last is not None and abs(y - last) > leap):
            sketch.painter.drawPolyline(QPolygonF(piece))
            piece = []
        last = y
        if bottom <= y <= top:
            piece.append(_at(curve, bottom, top, x, y))
    sketch.painter.drawPolyline(QPolygonF(piece))


def _legend(sketch: Sketch, curve: Curve) -> None:
    for row, (words, is_slope) in enumerate(((curve.name, False), ("its slope", True))):
        y = PLOT.top() + 10 + 20 * row
        style = Qt.PenStyle.DashLine if is_slope else Qt.PenStyle.SolidLine
        sketch.painter.setPen(QPen(sketch.quiet if is_slope else sketch.accent, 2, style))
        sketch.painter.drawLine(QPointF(PLOT.right() + 22, y), QPointF(PLOT.right() + 50, y))
        sketch.words(QRectF(PLOT.right() + 58, y - 9, 90, 18), words, align=LEFT)
    across = QRectF(PLOT.right() + 22, PLOT.bottom() - 40, 126, 40)
    sketch.words(
        across, f"across: {curve.x}", quiet=True, align=Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
    )


def _at(curve: Curve, bottom: float, top: float, x: float, y: float) -> QPointF:
    across = (x - curve.low) / (curve.high - curve.low)
    up = (y - bottom) / (top - bottom)
    return QPointF(PLOT.left() + across * PLOT.width(), PLOT.bottom() - up * PLOT.height())


def _ticks(low: float, high: float) -> list[float]:
    """Round values, four to eight of them."""
    rough = (high - low) / 6
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(m * magnitude for m in (1, 2, 5, 10) if m * magnitude >= rough)
    first = math.ceil(low / step)
    return [round(number * step, 10) for number in range(first, math.floor(high / step) + 1)]
