"""The names of ports beside a node that is selected, met by the mouse or held over: clear of shapes and wires."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from designer.canvas.geometry import PORT_SIZE
from designer.canvas.grid import Box
from designer.canvas.layers import Layer
from designer.canvas.look import DETAILS, look
from designer.canvas.node_item import LABEL_WIDTH, TEXT_LEFT, NodeItem

if TYPE_CHECKING:
    from designer.canvas.scene import CanvasScene

LEVEL = 1.2  # above the nodes
HEIGHT, AWAY = 14.0, 18.0  # of a name; from the wire of its port, where that has one
STUB = 3.0  # half of the room that a wire takes where it leaves its port


class Label(NamedTuple):
    """A name and where it is written, in the scene."""

    port: str
    is_output: bool
    box: QRectF
    is_inside: bool


class PortNames:
    """Paints them in a layer of its own: what they must not cover is known to the scene alone."""

    def __init__(self, scene: CanvasScene) -> None:
        self._scene = scene
        scene.addItem(Layer(scene.sceneRect(), LEVEL, self._paint))

    def labels(self, item: NodeItem) -> list[Label]:
        """Each name at the first of its places that is free; one without any stays away until the mouse is there."""
        corner = item.pos()
        obstacles = self._obstacles(item)
        found: list[Label] = []
        for (port, is_output), spot in item.named_ports():
            places = _places(corner + spot, port, is_output=is_output)
            free = (one for one in places if not any(one.box.intersects(box) for box in obstacles))
            label = next(free, places[0] if item.hovered == (port, is_output) else None)
            if label is not None:
                found.append(label)
                obstacles.append(label.box)
        return found

    def _obstacles(self, item: NodeItem) -> list[QRectF]:
        """The shapes around a node, its wires where they leave it, and its own words."""
        scene, graph = self._scene, self._scene.document.graph
        around = item.boundingRect()
        pills = [scene.link_items[link].pill for link in scene.links_near(around)]
        boxes = [QRectF(p[0], p[1], p[2] - p[0], p[3] - p[1]) for p in pills if p is not None]
        middle, left = item.top + item.height / 2, item.left + TEXT_LEFT
        for text, metrics, top in (
            (item.title, look.name_metrics, middle - 16),
            (item.detail, look.detail_metrics, middle + 2),
        ):
            boxes.append(QRectF(item.left, top, left - item.left + metrics.horizontalAdvance(text), HEIGHT))
        wired = graph.incoming(item.name).keys()
        fed = {link.output for link in graph.outgoing(item.name)}
        spots = [item.input_spot(port.name) for port in item.inputs if port.name in wired]
        boxes += [QRectF(spot.x() - LABEL_WIDTH, spot.y() - STUB, LABEL_WIDTH, 2 * STUB) for spot in spots]
        spots = [item.output_spot(port) for port in item.outputs if port in fed]
        return boxes + [QRectF(spot.x(), spot.y() - STUB, LABEL_WIDTH, 2 * STUB) for spot in spots]

    def _paint(self, painter: QPainter, exposed: Box) -> None:
        if painter.worldTransform().m11() < DETAILS:
            return
        left, top, right, bottom = exposed
        seen = QRectF(left, top, right - left, bottom - top)
        painter.setFont(look.detail_font)
        for item in self._scene.spoken_items():
            if not seen.intersects(item.boundingRect()):
                continue
            for label in self.labels(item):
                painter.fillRect(label.box, look.node if label.is_inside else look.canvas)
                is_met = (label.port, label.is_output) == item.hovered
                painter.setPen(look.text if is_met else look.secondary)
                painter.drawText(label.box, Qt.AlignmentFlag.AlignCenter, label.port)


def _places(spot: QPointF, port: str, *, is_output: bool) -> list[Label]:
    """Level with the port, above its wire, below it, in the node: an output there first, where there is more room."""
    width = min(look.detail_metrics.horizontalAdvance(port) + 4, LABEL_WIDTH - PORT_SIZE)
    left = spot.x() + PORT_SIZE if is_output else spot.x() - PORT_SIZE - width
    level, above, below = (
        Label(port, is_output, QRectF(left, spot.y() - HEIGHT / 2 + away, width, HEIGHT), is_inside=False)
        for away in (0.0, -AWAY, AWAY)
    )
    inner = spot.x() - PORT_SIZE - width if is_output else spot.x() + PORT_SIZE
    inside = Label(port, is_output, QRectF(inner, spot.y() - HEIGHT / 2, width, HEIGHT), is_inside=True)
    return [level, inside, above, below] if is_output else [level, above, below, inside]
