"""Other runs beside the one that is watched: their curves, each in a colour of its own, as their journals grow."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from designer.training.plot import Beside
from designer.training.series import CurveData
from runtime.runs import JOURNAL, read_entries

COLORS = ("#cc79a7", "#d9c53b", "#b08cff", "#e0662e", "#9a9a9a", "#8e7cff", "#2fb58b", "#ff6166")
"""None of those that training and validation of the watched run have."""
PIECE = 65_536  # bytes read at once: about a millisecond
BUDGET = 0.004  # seconds of a look; what is left waits for the next
REST_MS = 500  # between two looks at journals that were read to their ends
CATCH_UP_MS = 1
SEAM = 512  # bytes before the place that was read to, by which a journal that was cut and has grown again is known


class FollowedRun:
    """One journal, read piece by piece from where it was read to."""

    def __init__(self, run: Path, color: str) -> None:
        self.run = run
        self.beside = Beside(run.name, color, CurveData())
        self._offset, self._seam = 0, b""
        self._seen = 0  # size of the journal when there was nothing more to take

    @property
    def has_values(self) -> bool:
        return bool(self.beside.data.steps or len(self.beside.data.loss.validation))

    @property
    def is_behind(self) -> bool:
        return self._size() != self._seen

    def read_on(self) -> bool:
        """Takes one more piece; False where there is none. A disk may be away for a moment."""
        size = self._size()
        try:
            if self._seam != self._before(self._offset):
                self._offset = 0  # the first entry is Started then, which takes away what was known
            entries, offset = read_entries(self.run, self._offset, PIECE)
            self._seam = self._before(offset)
        except OSError:
            return False
        has_moved, self._offset = offset != self._offset, offset
        self._seen = offset if has_moved else size  # a line that is not yet whole is waited for
        self.beside.data.take(entries)
        return has_moved

    def _size(self) -> int:
        try:
            return (self.run / JOURNAL).stat().st_size
        except OSError:
            return self._seen

    def _before(self, offset: int) -> bytes:
        if not offset:
            return b""
        with (self.run / JOURNAL).open("rb") as file:
            file.seek(max(0, offset - SEAM))
            return file.read(min(offset, SEAM))


class BesideRuns(QObject):
    """Follows some runs while ``widget`` is seen; ``changed`` says that there is more to draw."""

    changed = Signal()

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._followed: dict[Path, FollowedRun] = {}
        self._turns: list[Path] = []  # the one that waits the longest is first
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.look)
        widget.installEventFilter(self)

    @property
    def runs(self) -> list[Path]:
        return list(self._followed)

    @property
    def others(self) -> list[Beside]:
        """Those that have anything to draw yet."""
        return [each.beside for each in self._followed.values() if each.has_values]

    def colors(self) -> dict[Path, str]:
        return {run: each.beside.color for run, each in self._followed.items()}

    def follow(self, runs: Sequence[Path]) -> None:
        """These and no others; those that are followed already keep their colours and what is known of them."""
        kept = {run: self._followed[run] for run in runs if run in self._followed}
        free = [color for color in COLORS if color not in {each.beside.color for each in kept.values()}]
        fresh = (run for run in dict.fromkeys(runs) if run not in kept)
        made = {run: FollowedRun(run, color) for run, color in zip(fresh, free, strict=False)}
        self._followed = {run: (kept | made)[run] for run in runs if run in kept or run in made}
        self._turns = list(self._followed)
        for each in made.values():
            each.read_on()
        self.changed.emit()
        self._rest(CATCH_UP_MS)

    def look(self) -> None:
        """One more piece of each run that has one, as far as the time goes; the others come first the next time."""
        if not self._widget.isVisible():
            return
        end, has_more = time.perf_counter() + BUDGET, False
        behind = [run for run in self._turns if run in self._followed and self._followed[run].is_behind]
        waiting = len(behind)
        for run in behind:
            has_more = self._followed[run].read_on() or has_more
            self._turns.remove(run)
            self._turns.append(run)
            waiting -= 1
            if time.perf_counter() > end:
                break
        if has_more:
            self.changed.emit()
        self._rest(CATCH_UP_MS if has_more or waiting else REST_MS)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show:
            self._rest(CATCH_UP_MS)
        elif event.type() == QEvent.Type.Hide:
            self._timer.stop()
        return super().eventFilter(watched, event)

    def _rest(self, milliseconds: int) -> None:
        """Until the next look: short while a long journal is caught up with."""
        if self._followed and self._widget.isVisible():
            self._timer.start(milliseconds)
