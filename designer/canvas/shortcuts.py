"""Shortcuts: the keys of every command by its name, and what a user made of them."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QKeyCombination, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence

from designer.canvas.bindings import Bindings, Command


class Shortcuts(Bindings[Command]):
    """Knows every command that was made, and follows when its keys are changed."""

    def __init__(self) -> None:
        super().__init__("shortcuts")

    def bind(self, name: str, action: QAction, keys: Iterable[str] = (), words: str = "") -> None:
        """Gives an action the keys of a command, now and whenever they are changed."""
        words = words or action.text().replace("&", "").rstrip("…").strip()
        defaults = tuple(self.written(key) for key in keys)
        self._commands[name] = Command(name, self._commands.get(name, Command(name, words)).words, defaults)
        _Follower(name, action)

    def declare(self, name: str, words: str, *keys: str) -> None:
        """A command without an action: who does it asks :meth:`is_meant`."""
        self._commands[name] = Command(name, words, tuple(self.written(key) for key in keys))

    def is_meant(self, name: str, event: QKeyEvent) -> bool:
        """Whether a key that went down leads to a command."""
        pad = Qt.KeyboardModifier.KeypadModifier
        pressed = QKeySequence(QKeyCombination(event.modifiers() & ~pad, Qt.Key(event.key())))
        return pressed.toString() in self.keys_of(name)

    def told(self, name: str) -> str:
        """The first of its keys, for a sentence."""
        return self.spoken(name, self.keys_of(name)[:1])

    def written(self, key: str) -> str:
        return QKeySequence(key).toString()

    def spoken(self, name: str, keys: Iterable[str]) -> str:
        """``Ctrl+Z · Ctrl+Y``, as the system writes them."""
        native = QKeySequence.SequenceFormat.NativeText
        return " · ".join(QKeySequence(key).toString(native) for key in keys)


class _Follower(QObject):
    """Goes with its action, and gives it its keys."""

    def __init__(self, name: str, action: QAction) -> None:
        super().__init__(action)
        self._name, self._action = name, action
        shortcuts.changed.connect(self._follow)
        self._follow(name)

    def _follow(self, name: str) -> None:
        if name == self._name:
            self._action.setShortcuts([QKeySequence(key) for key in shortcuts.keys_of(name)])


RESET = "window_reset_a_setting"
shortcuts = Shortcuts()
shortcuts.declare(RESET, "Reset the Setting", "Ctrl+Backspace")
