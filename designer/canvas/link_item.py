"""One wire with the shape it carries, and the wire that is being drawn."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from weakref import WeakMethod

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from designer.canvas.geometry import NODE_HEIGHT
from designer.canvas.grid import Box
from designer.canvas.look import look
from designer.canvas.ways import Way, forward
from nodes.graph.model import Link
from nodes.spec.shapes import Shape

PILL_HEIGHT, PILL_PADDING, LEAST_PADDING = 19.0, 8.0, 4.0
NOWHERE = Way((0.0, 0.0), (), (0.0, 0.0), 0.0)


class LinkItem:
    """The way of a wire, and the pill on it with the shape it carries; drawn by the layers of the scene."""

    __slots__ = (
        "_path",
        "_reach",
        "extent",
        "is_faulty",
        "is_selected",
        "is_shown",
        "link",
        "pill",
        "repaint",
        "shape",
        "text",
        "way",
    )

    def __init__(self, link: Link, repaint: WeakMethod[Callable[[LinkItem], None]]) -> None:
        self.link, self.repaint = link, repaint
        self.way = NOWHERE
        self.shape: Shape | None = None  # None while it is not known
        self.text = ""  # the shape as it is written
        self.pill: Box | None = None
        self.extent: Box = (0.0, 0.0, 0.0, 0.0)  # a box around all of it
        self.is_selected = self.is_faulty = False
        self.is_shown = True  # not while its end is elsewhere
        self._path: QPainterPath | None = None
        self._reach: tuple[float, QPainterPath] | None = None

    def show_shape(self, shape: Shape | None, *, is_faulty: bool) -> bool:
        """Takes the shape on the wire, None while it is not known. Gives whether it takes another room now."""
        before, self.is_faulty, self.shape = self.text, is_faulty, shape
        self.text = _written(shape)
        is_as_wide = before and self.text and look.shape_width(before) == look.shape_width(self.text)
        if self.way is NOWHERE or before == self.text or is_as_wide:
            return False
        self.fit()
        return True

    def show_at_all(self, is_shown: bool) -> None:
        """Hides the wire while its end is elsewhere."""
        self.is_shown = is_shown
        repaint = self.repaint()
        if repaint is not None:
            repaint(self)

    def isVisible(self) -> bool:
        return self.is_shown

    def follow(self, way: Way) -> None:
        """Takes another way."""
        self.way = way
        self._path = self._reach = None
        self.fit()

    def fit(self) -> None:
        """Gives the pill its place, on the wire, or below it where the nodes leave too little room between them."""
        left, top, right, bottom = self.way.box()
        if self.text:
            self.pill = self._pill()
            left, top = min(left, self.pill[0]), min(top, self.pill[1])
            right, bottom = max(right, self.pill[2]), max(bottom, self.pill[3])
        else:
            self.pill = None
        self.extent = left - 3, top - 3, right + 3, bottom + 3

    def _pill(self) -> Box:
        (x, y), room = self.way.label, self.way.room
        text = look.shape_width(self.text)
        fits = text + 2 * LEAST_PADDING <= room
        width = min(text + 2 * PILL_PADDING, room) if fits else text + 2 * PILL_PADDING
        top = y - PILL_HEIGHT / 2 + (0.0 if fits else NODE_HEIGHT / 2 + PILL_HEIGHT / 2 + 2)
        return x - width / 2, top, x + width / 2, top + PILL_HEIGHT

    @property
    def path(self) -> QPainterPath:
        if self._path is None:
            self._path = self.way.path()
        return self._path

    def boundingRect(self) -> QRectF:
        left, top, right, bottom = self.extent
        return QRectF(left, top, right - left, bottom - top)

    def is_near(self, place: QPointF, reach: float) -> bool:
        """Whether a place in the scene is on the wire or its pill."""
        if self.pill is not None:
            left, top, right, bottom = self.pill
            if left <= place.x() <= right and top <= place.y() <= bottom:
                return True
        if self._reach is None or self._reach[0] != reach:
            stroker = QPainterPathStroker()
            stroker.setWidth(2 * reach)
            self._reach = reach, stroker.createStroke(self.path)
        return self._reach[1].contains(place)

    def state(self) -> str:
        """What its colour says."""
        if self.is_selected:
            return "selected"
        if self.is_faulty:
            return "error"
        return "" if self.text else "waits"


@lru_cache(maxsize=1024)
def _written(shape: Shape | None) -> str:
    """A shape as it stands on a wire: few shapes are on many."""
    return "" if shape is None else "×".join(map(str, shape)) or "1"


def paint_pill(painter: QPainter, box: QRectF, text: str, outline: QPen) -> None:
    """A shape in its pill."""
    painter.setPen(outline)
    painter.setBrush(look.node)
    painter.drawRoundedRect(box, PILL_HEIGHT / 2, PILL_HEIGHT / 2)
    painter.setPen(look.text)
    painter.setFont(look.shape_font)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


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
        self._path, self._state = forward((start.x(), start.y()), (end.x(), end.y())).path(), state
        self.update()

    def boundingRect(self) -> QRectF:
        return self._path.boundingRect().adjusted(-4, -4, 4, 4)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem | None, widget: QWidget | None = None
    ) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(look.wire_by_state[self._state])
        painter.drawPath(self._path)
