"""The small picture of the whole drawing in the corner of the canvas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from designer.canvas.geometry import NODE_WIDTH
from designer.canvas.look import look
from designer.theme import current, themes

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

WIDTH, HEIGHT, DISTANCE, PADDING = 148, 84, 12, 6
LEAST_ROOM = (420, 300)  # px the canvas needs for it


class Minimap(QWidget):
    """Shows every node as a block and what is seen as a frame; press or drag to go there."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas.viewport())  # as a sibling over it, it would make every scroll a full paint
        self._canvas = canvas
        self._picture = QPixmap()
        self._content = QRectF()
        self._version = -1  # of the layout that is shown
        self.setFixedSize(WIDTH, HEIGHT)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Overview of the network")
        themes.changed.connect(self._restyle)
        canvas.canvas_scene.recoloured.connect(self.redraw)
        self.redraw()

    def redraw(self) -> None:
        """Something changed; the map is drawn again where that can be seen on it."""
        version = self._canvas.canvas_scene.layout_version
        if version != self._version:
            self._version = version
            self._content = self._canvas.canvas_scene.content_rect()
            self._picture = QPixmap()
        self.refresh()

    def _restyle(self) -> None:
        self._version = -1
        self.redraw()

    def refresh(self) -> None:
        """Something else is seen now; where that is everything, the map goes."""
        canvas = self._canvas
        room = canvas.viewport().size()
        is_wanted = room.width() >= LEAST_ROOM[0] and room.height() >= LEAST_ROOM[1]
        is_wanted = is_wanted and not self._content.isEmpty() and not canvas.seen_rect().contains(self._content)
        self.setVisible(is_wanted)
        if is_wanted:
            self.move(room.width() - WIDTH - DISTANCE, room.height() - HEIGHT - DISTANCE)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._picture.isNull():
            self._picture = self._drawn()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawPixmap(0, 0, self._picture)
        painter.setPen(look.box)
        painter.setBrush(look.selection)
        painter.drawRoundedRect(self._on_map(self._canvas.seen_rect()) & self._inner(), 3, 3)

    def _drawn(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(WIDTH * ratio), round(HEIGHT * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(look.outline)
        painter.setBrush(QColor(current().panel))
        painter.drawRoundedRect(QRectF(0.5, 0.5, WIDTH - 1, HEIGHT - 1), 8, 8)
        painter.setPen(Qt.PenStyle.NoPen)
        for brush, blocks in self._blocks():
            painter.setBrush(brush)
            painter.drawRects(blocks)
        painter.end()
        return picture

    def _blocks(self) -> Iterable[tuple[QBrush, list[QRectF]]]:
        """Nodes on the map by their colour; of a crowd that falls on one pixel, one."""
        scale, least = self._scale(), 1.5
        middle, centre = self._content.center(), QRectF(self.rect()).center()
        dx, dy = centre.x() - middle.x() * scale, centre.y() - middle.y() * scale
        found: dict[int, tuple[QBrush, dict[tuple[int, int], QRectF]]] = {}
        for item in self._canvas.canvas_scene.node_items.values():
            brush = item.brush()
            _, blocks = found.setdefault(brush.color().rgba(), (brush, {}))
            x, y = item.left * scale + dx, item.top * scale + dy
            if (round(x), round(y)) not in blocks:
                wide, high = max(NODE_WIDTH * scale, least), max(item.height * scale, least)
                blocks[round(x), round(y)] = QRectF(x, y, wide, high)
        return [(brush, list(blocks.values())) for brush, blocks in found.values()]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position())

    def _go(self, place: QPointF) -> None:
        self._canvas.look_at(self._content.center() + (place - QPointF(self.rect().center())) / self._scale())

    def _inner(self) -> QRectF:
        return QRectF(self.rect()).adjusted(3, 3, -3, -3)

    def _scale(self) -> float:
        wide = (WIDTH - 2 * PADDING) / max(self._content.width(), 1)
        return min(wide, (HEIGHT - 2 * PADDING) / max(self._content.height(), 1), 0.15)

    def _on_map(self, rect: QRectF) -> QRectF:
        scale = self._scale()
        corner = QPointF(self.rect().center()) + (rect.topLeft() - self._content.center()) * scale
        return QRectF(corner, rect.size() * scale)
