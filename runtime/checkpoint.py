"""Checkpoints: everything a training needs to go on as if it had never stopped. Nothing in them is pickled.

``checkpoints/last.safetensors`` holds the weights by the names of ``state_dict``, and beside them, as
``training.…`` (a name no node can bear), the optimizer's memory and the random states; the rest stands as JSON
in the file's header. One file, so that no kill can leave two that disagree. ``checkpoints/best.safetensors``
holds the weights of the best epoch and nothing else.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from nodes.graph.files import NetworkFileError, load, write_atomically
from nodes.graph.model import Network
from runtime import runs
from runtime.compile import build
from runtime.data.choice import DataChoice
from runtime.data.dataset import DataSet
from runtime.data.open import open_data
from runtime.data.suited import suited
from runtime.optimizers import memory_kind, optimizer_memory, restore_optimizer
from runtime.parted import parted_as, whole
from runtime.recipe import Recipe
from runtime.remembering import Remembering
from runtime.runs import CHECKPOINTS, NETWORK, TrainingError
from runtime.step import Stepper
from runtime.stopping import Plateau, Progression
from runtime.team import team

LAST = runs.LAST
GOOD = (
    f"{CHECKPOINTS}/good.safetensors"  # as last, at the end of the last epoch: what a run that explodes goes back to
)
BEST = f"{CHECKPOINTS}/best.safetensors"
EXTRA = "training."  # no node is named so: it would hide nn.Module.training
REMEDY = "Resume from another copy of the run, or start a new run."


class Best(msgspec.Struct, frozen=True):
    """The best validation so far: by ``merit`` where there is one, else highest accuracy, then lowest loss."""

    epoch: float
    step: int
    loss: float
    accuracy: float | None = None
    merit: float | None = None  # the metric that was chosen, with its sign turned where lower is better

    def is_better_than(self, other: Best | None) -> bool:
        if other is None:
            return True
        if self.merit is not None and other.merit is not None:
            return self.merit > other.merit
        if self.accuracy is not None and other.accuracy is not None and self.accuracy != other.accuracy:
            return self.accuracy > other.accuracy
        return self.loss < other.loss


class Position(msgspec.Struct):
    """How far a training has come."""

    step: int = 0
    epochs_done: int = 0  # epochs that are trained and validated
    rate_factor: float = 1.0  # what a command made of the scheduled learning rate
    seconds: float = 0.0
    journal_bytes: int = 0
    threads: int = 0  # that it calculates on: sums differ in their last bits with another number
    best: Best | None = None
    validated_at: int = -1  # the step of the last validation
    validated: float | None = None  # the monitored value there
    progression: Progression = msgspec.field(default_factory=Progression)
    plateau: Plateau = msgspec.field(default_factory=Plateau)
    first_loss: float | None = None
    retreats: int = 0  # times that it has gone back
    monitor: str = ""  # the metrics that the values above are of
    best_by: str = ""

    def judged_by(self, recipe: Recipe) -> Position:
        """The same for a recipe that may look at other metrics: values of another are forgotten."""
        if self.monitor not in ("", recipe.monitor):
            self.validated, self.progression = None, Progression()
            self.plateau = Plateau(factor=self.plateau.factor)
        if self.best_by not in ("", recipe.best_by):
            self.best = None
        self.monitor, self.best_by = recipe.monitor, recipe.best_by
        return self


class _Header(msgspec.Struct):
    position: Position
    python_random: Any
    numpy_random: Any
    optimizer: dict[str, int | float] = {}
    scaler: dict[str, Any] = {}
    averaged: int = 0
    memory: str = ""  # what kind of memory the optimizer has
    others: dict[str, dict[str, Any]] = {}  # what else there is, by name


def save_weights(run: Path, weights: dict[str, Tensor], file: str = BEST) -> None:
    """Writes weights and nothing else. Raises TrainingError."""
    _write(run / file, weights, {"format": "pt"})


def save_state(
    run: Path, stepper: Stepper, position: Position, file: str = LAST, others: Sequence[Remembering] = ()
) -> None:
    """Writes all that a training needs to go on; ``others`` have memories of their own. Raises TrainingError."""
    kind, state, *rest = np.random.get_state(legacy=True)
    tensors, numbers = optimizer_memory(stepper.optimizer)
    averages = stepper.averages
    memories = {other.name: other.memory() for other in (stepper, *others)}
    header = _Header(
        position.judged_by(stepper.recipe),
        random.getstate(),
        [kind, np.asarray(state).tolist(), *rest],
        numbers,
        stepper.scaler.state_dict() if stepper.scaler else {},
        averages.count if averages else 0,
        memory_kind(stepper.recipe),
        {name: numbers for name, (_, numbers) in memories.items() if numbers},
    )
    extra = {f"optimizer.{key}": value for key, value in tensors.items()}
    if averages and averages.count:
        extra |= {f"average.{name}": value for name, value in averages.kept.items()}
    for name, (kept, _) in memories.items():
        extra |= {f"{name}.{key}": value for key, value in kept.items()}
    extra |= _random_states()
    tensors = stepper.module.state_dict() | {EXTRA + name: value for name, value in extra.items()}
    _write(run / file, tensors, {"format": "pt", "training": msgspec.json.encode(header).decode()})


def restore_state(
    run: Path, stepper: Stepper, file: str = LAST, others: Sequence[Remembering] = ()
) -> Position | None:
    """Brings all back to where a checkpoint was made; None where there is none. Raises TrainingError."""
    if not (run / file).is_file():
        return None
    tensors, metadata = _read(run / file)
    extra = {name.removeprefix(EXTRA): tensors.pop(name) for name in list(tensors) if name.startswith(EXTRA)}
    try:
        header = msgspec.json.decode(metadata["training"], type=_Header)
        load_into(stepper.module, tensors)
        stepper.has_forgotten = header.memory not in ("", memory_kind(stepper.recipe))
        if not stepper.has_forgotten:
            restore_optimizer(stepper.optimizer, _under("optimizer.", extra), header.optimizer)
        if stepper.averages:
            stepper.averages.restore(_under("average.", extra), header.averaged, header.position.epochs_done)
        for other in (stepper, *others):
            other.restore(_under(f"{other.name}.", extra), header.others.get(other.name, {}))
    except (KeyError, ValueError, RuntimeError) as error:
        raise TrainingError(f"The checkpoint of {run} does not fit its network.", REMEDY) from error
    if stepper.scaler and header.scaler:
        stepper.scaler.load_state_dict(header.scaler)
    _restore_random(header, extra)
    return header.position.judged_by(stepper.recipe)


def _restore_random(header: _Header, extra: dict[str, Tensor]) -> None:
    version, numbers, gauss = header.python_random
    random.setstate((version, tuple(numbers), gauss))
    kind, state, *rest = header.numpy_random
    np.random.set_state((kind, np.array(state, dtype=np.uint32), *rest))
    rank = team().rank
    if not rank:
        torch.set_rng_state(extra["random.cpu"])
    elif f"random.process.{rank}" in extra:  # else there were fewer processes: its own seed is as good
        torch.set_rng_state(extra[f"random.process.{rank}"])
    if torch.cuda.is_available() and f"random.cuda.{rank}" in extra:
        torch.cuda.set_rng_state(extra[f"random.cuda.{rank}"])


def _random_states() -> dict[str, Tensor]:
    """Of every generator of this process, and of the others' that train with it."""
    first, *others = team().gathered(torch.get_rng_state())
    states = {"random.cpu": first} | {f"random.process.{rank}": state for rank, state in enumerate(others, 1)}
    if torch.cuda.is_available():
        on_device = team().gathered(torch.cuda.get_rng_state())
        states |= {f"random.cuda.{rank}": state for rank, state in enumerate(on_device)}
    return states


