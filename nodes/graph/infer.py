"""The shape of every port, and weights, memory, multiply-adds and receptive field of every node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from heapq import heappop, heappush
from itertools import compress
from operator import is_not
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


ROW = "_row"  # where a row of the layer table is kept, beside the facts it follows from
CARRIED = ("weight_count", "activation_bytes", ROW)  # what does not follow from the receptive field


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
        """The same with another receptive field; what was worked out from the rest stays."""
        other = Facts(
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
        own = vars(self)
        vars(other).update({word: own[word] for word in CARRIED if word in own})
        return other

    @cached_property
    def weight_count(self) -> int:
        return sum(shape.known_numel for shape in self.weights.values())

    @cached_property
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

    @cached_property
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
    work = _Pass(graph, before, given or {})
    work.run()
    memory = Memory(before.memory.said, before.memory.changed | work.changed) if before else Memory()
    return Inference(graph, work.facts, work.given, memory)


class _Pass:
    """Facts worked out node by node, each after those it depends on; what no edit reached is passed over."""

    def __init__(self, graph: Graph, before: Inference | None, given: Mapping[str, Shape]) -> None:
        self._graph, self.given = graph, given
        self._known: Mapping[str, Facts] = before.facts if before else {}
        self._is_same_topology = before is not None and before.graph.topology is graph.topology
        self._edited = _edited(graph, before)
        self._stale = {*self._edited, *given, *(before.given if before else ())}
        self.changed = set(self._edited)
        self.facts: dict[str, Facts] = {}

    def run(self) -> None:
        topology = self._graph.topology
        if self._is_same_topology:
            self.facts = dict(self._known)
            place, order = topology.place, topology.order
            waiting = sorted(place[name] for name in self._stale if name in place)
            while waiting:
                for target in self._learn(order[heappop(waiting)]):
                    if target in place:  # a node on a cycle has none
                        heappush(waiting, place[target])
            return
        for name in topology.order:
            if name in self._stale or name not in self._known:
                self._learn(name)
            else:
                self.facts[name] = self._known[name]
        for name in self._graph.nodes:
            self.facts.setdefault(name, Facts({}, {}, waits=True))

    def _learn(self, name: str) -> list[str]:
        """Works out one node. Gives those after it that have to be worked out too and did not wait for it yet."""
        settings = self._graph.nodes[name].settings
        old = self._known.get(name)
        inputs, sights, complete = _arrived(self._graph, name, settings, self.facts)
        is_own = name in self._edited or name in self.given
        if old and not is_own and _is_as_it_was(old, inputs, complete):
            sight = _sight(settings, sights, old)
            if sight == old.sight:
                self.facts[name] = old
                return []
            self.facts[name] = old.seeing(sight)
        else:
            new = _facts(settings, inputs, sights, complete, self.given.get(name))
            if new == old:
                self.facts[name] = old
                return []
            self.facts[name] = new
            self.changed.add(name)
            if old and new.sight == old.sight and new.outputs == old.outputs:
                return []
        targets = [link.target for link in self._graph.outgoing(name) if link.target not in self._stale]
        self._stale.update(targets)
        return targets


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
    if old.topology is graph.topology:  # the same names in the same order
        pairs = map(is_not, graph.nodes.values(), others.values())
        return {n for n in compress(graph.nodes, pairs) if graph.nodes[n].settings is not others[n].settings}
    edited = {
        name
        for name, node in graph.nodes.items()
        if (was := others.get(name)) is not node and (was is None or was.settings is not node.settings)
    }
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
    fields = list({s: None for s in sights if isinstance(s, Receptive)})
    if not fields:
        return None
    merged = fields[0]
    if len(fields) > 1:
        if len({len(f.size) for f in fields}) > 1:
            return EVERYTHING
        merged = Receptive(
            tuple(map(max, *(f.size for f in fields))),
            tuple(map(max, *(f.jump for f in fields))),
            tuple(map(min, *(f.start for f in fields))),
        )
    if not isinstance(window, Window):
        return merged
    return merged.through(window) if len(window.kernel) == len(merged.size) else None
