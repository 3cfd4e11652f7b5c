"""What plain keys do on the canvas: walk, nudge, begin a link. Each is a command, and can have other keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from designer.canvas.bending import with_points_moved
from designer.canvas.geometry import SNAP, output_ports
from designer.canvas.linking import KeyLinking
from designer.canvas.navigation import DIRECTIONS
from designer.canvas.scene import Hit
from designer.canvas.shortcuts import shortcuts
from designer.document import new_gesture

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

SIDES = {Qt.Key.Key_Left: "Left", Qt.Key.Key_Right: "Right", Qt.Key.Key_Up: "Up", Qt.Key.Key_Down: "Down"}
SIDEWAYS = (Qt.Key.Key_Left, Qt.Key.Key_Right)


class Deed(NamedTuple):
    """A command of plain keys: its words, its first keys, and what is done."""

    words: str
    keys: tuple[str, ...]
    do: Callable[[QKeyEvent], object]


class Keys:
    """Arrows go to what lies next: with Shift they add it, with Alt they move what is selected, with Ctrl they go
    along links."""

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas, self._document = canvas, canvas.document
        self._nudge = ""
        self._deeds = self._make_deeds()
        for name, deed in self._deeds.items():
            shortcuts.declare(name, deed.words, *deed.keys)

    def press(self, event: QKeyEvent) -> bool:
        """Answers a key; whether there was an answer."""
        deed = next((one for name, one in self._deeds.items() if shortcuts.is_meant(name, event)), None)
        if deed is not None:
            deed.do(event)
        elif shortcuts.is_meant("enter", event):
            self._canvas.status.emit("Select one block to go inside it.")  # with one selected it is a shortcut
        else:
            return False
        return True

    def _make_deeds(self) -> dict[str, Deed]:
        walk = self._canvas.commands.walk
        deeds = {}
        for key, side in SIDES.items():
            name = side.lower()
            deeds[f"go_{name}"] = Deed(
                f"Go {side} to the Next Node, Frame or Note",
                (side,),
                lambda _, key=key: walk.go(key, is_adding=False),
            )
            deeds[f"add_{name}"] = Deed(
                f"Go {side} and Add the Node", (f"Shift+{side}",), lambda _, key=key: walk.go(key, is_adding=True)
            )
            deeds[f"nudge_{name}"] = Deed(
                f"Move the Selection {side}", (f"Alt+{side}",), partial(self._move_selected, key)
            )
        for key in SIDEWAYS:
            side = SIDES[key]
            words = f"Go {side} onto a Link, and on from It"
            deeds[f"link_{side.lower()}"] = Deed(words, (f"Ctrl+{side}",), lambda _, key=key: walk.along_link(key))
        into = Deed("Connect the Node, or Go into the Frame or Note", ("Return", "Enter"), lambda _: self.go_into())
        typed = Deed("Type a Layer to Add", ("Tab",), lambda _: self._canvas.add_at_cursor())
        return {**deeds, "go_into": into, "type_to_add": typed}

    def _move_selected(self, key: Qt.Key, event: QKeyEvent) -> None:
        if not event.isAutoRepeat():  # a key held down is one step
            self._nudge = new_gesture("nudge")
        graph, links = self._document.graph, self._canvas.canvas_scene.selected_links
        dx, dy = (SNAP * step for step in DIRECTIONS[key])
        places = {n: (graph.nodes[n].x + dx, graph.nodes[n].y + dy) for n in self._document.selection}
        if places:
            self._document.edit(graph.moved(places), "Move with the arrow keys", self._nudge)
        elif not self._canvas.commands.marking.move_selected(dx, dy, self._nudge) and links:
            moved = with_points_moved(graph, links, dx, dy)
            self._document.edit(moved, "Move the points of a link with the arrow keys", self._nudge)

    def go_into(self) -> None:
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
