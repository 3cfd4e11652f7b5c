"""The table of what a network takes of some weights: a row for each weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from designer import theme

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()
TITLES = ("Node", "Weight", "Shape", "Begins as", "Matched")
FRESH = "fresh"
NUMBERS = (2,)


class MatchModel(QAbstractTableModel):
    """Rows as the answer to MatchWeights has them; fresh ones can be shown alone."""

    def __init__(self) -> None:
        super().__init__()
        self._all: list[dict[str, Any]] = []
        self._rows: list[dict[str, Any]] = []
        self._only_fresh = False
        self._font = theme.mono_font()
        theme.themes.changed.connect(self._dress)

    def show_rows(self, rows: Sequence[dict[str, Any]]) -> None:
        self._all = list(rows)
        self._filter()

    def show_only_fresh(self, is_only: bool) -> None:
        self._only_fresh = is_only
        self._filter()

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(TITLES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return TITLES[section]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self._rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return _words(row)[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column())
        if role == Qt.ItemDataRole.FontRole and index.column() in NUMBERS:
            return self._font
        if role == Qt.ItemDataRole.ForegroundRole and row["state"] == FRESH and index.column() > 2:
            return QColor(theme.current().warning)
        return None

    def _filter(self) -> None:
        self.beginResetModel()
        self._rows = [row for row in self._all if not self._only_fresh or row["state"] == FRESH]
        self.endResetModel()

    def _dress(self) -> None:
        self._font = theme.mono_font()
        self.layoutChanged.emit()


def _words(row: dict[str, Any]) -> tuple[str, ...]:
    shape = " × ".join(map(str, row["shape"])) or "1"
    return row["node"], row["weight"], shape, row["source"] or "fresh numbers", row["state"]


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in NUMBERS else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
