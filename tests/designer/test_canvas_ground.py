"""The ground of the canvas."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from tests.designer.drawing import Hand


def painted(hand: Hand, rect: QRectF) -> QImage:
    image = QImage(120, 90, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    hand.canvas.canvas_scene.drawBackground(painter, rect)
    painter.end()
    return image


def test_the_ground_is_dotted_however_much_of_it_is_to_be_painted(hand: Hand) -> None:
    shown = painted(hand, QRectF(0, 0, 120, 90))
    assert painted(hand, QRectF(-500_000, -500_000, 1_000_001, 1_000_001)) == shown
    row = {shown.pixel(x, 24) for x in range(120)}
    assert len(row) == 2  # dots and what is between them
