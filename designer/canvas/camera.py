"""Camera: a graphics view that zooms at the cursor and pans without painting more than it must."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QCursor, QGuiApplication, QNativeGestureEvent, QPainter, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QGestureEvent, QGraphicsView, QPinchGesture, QWidget

from designer.canvas.mouse import WHEEL, combination, mouse

LEAST_ZOOM, GREATEST_ZOOM = 0.01, 4.0
LEAST_READABLE, READING = 0.6, 0.8  # zoom below which a drawing is not shown whole, and what it is read at then
ZOOM_STEP = 1.25
WHEEL_ZOOM = 1.0015  # for each eighth of a degree: a notch of 120 gives a fifth more
EDGE = 24  # px from the border where a drag scrolls
MARGIN, LEAST_MARGIN = 48.0, 24.0  # left free around what is shown


class Camera(QGraphicsView):
    """Which part of the scene is seen, and how large."""

    zoom_changed = Signal(float)
    moved = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_scrolling = False
        self._shows_all = False  # until someone moves what is seen
        self.covered = 0  # px at the lower edge, by what stands before the drawing
        self._anchor: tuple[QPoint, QPointF] | None = None  # the place a zoom holds on to
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheBackground)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().grabGesture(Qt.GestureType.PinchGesture)

    # --- zoom

    @property
    def zoom(self) -> float:
        return self.transform().m11()

    def zoom_in(self) -> None:
        self.zoom_by(ZOOM_STEP, self.viewport().rect().center())

    def zoom_out(self) -> None:
        self.zoom_by(1 / ZOOM_STEP, self.viewport().rect().center())

    def zoom_reset(self) -> None:
        self.zoom_by(1 / self.zoom, self.viewport().rect().center())

    def zoom_by(self, factor: float, at: QPoint) -> None:
        """Zooms; what is at a place of the viewport stays there."""
        wanted = min(max(self.zoom * factor, LEAST_ZOOM), GREATEST_ZOOM)
        self._shows_all = False
        if abs(wanted - self.zoom) < 1e-9:
            return
        if self._anchor is None or self._anchor[0] != at:
            self._anchor = (at, self.viewportTransform().inverted()[0].map(QPointF(at)))
        anchor = self._anchor  # kept from notch to notch: scroll bars round to pixels, and that would add up
        self._set_zoom(wanted)
        self.pan_by((self.viewportTransform().map(anchor[1]) - QPointF(at)).toPoint())
        self._anchor = anchor

    def show_rect(self, rect: QRectF) -> None:
        """Shows a part of the scene whole, not larger than 100 %."""
        if rect.isEmpty():
            return
        room = self.viewport().rect()
        wide = room.width() / (rect.width() + 2 * MARGIN)
        high = max(1, room.height() - self.covered) / (rect.height() + 2 * MARGIN)
        self._set_zoom(max(min(wide, high, 1.0), LEAST_ZOOM))
        self.look_at(rect.center() + QPointF(0, self.covered / 2 / self.zoom))

    def cover(self, height: int) -> None:
        """Something stands before the lower edge from now on; 0: nothing any more."""
        self.covered = height

    def show_start(self, rect: QRectF) -> None:
        """Shows a part of the scene whole where it can be read then, else its left as large as can be read."""
        self.show_rect(rect)
        if self.zoom < LEAST_READABLE:
            self._set_zoom(READING)
            half = self.viewport().width() / 2 / READING
            self.look_at(QPointF(rect.left() - MARGIN + half, rect.center().y()))

    def show_place(self, zoom: float, middle: QPointF) -> None:
        """Shows what was seen at a zoom around a place."""
        self._set_zoom(zoom)
        self.look_at(middle)

    def _set_zoom(self, zoom: float) -> None:
        self.resetTransform()
        self.scale(zoom, zoom)
        self.zoom_changed.emit(zoom)
        self.moved.emit()

    # --- what is seen

    def seen_rect(self) -> QRectF:
        """The part of the scene that is seen."""
        return self.mapToScene(self.viewport().rect()).boundingRect()

    def visible_middle(self) -> QPointF:
        return self.mapToScene(self.viewport().rect().center())

    def cursor_place(self) -> QPointF:
        """The place under the mouse; the middle while the mouse is elsewhere."""
        at = self.viewport().mapFromGlobal(QCursor.pos())
        return self.mapToScene(at) if self.is_pointed_at() else self.visible_middle()

    def is_pointed_at(self) -> bool:
        """Whether the mouse is over it."""
        return self.viewport().rect().contains(self.viewport().mapFromGlobal(QCursor.pos()))

    def look_at(self, place: QPointF) -> None:
        """Brings a place of the scene to the middle."""
        self._anchor, self._shows_all = None, False
        self.centerOn(place)
        self.moved.emit()

    def reveal_rect(self, rect: QRectF) -> None:
        """Moves what is seen just far enough to show a part of the scene."""
        wanted = rect.adjusted(-LEAST_MARGIN, -LEAST_MARGIN, LEAST_MARGIN, LEAST_MARGIN)
        seen = self.seen_rect()
        if not seen.contains(wanted):
            dx = max(0.0, wanted.right() - seen.right()) or min(0.0, wanted.left() - seen.left())
            dy = max(0.0, wanted.bottom() - seen.bottom()) or min(0.0, wanted.top() - seen.top())
            self.look_at(seen.center() + QPointF(dx, dy))

    def pan_by(self, offset: QPoint) -> None:
        """Moves what is seen; in pixels."""
        self._anchor, self._shows_all = None, False
        self._is_scrolling = True  # the map follows once: moved between the two, it would cost a full paint
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() + offset.x())
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() + offset.y())
        self._is_scrolling = False
        self.moved.emit()

    def pan_at_edge(self, at: QPoint) -> None:
        """Scrolls while something is dragged against the border."""
        inner = self.viewport().rect().adjusted(EDGE, EDGE, -EDGE, -EDGE)
        dx = min(0, at.x() - inner.left()) or max(0, at.x() - inner.right())
        dy = min(0, at.y() - inner.top()) or max(0, at.y() - inner.bottom())
        if dx or dy:
            self.pan_by(QPoint(dx, dy) / 2)

    def repaint_scene(self, rect: QRectF) -> None:
        """Paints a part of the scene again."""
        self.viewport().update(self.mapFromScene(rect).boundingRect().adjusted(-3, -3, 3, 3))

    # --- Qt's events

    def wheelEvent(self, event: QWheelEvent) -> None:
        delta, keys = event.angleDelta(), event.modifiers()
        if _is_two_fingers(event) and not keys & Qt.KeyboardModifier.ControlModifier:
            self.pan_by(-event.pixelDelta())
        else:
            self._turn(delta, mouse.found("wheel", combination(WHEEL, keys), "nothing"), event.position().toPoint())
        event.accept()

    def _turn(self, delta: QPoint, meant: str, at: QPoint) -> None:
        """Does what a turn of the wheel means; with Alt held Qt has it go sideways."""
        notches = delta.y() or delta.x()
        if meant == "zoom":
            self.zoom_by(WHEEL_ZOOM**notches, at)
        elif meant == "scroll":
            self.pan_by(-QPoint(0, notches) / 2)
        elif meant == "scroll_across":
            self.pan_by(-QPoint(notches, 0) / 2)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom_by(1 + event.value(), event.position().toPoint())
                return True
        elif isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                self.zoom_by(pinch.scaleFactor(), self.viewport().mapFromGlobal(pinch.centerPoint().toPoint()))
                return True
        return super().viewportEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.moved.emit()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        if not self._is_scrolling:
            self.moved.emit()


def _is_two_fingers(event: QWheelEvent) -> bool:
    """Whether fingers on a pad moved, not a wheel: under X11 Qt cannot tell, and gives pixels for either."""
    return not event.pixelDelta().isNull() and QGuiApplication.platformName() != "xcb"
