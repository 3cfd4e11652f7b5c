"""SearchDialog: begins a search over the marked settings, shows its trials as they come, and opens the best."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QModelIndex, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QProgressBar,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from designer import dialogs
from designer.document import Document
from designer.figures import counted, figure, share
from designer.search.marking import searched_over
from designer.search.search_process import SearchProcess, latest_search
from designer.search.table_model import TrialModel
from designer.search.tables import dress
from designer.settings_form import SettingsForm
from designer.widgets import button, label, line, scrolled
from nodes.graph.files import NetworkFileError
from nodes.spec.settings import SettingError
from runtime import runs
from runtime.search import folder as files
from runtime.search.folder import Table
from runtime.search.wishes import SearchSettings

LEFT = 300  # px
SIZED_BY = 40  # trials: what comes later is as wide


class SearchDialog(QDialog):
    """Not modal: the drawing stays at hand while trials run in processes of their own."""

    open_wanted = Signal(Path)  # a network file
    trials_wanted = Signal(Path)  # the folder of the search whose trials are to be shown as runs

    def __init__(self, document: Document, root: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self.root = document, root
        self.process = SearchProcess(self)
        self.settings = SearchSettings()
        self.setWindowTitle("Search")
        self.resize(1160, 600)
        self.setMinimumSize(760, 420)
        self.over = label(role="secondary", wrap=True)
        self.fault = label(role="fault", wrap=True)
        self.form = SettingsForm(SearchSettings.settings())
        self.begin = button("Start Search", self.start, "primary")
        self.on = button("Go On", self.go_on, tip="Goes on with the search that is shown")
        self.stop = button("Stop", self.process.stop, tip="Trials under way are gone on with later")
        self.state = label(wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Trials that are done")
        self.model = TrialModel()
        self.table = QTableView()
        self.matters = label(role="secondary", wrap=True)
        self.open_best = button("Open Best as New Tab", self._open_best)
        self.open_trial = button("Open Selected", self._open_selected, tip="The network of the selected trial")
        self.show_folder = button("Show Folder", self._show_folder)
        self.show_runs = button("Show Trials in Runs", self._show_runs, tip="As a table, as points or as lines")
        self.other = button("Other Search…", self._choose, tip="Shows the search in another folder")
        self._dress_table()
        self._lay_out()
        self.form.edited.connect(lambda settings, _gesture: self._take(settings))
        self.process.table_changed.connect(self._show_table)
        self.process.state_changed.connect(lambda _state: self._show_state())
        self.process.failed.connect(self._tell)
        document.changed.connect(lambda _changes: self.show_marks() if self.isVisible() else None)
        self._take(self.settings)
        self._show_table(None)

    def show_search(self) -> None:
        """Shows the dialog; with the search begun last, where none is shown yet."""
        self.show_marks()
        if self.process.folder is None and (latest := latest_search(self.root)) is not None:
            self.process.attach(latest)
        self.show()
        self.raise_()
        self.activateWindow()

    def show_marks(self) -> None:
        """What would be searched over, or how to mark it."""
        marks, fault = searched_over(self._document)
        names = [f"{key.removeprefix('nodes.')}: {mark.words()}" for key, mark in marks.items()]
        self.over.setText(
            "\n".join(names) or "No setting is marked yet: right-click one and choose Search Over This…"
        )
        self._tell(fault)
        self.begin.setEnabled(bool(marks) and not fault and not self.process.is_live)

    def start(self) -> None:
        errors = [problem for problem in self._document.root_problems if problem.severity == "error"]
        if errors:
            self._tell(str(errors[0]))
            return
        self._tell("")
        try:
            self.process.start(self._document, self.root, self.settings.arguments())
        except (SettingError, NetworkFileError, OSError) as error:
            self._tell(str(error))

    def go_on(self) -> None:
        self._tell("")
        self.process.go_on(["--jobs", str(self.settings.jobs)])

    # --- showing

    def _take(self, settings: SearchSettings) -> None:
        self.settings = settings
        self.form.show_settings(settings)
        self.form.show_rows({name for name, kind in settings.settings().items() if kind.applies_to(settings)})

    def _show_table(self, table: Table | None) -> None:
        is_first = self.model.rowCount() == 0
        self.model.show_table(table)
        if is_first or self.model.rowCount() <= SIZED_BY:
            self.table.resizeColumnsToContents()
        self.table.setVisible(table is not None)
        self.matters.setText(what_mattered(table))
        self.matters.setVisible(bool(self.matters.text()))
        self._show_state()

    def _show_state(self) -> None:
        table, live = self.process.table, self.process.is_live
        rows = table.rows if table else []
        over = sum(row.state in ("done", "pruned") for row in rows)
        self.bar.setRange(0, table.wanted if table else 0)
        self.bar.setValue(over)
        self.bar.setVisible(live)
        self.state.setText(in_words(self.process.state, table))
        self.stop.setVisible(live)
        self.stop.setEnabled(self.process.state != "stopping")
        self.on.setVisible(not live and table is not None and over < table.wanted)
        self.open_best.setEnabled(table is not None and table.best is not None)
        self.show_folder.setEnabled(self.process.folder is not None)
        self.show_runs.setEnabled(any(row.run for row in rows))
        self._on_selected()
        self.begin.setEnabled(not live and not self.over.text().startswith("No setting"))

    def _on_selected(self) -> None:
        row = self._selected()
        self.open_trial.setEnabled(row is not None and bool(row.run))

    def _tell(self, sentence: str) -> None:
        self.fault.setText(sentence)
        self.fault.setVisible(bool(sentence))

    # --- what is opened

    def _selected(self) -> files.Row | None:
        return self.model.row_at(self.table.currentIndex().row())

    def _open_best(self) -> None:
        if self.process.folder is not None:
            self.open_wanted.emit(self.process.folder / files.BEST)

    def _open_selected(self) -> None:
        row = self._selected()
        if row is not None and row.run and self.process.folder is not None:
            self.open_wanted.emit(self.process.folder / files.RUNS / row.run / runs.NETWORK)

    def _show_runs(self) -> None:
        """Out of the way: the panel of runs lies below this window. The search goes on."""
        if self.process.folder is not None:
            self.hide()
            self.trials_wanted.emit(self.process.folder)

    def _show_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.process.folder)))

    def _choose(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder of a search", str(self.root))
        if folder and files.is_search(Path(folder)):
            self.process.attach(Path(folder))
        elif folder:
            dialogs.tell(self, f"{folder} is no search: it has no {files.PLAN}.", "Choose a folder below searches.")

    # --- building

    def _dress_table(self) -> None:
        self.table.setModel(self.model)
        dress(self.table, "Trials, the best first")
        self.table.doubleClicked.connect(lambda _index: self._open_selected())
        self.table.selectionModel().currentRowChanged.connect(self._on_row)

    def _on_row(self, _now: QModelIndex, _before: QModelIndex) -> None:
        self._on_selected()

    def _lay_out(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 12, 0)
        column.setSpacing(8)
        column.addWidget(label("Searched over", "heading"))
        column.addWidget(self.over)
        column.addSpacing(8)
        column.addWidget(label("How", "heading"))
        column.addWidget(self.form)
        column.addStretch()
        area = scrolled(left)
        side = QVBoxLayout()
        side.setSpacing(8)
        side.addWidget(area, 1)
        side.addWidget(self.fault)
        side.addWidget(self.begin)
        place = QWidget()
        place.setFixedWidth(LEFT)
        place.setLayout(side)
        side.setContentsMargins(0, 0, 0, 0)
        right = QVBoxLayout()
        right.setSpacing(8)
        head = QHBoxLayout()
        head.addWidget(self.state, 1)
        head.addWidget(self.on)
        head.addWidget(self.stop)
        right.addLayout(head)
        right.addWidget(self.bar)
        right.addWidget(self.table, 1)
        right.addStretch()
        right.addWidget(self.matters)
        below = QHBoxLayout()
        for one in (self.other, self.show_folder, self.show_runs):
            below.addWidget(one)
        below.addStretch()
        for one in (self.open_trial, self.open_best):
            below.addWidget(one)
        right.addLayout(below)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(16)
        layout.addWidget(place)
        layout.addWidget(line(vertical=True))
        layout.addLayout(right, 1)
        for made in self.findChildren(type(self.begin)):
            made.setAutoDefault(False)


def in_words(state: str, table: Table | None) -> str:
    """``7 of 20 trials, 2 of them ended early. Best accuracy 0.954, trial 3.``"""
    if table is None:
        waiting = "The first trial begins …" if state in ("starting", "running") else ""
        return waiting or "Trials are listed here once a search has begun. It goes on when the window is closed."
    over = [row for row in table.rows if row.state in ("done", "pruned")]
    early = sum(row.state == "pruned" for row in over)
    at_work = sum(row.state == "running" for row in table.rows)
    said = f"{len(over)} of {counted(table.wanted, 'trial')}"
    said += f", {early} ended early" if early else ""
    said += f", {at_work} under way" if at_work and state != "rests" else ""
    said += {"stopping": ". Stopping …", "rests": "" if len(over) >= table.wanted else ". It rests"}.get(state, "")
    best = table.best
    return f"{said}." + (f" Best {table.metric} {figure(best.value, 4)}, trial {best.number}." if best else "")


def what_mattered(table: Table | None) -> str:
    """Which settings the results hang on."""
    if table is None or not table.importance:
        return ""
    shares = sorted(table.importance.items(), key=lambda item: -item[1])
    names = dict(zip(table.keys, files.short_names(table.keys), strict=True))
    return "What mattered: " + ", ".join(f"{names.get(key, key)} {share(part, 0)}" for key, part in shares) + "."
