"""What a training does beside its steps: statistics, mirrors, samples of text, weights freed at an epoch.

Each such thing is a Companion in a module of its own, made where the recipe wants it: what is off costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Protocol

from torch import Tensor

from runtime.checkpoint import Position
from runtime.evaluate import Score
from runtime.job import Job
from runtime.remembering import Memory
from runtime.runs import Entry
from runtime.step import Measured, Stepper
from runtime.team import team


class Accompanied(Protocol):
    """What a companion sees of a training."""

    @property
    def run(self) -> Path: ...

    @property
    def job(self) -> Job: ...

    @property
    def stepper(self) -> Stepper: ...

    @property
    def at(self) -> Position: ...

    def write(self, entry: Entry) -> None:
        """Appends to the journal."""


class Companion:
    """Goes along with one training. ``name`` is what its memory is kept under in checkpoints."""

    name: str
    only_watches: ClassVar[bool] = False  # one is enough where several processes train

    def __init__(self, training: Accompanied) -> None:
        self.training = training

    def begin(self) -> None:
        """Before the first step, also after a resumption."""

    def before_step(self, step: int) -> None:
        """``step`` counts from 0; on the way of each step: be quick, and read nothing from the device."""

    def after_step(self, step: int, measured: list[Measured]) -> None:
        """As before_step; nothing has been read from the device yet."""

    def poll(self) -> None:
        """Ten times a second, between steps."""

    def hear(self, entry: Entry) -> None:
        """An entry has been written to the journal."""

    def after_epoch(self, epochs: int) -> None:
        """``epochs`` are done, and validated where that was due; before the checkpoint."""

    def after_validation(self, score: Score) -> None:
        """The validation part has been measured, at the weights that the module has now."""

    def end(self) -> None:
        """After the last step, also of a training that is stopped or fails."""

    def memory(self) -> Memory:
        """What a resumed training needs to know: tensors, and numbers for JSON."""
        return {}, {}

    def restore(self, tensors: Mapping[str, Tensor], numbers: Mapping[str, Any]) -> None:
        """Back to what ``memory`` gave."""


COMPANIONS = (
    "runtime.mirrors:make_csv",
    "runtime.mirrors:make_tensorboard",
    "runtime.transfer.start:starting",
    "runtime.transfer.freezing:freezing",
    "runtime.snapshots:make_snapshots",
    "runtime.compiling:make_compiling",
    "runtime.sequences.samples:make_samples",
    "runtime.adversarial_losses:make_generator_losses",
    "runtime.watching.watcher:make_watcher",
    "runtime.watching.snapshots:make_snapshots",
    "runtime.data.passed_over:make_passed_over",
)
"""Functions ``(training) -> Companion | None`` as ``module:name``; each gives one where the recipe wants it."""


def make_companions(training: Accompanied) -> list[Companion]:
    """Those that the recipe wants."""
    made = (_maker(name)(training) for name in COMPANIONS)
    return [companion for companion in made if companion is not None and team().has_room_for(companion.only_watches)]


def _maker(name: str) -> Callable[[Accompanied], Companion | None]:
    module, _, function = name.partition(":")
    return getattr(import_module(module), function)  # type: ignore[no-any-return]


def overriding(companions: Iterable[Companion], method: str) -> list[Any]:
    """The bound methods of those that do something there."""
    return [getattr(c, method) for c in companions if getattr(type(c), method) is not getattr(Companion, method)]
