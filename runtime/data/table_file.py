"""Tables: CSV and Parquet files, their columns as numbers or as texts."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.data.choice import DataError
from runtime.data.class_folders import PART_FOLDERS

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?"})
SUFFIXES = (".csv", ".tsv", ".parquet")
SEPARATORS = ",;\t|"


@dataclass(frozen=True)
class Table:
    """Columns of texts, in the order of the file; ``given`` are the rows of parts that have files of their own."""

    path: Path
    columns: dict[str, NDArray[Any]]  # of str, or of numbers where the file knows them
    given: dict[str, range]

    def numbers(self, name: str) -> NDArray[np.float64] | None:
        """A column as numbers, NaN where there is none; None where something else stands in it."""
        column = self.columns[name]
        if column.dtype.kind in "biuf":
            return column.astype(np.float64)
        filled = np.where(self.missing(name), "nan", column)
        try:
            return filled.astype(np.float64)
        except ValueError:
            return None

    def missing(self, name: str) -> NDArray[np.bool_]:
        column = self.columns[name]
        if column.dtype.kind in "biuf":
            return np.isnan(column) if column.dtype.kind == "f" else np.zeros(len(column), dtype=np.bool_)
        return np.isin(np.char.lower(np.char.strip(column)), list(MISSING))

    def texts(self, name: str) -> NDArray[np.str_]:
        return np.char.strip(self.columns[name].astype(str))

    @property
    def count(self) -> int:
        """Rows."""
        return len(next(iter(self.columns.values())))

    def without(self, name: str) -> list[str]:
        """The columns but for one."""
        return [column for column in self.columns if column != name]

    def chosen(self, written: str, setting: str) -> list[str]:
        """The columns that a setting names. Raises DataError."""
        names = [name.strip() for name in written.split(",") if name.strip()]
        for name in names:
            if name not in self.columns:
                raise DataError(
                    f"{self.path.name} has no column {name}.", f"Set {setting} to some of {', '.join(self.columns)}."
                )
        return names


def part_tables(folder: Path) -> dict[str, Path]:
    """Part -> its file, such as ``train.csv`` and ``test.csv``; empty where there is no file for training."""
    found: dict[str, Path] = {}
    for part, names in PART_FOLDERS.items():
        for name in (f"{name}{suffix}" for name in names for suffix in SUFFIXES):
            if (folder / name).is_file():
                found.setdefault(part, folder / name)
    return found if "train" in found else {}


def read_table(path: Path) -> Table:
    """One file, or a folder with one for each part. Raises DataError."""
    if not path.is_dir():
        return Table(path, _columns(path), {})
    files = part_tables(path)
    if not files:
        raise DataError(f"{path} has no table for training.", "Name the files train.csv and test.csv.")
    read = {part: _columns(file) for part, file in files.items()}
    names = list(read["train"])
    for part, columns in read.items():
        if sorted(columns) != sorted(names):
            raise DataError(
                f"{files[part].name} has the columns {', '.join(columns)}, {files['train'].name} has "
                f"{', '.join(names)}.",
                "Give both the same columns.",
            )
    given, first = {}, 0
    for part, columns in read.items():
        count = len(columns[names[0]])
        given[part], first = range(first, first + count), first + count
    joined = {name: np.concatenate([columns[name] for columns in read.values()]) for name in names}
    return Table(path, joined, given)


def _columns(path: Path) -> dict[str, NDArray[Any]]:
    columns = _parquet(path) if path.suffix.lower() == ".parquet" else _csv(path)
    if not columns or not len(next(iter(columns.values()))):
        raise DataError(f"{path} has no rows.", "Give it a line with the names of the columns, and rows below.")
    return columns


def _csv(path: Path) -> dict[str, NDArray[Any]]:
    with _readable(path), path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
        separator = max(SEPARATORS, key=first.count)
        rows = csv.reader(chain([first], file), delimiter=separator)
        names = [name.strip() for name in next(rows, [])]
        _require_names(path, names)
        kept: list[Sequence[str]] = []
        for row in rows:
            if len(row) == len(names):
                kept.append(row)
            elif row:
                raise DataError(
                    f"{path}, line {rows.line_num}: {len(row)} values, but there are {len(names)} columns.",
                    "Put texts that hold a separator in quotation marks.",
                )
    return {
        name: np.array(column, dtype=np.str_) for name, column in zip(names, zip(*kept, strict=True), strict=False)
    }


def _require_names(path: Path, names: Sequence[str]) -> None:
    if any(is_number(name) for name in names):
        raise DataError(
            f"The first line of {path} holds numbers ({', '.join(names[:3])}), not the names of columns.",
            "Put a line with names above it.",
        )
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"{path} has two columns {twice or 'without a name'}.", "Give each its own name.")


def is_number(text: str) -> bool:
    """Whether a cell can be read as one."""
    try:
        float(text)
    except ValueError:
        return False
    return True


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """What a file that is no CSV meets."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is no text in UTF-8 ({error.reason}).", "Save it as CSV in UTF-8.") from None
    except csv.Error as error:
        raise DataError(f"{path} cannot be read as CSV: {error}.", "Save it as CSV anew.") from None


def _parquet(path: Path) -> dict[str, NDArray[Any]]:
    if find_spec("pyarrow") is None:
        raise DataError(
            f"Reading {path.name} takes pyarrow, which is missing.", "pip install pyarrow, or save as CSV."
        )
    parquet = import_module("pyarrow.parquet")
    try:
        table = parquet.read_table(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as Parquet: {error}.", "Write it anew.") from None
    found = {}
    for name in table.column_names:
        column = table.column(name).to_numpy()
        is_number = column.dtype.kind in "biuf"
        found[name] = column if is_number else np.array(["" if v is None else str(v) for v in column], dtype=np.str_)
    return found
