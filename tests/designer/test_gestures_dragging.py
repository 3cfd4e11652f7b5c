"""Dragging nodes: into links, along guides, on and off the grid."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QDragLeaveEvent, QDragMoveEvent, QDropEvent

from designer.canvas.guides import aligned
from designer.canvas.palette_drop import NODE_TYPE_MIME
from designer.document import Document
from designer.preferences import SNAP, preferences
from nodes.activation import ReLU
from nodes.graph.model import Link, Node
from nodes.linear import Linear
from tests.designer.drawing import Hand

ON_CONV_RELU = QPointF(462, 26)  # half way between the two


@pytest.fixture
def loose(hand: Hand, document: Document) -> Hand:
    """With relu2, which is wired to nothing, below the row."""
    document.edit(document.graph.with_node("relu2", Node(ReLU(), 504, 240)), "Add relu2")
    hand.canvas.fit()
    return hand


def test_a_node_dropped_on_a_link_goes_between_and_the_neighbours_make_room(loose: Hand, document: Document) -> None:
    before = document.graph
    loose.drag(loose.body("relu2"), loose.at(ON_CONV_RELU))
    assert document.graph.incoming("relu2")["x"].source == "conv1"
    assert document.graph.incoming("relu1")["x"].source == "relu2"
    assert [document.graph.nodes[n].x for n in ("conv1", "relu2", "relu1")] == [252, 504, 756]
    assert document.undo_stack.undoText() == "Put relu2 between conv1 and relu1"
    document.undo_stack.undo()
    assert document.graph is before


def test_the_link_is_lit_and_a_note_tells_before_it_is_let_go(loose: Hand) -> None:
    loose.drag(loose.body("relu2"), loose.at(ON_CONV_RELU), drop=False)
    assert loose.canvas.note.text().endswith("Let go to put it between conv1 and relu1")
    assert loose.canvas.note.isVisible()
    loose.press(Qt.Key.Key_Escape)
    assert not loose.canvas.note.isVisible()


def test_a_node_that_does_not_fit_is_only_moved(loose: Hand, document: Document) -> None:
    document.edit(document.graph.with_settings("relu2", Linear()), "Change")  # takes no image
    links = document.graph.links
    loose.drag(loose.body("relu2"), loose.at(ON_CONV_RELU))
    assert document.graph.links == links
    assert document.graph.nodes["relu2"].y < 100


def test_a_wired_node_is_not_taken_into_a_link(loose: Hand, document: Document) -> None:
    document.edit(document.graph.with_link(Link("fc1", "output", "scores", "x")), "Connect")
    links = document.graph.links
    loose.drag(loose.body("scores"), loose.at(ON_CONV_RELU))
    assert document.graph.links == links


def test_a_layer_from_the_palette_goes_into_the_link_and_room_is_made(hand: Hand, document: Document) -> None:
    before = document.graph
    data = QMimeData()
    data.setData(NODE_TYPE_MIME, b"relu")
    place = QPointF(hand.at(ON_CONV_RELU))
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    hand.canvas.dropEvent(QDropEvent(place, copy, data, left, Qt.KeyboardModifier.NoModifier))
    assert document.graph.incoming("relu1")["x"].source == "relu2"
    assert [document.graph.nodes[n].x for n in ("conv1", "relu2", "relu1")] == [252, 504, 756]
    document.undo_stack.undo()
    assert document.graph is before


@pytest.mark.parametrize(("key", "is_lit"), [(b"relu", True), (b"input", False)])
def test_the_link_is_lit_that_would_take_in_a_layer_dragged_over_it(hand: Hand, key: bytes, is_lit: bool) -> None:
    data = QMimeData()
    data.setData(NODE_TYPE_MIME, key)
    at, copy, keys = hand.at(ON_CONV_RELU), Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    hand.canvas.dragMoveEvent(QDragMoveEvent(at, copy, data, Qt.MouseButton.LeftButton, keys))
    lit = hand.canvas._drop.link
    assert (lit == Link("conv1", "output", "relu1", "x")) is is_lit
    hand.canvas.dragLeaveEvent(QDragLeaveEvent())
    assert hand.canvas._drop.link is None


def test_a_dragged_node_draws_level_with_one_off_the_grid(hand: Hand, document: Document) -> None:
    document.edit(document.graph.moved({"scores": (252.0, 149.0)}), "Move")
    shift = hand.at(QPointF(0, 147)) - hand.at(QPointF(0, 0))
    hand.drag(hand.body("relu1"), hand.body("relu1") + shift)
    assert (document.graph.nodes["relu1"].x, document.graph.nodes["relu1"].y) == (504, 149)


def test_guides_are_painted_while_nodes_stand_level(hand: Hand) -> None:
    to = hand.body("relu1") + hand.at(QPointF(0, 144)) - hand.at(QPointF(0, 0))
    hand.drag(hand.body("relu1"), to, drop=False)
    lines = hand.canvas._gesture._level.lines  # type: ignore[union-attr]
    assert [line.y1() for line in lines if line.y1() == line.y2()] == [144.0]
    assert QRectF(lines[-1].p1(), lines[-1].p2()).right() > 504 + 168


def test_without_snapping_a_node_stands_where_it_is_let_go(hand: Hand, document: Document) -> None:
    preferences.set(SNAP, False)
    try:
        hand.drag(hand.body("relu1"), hand.body("relu1") + QPoint(53, 61))
    finally:
        preferences.set(SNAP, True)
    expected = 504 + 53 / hand.canvas.zoom
    assert document.graph.nodes["relu1"].x == pytest.approx(expected, abs=0.02)


def test_each_way_is_level_by_itself() -> None:
    found = aligned(QRectF(3, 400, 100, 50), [QRectF(0, 0, 100, 50), QRectF(500, 407, 100, 50)], 5)
    assert (found.shift, found.is_across, found.is_down) == (QPointF(-3, 0), True, False)
    assert all(line.x1() == line.x2() for line in found.lines)
