"""A window that slides: convolutions on a small grid, with sizes from the layer's own rule."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRectF

from designer.pictures.sketch import WIDTH, Sketch, square
from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape, ShapeError

PANEL, HEIGHT = WIDTH / 3, 300.0
AXES = {1: "CL", 2: "CHW", 3: "CDHW"}
LARGEST_CELL, GRID_ROOM = 20.0, 150.0


def draw_convolution(sketch: Sketch, settings: Any) -> None:
    """Three ways to slide: with the settings given, with padding and stride, and with dilation."""
    axes = len(settings.kernel_size)
    side = settings.kernel_size[-1] + 2
    variants = (
        (settings, side),
        (settings.replaced(stride=(2,) * axes, padding=(1,) * axes), side),
        (settings.replaced(dilation=(2,) * axes), 2 * settings.kernel_size[-1] + 1),
    )
    for number, (variant, size) in enumerate(variants):
        _draw_sliding(sketch, variant, size, number * PANEL)


def draw_transposed(sketch: Sketch, settings: Any) -> None:
    """Each input number writes a window into the output; the windows lie a stride apart."""
    axes = len(settings.kernel_size)
    variants = (
        settings,
        settings.replaced(stride=(2,) * axes),
        settings.replaced(stride=(2,) * axes, padding=(1,) * axes),
    )
    for number, variant in enumerate(variants):
        _draw_writing(sketch, variant, 3, number * PANEL)


def _draw_sliding(sketch: Sketch, settings: Any, side: int, left: float) -> None:
    kernel, stride, padding = settings.kernel_size[-1], settings.stride[-1], _number(settings.padding)
    dilation = settings.dilation[-1]
    out = _result(settings, side)
    is_flat = len(settings.kernel_size) == 1
    whole = side + 2 * padding
    rows, cell = (1 if is_flat else whole), min(LARGEST_CELL, GRID_ROOM / whole)
    corner = QPointF(left + (PANEL - whole * cell) / 2, 44)
    _caption(sketch, left, kernel, stride, padding, dilation)
    sketch.grid(corner, rows, whole, cell, padding)
    taps = [step * dilation for step in range(kernel)]
    for row in [0] if is_flat else taps:
        for column in taps:
            sketch.cell(square(corner, row, column, cell), alpha=150)
    reach = taps[-1] + 1
    sketch.frame(square(corner, 0, 0, cell, 1 if is_flat else reach, reach))
    if out > 1:
        sketch.frame(square(corner, 0, stride, cell, 1 if is_flat else reach, reach), is_dashed=True)
    below = QPointF(left + (PANEL - out * cell) / 2, corner.y() + rows * cell + 26)
    sketch.arrow(QPointF(left + PANEL / 2, below.y() - 22), QPointF(left + PANEL / 2, below.y() - 6))
    sketch.grid(below, 1 if is_flat else out, out, cell)
    sketch.cell(square(below, 0, 0, cell), alpha=150)
    sketch.frame(square(below, 0, 0, cell))
    if out > 1:
        sketch.frame(square(below, 0, 1, cell), is_dashed=True)
    taken = dilation * (kernel - 1) + 1
    bottom = below.y() + (1 if is_flat else out) * cell
    _sum(sketch, left, bottom, f"({side} − {taken} + 2·{padding})/{stride} + 1 = {out}")


def _draw_writing(sketch: Sketch, settings: Any, side: int, left: float) -> None:
    kernel, stride, padding = settings.kernel_size[-1], settings.stride[-1], _number(settings.padding)
    is_flat = len(settings.kernel_size) == 1
    whole = (side - 1) * stride + kernel  # before padding is taken away
    cell = min(LARGEST_CELL, GRID_ROOM / whole)
    rows = 1 if is_flat else side
    _caption(sketch, left, kernel, stride, padding, settings.dilation[-1])
    corner = QPointF(left + (PANEL - side * cell) / 2, 44)
    sketch.grid(corner, rows, side, cell)
    sketch.cell(square(corner, 0, 0, cell), alpha=150)
    sketch.frame(square(corner, 0, 0, cell))
    sketch.cell(square(corner, 0, 1, cell), alpha=70)
    sketch.frame(square(corner, 0, 1, cell), is_dashed=True)
    below = QPointF(left + (PANEL - whole * cell) / 2, corner.y() + rows * cell + 26)
    sketch.arrow(QPointF(left + PANEL / 2, below.y() - 22), QPointF(left + PANEL / 2, below.y() - 6))
    high = 1 if is_flat else whole
    sketch.grid(below, high, whole, cell, padding)
    for start, alpha in ((0, 110), (stride, 70)):
        sketch.painter.fillRect(square(below, 0, start, cell, 1 if is_flat else kernel, kernel), sketch.tint(alpha))
    sketch.frame(square(below, 0, 0, cell, 1 if is_flat else kernel, kernel))
    sketch.frame(square(below, 0, stride, cell, 1 if is_flat else kernel, kernel), is_dashed=True)
    taken = settings.dilation[-1] * (kernel - 1) + 1
    result = _result(settings, side)
    _sum(sketch, left, below.y() + high * cell, f"({side} − 1)·{stride} − 2·{padding} + {taken} = {result}")


def _caption(sketch: Sketch, left: float, kernel: int, stride: int, padding: int, dilation: int) -> None:
    first = f"kernel {kernel} · stride {stride}"
    second = f"padding {padding}" + (f" · dilation {dilation}" if dilation > 1 else "")
    sketch.words(QRectF(left, 2, PANEL, 16), first, bold=True)
    sketch.words(QRectF(left, 18, PANEL, 16), second, quiet=True)


def _sum(sketch: Sketch, left: float, bottom: float, text: str) -> None:
    sketch.words(QRectF(left, bottom + 8, PANEL, 18), text, mono=True)


def _result(settings: NodeType, side: int) -> int:
    """The side of the output, as the layer itself works it out."""
    axes = len(settings.kernel_size)  # type: ignore[attr-defined]
    try:
        size = settings.shape(Shape(1, *(side,) * axes, axes=AXES[axes]))[-1]  # type: ignore[index]
    except ShapeError:
        return 0
    return int(size)


def _number(padding: Any) -> int:
    return int(padding[-1]) if isinstance(padding, tuple) else 0
