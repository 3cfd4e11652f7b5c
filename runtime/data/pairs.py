"""Pairs of sentences, word by word: one column of a table is read, another is to be written from it."""

from __future__ import annotations

import numpy as np

from nodes.spec.shapes import Shape
from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import Field, Loaded
from runtime.data.split import kept_rows, split
from runtime.data.table_file import Table, read_table
from runtime.data.texts import numbered, vocabulary_of, words_of
from runtime.data.written import SPECIAL, forced, forced_fields


def load_pairs(choice: DataChoice) -> Loaded:
    """``source``: L words, filled up in front; ``written`` and ``next``: the other sentence, for teacher forcing.

    The training part says which words there are. Raises DataError.
    """
    table = read_table(choice.path)
    read, wanted = _columns(table, choice)
    sources, targets = ([words_of(text) for text in table.texts(name)] for name in (read, wanted))
    whole = np.array([bool(a) and bool(b) for a, b in zip(sources, targets, strict=True)], dtype=bool)
    if not whole.any():
        raise DataError(f"No row of {table.path.name} has both {read} and {wanted}.", "Choose other columns.")
    sources, targets = ([one for one, is_whole in zip(s, whole, strict=True) if is_whole] for s in (sources, targets))
    notes = (*table.notes, *_note(int((~whole).sum())))
    return paired(sources, targets, choice, kept_rows(table.given, whole), notes)


def paired(
    sources: list[list[str]],
    targets: list[list[str]],
    choice: DataChoice,
    given: dict[str, range] | None = None,
    notes: tuple[str, ...] = (),
) -> Loaded:
    """The same of sentences that are parted into words already."""
    training = split(len(sources), given or {}, choice, None)["train"]
    known = vocabulary_of([sources[row] for row in training], choice.vocabulary)
    written = vocabulary_of([targets[row] for row in training], choice.vocabulary, SPECIAL)
    length = min(choice.seq_length, max(map(len, sources)))
    places = {word: place for place, word in enumerate(written)}
    columns = forced([[places.get(word, 1) for word in words] for words in targets], choice.seq_length + 1)
    return Loaded(
        (
            Field("source", Shape(length, axes="L", values="index"), known),
            *forced_fields(columns["written"].shape[1], written),
        ),
        {"source": numbered(sources, known, length), **columns},
        given or {},
        notes,
    )


def _columns(table: Table, choice: DataChoice) -> tuple[str, str]:
    """The column that is read and the one that is to be written. Raises DataError."""
    texts = [name for name in table.columns if table.numbers(name) is None]
    targets = table.chosen(choice.targets, "targets") or texts[1:2]
    inputs = table.chosen(choice.inputs, "inputs") or [name for name in texts if name not in targets][:1]
    if len(inputs) != 1 or len(targets) != 1:
        raise DataError(
            f"Pairs are a column that is read and one that is written; {table.path.name} was to give "
            f"{', '.join(inputs) or 'none'} and {', '.join(targets) or 'none'}.",
            "Name one column in inputs and one in targets.",
        )
    return inputs[0], targets[0]


def _note(left_out: int) -> tuple[str, ...]:
    return (f"{left_out:,} row{'s' * (left_out > 1)} with an empty sentence left out.",) if left_out else ()
