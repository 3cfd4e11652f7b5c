"""The head of a network: its last layers with weights, and how they are made anew for other classes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nodes.block import Block
from nodes.boundary import Output
from nodes.graph.infer import Inference, arguments, infer
from nodes.graph.model import Graph, GraphError, Node

OUTGOING = ("out_features", "out_channels")  # settings that say how many scores come out


def head_nodes(graph: Graph) -> tuple[str, ...]:
    """The nodes with weights after which no other comes on the way to an output or a loss; a block counts as one."""
    return tuple(_heads(infer(graph)))


def with_new_head(graph: Graph, classes: int) -> Graph:
    """The network with so many scores from the layers that its losses of classes judge, in blocks too.

    What else it tells, such as where a thing lies, stays. Raises GraphError where no layer can be changed.
    """
    inference = infer(graph)
    heads = [name for name in _heads(inference) if _is_judged(graph, name)]
    if not heads:
        raise GraphError("No layer with weights leads to scores of classes. Add a Linear and a CrossEntropyLoss.")
    for name in heads:
        graph = graph.with_node(name, _anew(inference, name, classes))
    return graph


def thawed(graph: Graph, names: Iterable[str]) -> Graph:
    """The graph with some nodes, and what is in them, no longer frozen.

    A name leads into blocks by dots; the numbers of repeats are passed over, since they share a body.
    """
    for name in names:
        first, *rest = [part for part in name.split(".") if not part.isdigit()]
        if first in graph.nodes:
            graph = graph.with_node(first, _thawed(graph.nodes[first], ".".join(rest)))
    return graph


def _thawed(node: Node, inner: str) -> Node:
    graph = Graph({"x": node})
    if isinstance(node.settings, Block):
        body = node.settings.body
        graph = graph.with_settings("x", node.settings.replaced(body=thawed(body, [inner] if inner else body.nodes)))
    if node.training.frozen:
        graph = graph.with_training("x", node.training.replaced(frozen=False))
    return graph.nodes["x"]


def _heads(inference: Inference) -> Iterator[str]:
    graph = inference.graph
    weighted = {name for name, node in graph.nodes.items() if _has_weights(inference, name, node)}
    followed: set[str] = set()  # by another with weights
    useful: set[str] = set()  # lead to an output or a loss
    for name in reversed(graph.topology.order):
        for link in graph.outgoing(name):
            if link.target in weighted or link.target in followed:
                followed.add(name)
            if link.target in useful or _is_goal(graph.nodes[link.target]):
                useful.add(name)
    return (name for name in graph.nodes if name in weighted and name in useful and name not in followed)


def _has_weights(inference: Inference, name: str, node: Node) -> bool:
    return bool(inference.facts[name].weights) and not node.settings.is_loss and not node.is_muted


def _is_goal(node: Node) -> bool:
    return node.settings.is_loss or isinstance(node.settings, Output)


def _is_judged(graph: Graph, name: str) -> bool:
    """Does it lead to a loss of classes, or to an output where the network has no losses?"""
    has_losses = any(node.settings.is_loss for node in graph.nodes.values())
    reached, waiting = set[str](), [name]
    while waiting:
        targets = {link.target for link in graph.outgoing(waiting.pop())} - reached
        reached |= targets
        waiting += targets
    found = [graph.nodes[target].settings for target in reached]
    if not has_losses:
        return any(isinstance(settings, Output) for settings in found)
    return any(getattr(settings, "judges_classes", False) for settings in found)


def _anew(inference: Inference, name: str, classes: int) -> Node:
    node = inference.graph.nodes[name]
    graph = Graph({name: node})
    setting = next((known for known in OUTGOING if hasattr(node.settings, known)), None)
    if setting is not None:
        return graph.with_settings(name, node.settings.replaced(**{setting: classes})).nodes[name]
    if not isinstance(node.settings, Block) or node.settings.repeat > 1:
        raise GraphError(
            f"{name} comes last, but how many scores it gives is none of its settings. "
            f"Add a Linear with {classes} outputs after it."
        )
    shapes = [s for s in arguments(node.settings, inference.facts[name].inputs) if s is not None]
    inside, body = node.settings.inside(*shapes), node.settings.body
    for inner in _heads(inside):
        body = body.with_node(inner, _anew(inside, inner, classes))
    return graph.with_settings(name, node.settings.replaced(body=body)).nodes[name]
