"""Sealed runs and reports in the window, each made by a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from designer import dialogs
from designer.processes import Program, module_command
from designer.runs.verify_dialog import VerifyDialog

if TYPE_CHECKING:
    from designer.main_window import MainWindow

SUFFIX = ".netwrun"
REPORTS = "Web page (*.html);;Markdown (*.md)"
SEALED = f"Sealed run (*{SUFFIX})"


class Command(QObject):
    """A command of Netwright in a process of its own; ``done`` hears its last line, a refusal is told."""

    def __init__(self, window: MainWindow, arguments: Sequence[str], done: Callable[[str], object]) -> None:
        super().__init__(window)
        self._window, self._done = window, done
        self._said = b""
        self.program = Program([*module_command("runtime"), *arguments], self)
        self.program.line.connect(self._hear)
        self.program.ended.connect(self._ended)

    def _hear(self, line: bytes) -> None:
        if line.strip():
            self._said = line

    def _ended(self) -> None:
        said = self._said.decode(errors="replace").strip()
        if self.program.has_failed:
            dialogs.tell(self._window, self.program.last_words or said or "It ended unexpectedly.")
        else:
            self._done(said)
        self.deleteLater()


def open_sealed(window: MainWindow, file: Path) -> None:
    """Unpacks a sealed run into the folder of runs, and watches it there."""
    from designer.dropping import attach_run

    assert window.services is not None
    window.status.say(f"Unpacking {file.name}…")

    def opened(path: str) -> None:
        said = f"{file.name} is unpacked in {path}, and every hash is right."
        window.status.say(said)
        attach_run(window, Path(path))
        verify_run(window, file, run=Path(path), said=said)

    Command(window, ["unseal", str(file), str(window.services.trainer.runs_folder())], opened)


def verify_run(window: MainWindow, path: Path, *, run: Path | None = None, said: str = "") -> VerifyDialog:
    """Offers to do the first steps of a run or of a sealed file again."""
    dialog = VerifyDialog(path, window, run=run, said=said)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.show()
    return dialog


def seal_run(window: MainWindow, run: Path) -> None:
    """Asks for a place, and writes the run there as one file."""
    start = str(Path.home() / f"{run.name}{SUFFIX}")
    chosen, _ = QFileDialog.getSaveFileName(window, "Seal the Run", start, SEALED)
    if chosen:
        Command(window, ["seal", str(run), "-o", chosen], window.status.say)


def report_runs(window: MainWindow, runs: Sequence[Path]) -> None:
    """Asks for a place, writes a report there and shows it."""
    start = str(Path.home() / f"{runs[0].name}.html")
    chosen, _ = QFileDialog.getSaveFileName(window, "Write a Report", start, REPORTS)
    if not chosen:
        return

    def written(words: str) -> None:
        window.status.say(words)
        QDesktopServices.openUrl(QUrl.fromLocalFile(chosen))

    window.status.say("Writing the report…")
    Command(window, ["report", *map(str, runs), "-o", chosen], written)
