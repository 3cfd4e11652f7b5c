"""What a network costs, layer by layer: weights, memory, arithmetic and receptive field, also inside blocks."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.graph.infer import Facts, Inference, Receptive, Sight, arguments
from nodes.graph.model import Graph, Node
from nodes.spec.node_type import EVERYTHING, NodeType
from nodes.spec.shapes import Shape
from nodes.spec.sizes import Size
from nodes.spec.work import together

Operations = Mapping[str, Size]


class Counted:
    """What follows from the counts of a layer, or of several."""

    trainable: int
    frozen: int
    multiply_adds: Size
    operations: Operations

    @property
    def weight_count(self) -> int:
        return self.trainable + self.frozen

    @property
    def flops(self) -> Size:
        """A multiply-add is two operations; every other one is one."""
        return added([self.multiply_adds * 2, *self.operations.values()])

    @property
    def flops_by_kind(self) -> dict[str, Size]:
        """How often each kind of operation is done: a multiply-add is one ``multiply`` and one ``add``."""
        return together([{"multiply": self.multiply_adds, "add": self.multiply_adds}, self.operations])


@dataclass(frozen=True)
class Layer(Counted):
    """One row of the layer table: a node, a block as a whole, or a layer within a block.

    ``path`` is ``conv1`` or, within blocks, ``stage1.0.conv1``; ``node`` is the node on the canvas it belongs to.
    Units: memory in bytes for one sample; what only looks at a value that is there already takes none.
    """

    path: str
    node: str
    settings: NodeType
    inputs: Mapping[str, Shape] = field(default_factory=dict)
    outputs: Mapping[str, Shape] = field(default_factory=dict)
    weights: Mapping[str, Shape] = field(default_factory=dict)
    trainable: int = 0
    frozen: int = 0
    multiply_adds: Size = 0
    operations: Operations = field(default_factory=dict)
    activation_bytes: Size = 0
    sight: Sight = None
    is_known: bool = False


@dataclass(frozen=True)
class Costs(Counted):
    """Sums over layers, for one sample."""

    trainable: int
    frozen: int
    multiply_adds: Size
    operations: Operations
    activation_bytes: Size


def layers(inference: Inference, *, expanded: bool = False) -> list[Layer]:
    """A row for each node in the order of calculation; ``expanded`` gives every layer within blocks its own."""
    graph = inference.graph
    order = graph.topology.order
    missing = [name for name in graph.nodes if name not in set(order)] if len(order) < len(graph.nodes) else []
    rows: list[Layer] = []
    kept: dict[str, Kept] = {}
    for name in (*order, *missing):
        node, facts = graph.nodes[name], inference.facts[name]
        if expanded and isinstance(node.settings, Block) and facts.outputs:
            before = merged_sight(inference.sight(k.source) for k in graph.incoming(name).values())
            inside = _unfolded(node.settings, _given(node.settings, facts), node.training.frozen, name, before)
            rows += [dataclasses.replace(row, node=name) for row in inside]
        else:
            kept[name] = _kept_row(name, node, inference)
            rows.append(kept[name].row)
    inference.memory.rows = kept
    return rows


def layer(inference: Inference, name: str) -> Layer:
    """The row of one node."""
    return _kept_row(name, inference.graph.nodes[name], inference).row


def costs(inference: Inference) -> Costs:
    """The sums over all nodes. Nodes alike are worked out once: there are few kinds in a large network."""
    nodes = inference.graph.nodes
    kinds: dict[tuple[int, bool], tuple[NodeType, Facts]] = {}
    counts: dict[tuple[int, bool], int] = {}
    for name, facts in inference.facts.items():
        node = nodes[name]
        kind = id(facts), node.training.frozen
        if kind in counts:
            counts[kind] += 1
        else:
            counts[kind], kinds[kind] = 1, (node.settings, facts)
    rows = [(_row("", *kinds[kind], kind[1], None), count) for kind, count in counts.items()]
    return Costs(
        sum(row.trainable * count for row, count in rows),
        sum(row.frozen * count for row, count in rows),
        added(row.multiply_adds * count for row, count in rows),
        together({kind: n * count for kind, n in row.operations.items()} for row, count in rows),
        added(row.activation_bytes * count for row, count in rows),
    )


def total(rows: Iterable[Layer]) -> Costs:
    """The sums of a table's rows."""
    rows = list(rows)
    return Costs(
        sum(row.trainable for row in rows),
        sum(row.frozen for row in rows),
        added(row.multiply_adds for row in rows),
        together(row.operations for row in rows),
        added(row.activation_bytes for row in rows),
    )


