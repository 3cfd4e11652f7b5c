"""Tells of pictures that could not be read while they were streamed: in the journal, counted and listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from runtime.companions import Accompanied, Companion
from runtime.data.on_disk import OnDisk
from runtime.data.pixels import LISTED
from runtime.remembering import Memory
from runtime.runs import Noted


class PassedOver(Companion):
    """Notes new ones between steps: the first at once, and more when they are twice as many, or at an epoch's end."""

    name = "passed over"

    def __init__(self, training: Accompanied) -> None:
        super().__init__(training)
        self._told: list[str] = []

    def poll(self) -> None:
        if len(self.training.job.loader.broken) >= max(1, 2 * len(self._told)):
            self._tell()

    def after_epoch(self, epochs: int) -> None:
        self._tell()

    def end(self) -> None:
        self._tell()
        self.training.job.loader.close()

    def memory(self) -> Memory:
        return {}, {"told": self._told}

    def restore(self, tensors: Mapping[str, Tensor], numbers: Mapping[str, Any]) -> None:
        self._told = list(numbers["told"])

    def _tell(self) -> None:
        broken = self.training.job.loader.broken
        new = [name for name in broken if name not in self._told]
        if new:
            self._told += new
            self.training.write(Noted(self.training.at.step, sentence_on(broken, new, len(self._told))))


def sentence_on(broken: Mapping[str, str], new: Sequence[str], count: int) -> str:
    """Which pictures are passed over now, and how many they are by now."""
    listed = ", ".join(f"{name} ({broken[name]})" for name in new[:LISTED])
    more = f" and {len(new) - LISTED} more" if len(new) > LISTED else ""
    by_now = f" By now they are {count:,}." if count > len(new) else ""
    what = "1 picture" if len(new) == 1 else f"{len(new):,} pictures"
    return f"{what} cannot be read, and others of the batch stand in: {listed}{more}.{by_now}"


def make_passed_over(training: Accompanied) -> Companion | None:
    job = training.job
    is_streamed = any(isinstance(job.data.columns[name], OnDisk) for name in job.binding.fields)
    return PassedOver(training) if is_streamed else None
