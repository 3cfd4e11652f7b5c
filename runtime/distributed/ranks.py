"""The team of several processes: each has a part of every batch, and what they find is summed.

Gradients are summed in the last backward pass of a step, so that accumulation, LBFGS, weights that are freed along
the way and steps of any kind need nothing special; torch's DistributedDataParallel, which lightning-fabric wraps,
would fix the weights when it is made and see only ``forward``. A batch is the recipe's, whatever the number of
processes: the losses are those of one process to rounding.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from runtime.distributed.cores import even_part
from runtime.distributed.normalisation import synchronise
from runtime.distributed.summing import GradientSum, parts_of
from runtime.failures import LOST
from runtime.recipe import Recipe
from runtime.runs import Entry, Failed, Journal, read_entries
from runtime.team import Looks, Share, Team

PATIENCE = timedelta(hours=1)  # for a process that reads data while the others wait
MEETING_SECONDS = 0.2  # between two looks up from the steps: all have to meet for one
LEADER_SECONDS = 1.0  # that the leader has to tell of a failure which all have met

_Told = TypeVar("_Told")


class Ranks(Team):
    """This process and the others, in the group that torch.distributed has begun."""

    def __init__(self, restarts_left: int = 0) -> None:
        self.rank, self.size = dist.get_rank(), dist.get_world_size()
        self._restarts_left = restarts_left
        self._is_sharded = False
        self._sum: GradientSum | None = None
        self._running: list[Tensor] = []  # averages of batch normalisation that each process measures on its part

    @property
    def is_several(self) -> bool:
        return True

    def has_room_for(self, onlooker: bool) -> bool:
        return not onlooker or (self.is_leader and not self._is_sharded)

    def notes(self, recipe: Recipe, module: nn.Module) -> list[str]:
        least = recipe.batch_size // self.size
        parts = f"{self.size} processes, each with {least} of the {recipe.batch_size} samples of a batch"
        notes = [f"{parts}."]
        if self._is_sharded:
            notes.append("Each process has a part of the weights: they are not looked into while they train.")
        if self._running:
            notes.append(
                f"Batch normalisation sees a process's {least} samples of a batch, not all {recipe.batch_size}. "
                "Set sync_batch_norm for the losses of one process."
            )
        return notes

    def hold(self, run: Path) -> AbstractContextManager[None]:
        return super().hold(run) if self.is_leader else nullcontext()

    def journal(self, run: Path, keep: int | None = None) -> Journal:
        return super().journal(run, keep) if self.is_leader else Unwritten()

    def looks(self) -> Looks:
        return AgreedLooks()

    def may_tell_of_failure(self, run: Path, error: BaseException) -> bool:
        """The leader does; another does of what it alone has met, and nobody where torchrun starts all again."""
        if is_loss_of_another(error):
            return self.is_leader and not self._restarts_left
        if self.is_leader:
            return True
        time.sleep(LEADER_SECONDS)
        told, _ = read_entries(run)
        return not (told and isinstance(told[-1], Failed))

    def in_turn(self, make: Callable[[], _Told]) -> _Told:
        if self.is_leader:
            made = make()
            self.wait()
            return made
        self.wait()
        return make()

    def lay_out(self, module: nn.Module, recipe: Recipe) -> nn.Module:
        for value in module.state_dict().values():
            dist.broadcast(value, 0)
        layers = [m for m in module.modules() if isinstance(m, _BatchNorm) and m.track_running_stats]
        self._running = []
        if recipe.sync_batch_norm:
            synchronise(module)
        else:
            self._running = [
                average for m in layers for average in (m.running_mean, m.running_var) if average is not None
            ]
        self._is_sharded = recipe.strategy == "fsdp"
        self.loss_scale = float(self.size) if self._is_sharded else 1.0
        if self._is_sharded:
            from runtime.distributed.sharding import shard  # half as much to import as torch itself

            shard(module, recipe, self.size)
        if self.rank:
            torch.manual_seed(recipe.seed + self.rank)  # so that dropout draws otherwise for each part
        return module

    def places(self, count: int) -> slice:
        """An even part; a batch with fewer than two samples a process is calculated whole by each."""
        if count < 2 * self.size:
            return slice(0, count)
        return even_part(count, self.rank, self.size)

    def share(self, rows: Tensor, of: int | None = None) -> Share:
        count, whole = len(rows), of or len(rows)
        mine = self.places(whole)
        if mine == slice(0, whole):
            return Share(rows, 1 / self.size, 1 / self.size)
        part = rows[mine]
        if not len(part):
            return Share(rows[:1], 0.0, 0.0)  # it still has to be there where all sum
        return Share(part, len(part) / count, 1.0)

    def turns(self, count: int) -> Iterator[tuple[int, bool]]:
        """Whole batches in turn, as one process measures them; the last is done again to end a round."""
        for first in range(0, count, self.size):
            number = first + self.rank
            yield min(number, count - 1), number < count

    @contextmanager
    def summing(self, weights: Sequence[Tensor]) -> Iterator[None]:
        """Also the mean of what batch normalisations have averaged. Sharded weights sum theirs themselves."""
        with nullcontext() if self._is_sharded else self._sum_of(weights).during():
            yield
        if self._running:
            flat = torch.cat([average.reshape(-1) for average in self._running])
            dist.all_reduce(flat)
            for average, mean in zip(self._running, parts_of(flat / self.size, self._running), strict=True):
                average.copy_(mean)

    def _sum_of(self, weights: Sequence[Tensor]) -> GradientSum:
        """Made anew where other weights are trained than before."""
        trained = [weight for weight in weights if weight.requires_grad]
        known = self._sum
        if known is None or [*map(id, known.weights)] != [*map(id, trained)]:
            if known is not None:
                known.close()
            known = self._sum = GradientSum(trained)
        return known

    def total(self, value: Tensor) -> Tensor:
        dist.all_reduce(value)
        return value

    def told(self, value: _Told) -> _Told:
        box = [value]
        dist.broadcast_object_list(box, 0, device=torch.device("cpu"))
        return box[0]

    def gathered(self, value: _Told) -> list[_Told]:
        found: list[Any] = [None] * self.size
        dist.all_gather_object(found, value)
        return found

    def wait(self) -> None:
        self.told(None)


class AgreedLooks(Looks):
    """Looks counted in steps, so that all processes look after the same one; the leader's clock sets the pace."""

    def __init__(self) -> None:
        super().__init__()
        self._last, self._next = 0, 0
        self._since = time.perf_counter()

    def is_due(self, step: int) -> bool:
        return step >= self._next

    def wanted(self, step: int) -> int:
        steps, seconds = step - self._last, max(time.perf_counter() - self._since, 1e-6)
        return max(1, min(round(MEETING_SECONDS * steps / seconds), 2 * steps))

    def plan(self, step: int, wanted: int) -> None:
        self._next = step + wanted
        self._last, self._since = step, time.perf_counter()


class Unwritten(Journal):
    """The journal of those that do not lead."""

    def __init__(self) -> None:
        """Opens nothing."""

    @property
    def offset(self) -> int:
        return 0

    def append(self, entry: Entry) -> None:
        """The leader writes it."""

    def sync(self) -> None:
        """The leader does."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is open."""


def is_loss_of_another(error: BaseException) -> bool:
    """Has a process gone that this one was waiting for?"""
    return isinstance(error, RuntimeError) and any(word in str(error) for word in LOST)
