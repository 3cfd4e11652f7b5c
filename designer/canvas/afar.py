"""Painting a drawing from afar: everything in a few batches, in place of item by item."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPaintEvent

from designer.canvas.camera import Camera
from designer.canvas.scene import CanvasScene


def paint_from_afar(view: Camera, scene: CanvasScene, event: QPaintEvent) -> None:
    """What a view shows of a scene at a zoom where no names can be read, with what the view adds in front."""
    painter = QPainter(view.viewport())
    painter.setWorldTransform(view.viewportTransform())
    exposed = view.mapToScene(event.rect().adjusted(-2, -2, 2, 2)).boundingRect()
    scene.drawBackground(painter, exposed)
    scene.draw_overview(painter, exposed, view.zoom)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    view.drawForeground(painter, exposed)
    painter.end()
