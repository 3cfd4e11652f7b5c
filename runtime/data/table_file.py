"""Tables: CSV and Parquet files, their columns as numbers or as texts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.data.choice import DataError
from runtime.data.class_folders import PART_FOLDERS
from runtime.data.csv_file import Csv, read_csv
from runtime.data.written_numbers import Read, is_missing, read_columns

SUFFIXES = (".csv", ".tsv", ".parquet")
LARGEST = float(np.finfo(np.float32).max)  # beyond it a network meets infinity


@dataclass(frozen=True)
class Table:
    """Columns of texts, in the order of the file; ``given`` are the rows of parts that have files of their own."""

    path: Path
    columns: dict[str, NDArray[Any]]  # of str, or of numbers where the file knows them
    given: dict[str, range]
    separator: str = ","
    notes: tuple[str, ...] = ()  # on the file

    @cached_property
    def _read(self) -> Read:
        return read_columns(self.columns, self.separator)

    @property
    def dates(self) -> frozenset[str]:
        """The columns of dates, whose numbers are days."""
        return self._read.dates

    def notes_on(self, names: Iterable[str]) -> list[str]:
        """On the file, and on how unusual columns are read."""
        return [*self.notes, *(self._read.notes[name] for name in names if name in self._read.notes)]

    def numbers(self, name: str) -> NDArray[np.float64] | None:
        """A column as numbers, NaN where there is none; None where something else stands in it."""
        column = self.columns[name]
        return column.astype(np.float64) if column.dtype.kind in "biuf" else self._read.numbers.get(name)

    def missing(self, name: str) -> NDArray[np.bool_]:
        column = self.columns[name]
        if column.dtype.kind in "biuf":
            return np.isnan(column) if column.dtype.kind == "f" else np.zeros(len(column), dtype=np.bool_)
        return is_missing(column)

    def endless(self, name: str) -> NDArray[np.bool_]:
        """Where a column has numbers that are infinite, or too large for a network."""
        numbers = self.numbers(name)
        return np.zeros(self.count, dtype=np.bool_) if numbers is None else np.abs(numbers) > LARGEST

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
        one = _read(path)
        columns = {name: _as_array(values) for name, values in one.columns.items()}
        return Table(path, columns, {}, one.separator, one.notes)
    files = part_tables(path)
    if not files:
        raise DataError(f"{path} has no table for training.", "Name the files train.csv and test.csv.")
    whole = {part: _read(file) for part, file in files.items()}
    read = {part: one.columns for part, one in whole.items()}
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
    joined = {name: np.concatenate([_as_array(columns[name]) for columns in read.values()]) for name in names}
    notes = tuple(dict.fromkeys(note for one in whole.values() for note in one.notes))
    return Table(path, joined, given, whole["train"].separator, notes)


def _read(path: Path) -> Csv:
    found = Csv(_parquet(path), "", ()) if path.suffix.lower() == ".parquet" else read_csv(path)
    if not found.columns or not len(next(iter(found.columns.values()))):
        raise DataError(f"{path} has no rows.", "Give it a line with the names of the columns, and rows below.")
    return found


def _as_array(values: Any) -> NDArray[Any]:
    return values if isinstance(values, np.ndarray) else np.array(values, dtype=np.str_)


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
