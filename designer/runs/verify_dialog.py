"""VerifyDialog: does a run hold what it says? Its first steps are done again, in a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtWidgets import QDialog, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from designer.processes import Program, module_command
from designer.trusting import may_run
from designer.widgets import button, label, restyle
from nodes.graph.files import NetworkFileError, load
from runtime.runs import NETWORK
from runtime.trust import user_code

WIDTH = 460
STEPS = 20
ABOUT = f"Its first {STEPS} steps are done again on the CPU, and their losses compared with those of its journal."
AT_WORK = "Doing the steps again…"
UNTRUSTED = "Its steps were not done again: they run its Python code, which is not trusted."
STOPPED = "It was stopped before its steps were done."


class VerifyDialog(QDialog):
    """Not modal. ``path`` is a sealed file, whose hashes are checked too, or the folder of a run."""

    def __init__(self, path: Path, parent: QWidget | None = None, *, run: Path | None = None, said: str = "") -> None:
        """``run`` is where a sealed file was unpacked; ``said`` what is known already, such as that it was."""
        super().__init__(parent)
        self.path, self._run = path, run or path
        self._program: Program | None = None
        self._heard: list[bytes] = []
        self.setWindowTitle("Verify a Run")
        self.setMinimumWidth(WIDTH)
        self.told = label(said or ABOUT, wrap=True)
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Steps are done again")
        self.bar.hide()
        self.start_button = button("Verify Its First Steps", self.start, "primary")
        self.close_button = button("Close", self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(12)
        column.addWidget(label(path.name, "title"))
        column.addWidget(self.told)
        if said:
            column.addWidget(label(ABOUT, "secondary", wrap=True))
        column.addWidget(self.bar)
        below = QHBoxLayout()
        below.addStretch()
        below.addWidget(self.start_button)
        below.addWidget(self.close_button)
        column.addLayout(below)

    def start(self) -> None:
        """Once; while it works, Close is Cancel. Python code that came with the run is shown before it runs."""
        if not self._may_run():
            self._say(UNTRUSTED)
            return
        self._heard = []
        self._say(AT_WORK)
        self.bar.show()
        self.start_button.hide()
        self.close_button.setText("Cancel")
        command = [*module_command("runtime"), "verify", str(self.path), "--steps", str(STEPS), "--json"]
        program = self._program = Program(command, self)
        program.line.connect(self._heard.append)
        program.ended.connect(self._on_ended)

    def done(self, result: int) -> None:
        if self._program is not None:
            self._program.kill()
            self._program = None
        super().done(result)

    def _may_run(self) -> bool:
        try:
            graph = load(self._run / NETWORK).network.graph
        except NetworkFileError:
            return True  # whoever does the steps again says what is wrong
        return may_run(self, user_code(graph), without="Leave It")

    def _on_ended(self) -> None:
        program, self._program = self._program, None
        self.bar.hide()
        self.close_button.setText("Close")
        try:
            told = msgspec.json.decode(b"\n".join(self._heard), type=dict[str, Any])
        except msgspec.DecodeError:
            said = program.last_words.removeprefix("netwright: ") if program is not None else ""
            self._say(said or STOPPED, "fault")
        else:
            is_wrong = told["is_same"] is False and told["is_exact"]
            self._say(told["sentence"], "fault" if is_wrong else "")
        if program is not None:
            program.deleteLater()

    def _say(self, sentence: str, role: str = "") -> None:
        restyle(self.told, role=role)
        self.told.setText(sentence)
