"""A graph with a node more beside each one whose value is to be seen and that no module of its own tells."""

from __future__ import annotations

from collections.abc import Sequence

from nodes.activation import Identity
from nodes.block import Block
from nodes.boundary import Output
from nodes.graph.model import Graph, Link, Node
from runtime.source import forward_inputs

PROBE = "probed_{}"


def with_output(graph: Graph, name: str) -> Graph | None:
    """With an Output for a node of the canvas; None where it gives nothing, or reads what a loss alone reads."""
    if not graph.nodes[name].settings.outputs():
        return None
    probe, port = PROBE.format(name), graph.nodes[name].settings.outputs()[0]
    changed = graph.with_node(probe, Node(Output())).with_link(Link(name, port, probe, "x"))
    return changed if forward_inputs(changed) == forward_inputs(graph) else None


def with_passage(graph: Graph, path: str) -> tuple[Graph, str] | None:
    """With a layer that lets through what a node within blocks gives, and the path of that layer.

    ``path`` is as the layer table names it: ``stage1.0.add``. None where there is no such node.
    """
    name, _, rest = path.partition(".")
    if name not in graph.nodes:
        return None
    settings = graph.nodes[name].settings
    if not rest:
        return _passed(graph, name)
    if not isinstance(settings, Block):
        return None
    way, inner = _into(settings, rest)
    found = with_passage(settings.body, inner)
    if found is None:
        return None
    body, place = found
    return graph.with_settings(name, settings.replaced(body=body)), f"{name}.{way}{place}"


def _into(block: Block, path: str) -> tuple[str, str]:
    """What of a path within a block names its repetition, and what names a node of the body."""
    parts = path.split(".")
    count = block.over_time + (block.repeat > 1)
    return "".join(f"{part}." for part in parts[:count]), ".".join(parts[count:])


def _passed(graph: Graph, name: str) -> tuple[Graph, str] | None:
    probe = PROBE.format(name)
    if probe in graph.nodes:  # of another repetition
        return graph, probe
    if not graph.nodes[name].settings.outputs():
        return None
    port = graph.nodes[name].settings.outputs()[0]
    links: Sequence[Link] = [link for link in graph.outgoing(name) if link.output == port]
    graph = graph.without_links(links).with_node(probe, Node(Identity())).with_link(Link(name, port, probe, "x"))
    for link in links:
        graph = graph.with_link(link._replace(source=probe, output="output"))
    return graph, probe
