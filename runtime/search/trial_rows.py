"""The trials of a search as runs: with the values that were tried, also of layers, and what each came to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from runtime.run_list import Row
from runtime.search.folder import RUNS, is_search, read_table


def search_of(folder: Path) -> Path | None:
    """The search whose runs a folder holds, if it is the folder of one."""
    return folder.parent if folder.name == RUNS and is_search(folder.parent) else None


def with_trials(folder: Path, rows: Sequence[Row]) -> list[Row]:
    """Runs of ``folder``; where they are trials, each has every value that was tried, as usual or not."""
    search = search_of(folder)
    table = read_table(search) if search is not None else None
    if table is None:
        return list(rows)
    trials = {trial.run: trial for trial in table.rows if trial.run}
    told = []
    for row in rows:
        trial = trials.get(row.name)
        if trial is None:
            told.append(row)
            continue
        metrics = {**row.metrics, "trial": float(trial.number)}
        if trial.value is not None:
            metrics.setdefault(f"best_{table.metric}", trial.value)
        values = {key: tuple(v) if isinstance(v, list) else v for key, v in trial.values.items()}
        told.append(msgspec.structs.replace(row, metrics=metrics, settings=row.settings | values))
    return told
