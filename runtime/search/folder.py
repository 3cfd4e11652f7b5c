"""The folder of a search: what is in it, and what a window reads there. Neither torch nor optuna.

network.netw  search.json  study.db  table.json  trials.csv  best.netw  runs/  workers/
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from nodes.graph.files import write_atomically
from runtime import lock
from runtime.runs import NETWORK, write_json

PLAN = "search.json"
STUDY = "study.db"
TABLE = "table.json"
CSV = "trials.csv"
BEST = "best.netw"
RUNS = "runs"
WORKERS = "workers"
STOP = "stop"
CLAIM = "claim.lock"

State = Literal["waiting", "running", "done", "pruned", "failed"]
Sampler = Literal["tpe", "random", "grid"]
Pruner = Literal["median", "hyperband", "none"]
SAMPLERS = ("tpe", "random", "grid")
PRUNERS = ("median", "hyperband", "none")


class Plan(msgspec.Struct, frozen=True):
    """How a search is done."""

    metric: str
    trials: int
    is_higher_better: bool
    sampler: Sampler = "tpe"
    pruner: Pruner = "median"
    seed: int = 0
    points: int = 5  # of a range in a grid
    stages: int = 1  # from coarse to fine
    epochs: int | None = None  # of each trial, where not the recipe's


class Row(msgspec.Struct, frozen=True):
    """One trial."""

    number: int
    state: State
    value: float | None  # the best validation so far, by the metric of the plan
    values: dict[str, Any]  # by the keys of the settings
    validations: int = 0
    seconds: float = 0.0
    run: str = ""  # its folder below ``runs``
    reason: str = ""  # why it was pruned or has failed
    stage: int = 0


class Table(msgspec.Struct, frozen=True):
    """All trials, the best first."""

    metric: str
    is_higher_better: bool
    sampler: str
    wanted: int
    keys: list[str]
    rows: list[Row]
    importance: dict[str, float] = {}

    @property
    def best(self) -> Row | None:
        return next((row for row in self.rows if row.state == "done"), None)


def is_search(folder: Path) -> bool:
    return (folder / PLAN).is_file() and (folder / NETWORK).is_file()


def read_plan(folder: Path) -> Plan | None:
    found: Plan | None = _read(folder / PLAN, Plan)
    return found


def read_table(folder: Path) -> Table | None:
    """The table as it was last written; None before that."""
    found: Table | None = _read(folder / TABLE, Table)
    return found


def _read(path: Path, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def write_table(folder: Path, table: Table) -> None:
    """For programs and for spreadsheets; each file whole or not at all."""
    write_json(folder / TABLE, table)
    write_atomically(folder / CSV, as_csv(table).encode())


def as_csv(table: Table) -> str:
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(["trial", "state", table.metric, *table.keys, "validations", "seconds", "run", "reason"])
    for row in table.rows:
        values = [spelled(row.values[key], exact=True) if key in row.values else "" for key in table.keys]
        seconds = round(row.seconds, 3)
        value = "" if row.value is None else row.value
        writer.writerow([row.number, row.state, value, *values, row.validations, seconds, row.run, row.reason])
    return lines.getvalue()


def short_names(keys: Sequence[str]) -> list[str]:
    """The keys without their section, where that leaves them different."""
    short = [key.partition(".")[2] for key in keys]
    return [name if short.count(name) == 1 else key for name, key in zip(short, keys, strict=True)]


def spelled(value: Any, *, exact: bool = False) -> str:
    """A value in a table; ``exact`` where it is to be read back."""
    if isinstance(value, list | tuple):
        return " × ".join(map(str, value))
    if isinstance(value, float) and not exact:
        return f"{value:.4g}"
    return "" if value is None else str(value)


def ask_to_stop(folder: Path) -> None:
    """All processes end their trial after the current step; the next start goes on with it."""
    (folder / STOP).touch()


def is_worked_on(folder: Path) -> bool:
    """Whether any process works on it now."""
    return any(is_alive(path) for path in worker_locks(folder))


def worker_locks(folder: Path) -> Iterator[Path]:
    return (folder / WORKERS).glob("*.lock")


def is_alive(worker: Path) -> bool:
    """Whether the process that made this file still holds it: it lets go however it ends."""
    if not worker.is_file():
        return False
    try:
        descriptor = lock.take(worker)
    except OSError:
        return False
    if descriptor is None:
        return True
    lock.release(descriptor)
    return False
