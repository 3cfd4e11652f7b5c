"""Boxes around things in pictures: from the columns of a table to the pixels that a network sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nodes.spec.shapes import Shape
from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import Field
from runtime.data.pixels import Fit
from runtime.data.survey import Head
from runtime.data.table_file import Table

USUAL = (("x1", "y1", "x2", "y2"), ("xmin", "ymin", "xmax", "ymax"), ("left", "top", "right", "bottom"))
NO_CLASS = -100  # of a place without a box: what PyTorch's losses pass over
Numbers = NDArray[np.float32]


def box_columns(table: Table, choice: DataChoice) -> list[str]:
    """The four columns, as they are chosen or called; none where there are no boxes. Raises DataError."""
    names = table.chosen(choice.boxes, "boxes")
    if not names:
        usual = [list(four) for four in USUAL if set(four) <= set(table.columns)]
        return usual[0] if usual else []
    if len(names) != 4:
        raise DataError(f"boxes names {len(names)} columns.", "Name four: left, top, right and bottom.")
    return names


def numbers_of(table: Table, names: Sequence[str]) -> Numbers:
    """Rows × 4; a row without a box is zeros. Raises DataError."""
    columns = [table.numbers(name) for name in names]
    for name, column in zip(names, columns, strict=True):
        if column is None:
            raise DataError(f"Column {name} holds texts, and no sides of boxes.", "Name columns of numbers as boxes.")
    found = np.stack([column for column in columns if column is not None], axis=1).astype(np.float32)
    found[np.isnan(found).any(1)] = 0
    turned = np.flatnonzero((found[:, 2:] < found[:, :2]).any(1))
    if len(turned):
        row = int(turned[0])
        raise DataError(
            f"The box of row {row + 1:,} ends before it begins ({', '.join(f'{n:g}' for n in found[row])}).",
            "Name the columns as left, top, right and bottom, and not as width and height.",
        )
    return found


def placed(boxes: Numbers, head: Head, fit: Fit | None, *, as_shares: bool) -> Numbers:
    """Boxes of one picture once it is brought to size, cut off at its edges; zeros where nothing is left of one."""
    left, top, right, bottom = (0.0, 0.0, float(head.width), float(head.height))
    size = (head.width, head.height)
    if fit is not None:
        left, top, right, bottom = fit.region(head.width, head.height)
        size = (fit.width, fit.height)
    scale = np.array([size[0] / (right - left), size[1] / (bottom - top)] * 2, dtype=np.float32)
    moved = (boxes - np.array([left, top, left, top], dtype=np.float32)) * scale
    whole = np.array(size * 2, dtype=np.float32)
    moved = np.clip(moved, 0, whole)
    moved[(moved[:, 2:] <= moved[:, :2]).any(1)] = 0
    found: Numbers = (moved / whole if as_shares else moved).astype(np.float32)
    return found


class Grouped(NamedTuple):
    """The rows of each picture, as numbers of rows: one box each."""

    rows: list[list[int]]

    @property
    def most(self) -> int:
        return max(map(len, self.rows))

    def boxes(self, boxes: Numbers, *, as_shares: bool) -> tuple[Field, Numbers]:
        """``box``: 4 numbers, where no picture has more than one; else ``boxes``: L × 4, zeros after the last."""
        if self.most == 1:
            return Field("box", Shape(4), is_boxes=True, are_shares=as_shares), boxes[[rows[0] for rows in self.rows]]
        found = np.zeros((len(self.rows), self.most, 4), dtype=np.float32)
        for place, rows in zip(found, self.rows, strict=True):
            place[: len(rows)] = boxes[rows]
        return Field("boxes", Shape(self.most, 4, axes="LC"), is_boxes=True, are_shares=as_shares), found

    def labels(self, field: Field, labels: NDArray[np.generic]) -> tuple[Field, NDArray[np.generic]]:
        """What is told of each picture; or a class of each box, −100 after the last."""
        if self.most == 1:
            return field, labels[[rows[0] for rows in self.rows]]
        found = np.full((len(self.rows), self.most), NO_CLASS, dtype=np.int64)
        for place, rows in zip(found, self.rows, strict=True):
            place[: len(rows)] = labels[rows]
        return Field("labels", Shape(self.most, axes="L", values="index"), field.classes, is_target=True), found
