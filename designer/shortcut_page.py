"""The page of the preferences on which commands are given other keys."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from designer.canvas.shortcuts import shortcuts
from designer.keys_sheet import ROW, spoken
from designer.widgets import button, label

NAME = Qt.ItemDataRole.UserRole


class ShortcutPage(QWidget):
    """All commands with their keys; the one chosen takes the keys that are pressed in the field below."""

    def __init__(self) -> None:
        super().__init__()
        self.find = QLineEdit()
        self.find.setPlaceholderText("Find a command")
        self.find.setAccessibleName("Find a command")
        self.find.textChanged.connect(self._narrow)
        self.tree = QTreeWidget()
        self.tree.setAccessibleName("Commands and their keys")
        self.tree.setHeaderLabels(["Command", "Keys"])
        self.tree.setRootIsDecorated(False)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.keys = QKeySequenceEdit()
        self.keys.setMaximumSequenceLength(1)
        self.keys.setAccessibleName("New keys of the command")
        self.keys.keySequenceChanged.connect(lambda _keys: self._judge())
        self.told = label(role="secondary", wrap=True)
        self.take = button("Set", self._set)
        self.reset = button("Back to the First Keys", self._reset)
        self.reset_all = button("All Back", lambda: shortcuts.reset())
        self.tree.currentItemChanged.connect(lambda *_: self._show_chosen())
        shortcuts.changed.connect(self._fill)
        self._lay_out()
        self._fill()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.keys, 1)
        for one in (self.take, self.reset, self.reset_all):
            one.setAutoDefault(False)
            row.addWidget(one)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 16, 0, 8)
        layout.setSpacing(8)
        for part in (self.find, self.tree):
            layout.addWidget(part)
        layout.addLayout(row)
        layout.addWidget(self.told)

    @property
    def chosen(self) -> str:
        """The name of the command that is chosen; empty without one."""
        item = self.tree.currentItem()
        return str(item.data(0, NAME)) if item is not None else ""

    def choose(self, name: str) -> None:
        for item in self._items():
            if item.data(0, NAME) == name:
                self.tree.setCurrentItem(item)

    def _fill(self, _changed: str = "") -> None:
        chosen = self.chosen
        self.tree.clear()
        for command in sorted(shortcuts.commands(), key=lambda one: one.words.lower()):
            item = QTreeWidgetItem(self.tree, [command.words, spoken(shortcuts.keys_of(command.name))])
            item.setData(0, NAME, command.name)
            item.setSizeHint(0, QSize(0, ROW))
            if shortcuts.is_changed(command.name):
                font = item.font(1)
                font.setBold(True)
                item.setFont(1, font)
        self._narrow(self.find.text())
        self.choose(chosen)
        self._show_chosen()

    def _show_chosen(self) -> None:
        keys = shortcuts.keys_of(self.chosen) if self.chosen else ()
        self.keys.setEnabled(bool(self.chosen))
        self.keys.setKeySequence(QKeySequence(keys[0] if keys else ""))
        self._judge()

    def _judge(self) -> None:
        """Says who has these keys."""
        name, keys = self.chosen, self.keys.keySequence().toString()
        is_new = bool(name) and shortcuts.keys_of(name) != ((keys,) if keys else ())
        holder = shortcuts.holder(keys, name) if keys else ""
        self.take.setEnabled(is_new)
        self.take.setText("Take Them" if holder else "Set")
        self.reset.setEnabled(bool(name) and shortcuts.is_changed(name))
        shown = self.keys.keySequence().toString(QKeySequence.SequenceFormat.NativeText)
        self.told.setText(f"{shown} leads to “{holder}” now. Taken, that is left without." if holder else "")

    def _set(self) -> None:
        keys = self.keys.keySequence().toString()
        if self.chosen:
            shortcuts.set_keys(self.chosen, (keys,) if keys else ())

    def _reset(self) -> None:
        if self.chosen:
            shortcuts.reset(self.chosen)

    def _narrow(self, text: str) -> None:
        words = text.lower().split()
        for item in self._items():
            item.setHidden(not all(word in f"{item.text(0)} {item.text(1)}".lower() for word in words))

    def _items(self) -> list[QTreeWidgetItem]:
        root = self.tree.invisibleRootItem()
        return [root.child(number) for number in range(root.childCount())]
