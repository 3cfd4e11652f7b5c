"""One wire with the shape it carries, and the wire that is being drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPainterPathStroker
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from designer.canvas.geometry import NODE_HEIGHT, Route, forward
from designer.canvas.look import DETAILS, NAMES, look
from nodes.graph.model import Link
from nodes.spec.shapes import Shape

PILL_HEIGHT, PILL_PADDING, LEAST_PADDING = 19.0, 8.0, 4.0


class LinkItem(QGraphicsItem):
    """Draws the way it is given. The shape it carries stands on it in a pill, which :class:`PillLayer` paints."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self.link = link
        self.pill = Pill()
        self.path = QPainterPath()
        self._is_selected = False
        self._is_faulty = False
        self._bounds = QRectF()
        self._reach: QPainterPath | None = None

    def show_shape(self, shape: Shape | None, *, is_faulty: bool) -> bool:
        """The shape on the wire, None while it is not known; whether that changed the room it takes."""
        self._is_faulty = is_faulty
        before, self.pill.text = self.pill.text, "×".join(map(str, shape)) or "1" if shape is not None else ""
        is_wider = self.pill.text != before and not self.path.isEmpty()
        if is_wider:
            self.fit()
        self._repaint()
        return is_wider

    def show_selected(self, is_selected: bool) -> None:
        self._is_selected = is_selected
        self._repaint()

    def show_at_all(self, is_shown: bool) -> None:
        """Hides the wire while its end is elsewhere."""
        self.pill.is_shown = is_shown
        self.update()
        self.setVisible(is_shown)

    def follow(self, route: Route) -> None:
        """Takes another way."""
        self.path, self._reach = route.path, None
        self.pill.place, self.pill.room = route.label, route.room
        self.fit()

    def fit(self) -> None:
        """Gives the pill its place; again when fonts change."""
        self.prepareGeometryChange()
        self.pill.fit()
        wire = self.path.boundingRect().adjusted(-3, -3, 3, 3)
        self._bounds = wire.united(self.pill.box.adjusted(-2, -2, 2, 2)) if self.pill.text else wire

    def is_near(self, place: QPointF, reach: float) -> bool:
        """Whether a place in the scene is on the wire or its pill."""
        if self.pill.box.contains(place):
            return True
        if self._reach is None:
            stroker = QPainterPathStroker()
            stroker.setWidth(2 * reach)
            self._reach = stroker.createStroke(self.path)
        return self._reach.contains(place)

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        state = self._state()
        is_thin = painter.worldTransform().m11() < NAMES
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(look.thin_by_state[state] if is_thin else look.wire_by_state[state])
        painter.drawPath(self.path)

    def _repaint(self) -> None:
        state = self._state()
        self.pill.outline = state if state in ("selected", "error") else ""
        self.setZValue(0.2 if self.pill.outline else 0)
        self.update()

    def _state(self) -> str:
        if self._is_selected:
            return "selected"
        if self._is_faulty:
            return "error"
        return "" if self.pill.text else "waits"


class Pill:
    """The shape a wire carries, and where it stands."""

    def __init__(self) -> None:
        self.text, self.outline = "", ""
        self.is_shown = True
        self.place, self.room = QPointF(), 0.0  # the middle of the wire, and how wide a pill may be there
        self.box = QRectF()

    def fit(self) -> None:
        """On the wire, or below it where the nodes leave too little room between them."""
        if not self.text:
            self.box = QRectF()
            return
        text = look.shape_width(self.text)
        fits = text + 2 * LEAST_PADDING <= self.room
        width = min(text + 2 * PILL_PADDING, self.room) if fits else text + 2 * PILL_PADDING
        drop = 0.0 if fits else NODE_HEIGHT / 2 + PILL_HEIGHT / 2 + 2
        self.box = QRectF(self.place.x() - width / 2, self.place.y() + drop - PILL_HEIGHT / 2, width, PILL_HEIGHT)

    def paint(self, painter: QPainter) -> None:
        painter.setPen(look.outline_by_state[self.outline])
        painter.drawRoundedRect(self.box, PILL_HEIGHT / 2, PILL_HEIGHT / 2)
        painter.setPen(look.text)
        painter.drawText(self.box, Qt.AlignmentFlag.AlignCenter, self.text)


class PillLayer(QGraphicsItem):
    """The shapes on all wires, above the wires and below the nodes: one item, which paints those that are seen."""

    def __init__(self, extent: QRectF, seen: Callable[[QRectF], Iterable[Pill]]) -> None:
        super().__init__()
        self._extent, self._seen = extent, seen
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.setZValue(0.5)

    def boundingRect(self) -> QRectF:
        return self._extent

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if painter.worldTransform().m11() < DETAILS:  # they could not be read
            return
        painter.setFont(look.shape_font)
        painter.setBrush(look.node)
        for pill in sorted(self._seen(option.exposedRect), key=lambda pill: pill.outline):
            if pill.text and pill.is_shown:
                pill.paint(painter)


class DraftItem(QGraphicsItem):
    """The wire between a port and the cursor while a link is drawn."""

    def __init__(self) -> None:
        super().__init__()
        self._path = QPainterPath()
        self._state = "draft"
        self.setZValue(2)

    def stretch(self, start: QPointF, end: QPointF, state: str) -> None:
        """From an output's place to an input's; ``state`` is draft, good or refused."""
        self.prepareGeometryChange()
        self._path, self._state = forward(start, end).path, state
        self.update()

    def boundingRect(self) -> QRectF:
        return self._path.boundingRect().adjusted(-4, -4, 4, 4)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem | None, widget: QWidget | None = None
    ) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(look.wire_by_state[self._state])
        painter.drawPath(self._path)
