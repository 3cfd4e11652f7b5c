"""What plain keys do on the canvas: walk from node to node, nudge, and begin a link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from designer.canvas.geometry import SNAP, output_ports
from designer.canvas.linking import KeyLinking
from designer.canvas.navigation import DIRECTIONS
from designer.canvas.scene import Hit
from designer.document import new_gesture

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

SIDEWAYS = (Qt.Key.Key_Left, Qt.Key.Key_Right)


class Keys:
    """Arrows go to what lies next: with Shift they add it, with Alt they move what is selected, with Ctrl they go
    along links."""

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas, self._document = canvas, canvas.document
        self._nudge = ""

    def press(self, event: QKeyEvent) -> bool:
        """Answers a key; whether there was an answer."""
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self._canvas.status.emit("Select one block to go inside it.")  # with one selected it is a shortcut
        elif key in DIRECTIONS and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self._move_selected(key, is_repeated=event.isAutoRepeat())
        elif key in SIDEWAYS and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._canvas.commands.walk.along_link(key)
        elif key in DIRECTIONS:
            is_adding = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._canvas.commands.walk.go(key, is_adding=is_adding)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter()
        elif key == Qt.Key.Key_Tab and not event.modifiers():
            self._canvas.add_at_cursor()
        else:
            return False
        return True

    def _move_selected(self, key: Qt.Key, *, is_repeated: bool) -> None:
        if not is_repeated:  # a key held down is one step
            self._nudge = new_gesture("nudge")
        graph = self._document.graph
        dx, dy = (SNAP * step for step in DIRECTIONS[key])
        places = {n: (graph.nodes[n].x + dx, graph.nodes[n].y + dy) for n in self._document.selection}
        if places:
            self._document.edit(graph.moved(places), "Move with the arrow keys", self._nudge)
        else:
            self._canvas.commands.marking.move_selected(dx, dy, self._nudge)

    def _enter(self) -> None:
        """Goes into what is selected: a frame to its nodes, a note to its text, a node to a link of its."""
        marks = self._canvas.canvas_scene.marks
        if marks.selected_frame:
            self._document.select(self._document.graph.marks.frames[marks.selected_frame].members)
        elif not self._canvas.commands.marking.edit_selected():
            self._begin_link()

    def _begin_link(self) -> None:
        if len(self._document.selection) != 1:
            self._canvas.status.emit("Select one node to connect it with the keys.")
            return
        name = self._document.selection[0]
        outputs = output_ports(self._document.graph.nodes[name].settings)
        if outputs:
            self._canvas.begin(KeyLinking(self._canvas, Hit(name, outputs[0], is_output=True)))
        else:
            self._canvas.status.emit(f"{name} has no output to connect.")
