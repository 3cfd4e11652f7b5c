"""Command search: every menu entry, every layer to add and every node to go to, found by a few words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from designer.chooser import Chooser, Option
from designer.library_section import library_entries
from designer.palette_entries import FAMILY_TITLES, Entry, entries, found

if TYPE_CHECKING:
    from designer.main_window import MainWindow

MOST = 60


def search_commands(window: MainWindow) -> Chooser:
    """Opens the search over a window."""
    finder = Finder(window)
    chooser = Chooser(window, "Search commands, layers and nodes", finder.find)
    chooser.closed.connect(window.canvas.setFocus)
    chooser.open_above()
    return chooser


class Finder:
    """What can be chosen, gathered once when the search is opened."""

    def __init__(self, window: MainWindow) -> None:
        self._options: dict[str, Option] = {}
        self._entries: list[Entry] = []
        for words, action in _actions(window.top_bar.menus):
            self._add(words, "", _spoken(action.shortcut()), "", action.trigger)
        self._commands = len(self._entries)
        for node in window.document.graph.nodes:
            kind = window.document.graph.nodes[node].settings
            self._add(f"Go to {node}", kind.torch_name, kind.torch_name, kind.family, partial(window.show_node, node))
        for entry in (*entries(), *library_entries()):
            act = partial(window.add_node, entry.key)
            also = (*entry.also, entry.title, entry.name)
            self._add(
                f"Add {entry.name}", entry.key, FAMILY_TITLES.get(entry.family, "Block"), entry.family, act, also
            )

    def find(self, text: str) -> list[Option]:
        """What matches, best first; all commands of the menus without words."""
        matches = found(self._entries, text)[:MOST] if text else self._entries[: self._commands]
        return [self._options[entry.key] for entry in matches]

    def _add(
        self,
        words: str,
        title: str,
        note: str,
        family: str,
        act: Callable[[], object],
        also: tuple[str, ...] = (),
    ) -> None:
        key = str(len(self._entries))
        self._options[key] = Option(words, act, note, family)
        self._entries.append(Entry(key, words, title, family, "", also))


def _actions(menus: QMenuBar | QMenu, before: str = "") -> Iterator[tuple[str, QAction]]:
    """Every action that can be done now, with the words of the menus that lead there."""
    for action in menus.actions():
        words = action.text().replace("&", "").rstrip("…")
        inner = action.menu()
        if isinstance(inner, QMenu):
            inner.aboutToShow.emit()  # some are filled when they are opened
            yield from _actions(inner, f"{before}{words} › ")
        elif words and action.isEnabled() and not action.isSeparator():
            yield f"{before}{words}", action


def _spoken(shortcut: QKeySequence) -> str:
    return shortcut.toString(QKeySequence.SequenceFormat.NativeText)
