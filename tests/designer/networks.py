"""Small networks to open in a window under test."""

from __future__ import annotations

from nodes.boundary import Input, Output
from nodes.graph.model import Graph, Link, Network, Node
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss
from nodes.reshape import Flatten


def digits_classifier(**recipe: object) -> Network:
    """One Linear layer for the bundled digits: the smallest network that can be trained."""
    nodes = {
        "image": Node(Input(size=(1, 8, 8))),
        "flatten1": Node(Flatten(), 240),
        "linear1": Node(Linear(out_features=10), 480),
        "digit": Node(Output(), 720),
        "loss1": Node(CrossEntropyLoss(), 720, 120),
    }
    links = (
        Link("image", "output", "flatten1", "x"),
        Link("flatten1", "output", "linear1", "x"),
        Link("linear1", "output", "digit", "x"),
        Link("linear1", "output", "loss1", "prediction"),
    )
    return Network(Graph(nodes, links), title="digits", data={"source": "digits"}, recipe=recipe)
