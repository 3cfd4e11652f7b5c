"""TrialModel: the table of a search, the best trial first."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from designer import theme
from designer.figures import figure
from runtime.search.folder import Row, Table, short_names, spelled

Index = QModelIndex | QPersistentModelIndex
WORDS = {"waiting": "waits", "running": "trains", "done": "done", "pruned": "ended early", "failed": "begun again"}
FIRST, LAST = ("Trial", "State"), ("Time",)
NOWHERE = QModelIndex()


class TrialModel(QAbstractTableModel):
    """A row for each trial; failed ones, which were begun again, are left out."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Row] = []
        self._keys: list[str] = []
        self._titles: list[str] = []
        self._font = theme.mono_font()
        theme.themes.changed.connect(self._dress)

    def show_table(self, table: Table | None) -> None:
        rows = [row for row in table.rows if row.state != "failed"] if table else []
        keys = table.keys if table else []
        titles = [*FIRST, table.metric, *short_names(keys), *LAST] if table else []
        if titles != self._titles or len(rows) != len(self._rows):
            self.beginResetModel()
            self._rows, self._keys, self._titles = rows, list(keys), titles
            self.endResetModel()
        else:
            self._rows = rows
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(titles) - 1))

    def row_at(self, number: int) -> Row | None:
        return self._rows[number] if 0 <= number < len(self._rows) else None

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(row, index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(index.column())
        if role == Qt.ItemDataRole.ForegroundRole and row.state != "done":
            return QColor(theme.current().secondary)
        if role == Qt.ItemDataRole.FontRole and index.column() not in (0, 1):
            return self._font
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return row.reason or f"{WORDS[row.state]}, {row.validations} validations, {row.run}"
        return None

    def _dress(self) -> None:
        self._font = theme.mono_font()
        self.layoutChanged.emit()

    def _words(self, row: Row, column: int) -> str:
        if column == 0:
            return str(row.number)
        if column == 1:
            return WORDS[row.state]
        if column == 2:
            return "–" if row.value is None else figure(row.value, 4)
        if column == len(self._titles) - 1:
            return f"{row.seconds:.1f} s" if row.seconds else "–"
        value = row.values.get(self._keys[column - 3])
        return ("on" if value else "off") if isinstance(value, bool) else spelled(value)

    @staticmethod
    def _alignment(column: int) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignLeft if column == 1 else Qt.AlignmentFlag.AlignRight
        return side | Qt.AlignmentFlag.AlignVCenter
