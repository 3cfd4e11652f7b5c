"""The processes that train one network together. Alone is the plain case: nothing is sent, nothing is parted.

What a training does alike in all processes stands in train.py once; where they have to agree, it asks the team.
``runtime/distributed/`` has the team of several.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import NamedTuple, TypeVar

from torch import Tensor, nn

from runtime.lock import locked
from runtime.recipe import Recipe
from runtime.runs import Journal

LOOK_SECONDS = 0.1  # between two journal lines, and between two looks at the control file

_Told = TypeVar("_Told")


class Share(NamedTuple):
    """What one process calculates of a batch, and how much that is of the whole batch's mean and of its sum."""

    rows: Tensor
    of_mean: float
    of_sum: float


class Looks:
    """When a training looks up from its steps: by the clock, and after the first step at once."""

    def __init__(self) -> None:
        self._due = time.perf_counter()

    def is_due(self, step: int) -> bool:
        """After ``step`` steps."""
        return time.perf_counter() >= self._due

    def wanted(self, step: int) -> int:
        """Steps until the next look, as this process sees it; 0 where the clock tells."""
        return 0

    def plan(self, step: int, wanted: int) -> None:
        """The next look, now that this one is over: after so many steps, which are the leader's wish."""
        self._due = time.perf_counter() + LOOK_SECONDS


class Team:
    """One process alone. ``rank`` 0 leads: it writes the run folder and decides what follows from a clock."""

    rank, size = 0, 1
    loss_scale = 1.0  # for gradients that come as the mean over processes, where the sum is wanted

    @property
    def is_leader(self) -> bool:
        return self.rank == 0

    @property
    def is_several(self) -> bool:
        """Has a launcher made this team, even of one?"""
        return False

    def has_room_for(self, onlooker: bool) -> bool:
        """Is a companion made here? One that only looks on is enough, and it has to see whole weights."""
        return True

    def notes(self, recipe: Recipe, module: nn.Module) -> list[str]:
        """What a person should know of a training by several, as sentences."""
        return []

    def hold(self, run: Path) -> AbstractContextManager[None]:
        """Holds the run folder against other trainings. Raises TrainingError."""
        return locked(run)

    def journal(self, run: Path, keep: int | None = None) -> Journal:
        """The one journal; see Journal."""
        return Journal(run, keep)

    def looks(self) -> Looks:
        return Looks()

    def may_tell_of_failure(self, run: Path, error: BaseException) -> bool:
        """Does this process write why the training ended?"""
        return True

    def in_turn(self, make: Callable[[], _Told]) -> _Told:
        """What each process makes, the leader before the others: what is downloaded once is there for them."""
        return make()

    def lay_out(self, module: nn.Module, recipe: Recipe) -> nn.Module:
        """The module with the same weights everywhere, ready to train. Raises TrainingError."""
        return module

    def places(self, count: int) -> slice:
        """Which of so many samples in a batch are this process's."""
        return slice(0, count)

    def share(self, rows: Tensor, of: int | None = None) -> Share:
        """This process's part of a batch; ``of`` a longer one, whose first samples these are, where each keeps its
        place from batch to batch."""
        return Share(rows, 1.0, 1.0)

    def turns(self, count: int) -> Iterator[tuple[int, bool]]:
        """Which of ``count`` batches this process measures, and whether each counts."""
        return ((number, True) for number in range(count))

    def summing(self, weights: Sequence[Tensor]) -> AbstractContextManager[None]:
        """The backward pass in it is the last of its step: after it each process has the whole batch's gradients."""
        return nullcontext()

    def total(self, value: Tensor) -> Tensor:
        """The sum over all processes, in place."""
        return value

    def told(self, value: _Told) -> _Told:
        """The leader's value."""
        return value

    def gathered(self, value: _Told) -> list[_Told]:
        """Everyone's value, by rank."""
        return [value]

    def wait(self) -> None:
        """Returns once all processes are here."""


ALONE = Team()
_current = [ALONE]


def team() -> Team:
    """The team that this process belongs to; a process has one, as torch.distributed has."""
    return _current[-1]


def join(other: Team) -> Callable[[], None]:
    """Makes a team this process's own; gives what leaves it again."""
    _current.append(other)
    return lambda: _current.remove(other)
