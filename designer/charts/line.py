"""Line: one curve of a chart, its values by number and where along the chart they stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from designer.charts.axis import Axis
from designer.charts.pyramid import Buffer, Floats, Pyramid

Style = Literal["band", "line", "marked", "dashes", "points", "cloud"]


class Places(Protocol):
    """Where the values of a line stand, never falling."""

    def numbers(self, places: Floats) -> NDArray[np.int64]:
        """For each place the first value that does not stand before it."""

    def places(self, first: int, end: int) -> Floats:
        """Where some values stand."""


@dataclass(frozen=True)
class Even:
    """Value n stands at ``start + n · step``."""

    start: float = 1.0
    step: float = 1.0

    def numbers(self, places: Floats) -> NDArray[np.int64]:
        return np.ceil((places - self.start) / self.step - 1e-9).astype(np.int64)

    def places(self, first: int, end: int) -> Floats:
        return self.start + self.step * np.arange(first, end)


@dataclass(frozen=True)
class Uneven:
    """Each value has a place of its own."""

    buffer: Buffer

    def numbers(self, places: Floats) -> NDArray[np.int64]:
        return np.searchsorted(self.buffer.values, places)

    def places(self, first: int, end: int) -> Floats:
        return self.buffer.values[first:end]


class Spans(NamedTuple):
    """What is drawn of a line: at each place the least and the greatest. Single values are both."""

    places: Floats
    low: Floats
    high: Floats

    @property
    def are_thinned(self) -> bool:
        return self.low is not self.high

    def on(self, across: Axis) -> Spans:
        """Those that have a place on an axis: on a logarithmic one 0 has none."""
        if not across.is_log or not len(self.places) or self.places[0] > 0:
            return self
        has_place = self.places > 0
        low = self.low[has_place]
        return Spans(self.places[has_place], low, self.high[has_place] if self.are_thinned else low)


@dataclass
class Line:
    """A curve with its name, colour and style; ``on_right`` has an axis of its own."""

    name: str
    color: str
    values: Pyramid
    places: Places
    style: Style = "line"
    on_right: bool = False
    is_hidden: bool = False
    words: str = field(default="")  # what the reading and the legend call it; empty: its name

    @property
    def title(self) -> str:
        return self.words or self.name

    def spans(self, across: Axis, columns: int) -> Spans:
        """What lies along an axis, a column a pixel; single values come with their neighbours outside."""
        edges = np.clip(self.places.numbers(across.values(np.linspace(0, 1, columns + 1))), 0, len(self.values))
        first, end = int(edges[0]), int(edges[-1])
        if end - first <= 2 * columns:
            first, end = max(0, first - 1), min(len(self.values), end + 1)
            values = self.values.values[first:end]
            return Spans(self.places.places(first, end), values, values)
        found = self.values.columns(edges)
        return Spans(across.values((found.numbers + 0.5) / columns), found.low, found.high)

    def reach(self, low: float, high: float) -> tuple[float, float] | None:
        """Least and greatest between two places."""
        first, end = self.places.numbers(np.array([low, np.nextafter(high, np.inf)]))
        return self.values.reach(int(first), int(end))

    def extent(self) -> tuple[float, float] | None:
        """Where the first and the last value stand."""
        count = len(self.values)
        if not count:
            return None
        return float(self.places.places(0, 1)[0]), float(self.places.places(count - 1, count)[0])

    def nearest(self, place: float) -> tuple[float, float] | None:
        """Place and value of what stands nearest."""
        count = len(self.values)
        if not count:
            return None
        after = int(np.clip(self.places.numbers(np.array([place]))[0], 0, count - 1))
        best = after
        if after and abs(self.places.places(after - 1, after)[0] - place) < abs(
            self.places.places(after, after + 1)[0] - place
        ):
            best = after - 1
        return float(self.places.places(best, best + 1)[0]), float(self.values.values[best])


def line_through(name: str, color: str, points: Iterable[Sequence[float]], style: Style = "line") -> Line:
    """A curve through (place, value) pairs, whose places never fall."""
    pairs = np.asarray([tuple(point) for point in points], dtype=np.float64).reshape(-1, 2)
    places, values = Buffer(), Pyramid()
    places.extend(pairs[:, 0])
    values.extend(pairs[:, 1])
    return Line(name, color, values, Uneven(places), style)
