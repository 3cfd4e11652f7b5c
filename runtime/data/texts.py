"""Labelled texts, word by word: one column of a table is read, another is to be told from it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from nodes.spec.shapes import Shape
from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import Field, Loaded
from runtime.data.split import kept_rows, split
from runtime.data.table_file import Table, read_table
from runtime.data.written import PADDING, UNKNOWN

WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")


def words_of(text: str) -> list[str]:
    """Its words and signs in small letters."""
    return WORD.findall(text.lower())


def load_texts(choice: DataChoice) -> Loaded:
    """``words``: L numbers of words, filled up in front; ``label``. The training part says which words there are.

    Raises DataError.
    """
    table = read_table(choice.path)
    inputs, target = _columns(table, choice)
    read = [words_of(" ".join(parts)) for parts in zip(*(table.texts(name) for name in inputs), strict=True)]
    whole = np.array([bool(words) for words in read]) & ~table.missing(target)
    read, labels = (
        [words for words, is_whole in zip(read, whole, strict=True) if is_whole],
        table.texts(target)[whole],
    )
    if not read:
        raise DataError(f"No row of {table.path.name} has both {', '.join(inputs)} and {target}.", "Choose others.")
    given = kept_rows(table.given, whole)
    classes, indices = np.unique(labels, return_inverse=True)
    training = split(len(read), given, choice, indices)["train"]
    vocabulary = vocabulary_of([read[row] for row in training], choice.vocabulary)
    left_out = int((~whole).sum())
    return Loaded(
        (
            Field("words", Shape(choice.seq_length, axes="L", values="index"), vocabulary),
            Field("label", Shape(values="index"), tuple(map(str, classes)), is_target=True),
        ),
        {"words": numbered(read, vocabulary, choice.seq_length), "label": indices.astype(np.int64)},
        given,
        (
            *table.notes,
            *([f"{left_out:,} row{'s' * (left_out > 1)} without a text or label left out."] if left_out else []),
        ),
    )


def _columns(table: Table, choice: DataChoice) -> tuple[list[str], str]:
    """The columns that are read, and the one to be told. Raises DataError."""
    names = list(table.columns)
    usual = next((name for name in names if name.lower() in ("label", "sentiment", "class")), names[-1])
    targets = table.chosen(choice.targets, "targets") or [usual]
    if len(targets) > 1:
        raise DataError(f"targets names {len(targets)} columns, but one label is told.", "Name one column.")
    others = [name for name in names if name != targets[0] and table.numbers(name) is None]
    inputs = table.chosen(choice.inputs, "inputs") or others
    if not inputs:
        raise DataError(f"{table.path.name} has no column of texts beside {targets[0]}.", "Set inputs and targets.")
    return inputs, targets[0]


def vocabulary_of(
    texts: Iterable[Sequence[str]], most: int, special: tuple[str, ...] = (PADDING, UNKNOWN)
) -> tuple[str, ...]:
    """The special words, then the commonest ones, those that are equally common by the alphabet."""
    counts = Counter(word for words in texts for word in words)
    ordered = sorted(counts, key=lambda word: (-counts[word], word))
    return (*special, *ordered[: max(0, most - len(special))])


def numbered(texts: Sequence[Sequence[str]], vocabulary: tuple[str, ...], length: int) -> NDArray[np.int32]:
    """The first words of each text; short ones are filled up in front, so that the last word comes last."""
    numbers = {word: number for number, word in enumerate(vocabulary)}
    columns = np.zeros((len(texts), length), dtype=np.int32)
    for row, words in zip(columns, texts, strict=True):
        kept = [numbers.get(word, 1) for word in words[:length]]
        row[length - len(kept) :] = kept
    return columns
