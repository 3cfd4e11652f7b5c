"""FoldsDialog: cross-validates the network shown, in a process of its own, and shows mean ± deviation."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path

from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QHBoxLayout, QProgressBar, QSpinBox, QVBoxLayout, QWidget

from designer.document import Document
from designer.figures import counted, figure
from designer.processes import LastingProgram, module_command
from designer.search.tables import PlainTable
from designer.widgets import EmptyState, button, label, restyle
from nodes.graph.files import NetworkFileError, save
from nodes.spec.settings import SettingError
from runtime import folds, runs
from runtime.data.choice import DataChoice
from runtime.folds import Report
from runtime.fresh import fresh_folder
from runtime.runs import Stop, TrainingError

LOOK_MS = 500
MOST_COLUMNS = 10  # of folds
ABOUT = (
    "One training for each fold: the fold is its validation part, the rest is trained on. The test part stays apart."
)
EMPTY = "Each metric is listed here with its mean and deviation over the folds, and with what every fold came to."


class FoldsDialog(QDialog):
    """Not modal. The folds go on when it is closed; they are read from their folder."""

    def __init__(self, document: Document, root: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self.root = document, root
        self.folder: Path | None = None
        self._program: LastingProgram | None = None
        self._given: Path | None = None
        self.setWindowTitle("Cross-validation")
        self.resize(820, 420)
        self.setMinimumSize(560, 340)
        self.count = QSpinBox()
        self.count.lineEdit().setTextMargins(6, 0, 0, 0)
        self.count.setRange(2, 100)
        self.count.setValue(5)
        self.count.setAccessibleName("Number of folds")
        self.begin = button("Train the Folds", self.start, "primary")
        self.stop_button = button("Stop", self.stop, tip="After the step under way; started again, it goes on")
        self.state = label(role="secondary", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Folds that are done")
        self.table = PlainTable("Metrics over the folds")
        self.empty = EmptyState(EMPTY)
        self.show_folder = button("Show Folder", self._show_folder)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._lay_out()
        self._show(None)

    @property
    def is_live(self) -> bool:
        return self._program is not None

    def start(self) -> None:
        """Trains the folds of the network shown; those of the same network that were stopped are gone on with."""
        errors = [problem for problem in self._document.root_problems if problem.severity == "error"]
        if errors:
            self._say(str(errors[0]), "fault")
            return
        try:
            network = self._document.network
            base = self._document.path.parent if self._document.path else Path.cwd()
            source = DataChoice.read(network.data).resolved(base).source
            with tempfile.NamedTemporaryFile(prefix="netwright-folds-", suffix=".netw", delete=False) as file:
                self._given = Path(file.name)
            save(dataclasses.replace(network, data={**network.data, "source": source}), self._given)
        except (SettingError, NetworkFileError, OSError) as error:
            self._say(str(error), "fault")
            return
        count = self.count.value()
        self.folder = self._unfinished(count) or fresh_folder(self.root, self._document.title)
        command = [*module_command("runtime"), "crossvalidate", str(self._given), "--folds", str(count), "--json"]
        self._program = LastingProgram([*command, "--out", str(self.folder)], self)
        self._program.ended.connect(self._on_ended)
        self._timer.start()
        self._say("The first fold begins …")
        self.look()

    def stop(self) -> None:
        """Ends the fold under way after its step; the next start goes on with it."""
        state = folds.read_state(self.folder) if self.folder else None
        if state is not None and self.folder is not None:
            for fold, name in state.runs.items():
                if fold not in state.scores:
                    try:
                        runs.send(self.folder / folds.RUNS / name, Stop())
                    except TrainingError as error:
                        self._say(str(error), "fault")
        self.stop_button.setEnabled(False)

    def let_go(self) -> None:
        """Stops watching; the folds go on."""
        self._timer.stop()
        if self._program is not None:
            self._program.let_go()
            self._program = None

    def look(self) -> None:
        """Shows what is done."""
        state = folds.read_state(self.folder) if self.folder else None
        self._show(folds.report_of(state) if state else None)

    def _unfinished(self, count: int) -> Path | None:
        """The folder shown, where its folds are those of this network and not all done: the command compares."""
        state = folds.read_state(self.folder) if self.folder else None
        if state is None or self.folder is None or self._given is None or len(state.scores) == state.folds:
            return None
        is_same = (self.folder / runs.NETWORK).read_bytes() == self._given.read_bytes()
        return self.folder if is_same and state.folds == count else None

    def _on_ended(self) -> None:
        program, self._program = self._program, None
        self._timer.stop()
        if self._given is not None:
            self._given.unlink(missing_ok=True)
            self._given = None
        self.look()
        said = program.last_words.removeprefix("netwright: ") if program else ""
        if program is not None:
            program.deleteLater()
        if folds.read_state(self.folder) is None if self.folder else True:
            self._say(said or "The folds could not be begun.", "fault")

    def _show(self, report: Report | None) -> None:
        self.begin.setEnabled(not self.is_live)
        self.count.setEnabled(not self.is_live)
        self.stop_button.setVisible(self.is_live)
        self.bar.setVisible(self.is_live)
        self.show_folder.setEnabled(report is not None)
        if not self.is_live:
            self.stop_button.setEnabled(True)
        self.table.setVisible(report is not None)
        self.empty.setVisible(report is None)
        if report is None:
            self.table.show_rows((), ())
            return
        self.bar.setRange(0, report.folds)
        self.bar.setValue(len(report.scores))
        self.table.show_rows(*as_table(report))
        if self.is_live or report.scores:
            done = f"{len(report.scores)} of {counted(report.folds, 'fold')} are done."
            self._say(done if len(report.scores) < report.folds else f"All {report.folds} folds are done.")

    def _say(self, sentence: str, role: str = "secondary") -> None:
        restyle(self.state, role=role)
        self.state.setText(sentence)

    def _show_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.folder)))

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(label("Cross-validation", "title"))
        layout.addWidget(label(ABOUT, "secondary", wrap=True))
        head = QHBoxLayout()
        head.setSpacing(8)
        name = label("Folds")
        name.setBuddy(self.count)
        for one in (name, self.count, self.begin, self.stop_button):
            head.addWidget(one)
        head.addStretch()
        layout.addLayout(head)
        layout.addWidget(self.bar)
        layout.addWidget(self.state)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.empty, 1)
        below = QHBoxLayout()
        below.addWidget(self.show_folder)
        below.addStretch()
        below.addWidget(button("Close", self.reject))
        layout.addLayout(below)


def as_table(report: Report) -> tuple[list[str], list[list[str]]]:
    """Titles and rows: a metric, its mean ± deviation, and the folds."""
    shown = report.scores[:MOST_COLUMNS]
    titles = ["Metric", "Mean ± deviation", *(f"Fold {score.fold}" for score in shown)]
    rows = []
    for part in ("validation", "test"):
        for name, spread in getattr(report, part).items():
            values = [figure(getattr(score, part)[name], 4) for score in shown]
            rows.append([f"{part} {name}", f"{figure(spread.mean, 4)} ± {figure(spread.deviation, 2)}", *values])
    return titles, rows
