"""The sheet behind "?": every gesture and every key, from the tables by which they work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from designer import theme
from designer.canvas.mouse import mouse
from designer.canvas.shortcuts import shortcuts
from designer.widgets import button, label

ROW = 22  # px
MOUSE, FIXED, CANVAS, WINDOW = (
    "Mouse and fingers",
    "Keys that are always so",
    "Keys on the canvas",
    "Keys of the window",
)
GESTURES = (
    ("Pinch · two fingers", "Zoom · move what is seen"),
    ("Drag from a wired input", "Take the link elsewhere, or off"),
    ("Drag a loose node on a link", "Put it between; the neighbours make room"),
    ("Drag a node · with Ctrl", "On the grid and level with others · freely"),
    ("Drag a frame's title", "Move all its nodes"),
    ("Drag nodes into a frame", "It holds them from then on"),
    ("Drag a file on the window", "Open a network, watch a run, choose data"),
)
ALWAYS = (
    ("While a node is connected", "Arrows choose the other, Tab turns through ports, Enter joins"),
    ("While a link is selected", "Left and Right go to its ends, Up and Down to the links beside it"),
    ("Shift+Tab", "Go back a panel"),
    ("Escape", "Give up what is under way, then select nothing, then leave the block"),
)


class Line(NamedTuple):
    """One line of the sheet."""

    group: str
    keys: str
    what: str


def lines() -> Iterator[Line]:
    """All of them, with the keys that commands have now."""
    yield from (Line(MOUSE, mouse.spoken(one.name, mouse.keys_of(one.name)), one.words) for one in mouse.commands())
    yield from (Line(MOUSE, keys, what) for keys, what in GESTURES)
    yield from (Line(FIXED, keys, what) for keys, what in ALWAYS)
    for command in shortcuts.commands():
        group = WINDOW if command.name.startswith("window_") else CANVAS
        keys = shortcuts.spoken(command.name, shortcuts.keys_of(command.name))
        yield Line(group, keys, command.words)


class KeysSheet(QDialog):
    """A list in groups with a field that narrows it; it stays open beside the drawing."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keys and gestures")
        self.field = QLineEdit()
        self.field.setPlaceholderText("Find a key or what it does")
        self.field.setAccessibleName("Find a key or what it does")
        self.field.textChanged.connect(self._narrow)
        self.tree = QTreeWidget()
        self.tree.setAccessibleName("Keys and gestures")
        self.tree.setColumnCount(2)
        self.tree.setHeaderHidden(True)
        self.tree.setIndentation(12)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self._fill()
        shortcuts.changed.connect(self._fill)
        mouse.changed.connect(self._fill)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 20)
        layout.setSpacing(12)
        layout.addWidget(label("Keys and gestures", "title"))
        layout.addWidget(self.field)
        layout.addWidget(self.tree)
        layout.addWidget(
            label("Edit > Preferences gives commands other keys, and gestures other buttons.", "secondary")
        )
        layout.addWidget(button("Close", self.accept), alignment=Qt.AlignmentFlag.AlignRight)
        self.resize(900, 680)

    def _fill(self, _name: str = "") -> None:
        self.tree.clear()
        groups: dict[str, QTreeWidgetItem] = {}
        for line in lines():
            group = groups.get(line.group)
            if group is None:
                group = groups[line.group] = QTreeWidgetItem(self.tree, [line.group])
                group.setFirstColumnSpanned(True)
                group.setSizeHint(1, QSize(0, ROW + 8))
                group.setExpanded(True)
            item = QTreeWidgetItem(group, [line.keys or "–", line.what])
            item.setSizeHint(1, QSize(0, ROW))
            item.setFont(0, theme.mono_font())
        self._narrow(self.field.text())

    def _narrow(self, text: str) -> None:
        """Shows only lines that have all the words."""
        words = text.lower().split()
        for group in self._items(self.tree.invisibleRootItem()):
            shown = 0
            for item in self._items(group):
                has_all = all(word in f"{item.text(0)} {item.text(1)}".lower() for word in words)
                item.setHidden(not has_all)
                shown += has_all
            group.setHidden(not shown)

    @staticmethod
    def _items(parent: QTreeWidgetItem) -> list[QTreeWidgetItem]:
        return [parent.child(number) for number in range(parent.childCount())]


def show_keys(parent: QWidget) -> KeysSheet:
    """Opens the sheet, or brings it to the front."""
    found = parent.findChild(KeysSheet)
    sheet = found if isinstance(found, KeysSheet) else KeysSheet(parent)
    sheet.show()
    sheet.raise_()
    sheet.field.setFocus()
    return sheet
