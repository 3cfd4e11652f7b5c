"""Bodies of blocks by their way from the whole network: read, put back, compared, and inferred as they are fed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping

from nodes.block import Block
from nodes.graph.infer import Inference, infer
from nodes.graph.inner import batch_inside
from nodes.graph.model import Graph, GraphError
from nodes.graph.problem import Problem
from nodes.spec.shapes import Shape, ShapeError

Way = tuple[str, ...]  # names of block nodes, from the whole network inwards; empty: the network itself


def block_of(graph: Graph, name: str) -> Block:
    """The block that a node is. Raises GraphError where it is none."""
    node = graph.nodes.get(name)
    if node is None or not isinstance(node.settings, Block):
        raise GraphError(f"{name} is no block, so there is nothing inside. Choose a block.")
    return node.settings


def body_at(graph: Graph, way: Way) -> Graph:
    """The body that a way leads to. Raises GraphError where a block on it is not there."""
    for name in way:
        graph = block_of(graph, name).body
    return graph


def walkable(graph: Graph, way: Way) -> Way:
    """The part of a way that is there."""
    for number, name in enumerate(way):
        node = graph.nodes.get(name)
        if node is None or not isinstance(node.settings, Block):
            return way[:number]
        graph = node.settings.body
    return way


def with_body_at(graph: Graph, way: Way, body: Graph) -> Graph:
    """The whole with another body at the end of a way. Links outside follow a port that was renamed.

    Raises SettingError where the block could not hold that body.
    """
    if not way:
        return body
    name, rest = way[0], way[1:]
    return _with_body(graph, name, with_body_at(block_of(graph, name).body, rest, body))


def with_bodies_at(graph: Graph, ways: Iterable[Way], body: Graph) -> Graph:
    """The whole with the same body at the end of several ways, none of which leads through another."""
    for way in ways:
        graph = with_body_at(graph, way, body)
    return graph


def _with_body(graph: Graph, name: str, body: Graph) -> Graph:
    node, block = graph.nodes[name], block_of(graph, name)
    changed = dataclasses.replace(node, settings=block.replaced(body=body))
    renamed = _renamed_ports(block.body, body)
    if not renamed:
        return graph.with_node(name, changed)
    links = tuple(
        link._replace(
            output=renamed.get(link.output, link.output) if link.source == name else link.output,
            input=renamed.get(link.input, link.input) if link.target == name else link.input,
        )
        for link in graph.links
    )
    bends = {
        after: graph.marks.bends[link]
        for link, after in zip(graph.links, links, strict=True)
        if link in graph.marks.bends
    }
    marks = dataclasses.replace(graph.marks, bends=bends)
    return Graph({**graph.nodes, name: changed}, links, marks).without_loose_links()


def _renamed_ports(before: Graph, after: Graph) -> Mapping[str, str]:
    """Nodes that have another name now; a rename leaves the node itself as it is."""
    new = [name for name in after.nodes if name not in before.nodes]
    gone = [name for name in before.nodes if name not in after.nodes]
    return {old: name for old in gone for name in new if before.nodes[old] is after.nodes[name]}


def ways_like(graph: Graph, structures: Iterable[object]) -> Iterator[Way]:
    """The ways to all bodies of the given structures. It looks no further inside those it found."""
    wanted = tuple(structures)
    waiting: list[tuple[Way, Graph]] = [((), graph)]
    while waiting:
        way, whole = waiting.pop()
        for name, node in whole.nodes.items():
            if not isinstance(node.settings, Block):
                continue
            inner = (*way, name)
            if node.settings.body.structure in wanted:
                yield inner
            else:
                waiting.append((inner, node.settings.body))


def given_at(inference: Inference, way: Way) -> Mapping[str, Shape]:
    """The shapes that arrive at the Input nodes of the body a way leads to, as far as they are known."""
    given: Mapping[str, Shape] = {}
    for block, inputs in _arrivals(inference, way):
        given = _given(block, inputs)
    return given


def batch_at(inference: Inference, way: Way, batch: int) -> int:
    """How many samples the body that a way leads to gets at once, of so many in a batch; 0: not known."""
    for block, inputs in _arrivals(inference, way):
        batch = batch_inside(block, tuple(inputs.values()), batch)
    return batch


def _arrivals(inference: Inference, way: Way) -> Iterator[tuple[Block, Mapping[str, Shape]]]:
    """The blocks on a way, with what arrives at their ports."""
    for number, name in enumerate(way):
        block, inputs = block_of(inference.graph, name), inference.facts[name].inputs
        yield block, inputs
        if number < len(way) - 1:
            inference = infer(block.body, given=_given(block, inputs))


def _given(block: Block, inputs: Mapping[str, Shape]) -> Mapping[str, Shape]:
    try:
        return {port: block.arriving(shape)[0] for port, shape in inputs.items()}
    except ShapeError:
        return {}


def place_of(inference: Inference, problem: Problem) -> tuple[Way, str]:
    """Where a problem of a graph lies: the way to the body, and the node there."""
    if problem.within:
        return (problem.node, *problem.within[:-1]), problem.within[-1]
    if problem.severity == "error" and problem.node in inference.graph.nodes:
        return _faulty_way(inference, problem.node)
    return (), problem.node


def _faulty_way(inference: Inference, name: str) -> tuple[Way, str]:
    """Where the fault of a block really lies: the way to the innermost body with one, and the node there."""
    way: Way = ()
    while True:
        settings, facts = inference.graph.nodes[name].settings, inference.facts[name]
        if not isinstance(settings, Block) or facts.error is None:
            return way, name
        inside = infer(settings.body, given=_given(settings, facts.inputs))
        inner = next((n for n in inside.graph.topology.order if inside.facts[n].error), "")
        if not inner:
            return way, name
        way, name, inference = (*way, name), inner, inside
