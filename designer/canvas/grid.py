"""Grid: which things lie near a place, found without asking Qt's scene, whose index is costly while things move."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

CELL_WIDTH, CELL_HEIGHT = 512.0, 288.0  # scene units: some four nodes

Key = TypeVar("Key", bound=Hashable)
Cell = tuple[int, int]
Box = tuple[float, float, float, float]  # left, top, right, bottom; scene units


class Grid(Generic[Key]):
    """Boxes by their keys, filed under every cell that they touch."""

    def __init__(self) -> None:
        self._cells: dict[Cell, dict[Key, Box]] = {}
        self._boxes: dict[Key, Box] = {}

    def put(self, key: Key, box: Box) -> None:
        """Files a box, or files it elsewhere."""
        old = self._boxes.get(key)
        if old == box:
            return
        if old is not None:
            self.take(key)
        self._boxes[key] = box
        for cell in _cells(box):
            filed = self._cells.get(cell)
            if filed is None:
                self._cells[cell] = {key: box}
            else:
                filed[key] = box

    def take(self, key: Key) -> None:
        for cell in _cells(self._boxes.pop(key)):
            filed = self._cells[cell]
            del filed[key]
            if not filed:
                del self._cells[cell]

    def box(self, key: Key) -> Box:
        return self._boxes[key]

    def near(self, box: Box) -> list[Key]:
        """The keys of all boxes that touch ``box``, edges counted, those filed last first."""
        left, top, right, bottom = box
        found = [
            key
            for filed in self._filed(box)
            for key, (x, y, to_x, to_y) in filed.items()
            if x <= right and left <= to_x and y <= bottom and top <= to_y
        ]
        found.reverse()
        return list(dict.fromkeys(found)) if len(found) > 1 else found

    def _filed(self, box: Box) -> Iterator[dict[Key, Box]]:
        """What is filed in the cells of a box; where those are more than there are things, everything."""
        left, top, right, bottom = box
        if (right - left) * (bottom - top) > CELL_WIDTH * CELL_HEIGHT * (len(self._boxes) + 64):
            yield self._boxes
            return
        for cell in _cells(box):
            filed = self._cells.get(cell)
            if filed is not None:
                yield filed


def _cells(box: Box) -> Iterator[Cell]:
    left, top, right, bottom = box
    first, last = int(top // CELL_HEIGHT), int(bottom // CELL_HEIGHT) + 1
    for column in range(int(left // CELL_WIDTH), int(right // CELL_WIDTH) + 1):
        for row in range(first, last):
            yield column, row
