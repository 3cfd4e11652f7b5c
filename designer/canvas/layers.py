"""Layers of the scene: all wires, all pills and all nodes, each one graphics item that paints those that are seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from weakref import WeakMethod

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from designer.canvas.focus import Focus
from designer.canvas.grid import Box
from designer.canvas.link_item import LinkItem, paint_pill
from designer.canvas.look import DETAILS, NAMES, look
from designer.canvas.node_item import NodeItem
from designer.canvas.node_painter import body_key, paint_body, paint_node, paint_texts
from designer.canvas.sprites import Sprites

WIRES, PILLS, NODES = 0.0, 0.5, 1.0  # one above the other
UNMOVED = QTransform()


class Layer(QGraphicsItem):
    """Everything of one kind. ``draw`` is handed the parts of the scene that are to be painted."""

    def __init__(self, extent: QRectF, level: float, draw: Callable[[QPainter, Box], None]) -> None:
        super().__init__()
        # A strong reference would be a circle through Qt's scene: collected as one, it takes the process along.
        self._extent, self._draw = extent, WeakMethod(draw)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.setZValue(level)

    def boundingRect(self) -> QRectF:
        return self._extent

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        draw, rect = self._draw(), option.exposedRect
        if draw is not None:
            draw(painter, (rect.left(), rect.top(), rect.right(), rect.bottom()))


def paint_wires(painter: QPainter, items: Iterable[LinkItem], focus: Focus, zoom: float) -> None:
    """Wires in batches of one pen each, those that stand out last."""
    batches: dict[str, list[LinkItem]] = {}
    for item in items:
        if item.is_shown:
            batches.setdefault(focus.state(item), []).append(item)
    pens = look.thin_by_state if zoom < NAMES else look.wire_by_state
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for state in look.wire_by_state:
        batch = batches.get(state)
        if batch:
            painter.setPen(pens[state])
            lines = [QLineF(*i.way.start, *i.way.pieces[0]) for i in batch if i.way.is_straight]
            if lines:
                painter.drawLines(lines)
            for item in batch:
                if not item.way.is_straight:
                    painter.drawPath(item.path)


def paint_pills(painter: QPainter, items: Iterable[LinkItem], zoom: float, sprites: Sprites | None = None) -> None:
    """The shapes on wires, where they can be read."""
    if zoom < DETAILS:
        return
    shown = [item for item in items if item.pill is not None and item.is_shown]
    shown.sort(key=lambda item: item.is_selected or item.is_faulty)
    if sprites is None:
        for item in shown:
            left, top, right, bottom = item.pill or (0, 0, 0, 0)
            box = QRectF(left, top, right - left, bottom - top)
            paint_pill(painter, box, item.text, look.outline_by_state[_outline(item)])
        return
    world = painter.worldTransform()
    dx, dy = world.dx(), world.dy()
    painter.setWorldTransform(UNMOVED)
    for item in shown:
        left, top, right, bottom = item.pill or (0, 0, 0, 0)
        key = ("pill", item.text, round(right - left, 1), _outline(item))
        picture = sprites.get(key)
        if picture is None:
            picture = _pill_made(sprites, key, item, QRectF(0, 0, right - left, bottom - top))
        painter.drawPixmap(sprites.on_pixel((left - 2) * zoom + dx, (top - 2) * zoom + dy), picture)
    painter.setWorldTransform(world)


def _pill_made(sprites: Sprites, key: tuple[object, ...], item: LinkItem, box: QRectF) -> QPixmap:
    outline = look.outline_by_state[_outline(item)]
    return sprites.made(key, box.adjusted(-2, -2, 2, 2), lambda p: paint_pill(p, box, item.text, outline))


def _outline(item: LinkItem) -> str:
    state = item.state()
    return state if state in ("selected", "error") else ""


def paint_nodes(painter: QPainter, items: Iterable[NodeItem], zoom: float, sprites: Sprites | None = None) -> None:
    """Nodes, copied from their sprites where there are some to copy from."""
    world = painter.worldTransform()
    dx, dy = world.dx(), world.dy()
    for item in items:
        if sprites is None or item.is_selected or item.verdict or item.hovered:
            painter.setWorldTransform(QTransform.fromTranslate(item.left, item.top) * world)
            paint_node(painter, item, zoom)
            continue
        picture = sprites.get(item.name)
        if picture is None:
            picture = _body(sprites, item, zoom) if sprites.is_new else _whole(sprites, item, zoom)
        painter.setWorldTransform(UNMOVED)
        painter.drawPixmap(sprites.on_pixel((item.left - 8) * zoom + dx, (item.top - 12) * zoom + dy), picture)
        if sprites.is_new:
            painter.setWorldTransform(QTransform.fromTranslate(item.left, item.top) * world)
            paint_texts(painter, item, zoom)
    painter.setWorldTransform(world)
    if sprites is not None:
        sprites.is_new = False


def _body(sprites: Sprites, item: NodeItem, zoom: float) -> QPixmap:
    """A node without its texts: those of one kind share it."""
    key = body_key(item)
    body = sprites.get(key)
    if body is None:
        body = sprites.made(key, _ink(item), lambda p: paint_body(p, item, zoom))
    return body


def _whole(sprites: Sprites, item: NodeItem, zoom: float) -> QPixmap:
    body = _body(sprites, item, zoom)
    return sprites.made(item.name, _ink(item), lambda p: paint_texts(p, item, zoom), body)


def _ink(item: NodeItem) -> QRectF:
    return item.box.adjusted(-8, -12, 8, 6)
