"""What the stepwise questions are asked of: a network with its data, never trained."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from nodes.boundary import Input
from nodes.graph.infer import Inference, infer
from nodes.graph.model import Network
from runtime.devices import find_device
from runtime.faults import RefusalError
from runtime.job import Job, make_job
from runtime.recipe import Recipe

NO_FILE = Path()


class StoppedError(RefusalError):
    """The person who asked does not want to know any more."""


@dataclass(frozen=True)
class Patience:
    """How long an answer may take: until a file is there, or the seconds are over."""

    stop_file: Path = NO_FILE
    ends: float = float("inf")  # of the clock time.perf_counter

    def within(self, seconds: float) -> Patience:
        """The same for a part of the work."""
        return Patience(self.stop_file, min(self.ends, time.perf_counter() + seconds))

    @property
    def is_over(self) -> bool:
        """Whether the time is over. Raises StoppedError where the file is there."""
        if self.stop_file != NO_FILE and self.stop_file.exists():
            raise StoppedError("Stopped.")
        return time.perf_counter() > self.ends


@dataclass(frozen=True)
class Subject:
    """A network and its data on the recipe's device. What is done to a copy of its module leaves it as it was."""

    network: Network
    base: Path
    patience: Patience = field(default_factory=Patience)

    @cached_property
    def job(self) -> Job:
        """Raises what ``make_job`` raises."""
        recipe = Recipe.read(self.network.recipe)
        return make_job(self.base, self.network, recipe, find_device(recipe.device), None)

    @cached_property
    def inference(self) -> Inference:
        """The shapes for the sizes of the data."""
        data, binding = self.job.data, self.job.binding
        names = [n for n, node in self.network.graph.nodes.items() if isinstance(node.settings, Input)]
        given = {name: data.field(f).shape for name, f in zip(names, binding.inputs, strict=True)}
        return infer(self.network.graph, given=given)

    def module(self) -> Any:
        """A copy with the weights that a training begins with."""
        return copy.deepcopy(self.job.module)

    def batch(self, count: int) -> list[Tensor]:
        """The first so many training samples in the order of the first epoch, as a step gets them."""
        train = self.job.data.train
        generator = torch.Generator().manual_seed(self.job.recipe.seed)
        rows = train[torch.randperm(len(train), generator=generator)[:count]]
        return self.job.batch(self.job.loader.rows(rows))


@contextmanager
def same_random(seed: int = 0) -> Iterator[None]:
    """Draws the same random numbers each time, and leaves those outside as they were."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


def loss_of(module: Any, batch: list[Tensor]) -> Tensor:
    """The training loss of a batch, with the same dropout each time."""
    with same_random():
        loss: Tensor = module.losses(*batch)[0]
    return loss


def node_of(path: str) -> str:
    """The node on the canvas that a weight or layer belongs to."""
    return path.partition(".")[0]


def as_double(module: nn.Module, batch: list[Tensor]) -> list[Tensor]:
    """Brings a module to double precision on the CPU, and gives the batch in it."""
    module.to("cpu", torch.float64)
    return [value.cpu().double() if value.is_floating_point() else value.cpu() for value in batch]
