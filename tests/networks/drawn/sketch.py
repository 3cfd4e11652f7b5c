"""Sketch: draws a graph line by line, as one would say it; places come from the layout."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.graph.infer import infer
from nodes.graph.layout import laid_out
from nodes.graph.model import Graph, Link, Network, Node
from nodes.loss import CrossEntropyLoss
from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape

IMAGENET: Mapping[str, Any] = {"source": "pictures"}
"""A folder with one subfolder for each class."""

CIFAR10: Mapping[str, Any] = {"source": "torchvision:CIFAR10", "validation": 0.1}
"""Downloaded once."""

PICTURES_HINT = (
    "Set the data source to a folder with one subfolder of pictures for each class, and out_features of the last "
    "layer to the number of classes."
)


class Sketch:
    """A graph in the making. ``end`` is where the next node is linked to, as ``node`` or ``node.port``."""

    def __init__(self, **inputs: Input) -> None:
        self.graph, self.end = Graph(), ""
        for name, settings in inputs.items():
            self.graph = self.graph.with_node(name, Node(settings))
            self.end = self.end or name

    def then(self, *settings: NodeType, **named: NodeType) -> Sketch:
        """Nodes after each other, each fed by the one before; those without a name get the next number."""
        for one in settings:
            self.put(self.graph.fresh_name(one.stem), one, self.end)
        for name, one in named.items():
            self.put(name, one, self.end)
        return self

    def put(self, name: str, settings: NodeType, *sources: str, **ports: str) -> Sketch:
        """One node, fed at its ports in their order, or at ports by name."""
        self.graph = self.graph.with_node(name, Node(settings))
        for number, source in enumerate(sources):
            first = settings.inputs()[0]
            port = f"{first.name}{number + 1}" if first.variadic else settings.inputs()[number].name
            self.link(source, name, port)
        for port, source in ports.items():
            self.link(source, name, port)
        self.end = name
        return self

    def link(self, source: str, target: str, port: str) -> Sketch:
        node, _, output = source.partition(".")
        output = output or self.graph.nodes[node].settings.outputs()[0]
        self.graph = self.graph.with_link(Link(node, output, target, port))
        return self

    def at(self, end: str) -> Sketch:
        """Goes on from another node."""
        self.end = end
        return self

    def judged(self, result: str, loss: NodeType | None = None, name: str = "loss") -> Sketch:
        """With an Output behind the scores, and below it a loss."""
        scores = self.end
        return self.put(result, Output(), scores).put(name, loss or CrossEntropyLoss(), scores).at(scores)

    def drawn(self, wrap: int = 0, starts: Collection[str] = ()) -> Graph:
        """The graph with its nodes in place."""
        return self.graph.moved(laid_out(self.graph, wrap=wrap, starts=starts))

    def block(self, name: str, repeat: int = 1) -> Block:
        """As the body of a block; what stands at the end is its result."""
        if not any(isinstance(node.settings, Output) for node in self.graph.nodes.values()):
            self.then(result=Output())
        return Block(name, self.drawn(), repeat)


def image(*size: int) -> Input:
    return Input("image", size)


def network(graph: Graph, title: str, notes: str, recipe: Mapping[str, Any]) -> Network:
    """A classifier of pictures; those of CIFAR-10 where they are 32 × 32 and of ten classes."""
    if _suits_cifar10(graph):
        return Network(graph, title, notes, data=CIFAR10, recipe=recipe)
    return Network(graph, title, f"{notes} {PICTURES_HINT}", data=IMAGENET, recipe=recipe)


def _suits_cifar10(graph: Graph) -> bool:
    facts = infer(graph).facts
    sizes = [facts[n].outputs["output"] for n, node in graph.nodes.items() if isinstance(node.settings, Input)]
    scores = [facts[n].inputs["x"] for n, node in graph.nodes.items() if isinstance(node.settings, Output)]
    return sizes == [Shape(3, 32, 32)] and scores == [Shape(10)]
