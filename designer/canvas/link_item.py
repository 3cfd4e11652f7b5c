"""One wire with the shape it carries, and the wire that is being drawn."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPainterPathStroker
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from designer.canvas.geometry import NODE_HEIGHT, Route, forward
from designer.canvas.look import NAMES, look
from nodes.graph.model import Link
from nodes.spec.shapes import Shape

PILL_HEIGHT, PILL_PADDING, LEAST_PADDING = 19.0, 8.0, 4.0


class LinkItem(QGraphicsItem):
    """Draws the way it is given. The shape stands on it in a pill, an item of its own above all wires."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self.link = link
        self.pill = PillItem()
        self._is_selected = False
        self._is_faulty = False
        self.path = QPainterPath()
        self._bounds = QRectF()
        self._reach: QPainterPath | None = None

    def show_shape(self, shape: Shape | None, *, is_faulty: bool) -> None:
        """The shape on the wire; None while it is not known."""
        self._is_faulty = is_faulty
        self.pill.show_text("×".join(map(str, shape)) or "1" if shape is not None else "")
        self._repaint()

    def show_selected(self, is_selected: bool) -> None:
        self._is_selected = is_selected
        self._repaint()

    def show_at_all(self, is_shown: bool) -> None:
        """Hides the wire while its end is elsewhere."""
        self.setVisible(is_shown)
        self.pill.setOpacity(float(is_shown))

    def follow(self, route: Route) -> None:
        """Takes another way."""
        self.prepareGeometryChange()
        self.path, self._reach = route.path, None
        self._bounds = route.path.boundingRect().adjusted(-3, -3, 3, 3)
        self.pill.stand(route.label, route.room)

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

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem | None, widget: QWidget | None = None
    ) -> None:
        state = self._state()
        is_thin = painter.worldTransform().m11() < NAMES
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(look.thin_by_state[state] if is_thin else look.wire_by_state[state])
        painter.drawPath(self.path)

    def _repaint(self) -> None:
        state = self._state()
        self.pill.show_outline(state if state in ("selected", "error") else "")
        self.setZValue(0.2 if state in ("selected", "error") else 0)
        self.update()

    def _state(self) -> str:
        if self._is_selected:
            return "selected"
        if self._is_faulty:
            return "error"
        return "" if self.pill.text else "waits"


class PillItem(QGraphicsItem):
    """The shape a wire carries."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.box = QRectF()
        self._outline = ""
        self._place, self._room = QPointF(), 0.0
        self.setZValue(0.5)

    def show_text(self, text: str) -> None:
        self.text = text
        self.fit()

    def show_outline(self, outline: str) -> None:
        self._outline = outline
        self.setZValue(0.6 if outline else 0.5)
        self.update()

    def stand(self, place: QPointF, room: float) -> None:
        """The middle of the wire, and how wide a pill may be there."""
        self._place, self._room = place, room
        self.fit()

    def fit(self) -> None:
        """Stands on the wire, or below it where the nodes leave too little room between them."""
        self.prepareGeometryChange()
        self.box = QRectF()
        if self.text:
            text = look.shape_metrics.horizontalAdvance(self.text)
            fits = text + 2 * LEAST_PADDING <= self._room
            width = min(text + 2 * PILL_PADDING, self._room) if fits else text + 2 * PILL_PADDING
            self.box = QRectF(0, 0, width, PILL_HEIGHT)
            drop = 0.0 if fits else NODE_HEIGHT / 2 + PILL_HEIGHT / 2 + 2
            self.box.moveCenter(self._place + QPointF(0, drop))
        self.update()

    def boundingRect(self) -> QRectF:
        return self.box.adjusted(-2, -2, 2, 2)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if self.text:
            painter.setPen(look.outline_by_state[self._outline])
            painter.setBrush(look.node)
            painter.drawRoundedRect(self.box, PILL_HEIGHT / 2, PILL_HEIGHT / 2)
            painter.setPen(look.text)
            painter.setFont(look.shape_font)
            painter.drawText(self.box, Qt.AlignmentFlag.AlignCenter, self.text)


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
