"""Graph, Node, Link, Network: the drawing and what belongs to it, as immutable values."""

from __future__ import annotations

import dataclasses
import keyword
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

from nodes.graph.marks import NO_MARKS, Marks
from nodes.spec.muted import Muted
from nodes.spec.node_type import NodeType, Port
from nodes.spec.search import Mark
from nodes.spec.training import PLAIN, NodeTraining


class GraphError(Exception):
    """An edit that cannot be; the sentence says why."""


class Link(NamedTuple):
    """From an output port to an input port."""

    source: str
    output: str
    target: str
    input: str

    def __str__(self) -> str:
        return f"{self.source}.{self.output} -> {self.target}.{self.input}"


@dataclass(frozen=True)
class Node:
    """A node type with its settings, where it stands on the canvas, and how its weights are trained.

    ``searched`` are the settings that a search goes over, each with what it may be.
    Units: scene units, to the hundredth: so files write them.
    """

    settings: NodeType
    x: float = 0.0
    y: float = 0.0
    training: NodeTraining = PLAIN
    searched: tuple[tuple[str, Mark], ...] = ()

    def __post_init__(self) -> None:
        if self.x % 1 or self.y % 1:  # most stand on the grid
            object.__setattr__(self, "x", round(self.x, 2))
            object.__setattr__(self, "y", round(self.y, 2))

    @property
    def is_muted(self) -> bool:
        """Whether it is switched off, so that it lets its first input through."""
        return isinstance(self.settings, Muted)


class Feed(NamedTuple):
    """What reaches a node: an input port, the node that feeds it and its output, for each port that is wired."""

    links: tuple[tuple[str, str, str], ...]
    is_complete: bool  # whether all ports are wired that need be


@dataclass(frozen=True)
class Topology:
    """What follows from the links and ports alone; shared by all graphs that differ only in settings or places."""

    incoming: Mapping[str, Mapping[str, Link]]  # node -> input port -> the link that ends there
    outgoing: Mapping[str, tuple[Link, ...]]
    order: tuple[str, ...]  # every node after those it depends on; those on a cycle are missing
    cycle: tuple[str, ...]  # the nodes of one cycle; empty where there is none
    feeds: dict[str, Feed] = field(default_factory=dict, compare=False, repr=False)  # those asked for so far

    @cached_property
    def place(self) -> Mapping[str, int]:
        """The number of each node in ``order``."""
        return {name: number for number, name in enumerate(self.order)}


