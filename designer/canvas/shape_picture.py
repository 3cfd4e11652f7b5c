"""A small picture of a shape: a box of C × H × W, a table of a sequence, a column of a vector."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from designer.canvas.look import look
from nodes.spec.shapes import Shape

SIDE, SHARPNESS = 40, 2  # px of the picture, and of the image for each of them
LEAST, MOST = 4.0, 26.0  # px that a side of a box takes
LARGE = 256  # a size that takes the most
CELLS = 6  # that a table is shown with at most, either way


def shape_picture(shape: Shape) -> QImage:
    """Sides grow with the logarithm of a size; one that is not known yet is dashed."""
    image = QImage(QSize(SIDE, SIDE) * SHARPNESS, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.scale(SHARPNESS, SHARPNESS)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    is_known = all(isinstance(size, int) for size in shape)
    painter.setPen(QPen(look.secondary, 1, Qt.PenStyle.SolidLine if is_known else Qt.PenStyle.DashLine))
    painter.setBrush(QColor(look.theme.hover))
    if len(shape) >= 3:
        _draw_box(painter, _side(shape[-1]), _side(shape[-2]), _side(math.prod(_number(one) for one in shape[:-2])))
    elif len(shape) == 2:
        _draw_table(painter, _cells(shape[0]), _cells(shape[1]))
    else:
        _draw_table(painter, 1, _cells(shape[0]) if len(shape) else 1)
    painter.end()
    return image


def _draw_box(painter: QPainter, width: float, height: float, depth: float) -> None:
    """The front is a map, the depth are the channels."""
    back = QPointF(depth, -depth) * 0.5
    corner = QPointF((SIDE - width - back.x()) / 2, (SIDE - height - back.y()) / 2)
    front = QRectF(corner.x(), corner.y(), width, height)
    for one, other, colour in (
        (front.topLeft(), front.topRight(), look.theme.line),
        (front.topRight(), front.bottomRight(), look.theme.wire),
    ):
        painter.setBrush(QColor(colour))
        painter.drawPolygon(QPolygonF([one, one + back, other + back, other]))
    painter.setBrush(QColor(look.theme.line))
    painter.drawRect(front)


def _draw_table(painter: QPainter, columns: int, rows: int) -> None:
    """Steps from left to right, the numbers of each from top to bottom."""
    cell = min(9.0, (SIDE - 4) / max(columns, rows))
    left, top = (SIDE - cell * columns) / 2, (SIDE - cell * rows) / 2
    for column in range(columns):
        for row in range(rows):
            painter.drawRect(QRectF(left + column * cell, top + row * cell, cell, cell))


def _side(size: int | str) -> float:
    share = math.log(1 + _number(size)) / math.log(1 + LARGE)
    return LEAST + (MOST - LEAST) * min(1.0, share)


def _cells(size: int | str) -> int:
    return max(1, min(CELLS, round(math.log2(1 + _number(size)))))


def _number(size: int | str) -> int:
    """A size that is not known counts as a middling one."""
    return size if isinstance(size, int) else 32
