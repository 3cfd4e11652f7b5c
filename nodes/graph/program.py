"""A network as the steps that training runs: every layer of every repetition, and which values share storage."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.graph.analysis import overwrites, shares_storage
from nodes.graph.infer import Facts, Inference, arguments
from nodes.graph.model import Graph
from nodes.merge import Add, Concat
from nodes.spec.node_type import NodeType, Window
from nodes.spec.shapes import Shape
from nodes.spec.sizes import Size, Unknown, size_at

NUMBER = 4  # bytes of a weight, a gradient and a number of the optimizer
HALF = 2  # bytes of a number under mixed precision
LANES = 16  # channels that oneDNN lays beside each other
PICTURE_CHANNELS = 3
FROM_RESULT = ("leaky_relu", "elu", "selu", "celu")  # in place, their gradients are worked out from what they wrote


class UnknownSizeError(Exception):
    """Sizes that memory depends on and nobody has named; ``names`` are theirs."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(sorted(names))
        super().__init__(f"The memory depends on {' and '.join(self.names)}.")


@dataclass(slots=True)
class Value:
    """One tensor of the step. Values that share storage have the same number there."""

    storage: int
    bytes: int  # for one sample
    needs_gradient: bool
    last_read: int  # the step after which no variable holds it any more
    width: int = NUMBER  # bytes of each of its numbers


@dataclass(slots=True)
class Step:
    """One layer at work."""

    settings: NodeType
    reads: list[int]
    writes: list[int]
    needs_gradient: bool = False
    keeps: set[int] = field(default_factory=set)  # storages held for the backward pass
    kept_bytes: int = 0  # masks, indices and gates beside them, for one sample
    workspace: int = 0  # room to work in on the way back, for one sample
    room: int = 0  # the same whatever the batch
    gradient_bytes: int = 0  # of its weights that are trained
    hands_on: bool = False  # the gradient that arrives is the one that leaves


@dataclass
class Program:
    """The steps in the order of calculation, and their values."""

    steps: list[Step]
    values: list[Value]
    inputs: frozenset[int]  # storages of the batch
    input_bytes: int  # of the batch, for one sample
    judged: frozenset[int]  # storages of predictions, which outlive the step
    goals: list[int]  # values that the backward pass begins at
    copied_bytes: int  # of the weights that mixed precision copies in 16 bits


def written(inference: Inference, sizes: Mapping[str, int], *, is_halved: bool = False) -> Program:
    """The program of a network, ``is_halved`` under mixed precision. ``sizes`` name the unknowns.

    Raises UnknownSizeError.
    """
    return _Writer(sizes, is_halved=is_halved).network(inference)


class _Known(NamedTuple):
    """What is known of a layer whatever it reads; bytes for one sample."""

    weight_bytes: int
    outputs: list[tuple[int, bool]]  # bytes, and whether these are real numbers
    kept_bytes: int
    kept_bytes_halved: int
    workspace: int
    room: int
    shares: bool  # its output lies where its input lies
    hands_on: bool
    copies: bool  # it overwrites an input that its gradient needs, so that PyTorch keeps a copy of it


