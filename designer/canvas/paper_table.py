"""The layer table as it stands below a drawing in a picture."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from designer.canvas.look import look
from designer.theme import mono_font
from nodes.graph.analysis import Layer, total
from nodes.graph.columns import USUAL, column

ROW, HEAD, PAD = 20.0, 26.0, 20.0  # heights of a line and of the titles; room between columns
PIXELS = 11


class PaperTable:
    """Titles, a line for each layer, totals; as text, so that it can be searched and copied from an SVG."""

    def __init__(self, rows: Sequence[Layer], corner: QPointF) -> None:
        columns = [column(key) for key in USUAL]
        costs = total(rows)
        totals = [one.shown_total(costs) for one in columns]
        totals[0] = "Total"
        self._lines = [
            [one.title for one in columns],
            *([o.shown(row, costs) for o in columns] for row in rows),
            totals,
        ]
        self._is_number = [one.is_number for one in columns]
        self._mono, self._bold = mono_font(PIXELS), QFont()
        self._bold.setPixelSize(PIXELS)
        self._bold.setBold(True)
        heavy, plain = QFontMetricsF(self._bold), QFontMetricsF(self._mono)
        self._widths = [
            max(max(heavy.horizontalAdvance(cell), plain.horizontalAdvance(cell)) for cell in cells) + PAD
            for cells in zip(*self._lines, strict=True)
        ]
        self.box = QRectF(corner.x(), corner.y(), sum(self._widths), HEAD + ROW * (len(self._lines) - 1) + 8)

    def paint(self, painter: QPainter) -> None:
        top, right = self.box.top(), self.box.right()
        painter.setPen(look.outline)
        for height in (HEAD, self.box.height() - ROW - 8):
            painter.drawLine(QPointF(self.box.left(), top + height), QPointF(right, top + height))
        for number, line in enumerate(self._lines):
            is_heavy = number in (0, len(self._lines) - 1)
            painter.setFont(self._bold if number == 0 else self._mono)
            painter.setPen(look.text if is_heavy else look.secondary)
            self._paint_line(painter, line, top + (17 if number == 0 else HEAD + ROW * number - 6 + 4 * is_heavy))

    def _paint_line(self, painter: QPainter, line: list[str], baseline: float) -> None:
        left = self.box.left()
        metrics = QFontMetricsF(painter.font())
        for cell, width, is_number in zip(line, self._widths, self._is_number, strict=True):
            shift = width - PAD - metrics.horizontalAdvance(cell) if is_number else 0.0
            painter.drawText(QPointF(left + shift, baseline), cell)
            left += width
