"""Settings of adversarial training."""

from __future__ import annotations

from dataclasses import dataclass

from nodes.spec.settings import flag, integer
from runtime.recipe_parts.words import BY_GRADIENT, given

GROUP = "Adversarial"


@dataclass(frozen=True)
class AdversarialSettings:
    """A generator and a discriminator that learn against each other."""

    # fmt: off
    adversarial: bool = flag(
        False, group=GROUP, when=given("optimizer", *BY_GRADIENT),
        doc="Two networks in one drawing: what stands before the Output generates, what stands before the loss tells "
        "real samples from generated ones. Set noise of the data to the size of what the generator begins with.",
    )
    discriminator_steps: int = integer(
        1, low=1, high=1000, unit="steps", doc="Steps of the discriminator for each of the generator.", group=GROUP,
        when=given("adversarial"),
    )
    # fmt: on
