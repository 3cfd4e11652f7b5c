"""What plain keys do on the canvas: walk from node to node, nudge, and begin a link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from designer.canvas.geometry import SNAP, output_ports
from designer.canvas.linking import KeyLinking
from designer.canvas.navigation import DIRECTIONS, nearest
from designer.canvas.scene import Hit
from designer.canvas.tips import tip
from designer.document import new_gesture

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView


class Keys:
    """Arrows go to the next node: with Shift they add it, with Alt they move what is selected."""

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
        elif key in DIRECTIONS:
            self._go(key, is_adding=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._begin_link()
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

    def _go(self, key: Qt.Key, *, is_adding: bool) -> None:
        selection, graph = self._document.selection, self._document.graph
        following = nearest(graph, selection[-1], key) if selection else next(iter(graph.nodes), None)
        if following:
            self._document.select((*selection, following) if is_adding else (following,))
            self._canvas.reveal(following)
            warmth = self._canvas.canvas_scene.node_items[following].warmth
            self._canvas.status.emit(tip(self._document, Hit(following), warmth).replace("\n", " · "))

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
