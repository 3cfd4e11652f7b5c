"""What the mouse does between press and release: the gesture as such, pan, and select in a box."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter

from designer.canvas.look import look

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
DRAG_ZOOM = 1.008  # for each px
DRAG_DISTANCE = 4  # px on the screen before a press counts as a drag


class Gesture:
    """One thing being done with the mouse or keys. The view hands it events until it ends or is cancelled."""

    def __init__(self, canvas: CanvasView) -> None:
        self.canvas = canvas
        self.scene = canvas.canvas_scene
        self.document = canvas.document

    def move(self, event: QMouseEvent) -> None:
        """The mouse moved."""

    def release(self, event: QMouseEvent) -> None:
        """The button went up: what was shown becomes an edit."""

    def cancel(self) -> None:
        """Everything looks as before."""

    def key(self, event: QKeyEvent) -> bool:
        """A key went down; whether the gesture made use of it."""
        return False

    def paint(self, painter: QPainter) -> None:
        """Draws over the scene, in scene units."""


class Pan(Gesture):
    """Moves what is seen along with the mouse."""

    def __init__(self, canvas: CanvasView, start: QPoint) -> None:
        super().__init__(canvas)
        self._last = start
        canvas.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def move(self, event: QMouseEvent) -> None:
        here = event.position().toPoint()
        self.canvas.pan_by(self._last - here)
        self._last = here

    def release(self, event: QMouseEvent) -> None:
        self.cancel()

    def cancel(self) -> None:
        self.canvas.viewport().unsetCursor()


class ZoomDrag(Gesture):
    """Zooms about the place where it began: up is nearer."""

    def __init__(self, canvas: CanvasView, start: QPoint) -> None:
        super().__init__(canvas)
        self._start = self._last = start
        canvas.viewport().setCursor(Qt.CursorShape.SizeVerCursor)

    def move(self, event: QMouseEvent) -> None:
        here = event.position().toPoint()
        self.canvas.zoom_by(DRAG_ZOOM ** (self._last.y() - here.y()), self._start)
        self._last = here

    def release(self, event: QMouseEvent) -> None:
        self.cancel()

    def cancel(self) -> None:
        self.canvas.viewport().unsetCursor()


class BoxSelection(Gesture):
    """Selects the nodes that a box touches: Shift adds them, Ctrl toggles them."""

    def __init__(self, canvas: CanvasView, start: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        super().__init__(canvas)
        self._start, self._modifiers = start, modifiers
        self._box = QRectF(start, start)
        self._before = self.document.selection
        self._chosen: tuple[str, ...] = self._combined(())
        self.scene.select_links(())
        self.scene.highlight(self._chosen)

    def move(self, event: QMouseEvent) -> None:
        before = self._box
        self._box = QRectF(self._start, self.canvas.mapToScene(event.position().toPoint())).normalized()
        self._chosen = self._combined(self.scene.nodes_in(self._box))
        self.scene.highlight(self._chosen)
        self.canvas.repaint_scene(before.united(self._box))

    def release(self, event: QMouseEvent) -> None:
        self.canvas.repaint_scene(self._box)
        self.document.select(self._chosen)

    def cancel(self) -> None:
        self.canvas.repaint_scene(self._box)
        self.scene.highlight(self._before)

    def paint(self, painter: QPainter) -> None:
        painter.setPen(look.box)
        painter.setBrush(look.selection)
        painter.drawRect(self._box)

    def _combined(self, touched: tuple[str, ...]) -> tuple[str, ...]:
        if self._modifiers & SHIFT:
            return (*self._before, *(name for name in touched if name not in self._before))
        if self._modifiers & CTRL:
            kept = [name for name in self._before if name not in touched]
            return (*kept, *(name for name in touched if name not in self._before))
        return touched
