"""Which steps are watched: so many that watching takes about a hundredth of the time."""

from __future__ import annotations

import time
from typing import Literal

from runtime.recipe import Recipe

SHARE = 0.008  # of the training that watching may take, so that with the first steps it is about a hundredth
FEWEST_SECONDS = 0.5  # between two watched steps
THINNING = 500  # watched steps while the time grows e-fold: long runs are not watched more often than they are seen
FIRST = 4  # step that is watched whatever it costs, when the first have warmed up

Look = Literal["", "time", "layers"]


class Pace:
    """Says of each step what is looked at: its time by parts, its layers, or nothing.

    They are never looked at together: measuring the layers takes time that is not the step's.
    """

    def __init__(self, recipe: Recipe) -> None:
        self._by_steps = recipe.watch_every if recipe.watch == "by steps" else 0
        self._together = recipe.accumulation_steps
        self._began = time.perf_counter()
        self._spent = 0.0
        self._last = self._began
        self._is_timed = False

    def look(self, step: int) -> Look:
        """What the step is looked at for. Steps of several batches are counted in batches."""
        number = step // self._together
        if self._by_steps:
            if number % self._by_steps == 0:
                return "layers"
            return "time" if number % self._by_steps == 1 else ""
        if number in (0, FIRST):
            return "layers"
        if number in (FIRST - 1, FIRST + 1):
            return "time"
        return self._by_time()

    def _by_time(self) -> Look:
        now = time.perf_counter()
        elapsed = now - self._began
        if now - self._last < max(FEWEST_SECONDS, elapsed / THINNING) or self._spent > SHARE * elapsed:
            return ""
        self._is_timed = not self._is_timed
        if self._is_timed:
            return "time"
        self._last = now
        return "layers"

    def spend(self, seconds: float) -> None:
        """Watching has taken so long."""
        self._spent += seconds
