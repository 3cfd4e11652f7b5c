"""Which nodes the weights of a training fit."""

from __future__ import annotations

from itertools import pairwise

from nodes.boundary import Input
from nodes.conv import Conv2d
from nodes.graph.infer import infer
from nodes.graph.model import Graph, Link, Node
from nodes.graph.warmth import warmth
from nodes.linear import Linear
from nodes.reshape import Flatten


def network() -> Graph:
    graph = (
        Graph()
        .with_node("image", Node(Input(size=(1, 8, 8))))
        .with_node("conv1", Node(Conv2d(out_channels=4)))
        .with_node("conv2", Node(Conv2d(out_channels=4)))
        .with_node("flatten1", Node(Flatten()))
        .with_node("fc1", Node(Linear(out_features=10)))
    )
    names = list(graph.nodes)
    for source, target in pairwise(names):
        graph = graph.with_link(Link(source, "output", target, "x"))
    return graph


def test_what_is_as_it_was_trained_is_warm_and_what_has_no_weights_says_nothing() -> None:
    trained = infer(network())
    found = warmth(trained, trained, trained.graph.nodes)
    assert found == {"image": "", "conv1": "warm", "conv2": "warm", "flatten1": "", "fc1": "warm"}


def test_other_settings_and_what_they_feed_are_cold_where_weights_have_other_shapes() -> None:
    graph = network().with_settings("conv1", Conv2d(out_channels=6))
    found = warmth(infer(graph), infer(network()), graph.nodes)
    assert (found["conv1"], found["conv2"], found["fc1"]) == ("cold", "cold", "warm")


def test_a_node_that_was_not_there_is_neither() -> None:
    graph = network().with_node("conv9", Node(Conv2d()))
    assert warmth(infer(graph), infer(network()), ["conv9"]) == {"conv9": ""}
