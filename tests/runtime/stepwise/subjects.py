"""Networks that the stepwise questions are asked of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nodes.activation import ReLU, Sigmoid, Tanh
from nodes.boundary import Input
from nodes.graph.model import Graph, Network
from nodes.linear import Linear
from nodes.reshape import Flatten
from nodes.spec.node_type import NodeType
from nodes.spec.training import NodeTraining
from runtime.stepwise.subject import Subject
from tests.runtime.networks import chained, digits_graph

ACTIVATIONS: Mapping[str, type[NodeType]] = {"tanh": Tanh, "relu": ReLU, "sigmoid": Sigmoid}


def deep(kind: str, layers: int = 6, width: int = 64, **training: Any) -> Graph:
    """The course's experiment: equal layers with an activation after each, on the digits."""
    rows: list[tuple[str, NodeType]] = [("flatten", Flatten())]
    for number in range(1, layers + 1):
        rows += [(f"fc{number}", Linear(out_features=width)), (f"act{number}", ACTIVATIONS[kind]())]
    graph = chained(Input(size=(1, 8, 8)), *rows, ("last", Linear(out_features=10)))
    for number in range(1, layers + 1):
        graph = graph.with_training(f"fc{number}", NodeTraining(**training))
    return graph


def subject_of(graph: Graph | None = None, data: Mapping[str, Any] | None = None, **recipe: Any) -> Subject:
    """A network on the digits, as a file would hold it."""
    network = Network(
        digits_graph() if graph is None else graph, "test", data=data or {}, recipe={"device": "cpu", **recipe}
    )
    return Subject(network, Path())
