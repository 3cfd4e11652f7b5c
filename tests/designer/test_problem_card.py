"""The card beside a node with a problem: opened, read, used and closed as a user does."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

from designer.canvas.node_item import BADGE_BOX
from designer.problem_walk import ProblemWalk
from nodes.graph.remedies import Remedy, remedies
from tests.designer.drawing import LEFT, Hand


def give_two(graph, _inference, problem, *_):
    """One remedy that makes the kernel smaller, and one that takes the node away."""
    settings = graph.nodes["conv1"].settings.replaced(kernel_size=(5, 5))
    smaller = graph.with_settings("conv1", settings)
    return (
        Remedy("Set kernel_size to 5", "+0 weights", smaller),
        Remedy("Remove conv1", "", graph.without(("conv1",))),
    )


@pytest.fixture(autouse=True)
def offered(monkeypatch):
    monkeypatch.setattr("designer.document.remedies", give_two)


@pytest.fixture
def walk(hand: Hand):
    """conv1 has a kernel larger than its input."""
    document = hand.canvas.document
    wrong = document.graph.nodes["conv1"].settings.replaced(kernel_size=(40, 40))
    document.edit(document.graph.with_settings("conv1", wrong), "Break it")
    return ProblemWalk(hand.canvas)


def badge(hand: Hand, name: str) -> QPoint:
    return hand.at(hand.canvas.canvas_scene.node_items[name].pos() + BADGE_BOX.center())


def test_a_click_on_the_badge_opens_the_card_with_fact_and_remedies(hand, walk):
    hand.click(badge(hand, "conv1"))
    assert walk.card.isVisible()
    assert "40" in walk.card.fact.text()
    assert [button.remedy.text for button in walk.card.remedies.buttons] == ["Set kernel_size to 5", "Remove conv1"]
    assert hand.canvas.document.selection == ("conv1",)


def test_one_click_mends_as_one_step_that_undo_takes_back(qtbot, hand, walk):
    document = hand.canvas.document
    hand.click(badge(hand, "conv1"))
    steps = document.undo_stack.count()
    qtbot.mouseClick(walk.card.remedies.buttons[0], LEFT)
    assert document.graph.nodes["conv1"].settings.kernel_size == (5, 5)
    assert document.undo_stack.count() == steps + 1
    assert document.undo_stack.undoText() == "Set kernel_size to 5"
    assert not walk.card.isVisible()
    document.undo_stack.undo()
    assert document.graph.nodes["conv1"].settings.kernel_size == (40, 40)


def test_one_goes_on_from_the_node_that_was_mended_not_from_what_was_inserted(hand, walk, monkeypatch):
    monkeypatch.setattr("designer.document.remedies", remedies)
    hand.canvas.document.undo_stack.undo()
    hand.drag(hand.output("relu1"), hand.input("fc1"))
    assert walk.card.show_node("fc1")
    walk.card.remedies.buttons[0].click()
    assert "flatten1" in hand.canvas.document.graph.nodes
    assert hand.canvas.document.selection == ("fc1",)


def test_a_remedy_keeps_what_was_drawn_after_it_was_offered(qtbot, hand, walk):
    document = hand.canvas.document
    hand.click(badge(hand, "conv1"))
    document.edit(document.graph.moved({"scores": (900, 900)}), "Move scores")
    qtbot.mouseClick(walk.card.remedies.buttons[0], LEFT)
    assert document.graph.nodes["conv1"].settings.kernel_size == (5, 5)
    assert document.graph.nodes["scores"].x == 900


def test_escape_closes_it_and_keeps_the_selection(hand, walk):
    hand.click(badge(hand, "conv1"))
    hand.press(Qt.Key.Key_Escape)
    assert not walk.card.isVisible()
    assert hand.canvas.document.selection == ("conv1",)


def test_a_click_elsewhere_closes_it(hand, walk):
    hand.click(badge(hand, "conv1"))
    hand.click(hand.canvas.viewport().rect().topRight() - QPoint(8, -8))
    assert not walk.card.isVisible()


def test_it_closes_once_the_problem_is_gone(hand, walk):
    hand.click(badge(hand, "conv1"))
    hand.canvas.document.undo_stack.undo()
    assert not walk.card.isVisible()


@pytest.mark.parametrize("zoom", [0.15, 0.5, 1.0, 3.0])
def test_it_stands_whole_inside_the_view_at_every_zoom(hand, walk, zoom):
    walk.go(1)
    hand.canvas.zoom_by(zoom / hand.canvas.zoom, hand.body("conv1"))
    walk.show(hand.canvas.document.problems_of("conv1")[0])
    assert hand.canvas.viewport().rect().contains(walk.card.geometry())
    assert walk.card.width() == 340


def test_it_stands_beside_its_node_and_not_on_it(hand, walk):
    hand.click(badge(hand, "conv1"))
    box = hand.canvas.mapFromScene(hand.canvas.canvas_scene.node_items["conv1"].scene_box()).boundingRect()
    assert not walk.card.geometry().intersects(box)


def test_the_sentence_gives_way_to_the_buttons_that_do_it(hand, walk):
    hand.click(badge(hand, "conv1"))
    assert walk.card.remedies.buttons
    assert not walk.card.remedy.isVisible()


@pytest.mark.parametrize("corner", [(0, 0), (4000, 0), (0, 4000), (4000, 4000)])
def test_it_stands_inside_the_view_for_a_node_at_its_edge(hand, walk, corner):
    hand.canvas.look_at(QPointF(*corner) * 0.1)
    walk.card.show_node("conv1")
    assert hand.canvas.viewport().rect().contains(walk.card.geometry())


def test_keys_alone_find_choose_and_apply_a_remedy(qtbot, hand, walk):
    walk.go(1)
    while walk.card.problem.node != "conv1":
        walk.go(1)
    walk.mend()
    first, second = walk.card.remedies.buttons
    assert hand.canvas.window().focusWidget() is first
    qtbot.keyClick(first, Qt.Key.Key_Down)
    assert hand.canvas.window().focusWidget() is second
    qtbot.keyClick(second, Qt.Key.Key_Up)
    qtbot.keyClick(first, Qt.Key.Key_Return)
    assert hand.canvas.document.graph.nodes["conv1"].settings.kernel_size == (5, 5)


def test_next_and_previous_go_around_errors_and_warnings(hand, walk):
    wanted = [p for p in hand.canvas.document.problems if p.severity != "remark"]
    seen = []
    for _ in wanted:
        walk.go(1)
        seen.append(walk.card.problem)
    assert seen == wanted
    walk.go(1)
    assert walk.card.problem == wanted[0]
    walk.go(-1)
    assert walk.card.problem == wanted[-1]
