"""Every difference between two drawings is told, and nothing else."""

from __future__ import annotations

from nodes.activation import ReLU, Tanh
from nodes.block import Block
from nodes.conv import Conv2d
from nodes.graph.differences import differences
from nodes.graph.model import Graph, Link, Node
from nodes.spec.muted import Muted
from nodes.spec.training import NodeTraining


def drawn() -> Graph:
    graph = Graph().with_node("conv", Node(Conv2d(out_channels=8))).with_node("act", Node(ReLU()))
    return graph.with_link(Link("conv", "output", "act", "x"))


def test_the_same_drawing_elsewhere_on_the_canvas_does_not_differ():
    moved = drawn().with_node("conv", Node(Conv2d(out_channels=8), 500, 20))
    assert differences(drawn(), moved).is_empty


def test_settings_and_training_are_told_with_both_values():
    after = drawn().with_settings("conv", Conv2d(out_channels=16, kernel_size=(5, 5)))
    after = after.with_training("conv", NodeTraining(frozen=True))
    (node,) = differences(drawn(), after).nodes
    assert (node.name, node.sort) == ("conv", "changed")
    assert node.settings == {"out_channels": (8, 16), "kernel_size": ((3, 3), (5, 5)), "frozen": (False, True)}


def test_nodes_and_links_that_come_and_go():
    after = drawn().without(["act"]).with_node("more", Node(ReLU())).with_link(Link("conv", "output", "more", "x"))
    found = differences(drawn(), after)
    assert found.names("added") == ("more",)
    assert found.names("removed") == ("act",)
    assert found.linked == (Link("conv", "output", "more", "x"),)
    assert found.unlinked == (Link("conv", "output", "act", "x"),)


def test_another_type_under_the_same_name_is_one_removed_and_one_added():
    found = differences(drawn(), drawn().with_settings("act", Tanh()))
    assert (found.names("added"), found.names("removed")) == (("act",), ("act",))


def test_a_block_tells_what_differs_within():
    inner = drawn()
    before = Graph().with_node("stage", Node(Block("Stage", inner, 2)))
    after = Graph().with_node("stage", Node(Block("Stage", inner.with_settings("conv", Conv2d(out_channels=9)), 3)))
    (node,) = differences(before, after).nodes
    assert node.settings["repeat"] == (2, 3)
    body = next(value for name, value in node.settings.items() if name != "repeat")
    assert body == ("2 nodes", "2 nodes (conv changed)")


def test_muting_is_a_difference():
    muted = drawn().with_settings("act", Muted(ReLU()))
    assert differences(drawn(), muted).nodes[0].settings == {"muted": (False, True)}
