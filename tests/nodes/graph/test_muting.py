"""Muted nodes: they let their first input through, and what trains is the network without them."""

from __future__ import annotations

from itertools import pairwise

import pytest

from nodes.activation import ReLU, Softmax
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.conv import Conv2d
from nodes.graph.check import problems
from nodes.graph.files import read, write
from nodes.graph.infer import infer
from nodes.graph.model import Graph, GraphError, Link, Network, Node
from nodes.graph.muting import with_muting, without_muted
from nodes.graph.remedies import remedies
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss
from nodes.merge import Add
from nodes.recurrent import LSTM
from nodes.reshape import Flatten
from nodes.spec.muted import original
from nodes.spec.node_type import NodeType


def row(*settings: NodeType) -> Graph:
    nodes = {"image": Node(Input(size=(3, 8, 8)))}
    nodes |= {f"n{number}": Node(kind) for number, kind in enumerate(settings, 1)}
    nodes["scores"] = Node(Output())
    names = list(nodes)
    links = [Link(a, nodes[a].settings.outputs()[0], b, "x") for a, b in pairwise(names)]
    return Graph(nodes, tuple(links))


def test_a_muted_node_gives_what_it_gets_and_has_no_weights() -> None:
    graph = with_muting(row(Conv2d(out_channels=16), ReLU()), ["n1"])
    facts = infer(graph).facts
    assert graph.nodes["n1"].is_muted
    assert (facts["n1"].outputs["output"], facts["n1"].weight_count) == ((3, 8, 8), 0)
    assert facts["scores"].outputs["output"] == (3, 8, 8)


def test_muting_again_gives_the_same_graph() -> None:
    graph = row(Conv2d(), ReLU())
    assert with_muting(with_muting(graph, ["n1", "n2"]), ["n1", "n2"]) == graph
    mixed = with_muting(with_muting(graph, ["n1"]), ["n1", "n2"])
    assert [mixed.nodes[name].is_muted for name in ("n1", "n2")] == [True, True]


def test_all_outputs_and_links_stay() -> None:
    graph = Graph({"text": Node(Input(kind="sequence", size=(5, 4))), "lstm1": Node(LSTM())})
    graph = graph.with_link(Link("text", "output", "lstm1", "x"))
    graph = graph.with_node("scores", Node(Output())).with_link(Link("lstm1", "hidden", "scores", "x"))
    muted = with_muting(graph, ["lstm1"])
    assert muted.links == graph.links
    assert infer(muted).facts["scores"].outputs["output"] == (5, 4)


def test_where_the_shape_does_not_fit_a_problem_says_so() -> None:
    graph = row(Conv2d(out_channels=16), Conv2d(out_channels=16))  # image -> n1 -> n2, and n1 + n2
    graph = graph.with_node("add1", Node(Add())).with_link(Link("add1", "output", "scores", "x"))
    graph = graph.with_link(Link("n1", "output", "add1", "x1")).with_link(Link("n2", "output", "add1", "x2"))
    graph = graph.with_link(Link("image", "output", "n2", "x"))
    assert not [p for p in problems(graph, infer(graph)) if p.severity == "error"]
    muted = with_muting(graph, ["n2"])  # 16 channels and 3 do not add up
    assert [p.node for p in problems(muted, infer(muted)) if p.severity == "error"] == ["add1"]


@pytest.mark.parametrize("name", ["image", "scores"])
def test_ends_of_a_network_cannot_be_muted(name: str) -> None:
    with pytest.raises(GraphError, match="cannot be muted"):
        with_muting(row(ReLU()), [name])


def test_a_loss_cannot_be_muted() -> None:
    with pytest.raises(GraphError, match="Set its weight to 0"):
        with_muting(Graph({"loss1": Node(CrossEntropyLoss())}), ["loss1"])


def test_what_can_be_muted_among_others_is() -> None:
    graph = with_muting(row(ReLU()), ["image", "n1", "scores"])
    assert [name for name, node in graph.nodes.items() if node.is_muted] == ["n1"]


def test_a_file_keeps_the_settings_of_a_muted_node() -> None:
    graph = with_muting(row(Conv2d(out_channels=16)), ["n1"])
    opened = read(write(Network(graph)))
    assert opened.network.graph == graph
    assert original(opened.network.graph.nodes["n1"].settings) == Conv2d(out_channels=16)


def test_what_is_left_reads_what_the_muted_node_read() -> None:
    graph = with_muting(row(Conv2d(), ReLU(), Flatten(), Linear()), ["n1", "n2"])
    left = without_muted(graph)
    assert list(left.nodes) == ["image", "n3", "n4", "scores"]
    assert Link("image", "output", "n3", "x") in left.links


def test_nothing_muted_is_the_graph_itself() -> None:
    graph = row(ReLU())
    assert without_muted(graph) is graph


def test_inside_blocks_it_is_left_out_too() -> None:
    body = with_muting(row(Conv2d(out_channels=3), ReLU()), ["n2"])
    left = without_muted(Graph({"block1": Node(Block(body=body))}))
    block = left.nodes["block1"].settings
    assert isinstance(block, Block)
    assert list(block.body.nodes) == ["image", "n1", "scores"]


def test_settings_of_a_muted_node_can_change() -> None:
    graph = with_muting(row(Conv2d()), ["n1"])
    changed = graph.nodes["n1"].settings.replaced(out_channels=7)
    assert original(changed) == Conv2d(out_channels=7)
    assert graph.with_settings("n1", changed).nodes["n1"].is_muted


def test_what_fails_behind_a_muted_node_is_mended_by_unmuting_it() -> None:
    graph = with_muting(row(Flatten(), Linear()), ["n1"])
    inference = infer(graph)
    (problem,) = [p for p in problems(graph, inference) if p.severity == "error"]
    first = remedies(graph, inference, problem)[0]
    assert (problem.node, first.text) == ("n2", "Unmute n1")
    assert first.graph == row(Flatten(), Linear())


def test_rules_about_a_kind_of_layer_do_not_speak_of_a_muted_one() -> None:
    graph = row(Flatten(), Linear(), Softmax())
    graph = graph.with_node("loss1", Node(CrossEntropyLoss())).with_link(Link("n3", "output", "loss1", "prediction"))
    assert [p.node for p in problems(graph, infer(graph)) if "Softmax" in p.fact] == ["loss1"]
    muted = with_muting(graph, ["n3"])
    assert not [p for p in problems(muted, infer(muted)) if "Softmax" in p.fact]
