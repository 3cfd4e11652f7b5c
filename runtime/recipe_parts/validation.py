"""Settings of validation."""

from __future__ import annotations

from dataclasses import dataclass

from nodes.spec.settings import choice, integer, numbers
from runtime.recipe_parts.words import TOP, TOPS, given

GROUP = "Validation"
NO_CROPS, FLIP, TEN_CROPS = "none", "flip", "ten crops"


@dataclass(frozen=True)
class ValidationSettings:
    """When the validation part is measured, and how the test part is."""

    # fmt: off
    validate_every: int = integer(
        1, low=1, high=1_000_000, doc="Epochs or steps from one validation to the next.", group=GROUP
    )
    validate_unit: str = choice("epochs", "epochs", "steps", doc="What validate_every counts.", group=GROUP)
    top_k: str = choice(
        str(TOP), *map(str, TOPS), group=GROUP,
        doc="Likeliest classes among which the right one counts for top-k accuracy, where there are more.",
    )
    test_crops: str = choice(
        NO_CROPS, NO_CROPS, FLIP, TEN_CROPS, group=GROUP,
        doc="Views of each test picture whose probabilities are averaged: it and its mirror image, or four corners "
        "and the middle with theirs. netwright predict does the same.",
    )
    test_scales: tuple[float, ...] = numbers(
        8 / 7, low=1.0, high=16.0, group=GROUP, when=given("test_crops", TEN_CROPS),
        doc="Sides of the pictures as multiples of the crops': 8/7 is 224 of 256; several give ten crops each.",
    )
    # fmt: on
