"""Which gesture a mouse button begins, by what is under the mouse and the keys that are held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent

from designer.canvas.bending import Bend, BendDrag, bend_at, with_point
from designer.canvas.dragging import FrameDrag, NodeDrag, NoteDrag
from designer.canvas.gestures import DRAG_DISTANCE, BoxSelection, Gesture, Pan
from designer.canvas.linking import LinkDrag
from designer.canvas.relinking import RelinkDrag
from designer.canvas.scene import Hit
from designer.canvas.strokes import BendStroke, Knife
from nodes.graph.model import Link

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

Button, Modifier = Qt.MouseButton, Qt.KeyboardModifier
CTRL, SHIFT, ALT = Modifier.ControlModifier, Modifier.ShiftModifier, Modifier.AltModifier


def begun(canvas: CanvasView, event: QMouseEvent, *, is_space_down: bool) -> Gesture | None:
    """The gesture that a press begins; None where it is done at once, or nothing."""
    button, keys = event.button(), event.modifiers()
    if button == Button.MiddleButton or (button == Button.LeftButton and is_space_down):
        return Pan(canvas, event.position().toPoint())
    if button == Button.RightButton:
        return Knife(canvas, event) if keys & CTRL else BendStroke(canvas, event) if keys & SHIFT else None
    if button != Button.LeftButton:
        return None
    place = canvas.mapToScene(event.position().toPoint())
    hit = canvas.canvas_scene.hit(place, canvas.zoom)
    bend = None if hit.node else bend_at(canvas.document.graph, place, canvas.zoom)
    if keys & ALT:
        return AltPress(canvas, event, hit, bend)
    if hit.port:
        return RelinkDrag(canvas, hit) if keys & CTRL and _feeds(canvas, hit) else LinkDrag.start(canvas, hit)
    if hit.node:
        canvas.canvas_scene.marks.select_note("")
        return NodeDrag(canvas, hit, event)
    return BendDrag(canvas, bend, event) if bend else _begun_beside_nodes(canvas, event, hit)


def _begun_beside_nodes(canvas: CanvasView, event: QMouseEvent, hit: Hit) -> Gesture | None:
    """On a note, a link, the title of a frame, or nothing."""
    place, marks = canvas.mapToScene(event.position().toPoint()), canvas.canvas_scene.marks
    note = marks.note_at(place)
    if note:
        return NoteDrag(canvas, note, event)
    marks.select_note("")
    if hit.link is not None:
        click_link(canvas, hit.link, event.modifiers())
        return None
    frame = marks.frame_at(place)
    if frame:
        return FrameDrag(canvas, frame, event)
    return BoxSelection(canvas, place, event.modifiers())


def _feeds(canvas: CanvasView, hit: Hit) -> bool:
    """Whether a port is an output with links."""
    return hit.is_output and any(link.output == hit.port for link in canvas.document.graph.outgoing(hit.node))


def select_for_menu(canvas: CanvasView, place: QPointF) -> None:
    """Selects what a menu is asked for, unless it is selected already."""
    hit, marks = canvas.canvas_scene.hit(place, canvas.zoom), canvas.canvas_scene.marks
    note, frame = marks.note_at(place), marks.frame_at(place)
    if hit.node:
        if hit.node not in canvas.document.selection:
            canvas.document.select((hit.node,))
    elif note:
        canvas.document.select(())
        marks.select_note(note)
    elif hit.link is not None:
        if hit.link not in canvas.canvas_scene.selected_links:
            click_link(canvas, hit.link, Modifier.NoModifier)
    elif frame:
        canvas.document.select(canvas.document.graph.marks.frames[frame].members)


def click_link(canvas: CanvasView, link: Link, keys: Qt.KeyboardModifier) -> None:
    """Selects a link: alone, with Shift or Ctrl beside what is selected."""
    selected = canvas.canvas_scene.selected_links
    if keys & CTRL:
        canvas.canvas_scene.select_links(selected ^ {link})
    elif keys & SHIFT:
        canvas.canvas_scene.select_links(selected | {link})
    else:
        canvas.document.select(())
        canvas.canvas_scene.select_links({link})


class AltPress(Pan):
    """Pans where it is dragged; a click takes away the point, the link, or all links of the port under it."""

    def __init__(self, canvas: CanvasView, event: QMouseEvent, hit: Hit, bend: Bend | None) -> None:
        super().__init__(canvas, event.position().toPoint())
        self._press, self._hit, self._bend = event.position().toPoint(), hit, bend
        self._is_click = True

    def move(self, event: QMouseEvent) -> None:
        far = (event.position().toPoint() - self._press).manhattanLength() >= DRAG_DISTANCE
        self._is_click = self._is_click and not far
        if not self._is_click:
            super().move(event)

    def release(self, event: QMouseEvent) -> None:
        super().release(event)
        if self._is_click:
            self._cut()

    def _cut(self) -> None:
        hit, graph = self._hit, self.document.graph
        if self._bend is not None:
            self.document.edit(with_point(graph, self._bend, None), "Remove a point of a link")
            return
        if hit.link is not None:
            links, words = [hit.link], f"Cut the link from {hit.link.source} to {hit.link.target}"
        elif hit.port and hit.is_output:
            links, words = (
                [k for k in graph.outgoing(hit.node) if k.output == hit.port],
                f"Cut the links of {hit.node}",
            )
        elif hit.port:
            links, words = [k for k in graph.incoming(hit.node).values() if k.input == hit.port], ""
            words = f"Cut the link to {hit.node}"
        else:
            return
        if links:
            self.document.edit(graph.without_links(links), words)
