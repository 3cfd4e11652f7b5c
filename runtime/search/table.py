"""A search on the console: a line for each trial, the table, what mattered, and where the best network is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table as RichTable

from runtime.search import folder as files
from runtime.search.folder import Row, Table, short_names, spelled

MOST_ROWS = 20


def report_of(folder: Path, table: Table) -> dict[str, Any]:
    """As programs read it."""
    best = table.best
    return {
        "search": str(folder),
        "metric": table.metric,
        "sampler": table.sampler,
        "best": msgspec.to_builtins(best) if best else None,
        "best_network": str(folder / files.BEST) if best else None,
        "best_run": str(folder / files.RUNS / best.run) if best else None,
        "importance": table.importance,
        "trials": msgspec.to_builtins(table.rows),
        "table_csv": str(folder / files.CSV),
    }


def print_trial(console: Console, metric: str, number: int, state: str, value: float | None, reason: str) -> None:
    told = "" if value is None else f", {metric} {value:.4g}"
    console.print(f"Trial {number}: {state}{told}. {reason}".strip(), highlight=False, markup=False, soft_wrap=True)


def print_table(console: Console, folder: Path, table: Table) -> None:
    """The best trials first."""
    shown = RichTable(box=None, pad_edge=False)
    shown.add_column("trial", justify="right")
    shown.add_column("state")
    for title in (table.metric, *short_names(table.keys), "seconds"):
        shown.add_column(title, justify="right", overflow="fold")
    rows = [row for row in table.rows if row.state != "failed"]
    for row in rows[:MOST_ROWS]:
        shown.add_row(*_cells(row, table.keys))
    console.print(shown)
    if len(rows) > MOST_ROWS:
        _say(console, f"{len(rows) - MOST_ROWS} more in {folder / files.CSV}.")
    if table.importance:
        shares = ", ".join(f"{key} {share:.0%}" for key, share in table.importance.items())
        _say(console, f"What mattered: {shares}.")
    unfinished = sum(row.state in ("waiting", "running") for row in table.rows)
    if unfinished:
        _say(console, f"Go on with: netwright search --resume {folder}")
    if table.best is None:
        _say(
            console, "No trial came to its end: the reasons are in the table. Widen the ranges, or mend the network."
        )
        for row in rows[:3]:
            _say(console, f"Trial {row.number}: {row.reason}")
    else:
        _say(console, f"Best: trial {table.best.number}, its network: {folder / files.BEST}")


def _cells(row: Row, keys: list[str]) -> list[str]:
    value = "–" if row.value is None else f"{row.value:.4g}"
    return [str(row.number), row.state, value, *(spelled(row.values.get(k)) for k in keys), f"{row.seconds:.1f}"]


def _say(console: Console, sentence: str) -> None:
    console.print(sentence, highlight=False, markup=False, soft_wrap=True)
