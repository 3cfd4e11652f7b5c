"""What the pages of the preferences share on which commands are given other keys, and gestures other buttons."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from designer.canvas.bindings import Bindings
from designer.keys_sheet import ROW
from designer.widgets import button, label

NAME = Qt.ItemDataRole.UserRole


class BindingPage(QWidget):
    """All commands with what leads to them; the one chosen takes what is in the field below.

    A page gives the field and tells of its changes by ``_judge``.
    """

    def __init__(self, bindings: Bindings[Any], what: str, keys: str) -> None:
        """``what`` is listed (a command, a gesture), ``keys`` is what leads to it."""
        super().__init__()
        self._bindings, self._what, self._keys = bindings, what, keys
        self.find = QLineEdit()
        self.find.setPlaceholderText(f"Find a {what}")
        self.find.setAccessibleName(f"Find a {what}")
        self.find.textChanged.connect(self._narrow)
        self.tree = QTreeWidget()
        self.tree.setAccessibleName(f"{what.capitalize()}s and their {keys}")
        self.tree.setHeaderLabels([what.capitalize(), keys.capitalize()])
        self.tree.setRootIsDecorated(False)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.told = label(role="secondary", wrap=True)
        self.take = button("Set", self._set)
        self.add = button("Add", self._add, tip=f"Leads to it beside its other {keys}")
        self.reset = button("As at First", self._reset, tip=f"Gives it the {keys} it had at first")
        self.reset_all = button("All as at First", lambda: bindings.reset())
        self.tree.currentItemChanged.connect(lambda *_: self._show_chosen())
        bindings.changed.connect(self._fill)
        self._lay_out(self._make_field())
        self._fill()

    # --- what a page gives

    def _make_field(self) -> QWidget:
        """The field for what is to lead to the command chosen."""
        raise NotImplementedError

    def _wanted(self) -> str:
        """What the field holds."""
        raise NotImplementedError

    def _put(self, key: str) -> None:
        """Shows in the field what leads to the command chosen."""
        raise NotImplementedError

    # --- what is the same in all

    @property
    def chosen(self) -> str:
        """The name of the command that is chosen; empty without one."""
        item = self.tree.currentItem()
        return str(item.data(0, NAME)) if item is not None else ""

    def choose(self, name: str) -> None:
        for item in self._items():
            if item.data(0, NAME) == name:
                self.tree.setCurrentItem(item)

    def _lay_out(self, field: QWidget) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(field, 1)
        below = QHBoxLayout()
        below.setSpacing(8)
        for one in (self.take, self.add, self.reset, self.reset_all):
            one.setAutoDefault(False)
        row.addWidget(self.take)
        row.addWidget(self.add)
        below.addStretch()
        below.addWidget(self.reset)
        below.addWidget(self.reset_all)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 16, 0, 8)
        layout.setSpacing(8)
        for part in (self.find, self.tree):
            layout.addWidget(part)
        layout.addLayout(row)
        layout.addWidget(self.told)
        layout.addLayout(below)
        self.tree.setMinimumHeight(13 * ROW)

    def _fill(self, _changed: str = "") -> None:
        chosen = self.chosen
        self.tree.clear()
        for command in sorted(self._bindings.commands(), key=lambda one: one.words.lower()):
            keys = self._bindings.keys_of(command.name)
            item = QTreeWidgetItem(self.tree, [command.words, self._bindings.spoken(command.name, keys) or "–"])
            item.setData(0, NAME, command.name)
            item.setSizeHint(0, QSize(0, ROW))
            if self._bindings.is_changed(command.name):
                font = item.font(1)
                font.setBold(True)
                item.setFont(1, font)
        self._narrow(self.find.text())
        self.tree.resizeColumnToContents(1)
        self.choose(chosen)
        self._show_chosen()

    def _show_chosen(self) -> None:
        self._put(next(iter(self._bindings.keys_of(self.chosen)), "") if self.chosen else "")
        self._judge()

    def _judge(self) -> None:
        """Says who has it already."""
        name, wanted = self.chosen, self._wanted()
        held = self._bindings.keys_of(name) if name else ()
        losers = self._bindings.holders(wanted, name) if name and wanted else ()
        self.take.setEnabled(bool(name) and held != ((wanted,) if wanted else ()))
        self.take.setText("Take It" if losers else "Set")
        self.add.setEnabled(bool(name and held and wanted) and wanted not in held)
        self.reset.setEnabled(bool(name) and self._bindings.is_changed(name))
        self.told.setText(self._loss(wanted, losers) if losers else "")

    def _loss(self, wanted: str, losers: tuple[str, ...]) -> str:
        """What taking it costs, in a sentence."""
        shown = self._bindings.spoken(self.chosen, [wanted])
        others = " and ".join(f"“{words}”" for words in losers)
        emptied = [
            command.words
            for command in self._bindings.commands()
            if command.words in losers and self._bindings.keys_of(command.name) == (wanted,)
        ]
        left = f" Then nothing leads to {' and '.join(f'“{words}”' for words in emptied)}." if emptied else ""
        return f"{shown} leads to {others} now. Taken, it no longer does.{left}"

    def _set(self) -> None:
        if self.chosen:
            wanted = self._wanted()
            self._bindings.set_keys(self.chosen, (wanted,) if wanted else ())

    def _add(self) -> None:
        if self.chosen:
            self._bindings.set_keys(self.chosen, (*self._bindings.keys_of(self.chosen), self._wanted()))

    def _reset(self) -> None:
        if self.chosen:
            self._bindings.reset(self.chosen)

    def _narrow(self, text: str) -> None:
        words = text.lower().split()
        for item in self._items():
            item.setHidden(not all(word in f"{item.text(0)} {item.text(1)}".lower() for word in words))

    def _items(self) -> list[QTreeWidgetItem]:
        root = self.tree.invisibleRootItem()
        return [root.child(number) for number in range(root.childCount())]
