"""Pictures that a table lists, with what is to be told of each: classes, numbers, boxes."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nodes.spec.shapes import Shape
from runtime.data.boxes import Grouped, box_columns, numbers_of, placed
from runtime.data.choice import SHARES, DataChoice, DataError
from runtime.data.dataset import Field, Loaded
from runtime.data.parts_file import column_of_parts
from runtime.data.picture_column import picture_column
from runtime.data.picture_files import USUAL, PictureFiles, column_of_files, root_of
from runtime.data.pixels import Fit
from runtime.data.survey import Head, heads_of
from runtime.data.table import parts_in, target_of
from runtime.data.table_file import Table, read_table


def load_listed(choice: DataChoice) -> Loaded:
    """``image``, and of it ``label``, ``target``, ``box`` or ``boxes`` with ``labels``. Raises DataError."""
    return listed(choice, read_table(choice.path))


def listed(choice: DataChoice, table: Table) -> Loaded:
    """The same of a table that has been read. Raises DataError."""
    root = root_of(choice)
    files = PictureFiles(root)
    column, sides = _column_of_pictures(table, choice, files), box_columns(table, choice)
    others = [name for name in table.without(column_of_parts(choice)) if name not in (column, *sides)]
    targets = table.chosen(choice.targets, "targets") or others[-1:]
    if not (targets or sides):
        raise DataError(f"{table.path.name} says nothing of its pictures.", "Give it a column of classes or numbers.")
    by_picture = _rows_by_picture(table, files, column)
    every = list(by_picture)
    pictures = picture_column(choice, root, [root / name for name in every])
    names = [every[number] for number in pictures.kept]
    grouped = Grouped([by_picture[name] for name in names])
    if grouped.most > 1 and not sides:
        twice = next(name for name in names if len(by_picture[name]) > 1)
        raise DataError(
            f"{table.path.name} lists {twice} in {len(by_picture[twice])} rows, and has no boxes.",
            "Give each picture one row, or name the columns of its boxes (boxes).",
        )
    told = _boxes(table, choice, sides, [root / name for name in names], grouped) if sides else []
    told += [_target(table, choice, targets, grouped)] if targets else []
    notes = (*pictures.notes, *table.notes_on([*targets, *sides]))
    if not targets:
        told = [(dataclasses.replace(field, is_target=True), values) for field, values in told]
    firsts = np.array([rows[0] for rows in grouped.rows])
    parts = parts_in(table, choice, np.ones(table.count, dtype=np.bool_))
    return Loaded(
        (Field("image", Shape(*pictures.size), high=pictures.white), *(field for field, _ in told)),
        {"image": pictures.values} | {field.name: values for field, values in told},
        {part: _between(firsts, rows) for part, rows in table.given.items()},
        notes,
        [Path(name).as_posix() for name in names],
        None if parts is None else parts[firsts],
    )


def _column_of_pictures(table: Table, choice: DataChoice, files: PictureFiles) -> str:
    if chosen := table.chosen(choice.pictures, "pictures"):
        return chosen[0]
    usual = next((name for name in table.columns if name.lower() in USUAL), next(iter(table.columns)))
    return column_of_files(table, choice, files) or usual


def _rows_by_picture(table: Table, files: PictureFiles, column: str) -> dict[str, list[int]]:
    """The rows that tell of each picture, by its path below the root, in the order of their first ones.

    Raises DataError where none is there.
    """
    names = table.texts(column)
    places = {name: files.find(name) for name in dict.fromkeys(names.tolist()) if name}
    if not any(places.values()):
        first = next(iter(places), "")
        raise DataError(
            f"{table.path.name} lists {first or 'no file'} in its column {column}, {files.fault(first)}.",
            "Write paths that start from the folder of the table, or set pictures to another column.",
        )
    found: dict[str, list[int]] = {}
    for row, name in enumerate(names.tolist()):
        if name:
            path = places[name]
            known = path.relative_to(files.root).as_posix() if path and path.is_relative_to(files.root) else name
            found.setdefault(known, []).append(row)
    return found


def _boxes(
    table: Table, choice: DataChoice, sides: list[str], paths: list[Path], grouped: Grouped
) -> list[tuple[Field, NDArray[np.generic]]]:
    """Where things are in each picture, once it is brought to size."""
    boxes, as_shares = numbers_of(table, sides), choice.box_units == SHARES
    heads = heads_of(paths)
    for path, rows in zip(paths, grouped.rows, strict=True):
        head = heads[path]
        if isinstance(head, Head):
            boxes[rows] = placed(boxes[rows], head, Fit.of(choice), as_shares=as_shares)
    return [grouped.boxes(boxes, as_shares=as_shares)]


def _target(
    table: Table, choice: DataChoice, targets: list[str], grouped: Grouped
) -> tuple[Field, NDArray[np.generic]]:
    """Classes of pictures or boxes, or numbers of pictures. Raises DataError."""
    missing = next((name for name in targets if table.missing(name).any()), None)
    if missing is not None:
        raise DataError(f"Column {missing} has rows without a value.", "Fill them in, or leave those pictures out.")
    endless = next((name for name in targets if table.endless(name).any()), None)
    if endless is not None:
        row = int(table.endless(endless).argmax()) + 1
        raise DataError(f"Column {endless} is infinite or too large in row {row:,}.", "Leave that picture out.")
    field, values = target_of(table, choice, targets, np.ones(table.count, dtype=np.bool_))
    if field.classes is None and grouped.most > 1:
        raise DataError(
            f"A picture has {grouped.most} rows, but numbers ({', '.join(targets)}) are told of it once.",
            "Give each picture one row, or set target_as to classes.",
        )
    return grouped.labels(field, values)


def _between(firsts: NDArray[np.int64], rows: range) -> range:
    """The pictures whose first row is among some."""
    first, last = np.searchsorted(firsts, [rows.start, rows.stop]).tolist()
    return range(first, last)
