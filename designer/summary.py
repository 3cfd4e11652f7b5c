"""SummaryPanel: the layer table with its totals; what is selected here is selected on the canvas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QTableView, QVBoxLayout, QWidget

from designer import theme
from designer.document import Changes, Document
from designer.figures import grouped, memory, seen
from designer.widgets import EmptyState, button

COLUMNS = ("Name", "Type", "Output", "Weights", "Multiply-adds", "Memory", "Sees")
NUMBERS = range(2, 7)
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class LayerRow:
    """One line of the table, as text; ``name`` is empty for the totals."""

    name: str
    cells: tuple[str, ...]


class LayerModel(QAbstractTableModel):
    """One row for each node in the order of calculation, and the totals."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self.rows: list[LayerRow] = []

    def refresh(self) -> None:
        rows = layer_rows(self._document)
        if [r.name for r in rows] == [r.name for r in self.rows]:
            self.rows = rows
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(COLUMNS) - 1))
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return len(self.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        return _alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.cells[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column())
        if role == Qt.ItemDataRole.FontRole:
            font = theme.mono_font() if index.column() in NUMBERS else QFont(QGuiApplication.font())
            font.setBold(not row.name or index.column() == 0)
            return font
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == 1:
            return QColor(theme.current().secondary)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) if self.rows[index.row()].name else Qt.ItemFlag.ItemIsEnabled


class SummaryPanel(QWidget):
    """The table, and copying it for a report."""

    node_wanted = Signal(str)

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self.model = LayerModel(document)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.empty = EmptyState("No layers yet. Their shapes, weights and cost are summed up here.")
        self._is_syncing = False
        self._dress()
        self._lay_out()
        document.changed.connect(self._follow)
        document.selected.connect(lambda _: self._show_selection() if self.isVisible() else None)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._select())
        self.table.doubleClicked.connect(lambda index: self.node_wanted.emit(self.model.rows[index.row()].name))
        self.refresh()

    def as_csv(self) -> str:
        """Plain numbers, for a spreadsheet."""
        return "\n".join(",".join(_csv(cell) for cell in row) for row in self._exact())

    def as_markdown(self) -> str:
        head, *rows = self._exact()
        rule = ["---" if column not in NUMBERS else "---:" for column in range(len(COLUMNS))]
        return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))

    def _exact(self) -> list[list[str]]:
        inference, graph = self._document.inference, self._document.graph
        lines = [["name", "type", "output", "weights", "multiply_adds", "memory_bytes", "sees"]]
        for row in self.model.rows:
            if row.name:
                facts = inference.facts[row.name]
                counts = (facts.weight_count, facts.multiply_adds, facts.activation_bytes)
                kind = graph.nodes[row.name].settings.torch_name
                lines.append([row.name, kind, row.cells[2], *map(str, counts), row.cells[6]])
            else:
                totals = inference.totals
                counts = (totals.weights, totals.multiply_adds, totals.activation_bytes)
                lines.append(["total", "", "", *map(str, counts), ""])
        return lines

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)

    def _dress(self) -> None:
        table = self.table
        table.setAccessibleName("Layers")
        table.setShowGrid(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setTabKeyNavigation(False)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(26)
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(COLUMNS.index("Output"), QHeaderView.ResizeMode.ResizeToContents)
        header.setHighlightSections(False)
        header.setSectionsClickable(False)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setContentsMargins(0, 0, 16, 0)
        buttons.setSpacing(8)
        buttons.addStretch()
        buttons.addWidget(button("Copy as CSV", lambda: self._copy(self.as_csv())))
        buttons.addWidget(button("Copy as Markdown", lambda: self._copy(self.as_markdown())))
        self._buttons = QWidget()
        self._buttons.setLayout(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 0, 8)
        layout.setSpacing(4)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self._buttons)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def _follow(self, _changes: Changes) -> None:
        if self.isVisible():
            self.refresh()

    def refresh(self) -> None:
        """Shows the table of the network as it is now; while nobody sees it, it waits."""
        has_nodes = bool(self._document.graph.nodes)
        for widget in (self.table, self._buttons):
            widget.setVisible(has_nodes)
        self.empty.setVisible(not has_nodes)
        self._is_syncing = True
        self.model.refresh()
        self._is_syncing = False
        self._show_selection()

    def _select(self) -> None:
        if not self._is_syncing:
            rows = self.table.selectionModel().selectedRows()
            self._document.select(self.model.rows[index.row()].name for index in rows)

    def _show_selection(self) -> None:
        names = set(self._document.selection)
        chosen = self.table.selectionModel()
        self._is_syncing = True
        for number, row in enumerate(self.model.rows):
            index = self.model.index(number, 0)
            wanted = row.name in names
            if wanted != chosen.isRowSelected(number, QModelIndex()):
                flag = QItemSelectionModel.SelectionFlag
                chosen.select(index, (flag.Select if wanted else flag.Deselect) | flag.Rows)
            if wanted and len(names) == 1:
                self.table.scrollTo(index)
        self._is_syncing = False


def layer_rows(document: Document) -> list[LayerRow]:
    """The table as text. What is not known yet is a dash."""
    graph, inference = document.graph, document.inference
    order = graph.topology.order
    rows = []
    for name in (*order, *(n for n in graph.nodes if n not in set(order))):
        settings, facts = graph.nodes[name].settings, inference.facts[name]
        is_known = bool(facts.outputs) or not (facts.waits or facts.error)
        shape = ", ".join(map(str, facts.outputs.values()))
        cells = (
            name,
            settings.torch_name,
            shape or "–",
            (grouped(facts.weight_count) if facts.weights else "0") if is_known else "–",
            grouped(facts.multiply_adds) if is_known else "–",
            memory(facts.activation_bytes) if is_known else "–",
            seen(facts.sight) or "–",
        )
        rows.append(LayerRow(name, cells))
    if rows:
        totals = inference.totals
        sums = (grouped(totals.weights), grouped(totals.multiply_adds), memory(totals.activation_bytes))
        rows.append(LayerRow("", ("Total", "", "", *sums, "")))
    return rows


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in NUMBERS else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _csv(cell: str) -> str:
    return f'"{cell}"' if "," in cell else cell
