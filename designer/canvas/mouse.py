"""Mouse: which button, with which keys held, begins each gesture; and what a user made of them.

A combination is written ``Ctrl+Right``: the keys held, in one order, then a button or the wheel.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt

from designer.canvas.bindings import Bindings, Command

How = Literal["drag", "click", "double", "wheel"]
Spot = Literal["nothing", "node", "port", "link", "mark"]  # what a gesture begins on; marks: notes, titles of frames
ANYWHERE: tuple[Spot, ...] = ("nothing", "node", "port", "link", "mark")
WHEEL = "Wheel"
BUTTONS = {
    Qt.MouseButton.LeftButton: "Left",
    Qt.MouseButton.MiddleButton: "Middle",
    Qt.MouseButton.RightButton: "Right",
    Qt.MouseButton.BackButton: "Back",
    Qt.MouseButton.ForwardButton: "Forward",
}
MODIFIERS = {
    "Ctrl": Qt.KeyboardModifier.ControlModifier,
    "Alt": Qt.KeyboardModifier.AltModifier,
    "Shift": Qt.KeyboardModifier.ShiftModifier,
}
SPACE = "Space"
HELD = ("", "Shift", "Ctrl", "Alt", SPACE, "Ctrl+Shift", "Ctrl+Alt", "Alt+Shift")


@dataclass(frozen=True)
class MouseGesture(Command):
    """A gesture: what is done with the button, and on what it begins."""

    how: How = "drag"
    spots: tuple[Spot, ...] = ANYWHERE
    on: str = ""  # the same in words
    act: str = ""  # what is done in words, where the kind does not say it


BESIDE_PORTS: tuple[Spot, ...] = ("nothing", "node", "link", "mark")
CLICK = "click or drag"
GESTURES = (
    MouseGesture("pan", "Move what is seen", ("Middle", "Space+Left", "Alt+Left")),
    MouseGesture("zoom_drag", "Zoom: up is nearer", ("Ctrl+Middle",)),
    MouseGesture("select", "Select, on nothing in a box; move it", ("Left",), "drag", BESIDE_PORTS, act=CLICK),
    MouseGesture("add_to", "Add to what is selected", ("Shift+Left",), "drag", BESIDE_PORTS, act=CLICK),
    MouseGesture("toggle", "Take into what is selected, or out", ("Ctrl+Left",), "drag", BESIDE_PORTS, act=CLICK),
    MouseGesture(
        "join", "Connect; let go on nothing, list what fits", ("Left", "Shift+Left"), "drag", ("port",), "from a port"
    ),
    MouseGesture(
        "move_links", "Take all links to another output", ("Ctrl+Left",), "drag", ("port",), "from an output"
    ),
    MouseGesture(
        "cut", "Cut a link, or all of a port", ("Alt+Left",), "click", ("link", "port"), "on a link or a port"
    ),
    MouseGesture("cut_stroke", "Cut every link that is crossed", ("Ctrl+Right",)),
    MouseGesture("bend_stroke", "Lead links that are crossed through a point", ("Shift+Right",)),
    MouseGesture("add", "Type a layer to add", ("Left",), "double", ("nothing",), "on nothing"),
    MouseGesture("lead", "Lead a link through a point", ("Left",), "double", ("link",), "on a link"),
    MouseGesture(
        "open",
        "Go inside, rename a frame, write in a note",
        ("Left",),
        "double",
        ("node", "mark"),
        "on it",
    ),
    MouseGesture("zoom", "Zoom at the cursor", ("Wheel", "Ctrl+Wheel"), "wheel"),
    MouseGesture("scroll", "Move what is seen up and down", (), "wheel"),
    MouseGesture("scroll_across", "Move what is seen sideways", ("Shift+Wheel",), "wheel"),
)
WORDS: dict[How, str] = {"drag": "drag", "click": "click", "double": "double click", "wheel": ""}


class Mouse(Bindings[MouseGesture]):
    """The gestures of the canvas."""

    def __init__(self) -> None:
        super().__init__("mouse", GESTURES)
        self._known: dict[tuple[How, str, Spot], str] = {}
        self.changed.connect(lambda _name: self._known.clear())

    def found(self, how: How, combination: str, spot: Spot) -> str:
        """The name of the gesture that a combination means there; empty where it means none."""
        key = how, combination, spot
        if key not in self._known:
            asked = (one for one in GESTURES if one.how == how and spot in one.spots)
            self._known[key] = next((one.name for one in asked if combination in self.keys_of(one.name)), "")
        return self._known[key]

    def spoken(self, name: str, keys: Iterable[str]) -> str:
        """``Alt+click on a link or a port``: the left button goes without saying."""
        one = self._commands[name]
        said = " · ".join(_spoken(key, one.act or WORDS[one.how]) for key in keys)
        return f"{said} {one.on}".strip() if said else ""

    def _clash(self, one: str, other: str) -> bool:
        a, b = self._commands[one], self._commands[other]
        return a.how == b.how and not set(a.spots).isdisjoint(b.spots)


def combination(button: str, keys: Qt.KeyboardModifier, *, is_space_down: bool = False) -> str:
    """How a button, or the wheel, is written with the keys that are held."""
    held = [SPACE] if is_space_down else []
    held += [name for name, modifier in MODIFIERS.items() if keys & modifier]
    return "+".join((*held, button))


def _spoken(key: str, act: str) -> str:
    *held, button = key.split("+")
    word = act if button == "Left" else f"{button.lower()} {act}".strip()
    said = "+".join((*held, word))
    return said[0].upper() + said[1:]


mouse = Mouse()
