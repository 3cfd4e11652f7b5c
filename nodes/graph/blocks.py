"""A selection becomes a block, and a block its nodes again: Graph -> Graph."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence

from nodes.block import Block
from nodes.boundary import AXES_BY_KIND, Input, Output
from nodes.graph.edit import copied, pasted
from nodes.graph.infer import Inference
from nodes.graph.model import Graph, GraphError, Link, Node
from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape
from nodes.spec.training import PENALTIES, NodeTraining

PITCH, ROW = 252.0, 96.0  # from one column and one row of nodes to the next, in scene units
Value = tuple[str, str]  # node and output port


def grouped(graph: Graph, inference: Inference, names: Iterable[str], title: str = "Block") -> tuple[Graph, str]:
    """The selection as one block, wired as its nodes were, and the block's node name.

    Raises GraphError for what cannot stand in a block, or where a way leaves the selection and comes back.
    """
    inside = [name for name in graph.nodes if name in set(names)]
    _require_groupable(graph, inside)
    entering = _entering(graph, inside)
    leaving = _leaving(graph, inside)
    body = copied(graph, inside)
    left, right = min(node.x for node in body.nodes.values()), max(node.x for node in body.nodes.values())
    rows = _Rows()
    ports: dict[Value, str] = {}
    for value, ends in entering.items():
        ports[value] = port = _free(body, value[0] if value[1] else ends[0].target)
        settings = _input_like(inference.facts[value[0]].outputs.get(value[1]) if value[1] else None)
        body = body.with_node(port, Node(settings, left - PITCH, rows.beside(graph.nodes[ends[0].target])))
        for end in ends:
            body = body.with_link(Link(port, "output", end.target, end.input))
    results: dict[Value, str] = {}
    rows = _Rows()
    for value in leaving:
        results[value] = port = _free(body, "result" if len(leaving) == 1 else f"{value[0]}_result")
        body = body.with_node(port, Node(Output(), right + PITCH, rows.beside(graph.nodes[value[0]])))
        body = body.with_link(Link(*value, port, "x"))
    block = Block(title, body)
    rest = graph.without(inside)
    name = rest.fresh_name(re.sub(r"\d+$", "", title.lower()) or "block")
    centre = [graph.nodes[n] for n in inside]
    place = sum(n.x for n in centre) / len(centre), sum(n.y for n in centre) / len(centre)
    rest = rest.with_node(name, Node(block, *place))
    for value, port in ports.items():
        if value[1]:
            rest = rest.with_link(Link(*value, name, port))
    for value, port in results.items():
        for link in graph.outgoing(value[0]):
            if link.output == value[1] and link.target not in inside:
                rest = rest.with_link(Link(name, port, link.target, link.input))
    if rest.topology.cycle:
        raise GraphError(
            "A way leaves the selection and comes back, so it cannot be one block. Select what lies between, too."
        )
    return rest, name


def dissolved(graph: Graph, name: str) -> tuple[Graph, tuple[str, ...]]:
    """The block's nodes in its place, once for each repetition, and their names."""
    node = graph.nodes[name]
    block = node.settings
    if not isinstance(block, Block):
        raise GraphError(f"{name} is no block, so there is nothing to dissolve.")
    if block.over_time:
        raise GraphError(
            f"{name} goes over each step of a sequence, which its nodes by themselves would not. "
            "Turn over_time off before you dissolve it."
        )
    inner = [n for n, part in block.body.nodes.items() if not isinstance(part.settings, Input | Output)]
    fragment = _trained_alike(copied(block.body, inner), node.training)
    sources = {link.input: (link.source, link.output) for link in graph.incoming(name).values()}
    rest = graph.without([name])
    placed: list[str] = []
    xs, ys = [n.x for n in fragment.nodes.values()] or [0.0], [n.y for n in fragment.nodes.values()] or [0.0]
    results: dict[str, Value] = {}
    for turn in range(block.repeat):
        shift = node.x - min(xs) + turn * (max(xs) - min(xs) + PITCH)
        rest, names = pasted(rest, fragment, shift, node.y - min(ys))
        placed += names.values()
        rest = _wired_inputs(rest, block, names, sources)
        results = _results(block, names, sources)
        sources = dict(zip((port.name for port in block.inputs()), results.values(), strict=False))
    for link in graph.outgoing(name):
        if link.output in results:
            rest = rest.with_link(Link(*results[link.output], link.target, link.input))
    return rest, tuple(placed)