def clear_torn(run: Path) -> None:
    """Removes what a killed training had written of a checkpoint beside the old one."""
    for path in (run / CHECKPOINTS).glob(".*.safetensors.*"):
        with suppress(OSError):
            path.unlink()


def load_weights(run: Path, which: str = "best") -> dict[str, Tensor]:
    """The weights of the ``best`` epoch, the ``last`` step or a file of the run, by the names of ``state_dict``.

    Where no epoch was finished, the last are the best. Raises TrainingError.
    """
    named = {"best": BEST if (run / BEST).is_file() else LAST, "last": LAST}
    path = run / named.get(which, f"{CHECKPOINTS}/{Path(which).name}")
    if not path.is_file():
        raise TrainingError(f"{run} has no weights yet.", "Train it first.")
    tensors, _ = _read(path)
    return {name: value for name, value in tensors.items() if not name.startswith(EXTRA)}


@dataclass(frozen=True)
class LoadedRun:
    """A run to ask questions of: the network, and its module with trained weights, ready to predict."""

    run: Path
    network: Network
    module: nn.Module

    @cached_property
    def dataset(self) -> DataSet:
        """The data it was trained on. Raises DataError where they are gone."""
        return suited(self.network.graph, open_data(DataChoice.read(self.network.data), self.run))


def load_run(run: Path, which: str = "best") -> LoadedRun:
    """Opens a run's network and weights. Raises TrainingError, SourceError."""
    try:
        network = load(run / NETWORK).network
    except NetworkFileError as error:
        raise TrainingError(str(error)) from None
    module = build(network.graph, losses=False)
    try:
        kept = module.state_dict().keys()  # what only a loss needs, such as a discriminator, is not among them
        module.load_state_dict({name: value for name, value in load_weights(run, which).items() if name in kept})
    except RuntimeError as error:
        raise TrainingError(f"The weights of {run} do not fit its network.", REMEDY) from error
    return LoadedRun(run, network, module.eval())


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _write(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """By the leader of a training; weights that are parted among processes are gathered."""
    plain = {name: whole(value.detach()).to("cpu").contiguous() for name, value in tensors.items()}
    try:
        if team().is_leader:
            write_atomically(path, save(plain, metadata))
    except NetworkFileError as error:
        raise TrainingError(str(error)) from None
    team().wait()


def load_into(module: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Gives a module its weights, which may be parted among processes. Raises RuntimeError where they do not fit."""
    places = module.state_dict()
    module.load_state_dict(
        {name: parted_as(places[name], value) if name in places else value for name, value in weights.items()}
    )


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        with safe_open(path, framework="pt") as file:
            # Cloned: the mapped file is not aligned as torch's own memory is, and sums may differ in the last bit.
            return {name: file.get_tensor(name).clone() for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise TrainingError(f"{path} cannot be read ({error}).", REMEDY) from None
