"""Edits that take several nodes at once: Graph -> Graph."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping

from nodes.graph.model import Graph, Link, Node


def copied(graph: Graph, names: Iterable[str]) -> Graph:
    """Some nodes and the links among them."""
    wanted = set(names)
    return Graph(
        {name: node for name, node in graph.nodes.items() if name in wanted},
        tuple(k for k in graph.links if k.source in wanted and k.target in wanted),
    )


def pasted(graph: Graph, fragment: Graph, dx: float, dy: float) -> tuple[Graph, Mapping[str, str]]:
    """The graph with a fragment added, shifted by dx, dy in scene units.

    Also the new name of each of the fragment's nodes: its own where it is free, else the next number.
    """
    nodes: dict[str, Node] = dict(graph.nodes)
    names: dict[str, str] = {}
    for name, node in fragment.nodes.items():
        names[name] = name if name not in nodes else Graph(nodes).fresh_name(re.sub(r"\d+$", "", name) or "node")
        nodes[names[name]] = dataclasses.replace(node, x=node.x + dx, y=node.y + dy)
    links = tuple(Link(names[k.source], k.output, names[k.target], k.input) for k in fragment.links)
    return Graph(nodes, graph.links + links), names
