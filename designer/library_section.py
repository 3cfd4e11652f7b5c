"""What the palette shows of the library, and what can be done with a block of one's own."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QInputDialog,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from designer import dialogs
from designer.library import PREFIX, SHELVES, KeptBlock, find_block, keep, kept_blocks, path_for, remove, rename
from designer.palette_entries import Entry
from designer.widgets import label
from nodes.block import Block
from nodes.graph.files import NetworkFileError
from nodes.graph.model import Node
from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape, ShapeError

SECTIONS = {"ready": "blocks", "own": "library"}
WIDTH = 72  # signs in a line of a tip
REPLACE, REMOVE, CANCEL = "Replace it", "Remove it", "Cancel"


class LibraryChanges(QObject):
    """Says that a block was kept, renamed or removed."""

    changed = Signal()


library_changes = LibraryChanges()


def library_entries() -> tuple[Entry, ...]:
    """The ready blocks and those of one's own, as the palette lists them."""
    return tuple(_entry(kept) for shelf in SHELVES for kept in kept_blocks(shelf))


def entries_after(arriving: Shape) -> list[tuple[Entry, str]]:
    """The blocks with one input that take a value, each with its port."""
    found = []
    for kept in (kept for shelf in SHELVES for kept in kept_blocks(shelf)):
        node = kept.made_for(arriving)
        ports = node.settings.inputs() if node is not None else ()
        if node is not None and len(ports) == 1 and _takes(node.settings, arriving):
            found.append((_entry(kept), ports[0].name))
    return found


def _takes(settings: NodeType, arriving: Shape) -> bool:
    try:
        settings.shape(arriving)
    except ShapeError:
        return False
    return True


def _entry(kept: KeptBlock) -> Entry:
    words = kept.fault or kept.notes or "A block from your library."
    return Entry(
        key=kept.key,
        name=f"{kept.title} (cannot be placed)" if kept.fault else kept.title,
        title=kept.title,
        family="block",
        section=SECTIONS[kept.shelf],
        headline=textwrap.fill(words.rstrip("."), WIDTH),
        doc=kept.notes,
    )


def add_library_actions(menu: QMenu, key: str, parent: QWidget) -> None:
    """Rename and remove, for a block of one's own."""
    kept = find_block(key) if key.startswith(f"{PREFIX}own/") else None
    if kept is not None:
        if kept.node is not None:
            menu.addAction("Rename…", lambda: ask_rename(kept, parent))
        menu.addAction("Remove…", lambda: ask_remove(kept, parent))


def ask_rename(kept: KeptBlock, parent: QWidget) -> None:
    title, accepted = QInputDialog.getText(parent, "Rename the Block", "Name:", text=kept.title)
    if accepted and title.strip() != kept.title:
        _do(parent, lambda: rename(kept, title.strip()))


def ask_remove(kept: KeptBlock, parent: QWidget) -> None:
    remedy = "Networks that use it keep their copies. Its file is deleted."
    fact = f"Remove {kept.title} from your library?"
    if dialogs.ask(parent, fact, remedy, (REMOVE, CANCEL)) == REMOVE:
        _do(parent, lambda: remove(kept))


def save_block(node: Node, parent: QWidget) -> str:
    """Asks for name and notes and keeps a block in the library. Returns its title, empty where nothing was kept."""
    assert isinstance(node.settings, Block)
    dialog = SaveBlockDialog(node.settings.name, parent)
    if dialog.exec() != QDialog.DialogCode.Accepted:
        return ""
    title, notes = dialog.title.text().strip(), dialog.notes.toPlainText().strip()
    if path_for(title).exists():
        fact = f"There is a block {path_for(title).stem} in your library already."
        if dialogs.ask(parent, fact, "Replace it with this one?", (REPLACE, CANCEL)) == CANCEL:
            return ""
    return title if _do(parent, lambda: keep(title, node, notes)) else ""


class SaveBlockDialog(QDialog):
    """Name and notes of a block that goes into the library."""

    def __init__(self, name: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Save to Library")
        self.title = QLineEdit(name)
        self.title.setAccessibleName("Name of the block")
        self.title.selectAll()
        self.notes = QPlainTextEdit()
        self.notes.setAccessibleName("Notes")
        self.notes.setPlaceholderText("What it is for, and where it comes from")
        self.notes.setTabChangesFocus(True)
        self.notes.setFixedHeight(96)
        self.fault = label(role="fault", wrap=True)
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Save | kinds.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        for widget in (label("Name", "secondary"), self.title, self.fault, label("Notes", "secondary"), self.notes):
            column.addWidget(widget)
        column.addSpacing(8)
        column.addWidget(self.buttons)
        self.setMinimumWidth(420)
        self.title.textChanged.connect(lambda _: self._judge())
        self._judge()

    def _judge(self) -> None:
        fault = ""
        try:
            path_for(self.title.text())
        except NetworkFileError as error:
            fault = str(error)
        self.fault.setText(fault)
        self.fault.setVisible(bool(fault))
        self.buttons.button(QDialogButtonBox.StandardButton.Save).setEnabled(not fault)


def _do(parent: QWidget, act: Callable[[], object]) -> bool:
    """Changes the library; a refusal is told."""
    try:
        act()
    except NetworkFileError as error:
        dialogs.tell(parent, str(error))
        return False
    library_changes.changed.emit()
    return True
