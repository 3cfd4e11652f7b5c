"""Settings of what is looked at while a network trains."""

from __future__ import annotations

from dataclasses import dataclass

from nodes.spec.settings import choice, flag, integer, text
from runtime.recipe_parts.words import given

GROUP = "Watching"


@dataclass(frozen=True)
class WatchingSettings:
    """How often the layers are looked at, and what is kept for looking back. No result changes with them."""

    # fmt: off
    watch: str = choice(
        "by time", "by time", "by steps", "off", group=GROUP,
        doc="Measure every layer in some of the steps; by time takes about a hundredth of the training.",
    )
    watch_every: int = integer(
        50, low=1, high=1_000_000, unit="steps", doc="From one watched step to the next.", group=GROUP,
        when=given("watch", "by steps"),
    )
    snapshots: bool = flag(
        True, doc="Keep small pictures of filters, activations and weights at validations, to look back on.",
        group=GROUP,
    )
    pinned_samples: str = text(
        longest=200, group=GROUP, when=given("snapshots"),
        doc="Up to four samples of the validation part whose activations are kept, counted from 0, with commas; "
        "empty: the first four.",
    )
    # fmt: on
