"""Other runs beside the one that is watched: their curves, each in a colour of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from designer.training.plot import Beside
from designer.training.series import CurveData
from runtime.runs import read_entries

COLORS = ("#cc79a7", "#d9c53b", "#b08cff", "#e0662e", "#9a9a9a", "#8e7cff", "#2fb58b", "#ff6166")
"""None of those that training and validation of the watched run have."""


def read_beside(runs: Sequence[Path]) -> list[Beside]:
    """What their journals say; runs that have none yet are passed over."""
    found = []
    for run in runs:
        data = CurveData()
        data.take(read_entries(run)[0])
        if data.steps or len(data.loss.validation):
            found.append(Beside(run.name, COLORS[len(found) % len(COLORS)], data))
    return found
