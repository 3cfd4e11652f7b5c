"""Split: the network twice, such as the whole on the left and the inside of a block on the right.

One of the two is edited: the one that was pressed last. A press in the other changes their roles, and nothing that
is seen: what was shown on the left stays there.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QSplitter, QVBoxLayout, QWidget

from designer.breadcrumbs import Breadcrumbs
from designer.canvas.afar import paint_from_afar
from designer.canvas.camera import Camera
from designer.canvas.look import NAMES
from designer.canvas.mouse import BUTTONS, combination, mouse
from designer.canvas.scene import CanvasScene
from designer.canvas.view import CanvasView
from designer.document import Changes, Document
from nodes.block import Block
from nodes.graph.model import Network

PRESSES = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)
MOVES = (QEvent.Type.MouseMove, QEvent.Type.MouseButtonRelease)


class Companion(Document):
    """The network of another document, seen at a scope of its own; edits go to the other."""

    def __init__(self, main: Document, parent: QObject) -> None:
        super().__init__(main.network, parent)
        self._main = main
        main.changed.connect(self._mirror)

    def edit_network(self, network: Network, text: str, gesture: str = "", *, turns_alike: bool = False) -> None:
        self._main.edit_network(network, text, gesture, turns_alike=turns_alike)

    def _mirror(self, changes: Changes) -> None:
        main = self._main
        if main.network is not self.network or main.root_problems is not self.root_problems or changes.opened:
            scope = () if changes.opened else self.scope
            self.show(main.network, scope, opened=changes.opened, known=main.sheet())


class Onlooker(Camera):
    """Shows a document; the gestures that zoom and move what is seen work, and nothing here edits."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(parent)
        self.document = document
        self._held: QPoint | None = None  # where what is seen was taken
        self.canvas_scene = CanvasScene(document, self)
        self.setScene(self.canvas_scene)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Second view of the network")
        document.changed.connect(self._follow)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._held = event.position().toPoint() if is_pan(event) else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is not None:
            here = event.position().toPoint()
            self.pan_by(self._held - here)
            self._held = here

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = None

    def show_start_of_scope(self) -> None:
        """The whole network at a glance; the inside of a block as large as can be read."""
        if self.document.scope:
            self.show_start(self.canvas_scene.content_rect())
        else:
            self.show_rect(self.canvas_scene.content_rect())
            self._shows_all = True

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.zoom >= NAMES:
            super().paintEvent(event)
        else:
            paint_from_afar(self, self.canvas_scene, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._shows_all:
            self.show_start_of_scope()

    def _follow(self, changes: Changes) -> None:
        if changes.scope:
            self.show_start_of_scope()


class Split(QSplitter):
    """The canvas with the way to its scope above it; split, another view of the same network beside it."""

    def __init__(self, document: Document, canvas: CanvasView) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._document, self._canvas = document, canvas
        self._main = _pane(Breadcrumbs(document), canvas)
        self._other: QWidget | None = None
        self.onlooker: Onlooker | None = None
        self._is_passing_on = False
        self.setChildrenCollapsible(False)
        self.setHandleWidth(1)
        self.addWidget(self._main)

    def set_split(self, is_split: bool) -> None:
        """Shows the network twice, or once again."""
        if is_split and self.onlooker is None:
            self._open()
        elif not is_split and self.onlooker is not None and self._other is not None:
            self._other.hide()
            self._other.deleteLater()
            self.onlooker.document.deleteLater()
            self._other = self.onlooker = None

    def _open(self) -> None:
        """Inside a block the whole comes to the left; else what is selected, or the whole, to the right."""
        companion = Companion(self._document, self)
        self.onlooker = Onlooker(companion, self)
        self._other = _pane(Breadcrumbs(companion), self.onlooker)
        self.insertWidget(0 if self._document.scope else 1, self._other)
        self.setSizes([self.width() // 2, self.width() // 2])
        selected = self._document.selection
        if not self._document.scope and selected:
            node = self._document.graph.nodes[selected[0]]
            companion.enter((selected[0],) if isinstance(node.settings, Block) else ())
        self.onlooker.show_start_of_scope()
        self.onlooker.viewport().installEventFilter(self)

    def change_roles(self) -> None:
        """Lets the other view be edited: scopes, places and sides change, so that nothing seen does."""
        assert self.onlooker is not None
        canvas, onlooker, companion = self._canvas, self.onlooker, self.onlooker.document
        mine, theirs = _place(canvas), _place(onlooker)
        scope, sizes = self._document.scope, self.sizes()
        self.insertWidget(1 - self.indexOf(self._main), self._main)
        self.setSizes(sizes)
        wanted = companion.scope
        companion.enter(scope)
        self._document.enter(wanted)
        self._document.select(())
        for pane in (self._main, self._other):
            layout = pane.layout() if pane is not None else None
            if layout is not None:
                layout.activate()  # a view is as high as the breadcrumbs above it leave
        canvas.show_place(*theirs)
        onlooker.show_place(*mine)
        canvas.setFocus(Qt.FocusReason.MouseFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A press in the other view, and the moves that belong to it, reach the canvas in its new place."""
        if isinstance(event, QMouseEvent) and not is_pan(event):
            if event.type() in PRESSES:
                self.change_roles()
                self._is_passing_on = True
                self._pass_on(event)
                return True
            if self._is_passing_on and event.type() in MOVES:
                self._pass_on(event)
                self._is_passing_on = event.type() == QEvent.Type.MouseMove
                return True
        if event.type() == QEvent.Type.DragEnter:
            self.change_roles()
        return super().eventFilter(watched, event)

    def _pass_on(self, event: QMouseEvent) -> None:
        ground = self._canvas.viewport()
        place = QPointF(ground.mapFromGlobal(event.globalPosition().toPoint()))
        again = QMouseEvent(
            event.type(), place, event.globalPosition(), event.button(), event.buttons(), event.modifiers()
        )
        QApplication.sendEvent(ground, again)


def is_pan(event: QMouseEvent) -> bool:
    """Whether a button moves what is seen."""
    held = combination(BUTTONS.get(event.button(), ""), event.modifiers())
    return mouse.found("drag", held, "nothing") == "pan"


def _place(view: Camera) -> tuple[float, QPointF]:
    return view.zoom, view.mapToScene(view.viewport().rect().center())


def _pane(breadcrumbs: Breadcrumbs, view: QWidget) -> QWidget:
    pane = QWidget()
    column = QVBoxLayout(pane)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(breadcrumbs)
    column.addWidget(view, 1)
    return pane
