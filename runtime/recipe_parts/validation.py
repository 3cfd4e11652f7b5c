"""Settings of validation."""

from __future__ import annotations

from dataclasses import dataclass

from nodes.spec.settings import choice, integer

GROUP = "Validation"


@dataclass(frozen=True)
class ValidationSettings:
    """When the validation part is measured."""

    # fmt: off
    validate_every: int = integer(
        1, low=1, high=1_000_000, doc="Epochs or steps from one validation to the next.", group=GROUP
    )
    validate_unit: str = choice("epochs", "epochs", "steps", doc="What validate_every counts.", group=GROUP)
    # fmt: on
