"""RunsPanel: all runs of the folder, and what can be done with those that are selected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from threading import Thread

import msgspec
from PySide6.QtCore import QPoint, QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QInputDialog,
    QLineEdit,
    QMenu,
    QPushButton,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from designer import dialogs
from designer.figures import grouped
from designer.runs.comparison import Comparison
from designer.runs.plots import ParallelPlot, RunPlot, ScatterPage
from designer.runs.table import RunTable
from designer.widgets import EmptyState, button, label
from runtime.run_list import Marks, Row, delete_runs, empty_trash, list_runs, restore_runs, write_marks
from runtime.runs import TrainingError

COLUMNS_KEY = "runs/columns"
LOOK_MS, REST_MS = 40, 4_000  # between two looks at a listing under way, and at the folder
UNDO_MS = 20_000
MOST_BESIDE = 8
NOTHING = "Every training becomes a row here, with its settings and what it came to. Train the network to begin."
ROW = 26
TABLE, SCATTER, PARALLEL = WAYS = ("Table", "Points", "Lines")


class RunView(QTableView):
    """The rows of the table."""

    delete_pressed = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self.delete_pressed.emit()
        else:
            super().keyPressEvent(event)


class RunsPanel(QWidget):
    """Lists in a thread; the table stays as it is until the listing is there."""

    curves_wanted = Signal(list)  # runs to be shown beside that of the panel
    inspection_wanted = Signal(object)
    drawing_wanted = Signal(object)
    watch_wanted = Signal(object)
    weights_wanted = Signal(object)  # a run to start from
    wanted = Signal(str, list)  # something of designer.runs.actions.WISHES, with the runs that it is done with

    def __init__(self, folder: Callable[[], Path]) -> None:
        super().__init__()
        self._folder_of, self._chosen_folder = folder, None
        self.table = RunTable()
        self.view = RunView()
        self.view.setModel(self.table)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find runs")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Find runs")
        self.search.setToolTip("A name, a state, a tag or a setting: finished, recipe.epochs=5")
        self.search.textChanged.connect(self.table.filter)
        self.search.textChanged.connect(self._show_count)
        self.count = label("", "secondary")
        self.undo = button("Undo", self._take_back, "link")
        self.undo.hide()
        self.buttons = self._make_buttons()
        self.empty = EmptyState(NOTHING)
        self.shown_as = QComboBox()
        self.shown_as.addItems(list(WAYS))
        self.shown_as.setAccessibleName("Runs are shown as")
        self.shown_as.currentIndexChanged.connect(self._show_as)
        self._plots: dict[str, ScatterPage | ParallelPlot] = {}
        self._moved: list[tuple[Path, Path]] = []
        self._listed: list[Row] | None = None
        self._thread: Thread | None = None
        self._look = QTimer(self, interval=LOOK_MS)
        self._look.timeout.connect(self._take_listing)
        self._rest = QTimer(self, interval=REST_MS)
        self._rest.timeout.connect(self.refresh)
        self._forget = QTimer(self, singleShot=True, interval=UNDO_MS)
        self._forget.timeout.connect(self.undo.hide)
        self._lay_out()
        self._dress()

    @property
    def folder(self) -> Path:
        return self._chosen_folder or self._folder_of()

    def selected(self) -> list[Row]:
        """The selected runs, from the top."""
        places = sorted({index.row() for index in self.view.selectionModel().selectedRows()})
        return [self.table.rows[place] for place in places]

    def refresh(self) -> None:
        """Lists anew, unless that is under way."""
        if self._thread is None and self.isVisible():
            folder = self.folder
            self._thread = Thread(target=self._list, args=(folder,), daemon=True)
            self._thread.start()
            self._look.start()

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Takes over a listing; what was selected stays so."""
        if list(rows) == self.table.all:
            return
        paths = [row.path for row in self.selected()]
        self.table.show_rows(rows)
        self._select(paths)
        self._show_as()
        self._show_count()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
        self._rest.start()

    def hideEvent(self, event: object) -> None:
        self._rest.stop()

    def _list(self, folder: Path) -> None:
        """In a thread."""
        empty_trash(folder)
        self._listed = list_runs(folder)

    def _take_listing(self) -> None:
        """The thread tells nobody: the window may be gone before it is done."""
        if self._thread is not None and not self._thread.is_alive():
            self._look.stop()
            self._thread = None
            if self._listed is not None:
                self.show_rows(self._listed)

    def _make_buttons(self) -> dict[str, QPushButton]:
        """Name -> button; each asks for the selected runs."""
        return {
            "curves": button("Curves", self._curves, tip="Curves of these runs, beside each other"),
            "inspect": button("Look inside", self._inspect, tip="Filters, decisions and mistakes of this run"),
            "compare": button("Compare", self._compare, tip="What differs between two runs, or from the pinned one"),
            "more": button("More  ▾", self._open_menu, tip="Drawing, weights, notes, tags, archive, delete"),
        }

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        self.search.setMaximumWidth(360)
        top.addWidget(self.shown_as)
        top.addWidget(self.search, 1)
        top.addWidget(self.count)
        top.addWidget(self.undo)
        top.addStretch()
        for one in self.buttons.values():
            top.addWidget(one)
        self.columns_button = button("Columns  ▾", self._open_columns, "link", "Choose what stands in the table")
        top.addWidget(self.columns_button)
        top.addWidget(button("Folder…", self._choose_folder, "link", "Runs of another folder"))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(8)
        column.addLayout(top)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.view)
        column.addLayout(self._stack, 1)

    def _dress(self) -> None:
        view = self.view
        view.setAccessibleName("Runs")
        view.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(ROW)
        view.setSortingEnabled(True)
        view.setTabKeyNavigation(False)
        header = view.horizontalHeader()
        header.setSortIndicator(*self.table.sorting())
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        view.activated.connect(lambda _index: self._watch())
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(lambda place: self._menu().popup(view.viewport().mapToGlobal(place)))
        view.selectionModel().selectionChanged.connect(lambda *_: self._enable())
        self.table.modelReset.connect(self._after_reset)
        kept = QSettings().value(COLUMNS_KEY)
        if isinstance(kept, str) and kept:
            self.table.choose_columns(kept.split(","))
        view.delete_pressed.connect(self._delete)
        self._enable()

    def _after_reset(self) -> None:
        header, (column, order) = self.view.horizontalHeader(), self.table.sorting()
        header.blockSignals(True)
        header.setSortIndicator(column, order)
        header.blockSignals(False)
        self.view.resizeColumnsToContents() if len(self.table.rows) < 200 else None
        self._draw_plot()
        self._enable()

    def _enable(self) -> None:
        rows = self.selected()
        self.buttons["curves"].setEnabled(0 < len(rows) <= MOST_BESIDE)
        self.buttons["inspect"].setEnabled(len(rows) == 1)
        self.buttons["compare"].setEnabled(self._pair() is not None)
        self.buttons["more"].setEnabled(bool(rows))
        for page in self._plots.values():
            _plot_of(page).show_selection([row.path for row in rows])

    def _pair(self) -> tuple[Row, Row] | None:
        """The two to compare: both selected, or the pinned one and that which is selected. The older comes first."""
        rows = self.selected()
        if len(rows) == 1:
            rows += [row for row in self.table.all if row.marks.is_pinned and row.path != rows[0].path][:1]
        if len(rows) != 2:
            return None
        before, after = sorted(rows, key=lambda row: (not row.marks.is_pinned, row.started))
        return before, after

    # --- as points, as lines

    def _show_as(self) -> None:
        """The table, or a plot of the same runs."""
        way = self.shown_as.currentText()
        self.columns_button.setVisible(way == TABLE)
        if not self.table.all:
            self._stack.setCurrentWidget(self.empty)
        elif way == TABLE:
            self._stack.setCurrentWidget(self.view)
        else:
            if way not in self._plots:
                page = self._plots[way] = ScatterPage() if way == SCATTER else ParallelPlot()
                _plot_of(page).chosen.connect(self._choose_plotted)
                self._stack.addWidget(page)
            self._stack.setCurrentWidget(self._plots[way])
            self._draw_plot()

    def _draw_plot(self) -> None:
        """Of the runs that pass the filter."""
        page = self._plots.get(self.shown_as.currentText())
        if isinstance(page, ScatterPage):
            page.show_runs(self.table.rows, self.table.known)
        elif page is not None:
            settings = [c for c in self.table.known if "." in c.name]
            measures = [c for c in self.table.known if c.is_number and "." not in c.name]
            page.show_runs(self.table.rows, [*settings, *measures])

    def _choose_plotted(self, path: str, keeps_others: bool) -> None:
        if not keeps_others:
            self.view.clearSelection()
        self._select([path])

    def _show_count(self) -> None:
        shown, there = len(self.table.rows), len(self.table.all)
        self.count.setText(
            ("1 run" if there == 1 else f"{grouped(there)} runs")
            if shown == there
            else f"{grouped(shown)} of {grouped(there)} runs"
        )

    def _select(self, paths: Sequence[str]) -> None:
        selection = self.view.selectionModel()
        for path in paths:
            place = self.table.place_of(path)
            if place >= 0:
                flags = selection.SelectionFlag.Select | selection.SelectionFlag.Rows
                selection.select(self.table.index(place, 0), flags)

    # --- what is done with runs

    def _menu(self) -> QMenu:
        rows, menu = self.selected(), QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        if not rows:
            return menu
        one = len(rows) == 1
        for words, do, is_possible in (
            ("&Watch", self._watch, one),
            ("Open the &Drawing", lambda: self.drawing_wanted.emit(Path(rows[0].path)), one),
            ("&Start from These Weights", lambda: self.weights_wanted.emit(Path(rows[0].path)), one),
            *self._more_wishes(),
        ):
            action = menu.addAction(words)
            action.setEnabled(is_possible)
            action.triggered.connect(partial(_call, do))
        menu.addSeparator()
        marks = rows[0].marks
        menu.addAction("&Note…").triggered.connect(partial(_call, self._note))
        menu.addAction("&Tags…").triggered.connect(partial(_call, self._tag))
        pinned = menu.addAction("Un&pin" if marks.is_pinned else "&Pin as Baseline")
        pinned.triggered.connect(partial(_call, self._pin))
        archived = menu.addAction("Take Out of the &Archive" if marks.is_archived else "&Archive")
        archived.triggered.connect(partial(_call, self._archive))
        shown = menu.addAction("Show Arc&hived Runs")
        shown.setCheckable(True)
        shown.setChecked(self.table.shows_archived)
        shown.toggled.connect(self.table.show_archived)
        menu.addSeparator()
        menu.addAction("De&lete").triggered.connect(partial(_call, self._delete))
        return menu

    def _more_wishes(self) -> list[tuple[str, Callable[[], object], bool]]:
        """What the window does with one run, with two, and with several."""
        rows, pair = [Path(row.path) for row in self.selected()], self._pair()
        two = [Path(row.path) for row in pair] if pair else []
        return [
            ("&Restore This Drawing", lambda: self.wanted.emit("restore", rows), len(rows) == 1),
            ("Differences on the &Canvas", lambda: self.wanted.emit("differences", two), bool(two)),
            ("Where They Dis&agree…", lambda: self.wanted.emit("disagreements", two), bool(two)),
            ("Runs as &One…", lambda: self.wanted.emit("ensemble", rows), len(rows) > 1),
            ("Write a Re&port…", lambda: self.wanted.emit("report", rows), True),
            ("S&eal as a File…", lambda: self.wanted.emit("seal", rows), len(rows) == 1),
        ]

    def _open_menu(self) -> None:
        at = self.buttons["more"]
        self._menu().popup(at.mapToGlobal(QPoint(0, at.height())))

    def _watch(self) -> None:
        rows = self.selected()
        if len(rows) == 1:
            self.watch_wanted.emit(Path(rows[0].path))

    def _curves(self) -> None:
        self.curves_wanted.emit([Path(row.path) for row in self.selected()])

    def _inspect(self) -> None:
        self.inspection_wanted.emit(Path(self.selected()[0].path))

    def _compare(self) -> None:
        pair = self._pair()
        if pair is not None:
            dialog = Comparison(*pair, self)
            dialog.drawing_wanted.connect(self.drawing_wanted)
            dialog.differences_wanted.connect(lambda: self.wanted.emit("differences", [Path(r.path) for r in pair]))
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()

    def _note(self) -> None:
        rows = self.selected()
        text, is_given = QInputDialog.getText(self, "Note", "What is worth knowing of it:", text=rows[0].marks.note)
        if is_given:
            self.mark(rows, note=text.strip())

    def _tag(self) -> None:
        rows = self.selected()
        text, is_given = QInputDialog.getText(
            self, "Tags", "Words with commas between them:", text=", ".join(rows[0].marks.tags)
        )
        if is_given:
            self.mark(rows, tags=tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip())))

    def _pin(self) -> None:
        """One run alone is the baseline."""
        row = self.selected()[0]
        others = [other for other in self.table.all if other.marks.is_pinned and other.path != row.path]
        self.mark(others, is_pinned=False)
        self.mark([row], is_pinned=not row.marks.is_pinned)

    def _archive(self) -> None:
        rows = self.selected()
        self.mark(rows, is_archived=not rows[0].marks.is_archived)

    def mark(self, rows: Sequence[Row], **changes: object) -> None:
        """Notes something on runs."""
        changed = {}
        try:
            for row in rows:
                marks: Marks = msgspec.structs.replace(row.marks, **changes)
                write_marks(Path(row.path), marks)
                changed[row.path] = msgspec.structs.replace(row, marks=marks)
        except TrainingError as error:
            dialogs.tell(self, error.fact, error.remedy)
        self.show_rows([changed.get(row.path, row) for row in self.table.all])

    def _delete(self) -> None:
        rows = self.selected()
        if not rows:
            return
        try:
            self._moved = delete_runs(Path(row.path) for row in rows)
        except TrainingError as error:
            dialogs.tell(self, error.fact, error.remedy)
            return
        gone = {row.path for row in rows}
        self.show_rows([row for row in self.table.all if row.path not in gone])
        self.undo.setText(f"{len(rows)} deleted. Undo" if len(rows) > 1 else "Deleted. Undo")
        self.undo.show()
        self._forget.start()

    def _take_back(self) -> None:
        try:
            restore_runs(self._moved)
        except TrainingError as error:
            dialogs.tell(self, error.fact, error.remedy)
        self._moved = []
        self.undo.hide()
        self.refresh()

    def _open_columns(self) -> None:
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        for column in self.table.known:
            action = menu.addAction(column.title)
            action.setCheckable(True)
            action.setChecked(column.name in self.table.shown_columns())
            action.setEnabled(column.name != "name")
            action.toggled.connect(partial(self._toggle_column, column.name))
        menu.addSeparator()
        menu.addAction("As Usual").triggered.connect(partial(_call, partial(self._keep_columns, None)))
        menu.popup(self.mapToGlobal(QPoint(self.width() - 200, 40)))

    def _toggle_column(self, name: str, is_shown: bool) -> None:
        shown = self.table.shown_columns()
        self._keep_columns([*shown, name] if is_shown else [each for each in shown if each != name])

    def _keep_columns(self, names: list[str] | None) -> None:
        QSettings().setValue(COLUMNS_KEY, ",".join(names) if names else "")
        self.table.choose_columns(names)

    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Folder of Runs", str(self.folder))
        if chosen:
            self._chosen_folder = Path(chosen)
            self.refresh()


def _plot_of(page: ScatterPage | ParallelPlot) -> RunPlot:
    return page.plot if isinstance(page, ScatterPage) else page


def _call(do: Callable[[], object], _checked: bool = False) -> None:
    do()
