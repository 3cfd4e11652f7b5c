"""Palette: every node type, family by family, found by typing and added by Enter, double-click or drag."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidgetItem, QMenu, QVBoxLayout, QWidget

from designer import theme
from designer.library_section import add_library_actions, library_changes
from designer.palette_list import TYPE_ID, NodeTypeList, is_explained, wants_page
from designer.widgets import EmptyState


class SearchedLayers(QWidget):
    """A search field, the list of what it finds, and what is said where it finds nothing."""

    def __init__(self, nothing: str, *, is_index: bool = False) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.search = SearchField()
        self.list = NodeTypeList(is_index=is_index)
        self.nothing = EmptyState(nothing)
        self.nothing.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 0, 0)
        layout.setSpacing(8)
        top = QVBoxLayout()
        top.setContentsMargins(0, 0, 12, 0)
        top.addWidget(self.search)
        layout.addLayout(top)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.nothing, 1)
        self.search.textChanged.connect(self._filter)
        self.search.moved.connect(self.list.move_by)

    def _filter(self, text: str) -> None:
        has_found = self.list.show_matches(text)
        self.nothing.setVisible(not has_found)
        self.list.setVisible(has_found)


class Palette(SearchedLayers):
    """The layers to add. It is filled on demand: reading all declarations takes a moment."""

    add_requested = Signal(str)  # type_id
    page_requested = Signal(str)  # type_id

    def __init__(self) -> None:
        super().__init__("")
        self.search.returnPressed.connect(self._add_current)
        self.search.page_wanted.connect(self.list.show_current_page)
        self.list.itemActivated.connect(lambda item: self._add(item))
        self.list.page_wanted.connect(self.page_requested)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._menu)
        library_changes.changed.connect(self.list.fill)
        theme.themes.changed.connect(self.list.viewport().update)

    def fill(self) -> None:
        """Lists the catalogue; the second time it does nothing."""
        if self.list.count() == 0:
            self.list.fill()
            self._filter(self.search.text())

    def focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _filter(self, text: str) -> None:
        self.nothing.say(f"No layer is called “{text.strip()}”.\nTry its PyTorch name, such as Conv2d.")
        super()._filter(text)

    def _add_current(self) -> None:
        self._add(self.list.currentItem())

    def _add(self, item: QListWidgetItem | None) -> None:
        if item is not None and item.data(TYPE_ID):
            self.list.remember(item.data(TYPE_ID))
            self.add_requested.emit(item.data(TYPE_ID))

    def _menu(self, at: QPoint) -> None:
        item = self.list.itemAt(at)
        if item is None or not item.data(TYPE_ID):
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(f"Add {item.text()}", lambda: self._add(item))
        if is_explained(item.data(TYPE_ID)):
            menu.addAction("Show Its Page\tF1", self.list.show_current_page)
        add_library_actions(menu, item.data(TYPE_ID), self)
        self.list.setCurrentItem(item)
        menu.popup(self.list.viewport().mapToGlobal(at))


class SearchField(QLineEdit):
    """Up and Down move in the list while the cursor stays in the text; F1 explains; Escape empties it."""

    moved = Signal(int)
    page_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText("Find a layer")
        self.setAccessibleName("Find a layer")
        self.setClearButtonEnabled(False)

    def event(self, event: QEvent) -> bool:
        if wants_page(event) and self.text().strip():
            self.page_wanted.emit()
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step:
            self.moved.emit(step)
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)
