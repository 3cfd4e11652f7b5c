"""Bindings: what leads to each command, at first and as a user chose it; kept in the settings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, QSettings, Signal

BETWEEN = " | "


@dataclass(frozen=True)
class Command:
    """What can be done: its name, its words in the menus, and what leads to it at first."""

    name: str
    words: str
    defaults: tuple[str, ...] = ()


Bound = TypeVar("Bound", bound=Command)


class Bindings(QObject, Generic[Bound]):
    """Commands with their keys, or gestures with their mouse buttons. ``changed`` tells the name of one."""

    changed = Signal(str)

    def __init__(self, folder: str, commands: Iterable[Bound] = ()) -> None:
        super().__init__()
        self._folder = folder
        self._commands: dict[str, Bound] = {command.name: command for command in commands}

    def commands(self) -> tuple[Bound, ...]:
        return tuple(self._commands.values())

    def keys_of(self, name: str) -> tuple[str, ...]:
        """What leads to a command now."""
        kept = QSettings().value(f"{self._folder}/{name}")
        if kept is None:
            known = self._commands.get(name)
            return known.defaults if known else ()
        return tuple(key for key in str(kept).split(BETWEEN) if key)

    def is_changed(self, name: str) -> bool:
        return QSettings().contains(f"{self._folder}/{name}")

    def holders(self, key: str, name: str = "") -> tuple[str, ...]:
        """The words of the other commands that would lose a key, were it given to this one."""
        wanted = self.written(key)
        rivals = (one for one in self._commands.values() if one.name != name and self._clash(one.name, name))
        return tuple(one.words for one in rivals if wanted in self.keys_of(one.name))

    def set_keys(self, name: str, keys: Iterable[str]) -> None:
        """Gives a command other keys; a command that had one of them loses it."""
        wanted = tuple(dict.fromkeys(self.written(key) for key in keys))
        for other in self._commands.values():
            held = self.keys_of(other.name)
            if other.name != name and self._clash(other.name, name) and set(held) & set(wanted):
                self._keep(other.name, tuple(key for key in held if key not in wanted))
        self._keep(name, wanted)

    def reset(self, name: str = "") -> None:
        """Gives a command, or every one, the keys it had at first."""
        for one in [name] if name else list(self._commands):
            if self.is_changed(one):
                QSettings().remove(f"{self._folder}/{one}")
                self.changed.emit(one)

    def written(self, key: str) -> str:
        """A key as it is kept."""
        return key

    def spoken(self, name: str, keys: Iterable[str]) -> str:
        """Keys as they are shown for a command."""
        return " · ".join(keys)

    def _clash(self, one: str, other: str) -> bool:
        """Whether two commands cannot have the same keys."""
        return True

    def _keep(self, name: str, keys: tuple[str, ...]) -> None:
        QSettings().setValue(f"{self._folder}/{name}", BETWEEN.join(keys))
        self.changed.emit(name)
