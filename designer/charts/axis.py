"""Axis: from values to places, straight or logarithmic, and the round numbers along it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from designer.charts.pyramid import Floats

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
LARGE, SMALL = 100_000, 0.001
"""Outside of these a number is written with an exponent: there is no room for more digits beside an axis."""

Tick = tuple[float, str]


@dataclass(frozen=True)
class Axis:
    """What is shown, from ``low`` to ``high``. Of a logarithmic one both are above 0."""

    low: float
    high: float
    is_log: bool = False

    def shares(self, values: Floats) -> Floats:
        """Where values lie, 0 at the low end and 1 at the high end; NaN where they have no place."""
        low, high = self._ends()
        if self.is_log:
            with np.errstate(divide="ignore", invalid="ignore"):
                values = np.log10(np.where(values > 0, values, np.nan))
        return (values - low) / ((high - low) or 1.0)

    def share(self, value: float) -> float:
        return float(self.shares(np.array([value]))[0])

    def value(self, share: float) -> float:
        """The value at a place."""
        return float(self.values(np.array([share]))[0])

    def values(self, shares: Floats) -> Floats:
        """The values at some places."""
        low, high = self._ends()
        at = low + shares * (high - low)
        return np.asarray(10.0**at if self.is_log else at)

    def within(self, whole: Axis) -> Axis:
        """The same length of a whole axis, moved or cut so that it lies within."""
        start, end = whole.share(self.low), whole.share(self.high)
        length = min(end - start, 1.0)
        start = min(max(start, 0.0), 1.0 - length)
        return Axis(whole.value(start), whole.value(start + length), whole.is_log)

    def zoomed(self, share: float, factor: float) -> Axis:
        """As seen ``factor`` times closer, around a place that stays."""
        return Axis(self.value(share - share / factor), self.value(share + (1 - share) / factor), self.is_log)

    def moved(self, share: float) -> Axis:
        """As seen further along, by a share of its length."""
        return Axis(self.value(share), self.value(1 + share), self.is_log)

    def ticks(self, most: int) -> list[Tick]:
        """Round numbers within, about ``most`` of them at the utmost."""
        return self._decades(most) if self.is_log and self.high / self.low > 30 else self._even(most)

    def _ends(self) -> tuple[float, float]:
        return (math.log10(self.low), math.log10(self.high)) if self.is_log else (self.low, self.high)

    def _even(self, most: int) -> list[Tick]:
        step = round_step((self.high - self.low) / max(1, most))
        first = math.ceil(self.low / step - 1e-9)
        places = decimals(step)
        return [(n * step, written(n * step, places)) for n in range(first, math.floor(self.high / step + 1e-9) + 1)]

    def _decades(self, most: int) -> list[Tick]:
        low, high = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
        stride = max(1, math.ceil((high - low + 1) / max(1, most)))
        return [(10.0**n, _power(n)) for n in range(low, high + 1, stride)]


def round_step(wanted: float) -> float:
    """The least of 1, 2, 2.5, 5 times a power of ten that is no less."""
    if not math.isfinite(wanted) or wanted <= 0:
        return 0.25
    unit = 10.0 ** math.floor(math.log10(wanted))
    return next(step * unit for step in STEPS if step * unit >= wanted * (1 - 1e-9))


def decimals(step: float) -> int:
    """Decimals that a step needs: 0.15 has two."""
    return next((places for places in range(12) if math.isclose(round(step, places), step, rel_tol=1e-6)), 12)


def written(value: float, places: int) -> str:
    """A number beside an axis."""
    if value and (abs(value) >= LARGE or places > 4):
        return f"{value:.3g}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e−")
    return f"{0 if math.isclose(value, 0, abs_tol=10.0**-places / 2) else value:,.{places}f}".replace(
        ",", " "
    ).replace("-", "−")


def _power(exponent: int) -> str:
    return f"1e{exponent}".replace("-", "−") if abs(exponent) > 3 else f"{10.0**exponent:g}"


def seconds_written(seconds: float) -> str:
    """A time along an axis, such as 90 s as 1:30."""
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    if hours:
        return f"{hours}:{minutes:02d}:{whole % 60:02d}"
    return f"{minutes}:{whole % 60:02d}"
