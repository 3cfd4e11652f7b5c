"""The shape of every port, and weights, memory, multiply-adds and receptive field of every node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from nodes.graph.model import Graph, Link
from nodes.spec.node_type import EVERYTHING, NodeType, Window
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import Size

SPATIAL = frozenset("DHWL")


class Receptive(NamedTuple):
    """What one position sees of the input: how many positions, how far apart neighbours look, where the first begins.

    Units: input positions; one number for each spatial axis.
    Source: Araujo, Norris & Sim 2019, "Computing Receptive Fields of Convolutional Neural Networks", Distill.
    """

    size: tuple[int, ...]
    jump: tuple[int, ...]
    start: tuple[float, ...]

    def through(self, window: Window) -> Receptive:
        return Receptive(
            tuple(s + (k - 1) * j for s, k, j in zip(self.size, window.kernel, self.jump, strict=True)),
            tuple(j * s for j, s in zip(self.jump, window.stride, strict=True)),
            tuple(b - p * j for b, p, j in zip(self.start, window.padding, self.jump, strict=True)),
        )


Sight = Receptive | str | None  # a receptive field, EVERYTHING, or not known


@dataclass(frozen=True)
class Facts:
    """What is known of one node. ``error`` is set where its own rule failed;
    ``waits`` where an input's shape is not known, so that it could not be asked."""

    inputs: Mapping[str, Shape]
    outputs: Mapping[str, Shape]
    weights: Mapping[str, Shape] = field(default_factory=dict)
    buffers: Mapping[str, Shape] = field(default_factory=dict)
    multiply_adds: Size = 0
    sight: Sight = None
    remarks: tuple[str, ...] = ()
    error: ShapeError | None = None
    waits: bool = False
    window: Window | str | None = None  # the receptive-field step

    def seeing(self, sight: Sight) -> Facts:
        """The same with another receptive field."""
        return Facts(
            self.inputs,
            self.outputs,
            self.weights,
            self.buffers,
            self.multiply_adds,
            sight,
            self.remarks,
            self.error,
            self.waits,
            self.window,
        )

    @property
    def weight_count(self) -> int:
        return sum(shape.known_numel for shape in self.weights.values())

    @property
    def activation_bytes(self) -> Size:
        """Memory of this node's outputs for one sample."""
        total: Size = 0
        for shape in self.outputs.values():
            total = total + shape.bytes
        return total


@dataclass(frozen=True)
class Totals:
    """Sums over a graph, for one sample."""

    weights: int
    multiply_adds: Size
    activation_bytes: Size


@dataclass
class Memory:
    """What was said of the graph that this one was edited from, and the nodes that changed since.

    A node counts as changed with its settings, its links, or its facts apart from the receptive field.
    """

    said: object = None
    changed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Inference:
    """What is known of every node of a graph. ``given`` are the shapes it was told for its Input nodes."""

    graph: Graph
    facts: Mapping[str, Facts]
    given: Mapping[str, Shape] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory, compare=False, repr=False)

    def moved(self, graph: Graph) -> Inference:
        """The same of a graph in which nodes only stand at other places."""
        return Inference(graph, self.facts, self.given, self.memory)

    def shape_of(self, link: Link) -> Shape | None:
        """The shape on a link; None while it is not known."""
        return self.facts[link.source].outputs.get(link.output)

    @property
    def totals(self) -> Totals:
        weights, multiply_adds, activation = 0, 0, 0
        for facts in self.facts.values():
            weights += facts.weight_count
            multiply_adds = multiply_adds + facts.multiply_adds  # type: ignore[assignment]
            activation = activation + facts.activation_bytes  # type: ignore[assignment]
        return Totals(weights, multiply_adds, activation)


def infer(graph: Graph, before: Inference | None = None, given: Mapping[str, Shape] | None = None) -> Inference:
    """Facts of every node. ``before`` is what was known of the graph this one was edited from: what an edit
    did not reach is taken from there. ``given`` are shapes for Input nodes, by name, as a block gets them.
    """
    facts: dict[str, Facts] = {}
    given = given or {}
    edited = _edited(graph, before)
    stale = edited | set(given)
    changed = set(edited)
    known: Mapping[str, Facts] = before.facts if before else {}
    for name in graph.topology.order:
        old = known.get(name)
        if old and name not in stale:
            facts[name] = old
            continue
        settings = graph.nodes[name].settings
        inputs, sights, complete = _arrived(graph, name, settings, facts)
        said_anew = False
        if old and name not in edited and name not in given and _is_as_it_was(old, inputs, complete):
            new = old.seeing(_sight(settings, sights, old))
        else:
            new = _facts(settings, inputs, sights, complete, given.get(name))
            said_anew = old is None or new.seeing(old.sight) != old
        if old is None or new.sight != old.sight or (said_anew and new.outputs != old.outputs):
            stale.update(link.target for link in graph.outgoing(name))
        if said_anew:
            changed.add(name)
        facts[name] = old if old is not None and not said_anew and new.sight == old.sight else new
    for name in graph.nodes:
        facts.setdefault(name, Facts({}, {}, waits=True))
    memory = Memory(before.memory.said, before.memory.changed | changed) if before else Memory()
    return Inference(graph, facts, given, memory)


