"""Is the window responsive? The longest time in which its event loop did nothing else."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Qt, QTimer

TICK_MS = 5


class GapMonitor(QObject):
    """A timer that should fire every few milliseconds; what it waited longer was somebody's work."""

    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[tuple[float, float]] = []  # when, since the start, and how long: seconds
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        self.gaps.clear()
        self._began = self._last = time.perf_counter()
        self._timer.start(TICK_MS)

    def stop(self) -> None:
        self._tick()
        self._timer.stop()

    @property
    def longest_ms(self) -> float:
        return max(gap for _, gap in self.gaps) * 1_000

    def told(self) -> str:
        """The longest ones, for the message of a test that fails."""
        worst = sorted(self.gaps, key=lambda gap: -gap[1])[:5]
        return ", ".join(f"{gap * 1_000:.0f} ms at {at:.2f} s" for at, gap in worst)

    def _tick(self) -> None:
        now = time.perf_counter()
        self.gaps.append((self._last - self._began, now - self._last))
        self._last = now