def _trained_alike(body: Graph, outer: NodeTraining) -> Graph:
    """The nodes of a body, trained as they were inside a block that is trained in a way of its own."""
    if outer.is_plain:
        return body
    for name, node in body.nodes.items():
        if type(node.settings).weights is NodeType.weights:
            continue
        own = node.training
        together = dataclasses.replace(
            own,
            frozen=own.frozen or outer.frozen,
            learning_rate_factor=min(own.learning_rate_factor * outer.learning_rate_factor, 1000.0),
            **{name: getattr(outer if getattr(own, name) is None else own, name) for name in PENALTIES},
        )
        body = body.with_training(name, together)
    return body


class _Rows:
    """Where ports stand, each beside what it is wired to and clear of the one before."""

    def __init__(self) -> None:
        self._taken: set[float] = set()

    def beside(self, node: Node) -> float:
        y = node.y
        while any(abs(y - other) < ROW for other in self._taken):
            y += ROW
        self._taken.add(y)
        return y


def _wired_inputs(graph: Graph, block: Block, names: Mapping[str, str], sources: dict[str, Value]) -> Graph:
    for link in block.body.links:
        if link.source in sources and link.target in names:
            graph = graph.with_link(Link(*sources[link.source], names[link.target], link.input))
    return graph


def _results(block: Block, names: Mapping[str, str], sources: dict[str, Value]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for output in block.outputs():
        link = block.body.incoming(output).get("x")
        if link and link.source in names:
            found[output] = (names[link.source], link.output)
        elif link and link.source in sources:
            found[output] = sources[link.source]
    return found


def _require_groupable(graph: Graph, inside: Sequence[str]) -> None:
    if not inside:
        raise GraphError("Select the nodes that shall become a block first.")
    for name in inside:
        settings = graph.nodes[name].settings
        if isinstance(settings, Input | Output) or settings.is_loss:
            raise GraphError(
                f"{name} ({settings.title}) belongs to the whole network. Leave it out of the selection."
            )


def _entering(graph: Graph, inside: Sequence[str]) -> dict[Value, list[Link]]:
    """What comes in from outside, and where it goes; an unwired input is a value without an output port."""
    found: dict[Value, list[Link]] = {}
    for name in inside:
        links = graph.incoming(name)
        for port in graph.input_ports(name):
            link = links.get(port.name)
            if link is None and not port.optional:
                found[f"{name}.{port.name}", ""] = [Link("", "", name, port.name)]
            elif link is not None and link.source not in inside:
                found.setdefault((link.source, link.output), []).append(link)
    return found


def _leaving(graph: Graph, inside: Sequence[str]) -> list[Value]:
    """What is used outside; where nothing is, the ends of the selection."""
    used = dict.fromkeys(
        (link.source, link.output) for name in inside for link in graph.outgoing(name) if link.target not in inside
    )
    ends = [
        (n, outputs[0]) for n in inside if not graph.outgoing(n) and (outputs := graph.nodes[n].settings.outputs())
    ]
    return list(dict.fromkeys([*used, *ends]))


def _free(graph: Graph, name: str) -> str:
    return graph.fresh_name(re.sub(r"\d+$", "", name)) if name in graph.nodes else name


def _input_like(shape: Shape | None) -> Input:
    kinds = {axes: kind for kind, axes in AXES_BY_KIND.items()}
    if shape is None or shape.axes not in kinds or not shape.is_known:
        return Input()
    return Input(kinds[shape.axes], tuple(s for s in shape if isinstance(s, int)), shape.values)