def _is_as_it_was(old: Facts, inputs: Mapping[str, Shape], complete: bool) -> bool:
    """Whether a node's rule would say the same, so that at most its receptive field is another."""
    return complete and not old.waits and old.error is None and inputs == old.inputs


def _edited(graph: Graph, before: Inference | None) -> set[str]:
    """The nodes that an edit touched: other settings, other links, or out of a cycle that it broke."""
    if before is None:
        return set()
    old = before.graph
    if old is graph:
        return set()
    others = old.nodes
    edited = {
        name
        for name, node in graph.nodes.items()
        if (was := others.get(name)) is not node and (was is None or was.settings is not node.settings)
    }
    if old.topology is graph.topology:
        return edited
    was_in, was_out = old.topology.incoming, old.topology.outgoing
    edited |= {name for name, ports in graph.topology.incoming.items() if was_in.get(name) != ports}
    edited |= {name for name, links in graph.topology.outgoing.items() if was_out.get(name) != links}
    edited |= others.keys() - graph.nodes.keys()
    return edited | set(graph.topology.order).symmetric_difference(old.topology.order)


def _arrived(
    graph: Graph, name: str, settings: NodeType, facts: Mapping[str, Facts]
) -> tuple[dict[str, Shape], list[Sight], bool]:
    links = graph.incoming(name)
    inputs: dict[str, Shape] = {}
    sights: list[Sight] = []
    complete = True
    for port in graph.input_ports(name):
        link = links.get(port.name)
        if link is None:
            complete &= port.optional
            continue
        source = facts.get(link.source)
        shape = source.outputs.get(link.output) if source else None
        if source is None or shape is None:
            complete = False
            continue
        inputs[port.name] = shape
        sights.append(source.sight)
    return inputs, sights, complete


def _facts(
    settings: NodeType, inputs: dict[str, Shape], sights: list[Sight], complete: bool, given: Shape | None
) -> Facts:
    if not complete:
        return Facts(inputs, {}, waits=True)
    if given is not None:
        return Facts(inputs, {settings.outputs()[0]: given}, sight=_fresh_sight(given))
    result = _rule(settings, arguments(settings, inputs))
    if isinstance(result, ShapeError):
        return Facts(inputs, {}, error=result)
    facts = Facts(
        inputs,
        result.outputs,
        result.weights,
        result.buffers,
        result.multiply_adds,
        None,
        result.remarks,
        window=result.window,
    )
    return facts.seeing(_sight(settings, sights, facts))


def _sight(settings: NodeType, sights: list[Sight], facts: Facts) -> Sight:
    """What the outputs see, for what its inputs see."""
    if settings.inputs():
        return _seen(sights, facts.window)
    first = next(iter(facts.outputs.values()), None)
    return _fresh_sight(first) if first is not None else None


def arguments(settings: NodeType, inputs: Mapping[str, Shape]) -> tuple[Shape | None, ...]:
    """The shapes in the order of the rule's parameters, None for an optional input without a link."""
    values: list[Shape | None] = []
    for port in settings.inputs():
        if port.variadic:
            numbered = [(int(n.removeprefix(port.name)), s) for n, s in inputs.items()]
            values += [shape for _, shape in sorted(numbered, key=lambda pair: pair[0])]
        else:
            values.append(inputs.get(port.name))
    return tuple(values)


class _Result(NamedTuple):
    outputs: Mapping[str, Shape]
    weights: Mapping[str, Shape]
    buffers: Mapping[str, Shape]
    multiply_adds: Size
    window: Window | str | None
    remarks: tuple[str, ...]


@lru_cache(maxsize=20_000)
def _rule(settings: NodeType, inputs: tuple[Shape | None, ...]) -> _Result | ShapeError:
    """The rules of one node for given inputs: the same settings and shapes are worked out once."""
    try:
        outputs = settings.shape(*inputs)
        if isinstance(outputs, Shape):
            outputs = {settings.outputs()[0]: outputs} if settings.outputs() else {}
        return _Result(
            outputs,
            settings.weights(*inputs),
            settings.buffers(*inputs),
            settings.multiply_adds(*inputs),
            settings.window(*inputs),
            settings.remarks(*inputs),
        )
    except ShapeError as error:
        return error.with_traceback(None)


def _fresh_sight(shape: Shape) -> Sight:
    axes = sum(axis in SPATIAL for axis in shape.axes)
    return Receptive((1,) * axes, (1,) * axes, (0.0,) * axes) if axes else None


def _seen(sights: list[Sight], window: Window | str | None) -> Sight:
    if EVERYTHING in sights or window == EVERYTHING:
        return EVERYTHING
    fields = [s for s in sights if isinstance(s, Receptive)]
    if not fields:
        return None
    ranks = {len(f.size) for f in fields}
    if len(ranks) > 1:
        return EVERYTHING
    merged = Receptive(
        tuple(map(max, *(f.size for f in fields))) if len(fields) > 1 else fields[0].size,
        tuple(map(max, *(f.jump for f in fields))) if len(fields) > 1 else fields[0].jump,
        tuple(map(min, *(f.start for f in fields))) if len(fields) > 1 else fields[0].start,
    )
    if not isinstance(window, Window):
        return merged
    return merged.through(window) if len(window.kernel) == len(merged.size) else None
