"""How a network is trained: everything that can be asked of a run."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from nodes.graph.model import Network
from nodes.spec.settings import SettingError
from runtime.data.choice import DataChoice
from runtime.declared import Declared
from runtime.recipe_parts.adversarial import AdversarialSettings
from runtime.recipe_parts.augmentation import AugmentationSettings
from runtime.recipe_parts.batches import BatchSettings
from runtime.recipe_parts.essentials import Essentials
from runtime.recipe_parts.mirrors import MirrorSettings
from runtime.recipe_parts.optimizer import OptimizerSettings
from runtime.recipe_parts.rate import RateSettings
from runtime.recipe_parts.regularisation import RegularisationSettings
from runtime.recipe_parts.scale import ScaleSettings
from runtime.recipe_parts.sequences import SequenceSettings
from runtime.recipe_parts.stopping import StoppingSettings
from runtime.recipe_parts.transfer import TransferSettings, resolved_start
from runtime.recipe_parts.validation import ValidationSettings
from runtime.recipe_parts.watching import WatchingSettings
from runtime.recipe_parts.weights import WeightSettings
from runtime.recipe_parts.words import FOLLOWS, OTHERWISE, USUAL
from runtime.schedules import rate_at


@dataclass(frozen=True)
class Recipe(
    # The last comes first in the form.
    ScaleSettings,
    MirrorSettings,
    WatchingSettings,
    AdversarialSettings,
    SequenceSettings,
    ValidationSettings,
    WeightSettings,
    StoppingSettings,
    TransferSettings,
    AugmentationSettings,
    BatchSettings,
    RegularisationSettings,
    RateSettings,
    OptimizerSettings,
    Essentials,
    Declared,
):
    """Optimizer, learning rate and its schedule, regularisation, batches, what ends a run and what it keeps.

    Settings that mean nothing beside the others (``when``) are passed over. Learning rate, momentum, eps and weight
    decay follow the optimizer until they are set.
    """

    words: ClassVar[str] = "The recipe"

    def __post_init__(self) -> None:
        for name in FOLLOWS:
            if getattr(self, name) is None:
                object.__setattr__(self, name, usual(self.optimizer, name))
        super().__post_init__()
        if self.optimizer == "SGD" and self.nesterov and (self.momentum == 0 or self.dampening > 0):
            raise SettingError(
                "nesterov looks ahead along the momentum, which is 0. Set momentum to 0.9, or nesterov off."
                if self.momentum == 0
                else "nesterov needs the whole gradient. Set dampening to 0, or nesterov off."
            )
        if self.optimizer == "LBFGS" and self.precision == "fp16":
            raise SettingError(
                "LBFGS calculates a batch several times, which fp16 cannot scale. Set precision to bf16."
            )
        _ = self.freed_at  # raises where it cannot be read

    def replaced(self, **changes: Any) -> Self:
        """The same with other settings; those that stood as is usual for the optimizer follow another one."""
        if changes.get("optimizer", self.optimizer) != self.optimizer:
            followers = {name: None for name in FOLLOWS if getattr(self, name) == usual(self.optimizer, name)}
            changes = followers | changes
        return super().replaced(**changes)

    def resolved(self, base: Path) -> Self:
        """The same with the path of what it starts from in full; ``base`` is where a relative one starts."""
        written = resolved_start(self.start_from, base)
        return self if written == self.start_from else self.replaced(start_from=written)

    def defaults(self) -> dict[str, Any]:
        """What each setting is unless it is set, beside this optimizer."""
        plain = type(self)()
        followers = {name: usual(self.optimizer, name) for name in FOLLOWS}
        return plain.written() | followers

    @classmethod
    def known(cls, name: str) -> str:
        """The name, if there is such a setting. Raises SettingError."""
        if name not in cls.settings():
            cls.read({name: None})
        return name

    def epoch_steps(self, samples: int) -> int:
        """Batches in an epoch. A last batch of one sample is left out: batch normalisation cannot work on it."""
        whole, rest = divmod(samples, self.batch_size)
        return max(1, whole + (rest > 1))

    def total_steps(self, steps_per_epoch: int) -> int:
        """Steps of the whole run."""
        steps = self.epochs * steps_per_epoch
        return steps if self.max_steps is None else min(steps, self.max_steps)

    def learning_rate_at(self, step: int, steps_per_epoch: int) -> float:
        """The scheduled rate of a step, counted from 0."""
        return rate_at(self, step, steps_per_epoch)


def usual(optimizer: str, name: str) -> float | None:
    """What a setting is for an optimizer unless it is set."""
    return USUAL.get(optimizer, {}).get(name, OTHERWISE.get(name))


def override(network: Network, assignment: str, base: Path | None = None) -> Network:
    """The network with one value set as ``recipe.batch_size=64`` or ``data.source=../mnist``.

    ``base`` is the folder that a relative path starts from. Raises SettingError.
    """
    key, equals, written = assignment.partition("=")
    section, dot, name = key.strip().partition(".")
    if not (equals and dot) or section not in ("recipe", "data"):
        raise SettingError(
            f"“{assignment}” sets nothing. Write a section, a setting and a value, such as recipe.batch_size=64."
        )
    value = _value(written.strip())
    if section == "recipe":
        changed = Recipe.read(network.recipe).replaced(**{Recipe.known(name): value})
        if base is not None and name == "start_from":
            changed = changed.resolved(base)
        names = (*network.recipe, name)
        return dataclasses.replace(network, recipe={n: v for n, v in changed.written().items() if n in names})
    data = DataChoice.read({**network.data, name: value})
    if base is not None and name == "source":
        data = data.resolved(base)
    return dataclasses.replace(network, data={**network.data, name: getattr(data, name)})


def _value(written: str) -> Any:
    """As JSON reads it; what is no JSON is text."""
    try:
        return json.loads(written)
    except (ValueError, RecursionError):  # a number of 5,000 digits is no JSONDecodeError
        return written
