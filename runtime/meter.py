"""What is measured while training: the values of each step, speed, and the time left."""

from __future__ import annotations

import math
import time
from typing import NamedTuple

import torch
from torch import Tensor

from runtime.team import team

SMOOTHING = 1.0  # seconds over which the speed is averaged


class Steps(NamedTuple):
    """Values of some steps in a row."""

    first: int
    loss: list[float]
    accuracy: list[float]


class Meter:
    """Collects losses and right answers as tensors, on the device: fetching them is what makes a GPU wait,
    so that is done once for many steps."""

    def __init__(self, first_step: int = 0) -> None:
        self._first = first_step
        self._losses: list[Tensor] = []
        self._hits: list[Tensor] = []
        self._sizes: list[int] = []
        self._since = time.perf_counter()
        self.samples_per_second = 0.0  # of late
        self._samples, self._seconds = 0, 0.0

    def add(self, loss: Tensor, hits: Tensor | None, size: int) -> None:
        """One step: its loss, how many of its ``size`` samples were right (if that is counted)."""
        self._losses.append(loss)
        self._sizes.append(size)
        if hits is not None:
            self._hits.append(hits)

    @property
    def mean_speed(self) -> float:
        """Samples per second of training, from the first step on."""
        return self._samples / self._seconds if self._seconds else 0.0

    def restart_clock(self) -> None:
        """Called after anything but steps: what it took does not count as training."""
        self._since = time.perf_counter()

    def take(self) -> Steps:
        """The steps since the last call, and the speed brought up to date."""
        if not self._losses:
            return Steps(self._first, [], [])
        losses = team().total(torch.stack(self._losses)).tolist()
        hits = team().total(torch.stack(self._hits)).tolist() if self._hits else []
        steps = Steps(self._first, losses, [h / n for h, n in zip(hits, self._sizes, strict=False)])
        self._update_speed(sum(self._sizes))
        self._first += len(losses)
        self._losses, self._hits, self._sizes = [], [], []
        return steps

    def _update_speed(self, samples: int) -> None:
        now = time.perf_counter()
        elapsed = max(now - self._since, 1e-9)
        self._since = now
        self._samples += samples
        self._seconds += elapsed
        keep = math.exp(-elapsed / SMOOTHING) if self.samples_per_second else 0.0
        self.samples_per_second = keep * self.samples_per_second + (1 - keep) * samples / elapsed
