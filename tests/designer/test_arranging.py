"""Tidying, aligning and spreading nodes: each is one step that can be undone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from designer.canvas.arranging import Arranger, aligned, distributed, tidied
from designer.canvas.geometry import NODE_HEIGHT, NODE_WIDTH, node_rect
from nodes.activation import ReLU
from nodes.graph.model import Graph, Node
from tests.designer.drawing import Hand


def scattered() -> Graph:
    return Graph({"a": Node(ReLU(), 0, 0), "b": Node(ReLU(), 300, 50), "c": Node(ReLU(), 900, 20)})


@pytest.mark.parametrize(
    ("side", "edges"),
    [
        ("left", [0, 0, 0]),
        ("right", [900, 900, 900]),
        ("centre", [450, 450, 450]),
    ],
)
def test_sides_come_to_one_line(side: str, edges: list[float]) -> None:
    places = aligned(side)(scattered(), "abc")
    assert [places[name][0] for name in "abc"] == edges
    assert [places[name][1] for name in "abc"] == [0, 50, 20]


def test_tops_bottoms_and_middles_come_to_one_line() -> None:
    assert {place[1] for place in aligned("top")(scattered(), "abc").values()} == {0}
    assert {place[1] for place in aligned("bottom")(scattered(), "abc").values()} == {50}
    assert {place[1] for place in aligned("middle")(scattered(), "abc").values()} == {25}


def test_gaps_become_equal_and_the_outermost_stay() -> None:
    places = distributed("x")(scattered(), "abc")
    assert [places[name][0] for name in "abc"] == [0, 450, 900]
    assert distributed("x")(scattered(), "ab") == {}


def test_tidied_nodes_overlap_nowhere_and_their_corner_stays(hand: Hand) -> None:
    graph = hand.canvas.document.graph.moved({"fc1": (10, 10), "relu1": (20, 5)})
    tidy = graph.moved(tidied(graph, graph.nodes))
    boxes = [node_rect(tidy, name) for name in tidy.nodes]
    assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert min(box.left() for box in boxes) == min(node.x for node in graph.nodes.values())
    assert (boxes[0].width(), boxes[0].height()) == (NODE_WIDTH, NODE_HEIGHT)


def test_a_tidy_is_shown_as_it_moves_and_is_one_step(hand: Hand, qtbot: QtBot) -> None:
    document = hand.canvas.document
    document.edit(document.graph.moved({"conv1": (700, 500)}), "Move conv1")
    before, steps = document.graph, document.undo_stack.count()
    arranger = Arranger(hand.canvas)
    with qtbot.waitSignal(document.changed, timeout=2000):
        arranger.tidy()
    assert document.undo_stack.count() == steps + 1
    assert document.undo_stack.undoText() == "Tidy the network"
    item = hand.canvas.canvas_scene.node_items["conv1"]
    assert (item.x(), item.y()) == (document.graph.nodes["conv1"].x, document.graph.nodes["conv1"].y)
    document.undo_stack.undo()
    assert document.graph is before


def test_the_keys_and_menus_tidy_and_align(hand: Hand, qtbot: QtBot) -> None:
    document, actions = hand.canvas.document, hand.canvas.actions_by_name
    document.select(())
    assert not actions["align_left"].isEnabled()
    document.select(("image", "fc1"))
    assert not actions["spread_x"].isEnabled()
    document.edit(document.graph.moved({"fc1": (48, 144)}), "Move fc1")
    with qtbot.waitSignal(document.changed, timeout=2000):
        actions["align_left"].trigger()
    assert document.graph.nodes["fc1"].x == document.graph.nodes["image"].x
    document.select(())
    document.edit(document.graph.moved({"relu1": (9, 99)}), "Move relu1")
    with qtbot.waitSignal(document.changed, timeout=2000):
        hand.press(Qt.Key.Key_L)
    assert document.undo_stack.undoText() == "Tidy the network"
