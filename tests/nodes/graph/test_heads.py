"""The head of a network, and how it is made anew for other classes."""

from __future__ import annotations

from pathlib import Path

import pytest

import resources
from nodes.activation import ReLU
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.conv import Conv2d
from nodes.graph.files import load
from nodes.graph.heads import head_nodes, thawed, with_new_head
from nodes.graph.infer import infer
from nodes.graph.model import Graph, GraphError, Link, Node
from nodes.linear import Linear
from nodes.spec.training import NodeTraining

EXAMPLES = Path(resources.__file__).parent / "networks"
FROZEN = NodeTraining(frozen=True)


def example(name: str) -> Graph:
    return load(EXAMPLES / f"{name}.netw").network.graph


def blocked() -> Graph:
    """x -> a block of two Linears -> result."""
    body = Graph().with_node("x_in", Node(Input(kind="vector", size=(8,)))).with_node("a", Node(Linear(4)))
    body = body.with_node("b", Node(Linear(3))).with_node("out", Node(Output()))
    for source, target in (("x_in", "a"), ("a", "b"), ("b", "out")):
        body = body.with_link(Link(source, "output", target, "x"))
    graph = Graph().with_node("x", Node(Input(kind="vector", size=(8,)))).with_node("head", Node(Block("Head", body)))
    graph = graph.with_node("result", Node(Output()))
    return graph.with_link(Link("x", "output", "head", "x_in")).with_link(Link("head", "out", "result", "x"))


@pytest.mark.parametrize(
    ("name", "head"),
    [("resnet20", ("fc",)), ("lenet5", None), ("classify_and_locate", None), ("googlenet", None)],
)
def test_nothing_with_weights_comes_after_a_head(name: str, head: tuple[str, ...] | None) -> None:
    graph = example(name)
    found = head_nodes(graph)
    assert found
    assert head is None or found == head
    for one in found:
        later = {link.target for link in graph.outgoing(one)}
        assert not any(infer(graph).facts[node].weights for node in later)


def test_new_head_gives_other_scores_and_the_trunk_stays() -> None:
    before = example("resnet20")
    after = with_new_head(before, 5)
    assert infer(after).facts["fc"].outputs["output"] == (5,)
    assert {name for name in after.nodes if after.nodes[name] is not before.nodes[name]} == {"fc"}


def test_every_head_of_classes_is_made_anew_and_no_other() -> None:
    graph = with_new_head(example("classify_and_locate"), 7)
    sizes = sorted(int(infer(graph).facts[name].outputs["output"][0]) for name in head_nodes(graph))
    assert 7 in sizes
    assert 4 in sizes  # where the thing lies


def test_a_convolution_can_be_the_head() -> None:
    graph = with_new_head(example("unet"), 3)
    [head] = head_nodes(graph)
    settings = graph.nodes[head].settings
    assert isinstance(settings, Conv2d)
    assert settings.out_channels == 3


def test_the_head_in_a_block_is_found() -> None:
    graph = with_new_head(blocked(), 9)
    block = graph.nodes["head"].settings
    assert isinstance(block, Block)
    assert [block.body.nodes[name].settings for name in ("a", "b")] == [Linear(4), Linear(9)]


def test_without_a_layer_of_scores_it_is_refused_in_words() -> None:
    graph = Graph().with_node("x", Node(Input(size=(1, 8, 8)))).with_node("r", Node(ReLU()))
    with pytest.raises(GraphError, match="Add a Linear"):
        with_new_head(graph.with_link(Link("x", "output", "r", "x")), 3)


def test_thawed_reaches_into_blocks() -> None:
    graph = blocked()
    block = graph.nodes["head"].settings
    assert isinstance(block, Block)
    frozen = graph.with_settings("head", block.replaced(body=block.body.with_training("a", FROZEN)))
    frozen = frozen.with_training("head", FROZEN)
    for names in (["head"], ["head.a", "head"]):
        inner = thawed(frozen, names).nodes["head"]
        assert not inner.training.frozen
        assert isinstance(inner.settings, Block)
        assert not inner.settings.body.nodes["a"].training.frozen
    assert thawed(frozen, ["fc"]) == frozen