def share(part: Size, whole: Size) -> float | None:
    """A part of the whole as a fraction; None where one of them is not known or there is nothing."""
    if isinstance(part, int) and isinstance(whole, int) and whole > 0:
        return part / whole
    return None


def added(sizes: Iterable[Size]) -> Size:
    """A sum in which sizes may be unknown."""
    result: Size = 0
    for size in sizes:
        result = result + size
    return result


def overwrites(settings: NodeType) -> bool:
    """Whether it writes its result where its input lies."""
    return bool(getattr(settings, "inplace", False))


def shares_storage(settings: NodeType) -> bool:
    """Whether its output lies where its input lies while training: it overwrites it, or only looks at it."""
    return overwrites(settings) or isinstance(settings, Output) or settings.is_view_in_training


def merged_sight(sights: Iterable[Sight]) -> Sight:
    """What is seen by a value that reads several: the widest field, the largest step, the first start."""
    found = [sight for sight in sights if sight is not None]
    fields = [sight for sight in found if isinstance(sight, Receptive)]
    if not fields:
        return EVERYTHING if found else None
    if len(fields) < len(found) or len({len(one.size) for one in fields}) > 1:
        return EVERYTHING
    if len(fields) == 1:
        return fields[0]
    return Receptive(
        tuple(map(max, *(one.size for one in fields))),
        tuple(map(max, *(one.jump for one in fields))),
        tuple(map(min, *(one.start for one in fields))),
    )


def seen_beyond(before: Sight, inner: Sight) -> Sight:
    """What a layer in a block sees of the network's input, from what the block's input sees of it."""
    if before is None or inner is None:
        return None
    if not (isinstance(before, Receptive) and isinstance(inner, Receptive)) or len(before.size) != len(inner.size):
        return EVERYTHING
    return Receptive(
        tuple(s + (r - 1) * j for s, r, j in zip(before.size, inner.size, before.jump, strict=True)),
        tuple(map(lambda one, other: one * other, before.jump, inner.jump)),
        tuple(b + s * j for b, s, j in zip(before.start, inner.start, before.jump, strict=True)),
    )


# --- one node


class Kept(NamedTuple):
    """A row of the layer table and what it follows from, beside the receptive field."""

    node: tuple[NodeType, bool]  # settings, and whether its weights are frozen
    facts: Facts
    row: Layer


def _kept_row(name: str, node: Node, inference: Inference) -> Kept:
    """The row of a node, that of before where it says the same: an edit leaves most as they are."""
    facts, sight = inference.facts[name], inference.sight(name)
    kept: Kept | None = inference.memory.rows.get(name)
    if kept is None or kept.facts is not facts or kept.node != (node.settings, node.training.frozen):
        row = _row(name, node.settings, facts, node.training.frozen, sight)
    elif kept.row.sight == sight:
        return kept
    else:
        row = dataclasses.replace(kept.row, sight=sight)
    return Kept((node.settings, node.training.frozen), facts, row)