class _Writer:
    def __init__(self, sizes: Mapping[str, int], *, is_halved: bool) -> None:
        self._sizes, self._is_halved = sizes, is_halved
        self._copied_bytes = 0
        self._steps: list[Step] = []
        self._values: list[Value] = []
        self._storages = 0
        self._known: dict[int, _Known] = {}  # by the identity of a layer's facts

    def network(self, inference: Inference) -> Program:
        graph = inference.graph
        settings = {name: node.settings for name, node in graph.nodes.items()}
        goals = [n for n in settings if settings[n].is_loss] or [
            n for n in settings if isinstance(settings[n], Output)
        ]
        wanted = _needed(graph, {*goals, *(n for n in settings if isinstance(settings[n], Output))})
        found: dict[tuple[str, str], int] = {}
        inputs = list[int]()
        for name in graph.topology.order:
            if name in wanted and isinstance(settings[name], Input) and inference.facts[name].outputs:
                size = self._at(inference.facts[name].outputs["output"].bytes)
                found[name, "output"] = self._fresh(size, needs_gradient=False)
                inputs.append(found[name, "output"])
        self._graph(graph, inference.facts, wanted, found, 1, is_frozen=False)
        judged = {self._values[i].storage for name in goals for i in self._first_read(graph, name, found)}
        ends = [i for name in goals for i in self._of(name, settings[name], found)]
        batch = [self._values[i] for i in inputs]
        return Program(
            self._steps,
            self._values,
            frozenset(value.storage for value in batch),
            sum(value.bytes for value in batch),
            frozenset(judged),
            ends,
            self._copied_bytes,
        )

    def _graph(
        self,
        graph: Graph,
        facts: Mapping[str, Facts],
        wanted: set[str],
        found: dict[tuple[str, str], int],
        times: int,
        *,
        is_frozen: bool,
    ) -> None:
        for name in graph.topology.order:
            node, known = graph.nodes[name], facts[name]
            if name not in wanted or isinstance(node.settings, Input) or not known.outputs:
                continue
            links = graph.incoming(name)
            ports = [port.name for port in graph.input_ports(name) if port.name in links]
            reads = [found[links[p].source, links[p].output] for p in ports]
            frozen = is_frozen or node.training.frozen
            if isinstance(node.settings, Block):
                made = self._block(node.settings, known, reads, times, is_frozen=frozen)
            elif isinstance(node.settings, Output):
                made = reads
            else:
                made = self._step(node.settings, known, reads, times, is_frozen=frozen)
            found |= {(name, port): number for port, number in zip(known.outputs, made, strict=True)}

    def _block(self, settings: Block, facts: Facts, reads: list[int], times: int, *, is_frozen: bool) -> list[int]:
        given = tuple(s for s in arguments(settings, facts.inputs) if s is not None)
        inside, body = settings.inside(*given), settings.body
        names, outputs = [port.name for port in settings.inputs()], settings.outputs()
        if settings.over_time:
            times = times * self._at(given[0][0])
        wanted = _needed(body, outputs)
        for _ in range(settings.repeat):
            found = {(name, "output"): number for name, number in zip(names, reads, strict=True)}
            self._graph(body, inside.facts, wanted, found, times, is_frozen=is_frozen)
            for number in reads:  # whoever calls a block holds what it gave it
                self._read(number)
            reads = [found[name, "output"] for name in outputs]
        return reads

    def _step(self, settings: NodeType, facts: Facts, reads: list[int], times: int, *, is_frozen: bool) -> list[int]:
        known = self._known.get(id(facts)) or self._learn(settings, facts)
        trained = 0 if is_frozen else known.weight_bytes
        needs = bool(trained) or any(self._values[i].needs_gradient for i in reads)
        step = Step(settings, reads, [], needs, gradient_bytes=trained, hands_on=known.hands_on)
        for number in reads:
            self._read(number, step=len(self._steps))
        width = self._width(settings, reads)
        for size, is_real in known.outputs:
            shared = self._values[reads[0]].storage if known.shares and reads and not step.writes else None
            size = size * width // NUMBER if is_real else size
            step.writes.append(
                self._fresh(size * times, needs_gradient=needs and is_real, storage=shared, width=width)
            )
        if self._is_halved and settings.halved:
            self._copied_bytes += known.weight_bytes * HALF // NUMBER
        if needs:
            reads_kept = settings.keeps_input and not known.copies
            kept = [*(self._as_used(settings, reads) if reads_kept else ()), *step.writes * settings.keeps_output]
            step.keeps = {self._values[i].storage for i in kept}
            is_narrow = width == HALF or (self._is_halved and settings.halved)
            step.kept_bytes = (known.kept_bytes_halved if is_narrow else known.kept_bytes) * times
            step.workspace, step.room = known.workspace * times, known.room
        self._steps.append(step)
        return step.writes

    def _width(self, settings: NodeType, reads: list[int]) -> int:
        """Bytes of each number it gives: mixed precision has products in 16 bits and what is judged in 32; the
        others give what they read, the widest where they read several."""
        if not self._is_halved or settings.is_loss or settings.gives_wide:
            return NUMBER
        if settings.halved == "all":
            return HALF
        return max((self._values[i].width for i in reads), default=NUMBER)

    def _as_used(self, settings: NodeType, reads: list[int]) -> list[int]:
        """What a step reads, as numbers of the width that it works with: copies where they have another."""
        if not self._is_halved or not (settings.halved or settings.is_loss):
            return reads
        wanted = HALF if settings.halved else NUMBER
        return [self._copied(number, wanted) for number in reads]

    def _copied(self, number: int, width: int) -> int:
        value = self._values[number]
        if value.width == width:
            return number
        return self._fresh(value.bytes * width // value.width, needs_gradient=False, width=width)

    def _learn(self, settings: NodeType, facts: Facts) -> _Known:
        """What holds for a layer in every repetition of its block, which share their facts."""
        given = arguments(settings, facts.inputs)
        shares = shares_storage(settings)
        copies = overwrites(settings) and settings.keeps_input and settings.type_id not in FROM_RESULT
        copied = sum(self._at(shape.bytes) for shape in facts.inputs.values()) if copies else 0
        room = (settings.room_halved if self._is_halved else settings.room)(*given)
        known = self._known[id(facts)] = _Known(
            NUMBER * facts.weight_count,
            [(self._at(shape.bytes), shape.values == "real") for shape in facts.outputs.values()],
            self._at(settings.kept_bytes(*given)) + copied,
            self._at(settings.kept_bytes_halved(*given)) + copied // 2,
            sum(self._laid_out(shape) for shape in _convolved(facts)) + self._at(room.per_sample),
            self._at(room.once),
            shares,
            (shares and not overwrites(settings)) or isinstance(settings, (Add, Concat)),
            copies,
        )
        return known

    def _fresh(self, size: int, *, needs_gradient: bool, storage: int | None = None, width: int = NUMBER) -> int:
        if storage is None:
            storage, self._storages = self._storages, self._storages + 1
        self._values.append(Value(storage, size, needs_gradient, len(self._steps), width))
        return len(self._values) - 1

    def _read(self, number: int, step: int | None = None) -> None:
        self._values[number].last_read = max(len(self._steps) - 1 if step is None else step, 0)

    def _laid_out(self, shape: Shape) -> int:
        """Bytes of a value whose channels are put into groups of 16; a picture's few channels stay as they are."""
        channels, *sides = (self._at(size) for size in shape)
        grouped = -(-channels // LANES) * LANES if channels > PICTURE_CHANNELS else 0
        return (HALF if self._is_halved else NUMBER) * grouped * math.prod(sides)

    def _at(self, size: Size) -> int:
        if isinstance(size, Unknown) and size.names() - self._sizes.keys():
            raise UnknownSizeError(size.names() - self._sizes.keys())
        return size_at(size, self._sizes)

    def _first_read(self, graph: Graph, name: str, found: Mapping[tuple[str, str], int]) -> list[int]:
        port = graph.nodes[name].settings.inputs()[0].name
        link = graph.incoming(name).get(port)
        return [found[link.source, link.output]] if link and (link.source, link.output) in found else []

    def _of(self, name: str, settings: NodeType, found: Mapping[tuple[str, str], int]) -> list[int]:
        return [found[name, port] for port in settings.outputs() if (name, port) in found]


def _convolved(facts: Facts) -> tuple[Shape, ...]:
    """What a convolution lays out anew while it goes backwards: its input and the gradient of its output.

    Source:  measured with PyTorch 2.14 on the CPU, whose oneDNN does so; cuDNN's room to work in is of that order.
    """
    is_convolution = isinstance(facts.window, Window) and len(facts.weights.get("weight", ())) > 2
    if not is_convolution or not all(shape.axes.startswith("C") for shape in facts.inputs.values()):
        return ()
    return (*facts.inputs.values(), *facts.outputs.values())


def _needed(graph: Graph, goals: Iterable[str]) -> set[str]:
    """The goals and all nodes they depend on."""
    wanted, waiting = set[str](), list(goals)
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting += [link.source for link in graph.incoming(name).values()]
    return wanted
