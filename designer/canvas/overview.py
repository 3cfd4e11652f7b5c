"""The drawing from afar: boxes and wires painted in a few batches, tile by tile, instead of item by item."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPainterPath

from designer.canvas.link_item import LinkItem
from designer.canvas.look import BLOCKS, look
from designer.canvas.node_item import NodeItem
from nodes.graph.model import Link

TILE = 3072.0  # scene units: some two hundred nodes
RIM = 8.0  # around a node that is selected or has an error
Place = tuple[int, int]


class Tile:
    """The nodes and wires of one square, and what is painted of them; made again when something in it changed."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}
        self.links: dict[Link, None] = {}
        self.is_stale = True
        self.reach = QRectF()
        self.boxes: list[QRectF] = []
        self.by_brush: list[tuple[QBrush, list[QRectF], list[QRectF]]] = []  # brush, whole boxes, bars
        self.errors: list[QRectF] = []
        self.curves, self.lines = QPainterPath(), QPainterPath()

    def make(self, nodes: Mapping[str, NodeItem], links: Mapping[Link, LinkItem]) -> None:
        """Gathers what is painted."""
        self.is_stale = False
        items = [nodes[name] for name in self.names]
        self.boxes = [item.scene_box() for item in items]
        self.errors = [
            box.adjusted(-RIM, -RIM, RIM, RIM)
            for item, box in zip(items, self.boxes, strict=True)
            if item.severity == "error"
        ]
        brushes: dict[int, tuple[QBrush, list[QRectF], list[QRectF]]] = {}
        for item, box in zip(items, self.boxes, strict=True):
            brush = item.brush()
            _, whole, bars = brushes.setdefault(brush.color().rgba(), (brush, [], []))
            whole.append(box)
            bars.append(QRectF(box.left() + 8, box.top() + 9, 4, box.height() - 18))
        self.by_brush = list(brushes.values())
        self.curves, self.lines = QPainterPath(), QPainterPath()
        for link in self.links:
            path = links[link].path
            self.curves.addPath(path)
            _straighten(path, self.lines)
        self.reach = self.curves.boundingRect()
        for box in self.boxes:
            self.reach = self.reach.united(box)


class Overview:
    """All tiles. What moves is put again."""

    def __init__(self, nodes: Mapping[str, NodeItem], links: Mapping[Link, LinkItem]) -> None:
        self._nodes, self._links = nodes, links
        self._tiles: dict[Place, Tile] = {}
        self._place_of: dict[str | Link, Place] = {}
        self.fills_boxes = False  # nodes have the colour of a number, not only a bar of their family's

    def put(self, key: str | Link, place: QPointF) -> None:
        """Files a node's name or a link by a place of it, and has its tile painted anew."""
        where = math.floor(place.x() / TILE), math.floor(place.y() / TILE)
        if self._place_of.get(key, where) != where:
            self.take(key)
        self._place_of[key] = where
        tile = self._tiles.get(where)
        if tile is None:
            tile = self._tiles[where] = Tile()
        tile.is_stale = True
        if isinstance(key, Link):
            tile.links[key] = None
        else:
            tile.names[key] = None

    def take(self, key: str | Link) -> None:
        tile = self._tiles[self._place_of.pop(key)]
        tile.is_stale = True
        if isinstance(key, Link):
            del tile.links[key]
        else:
            del tile.names[key]

    def restyle(self) -> None:
        for tile in self._tiles.values():
            tile.is_stale = True

    def paint(self, painter: QPainter, exposed: QRectF, zoom: float) -> None:
        """Paints what lies in ``exposed``, in scene units."""
        tiles = list(self._seen(exposed))
        is_far = zoom < BLOCKS
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, not is_far)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(look.thin_by_state[""])
        for tile in tiles:
            painter.drawPath(tile.lines if is_far else tile.curves)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if not is_far:
            painter.setPen(look.thin_outline)
            painter.setBrush(look.node)
            for tile in tiles:
                painter.drawRects(tile.boxes)
        painter.setPen(Qt.PenStyle.NoPen)
        for tile in tiles:
            for brush, whole, bars in tile.by_brush:
                painter.setBrush(brush)
                painter.drawRects(whole if is_far or self.fills_boxes else bars)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(look.thin_by_state["error"])
        for tile in tiles:
            if tile.errors:
                painter.drawRects(tile.errors)

    def _seen(self, exposed: QRectF) -> Iterator[Tile]:
        for tile in self._tiles.values():
            if tile.is_stale:
                tile.make(self._nodes, self._links)
            if tile.names or tile.links:
                wide = tile.reach.adjusted(-RIM, -RIM, RIM, RIM)
                if wide.intersects(exposed):
                    yield tile


def _straighten(path: QPainterPath, lines: QPainterPath) -> None:
    """Adds a wire as straight lines between the ends of its curves: from afar no one sees the difference."""
    number, count = 1, path.elementCount()
    start = path.elementAt(0)
    lines.moveTo(start.x, start.y)
    while number < count:
        element = path.elementAt(number)
        if element.type == QPainterPath.ElementType.CurveToElement:
            number += 2
            element = path.elementAt(number)
        lines.lineTo(element.x, element.y)
        number += 1
