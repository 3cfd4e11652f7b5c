"""Small graphs for tests, drawn in one expression."""

from collections.abc import Mapping

from nodes.graph.model import Graph, Link, Node
from nodes.spec.node_type import NodeType


def chain(**settings: NodeType) -> Graph:
    """Nodes one after another: the first output of each feeds the first input of the next."""
    graph = Graph()
    before = ""
    for number, (name, node) in enumerate(settings.items()):
        graph = graph.with_node(name, Node(node, x=252.0 * number))
        if before:
            output = graph.nodes[before].settings.outputs()[0]
            graph = graph.with_link(Link(before, output, name, graph.input_ports(name)[0].name))
        before = name
    return graph


def joined(graph: Graph, links: Mapping[str, str]) -> Graph:
    """More links, as ``{"conv1.output": "add1.x2"}``."""
    for start, end in links.items():
        graph = graph.with_link(Link(*start.split("."), *end.split(".")))
    return graph
