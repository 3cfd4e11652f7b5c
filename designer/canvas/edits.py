"""What the commands of the canvas do to a graph: Graph -> Graph, without Qt's views."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF

from designer.canvas.geometry import (
    COLUMN,
    GRID,
    NODE_HEIGHT,
    NODE_WIDTH,
    ROW,
    bounding_rect,
    node_rect,
    output_ports,
    snapped,
)
from nodes.graph.check import is_drawable, link_verdict
from nodes.graph.edit import copied, pasted
from nodes.graph.infer import Inference, infer
from nodes.graph.model import Graph, Link, Node
from nodes.graph.rewire import made_room


class NewNode(NamedTuple):
    """A node to place, and what its name begins with."""

    node: Node
    stem: str


def with_new_node(graph: Graph, new: NewNode, place: QPointF) -> tuple[Graph, str]:
    """The graph with a node added at a place on the grid, moved down to where it covers no other; and its name."""
    name = graph.fresh_name(new.stem)
    node = dataclasses.replace(new.node, x=snapped(place.x()), y=snapped(place.y()))
    grown = graph.with_node(name, node)
    box = node_rect(grown, name)
    down = free_shift(graph, box, ROW / 2)
    return grown.moved({name: (box.x(), box.y() + down)}) if down else grown, name


def place_after(graph: Graph, name: str) -> QPointF:
    """Where a node that follows another stands."""
    node = graph.nodes[name]
    return QPointF(node.x + COLUMN, node.y)


def free_output(graph: Graph, name: str) -> str:
    """The first output of a node that feeds nothing yet; empty where all do."""
    taken = {link.output for link in graph.outgoing(name)}
    return next((output for output in output_ports(graph.nodes[name].settings) if output not in taken), "")


def with_following(graph: Graph, inference: Inference, new: NewNode, after: str) -> tuple[Graph, str, Link | None]:
    """The graph with a node right of another, fed by its first free output where that fits or can be mended."""
    grown, name = with_new_node(graph, new, place_after(graph, after))
    free = free_output(graph, after)
    if free:
        known = infer(grown, inference, inference.given)
        ports = [(name, port.name) for port in grown.input_ports(name)]
        link = first_fitting(grown, known, [(after, free)], ports) or _mendable(grown, known, after, free, ports)
        if link is not None:
            return grown.with_link(link), name, link
    return grown, name, None


def with_between(
    graph: Graph, inference: Inference, new: NewNode, link: Link, place: QPointF
) -> tuple[Graph, str, Link | None]:
    """The graph with a node placed on a link and wired into it; beside it where the value does not fit the node.

    What stands around it makes room; only where others still stand there it goes below them.
    """
    grown, name = with_new_node(graph, new, place)
    known, outputs = infer(grown, inference, inference.given), output_ports(new.node.settings)
    ports = [(name, port.name) for port in grown.input_ports(name)]
    feed = first_fitting(grown, known, [(link.source, link.output)], ports)
    if feed is None or not outputs:
        return grown, name, None
    led = grown.with_link(feed).with_link(Link(name, outputs[0], link.target, link.input))
    level = made_room(led.moved({name: (snapped(place.x()), snapped(place.y()))}), link, name)
    is_clear = not free_shift(level.without([name]), node_rect(level, name), ROW / 2)
    return level if is_clear else made_room(led, link, name), name, feed


def _mendable(
    graph: Graph, inference: Inference, source: str, output: str, inputs: list[tuple[str, str]]
) -> Link | None:
    """A link to the one input there is, where the rule of the node knows what would mend it."""
    if len(inputs) != 1:
        return None
    link = Link(source, output, *inputs[0])
    if not is_drawable(graph, link):
        return None
    error = infer(graph.with_link(link), inference, inference.given).facts[link.target].error
    return link if error and error.fixes else None


def first_fitting(
    graph: Graph, inference: Inference, outputs: Iterable[tuple[str, str]], inputs: Iterable[tuple[str, str]]
) -> Link | None:
    """The first link between an output and an input, given as (node, port), that nothing speaks against."""
    ends = list(inputs)
    for source, output in outputs:
        for target, port in ends:
            link = Link(source, output, target, port)
            if not link_verdict(graph, inference, link):
                return link
    return None


def with_fragment(graph: Graph, fragment: Graph, middle: QPointF) -> tuple[Graph, Mapping[str, str]]:
    """The graph with a fragment pasted around a place, clear of what stands there; and the new name of each node."""
    box = _extent(fragment)
    dx = snapped(middle.x() - box.center().x(), GRID)
    dy = snapped(middle.y() - box.center().y(), GRID)
    return pasted(graph, fragment, dx, dy + free_shift(graph, box.translated(dx, dy), GRID))


def with_copy_below(graph: Graph, fragment: Graph) -> tuple[Graph, tuple[str, ...]]:
    """The graph with a fragment of itself once more, below."""
    box = _extent(fragment)
    place = QPointF(box.center().x(), box.center().y() + box.height() + 2 * GRID)
    grown, names = with_fragment(graph, fragment, place)
    return grown, tuple(names.values())


def _extent(fragment: Graph) -> QRectF:
    """The box around the nodes of a fragment; around its notes where it has no nodes."""
    whole = bounding_rect(fragment)
    if whole.isEmpty():
        for note in fragment.marks.notes.values():
            whole = whole.united(QRectF(note.x, note.y, note.width, NODE_HEIGHT))
    return whole


def set_around(graph: Graph, names: Iterable[str], x: float, y: float) -> Graph:
    """The graph with some nodes moved so that their mean stands at a place, and down to where they cover no other."""
    moved = [(name, graph.nodes[name]) for name in names]
    if not moved:
        return graph
    dx = x - sum(node.x for _, node in moved) / len(moved)
    dy = y - sum(node.y for _, node in moved) / len(moved)
    there = graph.moved({name: (node.x + dx, node.y + dy) for name, node in moved})
    rest = there.without(name for name, _ in moved)
    box = bounding_rect(copied(there, [name for name, _ in moved]))
    down = dy + free_shift(rest, box, GRID)
    return graph.moved({name: (node.x + dx, node.y + down) for name, node in moved})


def free_shift(graph: Graph, box: QRectF, step: float) -> float:
    """How far down a box has to move to cover no node."""
    taken = [node_rect(graph, name) for name in graph.nodes]
    taken = [rect for rect in taken if rect.right() > box.left() and rect.left() < box.right()]
    shift = 0.0
    while any(rect.intersects(box.translated(0, shift)) for rect in taken):
        shift += step
    return shift


def centred(place: QPointF) -> QPointF:
    """The corner of a node whose middle is at a place."""
    return place - QPointF(NODE_WIDTH / 2, NODE_HEIGHT / 2)


def named(names: Iterable[str], links: Iterable[Link] = ()) -> str:
    """``conv1``, ``3 nodes``, ``a link``: for the texts of undo steps."""
    nodes, wires = list(names), list(links)
    if len(nodes) == 1 and not wires:
        return nodes[0]
    if nodes:
        return f"{len(nodes)} nodes" if len(nodes) > 1 else f"{nodes[0]} and {len(wires)} links"
    return f"{len(wires)} links" if len(wires) > 1 else "a link"
