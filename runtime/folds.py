"""The folder of a cross-validation, and what is read there: neither torch nor scikit-learn.

network.netw  folds.json  folds.csv  runs/
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from pathlib import Path

import msgspec

STATE = "folds.json"
CSV = "folds.csv"
RUNS = "runs"


class FoldScore(msgspec.Struct, frozen=True):
    """What one fold came to: its metrics at the weights that were kept, and those of the test part."""

    fold: int
    run: str
    seconds: float
    validation: dict[str, float]
    test: dict[str, float] = {}


class Spread(msgspec.Struct, frozen=True):
    """Mean and sample deviation (n − 1) of one metric over the folds."""

    mean: float
    deviation: float


class Report(msgspec.Struct, frozen=True):
    """All folds that are done, and how far they lie apart."""

    folds: int
    scores: list[FoldScore]
    validation: dict[str, Spread] = {}
    test: dict[str, Spread] = {}


class State(msgspec.Struct):
    """What is kept between two starts: the folder of each fold's run, and what came of those that are done."""

    folds: int
    runs: dict[int, str] = {}
    scores: dict[int, FoldScore] = {}


def read_state(folder: Path) -> State | None:
    """None where there is no cross-validation."""
    try:
        return msgspec.json.decode((folder / STATE).read_bytes(), type=State)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def report_of(state: State) -> Report:
    """The folds so far."""
    scores = [state.scores[fold] for fold in sorted(state.scores)]
    return Report(state.folds, scores, _spreads([s.validation for s in scores]), _spreads([s.test for s in scores]))


def _spreads(metrics: list[dict[str, float]]) -> dict[str, Spread]:
    names: Iterable[str] = metrics[0] if metrics else ()
    return {name: _spread([one[name] for one in metrics if name in one]) for name in names}


def _spread(values: list[float]) -> Spread:
    return Spread(statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else 0.0)
