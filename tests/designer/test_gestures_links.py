"""Links by strokes and held keys: the knife, Alt, Ctrl+drag, a point to lead them through."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from designer.document import Document
from nodes.activation import ReLU
from nodes.graph.model import Link, Node
from tests.designer.drawing import Hand

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
IMAGE_CONV, CONV_RELU = Link("image", "output", "conv1", "x"), Link("conv1", "output", "relu1", "x")
ON_CONV_RELU = QPointF(462, 26)  # half way between the two


def undone(document: Document) -> object:
    document.undo_stack.undo()
    return document.graph


def test_ctrl_right_stroke_cuts_every_link_it_crosses(hand: Hand, document: Document) -> None:
    before = document.graph
    hand.drag(hand.at(QPointF(210, -60)), hand.at(QPointF(210, 90)), RIGHT, CTRL)
    assert document.graph.links == (CONV_RELU,)
    assert document.undo_stack.undoText() == "Cut a link"
    assert undone(document) is before


def test_one_stroke_cuts_several_links_in_one_step(hand: Hand, document: Document) -> None:
    document.edit(document.graph.with_link(Link("fc1", "output", "scores", "x")), "Connect")
    before = document.graph
    hand.drag(hand.at(QPointF(210, -60)), hand.at(QPointF(210, 230)), RIGHT, CTRL)
    assert document.graph.links == (CONV_RELU,)
    assert undone(document) is before


def test_a_stroke_through_nothing_changes_nothing(hand: Hand, document: Document) -> None:
    before = document.graph
    hand.drag(hand.at(QPointF(210, 60)), hand.at(QPointF(400, 110)), RIGHT, CTRL)
    assert document.graph is before
    assert not document.undo_stack.canUndo()


def test_escape_gives_a_stroke_up(hand: Hand, document: Document) -> None:
    before = document.graph
    hand.drag(hand.at(QPointF(210, -60)), hand.at(QPointF(210, 90)), RIGHT, CTRL, drop=False)
    hand.press(Qt.Key.Key_Escape)
    assert document.graph is before


def test_what_a_stroke_would_cut_is_painted(hand: Hand) -> None:
    plain = hand.canvas.viewport().grab().toImage()
    hand.drag(hand.at(QPointF(210, -60)), hand.at(QPointF(210, 90)), RIGHT, CTRL, drop=False)
    assert hand.canvas.viewport().grab().toImage() != plain


@pytest.mark.parametrize("modifier", [CTRL, SHIFT])
def test_a_stroke_opens_no_menu_whenever_the_system_asks_for_it(hand: Hand, modifier: Qt.KeyboardModifier) -> None:
    start = hand.at(QPointF(210, -60))
    hand.drag(start, hand.at(QPointF(210, 90)), RIGHT, modifier)
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(hand.canvas.viewport(), QContextMenuEvent(reason, start, QPoint(), modifier))
    assert not hand.canvas.findChildren(QMenu)


def test_shift_right_stroke_leads_a_link_through_a_point(hand: Hand, document: Document) -> None:
    before = document.graph
    hand.drag(hand.at(QPointF(470, -60)), hand.at(QPointF(470, 90)), RIGHT, SHIFT)
    assert document.graph.marks.bends == {CONV_RELU: ((468.0, 24.0),)}
    assert document.graph.links == before.links
    assert undone(document) is before


def test_a_double_click_on_a_link_leads_it_through_there(hand: Hand, document: Document) -> None:
    before = document.graph
    QTest.mouseDClick(hand.canvas.viewport(), LEFT, pos=hand.at(QPointF(470, 26)))
    assert document.graph.marks.bends == {CONV_RELU: ((468.0, 24.0),)}
    assert undone(document) is before


def test_alt_d_takes_the_links_off_the_selected_nodes(hand: Hand, document: Document, qtbot: QtBot) -> None:
    before = document.graph
    hand.canvas.activateWindow()
    hand.canvas.setFocus()
    qtbot.waitUntil(hand.canvas.hasFocus)
    document.select(["relu1"])
    hand.press(Qt.Key.Key_D, ALT)
    assert document.graph.links == (IMAGE_CONV,)
    assert document.undo_stack.undoText() == "Take a link off relu1"
    assert undone(document) is before


def test_a_point_is_dragged_and_taken_away(hand: Hand, document: Document) -> None:
    marks = document.graph.marks.with_bends(CONV_RELU, ((456.0, 96.0), (468.0, 96.0)))
    document.edit(document.graph.with_marks(marks), "Bend")
    hand.canvas.fit()
    before = document.graph
    hand.drag(hand.at(QPointF(456, 96)), hand.at(QPointF(444, 120)))
    assert document.graph.marks.bends == {CONV_RELU: ((444.0, 120.0), (468.0, 96.0))}
    assert undone(document) is before
    hand.click(hand.at(QPointF(456, 96)))
    assert hand.canvas.canvas_scene.selected_links == {CONV_RELU}
    hand.click(hand.at(QPointF(456, 96)), ALT)
    assert document.graph.marks.bends == {CONV_RELU: ((468.0, 96.0),)}
    assert document.graph.links == before.links
    assert undone(document) is before


def test_a_wire_runs_through_its_points(hand: Hand, document: Document) -> None:
    marks = document.graph.marks.with_bends(CONV_RELU, ((462.0, 120.0),))
    document.edit(document.graph.with_marks(marks), "Bend")
    assert hand.canvas.canvas_scene.hit(QPointF(462, 120)).link == CONV_RELU


def test_alt_click_on_a_link_cuts_it(hand: Hand, document: Document) -> None:
    before = document.graph
    hand.click(hand.at(ON_CONV_RELU), ALT)
    assert document.graph.links == (IMAGE_CONV,)
    assert undone(document) is before


def test_alt_click_on_a_port_cuts_all_its_links(hand: Hand, document: Document) -> None:
    document.edit(document.graph.with_link(Link("conv1", "output", "scores", "x")), "Connect")
    before = document.graph
    hand.click(hand.output("conv1"), ALT)
    assert document.graph.links == (IMAGE_CONV,)
    assert undone(document) is before
    hand.click(hand.input("relu1"), ALT)
    assert CONV_RELU not in document.graph.links
    assert Link("conv1", "output", "scores", "x") in document.graph.links


def test_alt_left_drag_pans(hand: Hand, document: Document) -> None:
    before, place = document.graph, hand.at(QPointF(0, 0))
    hand.drag(hand.body("relu1"), hand.body("relu1") + QPoint(40, 20), LEFT, ALT)
    assert hand.at(QPointF(0, 0)) - place == QPoint(40, 20)
    hand.drag(hand.at(ON_CONV_RELU), hand.at(ON_CONV_RELU) + QPoint(-40, -20), LEFT, ALT)
    assert document.graph is before


def test_ctrl_drag_moves_all_links_of_an_output(hand: Hand, document: Document) -> None:
    document.edit(document.graph.with_node("relu2", Node(ReLU(), 252, 288)), "Add relu2")
    document.edit(document.graph.with_link(Link("conv1", "output", "scores", "x")), "Connect")
    document.edit(document.graph.with_link(Link("image", "output", "relu2", "x")), "Connect")
    hand.canvas.fit()
    before = document.graph
    hand.drag(hand.output("conv1"), hand.output("relu2"), LEFT, CTRL)
    assert {(k.target, k.input) for k in document.graph.outgoing("relu2")} == {("relu1", "x"), ("scores", "x")}
    assert document.graph.outgoing("conv1") == ()
    assert document.undo_stack.undoText() == "Move 2 links from conv1 to relu2"
    assert undone(document) is before
    hand.drag(hand.output("conv1"), hand.body("relu2"), LEFT, CTRL)  # a body will do
    assert len(document.graph.outgoing("relu2")) == 2


def test_ctrl_dragged_links_that_cannot_start_there_stay_and_it_is_said(
    hand: Hand, document: Document, qtbot
) -> None:
    before = document.graph
    with qtbot.waitSignal(hand.canvas.status) as told:
        hand.drag(hand.output("image"), hand.output("relu1"), LEFT, CTRL)
    assert "circle" in told.args[0]
    assert document.graph is before
    assert hand.canvas.canvas_scene.link_items[IMAGE_CONV].isVisible()


def test_ctrl_dragged_links_let_go_in_nothing_stay(hand: Hand, document: Document) -> None:
    before = document.graph
    hand.drag(hand.output("image"), hand.at(QPointF(600, 250)), LEFT, CTRL)
    assert document.graph is before


def test_ctrl_drag_from_an_input_takes_its_link_elsewhere(hand: Hand, document: Document) -> None:
    before = document.graph
    hand.drag(hand.input("relu1"), hand.input("scores"), LEFT, CTRL)
    assert document.graph.incoming("scores")["x"].source == "conv1"
    assert document.graph.incoming("relu1") == {}
    assert undone(document) is before
