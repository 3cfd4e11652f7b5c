"""Is the window responsive? The longest time in which its event loop did nothing else."""

from __future__ import annotations

import time
from typing import NamedTuple

from PySide6.QtCore import QObject, Qt, QTimer

TICK_MS = 5


class Gap(NamedTuple):
    """Between two ticks; all in seconds."""

    at: float
    length: float
    worked: float  # of the length, processor time of the window's thread; the rest it waited for a processor


class GapMonitor(QObject):
    """A timer that should fire every few milliseconds; what it waited longer was somebody's work."""

    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[Gap] = []
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        self.gaps.clear()
        self._began = self._last = time.perf_counter()
        self._worked = time.thread_time()
        self._timer.start(TICK_MS)

    def stop(self) -> None:
        self._tick()
        self._timer.stop()

    @property
    def longest_ms(self) -> float:
        return max(gap.length for gap in self.gaps) * 1_000

    @property
    def most_work_ms(self) -> float:
        """As long a gap as there would be on a machine with nothing else to do."""
        return max(gap.worked for gap in self.gaps) * 1_000

    def told(self) -> str:
        """The longest ones, for the message of a test that fails."""
        worst = sorted(self.gaps, key=lambda gap: -gap.length)[:6]
        return ", ".join(f"{g.length * 1_000:.0f} ms ({g.worked * 1_000:.0f} work) at {g.at:.2f} s" for g in worst)

    def _tick(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        self.gaps.append(Gap(self._last - self._began, now - self._last, worked - self._worked))
        self._last, self._worked = now, worked
