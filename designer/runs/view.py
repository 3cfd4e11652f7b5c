"""RunView: the table of runs as it is seen, with columns that are moved, chosen and kept."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec
from PySide6.QtCore import QEvent, QItemSelection, QSettings, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QMenu, QTableView

from designer.runs.table import RunTable
from runtime.run_list import Row

COLUMNS_KEY, WIDTHS_KEY = "runs/columns", "runs/widths"
HEIGHT = 26  # px of a row
WIDEST = 320  # px of a column, unless the user wants it wider
SIZED_BY = 60  # rows: what comes later is as wide
PADDING = 20  # px beside the text of a cell
SWATCH = 24  # px that the colour of a run's curves takes


class RunView(QTableView):
    """``pointed`` tells the path of the run under the mouse, empty where there is none."""

    delete_pressed = Signal()
    pointed = Signal(str)

    def __init__(self, table: RunTable) -> None:
        super().__init__()
        self.table = table
        self._sized: list[str] = []  # columns that have their widths
        self._is_arranging = False  # not the user: no width and no place is to be kept
        self._widths = _kept_widths()  # px that the user gave a column
        self._selected: list[str] = []  # paths, while the model is made anew
        self.setModel(table)
        self.setAccessibleName("Runs")
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(HEIGHT)
        self.setSortingEnabled(True)
        self.setTabKeyNavigation(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header = self.horizontalHeader()
        header.setSortIndicator(*table.sorting())
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        header.setSectionsMovable(True)
        header.sectionMoved.connect(self._keep_order)
        header.sectionResized.connect(self._keep_width)
        self.entered.connect(lambda index: self.pointed.emit(table.rows[index.row()].path))
        table.modelAboutToBeReset.connect(self._before_reset)
        table.modelReset.connect(self._after_reset)
        kept = QSettings().value(COLUMNS_KEY)
        if isinstance(kept, str) and kept:
            table.choose_columns(kept.split(","))

    def selected(self) -> list[Row]:
        """The selected runs, from the top."""
        places = sorted({index.row() for index in self.selectionModel().selectedRows()})
        return [self.table.rows[place] for place in places]

    def select(self, paths: Sequence[str]) -> None:
        """Selects runs beside those that are selected."""
        wanted, model = QItemSelection(), self.selectionModel()
        for place in sorted(place for path in paths if (place := self.table.place_of(path)) >= 0):
            row = self.table.index(place, 0)
            wanted.select(row, row)
        model.select(wanted, model.SelectionFlag.Select | model.SelectionFlag.Rows)

    def show_run(self, path: str, *, keeps_others: bool = False) -> None:
        """Selects a run and brings it in sight."""
        if not keeps_others:
            self.clearSelection()
        self.select([path])
        if (place := self.table.place_of(path)) >= 0:
            self.scrollTo(self.table.index(place, 0))

    def ordered_columns(self) -> list[str]:
        """As they stand, from the left."""
        header, names = self.horizontalHeader(), self.table.shown_columns()
        return [names[header.logicalIndex(place)] for place in range(len(names))]

    def columns_menu(self) -> QMenu:
        """What may stand in the table."""
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        for column in self.table.known:
            action = menu.addAction(column.title)
            action.setCheckable(True)
            action.setChecked(column.name in self.table.shown_columns())
            action.setEnabled(column.name != "name")
            action.toggled.connect(partial(self.show_column, column.name))
        menu.addSeparator()
        menu.addAction("As Usual").triggered.connect(self._reset_columns)
        return menu

    def show_column(self, name: str, is_shown: bool) -> None:
        names = self.ordered_columns()
        self.keep_columns([*names, name] if is_shown else [each for each in names if each != name])

    def keep_columns(self, names: list[str] | None) -> None:
        """Now and in windows to come. None: the usual ones."""
        QSettings().setValue(COLUMNS_KEY, ",".join(names) if names else "")
        self.table.choose_columns(names)

    def _reset_columns(self) -> None:
        self._widths, self._sized = {}, []
        QSettings().remove(WIDTHS_KEY)
        self.keep_columns(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self.delete_pressed.emit()
        else:
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.pointed.emit("")
        super().leaveEvent(event)

    def _keep_order(self) -> None:
        """The user moved a column."""
        if not self._is_arranging:
            names = self.ordered_columns()
            QSettings().setValue(COLUMNS_KEY, ",".join(names))
            self.table.remember_columns(names)

    def _keep_width(self, section: int, _: int, width: int) -> None:
        """The user made a column wider or narrower; the last one is as wide as there is room."""
        header = self.horizontalHeader()
        if not self._is_arranging and header.visualIndex(section) < header.count() - 1:
            self._widths[self.table.columns[section].name] = width
            QSettings().setValue(WIDTHS_KEY, msgspec.json.encode(self._widths).decode())

    def _before_reset(self) -> None:
        self._selected = [row.path for row in self.selected()]

    def _after_reset(self) -> None:
        """Sort mark, order, widths and selection are as before."""
        header, (column, order) = self.horizontalHeader(), self.table.sorting()
        header.blockSignals(True)
        header.setSortIndicator(column, order)
        header.blockSignals(False)
        names, self._is_arranging = self.table.shown_columns(), True
        for place, name in enumerate(self.table.wanted_columns()):
            header.moveSection(header.visualIndex(names.index(name)), place)
        if names != self._sized and self.table.rows:
            self._sized = names
            self._fit_columns()
        self._is_arranging = False
        self.select(self._selected)

    def _fit_columns(self) -> None:
        """As wide as the user wants, or as the first rows need; Qt itself would ask for every cell there is."""
        header, metrics, rows = self.horizontalHeader(), self.fontMetrics(), self.table.rows[:SIZED_BY]
        for number, column in enumerate(self.table.columns):
            widest = max(metrics.horizontalAdvance(column.shown(row)) for row in rows) + PADDING
            widest += SWATCH if column.name == "name" else 0
            fitting = min(WIDEST, max(header.sectionSizeHint(number), widest))
            header.resizeSection(number, self._widths.get(column.name, fitting))


def _kept_widths() -> dict[str, int]:
    kept = QSettings().value(WIDTHS_KEY)
    try:
        return msgspec.json.decode(kept if isinstance(kept, str) else "{}", type=dict[str, int])
    except msgspec.DecodeError:
        return {}
