"""Sketch: what all pictures are drawn with, in the colours of the theme shown now."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPolygonF

from designer import theme

WIDTH = 560.0
CENTRE = Qt.AlignmentFlag.AlignCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class Sketch:
    """A painter with few words: boxes, cells, arrows and texts. Units: px of the page."""

    def __init__(self, painter: QPainter, family: str) -> None:
        self.painter = painter
        colours = theme.current()
        self.text_colour, self.quiet = QColor(colours.text), QColor(colours.secondary)
        self.line_colour, self.fill = QColor(colours.wire), QColor(colours.raised)
        self.accent, self.ground = QColor(colours.accent), QColor(colours.panel)
        self.family = QColor(theme.family_color(family))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def tint(self, alpha: int = 70) -> QColor:
        """The family's colour, seen through."""
        faded = QColor(self.family)
        faded.setAlpha(alpha)
        return faded

    def words(
        self,
        rect: QRectF,
        text: str,
        *,
        size: int = 11,
        bold: bool = False,
        mono: bool = False,
        quiet: bool = False,
        align: Qt.AlignmentFlag = CENTRE,
    ) -> None:
        font = theme.mono_font(size) if mono else QFont()
        font.setPixelSize(size)
        font.setBold(bold)
        self.painter.setFont(font)
        self.painter.setPen(self.quiet if quiet else self.text_colour)
        self.painter.drawText(rect, align | Qt.TextFlag.TextWordWrap, text)

    def box(self, rect: QRectF, text: str = "", *, is_marked: bool = False, is_round: bool = False) -> None:
        self.painter.setPen(QPen(self.family if is_marked else self.line_colour, 1.25))
        self.painter.setBrush(self.tint(40) if is_marked else self.fill)
        radius = min(rect.width(), rect.height()) / 2 if is_round else 6
        self.painter.drawRoundedRect(rect, radius, radius)
        if text:
            self.words(rect.adjusted(1, 0, -1, 0), text)

    def cell(self, rect: QRectF, text: str = "", *, alpha: int = 0, is_padding: bool = False) -> None:
        """One number of a grid; padding is dashed, what is looked at is tinted."""
        pen = QPen(self.line_colour, 1, Qt.PenStyle.DotLine if is_padding else Qt.PenStyle.SolidLine)
        self.painter.setPen(pen)
        self.painter.setBrush(self.tint(alpha) if alpha else (self.ground if is_padding else self.fill))
        self.painter.drawRect(rect)
        if text:
            self.words(rect, text, size=10, mono=True)

    def frame(self, rect: QRectF, *, is_dashed: bool = False) -> None:
        style = Qt.PenStyle.DashLine if is_dashed else Qt.PenStyle.SolidLine
        self.painter.setPen(QPen(self.text_colour, 1.75, style))
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.drawRect(rect)

    def line(self, *points: QPointF, is_dashed: bool = False) -> None:
        style = Qt.PenStyle.DashLine if is_dashed else Qt.PenStyle.SolidLine
        self.painter.setPen(QPen(self.line_colour, 1.5, style))
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.drawPolyline(QPolygonF(list(points)))

    def arrow(self, *points: QPointF, is_dashed: bool = False) -> None:
        """Through the points, with its head at the last."""
        self.line(*points, is_dashed=is_dashed)
        before, end = points[-2], points[-1]
        angle = math.atan2(end.y() - before.y(), end.x() - before.x())
        turns = (angle + 2.7, angle - 2.7)
        head = [end, *(end + QPointF(7 * math.cos(turn), 7 * math.sin(turn)) for turn in turns)]
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(self.line_colour)
        self.painter.drawPolygon(QPolygonF(head))

    def grid(self, corner: QPointF, rows: int, columns: int, size: float, padding: int = 0) -> QRectF:
        """A grid of cells whose outer ``padding`` is padding. Returns the whole."""
        for row in range(rows):
            for column in range(columns):
                inside = padding <= row < max(rows - padding, 1) or rows == 1
                inside = inside and padding <= column < columns - padding
                self.cell(square(corner, row, column, size), is_padding=not inside)
        return QRectF(corner.x(), corner.y(), columns * size, rows * size)


def square(corner: QPointF, row: float, column: float, size: float, rows: float = 1, columns: float = 1) -> QRectF:
    """The place of some cells in a grid."""
    return QRectF(corner.x() + column * size, corner.y() + row * size, columns * size, rows * size)
