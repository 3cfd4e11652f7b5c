"""Tables that are only read, dressed alike."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QTableView, QTableWidget, QTableWidgetItem

from designer import theme

HEIGHT = 24  # px of a row


def dress(table: QTableView, name: str) -> None:
    """Rows that are selected whole, no grid, and Tab that leads out again."""
    table.setAccessibleName(name)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(HEIGHT)
    table.horizontalHeader().setHighlightSections(False)
    table.horizontalHeader().setResizeContentsPrecision(0)  # the rows that are seen: a search may have thousands


class PlainTable(QTableWidget):
    """Words in the first column, numbers in the others."""

    def __init__(self, name: str) -> None:
        super().__init__()
        dress(self, name)

    def show_rows(self, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self.setColumnCount(len(titles))
        self.setRowCount(len(rows))
        for column, title in enumerate(titles):
            self.setHorizontalHeaderItem(column, _item(title, column))
        for number, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                item = _item(cell, column)
                if column:
                    item.setFont(theme.mono_font())
                self.setItem(number, column, item)
        self.resizeColumnsToContents()


def _item(words: str, column: int) -> QTableWidgetItem:
    item = QTableWidgetItem(words)
    side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
    item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
    return item
