"""Sentences that a network is to write: as numbers of words, shifted for teacher forcing.

While training, a network that writes reads the right words up to each place (``written``: a start word, then the
sentence) and is to tell the word that comes next (``next``: the sentence, then an end word). Places behind the end
hold padding, and as targets a number that losses and metrics pass over.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nodes.spec.shapes import Shape
from runtime.data.dataset import Field

PADDING, UNKNOWN, START, END = SPECIAL = ("<padding>", "<unknown>", "<start>", "<end>")
"""The first words of every vocabulary that is written with; no word of a text is called so."""

IGNORED = -100  # as losses pass over it unless they are told otherwise
WRITTEN = "written"


def forced(sentences: Sequence[Sequence[int]], most: int) -> dict[str, NDArray[np.int32]]:
    """The columns ``written`` and ``next``, N × L: the longest sentence and one more, ``most`` at the most."""
    start, end = SPECIAL.index(START), SPECIAL.index(END)
    length = min(most, 1 + max(map(len, sentences)))
    written = np.full((len(sentences), length), SPECIAL.index(PADDING), dtype=np.int32)
    told = np.full((len(sentences), length), IGNORED, dtype=np.int32)
    for row, sentence in enumerate(sentences):
        read, wanted = [start, *sentence][:length], [*sentence, end][:length]
        written[row, : len(read)] = read
        told[row, : len(wanted)] = wanted
    return {WRITTEN: written, "next": told}


def forced_fields(length: int, vocabulary: tuple[str, ...]) -> tuple[Field, Field]:
    shape = Shape(length, axes="L", values="index")
    return Field(WRITTEN, shape, vocabulary), Field("next", shape, vocabulary, is_target=True)


def words_of_numbers(numbers: Sequence[int], vocabulary: Sequence[str]) -> list[str]:
    """The words of a sentence up to its end; what is no word of its own is left out."""
    words = []
    for number in numbers:
        if number < 0 or vocabulary[number] == END:
            break
        if vocabulary[number] not in (PADDING, START):
            words.append(vocabulary[number])
    return words
