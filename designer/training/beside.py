"""Other runs beside the one that is watched: their curves, each in a colour of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from designer.training.plot import Beside
from designer.training.series import CurveData
from runtime.runs import JournalReader

COLORS = ("#cc79a7", "#d9c53b", "#b08cff", "#e0662e", "#9a9a9a", "#8e7cff", "#2fb58b", "#ff6166")
"""None of those that training and validation of the watched run have."""
AT_ONCE = 0.02  # seconds, before the event loop turns again


class BesideReader(QObject):
    """Reads journals, long ones a part at a time; ``done`` gives what they say."""

    done = Signal(object)  # list[Beside]

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._found: list[Beside] = []
        self._parts: Iterator[None] = iter(())
        self._timer = QTimer(self, interval=0, singleShot=True)
        self._timer.timeout.connect(self._go_on)

    def read(self, runs: Sequence[Path]) -> None:
        """Runs that have no journal yet are passed over; what is still being read is given up."""
        self._found, self._parts = [], self._read(runs)
        self._go_on()

    def _go_on(self) -> None:
        until = time.perf_counter() + AT_ONCE
        for _ in self._parts:
            if time.perf_counter() > until:
                self._timer.start()
                return
        self._timer.stop()
        self.done.emit(self._found)

    def _read(self, runs: Sequence[Path]) -> Iterator[None]:
        found = self._found
        for run in runs:
            data, reader = CurveData(), JournalReader(run)
            data.take(reader.read())
            while reader.is_behind:
                yield
                data.take(reader.read())
            if data.steps or len(data.loss.validation):
                found.append(Beside(run.name, COLORS[len(found) % len(COLORS)], data))
            yield
