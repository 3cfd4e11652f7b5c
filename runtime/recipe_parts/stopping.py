"""Settings of what ends a run."""

from __future__ import annotations

from dataclasses import dataclass

from nodes.spec.settings import choice, integer, real
from runtime.recipe_parts.words import METRICS, given

GROUP = "Stopping"


@dataclass(frozen=True)
class StoppingSettings:
    """What ends a run before its last epoch."""

    # fmt: off
    max_steps: int | None = integer(
        None, low=1, high=1_000_000_000, optional="by epochs", unit="steps", group=GROUP,
        doc="Ends the run after so many steps where the epochs have more.",
    )
    time_budget: float | None = real(
        None, low=0.001, high=1_000_000.0, optional="none", unit="min", group=GROUP,
        doc="Ends the run after so much time, pauses left out.",
    )
    monitor: str = choice(
        "loss", *METRICS, group=GROUP,
        doc="What of the validation part early stopping, the target and a plateau look at.",
    )
    stop_patience: int = integer(
        5, low=1, high=100_000, unit="validations", doc="Validations without progress before it ends.",
        group=GROUP, when=given("early_stopping"),
    )
    stop_min_delta: float = real(
        0.0, low=0.0, high=1e6, logarithmic=True, doc="The least change that counts as progress.", group=GROUP,
        when=given("early_stopping"),
    )
    target: float | None = real(
        None, low=-1e9, high=1e9, optional="none", group=GROUP,
        doc="Ends the run when the monitored value is as good as this.",
    )
    explosion_factor: float | None = real(
        None, low=1.0, high=1e6, optional="not finite", group=GROUP,
        doc="A loss this many times the first has exploded; 3 is usual. One that is not finite has in any case.",
    )
    when_exploding: str = choice(
        "stop", "stop", "go back", group=GROUP,
        doc="End, or go back to the last good epoch with a lower rate, three times at most.",
    )
    retreat_factor: float = real(
        0.1, low=1e-6, high=0.9999, doc="What the rate is multiplied by on going back.", group=GROUP,
        when=given("when_exploding", "go back"),
    )
    # fmt: on
