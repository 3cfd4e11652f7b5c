"""Pictures of a drawing: small ones for lists, made without a window."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QPainter, QPixmap

from designer.canvas.look import look
from designer.canvas.scene import CanvasScene
from designer.document import Document
from nodes.graph.model import Network

MARGIN = 10.0  # px
LARGEST = 0.5
SMALL = 0.17  # drawn as from so far away that nodes are blocks of colour


def thumbnail(network: Network, size: QSize, ratio: float = 1.0) -> QPixmap:
    """The whole drawing in a small picture, from afar; only its ground where nothing is drawn."""
    picture = QPixmap(size * ratio)
    picture.setDevicePixelRatio(ratio)
    document = Document(network)
    scene = CanvasScene(document)
    picture.fill(look.canvas)
    content = scene.content_rect()
    if not content.isEmpty():
        zoom = min(
            (size.width() - 2 * MARGIN) / content.width(), (size.height() - 2 * MARGIN) / content.height(), LARGEST
        )
        painter = QPainter(picture)
        painter.translate(QPointF(size.width() / 2, size.height() / 2))
        painter.scale(zoom, zoom)
        painter.translate(-content.center())
        scene.draw_overview(painter, content, min(zoom, SMALL))
        painter.end()
    scene.deleteLater()
    document.deleteLater()
    return picture
