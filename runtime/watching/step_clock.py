"""The time of a step by its parts."""

from __future__ import annotations

import time

import torch

PARTS = ("data", "forward", "backward", "update")


class StepClock:
    """Told of each part as it ends; sums up over steps and gives the means."""

    def __init__(self, device: torch.device) -> None:
        self._is_gpu = device.type == "cuda"
        self._sums = dict.fromkeys(PARTS, 0.0)
        self._steps = 0
        self._last = 0.0
        self.step_seconds = 0.0  # of the last whole step

    def begin(self) -> None:
        """A step begins."""
        self._last = self._now()
        self.step_seconds = 0.0

    def mark(self, part: str) -> None:
        """A part has ended. What is no part of its own is counted with the next."""
        if part not in self._sums:
            return
        now = self._now()
        self._sums[part] += now - self._last
        self.step_seconds += now - self._last
        self._last = now

    def end(self) -> None:
        """The step has ended."""
        self.mark("update")
        self._steps += 1

    def take(self) -> dict[str, float] | None:
        """Mean seconds of each part since the last call; None where no step was timed."""
        if not self._steps:
            return None
        means = {part: seconds / self._steps for part, seconds in self._sums.items()}
        self._sums, self._steps = dict.fromkeys(PARTS, 0.0), 0
        return means

    def _now(self) -> float:
        if self._is_gpu:  # else the GPU is still at work
            torch.cuda.synchronize()
        return time.perf_counter()
