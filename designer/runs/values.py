"""What stands in the columns for many runs, worked out once a column; and axes through it."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import numpy as np

from designer.charts.pyramid import Floats
from designer.runs.columns import Column
from runtime.run_list import Row

SPANS_DECADES = 30  # times the least: from there on an axis is logarithmic


class Values:
    """By the path of a run, so that any choice of these runs is shown without working them out again."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self._keys: dict[str, dict[str, float | str]] = {}
        self._numbers: dict[str, dict[str, float]] = {}

    def keys(self, column: Column) -> dict[str, float | str]:
        """What runs are sorted by; those that have nothing are left out."""
        if column.name not in self._keys:
            pairs = ((row.path, column.key(row)) for row in self.rows)
            self._keys[column.name] = {path: key for path, key in pairs if key is not None}
        return self._keys[column.name]

    def numbers(self, column: Column | None) -> dict[str, float]:
        """The numbers of a column; nothing of runs that have none there."""
        if column is None:
            return {}
        if column.name not in self._numbers:
            self._numbers[column.name] = {
                path: float(key)
                for path, key in self.keys(column).items()
                if isinstance(key, int | float) and isfinite(key)
            }
        return self._numbers[column.name]

    def chosen(self, column: Column | None, rows: Sequence[Row]) -> Floats:
        """The numbers of some runs, in their order; not a number where one has none."""
        return np.array(list(map(self.numbers(column).get, [row.path for row in rows])), dtype=np.float64)


class Scale:
    """Values to shares of an axis; logarithmic where they span decades. What is no number stays none."""

    def __init__(self, values: Floats) -> None:
        self.low, self.high = float(np.nanmin(values)), float(np.nanmax(values))
        self.is_log = self.low > 0 and self.high / self.low > SPANS_DECADES
        if self.low == self.high:
            self.low, self.high = self.low - 0.5 * (abs(self.low) or 1), self.high + 0.5 * (abs(self.high) or 1)

    def shares(self, values: Floats) -> Floats:
        if self.is_log:
            low, high = np.log10(self.low), np.log10(self.high)
            return np.asarray((np.log10(values) - low) / (high - low))
        return np.asarray((values - self.low) / (self.high - self.low))
