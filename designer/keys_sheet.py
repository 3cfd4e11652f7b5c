"""The sheet behind "?": every gesture and every key, from the tables by which they work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence
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
    ("Wheel · pinch", "zoom at the cursor"),
    ("Middle drag · Space+drag · Alt+drag · two fingers", "move what is seen"),
    ("Drag on nothing", "select in a box; Shift adds, Ctrl toggles"),
    ("Click · Shift+click · Ctrl+click", "select · add · toggle: nodes and links"),
    ("Double click on nothing", "type a layer to add there"),
    ("Double click on a link", "lead it through that point"),
    ("Double click on a block, a frame's title, a note", "go inside · rename it · write in it"),
    ("Drag from port to port", "connect; what does not fit says why at the cursor"),
    ("Drag from a port to nothing", "list what fits there, and join it"),
    ("Drag from a wired input", "take the link elsewhere, or off"),
    ("Ctrl+drag from an output", "take all its links to another output"),
    ("Alt+click on a link or a port", "cut it, or all its links"),
    ("Ctrl+right stroke", "cut every link that it crosses"),
    ("Shift+right stroke", "lead links through a point; drag it elsewhere, Alt+click takes it away"),
    ("Drag a loose node on a link", "put it between; the neighbours make room"),
    ("Drag a node · with Ctrl", "on the grid and level with others · freely"),
    ("Drag a frame's title", "move all its nodes"),
    ("Drag nodes into a frame", "it holds them from then on"),
)
ALWAYS = (
    ("Tab", "type a layer to add at the cursor; Shift+Tab goes back a panel"),
    ("Arrows · Shift+arrows", "go from node to node · and add it to what is selected"),
    ("Alt+arrows", "move what is selected by half a grid step"),
    ("Enter", "connect the selected node: arrows choose, Tab turns through ports, Enter joins"),
    ("Escape", "give up what is under way, then select nothing, then leave the block"),
)


class Line(NamedTuple):
    """One line of the sheet."""

    group: str
    keys: str
    what: str


def lines() -> Iterator[Line]:
    """All of them, with the keys that commands have now."""
    yield from (Line(MOUSE, keys, what) for keys, what in GESTURES)
    yield from (Line(FIXED, keys, what) for keys, what in ALWAYS)
    for command in shortcuts.commands():
        group = WINDOW if command.name.startswith("window_") else CANVAS
        yield Line(group, spoken(shortcuts.keys_of(command.name)), command.words)


def spoken(keys: tuple[str, ...]) -> str:
    """``Ctrl+Z · Ctrl+Y``, as the system writes them."""
    native = QKeySequence.SequenceFormat.NativeText
    return " · ".join(QKeySequence(key).toString(native) for key in keys)


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
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 20)
        layout.setSpacing(12)
        layout.addWidget(label("Keys and gestures", "title"))
        layout.addWidget(self.field)
        layout.addWidget(self.tree)
        layout.addWidget(label("Edit > Preferences > Keys gives commands other keys.", "secondary"))
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
