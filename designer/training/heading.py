"""Heading: the name of what a plot shows, and a menu where it can show something else."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QPushButton

from runtime.stopping import words_of


class Heading(QPushButton):
    """A plain word while there is no choice."""

    chosen = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = self.wanted = name
        self.names: tuple[str, ...] = (name,)
        self._menu = QMenu(self)
        self.setProperty("role", "link")
        self.clicked.connect(self._open)
        self._say()

    def offer(self, names: Sequence[str]) -> None:
        """What there is to choose from; the first where what was wanted is not among them."""
        if not names or tuple(names) == self.names:
            return
        self.names = tuple(names)
        self._menu.clear()
        group = QActionGroup(self._menu)
        for name in names:
            action = QAction(title_of(name), self._menu, checkable=True, checked=name == self.name)
            action.triggered.connect(partial(self.choose, name))
            group.addAction(action)
            self._menu.addAction(action)
        self.name = self.wanted if self.wanted in names else names[0]
        self.menu_actions()[names.index(self.name)].setChecked(True)
        self._say()

    def want(self, name: str) -> None:
        """Shows it as soon as it is offered."""
        self.wanted = name

    def choose(self, name: str, _is_checked: bool = True) -> None:
        self.name = self.wanted = name
        self.menu_actions()[self.names.index(name)].setChecked(True)
        self._say()
        self.chosen.emit(name)

    def menu_actions(self) -> list[QAction]:
        return self._menu.actions()

    def _open(self) -> None:
        if len(self.names) > 1:
            self._menu.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def _say(self) -> None:
        has_choice = len(self.names) > 1
        self.setText(f"{title_of(self.name)}{'  ▾' if has_choice else ''}")
        self.setEnabled(has_choice)
        self.setToolTip("Show another metric" if has_choice else "")
        self.setAccessibleName(f"{title_of(self.name)}, choose another metric" if has_choice else title_of(self.name))


def title_of(name: str) -> str:
    """A metric as it stands over its curves."""
    words = words_of(name)
    return words[0].upper() + words[1:]
