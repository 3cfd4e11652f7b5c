"""Programs of ours that own torch, each in a process of its own: how they are started, heard and let go."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec
from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Qt, QTimer, Signal
from shiboken6 import isValid

import runtime
from designer.mail import Mail

LAST_WORDS = 4_000
"""Bytes of its standard error kept of a process, for the sentence that says why it ended."""


def module_command(module: str) -> tuple[str, ...]:
    """The command that runs a module of ours, with the folder of the caller kept out of its import path."""
    return (sys.executable, "-P", "-m", module)


class Program(QObject):
    """A child process that speaks JSON objects, one a line."""

    line = Signal(bytes)
    ended = Signal()

    def __init__(self, command: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._last_words = b""
        self.has_failed = False  # did it end with a status that is not 0, or not even start?
        process = QProcess()
        self._process: QProcess | None = process
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONPATH", import_path())
        process.setProcessEnvironment(environment)
        process.readyReadStandardOutput.connect(self._hear)
        process.readyReadStandardError.connect(self._keep_words)
        process.finished.connect(self._on_finished)
        # Queued: a program that is not there may be told of before anyone listens to `ended`.
        process.errorOccurred.connect(self._on_error, Qt.ConnectionType.QueuedConnection)
        process.start(command[0], list(command[1:]))

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.state() != QProcess.ProcessState.NotRunning

    @property
    def process_id(self) -> int:
        return self._process.processId() if self._process is not None else 0

    @property
    def last_words(self) -> str:
        """The last line it wrote to its standard error."""
        return _last_line(self._last_words)

    def say(self, line: bytes) -> None:
        """Writes one line to its standard input, however long; it is sent as the program reads."""
        if self._process is not None:
            self._process.write(line)

    def kill(self) -> None:
        """Ends it now, without a word from it."""
        process, self._process = self._process, None
        if process is not None:
            process.blockSignals(True)
            process.kill()
            process.waitForFinished(2_000)
            process.deleteLater()

    def _hear(self) -> None:
        process = self._process
        while process is not None and process.canReadLine():
            self.line.emit(bytes(process.readLine().data()))

    def _keep_words(self) -> None:
        if self._process is not None:
            words = bytes(self._process.readAllStandardError().data())
            self._last_words = (self._last_words + words)[-LAST_WORDS:]

    def _on_finished(self, status: int, how: QProcess.ExitStatus) -> None:
        if self._process is not None and not isValid(self._process):  # said by the destructor, as all ends
            self._process = None
            return
        self.has_failed = status != 0 or how != QProcess.ExitStatus.NormalExit
        self._hear()
        self._keep_words()
        self._end()

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart and self._process is not None:
            self._last_words = self._process.errorString().encode()
            self.has_failed = True
            self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
            self.ended.emit()


class End(NamedTuple):
    """The last words of a program to its standard error, and whether it was killed."""

    last_words: str
    was_killed: bool


class LastingProgram(QObject):
    """A child process that may outlive this one, which a QProcess may not: its destructor kills.

    It is told little, so writing to it never blocks; its standard error goes to a file, so that it can
    still write there when nobody reads.
    """

    line = Signal(bytes)
    ended = Signal()

    def __init__(self, command: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mail = Mail(self, self._deliver)
        self.last_words = ""  # the last line it wrote to its standard error, once it has ended
        self._is_heard = True
        self.was_killed = False  # by the system or another program, without a chance to say why
        words = tempfile.TemporaryFile()  # noqa: SIM115 — the thread that listens closes it
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=words,
                env={**os.environ, "PYTHONPATH": import_path()},
                start_new_session=True,  # Ctrl+C in the terminal of the window is not meant for a training
            )
        except OSError as error:
            words.close()
            self.last_words = str(error)
            QTimer.singleShot(0, self, self.ended.emit)
            return
        threading.Thread(target=_listen, args=(self._process, words, self._mail), daemon=True).start()

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def process_id(self) -> int:
        return self._process.pid if self._process is not None else 0

    def say(self, message: object) -> None:
        """Writes one line to its standard input; to one that has ended, nothing."""
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.write(msgspec.json.encode(message) + b"\n")
                self._process.stdin.flush()

    def kill(self) -> None:
        """Ends it now, without a word from it."""
        process, self._process = self._process, None
        self._is_heard = False
        if process is not None:
            process.kill()
            process.wait()
            _close_input(process)

    def let_go(self) -> None:
        """Lets it live on when this process ends; nothing is heard of it any more."""
        process, self._process = self._process, None
        self._is_heard = False
        if process is not None:
            _close_input(process)

    def _deliver(self) -> None:
        for letter in self._mail.taken():
            if not self._is_heard:
                return
            if isinstance(letter, End):
                self.last_words, self.was_killed = letter
                self.ended.emit()
            else:
                self.line.emit(letter)


def _listen(process: subprocess.Popen[bytes], words: BinaryIO, mail: Mail) -> None:
    """Runs in a thread of its own."""
    with words:
        with process.stdout as output:  # type: ignore[union-attr]
            for line in output:
                mail.post(line)
        exit_status = process.wait()
        _close_input(process)
        words.seek(max(0, words.seek(0, os.SEEK_END) - LAST_WORDS))
        last_words = _last_line(words.read())
    mail.post(End(last_words, os.name == "posix" and exit_status == -signal.SIGKILL))


def import_path() -> str:
    """PYTHONPATH for a child process: where our own packages are, and what was there before."""
    ours = str(Path(runtime.__file__).resolve().parents[1])
    return os.pathsep.join(filter(None, (ours, os.environ.get("PYTHONPATH", ""))))


def _close_input(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()


def _last_line(words: bytes) -> str:
    lines = words.decode(errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else ""
