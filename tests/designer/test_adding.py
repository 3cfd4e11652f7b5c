"""Layers added where the cursor is, and at the end of a wire that was pulled into nothing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.chooser import Chooser
from nodes.graph.fitting import fitting_after, fitting_before
from nodes.graph.model import Link
from tests.designer.drawing import Hand


def opened(hand: Hand) -> Chooser:
    chooser = hand.canvas.findChild(Chooser)
    assert chooser is not None
    return chooser


def empty_place(hand: Hand) -> QPoint:
    return QPoint(hand.canvas.viewport().width() - 60, hand.canvas.viewport().height() - 60)


def test_a_double_click_on_nothing_adds_what_is_typed_there(hand: Hand) -> None:
    at = empty_place(hand)
    place = hand.canvas.mapToScene(at)
    before = set(hand.canvas.document.graph.nodes)
    QTest.mouseDClick(hand.canvas.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.keyClicks(opened(hand).field, "relu")
    QTest.keyClick(opened(hand).field, Qt.Key.Key_Return)
    [name] = set(hand.canvas.document.graph.nodes) - before
    node = hand.canvas.document.graph.nodes[name]
    assert node.settings.type_id == "relu"
    assert abs(node.x + 84 - place.x()) <= 12


def test_a_wire_let_go_in_nothing_lists_what_fits_and_joins_it(hand: Hand) -> None:
    source = next(
        name for name, node in hand.canvas.document.graph.nodes.items() if node.settings.type_id == "conv2d"
    )
    start = hand.output(source)
    graph = hand.canvas.document.graph
    hand.drag(start, empty_place(hand))
    options = [option.words for option in opened(hand).options()]
    assert options[0] == "BatchNorm2d"
    assert "Linear" not in options
    QTest.keyClick(opened(hand).field, Qt.Key.Key_Return)
    [name] = set(hand.canvas.document.graph.nodes) - set(graph.nodes)
    assert Link(source, "output", name, "x") in hand.canvas.document.graph.links
    hand.canvas.document.undo_stack.undo()
    assert hand.canvas.document.graph is graph


def test_what_follows_takes_the_value_and_what_precedes_gives_such_a_one(hand: Hand) -> None:
    document = hand.canvas.document
    conv = next(name for name, node in document.graph.nodes.items() if node.settings.type_id == "conv2d")
    after = {declared.type_id for declared, _ in fitting_after(document.graph, document.inference, conv, "output")}
    before = {declared.type_id for declared, _ in fitting_before(document.graph, document.inference, conv, "x")}
    assert {"relu", "max_pool2d", "flatten"} <= after
    assert not {"linear", "lstm", "conv1d"} & after
    assert {"conv2d", "input", "relu"} <= before
    assert not {"output", "lstm", "embedding", "cross_entropy_loss"} & before


def test_a_layer_that_needs_another_in_between_is_found_by_typing_and_brings_what_mends_it(
    hand: Hand, qtbot: QtBot
) -> None:
    hand.drag(hand.output("relu1"), empty_place(hand))
    QTest.keyClicks(opened(hand).field, "linear")
    with qtbot.waitSignal(hand.canvas.trouble) as told:
        QTest.keyClick(opened(hand).field, Qt.Key.Key_Return)
    name = told.args[0]
    assert Link("relu1", "output", name, "x") in hand.canvas.document.graph.links
    (problem,) = (p for p in hand.canvas.document.problems_of(name) if p.severity == "error")
    assert hand.canvas.document.remedies_of(problem)[0].text == f"Insert Flatten before {name}"


def test_a_layer_added_by_keys_alone_follows_the_selected_one(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hand.canvas, "is_pointed_at", lambda: False)
    hand.canvas.document.select(["relu1"])
    hand.canvas.add_at_cursor()
    QTest.keyClicks(opened(hand).field, "maxpool2")
    QTest.keyClick(opened(hand).field, Qt.Key.Key_Return)
    assert Link("relu1", "output", "pool1", "x") in hand.canvas.document.graph.links


def test_a_layer_put_on_the_link_between_neighbours_stands_in_their_row(hand: Hand) -> None:
    scene = hand.canvas.canvas_scene
    middle = (scene.node_items["conv1"].output_spot("output") + scene.node_items["relu1"].input_spot("x")) / 2
    name = hand.canvas.add_node("batch_norm2d", middle)
    nodes = hand.canvas.document.graph.nodes
    assert [(nodes[one].x, nodes[one].y) for one in ("conv1", name, "relu1")] == [(252, 0), (504, 0), (756, 0)]
