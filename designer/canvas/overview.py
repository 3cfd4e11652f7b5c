"""The drawing from afar: boxes and wires painted in a few batches, tile by tile, instead of one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPainterPath, QPolygonF

from designer.canvas.focus import Focus
from designer.canvas.grid import Box
from designer.canvas.link_item import LinkItem
from designer.canvas.look import BLOCKS, look
from designer.canvas.node_item import NodeItem
from designer.canvas.node_painter import snowflake
from nodes.graph.model import Link

TILE = 3072.0  # scene units: some two hundred nodes
FROZEN = 18.0  # radius of the mark of frozen weights
RIM = 8.0  # around a node that is selected or has a problem
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
        self.rims: dict[str, list[QRectF]] = {}  # by what is wrong there
        self.frozen: list[QLineF] = []
        self.lines: list[QLineF] = []
        self._curves: QPainterPath | None = None
        self._trail: tuple[int, list[LinkItem]] = (-1, [])

    def make(self, nodes: Mapping[str, NodeItem], links: Mapping[Link, LinkItem]) -> None:
        """Gathers what is painted."""
        self.is_stale = False
        items = [nodes[name] for name in self.names]
        self.boxes = [item.scene_box() for item in items]
        self.rims = {}
        self.frozen = [
            line
            for item, box in zip(items, self.boxes, strict=True)
            if item.is_frozen
            for line in snowflake(box.center(), FROZEN)
        ]
        brushes: dict[int, tuple[QBrush, list[QRectF], list[QRectF]]] = {}
        for item, box in zip(items, self.boxes, strict=True):
            if item.severity:
                self.rims.setdefault(item.severity, []).append(box.adjusted(-RIM, -RIM, RIM, RIM))
            brush = look.muted if item.is_muted else item.brush()
            _, whole, bars = brushes.setdefault(brush.color().rgba(), (brush, [], []))
            whole.append(box)
            bars.append(QRectF(box.left() + 8, box.top() + 9, 4, box.height() - 18))
        self.by_brush = list(brushes.values())
        self._curves, self._trail = None, (-1, [])
        wires = [links[link] for link in self.links]
        self.lines = [line for wire in wires for line in _straight(wire)]
        boxes = [item.extent() for item in items] + [wire.extent for wire in wires]
        self.reach = _around(boxes)

    def curves(self, links: Mapping[Link, LinkItem]) -> QPainterPath:
        """All wires as they are, made when they are first seen so near."""
        if self._curves is None:
            self._curves = QPainterPath()
            for link in self.links:
                self._curves.addPath(links[link].path)
        return self._curves

    def trail(self, links: Mapping[Link, LinkItem], focus: Focus) -> list[LinkItem]:
        """The wires that lie on the way through what is selected."""
        if self._trail[0] != focus.version:
            self._trail = focus.version, [links[link] for link in self.links if link in focus.trail]
        return self._trail[1]


class Overview:
    """All tiles. What moves is put again."""

    def __init__(self, nodes: Mapping[str, NodeItem], links: Mapping[Link, LinkItem], focus: Focus) -> None:
        self._nodes, self._links, self._focus = nodes, links, focus
        self._tiles: dict[Place, Tile] = {}
        self._place_of: dict[str | Link, Place] = {}
        self.fills_boxes = False  # nodes have the colour of a number, not only a bar of their family's

    def put(self, key: str | Link, x: float, y: float) -> None:
        """Files a node's name or a link by a place of it, and has its tile painted anew."""
        where = int(x // TILE), int(y // TILE)
        before = self._place_of.get(key)
        if before is not None and before != where:
            self.take(key)
        tile = self._tiles.get(where)
        if tile is None:
            tile = self._tiles[where] = Tile()
        tile.is_stale = True
        if before != where:
            self._place_of[key] = where
            if isinstance(key, Link):
                tile.links[key] = None
            else:
                tile.names[key] = None

    def touch(self, key: str | Link) -> None:
        """Something of it looks different."""
        self._tiles[self._place_of[key]].is_stale = True

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
        self._paint_wires(painter, tiles, is_far=is_far)
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
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(look.frozen_afar if is_far or self.fills_boxes else look.frozen)
        for tile in tiles:
            painter.drawLines(tile.frozen)
        self._paint_problems(painter, tiles, zoom)

    def _paint_wires(self, painter: QPainter, tiles: list[Tile], *, is_far: bool) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(look.thin_by_state["dim" if self._focus.trail else ""])
        for tile in tiles:
            if is_far:
                painter.drawLines(tile.lines)
            else:
                painter.drawPath(tile.curves(self._links))
        if self._focus.trail:
            painter.setPen(look.thin_by_state["trail"])
            for wire in (wire for tile in tiles for wire in tile.trail(self._links, self._focus)):
                if is_far:
                    painter.drawPolyline([QPointF(*corner) for corner in wire.way.corners()])
                else:
                    painter.drawPath(wire.path)

    def _paint_problems(self, painter: QPainter, tiles: list[Tile], zoom: float) -> None:
        """A rim around errors, and from far off a mark that never gets too small to be seen."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(look.thin_by_state["error"])
        for tile in tiles:
            painter.drawRects(tile.rims.get("error", []))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        size = max(RIM * 2, 4.0 / zoom)
        for tile in tiles:
            painter.setBrush(look.warning)
            for box in tile.rims.get("warning", ()):
                painter.drawPolygon(_triangle(box.topRight(), size))
            painter.setBrush(look.fault)
            for box in tile.rims.get("error", ()):
                painter.drawEllipse(box.topRight(), size, size)

    def _seen(self, exposed: QRectF) -> Iterator[Tile]:
        for tile in self._tiles.values():
            if tile.is_stale:
                tile.make(self._nodes, self._links)
            if tile.names or tile.links:
                wide = tile.reach.adjusted(-RIM, -RIM, RIM, RIM)
                if wide.intersects(exposed):
                    yield tile


def _straight(wire: LinkItem) -> list[QLineF]:
    """A wire as straight lines between the ends of its curves: from afar no one sees the difference."""
    if not wire.is_shown:
        return []
    corners = wire.way.corners()
    return [QLineF(*one, *other) for one, other in pairwise(corners)]


def _triangle(centre: QPointF, size: float) -> QPolygonF:
    x, y = centre.x(), centre.y()
    return QPolygonF([QPointF(x, y - size), QPointF(x + size, y + size), QPointF(x - size, y + size)])


def _around(boxes: list[Box]) -> QRectF:
    if not boxes:
        return QRectF()
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    return QRectF(left, top, max(b[2] for b in boxes) - left, max(b[3] for b in boxes) - top)
