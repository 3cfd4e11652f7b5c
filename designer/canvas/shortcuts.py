"""Shortcuts: the keys of every command by its name, and what a user made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtGui import QAction, QKeySequence

FOLDER, BETWEEN = "shortcuts", " | "


@dataclass(frozen=True)
class Command:
    """A command that keys can lead to: its name, its words in the menus, and the keys it has at first."""

    name: str
    words: str
    defaults: tuple[str, ...] = ()


class Shortcuts(QObject):
    """Knows every command that was made, and follows when its keys are changed."""

    changed = Signal(str)  # name

    def __init__(self) -> None:
        super().__init__()
        self._commands: dict[str, Command] = {}

    def bind(self, name: str, action: QAction, keys: Iterable[str] = (), words: str = "") -> None:
        """Gives an action the keys of a command, now and whenever they are changed."""
        words = words or action.text().replace("&", "").rstrip("…").strip()
        defaults = tuple(QKeySequence(key).toString() for key in keys)
        self._commands[name] = Command(name, self._commands.get(name, Command(name, words)).words, defaults)
        _Follower(name, action)

    def commands(self) -> tuple[Command, ...]:
        return tuple(self._commands.values())

    def keys_of(self, name: str) -> tuple[str, ...]:
        """The keys that lead to a command now."""
        kept = QSettings().value(f"{FOLDER}/{name}")
        if kept is None:
            known = self._commands.get(name)
            return known.defaults if known else ()
        return tuple(key for key in str(kept).split(BETWEEN) if key)

    def is_changed(self, name: str) -> bool:
        return QSettings().contains(f"{FOLDER}/{name}")

    def holder(self, key: str, name: str = "") -> str:
        """The words of another command that has a key already; empty where it is free."""
        wanted = QKeySequence(key).toString()
        others = (one for one in self._commands.values() if one.name != name and wanted in self.keys_of(one.name))
        return next((one.words for one in others), "")

    def set_keys(self, name: str, keys: Iterable[str]) -> None:
        """Gives a command other keys; a command that had one of them loses it."""
        wanted = tuple(QKeySequence(key).toString() for key in keys)
        for other in self._commands.values():
            held = self.keys_of(other.name)
            if other.name != name and set(held) & set(wanted):
                self._keep(other.name, tuple(key for key in held if key not in wanted))
        self._keep(name, wanted)

    def reset(self, name: str = "") -> None:
        """Gives a command, or every one, the keys it had at first."""
        for one in [name] if name else list(self._commands):
            QSettings().remove(f"{FOLDER}/{one}")
            self.changed.emit(one)

    def _keep(self, name: str, keys: tuple[str, ...]) -> None:
        QSettings().setValue(f"{FOLDER}/{name}", BETWEEN.join(keys))
        self.changed.emit(name)


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


shortcuts = Shortcuts()