@dataclass(frozen=True)
class Graph:
    """Nodes by their names and the links between their ports. An edit makes another Graph.

    ``marks`` are drawn with them and compute nothing; those of nodes and links that go, go with them.
    """

    nodes: Mapping[str, Node] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    marks: Marks = NO_MARKS

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((tuple(self.nodes.items()), self.links))

    @cached_property
    def structure(self) -> tuple[object, ...]:
        """Equal for graphs that compute the same by the same names: places do not count."""
        return (
            tuple((name, node.settings.structure, node.training) for name, node in self.nodes.items()),
            frozenset(self.links),
        )

    @cached_property
    def topology(self) -> Topology:
        incoming: dict[str, dict[str, Link]] = {name: {} for name in self.nodes}
        outgoing: dict[str, list[Link]] = {name: [] for name in self.nodes}
        for link in self.links:
            incoming[link.target][link.input] = link
            outgoing[link.source].append(link)
        order, cycle = _ordered({n: [k.source for k in ports.values()] for n, ports in incoming.items()})
        return Topology(incoming, {n: tuple(links) for n, links in outgoing.items()}, order, cycle)

    def incoming(self, name: str) -> Mapping[str, Link]:
        """The links that end at a node, by input port."""
        return self.topology.incoming[name]

    def outgoing(self, name: str) -> tuple[Link, ...]:
        return self.topology.outgoing[name]

    def feed(self, name: str) -> Feed:
        """What reaches the input ports of a node, in their order."""
        feeds = self.topology.feeds
        if name not in feeds:
            links, ports = self.incoming(name), self.input_ports(name)
            wired = [(port.name, links[port.name]) for port in ports if port.name in links]
            missing = any(not port.optional and port.name not in links for port in ports)
            feeds[name] = Feed(tuple((port, link.source, link.output) for port, link in wired), not missing)
        return feeds[name]

    def input_ports(self, name: str, *, spare: bool = False) -> tuple[Port, ...]:
        """The input ports as drawn: a variadic one spelled out as x1, x2, …, with one to ``spare`` if asked."""
        ports = self.nodes[name].settings.inputs()
        if not any(port.variadic for port in ports):
            return ports
        return tuple(drawn for port in ports for drawn in self._drawn(name, port, spare))

    def _drawn(self, name: str, port: Port, spare: bool) -> Iterable[Port]:
        if not port.variadic:
            yield port
            return
        numbers = [int(n) for n in (p.removeprefix(port.name) for p in self.incoming(name)) if n.isdigit()]
        for number in range(1, max([1 + spare, *(n + spare for n in numbers)]) + 1):
            yield Port(f"{port.name}{number}", optional=number > 1 or bool(numbers))

    def with_node(self, name: str, node: Node) -> Graph:
        """Adds a node, or changes the settings or place of the one of that name."""
        changed = Graph({**self.nodes, name: node}, self.links, self.marks)
        old = self.nodes.get(name)
        if old is not None and _ports(old.settings) == _ports(node.settings):
            changed._share_topology(self)
            return changed
        return changed.without_loose_links() if old is not None else changed

    def with_settings(self, name: str, settings: NodeType) -> Graph:
        return self.with_node(name, dataclasses.replace(self.nodes[name], settings=settings))

    def with_training(self, name: str, training: NodeTraining) -> Graph:
        return self.with_node(name, dataclasses.replace(self.nodes[name], training=training))

    def with_searched(self, name: str, searched: Mapping[str, Mark]) -> Graph:
        """The same with other settings of a node to be searched over."""
        return self.with_node(name, dataclasses.replace(self.nodes[name], searched=tuple(searched.items())))

    def moved(self, places: Mapping[str, tuple[float, float]]) -> Graph:
        """The same graph with nodes at other places."""
        nodes, marks = dict(self.nodes), self.marks
        if marks.bends:
            marks = marks.following({n: (x - nodes[n].x, y - nodes[n].y) for n, (x, y) in places.items()})
        for name, (x, y) in places.items():
            nodes[name] = dataclasses.replace(nodes[name], x=x, y=y)
        changed = Graph(nodes, self.links, marks)
        changed._share_topology(self)
        return changed

    def with_link(self, link: Link) -> Graph:
        """Adds a link; one that ended at the same input goes. Raises GraphError for ports that are not there."""
        self._require_ports(link)
        kept = tuple(k for k in self.links if (k.target, k.input) != (link.target, link.input))
        return self._with(self.nodes, (*kept, link))

    def without_links(self, links: Iterable[Link]) -> Graph:
        gone = set(links)
        return self._with(self.nodes, tuple(k for k in self.links if k not in gone))

    def without(self, names: Iterable[str]) -> Graph:
        """Without some nodes, and the links that end or start there."""
        gone = set(names)
        return self._with(
            {name: node for name, node in self.nodes.items() if name not in gone},
            tuple(k for k in self.links if k.source not in gone and k.target not in gone),
        )

    def renamed(self, old: str, new: str) -> Graph:
        """A node under another name. Raises GraphError where the name cannot be."""
        if old == new:
            return self
        self.require_name(new)
        return Graph(
            {new if name == old else name: node for name, node in self.nodes.items()},
            tuple(
                k._replace(
                    source=new if k.source == old else k.source,
                    target=new if k.target == old else k.target,
                )
                for k in self.links
            ),
            self.marks.renamed(old, new),
        )

    def require_name(self, name: str) -> None:
        """Raises GraphError unless a node could be added under this name."""
        reason = name_fault(name)
        if reason:
            raise GraphError(reason)
        if name in self.nodes:
            raise GraphError(f"There is a node named {name} already. Choose another name.")

    def fresh_name(self, stem: str) -> str:
        """A free name from a stem: conv1, conv2, …"""
        number = 1
        while f"{stem}{number}" in self.nodes or name_fault(f"{stem}{number}"):
            number += 1
        return f"{stem}{number}"

    def without_loose_links(self) -> Graph:
        """Without links to ports that the nodes no longer have."""
        kept = tuple(k for k in self.links if self._has_ports(k))
        return self if kept == self.links else self._with(self.nodes, kept)

    def _has_ports(self, link: Link) -> bool:
        return not self.port_fault(link)

    def _require_ports(self, link: Link) -> None:
        fault = self.port_fault(link)
        if fault:
            raise GraphError(fault)

    def port_fault(self, link: Link) -> str:
        """Why a link cannot stand, as a sentence; empty where its nodes and ports are there."""
        for name in (link.source, link.target):
            if name not in self.nodes:
                return f"There is no node named {name}."
        outputs = self.nodes[link.source].settings.outputs()
        if link.output not in outputs:
            return f"{link.source} has no output {link.output}; it has {', '.join(outputs) or 'none'}."
        ports = self.nodes[link.target].settings.inputs()
        if not any(_answers(port, link.input) for port in ports):
            return f"{link.target} has no input {link.input}; it has {', '.join(map(_spelled, ports)) or 'none'}."
        return ""

    def with_marks(self, marks: Marks) -> Graph:
        """The same graph with other marks."""
        changed = Graph(self.nodes, self.links, marks)
        changed._share_topology(self)
        return changed

    def _with(self, nodes: Mapping[str, Node], links: tuple[Link, ...]) -> Graph:
        """Other nodes and links, with those of its marks that still belong to something."""
        return Graph(nodes, links, self.marks.kept_by(nodes, links))

    def _share_topology(self, other: Graph) -> None:
        if "topology" in other.__dict__:
            self.__dict__["topology"] = other.__dict__["topology"]


