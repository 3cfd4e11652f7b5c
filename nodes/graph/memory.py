"""The memory that one training step takes, worked out before there is one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from nodes.graph.analysis import layers
from nodes.graph.infer import Inference
from nodes.graph.program import NUMBER, Program, Step, written
from nodes.spec.shapes import Shape
from nodes.spec.sizes import grouped

STATES = {"RMSprop": 1, "Adagrad": 1}  # numbers that an optimizer remembers for each weight; the others two
HALVES = ("bf16", "fp16")  # precisions in which the values between layers are half as wide
USUAL_BATCH = 64
LBFGS_DIRECTIONS = 3  # beside its history: direction, last gradient, scratch


class Moment(NamedTuple):
    """What is alive at one point of the step: bytes whatever the batch, and bytes for each of its samples."""

    weight_gradients: int = 0
    kept: int = 0  # for the backward pass; per sample, as are the next two
    passing: int = 0  # values and gradients of values that are about to go
    workspace: int = 0
    room: int = 0  # to work in, whatever the batch

    @property
    def once(self) -> int:
        return self.weight_gradients + self.room

    @property
    def per_sample(self) -> int:
        return self.kept + self.passing + self.workspace


@dataclass(frozen=True)
class TrainingMemory:
    """Bytes of one training step at its fullest, by what they are for, at a batch size."""

    batch_size: int
    weights: int
    gradients: int
    optimizer_state: int
    buffers: int
    inputs: int
    kept: int
    passing: int
    workspace: int

    @property
    def total(self) -> int:
        held = self.weights + self.gradients + self.optimizer_state + self.buffers
        return held + self.inputs + self.kept + self.passing + self.workspace


@dataclass(frozen=True)
class StepMemory:
    """The memory of a training step for any batch size.

    The step is walked through once, forwards and backwards; each of its moments needs some bytes whatever the batch
    and some for each sample, so that the fullest one is found for every batch size.
    """

    weights: int
    optimizer_state: int
    buffers: int
    inputs: int  # for one sample
    moments: tuple[Moment, ...]

    def at(self, batch_size: int) -> TrainingMemory:
        """The fullest moment at a batch size."""
        full = max(self.moments, key=lambda m: m.once + batch_size * m.per_sample)
        return TrainingMemory(
            batch_size,
            self.weights,
            full.weight_gradients,
            self.optimizer_state,
            self.buffers,
            batch_size * self.inputs,
            batch_size * full.kept,
            batch_size * full.passing,
            batch_size * full.workspace + full.room,
        )

    def largest_batch(self, available: int) -> int:
        """The largest batch size whose step fits into so many bytes; 0 where not even one sample does."""
        room = available - self.weights - self.optimizer_state - self.buffers
        fits = [
            (room - moment.once) // (self.inputs + moment.per_sample)
            for moment in self.moments
            if self.inputs + moment.per_sample
        ]
        return max(0, min(fits, default=0))


def state_copies(recipe: Mapping[str, object]) -> int:
    """How many numbers the optimizer of a recipe, and its averages, remember for each weight."""
    optimizer = str(recipe.get("optimizer", "SGD"))
    momentum = recipe.get("momentum", 0.9 if optimizer == "SGD" else 0) != 0
    averages = int(recipe.get("averaging", "none") != "none")
    match optimizer:
        case "SGD":
            own = int(momentum)
        case "RMSprop":
            own = 1 + momentum + bool(recipe.get("centered"))
        case "Adam" | "AdamW":
            own = 2 + bool(recipe.get("amsgrad"))
        case "LBFGS":
            history = recipe.get("history_size", 100)
            own = 2 * (history if isinstance(history, int) else 100) + LBFGS_DIRECTIONS
        case _:
            own = STATES.get(optimizer, 2)
    return own + averages


def is_halved(recipe: Mapping[str, object]) -> bool:
    """Are the numbers that one layer hands to the next half as wide in the precision of a recipe?"""
    return recipe.get("precision") in HALVES


def batch_of(recipe: Mapping[str, object]) -> int:
    """Samples in a step of a recipe, the usual number where it says none."""
    asked = recipe.get("batch_size", USUAL_BATCH)
    return asked if isinstance(asked, int) and asked > 0 else USUAL_BATCH


def step_words(recipe: Mapping[str, object]) -> str:
    """The batch and precision that a recipe's memory is told for: ``batch 64``, ``batch 64 in bf16``."""
    precision = f" in {recipe['precision']}" if is_halved(recipe) else ""
    return f"batch {grouped(batch_of(recipe))}{precision}"


def step_memory(
    inference: Inference,
    recipe: Mapping[str, object] | None = None,
    *,
    sizes: Mapping[str, int] | None = None,
) -> StepMemory:
    """What a training step of a network takes, with the optimizer and in the precision of a recipe.

    Under mixed precision products of matrices read and give values half as wide, and their weights are held once
    more in that width.

    Errors:  UnknownSizeError for a size that is neither known nor among ``sizes``.
    """
    recipe = recipe or {}
    program = written(inference, sizes or {}, is_halved=is_halved(recipe))
    rows = layers(inference)
    trainable, frozen = sum(row.trainable for row in rows), sum(row.frozen for row in rows)
    buffers = sum(_byte_count(facts.buffers) for facts in inference.facts.values())
    return StepMemory(
        NUMBER * (trainable + frozen) + program.copied_bytes,
        NUMBER * trainable * state_copies(recipe),
        buffers,
        program.input_bytes,
        tuple(_fullest(_Walk(program).go())),
    )


