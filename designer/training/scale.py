"""Round numbers for the axes of the curves."""

from __future__ import annotations

import math

STEPS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
PARTS = 4
"""A vertical axis has this many parts between its lines."""

LARGE = 100_000
"""From here on a number is written with an exponent: there is no room for more digits beside an axis."""

Tick = tuple[float, str]


def vertical(low: float, high: float) -> tuple[float, float, list[Tick]]:
    """Ends and ticks of an axis that shows ``low`` to ``high``; it begins at 0 unless something lies below."""
    bottom = 0.0
    step = _round_step((high - min(low, 0.0)) / PARTS)
    if low < 0:
        bottom = math.floor(low / step) * step
        while bottom + PARTS * step < high:
            step = _round_step(step * 1.01)
            bottom = math.floor(low / step) * step
    places = _places(step)
    ticks = [bottom + step * i for i in range(PARTS + 1)]
    return bottom, bottom + step * PARTS, [(tick, _written(tick, places)) for tick in ticks]


def epochs(count: int, room: int) -> list[Tick]:
    """Ticks from 0 to ``count``, as many as ``room`` pixels hold."""
    most = max(2, room // 56)
    step = 1
    while count / step > most:
        step = _next_whole(step)
    return [(float(epoch), str(epoch)) for epoch in range(0, count + 1, step)]


def _next_whole(step: int) -> int:
    """1, 2, 5, 10, 20, 50, …"""
    first = int(str(step)[0])
    return step * 5 // 2 if first == 2 else step * 2


def _round_step(wanted: float) -> float:
    if not math.isfinite(wanted) or wanted <= 0:
        return 0.25
    unit = 10.0 ** math.floor(math.log10(wanted))
    return next(step * unit for step in STEPS if step * unit >= wanted * (1 - 1e-9))


def _places(step: float) -> int:
    """Decimals that a step needs: 0.15 has two."""
    return next((places for places in range(12) if math.isclose(round(step, places), step, rel_tol=1e-6)), 12)


def _written(value: float, places: int) -> str:
    if abs(value) >= LARGE:
        return f"{value:.3g}".replace("e+0", "e").replace("e+", "e")
    return "0" if value == 0 else f"{value:.{places}f}"
