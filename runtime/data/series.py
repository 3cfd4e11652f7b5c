"""Time series from a table: windows of some rows, and what comes after them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nodes.spec.shapes import Shape
from runtime.data.choice import DataChoice, DataError
from runtime.data.csv_file import is_number
from runtime.data.dataset import Field, Loaded
from runtime.data.table_file import Table, read_table
from runtime.data.windows import PartsInOrder, windows


def load_series(choice: DataChoice) -> Loaded:
    """``series``: L rows of the inputs; ``next``: the targets ``horizon`` rows later. Parts lie in order.

    Raises DataError.
    """
    table = read_table(choice.path)
    if table.given:
        raise DataError(f"{choice.path} is a folder.", "Choose one table: its parts follow each other in time.")
    numeric = [name for name in table.columns if table.numbers(name) is not None and name not in table.dates]
    if not numeric:
        raise DataError(f"{choice.path.name} has no column of numbers.", "Choose a table of measurements.")
    inputs = table.chosen(choice.inputs, "inputs") or numeric
    targets = table.chosen(choice.targets, "targets") or inputs
    notes = table.notes_on(dict.fromkeys([*inputs, *targets]))
    given = np.stack([_whole(table, name, notes) for name in inputs], axis=1).astype(np.float32)
    wanted = np.stack([_whole(table, name, []) for name in targets], axis=1).astype(np.float32)
    length, step = choice.seq_length, choice.seq_step or 1
    parts = PartsInOrder.of(len(given), choice)
    rows = parts.windows(length + choice.horizon, step, f"{choice.path.name} has", "rows")
    later = wanted[length + choice.horizon - 1 :: step]
    return Loaded(
        (
            Field("series", Shape(length, len(inputs), axes="LC"), high=None),
            Field("next", Shape(len(targets)), is_target=True, high=None),
        ),
        {"series": windows(given, length, step)[: len(later)], "next": np.ascontiguousarray(later)},
        rows,
        tuple(notes),
    )


def _whole(table: Table, name: str, notes: list[str]) -> NDArray[np.float64]:
    """A column of numbers; a missing one is taken to be as the one before. Raises DataError."""
    numbers = table.numbers(name)
    if numbers is None:
        row = next(n for n, text in enumerate(table.texts(name)) if not is_number(text))
        raise DataError(
            f"Column {name} holds “{table.texts(name)[row]}” in row {row + 1}, which is no number.",
            "Mend it, or leave the column out of inputs and targets.",
        )
    endless = table.endless(name)
    missing = np.isnan(numbers) | endless
    if missing.all():
        raise DataError(f"Column {name} is empty.", "Leave it out of inputs and targets.")
    if missing.any():
        places = np.maximum.accumulate(np.where(missing, int(np.argmin(missing)), np.arange(len(numbers))))
        if endless.any():
            notes.append(f"Column {name} is infinite or too large in row {int(endless.argmax()) + 1:,}: missing.")
        notes.append(f"{int(missing.sum()):,} missing in column {name}: each is taken to be as the one before.")
        return numbers[places]
    return numbers
