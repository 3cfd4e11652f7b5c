"""LayerModel: the rows of the layer table, in the columns that were chosen, sorted, with the totals at the bottom."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QGuiApplication

from designer import theme
from designer.document import Document
from designer.figures import by_kind
from nodes.graph.analysis import Costs, Layer, layers, total
from nodes.graph.columns import COLUMNS, KINDS, USUAL, Column, column, exact_table
from nodes.graph.lecture import HEAD, lecture
from nodes.spec.sizes import Unknown
from runtime.questions.stepwise import LayerTime

LECTURE = ("Name", *HEAD)
LECTURE_DOCS = (
    "The name on the canvas.",
    "Kind, side and number of filters.",
    "Width × height × depth.",
    "Numbers that come out, for one sample.",
    "Weights; biases are added in the last line.",
)
HEAD_PAD, CELL_PAD = 32, 26  # px beside the words; a head keeps room for the arrow that says how it is sorted
WORK = ("multiply_adds", "flops", "multiply_adds_share", *(f"{kind}_flops" for kind in KINDS))
Index = QModelIndex | QPersistentModelIndex
Sorting = tuple[int, Qt.SortOrder] | None


@dataclass(frozen=True)
class LayerRow:
    """One line of the table, as text. ``name`` is its node on the canvas, empty for the totals."""

    name: str
    cells: tuple[str, ...]
    kinds: str = ""  # its operations for one sample, by kind
    keys: tuple[float | str, ...] = ()  # what it is sorted by, column by column


class LayerModel(QAbstractTableModel):
    """One row for each node in the order of calculation, or for each layer within blocks, and the totals."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self.rows: list[LayerRow] = []
        self.layers: list[Layer] = []
        self.costs: Costs = total(())
        self.columns: tuple[Column, ...] = tuple(column(key) for key in USUAL)
        self.is_lecture = False
        self.is_expanded = False
        self._sorting: Sorting = None
        self._measured: tuple[Column, ...] = ()

    # --- what is shown

    def show_measured(self, measured: Mapping[str, LayerTime]) -> None:
        """Columns more for what the device took, by path; none without a measurement."""
        chosen = [one.key for one in self.columns if one not in self._measured]
        self._measured = _measured_columns(measured) if measured else ()
        self.show_columns(chosen)

    def show_columns(self, keys: Sequence[str]) -> None:
        """Other columns, in their usual order; the name always is one."""
        chosen = [one for one in COLUMNS if one.key in keys or one.key == "name"]
        end = len(chosen) - (chosen[-1].key == "sees")  # which is the widest, and about something else
        self._reset(columns=(*chosen[:end], *self._measured, *chosen[end:]))

    def show_lecture(self, is_lecture: bool) -> None:
        """The table as the lectures write it, or in columns."""
        self._reset(is_lecture=is_lecture)

    def expand(self, is_expanded: bool) -> None:
        """Every layer within blocks, or blocks as one row."""
        self._reset(is_expanded=is_expanded)

    def refresh(self) -> None:
        """Takes over what is known now."""
        self.layers = layers(self._document.inference, expanded=self.is_expanded)
        self.costs = total(self.layers)
        rows = self._sorted(self._lecture_rows() if self.is_lecture else self._layer_rows())
        if [(r.name, r.cells[0]) for r in rows] == [(r.name, r.cells[0]) for r in self.rows]:
            self.rows = rows
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, self.columnCount() - 1))
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def exact(self) -> list[list[str]]:
        """What is shown, for a file: plain numbers, or the lectures' sums."""
        if self.is_lecture:
            return [list(LECTURE), *(list(row.cells) for row in self.rows)]
        order = {row.cells[0]: number for number, row in enumerate(self.rows)}
        rows = sorted(self.layers, key=lambda layer: order[layer.path])
        return exact_table(self.columns, rows, self.costs)

    def number_columns(self) -> list[bool]:
        """Which columns stand at the right."""
        return [False] * len(LECTURE) if self.is_lecture else [one.is_number for one in self.columns]

    def widths(self) -> list[int]:
        """Px that each column needs, its longest cell measured; the lectures' totals run over all columns."""
        rows = self.rows[:-1] if self.is_lecture else self.rows
        bold, plain = QFont(QGuiApplication.font()), QFontMetrics(QGuiApplication.font())
        bold.setBold(True)
        heavy, mono = QFontMetrics(bold), QFontMetrics(theme.mono_font())
        found = []
        for section in range(self.columnCount()):
            title = self.headerData(section, Qt.Orientation.Horizontal)
            longest = max((row.cells[section] for row in rows), key=len, default="")
            metrics = heavy if section == 0 else mono if self._is_mono(section) else plain
            found.append(
                max(heavy.horizontalAdvance(title) + HEAD_PAD, metrics.horizontalAdvance(longest) + CELL_PAD)
            )
        return found

    def _reset(self, **changes: Any) -> None:
        self.beginResetModel()
        for name, value in changes.items():
            setattr(self, name, value)
        self._sorting, self.rows = None, []
        self.endResetModel()
        self.refresh()

    def _layer_rows(self) -> list[LayerRow]:
        rows = [
            LayerRow(
                layer.node,
                tuple(one.shown(layer, self.costs) for one in self.columns),
                by_kind(layer.flops_by_kind) if layer.is_known else "",
                tuple(_key(one, layer, self.costs) for one in self.columns),
            )
            for layer in self.layers
        ]
        if rows:
            cells = ("Total", *(one.shown_total(self.costs) for one in self.columns[1:]))
            rows.append(LayerRow("", cells, by_kind(self.costs.flops_by_kind)))
        return rows

    def _lecture_rows(self) -> list[LayerRow]:
        by_path = {layer.path: layer.node for layer in self.layers}
        found = lecture(self.layers)
        rows = [LayerRow(by_path[row.path], (row.path, *row.cells)) for row in found.rows]
        return [*rows, LayerRow("", ("Total", " · ".join(found.totals), "", "", ""))] if rows else []

    def _sorted(self, rows: list[LayerRow]) -> list[LayerRow]:
        if self._sorting is None or self.is_lecture or not rows:
            return rows
        section, order = self._sorting
        body = sorted(rows[:-1], key=lambda row: row.keys[section], reverse=order == Qt.SortOrder.DescendingOrder)
        return [*body, rows[-1]]

    # --- Qt's questions

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sorts the layers; −1 brings back the order of calculation. The totals stay where they are."""
        self._sorting = (column, order) if column >= 0 else None
        self.layoutAboutToBeChanged.emit()
        self.rows = self._sorted(self._lecture_rows() if self.is_lecture else self._layer_rows())
        self.layoutChanged.emit()

    def rowCount(self, parent: Index | None = None) -> int:
        return len(self.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return len(LECTURE) if self.is_lecture else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return LECTURE[section] if self.is_lecture else self.columns[section].title
        if role == Qt.ItemDataRole.ToolTipRole:
            return LECTURE_DOCS[section] if self.is_lecture else self.columns[section].doc
        return self._alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, section = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return row.cells[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(section)
        if role == Qt.ItemDataRole.FontRole:
            font = theme.mono_font() if self._is_mono(section) else QFont(QGuiApplication.font())
            font.setBold(not row.name or section == 0)
            return font
        if role == Qt.ItemDataRole.ToolTipRole and row.kinds and self._is_work(section):
            return f"{row.kinds} for one sample"
        if role == Qt.ItemDataRole.ForegroundRole and section == 1:
            return QColor(theme.current().secondary)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) if self.rows[index.row()].name else Qt.ItemFlag.ItemIsEnabled

    def _is_work(self, section: int) -> bool:
        return not self.is_lecture and self.columns[section].key in WORK

    def _is_mono(self, section: int) -> bool:
        return section >= 2 if self.is_lecture else self.columns[section].key not in ("name", "type")

    def _alignment(self, section: int) -> Qt.AlignmentFlag:
        is_right = not self.is_lecture and self.columns[section].is_number
        side = Qt.AlignmentFlag.AlignRight if is_right else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter


def _key(one: Column, layer: Layer, costs: Costs) -> float | str:
    """What a row is sorted by: what is not known comes before all numbers, an unknown size behind them."""
    if one.words is not None and not one.is_number:
        return one.words(layer)
    value = one.number(layer, costs) if layer.is_known else None
    if value is None:
        return -1.0
    return float("inf") if isinstance(value, Unknown) else float(value)


def _measured_columns(measured: Mapping[str, LayerTime]) -> tuple[Column, ...]:
    """What the device took for a batch, beside what is worked out for one sample."""

    def of(number: Callable[[LayerTime], int | float]) -> Callable[[Layer, Costs], int | float | None]:
        return lambda row, _costs: number(measured[row.path]) if row.path in measured else None

    return (
        Column("measured_forward_ms", "Forward ms", "ms", "Measured, for a batch.", of(lambda one: one.forward_ms)),
        Column(
            "measured_backward_ms", "Backward ms", "ms", "Measured, for a batch.", of(lambda one: one.backward_ms)
        ),
        Column(
            "measured_bytes",
            "Measured memory",
            "bytes",
            "Of its output for a batch, and of its weights.",
            of(lambda one: one.output_bytes + one.weight_bytes),
        ),
    )
