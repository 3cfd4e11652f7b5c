"""RunTable: the runs of a folder, sorted and filtered; thousands of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont

from designer.runs.columns import Column, columns_of, usual_columns
from designer.runs.values import Values
from designer.theme import current
from runtime.run_list import Row

Index = QModelIndex | QPersistentModelIndex
NONE = QModelIndex()
STATE_ROLES = {"failed": "fault", "running": "accent", "interrupted": "warning"}
PINNED = "★ "
POINTED = 46  # opacity of 255 behind the run that is pointed at
NUMBERS = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
WORDS = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class RunTable(QAbstractTableModel):
    """``rows`` are those that pass the filter, in their order; the pinned ones come first."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self.columns: list[Column] = []
        self.known: list[Column] = []
        self.all: list[Row] = []
        self.values = Values(())  # of all
        self._ordered: list[tuple[Row, str]] = []  # all with what a search looks at, as they are sorted
        self._texts: dict[str, str] = {}
        self._places: dict[str, int] = {}
        self._pointed = ""
        self._colors: dict[str, str] = {}  # of the curves of a run, by its path
        self._words: list[str] = []
        self._chosen: list[str] | None = None
        self._sorting: tuple[str, bool] = ("started", True)  # name of the column, is it falling?
        self.shows_archived = False

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Other runs, or the same read anew."""
        self.all = list(rows)
        self.values = Values(self.all)
        self._texts = {row.path: row.text() for row in rows}
        self.known = columns_of(rows)
        self._order()
        self._reset(with_columns=True)

    def choose_columns(self, names: Sequence[str] | None) -> None:
        """In their order. None: the usual ones."""
        self._chosen = None if names is None else list(names)
        self._reset(with_columns=True)

    def remember_columns(self, names: Sequence[str]) -> None:
        """The user moved them; they are made anew in this order when anything else changes."""
        self._chosen = list(names)

    def wanted_columns(self) -> list[str]:
        """Those that are there, in the order in which they are to be seen."""
        return [column.name for column in self._chosen_columns() if column.name in self.shown_columns()]

    def shown_columns(self) -> list[str]:
        return [column.name for column in self.columns]

    def filter(self, text: str) -> None:
        """Runs in which every word stands: in name, state, settings as ``recipe.epochs=5``, tags or note."""
        self._words = text.lower().split()
        self._reset()

    def show_archived(self, shows: bool) -> None:
        self.shows_archived = shows
        self._reset()

    def show_colors(self, colors: dict[str, str]) -> None:
        """Of the runs whose curves are seen beside the table."""
        if colors != self._colors:
            self._colors = dict(colors)
            if self.rows:
                last = self.index(len(self.rows) - 1, len(self.columns) - 1)
                self.dataChanged.emit(self.index(0, 0), last, [Qt.ItemDataRole.DecorationRole])

    def point_at(self, path: str) -> None:
        """The run that stands out because it is pointed at, here or in a plot; none where the path is empty."""
        old, self._pointed = self._pointed, path
        for place in {self.place_of(old), self.place_of(path)} - {-1}:
            ends = self.index(place, 0), self.index(place, len(self.columns) - 1)
            self.dataChanged.emit(*ends, [Qt.ItemDataRole.BackgroundRole])

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if 0 <= column < len(self.columns):
            sorting = (self.columns[column].name, order == Qt.SortOrder.DescendingOrder)
            if sorting != self._sorting:
                self._sorting = sorting
                self._order()
                self._reset()

    def sorting(self) -> tuple[int, Qt.SortOrder]:
        """The column that it is sorted by, and how."""
        names, (name, falls) = self.shown_columns(), self._sorting
        order = Qt.SortOrder.DescendingOrder if falls else Qt.SortOrder.AscendingOrder
        return (names.index(name) if name in names else -1), order

    def rowCount(self, parent: Index = NONE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = NONE) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(self.columns[section])
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], self.columns[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                is_starred = column.name == "name" and row.marks.is_pinned
                return f"{PINNED}{column.shown(row)}" if is_starred else column.shown(row)
            case Qt.ItemDataRole.TextAlignmentRole:
                return self._alignment(column)
            case Qt.ItemDataRole.ForegroundRole:
                if column.name == "state" and row.state in STATE_ROLES:
                    return QColor(getattr(current(), STATE_ROLES[row.state]))
                return QColor(current().secondary) if row.marks.is_archived else None
            case Qt.ItemDataRole.BackgroundRole if row.path == self._pointed:
                color = QColor(current().accent)
                color.setAlpha(POINTED)
                return color
            case Qt.ItemDataRole.FontRole if row.marks.is_pinned:
                font = QFont()
                font.setBold(True)
                return font
            case Qt.ItemDataRole.DecorationRole if column.name == "name" and row.path in self._colors:
                return QColor(self._colors[row.path])
            case Qt.ItemDataRole.ToolTipRole:
                if column.name == "changes":
                    return row.changes
                return row.failure or row.marks.note or row.path
        return None

    def place_of(self, path: str) -> int:
        """The row of a run; −1 where it is not shown."""
        return self._places.get(path, -1)

    @staticmethod
    def _alignment(column: Column) -> Qt.AlignmentFlag:
        return NUMBERS if column.is_number else WORDS

    def _reset(self, *, with_columns: bool = False) -> None:
        self.beginResetModel()
        if with_columns:
            self.columns = self._chosen_columns()
        found = self._ordered
        for word in self._words:
            found = [pair for pair in found if word in pair[1]]
        self.rows = [row for row, _ in found if self.shows_archived or not row.marks.is_archived]
        self._places = {row.path: number for number, row in enumerate(self.rows)}
        self.endResetModel()

    def _chosen_columns(self) -> list[Column]:
        names = usual_columns(self.known) if self._chosen is None else self._chosen
        known = {column.name: column for column in self.known}
        if "name" not in names:
            names = ["name", *names]
        return [known[name] for name in dict.fromkeys(names) if name in known]

    def _order(self) -> None:
        """All runs by the chosen column; those that have nothing there come last, pinned ones before all."""
        name, falls = self._sorting
        column = next((column for column in self.known if column.name == name), None)
        rows = self.all
        if column is not None:
            keys = self.values.keys(column)
            numbers = [row for row in rows if isinstance(keys.get(row.path), int | float)]
            texts = [row for row in rows if isinstance(keys.get(row.path), str)]
            for part in (numbers, texts):
                part.sort(key=lambda row: keys[row.path], reverse=falls)
            rows = [*numbers, *texts, *(row for row in rows if row.path not in keys)]
        rows = sorted(rows, key=lambda row: not row.marks.is_pinned)
        self._ordered = [(row, self._texts[row.path]) for row in rows]
