"""Parts as a column or a list file tells them: which samples are trained on, validated and tested."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runtime.data.choice import BY_FILE, DataChoice, DataError

WORDS = {
    "train": "train", "training": "train", "validation": "validation", "valid": "validation", "val": "validation",
    "dev": "validation", "test": "test", "testing": "test",
}  # fmt: skip


def told_parts(
    choice: DataChoice, count: int, names: Sequence[str], column: NDArray[np.str_] | None
) -> dict[str, NDArray[np.int64]]:
    """The rows of each part that is named. ``names`` are those of the samples, such as their files.

    ``column`` is what the source itself says of each row. Raises DataError.
    """
    if choice.split != BY_FILE:
        return {}
    if not choice.parts:
        raise DataError(
            "split is by file, but parts names none.", "Set parts to a column of the table, or to a file."
        )
    words = column if column is not None else _listed(_file_of(choice), count, names)
    found: dict[str, list[int]] = {}
    for row, word in enumerate(words):
        part = WORDS.get(str(word).strip().lower())
        if part is None:
            raise DataError(
                f"{choice.parts} says {str(word).strip() or 'nothing'} of sample {row + 1:,}, which is no part.",
                "Write train, validation or test.",
            )
        found.setdefault(part, []).append(row)
    if "train" not in found:
        raise DataError(f"{choice.parts} names no sample to train on.", "Write train for some of them.")
    return {part: np.array(rows, dtype=np.int64) for part, rows in found.items()}


def column_of_parts(choice: DataChoice) -> str:
    """The column that names the parts; empty where they are told otherwise."""
    is_column = choice.split == BY_FILE and not _candidates(choice)
    return choice.parts if is_column else ""


def _candidates(choice: DataChoice) -> list[Path]:
    """The file that parts names, beside the data, within them, or in full."""
    beside = choice.path if choice.is_path and choice.path.is_dir() else choice.path.parent
    places = (beside / choice.parts, choice.path.parent / choice.parts, Path(choice.parts))
    return [path for path in places if choice.parts and path.is_file()]


def _file_of(choice: DataChoice) -> Path:
    found = _candidates(choice)
    if not found:
        raise DataError(
            f"parts is {choice.parts}, which is no column of the data and no file beside them.",
            "Name a column, or a file with a line for each sample: its part, or its name, a comma and its part.",
        )
    return found[0]


def _listed(path: Path, count: int, names: Sequence[str]) -> list[str]:
    """A part for each sample: by their names where the lines have some, else in their order."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = [row for row in csv.reader(file) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read as a list: {error}.", "Save it as CSV in UTF-8.") from None
    if lines and lines[0][-1].strip().lower() not in WORDS:
        lines = lines[1:]  # the names of the columns
    if names and lines and len(lines[0]) > 1:
        parts = {line[0].strip().replace("\\", "/"): line[-1] for line in lines}
        missing = next((name for name in names if name not in parts), None)
        if missing is not None:
            raise DataError(f"{path.name} says nothing of {missing}.", "Add a line with its name and its part.")
        return [parts[name] for name in names]
    if len(lines) != count:
        raise DataError(
            f"{path.name} has {len(lines):,} lines, the data have {count:,} samples.",
            "Give it a line for each sample, in their order.",
        )
    return [line[-1] for line in lines]
