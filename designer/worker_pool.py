"""WorkerPool: one spare training process waits, warm, so that a training starts at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from designer.processes import LastingProgram, module_command
from runtime.runs import RollBack

PREPARE_MS = 300  # a data choice is typed key by key: the spare hears the last one
REPLACE_MS = 4_000  # the import of torch must not take a core from the first steps of a training
RETRY_MS = 1_000
MOST_TRIES = 5


class Worker(QObject):
    """One training process: a spare until it is given a run."""

    ready = Signal()
    ended = Signal()

    def __init__(self, command: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.is_ready = False
        self._program = LastingProgram(command, self)
        self._program.line.connect(self._hear)
        self._program.ended.connect(self.ended)

    @property
    def is_running(self) -> bool:
        return self._program.is_running

    @property
    def process_id(self) -> int:
        return self._program.process_id

    @property
    def last_words(self) -> str:
        return self._program.last_words

    @property
    def was_killed(self) -> bool:
        return self._program.was_killed

    def prepare(self, data: Mapping[str, Any], base: Path) -> None:
        self._program.say({"type": "Prepare", "data": dict(data), "base": str(base)})

    def start(self, run: Path, *, resume: bool, back: RollBack | None = None) -> None:
        told = {"back": msgspec.to_builtins(back)} if back else {}
        self._program.say({"type": "Start", "run": str(run), "resume": resume, **told})

    def kill(self) -> None:
        self._program.kill()

    def let_go(self) -> None:
        """Lets its training go on when the window is gone."""
        self._program.let_go()

    def _hear(self, line: bytes) -> None:
        try:
            said = msgspec.json.decode(line)
        except msgspec.DecodeError:
            return
        if isinstance(said, dict) and said.get("type") == "Ready" and not self.is_ready:
            self.is_ready = True
            self.ready.emit()


class WorkerPool(QObject):
    """Keeps one spare worker; a training takes it, and another takes its place.

    Errors:  a spare that ends is started anew, later each time; after ``MOST_TRIES`` in a row ``failed`` says so.
    """

    ready = Signal()
    failed = Signal(str)

    def __init__(
        self,
        command: Sequence[str] | None = None,
        parent: QObject | None = None,
        *,
        retry_ms: int = RETRY_MS,
        replace_ms: int = REPLACE_MS,
    ) -> None:
        super().__init__(parent)
        self._command = tuple(command or module_command("runtime.worker"))
        self._retry_ms = retry_ms
        self._replace_ms = replace_ms
        self._spare: Worker | None = None
        self._failures = 0
        self._is_closed = False
        self._data: tuple[dict[str, Any], Path] | None = None
        self._spawn = _single_shot(self, self.warm)
        self._say_data = _single_shot(self, self._prepare_spare)

    @property
    def is_ready(self) -> bool:
        """Is the spare warm, so that a training would start at once?"""
        return self._spare is not None and self._spare.is_ready

    @property
    def failures(self) -> int:
        return self._failures

    def warm(self) -> None:
        """Starts the spare unless it is there."""
        self._spawn.stop()
        if self._spare is not None or self._is_closed:
            return
        self._spare = spare = Worker(self._command, self)
        spare.ready.connect(self._on_ready)
        spare.ended.connect(self._on_spare_ended)
        self._prepare_spare()

    def prepare(self, data: Mapping[str, Any], base: Path) -> None:
        """Lets the spare load this data ahead, once the choice has rested for a moment."""
        if (dict(data), base) != self._data:
            self._data = (dict(data), base)
            self._say_data.start(PREPARE_MS)

    def start(self, run: Path, *, resume: bool = False, back: RollBack | None = None) -> Worker:
        """Gives a run to the spare, warm or not; the caller keeps the worker from here on.

        ``back`` is the checkpoint at which a run that resumes goes on, if not the last.
        """
        self.warm()
        worker, self._spare = self._spare, None
        if worker is None:
            raise RuntimeError("a closed pool starts nothing")
        worker.ready.disconnect(self._on_ready)
        worker.ended.disconnect(self._on_spare_ended)
        worker.start(run, resume=resume, back=back)
        self._failures = 0
        self._spawn.start(self._replace_ms)
        return worker

    def close(self) -> None:
        """Ends the spare; a worker that trains is not the pool's any more."""
        self._is_closed = True
        self._spawn.stop()
        self._say_data.stop()
        spare, self._spare = self._spare, None
        if spare is not None:
            spare.kill()

    def _prepare_spare(self) -> None:
        if self._spare is not None and self._data is not None:
            self._spare.prepare(*self._data)

    def _on_ready(self) -> None:
        self._failures = 0
        self.ready.emit()

    def _on_spare_ended(self) -> None:
        spare, self._spare = self._spare, None
        if spare is None or self._is_closed:
            return
        self._failures += 1
        if self._failures < MOST_TRIES:
            self._spawn.start(self._retry_ms * 2 ** (self._failures - 1))
        else:
            reason = f" It said: {spare.last_words}" if spare.last_words else ""
            self.failed.emit(
                f"The training process does not start ({self._failures} tries).{reason} "
                "Check that torch can be imported, then press Train to try again."
            )
        spare.deleteLater()


def _single_shot(parent: QObject, act: Any) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.timeout.connect(act)
    return timer
