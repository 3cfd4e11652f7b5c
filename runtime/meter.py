"""What is measured while training: the values of each step, speed, and the time left."""

from __future__ import annotations

import math
import time
from typing import NamedTuple

import torch
from torch import Tensor

from runtime.team import team

SMOOTHING = 1.0  # seconds over which the speed is averaged
MOST_HELD = 1_000_000  # numbers that wait to be counted


class Steps(NamedTuple):
    """Values of some steps in a row."""

    first: int
    loss: list[float]
    accuracy: list[float]


class Guesses(NamedTuple):
    """The scores of some samples, N × classes, and their right classes, N."""

    scores: Tensor
    wanted: Tensor
    weight: float  # of each right answer


class Meter:
    """Collects losses and answers as tensors, on the device: fetching them is what makes a GPU wait, and each small
    operation takes its time, so that is done once for many steps."""

    def __init__(self, first_step: int = 0) -> None:
        self._first = first_step
        self._losses: list[Tensor] = []
        self._guesses: list[Guesses] = []
        self._held = 0  # numbers in them
        self._hits: list[Tensor] = []  # right answers of some batches each
        self._sizes: list[int] = []
        self._since = time.perf_counter()
        self.samples_per_second = 0.0  # of late
        self._samples, self._seconds = 0, 0.0

    def add(self, loss: Tensor, guesses: Guesses | None, size: int) -> None:
        """One step: its loss, and what its ``size`` samples were taken for (if that is counted)."""
        self._losses.append(loss)
        self._sizes.append(size)
        if guesses is not None:
            self._guesses.append(guesses)
            self._held += guesses.scores.numel()
            if self._held > MOST_HELD:
                self._count()

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
        self._count()
        count = len(self._losses)
        found = team().total(torch.cat([torch.stack(self._losses), *self._hits])).tolist()
        losses, hits = found[:count], found[count:]
        steps = Steps(self._first, losses, [h / n for h, n in zip(hits, self._sizes, strict=False)])
        self._update_speed(sum(self._sizes))
        self._first += len(losses)
        self._losses, self._hits, self._sizes = [], [], []
        return steps

    def _count(self) -> None:
        """The right answers of the batches that are held, which is one operation where they are of one size."""
        if not self._guesses:
            return
        scores, wanted, weights = zip(*self._guesses, strict=True)
        right = torch.cat(scores).max(1).indices.eq(torch.cat(wanted))  # argmax takes thrice as long
        sizes = [len(one) for one in wanted]
        alike = len(set(sizes)) == 1
        counts = (
            right.view(len(sizes), -1).sum(1) if alike else torch.stack([p.sum() for p in torch.split(right, sizes)])
        )
        if any(weight != 1 for weight in weights):
            counts = counts * torch.tensor(weights, device=counts.device)
        self._hits.append(counts)
        self._guesses, self._held = [], 0

    def _update_speed(self, samples: int) -> None:
        now = time.perf_counter()
        elapsed = max(now - self._since, 1e-9)
        self._since = now
        self._samples += samples
        self._seconds += elapsed
        keep = math.exp(-elapsed / SMOOTHING) if self.samples_per_second else 0.0
        self.samples_per_second = keep * self.samples_per_second + (1 - keep) * samples / elapsed
