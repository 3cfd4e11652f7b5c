"""What a benchmark reports: one figure beside its goal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True)
class Figure:
    """A measured number. Without a goal it is told for its own sake."""

    name: str
    measured: float
    unit: str  # "×" for a ratio
    goal: float | None = None
    better: Literal["higher", "lower"] = "lower"

    @property
    def meets(self) -> bool:
        if self.goal is None:
            return True
        return self.measured >= self.goal if self.better == "higher" else self.measured <= self.goal

    def line(self) -> str:
        """Name, measured, unit, goal, and ``meets`` or ``short``."""
        told = f"{self.name:<44} {self.measured:>10.4g} {self.unit:<10}"
        if self.goal is None:
            return told.rstrip()
        sign = "≥" if self.better == "higher" else "≤"
        return f"{told} goal {sign} {self.goal:<8g} {'meets' if self.meets else 'short'}"


def find_peers() -> None:
    """Peers are not needed otherwise: NETWRIGHT_PEERS names a folder that they were installed into, pip --target."""
    if "NETWRIGHT_PEERS" in os.environ and os.environ["NETWRIGHT_PEERS"] not in sys.path:
        sys.path.append(os.environ["NETWRIGHT_PEERS"])


class Benchmark(Protocol):
    """A module of this folder with a function ``run``."""

    def run(self) -> Iterable[Figure]: ...


class AbsentError(Exception):
    """What a benchmark needs is not here; the sentence says what."""
