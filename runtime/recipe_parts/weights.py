"""Settings of which weights are kept."""

from __future__ import annotations

from dataclasses import dataclass

from nodes.spec.settings import choice, flag, integer, real
from runtime.recipe_parts.words import METRICS, given

GROUP = "Weights kept"


@dataclass(frozen=True)
class WeightSettings:
    """Which weights are kept."""

    # fmt: off
    best_by: str = choice(
        "auto", "auto", *METRICS, group=GROUP,
        doc="Which validation is the best; auto takes the highest accuracy, then the lowest loss.",
    )
    keep: str = choice("best", "best", "last", doc="Weights that are tested and exported.", group=GROUP)
    keep_every: int | None = integer(
        None, low=1, high=100_000, optional="off", unit="epochs", group=GROUP,
        doc="Keeps the weights of every so many epochs as well.",
    )
    keep_cycles: bool = flag(
        False, group=GROUP, when=given("schedule", "warm_restarts", "cyclic"),
        doc="Keeps the weights at the end of each cycle too: an ensemble for the price of one run.",
    )
    averaging: str = choice(
        "none", "none", "EMA", "Polyak", "SWA", group=GROUP,
        doc="Validate and keep averaged weights: EMA forgets exponentially, Polyak is the mean over steps, SWA that "
        "over the ends of epochs.",
    )
    ema_decay: float = real(
        0.999, low=0.0, high=0.999999, doc="Memory of the average, by step.", group=GROUP,
        when=given("averaging", "EMA"),
    )
    swa_start: int = integer(
        5, low=0, high=100_000, unit="epochs", doc="Epochs before the first that is averaged.", group=GROUP,
        when=given("averaging", "SWA", "Polyak"),
    )
    # fmt: on
