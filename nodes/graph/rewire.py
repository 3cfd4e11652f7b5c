"""Links that follow when nodes come, go or change places: healed, led through a node, moved to another port."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from nodes.boundary import Output
from nodes.graph.check import link_verdict
from nodes.graph.infer import Inference, infer
from nodes.graph.model import Graph, GraphError, Link

PITCH, ROW = 252.0, 96.0  # scene units from one node to the next, beside and below


def healed(graph: Graph, inference: Inference, names: Iterable[str]) -> Graph:
    """The graph without some nodes; what each fed reads what its first input read, where the shapes allow it."""
    gone = set(names)
    left = graph.without(gone)
    known = infer(left, inference, inference.given)
    for link in graph.links:
        if link.source not in gone or link.target in gone:
            continue
        giver = _giver(graph, link, gone)
        bridge = giver and Link(giver.source, giver.output, link.target, link.input)
        if bridge and not link_verdict(left, known, bridge):
            left = left.with_link(bridge)
            known = infer(left, known, known.given)
    return left


def _giver(graph: Graph, link: Link, gone: Collection[str]) -> Link | None:
    """The link that brings what this one carries, behind all nodes that go; None where nothing does."""
    seen: set[str] = set()
    while link.source in gone:
        if link.source in seen:
            return None
        seen.add(link.source)
        links = graph.incoming(link.source)
        first = next((port.name for port in graph.input_ports(link.source) if port.name in links), None)
        if first is None:
            return None
        link = links[first]
    return link


def led_through(graph: Graph, inference: Inference, link: Link, name: str) -> Graph | None:
    """A link with a node put into it; None where the node is wired already, or the shapes do not allow it."""
    settings = graph.nodes[name].settings
    if name in link or graph.outgoing(name) or graph.incoming(name) or isinstance(settings, Output):
        return None
    if settings.is_loss or not settings.outputs():
        return None
    for feed in _feeds(graph, link, name):
        if link_verdict(graph, inference, feed):
            continue
        fed = graph.with_link(feed)
        known = infer(fed, inference, inference.given)
        onward = Link(name, settings.outputs()[0], link.target, link.input)
        if not _breaks(fed, known, inference, onward):
            return fed.with_link(onward)
    return None


def _feeds(graph: Graph, link: Link, name: str) -> Iterator[Link]:
    for port in graph.input_ports(name):
        yield Link(link.source, link.output, name, port.name)


def _breaks(graph: Graph, known: Inference, before: Inference, link: Link) -> bool:
    """Whether a link makes a circle, or an error at its target that was not there before."""
    joined = graph.with_link(link)
    if joined.topology.cycle:
        return True
    after = infer(joined, known, known.given).facts[link.target].error
    return after is not None and str(after) != str(before.facts[link.target].error)


def made_room(graph: Graph, link: Link, name: str) -> Graph:
    """The neighbours moved aside, so that a node stands clear between the two ends of what was one link.

    Along the way the link ran: to the right, or down where its target stood rather below its source.
    """
    source, node, target = (graph.nodes[n] for n in (link.source, name, link.target))
    is_down = target.y - source.y > abs(target.x - source.x)
    pitch = ROW if is_down else PITCH

    def along(x: float, y: float) -> float:
        return y if is_down else x

    first = max(along(node.x, node.y), along(source.x, source.y) + pitch)
    if along(target.x, target.y) < along(source.x, source.y):
        return graph  # it runs back: there is no between
    push = max(0.0, first + pitch - along(target.x, target.y))
    places = {name: (node.x, first) if is_down else (first, node.y)}
    for other in _after(graph, name):
        there = graph.nodes[other]
        if push and along(there.x, there.y) >= along(target.x, target.y):
            places[other] = (there.x, there.y + push) if is_down else (there.x + push, there.y)
    return graph.moved({n: place for n, place in places.items() if place != (graph.nodes[n].x, graph.nodes[n].y)})


def _after(graph: Graph, name: str) -> set[str]:
    """All nodes that a node leads to."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for link in graph.outgoing(waiting.pop()):
            if link.target not in found and link.target != name:
                found.add(link.target)
                waiting.append(link.target)
    return found


def with_source(graph: Graph, inference: Inference, links: Iterable[Link], source: str, output: str) -> Graph:
    """Some links that start at another output instead. Raises GraphError where one of them cannot."""
    moving = list(links)
    left = graph.without_links(moving)
    known = infer(left, inference, inference.given)
    for link in moving:
        other = link._replace(source=source, output=output)
        reason = link_verdict(left, known, other)
        if reason:
            raise GraphError(reason)
        left = left.with_link(other)
        known = infer(left, known, known.given)
    return left


def with_incoming(graph: Graph, names: Mapping[str, str], links: Iterable[Link]) -> Graph:
    """Copies, named by ``names``, fed by what fed the nodes they were copied from, as far as that is there."""
    for link in links:
        if link.target in names and link.source in graph.nodes:
            copy = link._replace(target=names[link.target])
            if not graph.port_fault(copy) and copy.input not in graph.incoming(copy.target):
                graph = graph.with_link(copy)
    return graph