def _row(path: str, settings: NodeType, facts: Facts, is_frozen: bool, sight: Sight) -> Layer:
    if isinstance(settings, Block) and facts.outputs:
        return _block_row(path, settings, facts, is_frozen, sight)
    is_known = bool(facts.outputs) or not (facts.waits or facts.error)
    given = arguments(settings, facts.inputs)
    count = facts.weight_count
    holds = is_known and not (isinstance(settings, Input) and facts.error)
    return Layer(
        path,
        path,
        settings,
        facts.inputs,
        facts.outputs,
        facts.weights,
        0 if is_frozen else count,
        count if is_frozen else 0,
        facts.multiply_adds,
        _operations(settings, given) if facts.outputs else {},
        _own_bytes(settings, given, facts.outputs) if holds else 0,
        sight,
        is_known,
    )


def _own_bytes(settings: NodeType, given: tuple[Shape | None, ...], outputs: Mapping[str, Shape]) -> Size:
    if not outputs or (given and shares_storage(settings)):
        return 0
    return added(shape.bytes for shape in outputs.values())


@lru_cache(maxsize=20_000)
def _operations(settings: NodeType, given: tuple[Shape | None, ...]) -> Operations:
    return settings.operations(*given)


# --- blocks


def _given(settings: Block, facts: Facts) -> tuple[Shape, ...]:
    return tuple(shape for shape in arguments(settings, facts.inputs) if shape is not None)


def _block_row(path: str, settings: Block, facts: Facts, is_frozen: bool, sight: Sight) -> Layer:
    costs = _block_costs(settings, _given(settings, facts), is_frozen)
    return Layer(
        path,
        path,
        settings,
        facts.inputs,
        facts.outputs,
        facts.weights,
        costs.trainable,
        costs.frozen,
        costs.multiply_adds,
        costs.operations,
        costs.activation_bytes,
        sight,
        is_known=True,
    )


@lru_cache(maxsize=2_000)
def _block_costs(settings: Block, given: tuple[Shape, ...], is_frozen: bool) -> Costs:
    once, times = total(_body(settings, given, is_frozen)), settings.repeat
    return Costs(
        once.trainable * times,
        once.frozen * times,
        once.multiply_adds * times,
        {kind: count * times for kind, count in once.operations.items()},
        once.activation_bytes * times,
    )


@lru_cache(maxsize=2_000)
def _body(settings: Block, given: tuple[Shape, ...], is_frozen: bool) -> tuple[Layer, ...]:
    """The layers of one repetition, nested blocks unfolded, with paths and receptive fields from the body's ports."""
    inside, body = settings.inside(*given), settings.body
    steps = given[0][0] if settings.over_time else 1
    rows = layers(Inference(_as_trained(body, is_frozen), inside.facts), expanded=True)
    return tuple(row if steps == 1 else _over(row, steps) for row in rows if not isinstance(row.settings, Input))


def _as_trained(body: Graph, is_frozen: bool) -> Graph:
    """The body as the block trains it: a frozen block freezes all within."""
    if not is_frozen:
        return body
    nodes = {
        name: dataclasses.replace(node, training=dataclasses.replace(node.training, frozen=True))
        for name, node in body.nodes.items()
    }
    return Graph(nodes, body.links)


def _over(row: Layer, steps: Size) -> Layer:
    """The same layer applied at every step of a sequence, with the same weights."""
    return dataclasses.replace(
        row,
        multiply_adds=row.multiply_adds * steps,
        operations={kind: count * steps for kind, count in row.operations.items()},
        activation_bytes=row.activation_bytes * steps,
    )


def _unfolded(
    settings: Block, given: tuple[Shape, ...], is_frozen: bool, path: str, before: Sight
) -> Iterator[Layer]:
    """Every layer of every repetition, with paths as the source names them."""
    body = _body(settings, given, is_frozen)
    way = f"{path}.layer" if settings.over_time else path
    result = settings.inside(*given).sight(settings.outputs()[0])
    for number in range(settings.repeat):
        prefix = f"{way}.{number}" if settings.repeat > 1 else way
        for row in body:
            sight = row.sight if settings.over_time else seen_beyond(before, row.sight)
            yield dataclasses.replace(row, path=f"{prefix}.{row.path}", sight=sight)
        before = seen_beyond(before, result)
