"""Drawing: what an importer has said so far, node after node, with the shape of every value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from torch import Tensor

from nodes.boundary import Input
from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape, ShapeError

MOST_NODES = 20_000  # in one import


class UnsayableError(Exception):
    """What no node of the catalogue says."""


class Level(NamedTuple):
    """One module that holds others: its name in the one around it, its class, and which call of it this is."""

    name: str
    title: str
    call: int = 0


Path = tuple[Level, ...]


@dataclass(frozen=True)
class Value:
    """An output of an item, by its number."""

    item: int
    port: str
    shape: Shape


@dataclass(frozen=True)
class Item:
    """A node to be: where its module stood, what feeds it, its trained numbers, and what it was in the source."""

    settings: NodeType
    inputs: Mapping[str, Value]
    path: Path
    name: str
    weights: Mapping[str, Tensor]
    origin: str


@dataclass
class Drawing:
    """Items in an order in which each stands after those that feed it; ``results`` are the outputs by name."""

    items: list[Item] = field(default_factory=list)
    results: dict[str, Value] = field(default_factory=dict)

    def add(
        self,
        settings: NodeType,
        inputs: Sequence[Value | None] = (),
        *,
        path: Path = (),
        name: str = "",
        weights: Mapping[str, Tensor] | None = None,
        origin: str = "",
    ) -> dict[str, Value]:
        """Adds a node; ``inputs`` go to its ports in their order. Gives its outputs by port.

        Raises ShapeError, and UnsayableError for weights of other shapes than the node's.
        """
        if len(self.items) >= MOST_NODES:
            raise ShapeError(f"The network has more than {MOST_NODES:,} nodes.", "Import a part of it.")
        ports = [port for one in settings.inputs() for port in _spelled(one.name, one.variadic, len(inputs))]
        wired = {port: value for port, value in zip(ports, inputs, strict=False) if value is not None}
        shapes = [value.shape if value is not None else None for value in inputs]
        result = settings.shape(*shapes)
        outputs = {settings.outputs()[0]: result} if isinstance(result, Shape) else dict(result)
        self._require_weights(settings, shapes, weights or {})
        number = len(self.items)
        self.items.append(Item(settings, wired, path, name, dict(weights or {}), origin or settings.torch_name))
        return {port: Value(number, port, shape) for port, shape in outputs.items()}

    def one(self, settings: NodeType, *inputs: Value | None, path: Path = (), **rest: str) -> Value:
        """Adds a node without weights; gives its first output."""
        return next(iter(self.add(settings, inputs, path=path, **rest).values()))  # type: ignore[arg-type]

    @staticmethod
    def _require_weights(settings: NodeType, shapes: list[Shape | None], given: Mapping[str, Tensor]) -> None:
        if not given:
            return
        known = {**settings.weights(*shapes), **settings.buffers(*shapes)}
        for name, value in given.items():
            if name not in known or tuple(known[name]) != tuple(value.shape):
                raise UnsayableError(
                    f"{settings.title} has no weight {name} of {' × '.join(map(str, value.shape)) or '1'}"
                )


def _spelled(port: str, variadic: bool, count: int) -> list[str]:
    return [f"{port}{number}" for number in range(1, count + 1)] if variadic else [port]


def pruned(drawing: Drawing) -> Drawing:
    """The drawing without nodes that nothing reads, such as those that a pattern replaced."""
    used: set[int] = set()
    waiting = [value.item for value in drawing.results.values()]
    while waiting:
        number = waiting.pop()
        if number not in used:
            used.add(number)
            waiting += [value.item for value in drawing.items[number].inputs.values()]
    used |= {n for n, item in enumerate(drawing.items) if isinstance(item.settings, Input)}
    return in_places(drawing, sorted(used))


def in_places(drawing: Drawing, order: Sequence[int]) -> Drawing:
    """The items of a drawing in another order, without those that it leaves out and nothing reads."""
    place = {old: new for new, old in enumerate(order)}

    def moved(value: Value) -> Value:
        return Value(place[value.item], value.port, value.shape)

    items = [drawing.items[n] for n in order]
    items = [replace(item, inputs={port: moved(value) for port, value in item.inputs.items()}) for item in items]
    return Drawing(items, {name: moved(value) for name, value in drawing.results.items()})
