"""SourcePanel: the PyTorch source of the drawing as it is now. Lines and nodes are chosen together."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from designer import theme
from designer.document import Changes, Document
from designer.source_view import SourceView
from designer.widgets import button, label, restyle
from runtime.source import Source, SourceError, write_source

PAUSE, MOST = 80, 1000  # ms: while a number is dragged, the source is written when the hand rests
WHAT_IT_IS = "This is what trains and what is exported. It imports nothing of Netwright."


class SourcePanel(QWidget):
    """Written anew after each change, but only while it is seen."""

    def __init__(self, document: Document, show_node: Callable[[str], object] | None = None) -> None:
        super().__init__()
        self._document, self._show_node = document, show_node
        self._source: Source | None = None
        self._shown: object = None
        self._fault_node = ""
        self.text = SourceView()
        self.state = label(role="secondary", wrap=True)
        self.go_button = button("Show", self._go_to_fault, tip="Shows the node on the drawing")
        self.copy_button = button("Copy", self._copy, tip="Copy what is selected, or the whole source")
        self.search = SearchBar(self.text)
        self._lay_out()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE)
        self._pause.timeout.connect(self.refresh)
        self.text.line_chosen.connect(self._choose)
        self.text.search_wanted.connect(self.search.begin)
        document.changed.connect(self._follow)
        document.selected.connect(lambda _: self._mark(reveal=True))
        theme.themes.changed.connect(self.text.dress_again)

    def add_button(self, made: QWidget) -> None:
        """Puts a button at the end of the top row."""
        self._top.addWidget(made)

    def _lay_out(self) -> None:
        row = self._top = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.state, 1)
        row.addWidget(self.go_button)
        row.addWidget(self.copy_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 4, 16, 8)
        layout.setSpacing(8)
        layout.addLayout(row)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.search)
        layout.addStretch(0)
        self.go_button.hide()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
        self._mark(reveal=True)

    def refresh(self) -> None:
        """Writes the source of the graph shown now."""
        shown = (self._document.root_graph.structure, self._document.title)
        if shown != self._shown:
            self._shown = shown
            begun = time.perf_counter()
            self._write()
            took = 1000 * (time.perf_counter() - begun)
            self._pause.setInterval(round(min(max(PAUSE, 3 * took), MOST)))
        self._mark()

    def _write(self) -> None:
        fault = None
        try:
            self._source = write_source(self._document.root_graph, self._document.title, losses=True)
        except SourceError as error:
            self._source, fault = None, error
        self._fault_node = fault.node if fault else ""
        words = f"The source is written once this is mended. {fault.fact} {fault.remedy}" if fault else WHAT_IT_IS
        self.state.setText(words.strip())
        restyle(self.state, role="fault" if fault else "secondary")
        self.go_button.setVisible(bool(self._fault_node) and self._show_node is not None)
        self.text.setVisible(fault is None)
        self.copy_button.setEnabled(fault is None)
        if self._source is not None:
            self.text.show_text(self._source.text)
            self.search.count()
        else:
            self.search.end()

    def _follow(self, changes: Changes) -> None:
        if not self.isVisible():
            return
        if changes.scope:
            self._mark(reveal=True)
        self._pause.start()

    def _copy(self) -> None:
        chosen = self.text.textCursor().selectedText().replace("\u2029", "\n")
        QGuiApplication.clipboard().setText(chosen or (self._source.text if self._source else ""))

    def _mark(self, *, reveal: bool = False) -> None:
        """Marks the lines that speak of the selected nodes, also inside the block that was entered."""
        if self._source is not None and self.isVisible():
            numbers = self._source.places.lines_of(self._document.scope, self._document.selection)
            if reveal and not numbers and self._document.scope:
                place = self._source.places.classes.get(self._source.places.class_at(self._document.scope))
                numbers = (place.first,) if place else ()
            self.text.mark_lines(numbers, reveal=reveal and not self.text.hasFocus())

    def _choose(self, line: int) -> None:
        """Selects the node that a line speaks of; goes inside the block that it stands in."""
        found = self._source.places.node_at(line, self._document.scope) if self._source else None
        if found is None:
            return
        way, node = found
        self._document.enter(way)
        self._document.select((node,))
        if self._show_node is not None:
            self._show_node(node)

    def _go_to_fault(self) -> None:
        self._document.enter(())
        self._document.select((self._fault_node,))
        if self._show_node is not None:
            self._show_node(self._fault_node)


class SearchBar(QWidget):
    """Words to look for in the source: Enter goes to the next place, Shift+Enter to the one before, Escape ends."""

    def __init__(self, view: SourceView) -> None:
        super().__init__()
        self._view = view
        self.field = QLineEdit()
        self.field.setPlaceholderText("Find in the source")
        self.field.setAccessibleName("Find in the source")
        self.field.setClearButtonEnabled(True)
        self.found = label(role="secondary")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.field, 1)
        row.addWidget(self.found)
        self.field.textEdited.connect(lambda _: self._look())
        self.field.installEventFilter(self)
        self.hide()

    def begin(self) -> None:
        """Opens it with what is selected."""
        chosen = self._view.textCursor().selectedText()
        self.show()
        if chosen and "\u2029" not in chosen:
            self.field.setText(chosen)
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()
        self.count()

    def end(self) -> None:
        if not self.isHidden():
            self.hide()
            self._view.find_all("")
            self._view.setFocus()

    def count(self) -> int:
        """Looks again, in a text that may be another."""
        if self.isHidden():
            return 0
        count = self._view.find_all(self.field.text())
        self.found.setText("" if not self.field.text() else f"{count} found" if count else "not found")
        return count

    def go(self, step: int) -> None:
        count, number = self.count(), self._view.go_to_found(step)
        if number:
            self.found.setText(f"{number} of {count}")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() == Qt.Key.Key_Escape:
            self.end()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.go(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        else:
            return False
        return True

    def _look(self) -> None:
        """While it is typed, the first place from here on is shown."""
        cursor = self._view.textCursor()
        cursor.setPosition(cursor.selectionStart())
        self._view.setTextCursor(cursor)
        self.go(1)
