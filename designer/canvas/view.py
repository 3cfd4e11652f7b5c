"""CanvasView: the window onto the drawing. Turns mouse, wheel and keys into gestures and commands."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QCursor,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGestureEvent, QGraphicsView, QPinchGesture, QToolTip, QWidget

from designer.canvas.commands import Commands
from designer.canvas.geometry import GRID, SNAP, output_ports
from designer.canvas.gestures import BoxSelection, Gesture, NodeDrag, Pan
from designer.canvas.linking import KeyLinking, LinkDrag
from designer.canvas.minimap import Minimap
from designer.canvas.navigation import DIRECTIONS, nearest
from designer.canvas.overlays import EmptyHint, NameEditor, Note
from designer.canvas.scene import CanvasScene, Hit
from designer.canvas.tips import tip
from designer.document import Document, new_gesture
from designer.theme import themes

LEAST_ZOOM, GREATEST_ZOOM = 0.05, 4.0
ZOOM_STEP = 1.25
WHEEL_ZOOM = 1.0015  # for each eighth of a degree: a notch of 120 gives a fifth more
EDGE = 24  # px from the border where a drag scrolls
MARGIN = 48.0  # left free around what is shown whole
NODE_TYPE_MIME = "application/x-netwright-node-type"
KEPT_NAME_WIDTH = 120  # px a name editor has at least


class CanvasView(QGraphicsView):
    """Shows a document's graph and edits it through the document alone."""

    zoom_changed = Signal(float)
    status = Signal(str)
    node_activated = Signal(str)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.canvas_scene = CanvasScene(document, self)
        self._gesture: Gesture | None = None
        self._editor: NameEditor | None = None
        self._is_space_down = False
        self._is_scrolling = False
        self._nudge = ""
        self._anchor: tuple[QPoint, QPointF] | None = None  # the place a zoom holds on to
        self._dress()
        self.setScene(self.canvas_scene)
        self.commands = Commands(self)
        self.actions_by_name: dict[str, QAction] = self.commands.actions
        self.addActions(list(self.actions_by_name.values()))
        self.note = Note(self)
        self.empty_hint = EmptyHint(self)
        self.empty_hint.wanted.connect(lambda: self.add_node("input"))
        self.minimap = Minimap(self)
        document.changed.connect(self._follow)
        themes.changed.connect(self.empty_hint.restyle)
        self.empty_hint.setVisible(not document.graph.nodes)

    def _dress(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheBackground)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Drawing of the network")
        self.setAcceptDrops(True)
        self.setMouseTracking(True)
        self.viewport().grabGesture(Qt.GestureType.PinchGesture)

    # --- what others ask of it

    def add_node(self, type_id: str, pos: QPointF | None = None) -> str:
        """Adds a node of a type at a place in the scene, or after the selected one. Returns its name."""
        return self.commands.add_node(type_id, pos)

    @property
    def zoom(self) -> float:
        return self.transform().m11()

    def zoom_in(self) -> None:
        self._zoom_by(ZOOM_STEP, self.viewport().rect().center())

    def zoom_out(self) -> None:
        self._zoom_by(1 / ZOOM_STEP, self.viewport().rect().center())

    def zoom_reset(self) -> None:
        self._zoom_by(1 / self.zoom, self.viewport().rect().center())

    def fit(self) -> None:
        """Shows everything, not larger than 100 %."""
        self._show_rect(self.canvas_scene.content_rect())

    def frame_selection(self) -> None:
        self._show_rect(self.canvas_scene.content_rect(self.document.selection))

    def show_node(self, name: str) -> None:
        """Selects a node and brings it to the middle; for the list of problems."""
        if name in self.canvas_scene.node_items:
            self.document.select((name,))
            self.look_at(self.canvas_scene.node_items[name].scene_box().center())

    def reveal(self, *names: str) -> None:
        """Moves what is seen just far enough to show some nodes."""
        rect = self.canvas_scene.content_rect(names).adjusted(-GRID, -GRID, GRID, GRID)
        seen = self.seen_rect()
        if not seen.contains(rect):
            dx = max(0.0, rect.right() - seen.right()) or min(0.0, rect.left() - seen.left())
            dy = max(0.0, rect.bottom() - seen.bottom()) or min(0.0, rect.top() - seen.top())
            self.look_at(seen.center() + QPointF(dx, dy))

    def seen_rect(self) -> QRectF:
        """The part of the scene that is seen."""
        return self.mapToScene(self.viewport().rect()).boundingRect()

    def visible_middle(self) -> QPointF:
        return self.mapToScene(self.viewport().rect().center())

    def cursor_place(self) -> QPointF:
        """The place under the mouse; the middle while the mouse is elsewhere."""
        at = self.viewport().mapFromGlobal(QCursor.pos())
        return self.mapToScene(at) if self.viewport().rect().contains(at) else self.visible_middle()

    # --- for gestures

    def pan_by(self, offset: QPoint) -> None:
        """Moves what is seen; in pixels."""
        self._anchor = None
        self._is_scrolling = True  # the map follows once: moved between the two, it would cost a full paint
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() + offset.x())
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() + offset.y())
        self._is_scrolling = False
        self.minimap.refresh()

    def pan_at_edge(self, at: QPoint) -> None:
        """Scrolls while something is dragged against the border."""
        inner = self.viewport().rect().adjusted(EDGE, EDGE, -EDGE, -EDGE)
        dx = min(0, at.x() - inner.left()) or max(0, at.x() - inner.right())
        dy = min(0, at.y() - inner.top()) or max(0, at.y() - inner.bottom())
        if dx or dy:
            self.pan_by(QPoint(dx, dy) / 2)

    def repaint_scene(self, rect: QRectF) -> None:
        self.viewport().update(self.mapFromScene(rect).boundingRect().adjusted(-3, -3, 3, 3))

    def show_note(self, sentence: str, at: QPoint, state: str = "") -> None:
        self.note.say(sentence, at, state)

    def hide_note(self) -> None:
        self.note.hide()

    def end_gesture(self) -> None:
        self._gesture = None

    def rename_selected(self) -> None:
        """Opens an editor on the selected node's name."""
        if len(self.document.selection) != 1 or self._editor is not None:
            return
        name = self.document.selection[0]
        self.reveal(name)
        box = self.mapFromScene(self.canvas_scene.node_items[name].scene_box()).boundingRect()
        place = QRect(box.left(), box.top(), max(box.width(), KEPT_NAME_WIDTH), max(box.height(), 28))
        editor = NameEditor(self.viewport(), self.document.graph, name, place)
        editor.renamed.connect(self.commands.rename)
        editor.refused.connect(lambda why: self._refuse_name(why, place))
        editor.closed.connect(self._close_editor)
        self._editor = editor

    def _refuse_name(self, why: str, place: QRect) -> None:
        self.note.say(why, place.bottomLeft() - QPoint(16, 12), "refused")
        if why:
            self.status.emit(why)

    def _close_editor(self) -> None:
        self._editor = None
        self.note.hide()
        self.setFocus()

    # --- zoom

    def _zoom_by(self, factor: float, at: QPoint) -> None:
        wanted = min(max(self.zoom * factor, LEAST_ZOOM), GREATEST_ZOOM)
        if abs(wanted - self.zoom) < 1e-9:
            return
        if self._anchor is None or self._anchor[0] != at:
            self._anchor = (at, self.viewportTransform().inverted()[0].map(QPointF(at)))
        anchor = self._anchor  # kept from notch to notch: scroll bars round to pixels, and that would add up
        self._set_zoom(wanted)
        self.pan_by((self.viewportTransform().map(anchor[1]) - QPointF(at)).toPoint())
        self._anchor = anchor

    def _set_zoom(self, zoom: float) -> None:
        self.resetTransform()
        self.scale(zoom, zoom)
        self.canvas_scene.show_zoom(zoom)
        self.zoom_changed.emit(zoom)
        self.minimap.refresh()

    def _show_rect(self, rect: QRectF) -> None:
        if rect.isEmpty():
            return
        room = self.viewport().rect()
        wide = room.width() / (rect.width() + 2 * MARGIN)
        high = room.height() / (rect.height() + 2 * MARGIN)
        self._set_zoom(min(max(min(wide, high, 1.0), LEAST_ZOOM), GREATEST_ZOOM))
        self.look_at(rect.center())

    def look_at(self, place: QPointF) -> None:
        """Brings a place of the scene to the middle."""
        self._anchor = None
        self.centerOn(place)
        self.minimap.refresh()

    def wheelEvent(self, event: QWheelEvent) -> None:
        delta = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.pan_by(-QPoint(delta.y() + delta.x(), 0) / 2)
        else:
            self._zoom_by(WHEEL_ZOOM ** delta.y(), event.position().toPoint())
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self._zoom_by(1 + event.value(), event.position().toPoint())
                return True
        elif isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                self._zoom_by(pinch.scaleFactor(), self.viewport().mapFromGlobal(pinch.centerPoint().toPoint()))
                return True
        elif isinstance(event, QHelpEvent):
            hit = self.canvas_scene.hit(self.mapToScene(event.pos()), self.zoom)
            QToolTip.showText(event.globalPos(), tip(self.document, hit), self.viewport())
            return True
        return super().viewportEvent(event)

    # --- mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._gesture is not None:
            self._cancel()
        if self._editor is not None:
            self.setFocus()
        left = event.button() == Qt.MouseButton.LeftButton
        if event.button() == Qt.MouseButton.MiddleButton or (left and self._is_space_down):
            self._gesture = Pan(self, event.position().toPoint())
        elif left:
            self._gesture = self._begin(event)
        event.accept()

    def _begin(self, event: QMouseEvent) -> Gesture | None:
        place = self.mapToScene(event.position().toPoint())
        hit = self.canvas_scene.hit(place, self.zoom)
        if hit.port:
            return LinkDrag.start(self, hit)
        if hit.node:
            return NodeDrag(self, hit, event)
        if hit.link is not None:
            self._click_link(hit, event.modifiers())
            return None
        return BoxSelection(self, place, event.modifiers())

    def _click_link(self, hit: Hit, modifiers: Qt.KeyboardModifier) -> None:
        link, selected = hit.link, self.canvas_scene.selected_links
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            self.canvas_scene.select_links(selected ^ {link})
        elif modifiers & Qt.KeyboardModifier.ShiftModifier:
            self.canvas_scene.select_links(selected | {link})
        else:
            self.document.select(())
            self.canvas_scene.select_links({link})

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._gesture is not None:
            self._gesture.move(event)
        else:
            self.canvas_scene.hover(self.canvas_scene.hit(self.mapToScene(event.position().toPoint()), self.zoom))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture = self._gesture
        if gesture is not None and not isinstance(gesture, KeyLinking):
            self._gesture = None
            gesture.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        hit = self.canvas_scene.hit(self.mapToScene(event.position().toPoint()), self.zoom)
        if event.button() == Qt.MouseButton.LeftButton and hit.node and not hit.port:
            self.node_activated.emit(hit.node)
        else:
            self.mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        hit = self.canvas_scene.hit(self.mapToScene(event.pos()), self.zoom)
        if hit.node and hit.node not in self.document.selection:
            self.document.select((hit.node,))
        elif hit.link is not None and hit.link not in self.canvas_scene.selected_links:
            self._click_link(hit, Qt.KeyboardModifier.NoModifier)
        menu = self.commands.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def _cancel(self) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.cancel()

    # --- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            self._escape()
        elif self._gesture is not None and self._gesture.key(event):
            pass
        elif key == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._is_space_down = True
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        elif key in DIRECTIONS:
            self._arrow(key, event)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._gesture is None:
            self._link_by_keys()
        else:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._is_space_down = False
            if not isinstance(self._gesture, Pan):
                self.viewport().unsetCursor()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes on to the next panel, except while it chooses the port of a link."""
        return not isinstance(self._gesture, KeyLinking) and super().focusNextPrevChild(forward)

    def _escape(self) -> None:
        if self._gesture is not None:
            self._cancel()
        else:
            self.canvas_scene.select_links(())
            self.document.select(())

    def _arrow(self, key: Qt.Key, event: QKeyEvent) -> None:
        """Goes to the next node; with Alt moves the selected ones, with Shift adds the next one."""
        selection, graph = self.document.selection, self.document.graph
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            if not event.isAutoRepeat():
                self._nudge = new_gesture("nudge")
            dx, dy = (SNAP * step for step in DIRECTIONS[key])
            places = {name: (graph.nodes[name].x + dx, graph.nodes[name].y + dy) for name in selection}
            if places:
                self.document.edit(graph.moved(places), "Move with the arrow keys", self._nudge)
            return
        following = nearest(graph, selection[-1], key) if selection else next(iter(graph.nodes), None)
        if following:
            is_adding = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self.document.select((*selection, following) if is_adding else (following,))
            self.reveal(following)
            self.status.emit(tip(self.document, Hit(following)).replace("\n", " · "))

    def _link_by_keys(self) -> None:
        if len(self.document.selection) != 1:
            self.status.emit("Select one node to connect it with the keys.")
            return
        name = self.document.selection[0]
        outputs = output_ports(self.document.graph.nodes[name].settings)
        if not outputs:
            self.status.emit(f"{name} has no output to connect.")
            return
        self._gesture = KeyLinking(self, Hit(name, outputs[0], is_output=True))

    # --- drag and drop, overlays

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(NODE_TYPE_MIME):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self.dragEnterEvent(event)  # type: ignore[arg-type]

    def dropEvent(self, event: QDropEvent) -> None:
        if event.mimeData().hasFormat(NODE_TYPE_MIME):
            type_id = event.mimeData().data(NODE_TYPE_MIME).toStdString()
            self.add_node(type_id, self.mapToScene(event.position().toPoint()))
            event.acceptProposedAction()
            self.setFocus()

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:  # type: ignore[override]
        if self._gesture is not None:
            self._gesture.paint(painter)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.empty_hint.centre()
        self.minimap.refresh()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        if not self._is_scrolling:
            self.minimap.refresh()

    def _follow(self, changes: object) -> None:
        if self._gesture is not None:
            self._cancel()
        self.empty_hint.setVisible(not self.document.graph.nodes)
        self.empty_hint.centre()
        self.minimap.redraw()
