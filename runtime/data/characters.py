"""Text by character: pieces of equal length, and for each character the one that comes after it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nodes.spec.shapes import Shape
from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import Field, Loaded
from runtime.data.windows import PartsInOrder, windows

MOST_CHARACTERS = 32_767  # different ones: they are kept in two bytes each
LISTED = 10


def load_characters(choice: DataChoice) -> Loaded:
    """Parts lie in the order of the text: training first. The training part alone says which characters there are.

    Raises DataError.
    """
    codes = _codes(choice.path)
    lengths = PartsInOrder.of(len(codes), choice)
    vocabulary = np.unique(codes[: lengths.train])
    known = np.isin(codes, vocabulary)
    notes = _note_on_strange(codes[~known])
    if notes:
        lengths = PartsInOrder(*(int(known[part].sum()) for part in lengths.slices))
        codes = codes[known]
    if len(vocabulary) > MOST_CHARACTERS:
        raise DataError(f"{choice.path} has {len(vocabulary):,} different characters.", "Choose another text.")
    indices = np.searchsorted(vocabulary, codes).astype(np.uint8 if len(vocabulary) <= 256 else np.int16)
    step = choice.seq_step or choice.seq_length
    given = lengths.windows(choice.seq_length + 1, step, f"{choice.path.name} has", "characters")
    shape = Shape(choice.seq_length, axes="L", values="index")
    characters = tuple(chr(code) for code in vocabulary)
    return Loaded(
        (Field("text", shape, classes=characters), Field("next", shape, classes=characters, is_target=True)),
        {
            "text": windows(indices[:-1], choice.seq_length, step),
            "next": windows(indices[1:], choice.seq_length, step),
        },
        given,
        notes,
    )


def _codes(path: Path) -> NDArray[np.uint32]:
    """The code point of each character. Raises DataError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} is no text in UTF-8: byte {error.start:,} is {error.object[error.start]:#04x}.",
            "Save it as UTF-8.",
        ) from None
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def _note_on_strange(codes: NDArray[np.uint32]) -> tuple[str, ...]:
    """On characters that the training part never has."""
    if not len(codes):
        return ()
    strange = np.unique(codes)
    names = " ".join(chr(code) for code in strange[:LISTED]) + (" …" if len(strange) > LISTED else "")
    count = f"{len(codes):,} character{'s' * (len(codes) != 1)}"
    return (f"{count} of validation and test that the training part never has were left out ({names}).",)
