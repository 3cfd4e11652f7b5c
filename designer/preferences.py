"""Preferences: what a user sets once for every network; each value with its kind, in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QSettings, Signal


@dataclass(frozen=True)
class Preference:
    """One value: where it is kept, what it is at first, and what it may be.

    ``choices`` are the words that it may be, ``low`` and ``high`` the ends of a whole number; neither: on or off,
    or any text, as the default is.
    """

    key: str
    default: bool | int | str
    choices: tuple[str, ...] = ()
    low: int = 0
    high: int = 0

    def sound(self, kept: Any) -> bool | int | str:
        """What was read from a settings file, which holds texts; the default where it makes no sense."""
        if isinstance(self.default, bool):
            return {"true": True, "false": False}.get(str(kept).lower(), self.default)
        if isinstance(self.default, int):
            is_whole = str(kept).isdecimal() and self.low <= int(kept) <= self.high
            return int(kept) if is_whole else self.default
        text = str(kept)
        return text if not self.choices or text in self.choices else self.default


ACCENT = Preference("window/accent", "blue", ("blue", "green", "violet", "orange", "pink", "grey"))
TEXT = Preference("window/text", 12, low=10, high=18)
GRID = Preference("canvas/grid", True)
SNAP = Preference("canvas/snap", True)
THUMBNAILS = Preference("canvas/thumbnails", False)
KEEP_STEPS = Preference("files/keep_steps", True)
VERSIONS = Preference("files/versions", 10, low=0, high=100)
RUNS_FOLDER = Preference("runs/folder", "")
DEVICE = Preference("runs/device", "auto", ("auto", "cpu", "cuda"))
HINTS = Preference("window/hints", True)
HINTS_DONE = Preference("window/hints_done", "")


class Preferences(QObject):
    """Reads each value once; ``changed`` tells the key of one that was set."""

    changed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[str, bool | int | str] = {}

    def value(self, preference: Preference) -> Any:
        known = self._known.get(preference.key)
        if known is None:
            kept = QSettings().value(preference.key)
            known = self._known[preference.key] = preference.default if kept is None else preference.sound(kept)
        return known

    def set(self, preference: Preference, value: bool | int | str) -> None:
        if value != self.value(preference):
            self._known[preference.key] = value
            QSettings().setValue(preference.key, value)
            self.changed.emit(preference.key)

    def forget(self) -> None:
        """Reads the settings file anew."""
        self._known.clear()


preferences = Preferences()
