"""What can be asked of a search, declared as other settings are: the window's form is generated from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from nodes.spec.settings import choice, integer
from runtime.declared import Declared
from runtime.search.folder import PRUNERS, SAMPLERS


@dataclass(frozen=True)
class SearchSettings(Declared):
    """The settings of a search."""

    words: ClassVar[str] = "The search"

    # fmt: off
    sampler: str = choice(
        "tpe", *SAMPLERS,
        doc="tpe tries where good values lie closer, random anywhere in the ranges, grid every combination.",
    )
    trials: int = integer(
        20, low=1, high=1_000_000, doc="How many trainings.", when=(("sampler", ("tpe", "random")),)
    )
    points: int = integer(
        5, low=2, high=100, doc="Values of each range; choices are all tried.", when=(("sampler", ("grid",)),)
    )
    stages: int = integer(
        1, low=1, high=5, when=(("sampler", ("random", "grid")),),
        doc="From coarse to fine: each stage has a quarter of the ranges, around the best so far.",
    )
    pruner: str = choice(
        "median", *PRUNERS,
        doc="Ends trials early. median: those behind the middle of the others; hyperband: most of them, soon.",
    )
    epochs: int | None = integer(
        None, low=1, high=100_000, optional="the recipe's", doc="Of each training; few are enough to compare."
    )
    jobs: int = integer(1, low=1, high=64, doc="Trainings side by side, each in a process of its own.")
    seed: int = integer(0, low=0, high=2**31 - 1, doc="Fixes what is drawn.", advanced=True)
    # fmt: on

    def arguments(self) -> list[str]:
        """As ``netwright search`` takes them."""
        given = {
            name: getattr(self, name)
            for name, kind in self.settings().items()
            if kind.applies_to(self) and getattr(self, name) is not None
        }
        return [word for name, value in given.items() for word in (f"--{name}", str(value))]
