"""The shape of every port, and weights, memory and multiply-adds of every node; receptive fields when asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from heapq import heappop, heappush
from itertools import compress
from operator import is_not
from typing import Any, NamedTuple

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
    ``waits`` where an input's shape is not known, so that it could not be asked.

    It follows from the node's settings and inputs alone: nodes alike in both share it.
    """

    inputs: Mapping[str, Shape]
    outputs: Mapping[str, Shape]
    weights: Mapping[str, Shape] = field(default_factory=dict)
    buffers: Mapping[str, Shape] = field(default_factory=dict)
    multiply_adds: Size = 0
    remarks: tuple[str, ...] = ()
    error: ShapeError | None = None
    waits: bool = False
    window: Window | str | None = None  # the receptive-field step

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
    """What was said of the graph that this one was edited from, with the rows of its layer table, and what changed
    since it was said: the nodes with other settings or links, and those with other facts, the edited ones among them.
    """

    said: object = None
    edited: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    rows: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Sights:
    """Receptive fields that are known, and the nodes that changed since: what lies behind those is not."""

    known: dict[str, Sight] = field(default_factory=dict)
    changed: frozenset[str] = frozenset()

    def after(self, changed: Iterable[str], *, is_same_topology: bool) -> Sights:
        """What an edit leaves of them."""
        return Sights(self.known, self.changed.union(changed)) if is_same_topology else Sights()

    def settle(self, graph: Graph) -> None:
        """Forgets those of all nodes behind one that changed."""
        gone, waiting = set(self.changed), list(self.changed)
        while waiting and self.known:
            name = waiting.pop()
            targets = {link.target for link in graph.topology.outgoing.get(name, ())} - gone
            gone |= targets
            waiting += targets
        self.known = {name: sight for name, sight in self.known.items() if name not in gone}
        self.changed = frozenset()


@dataclass(frozen=True)
class Inference:
    """What is known of every node of a graph. ``given`` are the shapes it was told for its Input nodes."""

    graph: Graph
    facts: Mapping[str, Facts]
    given: Mapping[str, Shape] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory, compare=False, repr=False)
    sights: Sights = field(default_factory=Sights, compare=False, repr=False)

    def moved(self, graph: Graph) -> Inference:
        """The same of a graph in which nodes only stand at other places."""
        return Inference(graph, self.facts, self.given, self.memory, self.sights)

    def shape_of(self, link: Link) -> Shape | None:
        """The shape on a link; None while it is not known."""
        return self.facts[link.source].outputs.get(link.output)

    def sight(self, name: str) -> Sight:
        """The receptive field of a node, worked out with those of all before it when it is first asked for."""
        if self.sights.changed:
            self.sights.settle(self.graph)
        known, place = self.sights.known, self.graph.topology.place
        if name not in known:
            needed, waiting = {name}, [name]
            while waiting:
                sources = {source for _, source, _ in self.graph.feed(waiting.pop()).links}
                sources -= needed | known.keys()
                needed |= sources
                waiting += sources
            for one in sorted(needed, key=lambda n: place.get(n, -1)):  # those on a cycle see nothing
                known[one] = self._seen_by(one) if one in place else None
        return known[name]

    def _seen_by(self, name: str) -> Sight:
        facts, settings = self.facts[name], self.graph.nodes[name].settings
        if facts.waits or facts.error:
            return None
        if settings.inputs():
            return _seen([self.sights.known[source] for _, source, _ in self.graph.feed(name).links], facts.window)
        first = next(iter(facts.outputs.values()), None)
        return _fresh_sight(first) if first is not None else None

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
    if before is None:
        return Inference(graph, work.facts, work.given)
    old = before.memory
    memory = Memory(old.said, old.edited | work.edited, old.changed | work.changed, old.rows)
    sights = before.sights.after(work.unseen, is_same_topology=work.is_same_topology)
    return Inference(graph, work.facts, work.given, memory, sights)


class Difference(NamedTuple):
    """What is other than it was: anything, its own part in what it and those behind it see, its outputs."""

    is_any: bool
    is_sight: bool
    is_output: bool


class _Pass:
    """Facts worked out node by node, each after those it depends on; what no edit reached is passed over."""

    def __init__(self, graph: Graph, before: Inference | None, given: Mapping[str, Shape]) -> None:
        self._graph, self.given = graph, given
        self._known: Mapping[str, Facts] = before.facts if before else {}
        self.is_same_topology = before is not None and before.graph.topology is graph.topology
        self.edited = _edited(graph, before)
        self._stale = {*self.edited, *given, *(before.given if before else ())}
        self.changed = set(self.edited)
        self.unseen: set[str] = set()  # nodes that see otherwise
        self.facts: dict[str, Facts] = {}
        self._differences: dict[tuple[int, int], Difference] = {}

    def run(self) -> None:
        topology = self._graph.topology
        if self.is_same_topology:
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
        new, old = self._facts(name), self._known.get(name)
        self.facts[name] = new
        if new is old:
            return []
        difference = self._difference(old, new)
        if not difference.is_any:
            return []
        self.changed.add(name)
        if difference.is_sight:
            self.unseen.add(name)
        if not difference.is_output:
            return []
        stale = self._stale
        targets = [link.target for link in self._graph.topology.outgoing[name] if link.target not in stale]
        stale.update(targets)
        return targets

    def _difference(self, old: Facts | None, new: Facts) -> Difference:
        """Nodes alike share their facts, so that few pairs have to be compared."""
        pair = id(old), id(new)
        if pair not in self._differences:
            self._differences[pair] = _difference(old, new)
        return self._differences[pair]

    def _facts(self, name: str) -> Facts:
        feed, facts = self._graph.feed(name), self.facts
        arrived: list[tuple[str, Shape]] = []
        complete = feed.is_complete
        for port, source, output in feed.links:
            known = facts.get(source)
            shape = known.outputs.get(output) if known else None
            if shape is None:
                complete = False
            else:
                arrived.append((port, shape))
        settings = self._graph.nodes[name].settings
        if not complete:
            return Facts(dict(arrived), {}, waits=True)
        given = self.given.get(name)
        if given is not None:
            return Facts(dict(arrived), {settings.outputs()[0]: given})
        return _rule(settings, tuple(arrived))


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


def _difference(old: Facts | None, new: Facts) -> Difference:
    if old is None:
        return Difference(True, True, True)
    if old == new:
        return Difference(False, False, False)
    axes, others = ([shape.axes for shape in facts.outputs.values()] for facts in (old, new))
    is_sight = (
        old.window != new.window or old.waits is not new.waits or (old.error is None) is not (new.error is None)
    )
    return Difference(True, is_sight or axes != others, old.outputs != new.outputs)


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


@lru_cache(maxsize=20_000)
def _rule(settings: NodeType, arrived: tuple[tuple[str, Shape], ...]) -> Facts:
    """The rules of one node for given inputs: the same settings and shapes are worked out once."""
    inputs = dict(arrived)
    values = arguments(settings, inputs)
    try:
        outputs = settings.shape(*values)
        if isinstance(outputs, Shape):
            outputs = {settings.outputs()[0]: outputs} if settings.outputs() else {}
        return Facts(
            inputs,
            outputs,
            settings.weights(*values),
            settings.buffers(*values),
            settings.multiply_adds(*values),
            settings.remarks(*values),
            window=settings.window(*values),
        )
    except ShapeError as error:
        return Facts(inputs, {}, error=error.with_traceback(None))


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
