"""The seven settings that a beginner sees."""

from __future__ import annotations

from dataclasses import dataclass

from nodes.spec.settings import choice, flag, integer, real
from runtime.recipe_parts.words import DEVICES, OPTIMIZERS
from runtime.schedules import SCHEDULES


@dataclass(frozen=True)
class Essentials:
    """What a beginner sees."""

    # fmt: off
    optimizer: str = choice("SGD", *OPTIMIZERS, doc="How weights are changed after each batch.")
    learning_rate: float = real(
        None, low=1e-8, high=100.0, logarithmic=True, doc="Size of a step; Adam likes about a tenth of SGD's."
    )
    schedule: str = choice("constant", *SCHEDULES, doc="How the learning rate changes during the run.")
    batch_size: int = integer(64, low=1, high=1_000_000, unit="samples", doc="Samples in one step.")
    epochs: int = integer(10, low=1, high=100_000, doc="How often all training samples are seen.")
    early_stopping: bool = flag(False, doc="End when validation has not got better for a while.")
    device: str = choice("auto", *DEVICES, doc="Where it runs; auto takes the GPU where there is one.")
    # fmt: on
