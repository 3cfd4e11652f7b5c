"""The columns of the table of runs: what stands in each, and by what it is sorted."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from designer.figures import figure, grouped
from designer.training.standing import duration, number
from runtime.recipe_parts.words import SHARES
from runtime.run_list import Row
from runtime.run_settings import usual_settings
from runtime.stopping import words_of

COUNTS = ("best_epoch", "trial")
FIRST_METRICS = ("test_accuracy", "best_accuracy", "test_loss")
STATE_WORDS = {
    "running": "training", "finished": "finished", "stopped": "stopped", "failed": "failed",
    "interrupted": "interrupted", "waiting": "not begun",
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """``shown`` is the text of a cell; ``key`` what it is sorted by, None where there is nothing."""

    name: str
    title: str
    shown: Callable[[Row], str]
    key: Callable[[Row], float | str | None]
    is_number: bool = True


def _metric(name: str) -> Column:
    part, _, metric = name.partition("_")
    is_share = metric in (*SHARES, "bleu")

    def shown(row: Row) -> str:
        value = row.metrics.get(name)
        if value is None:
            return ""
        return f"{value * 100:.2f} %" if is_share else f"{value:g}" if name in COUNTS else number(value)

    return Column(
        name,
        f"{part.capitalize()} {words_of(metric)}" if metric else name.capitalize(),
        shown,
        lambda row: row.metrics.get(name),
    )


def _setting(name: str) -> Column:
    def known(row: Row) -> Any:
        """Also where it is as usual, which follows the optimizer; nothing of a run whose recipe cannot be read."""
        optimizer = row.settings.get("recipe.optimizer")
        usual = usual_settings(str(optimizer)) if optimizer is not None else {}
        return row.settings.get(name, usual.get(name))

    def shown(row: Row) -> str:
        value = known(row)
        return "" if value is None else written(value)

    def key(row: Row) -> float | str | None:
        value = known(row)
        return value if isinstance(value, int | float | str) or value is None else str(value)

    return Column(name, name.partition(".")[2].replace("_", " ").capitalize(), shown, key, is_number=False)


FIXED = (
    Column("name", "Run", lambda row: row.name, lambda row: row.name, is_number=False),
    Column("network", "Network", lambda row: row.network or row.title, lambda row: row.network or row.title, False),
    Column("state", "State", lambda row: STATE_WORDS[row.state], lambda row: row.state, is_number=False),
    Column(
        "started",
        "Begun",
        lambda row: time.strftime("%Y-%m-%d %H:%M", time.localtime(row.started)),
        lambda row: row.started,
        is_number=False,
    ),
    Column("changes", "Changes", lambda row: row.changes, lambda row: row.changes or None, is_number=False),
    Column("epochs", "Epochs", lambda row: figure(row.epochs) if row.epochs else "", lambda row: row.epochs),
    Column("seconds", "Time", lambda row: duration(row.seconds) if row.seconds else "", lambda row: row.seconds),
    Column("weights", "Weights", lambda row: grouped(row.weights) if row.weights else "", lambda row: row.weights),
    Column(
        "multiply_adds",
        "Multiply-adds",
        lambda row: grouped(row.multiply_adds) if row.multiply_adds else "",
        lambda row: row.multiply_adds,
    ),
    Column("device", "Device", lambda row: row.device, lambda row: row.device, is_number=False),
    Column(
        "tags", "Tags", lambda row: ", ".join(row.marks.tags), lambda row: " ".join(row.marks.tags), is_number=False
    ),
    Column("note", "Note", lambda row: row.marks.note, lambda row: row.marks.note, is_number=False),
)
USUAL = (
    "name", "network", "state", "started", *FIRST_METRICS, "changes", "epochs", "seconds", "weights", "tags", "note",
)  # fmt: skip


def columns_of(rows: Sequence[Row]) -> list[Column]:
    """All that these runs have something for: names and times, metrics, and the settings in which they differ."""
    metrics: dict[str, None] = dict.fromkeys(FIRST_METRICS)
    settings: dict[str, list[Any]] = {}
    for row in rows:
        metrics |= dict.fromkeys(row.metrics)
        for name, value in row.settings.items():
            settings.setdefault(name, []).append(value)
    has_metric = [name for name in metrics if any(name in row.metrics for row in rows)]
    differing = [
        name for name, values in settings.items() if len(values) < len(rows) or any(v != values[0] for v in values)
    ]
    head, tail = FIXED[:4], FIXED[4:]
    return [*head, *map(_metric, has_metric), *map(_setting, sorted(differing)), *tail]


def usual_columns(columns: Sequence[Column]) -> list[str]:
    """What is shown unless the user chose: the usual ones, and the settings in which runs differ, a few."""
    differing = [column.name for column in columns if "." in column.name][:4]
    shown = [column.name for column in columns if column.name in USUAL]
    return [*shown, *differing]


def written(value: Any) -> str:
    """The value of a setting, as a cell shows it."""
    if isinstance(value, float):
        return f"{value:g}"
    return ", ".join(map(written, value)) if isinstance(value, list | tuple) else str(value)
