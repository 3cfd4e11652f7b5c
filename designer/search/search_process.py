"""SearchProcess: a search started from the window, which outlives it; everything else is read from its folder."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from designer.document import Document
from designer.processes import LastingProgram, module_command
from nodes.graph.files import save
from runtime.data.choice import DataChoice
from runtime.fresh import fresh_folder
from runtime.search import folder as files
from runtime.search.folder import Table

LOOK_MS = 500  # between two looks at the table


class SearchProcess(QObject):
    """Follows one search: its table as it grows, and whether anybody works on it."""

    table_changed = Signal(object)  # Table | None
    state_changed = Signal(str)  # idle, starting, running, stopping, rests
    failed = Signal(str)  # why it did not start, or ended

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder: Path | None = None
        self.table: Table | None = None
        self.state = "idle"
        self._programs: list[LastingProgram] = []
        self._seen: tuple[int, int] | None = None  # time and size of the table read last
        self._given: Path | None = None  # the file that the search is started with
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)

    @property
    def is_live(self) -> bool:
        return self.state in ("starting", "running", "stopping")

    def start(self, document: Document, root: Path, wishes: list[str]) -> None:
        """Begins a search over the network shown, in a fresh folder below ``root``."""
        base = document.path.parent if document.path else Path.cwd()
        data = document.network.data
        source = DataChoice.read(data).resolved(base).source
        network = dataclasses.replace(document.network, data={**data, "source": source})
        with tempfile.NamedTemporaryFile(prefix="netwright-search-", suffix=".netw", delete=False) as file:
            self._given = Path(file.name)
        save(network, self._given)
        folder = fresh_folder(root, document.title)
        self._run([str(self._given), "--out", str(folder), *wishes])
        self._follow(folder, "starting")

    def go_on(self, wishes: list[str]) -> None:
        """Goes on with the search that is shown."""
        if self.folder is not None and not self.is_live:
            self._run(["--resume", str(self.folder), *wishes])
            self._follow(self.folder, "starting")

    def attach(self, folder: Path) -> None:
        """Shows a search that another window or the command line began."""
        self._follow(folder, "running" if files.is_worked_on(folder) else "rests")

    def stop(self) -> None:
        """Ends the trials under way after their current step; they are gone on with when the search is."""
        if self.folder is None or self.state not in ("starting", "running"):
            return
        if files.is_search(self.folder):
            files.ask_to_stop(self.folder)
            self._set_state("stopping")
        else:  # nothing is made yet
            for program in self._programs:
                program.kill()
                program.deleteLater()
            self._programs.clear()
            self._rest()

    def let_go(self) -> None:
        """Stops watching; the search itself goes on."""
        self._timer.stop()
        for program in self._programs:
            program.let_go()
        self._programs.clear()

    def look(self) -> None:
        """Reads the table if it is another, and whether the search still runs."""
        if self.folder is None:
            return
        self._read(self.folder)
        if self.is_live and not self._programs and not files.is_worked_on(self.folder):
            self._rest()
        elif self.state == "starting" and self.table is not None:
            self._set_state("running")

    def _follow(self, folder: Path, state: str) -> None:
        self.folder, self.table, self._seen = folder, None, None
        self._set_state(state)
        self.table_changed.emit(None)
        self._timer.start()
        self.look()

    def _read(self, folder: Path) -> None:
        try:
            status = (folder / files.TABLE).stat()
        except OSError:
            return
        if (status.st_mtime_ns, status.st_size) != self._seen:
            table = files.read_table(folder)
            if table is not None:
                self._seen = status.st_mtime_ns, status.st_size
                self.table = table
                self.table_changed.emit(table)

    def _run(self, arguments: list[str]) -> None:
        program = LastingProgram([*module_command("runtime"), "search", *arguments, "--json"], self)
        self._programs.append(program)
        program.ended.connect(lambda: self._on_ended(program))

    def _on_ended(self, program: LastingProgram) -> None:
        if program not in self._programs:
            return
        self._programs.remove(program)
        if self._given is not None:
            self._given.unlink(missing_ok=True)
            self._given = None
        said = program.last_words
        program.deleteLater()
        self.look()
        if self.is_live and not (self.folder and files.is_worked_on(self.folder)):
            self._rest()
        if self.table is None or not self.table.rows:
            self.failed.emit(said.removeprefix("netwright: ") or "The search ended without a trial.")

    def _rest(self) -> None:
        self._timer.stop()
        self._set_state("rests")

    def _set_state(self, state: str) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)


def latest_search(root: Path) -> Path | None:
    """The search in a folder that was begun last."""
    try:
        found = [folder for folder in root.iterdir() if files.is_search(folder)]
    except OSError:
        return None
    return max(found, key=lambda folder: folder.name, default=None)
