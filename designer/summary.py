"""SummaryPanel: the layer table with its totals; what is selected here is selected on the canvas."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, QSettings, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QMenu,
    QPushButton,
    QSizePolicy,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from designer import dialogs
from designer.document import Changes, Document
from designer.layer_model import LayerModel
from designer.measurement import Measurement
from designer.widgets import CutLabel, EmptyState, restyle
from designer.wrapping import WrappingRow
from nodes.graph.columns import COLUMNS, HEATED, USUAL, as_csv, as_markdown

CHOSEN, EXPANDED, LECTURE = "layers/columns", "layers/expanded", "layers/lecture"  # what is remembered

MOST_SPARE = 64  # px more than a column needs, where there is room


class SummaryPanel(QWidget):
    """The table, what it shows, and taking it away for a report."""

    node_wanted = Signal(str)
    heat_wanted = Signal(str)  # key of a column

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self.model = LayerModel(document)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.empty = EmptyState("No layers yet. Their shapes, weights and cost are summed up here.")
        self.expanded, self.lecture = _toggle("Expand &blocks"), _toggle("&Lecture view")
        self.measure = QPushButton("&Measure on the device")
        self.measure.setToolTip("Times each layer and its memory in a real step of a batch, and adds the columns")
        self.measured = CutLabel("secondary")
        self.measured.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.choose = QPushButton("&Columns")
        self.take = QPushButton("Copy or &export")
        self._is_syncing = False
        self._dress()
        self._lay_out()
        self._restore()
        document.changed.connect(self._follow)
        document.selected.connect(lambda _: self._show_selection() if self.isVisible() else None)
        self.table.doubleClicked.connect(lambda index: self.node_wanted.emit(self.model.rows[index.row()].name))
        self.refresh()

    def as_csv(self) -> str:
        """Plain numbers, for a spreadsheet."""
        return as_csv(self.model.exact())

    def as_markdown(self) -> str:
        return as_markdown(self.model.exact(), self.model.number_columns())

    def export(self) -> None:
        """Asks for a file and writes the table to it, in the form that its ending says."""
        self.refresh()
        start = str(Path(self._document.path or Path.home() / "network").with_suffix("")) + "-layers.csv"
        chosen, _ = QFileDialog.getSaveFileName(
            self, "Export layer table", start, "CSV for spreadsheets (*.csv);;Markdown for reports (*.md)"
        )
        if chosen:
            self.write(Path(chosen))

    def write(self, path: Path) -> None:
        """The table as Markdown where the name ends in .md, else as CSV."""
        text = self.as_markdown() if path.suffix.lower() in (".md", ".markdown") else self.as_csv()
        try:
            path.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            why = error.strerror or "it cannot be written"
            dialogs.tell(self, f"{path} was not written: {why}.", "Choose another folder or name.")

    # --- what is shown

    def show_columns(self, keys: list[str]) -> None:
        """Shows these columns and remembers them."""
        QSettings().setValue(CHOSEN, keys)
        self.model.show_columns(keys)
        self._fit()

    def measure_with(self, measurement: Measurement) -> None:
        """From now on the button measures, and columns show what was measured."""
        self.measure.clicked.connect(measurement.measure)
        measurement.changed.connect(partial(self._show_measured, measurement))
        self._show_measured(measurement)

    def _show_measured(self, measurement: Measurement) -> None:
        """What the device took, or why it is not known."""
        self.measure.setEnabled(not measurement.is_under_way)
        restyle(self.measured, role="fault" if measurement.has_failed else "secondary")
        self.measured.setText(measurement.told)
        self.model.show_measured(measurement.layers)
        self._fit()

    def _restore(self) -> None:
        settings = QSettings()
        kept = settings.value(CHOSEN)
        keys = [key for key in kept if isinstance(key, str)] if isinstance(kept, list) else list(USUAL)
        self.model.show_columns(keys)
        for box, name, apply in (
            (self.expanded, EXPANDED, self.model.expand),
            (self.lecture, LECTURE, self.model.show_lecture),
        ):
            box.setChecked(settings.value(name, False, type=bool) is True)
            apply(box.isChecked())
            box.toggled.connect(partial(self._apply, name, apply))
        self._fit()

    def _apply(self, name: str, apply: Callable[[bool], None], is_on: bool) -> None:
        QSettings().setValue(name, is_on)
        apply(is_on)
        self._fit()

    def _fit(self) -> None:
        """Other columns are shown: unsorted, each as wide as it needs."""
        header = self.table.horizontalHeader()
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setSectionsClickable(not self.model.is_lecture)
        self.choose.setEnabled(not self.model.is_lecture)
        self._widen()
        self._show_selection()

    def _widen(self) -> None:
        """Gives each column what it needs and a share of the room that is left."""
        header, needed = self.table.horizontalHeader(), self.model.widths()
        spare = max(0, self.table.viewport().width() - sum(needed)) // len(needed)
        self.table.clearSpans()
        if self.model.is_lecture and self.model.rows:
            self.table.setSpan(len(self.model.rows) - 1, 1, 1, len(needed) - 1)
        for section, width in enumerate(needed):
            header.resizeSection(section, width + min(spare, MOST_SPARE))

    def column_menu(self, heated: str = "") -> QMenu:
        """Which columns there are, and which of them to show on the canvas; ``heated`` is the one clicked on."""
        menu = QMenu(self)
        shown = [one.key for one in self.model.columns]
        if heated in {one.key for one in HEATED}:
            menu.addAction("Show on &Canvas", lambda: self.heat_wanted.emit(heated))
            menu.addSeparator()
        for one in COLUMNS[1:]:
            action = menu.addAction(one.title)
            action.setCheckable(True)
            action.setChecked(one.key in shown)
            action.setToolTip(one.doc)
            action.toggled.connect(lambda is_on, key=one.key: self._toggle(key, is_on))
        menu.addSeparator()
        menu.addAction("&Usual Columns", lambda: self.show_columns(list(USUAL)))
        if not heated:
            self._add_heat(menu.addMenu("Show on &Canvas"))
            self._add_sorting(menu.addMenu("&Sort by"))
        return menu

    def _toggle(self, key: str, is_on: bool) -> None:
        keys = [one.key for one in self.model.columns if one.key != key and one in COLUMNS]
        self.show_columns([*keys, key] if is_on else keys)

    def _add_heat(self, menu: QMenu) -> None:
        menu.addAction("&Nothing", lambda: self.heat_wanted.emit(""))
        for one in HEATED:
            menu.addAction(one.title, partial(self.heat_wanted.emit, one.key))

    def _add_sorting(self, menu: QMenu) -> None:
        header = self.table.horizontalHeader()
        order = Qt.SortOrder
        menu.addAction("&Order of Calculation", lambda: header.setSortIndicator(-1, order.AscendingOrder))
        for section, one in enumerate(self.model.columns):
            way = order.DescendingOrder if one.is_number else order.AscendingOrder
            menu.addAction(one.title, partial(header.setSortIndicator, section, way))

    def _header_menu(self, at: QPoint) -> None:
        if self.model.is_lecture:
            return
        header = self.table.horizontalHeader()
        section = header.logicalIndexAt(at)
        menu = self.column_menu(self.model.columns[section].key if section >= 0 else "")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(header.mapToGlobal(at))

    def _take_menu(self) -> QMenu:
        menu = QMenu(self)
        for action in self._take_actions:
            menu.addAction(action)
        return menu

    # --- putting it together

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
        header.setHighlightSections(False)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        table.setSortingEnabled(True)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._header_menu)
        self.model.modelReset.connect(self._renew)
        self.model.layoutChanged.connect(self._show_selection)
        table.selectionModel().selectionChanged.connect(lambda *_: self._select())
        self._take_actions = self._make_take_actions()
        table.addActions(self._take_actions)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def _make_take_actions(self) -> list[QAction]:
        actions = []
        for words, act in (
            ("Copy as &CSV", lambda: self._copy(self.as_csv())),
            ("Copy as &Markdown", lambda: self._copy(self.as_markdown())),
            ("&Export Layer Table…", self.export),
        ):
            action = QAction(words, self)
            action.triggered.connect(lambda _checked=False, act=act: act())
            actions.append(action)
        return actions

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)

    def _lay_out(self) -> None:
        self.choose.clicked.connect(lambda: self._drop(self.choose, self.column_menu()))
        self.take.clicked.connect(lambda: self._drop(self.take, self._take_menu()))
        buttons = WrappingRow()
        buttons.add(self.lecture, self.expanded, self.measure, self.measured, self.choose, self.take)
        self._buttons = QWidget()
        below = QVBoxLayout(self._buttons)
        below.setContentsMargins(8, 0, 16, 0)
        below.addLayout(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 0, 8)
        layout.setSpacing(4)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self._buttons)

    def _drop(self, under: QPushButton, menu: QMenu) -> None:
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(under.mapToGlobal(under.rect().bottomLeft()))

    # --- following the document

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
        self._widen()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._widen()

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

    def _renew(self) -> None:
        self._widen()
        self._show_selection()

    def _select(self) -> None:
        if not self._is_syncing:
            rows = self.table.selectionModel().selectedRows()
            self._document.select(self.model.rows[index.row()].name for index in rows)

    def _show_selection(self) -> None:
        names = set(self._document.selection)
        chosen = self.table.selectionModel()
        was_syncing, self._is_syncing = self._is_syncing, True
        first = None
        for number, row in enumerate(self.model.rows):
            index = self.model.index(number, 0)
            wanted = row.name in names
            if wanted != chosen.isRowSelected(number, QModelIndex()):
                flag = QItemSelectionModel.SelectionFlag
                chosen.select(index, (flag.Select if wanted else flag.Deselect) | flag.Rows)
            if wanted and first is None:
                first = index
        if first is not None and len(names) == 1 and not self.table.hasFocus():
            self.table.scrollTo(first)
        self._is_syncing = was_syncing


def _toggle(words: str) -> QPushButton:
    """A button that stays down, and says so by a tick."""
    made = QPushButton(words)
    made.setCheckable(True)
    made.toggled.connect(lambda is_on: made.setText(f"✓ {words}" if is_on else words))
    return made
