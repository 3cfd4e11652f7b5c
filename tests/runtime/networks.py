"""Small networks that the tests of training share."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nodes.activation import ReLU
from nodes.boundary import Input, Output
from nodes.conv import Conv2d
from nodes.dropout import Dropout
from nodes.graph.model import Graph, Link, Network, Node
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss
from nodes.pooling import MaxPool2d
from nodes.reshape import Flatten
from nodes.spec.node_type import NodeType
from runtime.runs import create_run

QUICK = {"epochs": 2, "batch_size": 32, "device": "cpu"}


def chained(image: Input, *layers: tuple[str, NodeType], loss: NodeType | None = None) -> Graph:
    """Input -> layers -> output, with a loss on the last layer."""
    graph = Graph().with_node("image", Node(image))
    previous = "image"
    for name, settings in layers:
        port = settings.inputs()[0].name
        graph = graph.with_node(name, Node(settings)).with_link(Link(previous, "output", name, port))
        previous = name
    graph = graph.with_node("scores", Node(Output())).with_link(Link(previous, "output", "scores", "x"))
    graph = graph.with_node("loss", Node(loss or CrossEntropyLoss()))
    return graph.with_link(Link(previous, "output", "loss", "prediction"))


def digits_graph(classes: int = 10) -> Graph:
    """Convolution, ReLU, dropout and one linear layer for 8 × 8 digits."""
    return chained(
        Input(size=(1, 8, 8)),
        ("conv", Conv2d(out_channels=4, kernel_size=(3, 3))),
        ("relu", ReLU()),
        ("flatten", Flatten()),
        ("dropout", Dropout(p=0.2)),
        ("fc", Linear(out_features=classes)),
    )


def lenet5_graph() -> Graph:
    """LeNet-5 as it is drawn today: ReLU and max pooling, for 28 × 28 pictures."""
    return chained(
        Input(size=(1, 28, 28)),
        ("conv1", Conv2d(out_channels=6, kernel_size=(5, 5), padding=(2, 2))),
        ("relu1", ReLU()),
        ("pool1", MaxPool2d()),
        ("conv2", Conv2d(out_channels=16, kernel_size=(5, 5))),
        ("relu2", ReLU()),
        ("pool2", MaxPool2d()),
        ("flatten", Flatten()),
        ("fc1", Linear(out_features=120)),
        ("relu3", ReLU()),
        ("fc2", Linear(out_features=84)),
        ("relu4", ReLU()),
        ("fc3", Linear(out_features=10)),
    )


def digits_run(root: Path, data: Mapping[str, Any] | None = None, **recipe: Any) -> Path:
    """A run folder for the digits, ready to be trained."""
    network = Network(digits_graph(), "digits", data=data or {}, recipe={**QUICK, **recipe})
    return create_run(root, network)
