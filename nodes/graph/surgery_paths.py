"""Ways through a network that an operation follows: chains of layers that treat each number or channel alike."""

from __future__ import annotations

from typing import NamedTuple

from nodes.conv import Convolution, TransposedConvolution
from nodes.graph.model import Graph, GraphError, Link, Node
from nodes.graph.surgery_weights import Made
from nodes.linear import Linear
from nodes.normalization import BatchNorm1d, BatchNorm2d, BatchNorm3d
from nodes.spec.elementwise import Elementwise
from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape

Weighted = Convolution | TransposedConvolution | Linear
BatchNorm = BatchNorm1d | BatchNorm2d | BatchNorm3d


class Cut(NamedTuple):
    """An operation on a body: what it is now, and which weights are made anew; others keep names and numbers."""

    graph: Graph
    weights: dict[str, Made]
    is_exact: bool  # evaluation gives the same numbers, to rounding
    words: str  # as an undo step is called


def out_channels(settings: Weighted) -> int:
    """How many features or channels come out."""
    return settings.out_features if isinstance(settings, Linear) else settings.out_channels


def only_follower(graph: Graph, name: str) -> Link | None:
    """The link to the one node that reads this one; None where there are several or none."""
    links = graph.outgoing(name)
    return links[0] if len(links) == 1 else None


def only_source(graph: Graph, name: str) -> Link | None:
    """The link from the one node that this one reads."""
    links = list(graph.incoming(name).values())
    return links[0] if len(links) == 1 else None


def is_elementwise(settings: NodeType) -> bool:
    """Does it treat every number by itself, wherever it stands?"""
    return isinstance(settings, Elementwise)


def with_kind(graph: Graph, name: str, settings: NodeType) -> Graph:
    """Another node type under the same name and at the same place; what a search marked of the old one goes."""
    old = graph.nodes[name]
    return graph.with_node(name, Node(settings, old.x, old.y, old.training))


def known_sizes(shape: Shape, name: str) -> tuple[int, ...]:
    """The sizes as numbers. Raises GraphError where one is not known."""
    sizes = tuple(size for size in shape if isinstance(size, int))
    if len(sizes) < len(shape):
        raise GraphError(f"{name} takes {shape.described()}: its sizes have to be numbers. Set them in the Input.")
    return sizes