@dataclass(frozen=True)
class Network:
    """The whole document: a graph, a data choice and a recipe.

    ``data`` and ``recipe`` are kept as they stand in the file; ``runtime`` says what they mean. ``search`` has what
    a search goes over of them, as ``recipe.learning_rate``; nodes keep their own.
    """

    graph: Graph = field(default_factory=Graph)
    title: str = ""
    notes: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)
    search: Mapping[str, Mark] = field(default_factory=dict)


# Attributes of torch.nn.Module and of torch.fx.GraphModule, which ONNX export makes of it, and names that the source
# uses for itself: a node of such a name would hide them.
RESERVED = frozenset(
    [
        "self",
        "torch",
        "nn",
        "F",
        "x",
        "total",
        "losses",
        "target",
        "T_destination",
        "add_module",
        "add_submodule",
        "apply",
        "bfloat16",
        "buffers",
        "call_super_init",
        "children",
        "code",
        "compile",
        "cpu",
        "cuda",
        "delete_all_unused_submodules",
        "delete_submodule",
        "double",
        "dump_patches",
        "eval",
        "extra_repr",
        "float",
        "forward",
        "get_buffer",
        "get_extra_state",
        "get_parameter",
        "get_submodule",
        "graph",
        "half",
        "ipu",
        "load_state_dict",
        "meta",
        "modules",
        "mtia",
        "named_buffers",
        "named_children",
        "named_modules",
        "named_parameters",
        "parameters",
        "print_readable",
        "recompile",
        "register_backward_hook",
        "register_buffer",
        "register_forward_hook",
        "register_forward_pre_hook",
        "register_full_backward_hook",
        "register_full_backward_pre_hook",
        "register_load_state_dict_post_hook",
        "register_load_state_dict_pre_hook",
        "register_module",
        "register_parameter",
        "register_state_dict_post_hook",
        "register_state_dict_pre_hook",
        "requires_grad_",
        "set_extra_state",
        "set_submodule",
        "shape_env",
        "share_memory",
        "state_dict",
        "to",
        "to_empty",
        "to_folder",
        "train",
        "training",
        "type",
        "xpu",
        "zero_grad",
    ]
)


def name_fault(name: str) -> str:
    """Why a node cannot bear this name, as a sentence; empty where it can."""
    if not (name.isidentifier() and name.isascii()) or len(name) > 60:
        return f"“{name[:60]}” cannot be a node's name: use letters, digits and _, and begin with a letter."
    if keyword.iskeyword(name) or name in RESERVED or name.startswith("_"):
        return f"“{name}” means something else in PyTorch or Python. Choose another name, such as {name.strip('_')}1."
    return ""


def _ports(settings: NodeType) -> tuple[object, object]:
    return settings.inputs(), settings.outputs()


def _spelled(port: Port) -> str:
    return f"{port.name}1, {port.name}2 and so on" if port.variadic else port.name


def _answers(port: Port, name: str) -> bool:
    if port.variadic:
        number = name.removeprefix(port.name)
        return name.startswith(port.name) and number.isascii() and number.isdigit() and 0 < int(number) < 1000
    return port.name == name


def _ordered(needs: Mapping[str, list[str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    try:
        return tuple(TopologicalSorter(needs).static_order()), ()
    except CycleError as error:
        cycle = tuple(error.args[1][1:])
    waiting = {name: set(sources) for name, sources in needs.items()}
    order: list[str] = []
    ready = [name for name, sources in waiting.items() if not sources]
    followers: dict[str, list[str]] = {}
    for name, sources in waiting.items():
        for source in sources:
            followers.setdefault(source, []).append(name)
    while ready:
        order.append(ready.pop())
        for name in followers.get(order[-1], ()):
            waiting[name].discard(order[-1])
            if not waiting[name]:
                ready.append(name)
    return tuple(order), cycle
