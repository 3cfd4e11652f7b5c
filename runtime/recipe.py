"""How a network is trained: everything that can be asked of a run."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from nodes.graph.model import Network
from nodes.spec.settings import SettingError, choice, flag, integer, real
from runtime.data.choice import DataChoice
from runtime.declared import Declared

OPTIMIZERS = ("SGD", "Adam", "AdamW")
SCHEDULES = ("constant", "step", "cosine")
DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True)
class Recipe(Declared):
    """Optimizer, learning rate and its schedule, batches, epochs, seed and device.

    ``momentum`` and ``nesterov`` are SGD's, ``beta1``, ``beta2`` and ``eps`` Adam's and AdamW's,
    ``step_size`` and ``gamma`` the step schedule's; the others pass them over.
    """

    words: ClassVar[str] = "The recipe"

    optimizer: str = choice("SGD", *OPTIMIZERS, doc="How weights are changed after each batch.")
    learning_rate: float = real(
        0.05, low=1e-8, high=100.0, logarithmic=True, doc="Size of a step; Adam likes about a tenth of SGD's."
    )
    momentum: float = real(0.9, low=0.0, high=0.9999, doc="Share of the last step that is kept. SGD only.")
    nesterov: bool = flag(False, doc="Look ahead along the momentum before each step. SGD only.")
    beta1: float = real(
        0.9, low=0.0, high=0.9999, doc="Memory of the mean gradient. Adam and AdamW only.", advanced=True
    )
    beta2: float = real(
        0.999, low=0.0, high=0.999999, doc="Memory of the squared gradient. Adam and AdamW only.", advanced=True
    )
    eps: float = real(1e-8, low=1e-16, high=1.0, logarithmic=True, doc="Keeps Adam's division finite.", advanced=True)
    weight_decay: float = real(
        0.0, low=0.0, high=10.0, logarithmic=True, doc="Pull of all weights towards zero: the strength of L2."
    )
    schedule: str = choice("constant", *SCHEDULES, doc="How the learning rate falls during the run.")
    step_size: int = integer(
        10, low=1, high=100_000, unit="epochs", doc="Epochs between two falls. Step schedule only."
    )
    gamma: float = real(0.1, low=1e-6, high=1.0, doc="What the rate is multiplied by at a fall. Step schedule only.")
    batch_size: int = integer(64, low=1, high=65_536, unit="samples", doc="Samples in one step.")
    epochs: int = integer(10, low=1, high=100_000, doc="How often all training samples are seen.")
    seed: int = integer(0, low=0, high=2**31 - 1, doc="Fixes first weights, shuffling and dropout.")
    device: str = choice("auto", *DEVICES, doc="Where it runs; auto takes the GPU where there is one.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.optimizer == "SGD" and self.nesterov and self.momentum == 0:
            raise SettingError(
                "nesterov looks ahead along the momentum, which is 0. Set momentum to 0.9, or nesterov off."
            )

    def learning_rate_at(self, step: int, steps_per_epoch: int) -> float:
        """The scheduled rate of a step, counted from 0.

        step:    learning_rate · gamma^⌊epoch / step_size⌋
        cosine:  learning_rate · (1 + cos(π · step / steps)) / 2
        Source:  Loshchilov & Hutter 2017, arXiv:1608.03983, equation 5, one period without restarts.
        """
        if self.schedule == "step":
            return self.learning_rate * float(self.gamma ** (step // steps_per_epoch // self.step_size))
        if self.schedule == "cosine":
            steps = self.epochs * steps_per_epoch
            return self.learning_rate * (1 + math.cos(math.pi * min(step / steps, 1.0))) / 2
        return self.learning_rate


def override(network: Network, assignment: str, base: Path | None = None) -> Network:
    """The network with one value set as ``recipe.batch_size=64`` or ``data.source=../mnist``.

    ``base`` is the folder that a relative data source starts from. Raises SettingError.
    """
    key, equals, written = assignment.partition("=")
    section, dot, name = key.strip().partition(".")
    if not (equals and dot) or section not in ("recipe", "data"):
        raise SettingError(
            f"“{assignment}” sets nothing. Write a section, a setting and a value, such as recipe.batch_size=64."
        )
    value = _value(written.strip())
    if section == "recipe":
        Recipe.read({**network.recipe, name: value})
        return dataclasses.replace(network, recipe={**network.recipe, name: value})
    data = DataChoice.read({**network.data, name: value})
    if base is not None and name == "source":
        value = data.resolved(base).source
    return dataclasses.replace(network, data={**network.data, name: value})


def _value(written: str) -> Any:
    """As JSON reads it; what is no JSON is text."""
    try:
        return json.loads(written)
    except (ValueError, RecursionError):  # a number of 5,000 digits is no JSONDecodeError
        return written
