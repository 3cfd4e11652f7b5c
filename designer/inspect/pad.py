"""Pad: a square to draw on with the mouse, white on black as the handwritten digits are."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from designer.charts.frame import font_of
from designer.theme import current

SIDE = 168
PEN = 13.0
PART_DRAWN = 20 / 28


class Pad(QWidget):
    """What is drawn on it is a grey picture."""

    drawn = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._picture = QImage(SIDE, SIDE, QImage.Format.Format_Grayscale8)
        self._picture.fill(0)
        self._last: QPointF | None = None
        self._is_empty = True
        self.setFixedSize(SIDE, SIDE)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("Pad to draw on")
        self.setToolTip("Draw here; the right button clears")

    def picture(self) -> QImage:
        """What is drawn, as large and as centred as the digits of MNIST are: 20 of 28 parts high or wide."""
        drawn = self._bounds()
        centred = QImage(SIDE, SIDE, QImage.Format.Format_Grayscale8)
        centred.fill(0)
        share = SIDE * PART_DRAWN / max(drawn.width(), drawn.height(), 1)
        size = QSizeF(drawn.width() * share, drawn.height() * share)
        place = QRectF(QPointF((SIDE - size.width()) / 2, (SIDE - size.height()) / 2), size)
        painter = QPainter(centred)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, self._picture, QRectF(drawn))
        painter.end()
        return centred

    def _bounds(self) -> QRect:
        """The least rectangle that holds what is drawn; the whole pad where nothing is."""
        rows = [bytes(self._picture.constScanLine(y))[:SIDE] for y in range(SIDE)]
        filled = [y for y, row in enumerate(rows) if any(row)]
        if not filled:
            return self._picture.rect()
        columns = [x for x in range(SIDE) if any(rows[y][x] for y in filled)]
        return QRect(columns[0], filled[0], columns[-1] - columns[0] + 1, filled[-1] - filled[0] + 1)

    def clear(self) -> None:
        self._picture.fill(0)
        self._is_empty = True
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(SIDE, SIDE)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawImage(0, 0, self._picture)
        painter.setPen(QPen(QColor(current().line), 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        if self._is_empty:
            painter.setFont(font_of(self.font()))
            painter.setPen(QColor("#97a1b0"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Draw here")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.RightButton:
            self.clear()
        elif event.button() == Qt.MouseButton.LeftButton:
            self._last = event.position()
            self._stroke(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._last is not None:
            self._stroke(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._last = None

    def _stroke(self, place: QPointF) -> None:
        painter = QPainter(self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor("#ffffff"), PEN)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawLine(self._last or place, place + QPointF(0.01, 0))
        painter.end()
        self._last = place
        self._is_empty = False
        self.update()
        self.drawn.emit()
