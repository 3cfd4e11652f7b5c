"""Muting: which nodes can be switched off, and the graph that is left when they are."""

from __future__ import annotations

from collections.abc import Iterable

from nodes.block import Block
from nodes.boundary import Output
from nodes.graph.model import Graph, GraphError, Link
from nodes.spec.muted import Muted


def with_muting(graph: Graph, names: Iterable[str]) -> Graph:
    """Some nodes muted; unmuted where all of them are muted already. Raises GraphError where none can be."""
    chosen = list(names)
    if all(graph.nodes[name].is_muted for name in chosen):
        for name in chosen:
            settings = graph.nodes[name].settings
            if isinstance(settings, Muted):
                graph = graph.with_settings(name, settings.original)
        return graph
    faults = {name: mute_fault(graph, name) for name in chosen}
    if all(faults.values()):
        raise GraphError(faults[chosen[0]])
    for name in chosen:
        if not faults[name] and not graph.nodes[name].is_muted:
            graph = graph.with_settings(name, Muted(graph.nodes[name].settings))
    return graph


def mute_fault(graph: Graph, name: str) -> str:
    """Why a node cannot be muted, as a sentence; empty where it can."""
    settings = graph.nodes[name].settings
    if isinstance(settings, Output) or not settings.inputs():
        return f"{name} lets nothing through, so it cannot be muted. Delete it, or mute a layer between."
    if settings.is_loss:
        return f"{name} is a loss and lets nothing through. Set its weight to 0 to leave it out of training."
    return ""


def without_muted(graph: Graph) -> Graph:
    """The graph as it computes: muted nodes are gone, inside blocks too, and what they fed reads what they read."""
    nodes = dict(graph.nodes)
    for name, node in graph.nodes.items():
        if isinstance(node.settings, Block) and (body := without_muted(node.settings.body)) is not node.settings.body:
            nodes[name] = Graph({name: node}).with_settings(name, node.settings.replaced(body=body)).nodes[name]
    muted = {name for name, node in graph.nodes.items() if node.is_muted}
    if not muted:
        return graph if nodes == graph.nodes else Graph(nodes, graph.links, graph.marks)
    links = []
    for link in graph.links:
        if link.target in muted:
            continue
        giver = _giver(graph, link, muted)
        if giver is not None:
            links.append(link._replace(source=giver.source, output=giver.output))
    return Graph({name: node for name, node in nodes.items() if name not in muted}, tuple(links))


def _giver(graph: Graph, link: Link, muted: set[str]) -> Link | None:
    """The link that brings what this one carries, behind all muted nodes; None where nothing does."""
    seen: set[str] = set()
    while link.source in muted and link.source not in seen:
        seen.add(link.source)
        first = next((p.name for p in graph.input_ports(link.source)), "")
        before = graph.incoming(link.source).get(first)
        if before is None:
            return None
        link = before
    return link if link.source not in muted else None
