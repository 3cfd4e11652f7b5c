"""Tables to learn from: some columns are inputs, others are what is to be told from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nodes.spec.shapes import Shape
from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import Field, Loaded
from runtime.data.parts_file import column_of_parts
from runtime.data.split import kept_rows
from runtime.data.table_file import Table, read_table

MOST_CATEGORIES = 100  # of a column of texts: more are names rather than categories
LISTED = 5  # rows that a note names
MOST_LABELS = 20  # whole numbers that are taken for classes where nothing else is said
Numbers = NDArray[np.float32]


def load_table(choice: DataChoice) -> Loaded:
    """``features``: all numbers, then the categories one-hot; ``label`` or ``target``. Raises DataError."""
    return features_of(choice, read_table(choice.path))


def features_of(choice: DataChoice, table: Table, more_notes: Sequence[str] = ()) -> Loaded:
    """The same of a table that has been read. Raises DataError."""
    targets = table.chosen(choice.targets, "targets") or table.without(column_of_parts(choice))[-1:]
    inputs, notes = _inputs(table, choice, targets)
    used = [*inputs, *targets]
    filled = np.all([~table.missing(name) for name in used], axis=0)
    endless = {name: table.endless(name) & filled for name in used}
    whole = filled & ~np.any(list(endless.values()), axis=0)
    if not whole.any():
        raise DataError(f"No row of {table.path.name} is whole.", "Leave out columns that are mostly empty.")
    notes += more_notes
    notes += _note_on_endless(endless, int((filled & ~whole).sum()))
    if missing := int((~filled).sum()):
        notes.append(f"{missing:,} row{'s' * (missing > 1)} with a missing value {_were(missing)} left out.")
    fields, columns = _input_fields(table, choice, inputs)
    target, values = target_of(table, choice, targets, whole)
    columns = {name: column[whole] for name, column in columns.items()} | {target.name: values[whole]}
    given, told_parts = kept_rows(table.given, whole), parts_in(table, choice, whole)
    return Loaded((*fields, target), columns, given, tuple(notes), told_parts=told_parts)


def _inputs(table: Table, choice: DataChoice, targets: list[str]) -> tuple[list[str], list[str]]:
    """The columns that are learned from, and notes on those that cannot be."""
    wanted = table.chosen(choice.inputs, "inputs")
    looked_at = wanted or [name for name in table.without(column_of_parts(choice)) if name not in targets]
    notes, kept = table.notes_on([*looked_at, *targets]), []
    for name in looked_at:
        different = 0 if table.numbers(name) is not None else len(np.unique(table.texts(name)))
        if different <= MOST_CATEGORIES:
            kept.append(name)
        elif wanted:
            raise DataError(
                f"Column {name} holds {different:,} different texts; {MOST_CATEGORIES} categories can be told apart.",
                f"Leave {name} out of inputs, or read the table as texts (form).",
            )
        else:
            notes.append(f"Column {name} was left out: it holds {different:,} different texts.")
    if not kept:
        raise DataError(
            f"{table.path.name} has no column to learn from beside {', '.join(targets)}.", "Set inputs and targets."
        )
    return kept, notes


def _input_fields(
    table: Table, choice: DataChoice, inputs: list[str]
) -> tuple[list[Field], dict[str, NDArray[np.generic]]]:
    """Numbers and one-hot categories side by side; categories as indices are fields of their own."""
    numbers, hot, fields = [], [], []
    columns: dict[str, NDArray[np.generic]] = {}
    for name in inputs:
        values = table.numbers(name)
        if values is not None:
            numbers.append(values[:, None])
            continue
        names, indices = np.unique(table.texts(name), return_inverse=True)
        if choice.categories == "one-hot":
            hot.append(np.eye(len(names))[indices])
        else:
            fields.append(Field(name, Shape(values="index"), tuple(names.tolist())))
            columns[name] = indices.astype(np.int64)
    if numbers or hot:
        with np.errstate(over="ignore"):  # of rows that are left out
            features = np.concatenate([*numbers, *hot], axis=1).astype(np.float32)
        kept = sum(part.shape[1] for part in hot)
        fields.insert(0, Field("features", Shape(features.shape[1]), high=None, as_they_are=kept))
        columns["features"] = features
    return fields, columns


def target_of(
    table: Table, choice: DataChoice, names: list[str], whole: NDArray[np.bool_]
) -> tuple[Field, NDArray[np.generic]]:
    """Classes or numbers of each row, as chosen or as the columns tell. Raises DataError."""
    numbers = [table.numbers(name) for name in names]
    told = choice.target_as
    if told == "auto":
        told = "classes" if len(names) == 1 and _are_classes(numbers[0], whole) else "numbers"
    if told == "classes":
        if len(names) > 1:
            raise DataError(f"targets names {len(names)} columns, but classes are told by one.", "Name one column.")
        values = table.texts(names[0]) if numbers[0] is None else numbers[0]
        classes, indices = np.unique(values[whole], return_inverse=True)
        labels = np.zeros(len(values), dtype=np.int64)
        labels[whole] = indices
        words = tuple(f"{value:g}" if isinstance(value, float) else str(value) for value in classes.tolist())
        return Field("label", Shape(values="index"), words, is_target=True), labels
    for name, column in zip(names, numbers, strict=True):
        if column is None:
            raise DataError(f"Column {name} holds texts, and not numbers to be told.", "Set target_as to classes.")
    with np.errstate(over="ignore"):  # of rows that are left out
        told_numbers = np.stack([column for column in numbers if column is not None], axis=1).astype(np.float32)
    return Field("target", Shape(len(names)), is_target=True, high=None), told_numbers


def _are_classes(numbers: NDArray[np.float64] | None, whole: NDArray[np.bool_]) -> bool:
    """Texts, or few different whole numbers."""
    if numbers is None:
        return True
    kept = numbers[whole]
    different = np.unique(kept)
    return bool((kept == np.round(kept)).all()) and len(different) <= min(MOST_LABELS, max(2, len(kept) // 5))


def parts_in(table: Table, choice: DataChoice, whole: NDArray[np.bool_]) -> NDArray[np.str_] | None:
    """What the column of parts says of each whole row; None where there is no such column. Raises DataError."""
    name = column_of_parts(choice)
    return table.texts(table.chosen(name, "parts")[0])[whole] if name else None


def _note_on_endless(endless: dict[str, NDArray[np.bool_]], count: int) -> list[str]:
    """Where numbers are infinite or too large, by row and column."""
    if not count:
        return []
    places = [(row, name) for name, rows in endless.items() for row in np.flatnonzero(rows)[:LISTED].tolist()]
    told = ", ".join(f"row {row + 1:,} ({name})" for row, name in sorted(places)[:LISTED])
    more = ", …" if count > LISTED else ""
    return [
        f"{count:,} row{'s' * (count > 1)} with a number that is infinite or too large {_were(count)} left out: "
        f"{told}{more}."
    ]


def _were(count: int) -> str:
    return "were" if count > 1 else "was"
