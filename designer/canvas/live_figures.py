"""Numbers of layers that come from a run or from the device, by which nodes can be coloured while it trains."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from nodes.graph.figures import memory, moment, percent

USUAL_RATIO = 1e-3  # of an update to its weights


class Reading(NamedTuple):
    """What a node shows: its number now, and those before it, the oldest first."""

    value: float
    trail: tuple[float, ...] = ()


class Readings(Protocol):
    """Where the numbers come from."""

    def readings(self, key: str, scope: tuple[str, ...]) -> Mapping[str, Reading]:
        """Of the nodes in a scope, as far as there are numbers of them."""


def _size(value: float) -> float:
    return abs(value)


def _distance_from(usual: float) -> Callable[[float], float]:
    """How many powers of ten a number is from the usual one; nothing is further away than 0."""
    return lambda value: abs(math.log10(abs(value) / usual)) if value else math.inf


def short(value: float) -> str:
    """Three figures; of what is very small or large two, and the power of ten: there is little room in a node."""
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{value:.3g}"
    figures, _, power = f"{value:.1e}".partition("e")
    return f"{figures}e{int(power)}" if math.isfinite(value) else str(value)


@dataclass(frozen=True)
class LiveFigure:
    """One of them. ``oddness`` says which of several layers a block shows: that with the largest."""

    key: str
    title: str
    doc: str
    oddness: Callable[[float], float] = _size
    words: Callable[[float], str] = short
    is_share: bool = False  # the ramp goes from 0 to 1; else it follows the logarithm
    is_measured: bool = False  # on the device, when it is asked for, and not in the run


FIGURES = (
    LiveFigure("live_mean", "Activation Mean", "Mean of what the layer gives, in the last watched step."),
    LiveFigure(
        "live_std", "Activation Spread", "Standard deviation of what the layer gives.", oddness=_distance_from(1.0)
    ),
    LiveFigure("live_zeros", "Zeros", "Share of zeros after a rectifier.", words=percent, is_share=True),
    LiveFigure(
        "live_dead",
        "Dead Units",
        "Share of a rectifier's units that were zero in all watched steps of late.",
        words=percent,
        is_share=True,
    ),
    LiveFigure(
        "live_saturated",
        "Saturated Units",
        "Share of results where a squashing layer has hardly any slope.",
        words=percent,
        is_share=True,
    ),
    LiveFigure("live_gradient_norm", "Gradient Norm", "Length of the gradient of the layer's weights."),
    LiveFigure(
        "live_update_ratio",
        "Update to Weights",
        "Length of a step beside that of the weights; about 0.001 is usual.",
        oddness=_distance_from(USUAL_RATIO),
    ),
    LiveFigure(
        "measured_ms",
        "Measured Time",
        "Forwards and backwards for a batch, on the device.",
        words=lambda value: moment(value / 1_000),
        is_measured=True,
    ),
    LiveFigure(
        "measured_bytes",
        "Measured Memory",
        "Of what the layer gives for a batch and of its weights, on the device.",
        words=lambda value: memory(round(value)),
        is_measured=True,
    ),
)
LIVE = {figure.key: figure for figure in FIGURES}


def names_of(path: str) -> tuple[str, ...]:
    """The nodes on the way to a layer; the numbers of repeated blocks are no nodes: ``stage1.0.conv1``."""
    return tuple(part for part in path.split(".") if not part.isdecimal())


def by_node(scope: tuple[str, ...], paths: Mapping[str, object]) -> dict[str, list[str]]:
    """The paths of each node of a scope; a block has those within it, and its own where there are no others."""
    own: dict[str, list[str]] = {}
    inner: dict[str, list[str]] = {}
    depth = len(scope)
    for path in paths:
        names = names_of(path)
        if len(names) > depth and names[:depth] == scope:
            found = own if len(names) == depth + 1 else inner
            found.setdefault(names[depth], []).append(path)
    return own | inner
