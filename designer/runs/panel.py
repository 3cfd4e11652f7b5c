"""RunsPanel: all runs of the folder, and what can be done with those that are selected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QLineEdit,
    QMenu,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from designer.figures import grouped
from designer.runs.comparison import Comparison
from designer.runs.listing import Listing
from designer.runs.marking import Marking
from designer.runs.menu import run_menu
from designer.runs.table import RunTable
from designer.runs.view import RunView
from designer.runs.ways import CURVES, TABLE, WAYS, Ways
from designer.widgets import EmptyState, button, label
from designer.wrapping import WrappingRow
from runtime.run_list import Row
from runtime.search.trial_rows import search_of

ARCHIVED_KEY = "runs/archived"  # are archived runs shown?
REST_MS = 4_000  # between two looks at the folder
MOST_BESIDE = 8
MOST_SEARCH = 360  # px
NOTHING = "Every training becomes a row here, with its settings and what it came to. Train the network to begin."


class RunsPanel(QWidget):
    """Lists in a thread; the table stays as it is until the listing is there."""

    curves_wanted = Signal(list)  # runs to be shown beside that of the panel
    highlighted = Signal(list)  # paths of the runs that stand out: the one under the mouse, else the selected ones
    inspection_wanted = Signal(object)
    drawing_wanted = Signal(object)
    watch_wanted = Signal(object)
    weights_wanted = Signal(object)  # a run to start from
    wanted = Signal(str, list)  # something of designer.runs.actions.WISHES, with the runs that it is done with

    def __init__(self, folder: Callable[[], Path]) -> None:
        super().__init__()
        self._folder_of = folder
        self._chosen_folder: Path | None = None
        self.table = RunTable()
        self.table.show_archived(QSettings().value(ARCHIVED_KEY) == "yes")
        self.view = RunView(self.table)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find runs")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Find runs")
        self.search.setToolTip("A name, a state, a tag or a setting: finished, recipe.epochs=5")
        self.search.textChanged.connect(self._find)
        self.count = label("", "secondary")
        self.back = button("", lambda: self.show_folder(None), "link")
        self.back.hide()
        self.marking = Marking(self, self, self.refresh)
        self.buttons = self._make_buttons()
        self.show_all = button("Show them", self._show_all)
        self.empty = EmptyState(NOTHING, self.show_all)
        self.shown_as = QComboBox()
        self.shown_as.addItems(list(WAYS))
        self.shown_as.setAccessibleName("Runs are shown as")
        self.shown_as.currentIndexChanged.connect(self._show_as)
        self.ways = Ways(self.table, self.view)
        self.ways.chosen.connect(lambda path, keeps: self.view.show_run(path, keeps_others=keeps))
        self.ways.pointed.connect(self._point_at)
        self.listing = Listing(self)
        self.listing.listed.connect(self.show_rows)
        self._rest = QTimer(self, interval=REST_MS)
        self._rest.timeout.connect(self.refresh)
        self._lay_out()
        self._connect()

    @property
    def folder(self) -> Path:
        return self._chosen_folder or self._folder_of()

    def selected(self) -> list[Row]:
        """The selected runs, from the top."""
        return self.view.selected()

    def listed(self) -> list[Row]:
        """All runs of the folder, also those that are not shown."""
        return self.table.all

    def refresh(self) -> None:
        """Lists anew, unless that is under way."""
        if self.isVisible():
            self.listing.begin(self.folder)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Takes over a listing; what was selected stays so."""
        if list(rows) != self.table.all:
            self.table.show_rows(rows)

    def show_folder(self, folder: Path | None) -> None:
        """The runs of another folder, such as the trials of a search. None: those of the network again."""
        self._chosen_folder = folder
        self.back.setVisible(folder is not None)
        if folder is not None:
            search = search_of(folder)
            self.back.setText(f"Trials of {search.name}  ×" if search else f"{folder.name}  ×")
            self.back.setToolTip(f"{folder}. Click to see the runs of the network again.")
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
        self._rest.start()

    def hideEvent(self, event: object) -> None:
        self._rest.stop()

    def _make_buttons(self) -> dict[str, QPushButton]:
        """Name -> button; each asks for the selected runs."""
        return {
            "curves": button("Curves", self._curves, tip="Curves of these runs, beside each other"),
            "inspect": button("Look inside", self._inspect, tip="Filters, decisions and mistakes of this run"),
            "compare": button("Compare", self._compare, tip="What differs between two runs, or from the pinned one"),
            "more": button("More  ▾", self._open_menu, tip="Drawing, weights, notes, tags, archive, delete"),
        }

    def _lay_out(self) -> None:
        self.search.setMaximumWidth(MOST_SEARCH)
        self.columns_button = button("Columns  ▾", self._open_columns, "link", "Choose what stands in the table")
        folder = button("Folder…", self._choose_folder, "link", "Runs of another folder")
        top = WrappingRow()
        top.add(self.shown_as, self.search, self.count, self.back, self.marking.undo)
        top.add(*self.buttons.values(), self.columns_button, folder)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(8)
        column.addLayout(top)
        self._stack = QStackedLayout()
        column.addLayout(self._stack, 1)
        self._stack.addWidget(self.empty)  # only now: a stack without a parent shows its pages as windows
        self._stack.addWidget(self.ways)

    def _connect(self) -> None:
        view = self.view
        view.activated.connect(lambda _index: self.watch())
        view.customContextMenuRequested.connect(lambda place: self.menu().popup(view.viewport().mapToGlobal(place)))
        view.selectionModel().selectionChanged.connect(lambda *_: self._enable())
        view.pointed.connect(self._point_at)
        view.delete_pressed.connect(self.marking.delete)
        self.table.modelReset.connect(self._after_reset)
        self._enable()

    def _find(self, text: str) -> None:
        self.table.filter(text)

    def _after_reset(self) -> None:
        shown, there = len(self.table.rows), len(self.table.all)
        self.count.setText(
            ("1 run" if there == 1 else f"{grouped(there)} runs")
            if shown == there
            else f"{grouped(shown)} of {grouped(there)} runs"
        )
        self._show_page()
        self.ways.draw()
        self._enable()

    def _enable(self) -> None:
        rows = self.selected()
        self.buttons["curves"].setEnabled(0 < len(rows) <= MOST_BESIDE)
        self.buttons["inspect"].setEnabled(len(rows) == 1)
        self.buttons["compare"].setEnabled(self.pair() is not None)
        self.ways.show_selection([row.path for row in rows])
        self._point_at("")

    def _point_at(self, path: str) -> None:
        """The run under the mouse stands out everywhere; without one those do that are selected."""
        paths = [path] if path else [row.path for row in self.selected()]
        self.table.point_at(path)
        self.ways.highlight(paths)
        self.highlighted.emit(paths)

    def point_at_name(self, name: str) -> None:
        """A run that is pointed at elsewhere."""
        self._point_at(self._path_of(name))

    def choose_name(self, name: str) -> None:
        """A run that was clicked elsewhere is selected here."""
        if path := self._path_of(name):
            self.view.show_run(path)

    def _path_of(self, name: str) -> str:
        return next((row.path for row in self.table.rows if row.name == name), "")

    def pair(self) -> tuple[Row, Row] | None:
        """The two to compare: both selected, or the pinned one and that which is selected. The older comes first."""
        rows = self.selected()
        if len(rows) == 1:
            rows += [row for row in self.table.all if row.marks.is_pinned and row.path != rows[0].path][:1]
        if len(rows) != 2:
            return None
        before, after = sorted(rows, key=lambda row: (not row.marks.is_pinned, row.started))
        return before, after

    def _show_as(self) -> None:
        """The table, or a plot of the same runs."""
        way = self.shown_as.currentText()
        self.columns_button.setVisible(way in (TABLE, CURVES))
        self._show_page()
        self.ways.show_way(way)

    def _show_page(self) -> None:
        """What is empty says why, and how it becomes full again."""
        if self.table.rows:
            self._stack.setCurrentWidget(self.ways)
            return
        hidden = sum(row.marks.is_archived for row in self.table.all)
        self.show_all.setVisible(bool(self.table.all))
        if not self.table.all:
            self.empty.say(NOTHING)
        elif hidden == len(self.table.all) and not self.table.shows_archived:
            self.empty.say(f"All {grouped(hidden)} runs are archived." if hidden > 1 else "The only run is archived.")
        else:
            self.empty.say("No run has all of these words.")
        self._stack.setCurrentWidget(self.empty)

    def _show_all(self) -> None:
        """What the empty place offers: away with the words, or the archived runs too."""
        if self.search.text():
            self.search.clear()
        else:
            self.show_archived(True)

    # --- what is done with runs

    def menu(self) -> QMenu:
        """What can be done with the selected runs, and with the list; also where none is selected."""
        return run_menu(self)

    def show_archived(self, shows: bool) -> None:
        """Now and in windows to come."""
        QSettings().setValue(ARCHIVED_KEY, "yes" if shows else "no")
        self.table.show_archived(shows)

    def _open_menu(self) -> None:
        at = self.buttons["more"]
        self.menu().popup(at.mapToGlobal(QPoint(0, at.height())))

    def _open_columns(self) -> None:
        at = self.columns_button
        self.view.columns_menu().popup(at.mapToGlobal(QPoint(0, at.height())))

    def watch(self) -> None:
        rows = self.selected()
        if len(rows) == 1:
            self.watch_wanted.emit(Path(rows[0].path))

    def _curves(self) -> None:
        self.curves_wanted.emit([Path(row.path) for row in self.selected()])

    def _inspect(self) -> None:
        self.inspection_wanted.emit(Path(self.selected()[0].path))

    def _compare(self) -> None:
        pair = self.pair()
        if pair is not None:
            dialog = Comparison(*pair, self)
            dialog.drawing_wanted.connect(self.drawing_wanted)
            dialog.differences_wanted.connect(lambda: self.wanted.emit("differences", [Path(r.path) for r in pair]))
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()

    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Folder of Runs", str(self.folder))
        if chosen:
            self.show_folder(Path(chosen))
