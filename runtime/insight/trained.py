"""A run opened to be looked into: module with weights, data, and how they fit together; the last few stay open."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from nodes.graph.files import NetworkFileError, load
from nodes.graph.infer import Inference, infer
from nodes.graph.model import Network
from nodes.spec.shapes import Shape
from runtime.checkpoint import BEST, LAST, load_into, load_weights
from runtime.compile import build
from runtime.data.binding import Binding, bind
from runtime.data.choice import DataChoice
from runtime.data.dataset import DataSet, Field
from runtime.data.loader import Loader
from runtime.data.open import reopened
from runtime.data.suited import suited
from runtime.faults import RefusalError
from runtime.metrics import Task, task_of
from runtime.recipe import Recipe
from runtime.runs import NETWORK, TrainingError
from runtime.source import forward_inputs

OPEN_AT_ONCE, MADE_AT_ONCE = 2, 4
BATCH = 256

_Made = TypeVar("_Made")


@dataclass(frozen=True, eq=False)
class Trained:
    """A run's network in evaluation mode on the CPU, and its data."""

    run: Path
    network: Network
    inference: Inference
    module: Any  # an nn.Module with the generated method ``losses``
    data: DataSet
    binding: Binding
    task: Task | None

    @property
    def classes(self) -> tuple[str, ...]:
        """Of whole samples; none where nothing is classified."""
        return self.task.classes if self.task and self.task.kind == "classes" else ()

    @property
    def picture(self) -> Field:
        """The field of pictures that it takes. Raises RefusalError where there is none."""
        for name in self.binding.inputs:
            if self.data.field(name).shape.axes == "CHW":
                return self.data.field(name)
        raise RefusalError("This network takes no pictures.", "Look into a network with an input of C × H × W.")

    def batch(self, rows: Tensor) -> list[Tensor]:
        """Inputs, and the target where there is one, of some rows."""
        return self._loader.batch(rows)

    def inputs(self, rows: Tensor) -> list[Tensor]:
        """What ``forward`` takes, of some rows."""
        return self._forward_loader.batch(rows)

    @cached_property
    def _loader(self) -> Loader:
        return Loader(self.data, self.binding.fields, torch.device("cpu"))

    @cached_property
    def _forward_loader(self) -> Loader:
        return Loader(self.data, self.binding.forward, torch.device("cpu"))

    def once(self, key: Hashable, make: Callable[[], _Made]) -> _Made:
        """What is made of this network again and again: the last few stay with it, and go with it."""
        if key not in self._made:
            while len(self._made) >= MADE_AT_ONCE:
                del self._made[next(iter(self._made))]
            self._made[key] = make()
        return self._made[key]  # type: ignore[no-any-return]

    @cached_property
    def _made(self) -> dict[Hashable, Any]:
        return {}

    def some_rows(self, count: int, part: str = "test") -> Tensor:
        """The first samples of a part; of another where that has none."""
        parts = (self.data.part(part), self.data.test, self.data.validation, self.data.train)
        return next(rows for rows in parts if len(rows))[:count]

    def of_picture(self, value: Tensor) -> list[Tensor]:
        """The inputs for one picture value. Raises RefusalError where the network takes more than that."""
        if len(forward_inputs(self.network.graph)) != 1:
            raise RefusalError("This network takes more than one picture.", "Choose a sample of its data instead.")
        return [value]


def open_trained(run: Path, which: str = "best") -> Trained:
    """The weights of the ``best`` epoch, of the ``last`` step, or of a file in ``checkpoints``.

    Raises TrainingError, DataError, SourceError.
    """
    if not (run / NETWORK).is_file():
        raise TrainingError(f"{run} is no run: it has no {NETWORK}.", "Train the network first.")
    files = [NETWORK, BEST, LAST] if which in ("best", "last") else [NETWORK, f"checkpoints/{which}"]
    times = tuple((run / file).stat().st_mtime_ns for file in files if (run / file).exists())
    return _open(run, which, times)


@lru_cache(OPEN_AT_ONCE)
def _open(run: Path, which: str, _times: tuple[int, ...]) -> Trained:
    try:
        network = load(run / NETWORK).network
    except NetworkFileError as error:
        raise TrainingError(str(error)) from None
    data = suited(network.graph, reopened(DataChoice.read(network.data), run))
    module: nn.Module = build(network.graph)
    load_into(module, load_weights(run, which))
    inference = infer(network.graph)
    task = task_of(inference, data, top=int(Recipe.read(network.recipe).top_k))
    return Trained(run, network, inference, module.eval(), data, bind(network.graph, data), task)


def whole_sizes(shape: Shape) -> list[int]:
    """The sizes of a field, which are all known."""
    return [size for size in shape if isinstance(size, int)]
