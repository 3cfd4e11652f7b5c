"""Numbers in a row, and a pyramid of their smallest and greatest, so that any number of them is drawn at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FIRST_ROOM = 1_024
FACTOR = 8
"""Values, or pairs of a level, that one pair of the next level stands for."""
FINENESS = 4
"""A column of the picture holds at least so many blocks: an extreme is off by a quarter of a pixel at most."""


class Buffer:
    """Numbers in a row; room doubles when it is full."""

    def __init__(self) -> None:
        self._room = np.empty(FIRST_ROOM)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def values(self) -> Floats:
        """A view, without a copy."""
        return self._room[: self._length]

    def extend(self, values: Floats) -> None:
        needed = self._length + len(values)
        if needed > len(self._room):
            grown = np.empty(max(needed, 2 * len(self._room)))
            grown[: self._length] = self.values
            self._room = grown
        self._room[self._length : needed] = values
        self._length = needed

    def cut(self, length: int) -> None:
        self._length = min(self._length, length)


class Columns(NamedTuple):
    """For each column with values: its number, the least and the greatest of them. What is no number is left out."""

    numbers: NDArray[np.int64]
    low: Floats
    high: Floats


class Pyramid:
    """Values by number; level n keeps least and greatest of each 8ⁿ of them. It only grows, and is cut."""

    def __init__(self) -> None:
        self._raw = Buffer()
        self._levels: list[tuple[Buffer, Buffer]] = []

    def __len__(self) -> int:
        return len(self._raw)

    @property
    def values(self) -> Floats:
        """All of them; those that are not finite are NaN."""
        return self._raw.values

    def extend(self, values: Floats) -> None:
        self._raw.extend(np.where(np.isfinite(values), values, np.nan))
        low = high = self._raw
        for number in range(64):
            if number == len(self._levels):
                if len(low) < FACTOR:
                    return
                self._levels.append((Buffer(), Buffer()))
            next_low, next_high = self._levels[number]
            done, whole = len(next_low), len(low) // FACTOR
            if whole > done:
                part = slice(done * FACTOR, whole * FACTOR)
                next_low.extend(np.fmin.reduce(low.values[part].reshape(-1, FACTOR), axis=1))
                next_high.extend(np.fmax.reduce(high.values[part].reshape(-1, FACTOR), axis=1))
            low, high = next_low, next_high

    def cut(self, length: int) -> None:
        """Forgets all values from ``length`` on."""
        self._raw.cut(length)
        for low, high in self._levels:
            length //= FACTOR
            low.cut(length)
            high.cut(length)

    def columns(self, edges: NDArray[np.int64]) -> Columns:
        """Least and greatest of the values in each column.

        ``edges`` are value numbers that never fall: column n holds values ``edges[n]`` to ``edges[n + 1]``, to within
        a quarter of a column.
        """
        first, end = int(edges[0]), min(int(edges[-1]), len(self))
        if end <= first:
            return Columns(np.empty(0, np.int64), np.empty(0), np.empty(0))
        low, high, size = self._level((end - first) / max(1, len(edges) - 1))
        if size == 1:
            return _reduced(low.values, high.values, np.minimum(edges, end))
        blocks = np.minimum(edges // size, len(low))
        found = _reduced(low.values, high.values, blocks)
        return self._with_rest(found, edges, max(first, len(low) * size), end)

    def reach(self, first: int, end: int) -> tuple[float, float] | None:
        """Least and greatest of a range, exactly; None where it holds no number."""
        found = [np.array([np.nan, np.nan])]
        levels = [(self._raw, self._raw), *self._levels]
        first, end = max(first, 0), min(end, len(self))
        for number, (low, high) in enumerate(levels):
            inner = (-(-first // FACTOR), end // FACTOR)
            is_last = number + 1 == len(levels) or inner[1] <= inner[0]
            for a, b in [(first, end)] if is_last else [(first, inner[0] * FACTOR), (inner[1] * FACTOR, end)]:
                if b > a:
                    found.append(np.array([np.fmin.reduce(low.values[a:b]), np.fmax.reduce(high.values[a:b])]))
            if is_last:
                break
            first, end = inner
        least, greatest = np.fmin.reduce(found)[0], np.fmax.reduce(found)[1]
        return None if np.isnan(least) else (float(least), float(greatest))

    def _level(self, values_per_column: float) -> tuple[Buffer, Buffer, int]:
        low, high, size = self._raw, self._raw, 1
        for next_low, next_high in self._levels:
            if size * FACTOR * FINENESS > values_per_column:
                break
            low, high, size = next_low, next_high, size * FACTOR
        return low, high, size

    def _with_rest(self, found: Columns, edges: NDArray[np.int64], start: int, end: int) -> Columns:
        """The last values, which no whole block stands for yet, belong to the last columns."""
        if start >= end:
            return found
        rest = self.values[start:end]
        if np.isnan(rest).all():
            return found
        column = int(np.searchsorted(edges, start, side="right")) - 1
        low, high = np.fmin.reduce(rest), np.fmax.reduce(rest)
        if len(found.numbers) and found.numbers[-1] == column:
            found.low[-1] = np.fmin(found.low[-1], low)
            found.high[-1] = np.fmax(found.high[-1], high)
            return found
        return Columns(np.append(found.numbers, column), np.append(found.low, low), np.append(found.high, high))


def _reduced(low: Floats, high: Floats, edges: NDArray[np.int64]) -> Columns:
    """Least and greatest between neighbouring edges; columns without a number are left out."""
    filled = np.flatnonzero(edges[1:] > edges[:-1])
    if not len(filled):
        return Columns(filled, np.empty(0), np.empty(0))
    starts, end = edges[filled], int(edges[filled[-1] + 1])
    least, greatest = np.fmin.reduceat(low[:end], starts), np.fmax.reduceat(high[:end], starts)
    real = ~np.isnan(least)
    return Columns(filled[real], least[real], greatest[real])
