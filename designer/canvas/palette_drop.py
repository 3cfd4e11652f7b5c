"""A layer that is dragged from the palette over the canvas: where it would stand, and the link it would go into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QDragMoveEvent, QDropEvent, QPainter

from designer.canvas.edits import centred, with_between
from designer.canvas.geometry import NODE_HEIGHT, NODE_WIDTH, RADIUS, snapped
from designer.canvas.look import look
from nodes.graph.model import Link

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

NODE_TYPE_MIME = "application/x-netwright-node-type"


class PaletteDrop:
    """Shows on one view what letting go would do, and does it."""

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas = canvas
        self._box = QRectF()
        self._key = ""
        self._fits: dict[Link, bool] = {}
        self.link: Link | None = None  # the one that would take it in

    def take(self, event: QDragMoveEvent) -> None:
        """The layer is dragged over a place."""
        if not event.mimeData().hasFormat(NODE_TYPE_MIME):
            event.ignore()
            return
        key = _key(event)
        if key != self._key:
            self._key = key
            self._fits.clear()
        place = self._canvas.mapToScene(event.position().toPoint())
        corner = centred(place)
        link = self._canvas.canvas_scene.hit(place, self._canvas.zoom).link
        box = QRectF(snapped(corner.x()), snapped(corner.y()), NODE_WIDTH, NODE_HEIGHT)
        self._show(box, link if link is not None and self._fits_into(link, corner) else None)
        event.acceptProposedAction()

    def drop(self, event: QDropEvent) -> None:
        """The layer is let go: it is added."""
        self.leave()
        if event.mimeData().hasFormat(NODE_TYPE_MIME):
            self._canvas.add_node(_key(event), self._canvas.mapToScene(event.position().toPoint()))
            event.acceptProposedAction()
            self._canvas.setFocus()

    def leave(self) -> None:
        """Nothing is over the canvas any more."""
        self._show(QRectF(), None)
        self._fits.clear()

    def _fits_into(self, link: Link, corner: QPointF) -> bool:
        if link not in self._fits:
            document = self._canvas.document
            new = self._canvas.commands.new_node(self._key, document.inference.shape_of(link))
            made = with_between(document.graph, document.inference, new, link, corner) if new else None
            self._fits[link] = made is not None and made[2] is not None
        return self._fits[link]

    def _show(self, box: QRectF, link: Link | None) -> None:
        if (box, link) == (self._box, self.link):
            return
        self._repaint()
        self._box, self.link = box, link
        self._repaint()

    def _repaint(self) -> None:
        self._canvas.repaint_scene(self._box)
        items = self._canvas.canvas_scene.link_items
        if self.link in items:
            self._canvas.repaint_scene(items[self.link].boundingRect())

    def paint(self, painter: QPainter) -> None:
        if self._box.isEmpty():
            return
        items = self._canvas.canvas_scene.link_items
        if self.link in items:
            painter.setPen(look.wire_by_state["good"])
            painter.drawPath(items[self.link].path)
        painter.setPen(look.box)
        painter.setBrush(look.selection)
        painter.drawRoundedRect(self._box, RADIUS, RADIUS)


def _key(event: QDropEvent) -> str:
    return bytes(event.mimeData().data(NODE_TYPE_MIME).data()).decode()
