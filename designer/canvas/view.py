"""CanvasView: the window onto the drawing. Turns mouse, wheel and keys into gestures and commands."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from designer.canvas.adding import type_to_add
from designer.canvas.afar import paint_from_afar
from designer.canvas.camera import Camera
from designer.canvas.commands import Commands
from designer.canvas.gestures import Gesture, Pan
from designer.canvas.heat import Heat, Legend
from designer.canvas.keys import Keys
from designer.canvas.linking import KeyLinking
from designer.canvas.look import NAMES
from designer.canvas.minimap import Minimap
from designer.canvas.node_pictures import NodePictures
from designer.canvas.overlays import EmptyHint, NameEditor, Note
from designer.canvas.palette_drop import PaletteDrop
from designer.canvas.pressing import Press, begun, double_clicked, select_for_menu
from designer.canvas.preview import Preview
from designer.canvas.scene import CanvasScene
from designer.canvas.text_editors import NoteEditor, TitleEditor
from designer.canvas.tips import tip
from designer.document import Changes, Document
from designer.theme import themes
from nodes.graph.scope import Way

Places = dict[Way, tuple[float, QPointF]]  # zoom and middle of the canvas, for each scope
USUAL_SIZE, LEAST_SIZE = QSize(900, 560), QSize(240, 160)
KEPT_NAME_WIDTH = 120  # px a name editor has at least


class CanvasView(Camera):
    """Shows a document's graph and edits it through the document alone."""

    status = Signal(str)
    node_activated = Signal(str)
    page_wanted = Signal(str)  # type_id
    tab_wanted = Signal(tuple)  # the way to a block
    trouble = Signal(str)  # a node that was just joined to what does not suit it

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.canvas_scene = CanvasScene(document, self)
        self.preview = Preview(self.canvas_scene)
        self.pictures = NodePictures(self.canvas_scene)
        self._gesture: Gesture | None = None
        self._editor: NameEditor | TitleEditor | NoteEditor | None = None
        self._is_space_down = False
        self._is_stroking = False
        self._scope = document.scope
        self._places: Places = {}  # of each scope that was left
        self._drop = PaletteDrop(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Drawing of the network")
        self.setMinimumSize(LEAST_SIZE)
        self.setAcceptDrops(True)
        self.setMouseTracking(True)
        self.setScene(self.canvas_scene)
        self.commands = Commands(self)
        self.actions_by_name: dict[str, QAction] = self.commands.actions
        self.node_activated.connect(self.commands.blocking.enter)
        self._keys = Keys(self)
        self.addActions(list(self.actions_by_name.values()))
        self.note = Note(self)
        self.empty_hint = EmptyHint(self)
        self.empty_hint.wanted.connect(lambda: self.add_node("input"))
        self.minimap = Minimap(self)
        self.heat = Heat(self.canvas_scene, document)
        self.legend = Legend(self, self.heat)
        self.moved.connect(self.minimap.refresh)
        document.changed.connect(self._follow)
        themes.changed.connect(self.empty_hint.restyle)
        self.empty_hint.setVisible(not document.graph.nodes)

    # --- what others ask of it

    def add_node(self, type_id: str, pos: QPointF | None = None) -> str:
        """Adds a node of a type at a place in the scene, or after the selected one. Returns its name."""
        return self.commands.add_node(type_id, pos)

    def fit(self) -> None:
        """Shows everything, not larger than 100 %; also in a window of another size, until it is moved."""
        self.show_rect(self.canvas_scene.content_rect())
        self._shows_all = True

    def cover(self, height: int) -> None:
        """What is shown whole stays so above what covers the lower edge."""
        is_other = height != self.covered
        super().cover(height)
        if is_other and self._shows_all:
            self.fit()

    def add_at_cursor(self) -> None:
        """Opens the search for a layer under the mouse, or in the middle."""
        at = self.mapFromScene(self.cursor_place())
        type_to_add(self, at, is_pointed=self.is_pointed_at())

    def connect_with_keys(self) -> None:
        """Begins a link from the selected node, which the keys lead on."""
        self.setFocus()
        self._keys.go_into()

    def frame_selection(self) -> None:
        self.show_rect(self.selected_rect())

    def places(self) -> Places:
        """What is seen of each scope that was shown."""
        return {**self._places, self._scope: (self.zoom, self.visible_middle())}

    def show_places(self, places: Places) -> None:
        """Shows what was seen of the scope before, and knows it of the others."""
        self._places = dict(places)
        if self._scope in places:
            self.show_place(*places[self._scope])

    def selected_rect(self) -> QRectF:
        """The box around what is selected: nodes, a frame, a note or links."""
        scene = self.canvas_scene
        if scene.marks.selected:
            return scene.marks.box_of(scene.marks.selected)
        whole = scene.content_rect(self.document.selection)
        for link in scene.selected_links:
            whole = whole.united(scene.link_items[link].boundingRect())
        return whole

    def show_node(self, name: str) -> None:
        """Selects a node and brings it to the middle, unless it is seen and can be read; for the list of problems."""
        if name in self.canvas_scene.node_items:
            self.document.select((name,))
            box = self.canvas_scene.node_items[name].scene_box()
            if self.zoom < NAMES or not self.seen_rect().contains(box):
                self.look_at(box.center())

    def reveal(self, *names: str) -> None:
        """Moves what is seen just far enough to show some nodes."""
        self.reveal_rect(self.canvas_scene.content_rect(names))

    def sizeHint(self) -> QSize:
        return USUAL_SIZE  # not that of the scene, which has no end

    # --- for gestures

    def show_note(self, sentence: str, at: QPoint, state: str = "") -> None:
        self.note.say(sentence, at, state)

    def hide_note(self) -> None:
        self.note.hide()

    def begin(self, gesture: Gesture) -> None:
        """Hands mouse and keys to a gesture until it ends."""
        self._gesture = gesture

    def end_gesture(self) -> None:
        self._gesture = None

    def rename_selected(self, rename: Callable[[str, str], object] | None = None) -> None:
        """Opens an editor on the selected node's name."""
        if len(self.document.selection) != 1 or self._editor is not None:
            return
        name = self.document.selection[0]
        self.reveal(name)
        box = self.mapFromScene(self.canvas_scene.node_items[name].scene_box()).boundingRect()
        place = QRect(box.left(), box.top(), max(box.width(), KEPT_NAME_WIDTH), max(box.height(), 28))
        editor = NameEditor(self.viewport(), self.document.graph, name, place)
        editor.renamed.connect(rename or self.commands.rename)
        editor.refused.connect(lambda why: self._refuse_name(why, place))
        editor.closed.connect(self._close_editor)
        self._editor = editor

    def edit_title(self, box: QRectF, title: str, done: Callable[[str], object]) -> None:
        """Opens an editor on a title that stands at a place in the scene."""
        place = self._revealed(box)
        width = max(place.width(), KEPT_NAME_WIDTH)
        self._open(TitleEditor(self.viewport(), QRect(place.topLeft(), QSize(width, 28)), title, done))

    def edit_note(self, box: QRectF, text: str, done: Callable[[str], object]) -> None:
        """Opens an editor on the text of a note."""
        self._open(NoteEditor(self.viewport(), self._revealed(box), text, done))

    def _revealed(self, box: QRectF) -> QRect:
        self.reveal_rect(box)
        return self.mapFromScene(box).boundingRect()

    def _open(self, editor: TitleEditor | NoteEditor) -> None:
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

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            hit = self.canvas_scene.hit(self.mapToScene(event.pos()), self.zoom)
            item = self.canvas_scene.node_items.get(hit.node)
            words = tip(self.document, hit, item.warmth if item is not None else "")
            QToolTip.showText(event.globalPos(), words, self.viewport())
            return True
        return super().viewportEvent(event)

    # --- mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._gesture is not None:
            self._cancel()
        if self._editor is not None:
            self.setFocus()
        self._gesture = begun(Press.of(self, event, is_space_down=self._is_space_down))
        self._is_stroking = self._gesture is not None and event.button() == Qt.MouseButton.RightButton
        event.accept()

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
        if not double_clicked(Press.of(self, event, is_space_down=self._is_space_down)):
            self.mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._is_stroking and event.reason() == QContextMenuEvent.Reason.Mouse:
            return  # some systems ask for the menu when the button goes down, some when it goes up
        place = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:  # of what is selected, wherever the mouse is
            box = self.mapFromScene(self.selected_rect()).boundingRect()
            place = self.viewport().mapToGlobal(box.center() if not box.isEmpty() else self.rect().center())
        else:
            select_for_menu(self, self.mapToScene(event.pos()))
        menu = self.commands.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

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
        elif self._gesture is not None or not self._keys.press(event):
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._is_space_down = False
            if not isinstance(self._gesture, Pan):
                self.viewport().unsetCursor()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab adds a layer, or chooses the port of a link; Shift+Tab and F6 lead on to other panels."""
        return not forward and not isinstance(self._gesture, KeyLinking) and super().focusNextPrevChild(forward)

    def _escape(self) -> None:
        if self._gesture is not None:
            self._cancel()
        elif self.document.selection or self.canvas_scene.selected_links or self.canvas_scene.marks.selected:
            self.canvas_scene.select_links(())
            self.canvas_scene.marks.select("")
            self.document.select(())
        else:
            self.commands.blocking.leave()

    # --- drag and drop, overlays

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._drop.take(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._drop.take(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._drop.leave()

    def dropEvent(self, event: QDropEvent) -> None:
        self._drop.drop(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.zoom >= NAMES:
            super().paintEvent(event)
        else:
            paint_from_afar(self, self.canvas_scene, event)

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:  # type: ignore[override]
        if self._gesture is not None:
            self._gesture.paint(painter)
        if self.zoom < NAMES:  # nearer, a layer of the scene shows it
            self.preview.paint_afar(painter, self.zoom)
        self._drop.paint(painter)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.empty_hint.centre()
        self.legend.stand()
        if self._shows_all:
            self.fit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._is_space_down = False
        if self._gesture is None:
            self.viewport().unsetCursor()

    def _go_to_scope(self, *, opened: bool) -> None:
        """Shows the inside of another block as it was seen last, or whole."""
        if opened:
            self._places.clear()
        else:
            self._places[self._scope] = (self.zoom, self.visible_middle())
        self._scope = self.document.scope
        self.canvas_scene.marks.select("")
        if self._editor is not None:
            self._editor.close()
        if self._scope in self._places:
            self.show_place(*self._places[self._scope])
        elif opened:
            self.fit()
        else:
            self.show_start(self.canvas_scene.content_rect())

    def _follow(self, changes: Changes) -> None:
        self._shows_all &= changes.opened
        if self._gesture is not None:
            self._cancel()
        if changes.scope:
            self._go_to_scope(opened=changes.opened)
        self.empty_hint.setVisible(not self.document.graph.nodes)
        self.empty_hint.centre()
        self.minimap.redraw()