def _fullest(moments: list[Moment]) -> list[Moment]:
    """Those that are the fullest at some batch size."""
    best: dict[int, Moment] = {}
    for moment in moments:
        other = best.get(moment.once)
        if other is None or other.per_sample < moment.per_sample:
            best[moment.once] = moment
    return list(best.values())


def _byte_count(buffers: Mapping[str, Shape]) -> int:
    """PyTorch counts batches in an int64 and keeps averages in float32."""
    return sum(shape.known_numel * (NUMBER if shape else 8) for shape in buffers.values())


class _Held:
    """Storages with how many hold each; one that nobody holds any more is let go."""

    def __init__(self) -> None:
        self.bytes = 0
        self._sizes: dict[int, int] = {}
        self._holders: Counter[int] = Counter()

    def hold(self, storage: int, size: int) -> None:
        self._holders[storage] += 1
        if self._holders[storage] == 1:
            self._sizes[storage] = size
            self.bytes += size

    def release(self, storage: int) -> None:
        self._holders[storage] -= 1
        if self._holders[storage] == 0:
            self.bytes -= self._sizes.pop(storage)
            del self._holders[storage]

    def is_alone(self, storage: int) -> bool:
        return self._holders[storage] == 1

    def holds(self, storage: int) -> bool:
        return storage in self._sizes

    def beside(self, others: _Held) -> int:
        """Bytes of what the others do not hold as well."""
        return sum(size for storage, size in self._sizes.items() if not others.holds(storage))


class _Walk:
    """Goes through a step, forwards and backwards, and notes what is alive."""

    def __init__(self, program: Program) -> None:
        self._program, self._values = program, program.values
        self._kept, self._variables, self._gradients = _Held(), _Held(), _Held()
        self._aside = 0  # masks, indices and gates
        self._weight_gradients = 0
        self._sizes: dict[int, int] = {}
        for value in program.values:
            self._sizes.setdefault(value.storage, value.bytes)
        for storage in program.inputs:
            self._sizes[storage] = 0  # they are counted with the batch
        self._gradient_of: dict[int, int] = {}
        self._fresh = 0
        self.moments: list[Moment] = []

    def go(self) -> list[Moment]:
        self._forward()
        self._backward()
        self.moments.append(Moment(self._weight_gradients, 0, self._variables.bytes))
        return self.moments

    def _note(self, workspace: int = 0, room: int = 0) -> None:
        passing = self._gradients.bytes + self._variables.beside(self._kept)
        kept = self._kept.bytes + self._aside
        self.moments.append(Moment(self._weight_gradients, kept, passing, workspace, room))

    def _forward(self) -> None:
        ending: dict[int, list[int]] = {}
        for value in self._values:
            if value.storage not in self._program.judged:
                ending.setdefault(value.last_read, []).append(value.storage)
        for number, step in enumerate(self._program.steps):
            for written_value in step.writes:
                self._variables.hold(self._storage(written_value), self._size(written_value))
            for storage in step.keeps:
                self._kept.hold(storage, self._sizes[storage])
            self._aside += step.kept_bytes
            self._note()
            for storage in ending.get(number, ()):
                if self._variables.holds(storage):
                    self._variables.release(storage)

    def _backward(self) -> None:
        for number in self._program.goals:
            self._give(number, self._new(self._values[number].bytes))
        for step in reversed(self._program.steps):
            if not step.needs_gradient:
                continue
            arrived = [self._gradient_of.pop(i) for i in step.writes if i in self._gradient_of]
            if arrived:
                self._hand_back(step, arrived)
            for storage in step.keeps:
                self._kept.release(storage)
            self._aside -= step.kept_bytes

    def _hand_back(self, step: Step, arrived: list[int]) -> None:
        wanted = [i for i in step.reads if self._values[i].needs_gradient]
        leaving = []
        for number in wanted:
            if step.hands_on:
                self._gradients.hold(arrived[0], 0)
                leaving.append(arrived[0])
            else:
                leaving.append(self._new(self._values[number].bytes))
        self._note_parts(step)
        for gradient in arrived:
            self._gradients.release(gradient)
        for number, gradient in zip(wanted, leaving, strict=True):
            self._give(number, gradient)

    def _note_parts(self, step: Step) -> None:
        """Before the first of the layers within has its gradients all is kept, before the last just what it keeps."""
        later = step.settings.parts - 1
        rest, gone = (size * later // (later + 1) for size in (step.gradient_bytes, step.kept_bytes))
        self._weight_gradients += step.gradient_bytes - rest
        self._note(step.workspace, step.room)
        if later:
            self._weight_gradients += rest
            self._aside -= gone
            self._note(step.workspace, step.room)
            self._aside += gone

    def _give(self, number: int, gradient: int) -> None:
        """A gradient arrives at a value; where there is one already, the one that nobody else reads takes the sum."""
        old = self._gradient_of.get(number)
        if old is None:
            self._gradient_of[number] = gradient
            return
        kept, gone = (old, gradient) if self._gradients.is_alone(old) else (gradient, old)
        if not self._gradients.is_alone(kept):
            kept = self._new(self._values[number].bytes)
            self._note()
            self._gradients.release(old)
            gone = gradient
        self._gradients.release(gone)
        self._gradient_of[number] = kept

    def _new(self, size: int) -> int:
        self._fresh += 1
        self._gradients.hold(self._fresh, size)
        return self._fresh

    def _storage(self, number: int) -> int:
        return self._values[number].storage

    def _size(self, number: int) -> int:
        return self._sizes[self._storage(number)]
