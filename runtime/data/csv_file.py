"""CSV files as programs write them: in UTF-8 or as Excel does, with or without a separator behind the last value."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from runtime.data.choice import DataError

SEPARATORS = ",;\t|"
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
OF_EXCEL = re.compile(r"sep=(.)\s*$", re.IGNORECASE)  # a line above the names, which only says the separator
LOOKED_AT = 100  # rows, that tell whether the first line names columns


class Csv(NamedTuple):
    """The texts of each column, in the order of the file."""

    columns: dict[str, Any]
    separator: str
    notes: tuple[str, ...]


def read_csv(path: Path) -> Csv:
    """Raises DataError, OSError."""
    text, notes = _decoded(path)
    first, _, rest = text.partition("\n")
    told = OF_EXCEL.match(first)
    text = rest if told else text
    separator = told[1] if told else max(SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        lines = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise DataError(f"{path} cannot be read as CSV: {error}.", "Save it as CSV anew.") from None
    names = [name.strip() for name in lines[0][1]] if lines else []
    rows = [row for _, row in lines[1:]]
    while names and not names[-1] and not any(row[len(names) - 1 :][:1] not in ([], [""]) for row in rows):
        names.pop()  # a separator behind the last name, and nothing below it
    _require_names(path, names, rows[:LOOKED_AT])
    kept = [_fitted(path, number, row, names, separator) for number, row in lines[1:]]
    return Csv(dict(zip(names, zip(*kept, strict=True), strict=False)), separator, notes)


def _decoded(path: Path) -> tuple[str, tuple[str, ...]]:
    """The text of a file, and a note where it is no UTF-8. Raises DataError."""
    raw = path.read_bytes()
    coding = "utf-16" if raw.startswith(UTF_16) else "utf-8-sig"
    try:
        return raw.decode(coding), ()
    except UnicodeDecodeError as error:
        if b"\0" in raw:
            raise DataError(f"{path} is no text in UTF-8 ({error.reason}).", "Save it as CSV in UTF-8.") from None
    for coding in ("cp1252", "latin-1"):
        try:
            return raw.decode(coding), (f"{path.name} is not in UTF-8; it was read as {coding}, as Excel writes it.",)
        except UnicodeDecodeError:
            continue
    raise AssertionError("latin-1 has a letter for every byte")


def _fitted(path: Path, line: int, row: list[str], names: Sequence[str], separator: str) -> list[str]:
    """As many values as there are names: separators behind the last one say nothing. Raises DataError."""
    while len(row) > len(names) and not row[-1].strip():
        row = row[:-1]
    if len(row) == len(names):
        return row
    remedy = f"Give the line {len(names)} values."
    if len(row) > len(names):
        sign = {"\t": "tab"}.get(separator, separator)
        remedy = f"Put texts that hold a {sign} in quotation marks."
    raise DataError(f"{path}, line {line}: {len(row)} values, but there are {len(names)} columns.", remedy)


def _require_names(path: Path, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if not _are_names(names, rows):
        raise DataError(
            f"The first line of {path} holds numbers ({', '.join(names[:3])}), not the names of columns.",
            "Put a line with names above it.",
        )
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"{path} has two columns {twice or 'without a name'}.", "Give each its own name.")


def _are_names(names: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Does the whole first line name columns, though some names be numbers, as pandas writes them?

    It does where a word stands above numbers, or where the numbers count up and no word stands below itself.
    """
    numbers = [name for name in names if is_number(name)]
    if not numbers:
        return True
    below = {place: [row[place] for row in rows if len(row) > place] for place in range(len(names))}
    words = [(name, below[place]) for place, name in enumerate(names) if name not in numbers]
    if any(cells and all(is_number(cell) for cell in cells if cell.strip()) for _, cells in words):
        return True
    if not all(number.isdecimal() for number in numbers):
        return False
    counts_up = all(int(after) == int(before) + 1 for before, after in pairwise(numbers))
    if not words:
        return counts_up and len(names) > 1 and numbers[0] == "0"
    return counts_up and not any(name in map(str.strip, cells) for name, cells in words)


def is_number(text: str) -> bool:
    """Whether a cell can be read as one."""
    try:
        float(text)
    except ValueError:
        return False
    return True
