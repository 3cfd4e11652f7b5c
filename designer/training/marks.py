"""The marks on the buttons that steer a training: play, pause, stop; drawn in the colour of the button's words."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap, QPolygonF

SIDE = 14
SCALE = 3.0  # sharp on dense screens too


def mark(name: str, color: str) -> QIcon:
    """``play``, ``pause`` or ``stop``."""
    picture = QPixmap(round(SIDE * SCALE), round(SIDE * SCALE))
    picture.setDevicePixelRatio(SCALE)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    if name == "play":
        painter.drawPolygon(QPolygonF([QPointF(3, 2), QPointF(12, 7), QPointF(3, 12)]))
    elif name == "pause":
        painter.drawRect(QRectF(3, 2, 3, 10))
        painter.drawRect(QRectF(8, 2, 3, 10))
    else:
        painter.drawRoundedRect(QRectF(3, 3, 8, 8), 1.5, 1.5)
    painter.end()
    return QIcon(picture)
