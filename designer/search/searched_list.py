"""SearchedList: every setting that a search goes over, in the network's form, and the way to the search."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from designer.document import Document
from designer.search.marking import mark_in_node, mark_in_section, searched_over
from designer.widgets import button, empty, label

NONE_YET = "Right-click a setting here or of a layer and choose Search Over This… to try many values of it."
Ask = Callable[[str], None]


class SearchedList(QWidget):
    """A click on one of the recipe or the data changes what it may be, on one of a layer goes there."""

    search_wanted = Signal()

    def __init__(self, document: Document, ask_recipe: Ask, ask_data: Ask) -> None:
        super().__init__()
        self._document = document
        self._ask = {"recipe": ask_recipe, "data": ask_data}
        self._shown: object = None
        self.none_yet = label(NONE_YET, "secondary", wrap=True)
        self.fault = label(role="fault", wrap=True)
        self.open_button = button(
            "Search…", self.search_wanted.emit, tip="Tries many values, each in a short training"
        )
        self._rows = QVBoxLayout()
        self._rows.setSpacing(2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.none_yet)
        layout.addLayout(self._rows)
        layout.addWidget(self.fault)
        row = QHBoxLayout()
        row.addWidget(self.open_button)
        row.addStretch()
        layout.addLayout(row)

    def show_marks(self) -> None:
        """Shows what is marked now; made anew only where that is other than before."""
        found, fault = searched_over(self._document)
        marks = {key: mark.words() for key, mark in found.items()}
        if (marks, fault) == self._shown:
            return
        self._shown = marks, fault
        self.none_yet.setVisible(not marks)
        self.open_button.setVisible(bool(marks))
        self.fault.setText(fault)
        self.fault.setVisible(bool(fault))
        empty(self._rows)
        for key, words in marks.items():
            self._rows.addWidget(self._row(key, words))

    def _row(self, key: str, words: str) -> QWidget:
        row = QWidget()
        name = button(key.removeprefix("nodes."), partial(self._go, key), "link", f"{key}: {words}")
        away = button("✕", partial(self._drop, key), "link", f"Do not search over {key}")
        away.setAccessibleName(f"Do not search over {key}")
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(name)
        layout.addWidget(label(words, "secondary"), 1)
        layout.addWidget(away)
        return row

    def _go(self, key: str) -> None:
        section, _, name = key.partition(".")
        if section in self._ask:
            self._ask[section](name)
        else:
            self._enter(key)

    def _drop(self, key: str) -> None:
        section, _, name = key.partition(".")
        if section in self._ask:
            mark_in_section(self._document, section, name, None)
        else:
            node, setting = self._enter(key)
            mark_in_node(self._document, node, setting, None)

    def _enter(self, key: str) -> tuple[str, str]:
        """Goes to the node of a key, inside blocks too; gives the names of node and setting."""
        _, *way, node, setting = key.split(".")
        self._document.enter(tuple(way))
        self._document.select((node,))
        return node, setting
