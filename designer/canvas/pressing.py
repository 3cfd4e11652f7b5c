"""Which gesture a mouse button begins, by what is under the mouse and the keys that are held."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter

from designer.canvas.adding import type_to_add
from designer.canvas.bending import Bend, BendDrag, bend_at, with_point
from designer.canvas.dragging import FrameDrag, NodeDrag, NoteDrag
from designer.canvas.gestures import DRAG_DISTANCE, BoxSelection, Gesture, Pan, ZoomDrag
from designer.canvas.linking import LinkDrag
from designer.canvas.mouse import BUTTONS, Spot, combination, mouse
from designer.canvas.relinking import RelinkDrag
from designer.canvas.scene import Hit
from designer.canvas.strokes import BendStroke, Knife
from nodes.graph.model import Link

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

Modifier = Qt.KeyboardModifier
CTRL, SHIFT = Modifier.ControlModifier, Modifier.ShiftModifier


class Press(NamedTuple):
    """A button that went down: where, and on what."""

    canvas: CanvasView
    event: QMouseEvent
    place: QPointF  # in the scene
    hit: Hit
    bend: Bend | None
    spot: Spot
    held: str  # the button with the keys, as :mod:`mouse` writes them

    @classmethod
    def of(cls, canvas: CanvasView, event: QMouseEvent, *, is_space_down: bool) -> Press:
        place = canvas.mapToScene(event.position().toPoint())
        hit, marks = canvas.canvas_scene.hit(place, canvas.zoom), canvas.canvas_scene.marks
        bend = None if hit.node else bend_at(canvas.document.graph, place, canvas.zoom)
        spot: Spot = "nothing"
        if hit.node:
            spot = "port" if hit.port else "node"
        elif bend or (hit.link is not None and not marks.note_at(place)):
            spot = "link"
        elif marks.note_at(place) or marks.frame_at(place):
            spot = "mark"
        button = BUTTONS.get(event.button(), "")
        held = combination(button, event.modifiers(), is_space_down=is_space_down)
        return cls(canvas, event, place, hit, bend, spot, held)


def begun(press: Press) -> Gesture | None:
    """The gesture that a press begins; None where it is done at once, or nothing."""
    dragged = mouse.found("drag", press.held, press.spot)
    if mouse.found("click", press.held, press.spot):
        return CutPress(press, dragged)
    return _MAKERS[dragged](press) if dragged else None


def double_clicked(press: Press) -> bool:
    """Does what a double click means there; whether it means anything."""
    canvas, marks = press.canvas, press.canvas.canvas_scene.marks
    meant = mouse.found("double", press.held, press.spot)
    if meant == "add":
        type_to_add(canvas, press.event.position().toPoint())
    elif meant == "lead" and press.hit.link is not None:
        canvas.commands.lead_through(press.hit.link, press.place)
    elif meant == "open" and press.hit.node:
        canvas.node_activated.emit(press.hit.node)
    elif meant == "open" and marks.note_at(press.place):
        canvas.commands.marking.edit_note(marks.note_at(press.place))
    elif meant == "open":
        canvas.commands.marking.edit_title(marks.frame_at(press.place))
    return bool(meant)


def _selection(press: Press, keys: Qt.KeyboardModifier) -> Gesture | None:
    """Selects what is there and drags it: with Shift beside what is selected, with Ctrl in or out of it."""
    canvas, event, place, marks = press.canvas, press.event, press.place, press.canvas.canvas_scene.marks
    if press.hit.node:
        marks.select("")
        return NodeDrag(canvas, press.hit, event, keys)
    if press.bend is not None:
        return BendDrag(canvas, press.bend, event)
    note = marks.note_at(place)
    if note:
        return NoteDrag(canvas, note, event)
    marks.select("")
    if press.hit.link is not None:
        click_link(canvas, press.hit.link, keys)
        return None
    frame = marks.frame_at(place)
    return FrameDrag(canvas, frame, event, keys) if frame else BoxSelection(canvas, place, keys)


def _relinking(press: Press) -> Gesture | None:
    feeds = press.hit.is_output and _links_of(press)
    return RelinkDrag(press.canvas, press.hit) if feeds else LinkDrag.start(press.canvas, press.hit)


def _links_of(press: Press) -> list[Link]:
    """The links of a port."""
    hit, graph = press.hit, press.canvas.document.graph
    if hit.is_output:
        return [link for link in graph.outgoing(hit.node) if link.output == hit.port]
    return [link for link in graph.incoming(hit.node).values() if link.input == hit.port]


_MAKERS: dict[str, Callable[[Press], Gesture | None]] = {
    "pan": lambda press: Pan(press.canvas, press.event.position().toPoint()),
    "zoom_drag": lambda press: ZoomDrag(press.canvas, press.event.position().toPoint()),
    "select": lambda press: _selection(press, Modifier.NoModifier),
    "add_to": lambda press: _selection(press, SHIFT),
    "toggle": lambda press: _selection(press, CTRL),
    "join": lambda press: LinkDrag.start(press.canvas, press.hit),
    "move_links": _relinking,
    "cut_stroke": lambda press: Knife(press.canvas, press.event),
    "bend_stroke": lambda press: BendStroke(press.canvas, press.event),
}


def select_for_menu(canvas: CanvasView, place: QPointF) -> None:
    """Selects what a menu is asked for, unless it is selected already."""
    hit, marks = canvas.canvas_scene.hit(place, canvas.zoom), canvas.canvas_scene.marks
    note, frame = marks.note_at(place), marks.frame_at(place)
    if hit.node:
        if hit.node not in canvas.document.selection:
            canvas.document.select((hit.node,))
    elif note:
        canvas.document.select(())
        marks.select(note)
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


class CutPress(Gesture):
    """A click takes away the point, the link, or all links of the port under it; a drag is what it means there."""

    def __init__(self, press: Press, dragged: str) -> None:
        super().__init__(press.canvas)
        self._at, event = press.event.position().toPoint(), press.event
        kept = QMouseEvent(
            event.type(),
            event.position(),
            event.globalPosition(),
            event.button(),
            event.buttons(),
            event.modifiers(),
        )
        self._press, self._dragged = press._replace(event=kept), dragged
        self._is_click = True
        self._inner: Gesture | None = None

    def move(self, event: QMouseEvent) -> None:
        far = (event.position().toPoint() - self._at).manhattanLength() >= DRAG_DISTANCE
        if self._is_click and far:
            self._is_click = False
            self._inner = _MAKERS[self._dragged](self._press) if self._dragged else None
        if self._inner is not None:
            self._inner.move(event)

    def release(self, event: QMouseEvent) -> None:
        if self._is_click:
            self._cut()
        elif self._inner is not None:
            self._inner.release(event)

    def cancel(self) -> None:
        if self._inner is not None:
            self._inner.cancel()

    def key(self, event: QKeyEvent) -> bool:
        return self._inner is not None and self._inner.key(event)

    def paint(self, painter: QPainter) -> None:
        if self._inner is not None:
            self._inner.paint(painter)

    def _cut(self) -> None:
        hit, bend, graph = self._press.hit, self._press.bend, self.document.graph
        if bend is not None:
            self.document.edit(with_point(graph, bend, None), "Remove a point of a link")
        elif hit.link is not None:
            words = f"Cut the link from {hit.link.source} to {hit.link.target}"
            self.document.edit(graph.without_links([hit.link]), words)
        elif links := _links_of(self._press):
            words = f"Cut the links of {hit.node}" if hit.is_output else f"Cut the link to {hit.node}"
            self.document.edit(graph.without_links(links), words)
