"""Grid: which things lie near a place, found without asking the scene, whose index is costly while things move."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

from PySide6.QtCore import QRectF

CELL = 768.0  # scene units: some ten nodes

Key = TypeVar("Key", bound=Hashable)
Cell = tuple[int, int]


class Grid(Generic[Key]):
    """Boxes by their keys, filed under every cell that they touch."""

    def __init__(self) -> None:
        self._cells: dict[Cell, dict[Key, None]] = {}
        self._boxes: dict[Key, QRectF] = {}

    def put(self, key: Key, box: QRectF) -> None:
        """Files a box, or files it elsewhere."""
        old = self._boxes.get(key)
        if old is not None:
            if old == box:
                return
            self.take(key)
        self._boxes[key] = QRectF(box)
        for cell in _cells(box):
            self._cells.setdefault(cell, {})[key] = None

    def take(self, key: Key) -> None:
        for cell in _cells(self._boxes.pop(key)):
            filed = self._cells[cell]
            del filed[key]
            if not filed:
                del self._cells[cell]

    def near(self, rect: QRectF) -> list[Key]:
        """The keys of all boxes that touch ``rect``, edges counted, those filed last first."""
        found: dict[Key, None] = {}
        for cell in _cells(rect):
            for key in self._cells.get(cell, ()):
                if key not in found and _touch(self._boxes[key], rect):
                    found[key] = None
        return list(reversed(found))


def _cells(box: QRectF) -> Iterator[Cell]:
    rows = range(math.floor(box.top() / CELL), math.floor(box.bottom() / CELL) + 1)
    for column in range(math.floor(box.left() / CELL), math.floor(box.right() / CELL) + 1):
        for row in rows:
            yield column, row


def _touch(one: QRectF, other: QRectF) -> bool:
    return (
        one.left() <= other.right()
        and other.left() <= one.right()
        and one.top() <= other.bottom()
        and other.top() <= one.bottom()
    )
