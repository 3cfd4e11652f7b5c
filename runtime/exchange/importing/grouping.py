"""Items -> a graph: modules become blocks under their names, equal ones that follow each other one repeated block."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from torch import Tensor

from nodes.block import MOST_REPEATS, Block
from nodes.boundary import AXES_BY_KIND, Input, Output
from nodes.graph.layout import balanced
from nodes.graph.model import Graph, Link, Node, name_fault
from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape
from runtime.exchange.importing.drawing import Drawing, Level, Value

DEEPEST = 12  # modules within modules that become blocks; what is deeper stands in the innermost of them


@dataclass(frozen=True)
class Unit:
    """A node of a scope: an item, or a block of several."""

    name: str
    settings: NodeType
    inputs: Mapping[str, Value]  # port -> value
    outputs: Mapping[Value, str]  # value -> port
    weights: Mapping[str, Tensor]
    items: tuple[int, ...]


@dataclass(frozen=True)
class Scope:
    """A graph, and the trained numbers of its nodes by their names in it."""

    graph: Graph
    weights: Mapping[str, Tensor]
    places: Mapping[int, str]  # item -> the name of its node, within blocks by dots


def as_graph(drawing: Drawing) -> Scope:
    """The whole drawing as a graph that is laid out, with blocks, Output nodes and all trained numbers by name."""
    return _Builder(drawing).whole()


@dataclass
class _Builder:
    drawing: Drawing
    bodies: dict[object, Graph] = field(default_factory=dict)  # by structure: equal ones are one value
    users: dict[Value, set[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, item in enumerate(self.drawing.items):
            for value in item.inputs.values():
                self.users.setdefault(value, set()).add(number)
        for value in self.drawing.results.values():
            self.users.setdefault(value, set()).add(-1)

    def whole(self) -> Scope:
        units = self._units(range(len(self.drawing.items)), 0)
        taken = {unit.name for unit in units}
        return self._scope(units, {}, {fresh(name, taken): value for name, value in self.drawing.results.items()})

    def _units(self, items: Sequence[int], depth: int) -> list[Unit]:
        """The nodes of a scope; those of a module are one block."""
        names: set[str] = set()
        found: list[Unit] = []
        for level, run in groupby(items, lambda n: self._level(n, depth)):
            members = tuple(run)
            if level is None or len(members) == 1:
                found += [self._single(n, level, names) for n in members]
            else:
                found.append(self._block(members, depth, level, names))
        return self._repeated(found)

    def _level(self, item: int, depth: int) -> Level | None:
        path = self.drawing.items[item].path
        return path[depth] if len(path) > depth and depth < DEEPEST else None

    def _single(self, number: int, level: Level | None, names: set[str]) -> Unit:
        item = self.drawing.items[number]
        wanted = level.name if level and not level.name.isdigit() else item.name
        if wanted.isdigit() or not wanted:
            wanted = f"{item.settings.stem}{wanted}"
        name = fresh(wanted, names, numbered=not item.name)
        outputs = {value: value.port for value in self.users if value.item == number}
        return Unit(name, item.settings, item.inputs, outputs, item.weights, (number,))

    def _block(self, items: tuple[int, ...], depth: int, level: Level, names: set[str]) -> Unit:
        units = self._units(items, depth + 1)
        if len(units) == 1 and isinstance(units[0].settings, Block):  # a module that holds but one is that one
            inner = units[0]
            name = fresh(level.name if not level.name.isdigit() else inner.name, names)
            return Unit(name, inner.settings, inner.inputs, inner.outputs, inner.weights, inner.items)
        inside = set(items)
        entering = list(dict.fromkeys(v for n in items for v in self._fed(n) if v.item not in inside))
        leaving = [v for v in self.users if v.item in inside and self.users[v] - inside]
        leaving.sort(key=lambda value: value.item)
        taken = {unit.name for unit in units}
        ports = {v: fresh(_numbered("input", n, len(entering)), taken) for n, v in enumerate(entering, 1)}
        results = {fresh(_numbered("output", n, len(leaving)), taken): v for n, v in enumerate(leaving, 1)}
        scope = self._scope(units, ports, results)
        body = self.bodies.setdefault(scope.graph.structure, scope.graph)
        block = Block(_class_name(level), body)
        wanted = level.name if not level.name.isdigit() else f"{_stem(block.name)}{level.name}"
        return Unit(
            fresh(wanted, names),
            block,
            {port: value for value, port in ports.items()},
            {value: port for port, value in results.items()},
            scope.weights,
            items,
        )

    def _repeated(self, units: Sequence[Unit]) -> list[Unit]:
        """The units with equal blocks in a row as one block that repeats."""
        chains: list[list[Unit]] = []
        for unit in units:
            if chains and len(chains[-1]) < MOST_REPEATS and self._follows(chains[-1][-1], unit):
                chains[-1].append(unit)
            else:
                chains.append([unit])
        return [chain[0] if len(chain) == 1 else _chained(chain) for chain in chains]

    def _follows(self, one: Unit, other: Unit) -> bool:
        """Whether the second is the same block again, fed by the first, which feeds nothing else, with an output as
        large as its input."""
        first, second = one.settings, other.settings
        if not (isinstance(first, Block) and isinstance(second, Block)) or first.body is not second.body:
            return False
        if len(one.inputs) != 1 or len(one.outputs) != 1 or len(other.outputs) != 1:
            return False
        [given], [taken] = one.outputs, other.inputs.values()
        [entering], [leaving] = other.inputs.values(), other.outputs
        return (
            given == taken
            and self.users[given] <= set(other.items)
            and entering.shape == leaving.shape
            and set(one.weights) == set(other.weights)
            and next(iter(one.inputs.values())).shape == given.shape
        )

    def _fed(self, number: int) -> Iterator[Value]:
        return iter(self.drawing.items[number].inputs.values())

    def _scope(self, units: Sequence[Unit], ports: Mapping[Value, str], results: Mapping[str, Value]) -> Scope:
        """A graph of units, with an Input for each of ``ports`` and an Output for each of ``results``."""
        nodes = {name: Node(_input_for(value.shape)) for value, name in ports.items()}
        where = {value: (name, "output") for value, name in ports.items()}
        weights: dict[str, Tensor] = {}
        places: dict[int, str] = {}
        for unit in units:
            nodes[unit.name] = Node(unit.settings)
            where |= {value: (unit.name, port) for value, port in unit.outputs.items()}
            weights |= {f"{unit.name}.{name}": value for name, value in unit.weights.items()}
            places |= dict.fromkeys(unit.items, unit.name)
        links = [Link(*where[value], unit.name, port) for unit in units for port, value in unit.inputs.items()]
        for name, value in results.items():
            nodes[name] = Node(Output())
            links.append(Link(*where[value], name, "x"))
        graph = Graph(nodes, tuple(links))
        return Scope(graph.moved(balanced(graph)), weights, places)


def _chained(chain: Sequence[Unit]) -> Unit:
    first = chain[0]
    assert isinstance(first.settings, Block)
    weights = {f"{n}.{name}": value for n, unit in enumerate(chain) for name, value in unit.weights.items()}
    items = tuple(item for unit in chain for item in unit.items)
    settings = first.settings.replaced(repeat=len(chain))
    return Unit(first.name, settings, first.inputs, chain[-1].outputs, weights, items)


def fresh(wanted: str, taken: set[str], numbered: bool = False) -> str:
    """A name that a node can bear and none of ``taken`` has; it is added to them."""
    clean = re.sub(r"\W+", "_", wanted.encode("ascii", "ignore").decode()).strip("_")[:48] or "node"
    clean = f"n{clean}" if clean[0].isdigit() else clean
    number, name = 1, f"{clean}1" if numbered or name_fault(clean) else clean
    while name in taken or name_fault(name):
        number += 1
        name = f"{clean}{'_' if clean[-1].isdigit() else ''}{number}"
    taken.add(name)
    return name


def _numbered(stem: str, number: int, count: int) -> str:
    return stem if count == 1 else f"{stem}{number}"


def _class_name(level: Level) -> str:
    title = level.title if level.title not in ("", "Sequential", "ModuleList", "ModuleDict") else level.name
    words = re.findall(r"[A-Za-z0-9]+", title)
    name = "".join(word[0].upper() + word[1:] for word in words)[:48]
    if not name or name[0].isdigit():
        name = f"Part{name}"
    return name if not name_fault(name) else f"{name}1"


def _stem(title: str) -> str:
    """``Bottleneck`` -> ``bottleneck``, ``Conv2dNormActivation`` -> ``conv2d_norm_activation``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", title).lower().rstrip("0123456789") or "part"


def _input_for(shape: Shape) -> Input:
    kind = next((kind for kind, axes in AXES_BY_KIND.items() if axes == shape.axes), None)
    if kind is None:
        kind = {0: "number", 1: "vector", 2: "sequence", 3: "image"}.get(len(shape), "volume")
    if shape.values == "index" and kind in ("number",):
        kind = "index"
    sizes = tuple(size if isinstance(size, int) else str(size) for size in shape)
    sizes = tuple(s if isinstance(s, int) or s.isidentifier() else "L" for s in sizes)
    return Input(kind, sizes, "index" if shape.values == "index" else "real")
