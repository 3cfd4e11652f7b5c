"""Selecting, moving, zooming and dropping with the mouse."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDropEvent, QWheelEvent

from designer.canvas.camera import GREATEST_ZOOM, LEAST_ZOOM
from designer.canvas.palette_drop import NODE_TYPE_MIME
from designer.canvas.view import CanvasView
from designer.document import Document
from nodes.graph.model import Link

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def wheel(canvas: CanvasView, at: QPoint, notches: float) -> None:
    place = QPointF(at)
    event = QWheelEvent(
        place,
        QPointF(canvas.viewport().mapToGlobal(at)),
        QPoint(),
        QPoint(0, round(120 * notches)),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    canvas.wheelEvent(event)


def test_click_selects_one_node(hand, document):
    hand.click(hand.body("conv1"))
    assert document.selection == ("conv1",)


def test_shift_adds_and_ctrl_toggles(hand, document):
    hand.click(hand.body("conv1"))
    hand.click(hand.body("relu1"), SHIFT)
    assert document.selection == ("conv1", "relu1")
    hand.click(hand.body("conv1"), CTRL)
    assert document.selection == ("relu1",)


def test_click_on_nothing_selects_nothing(hand, document):
    document.select(["conv1"])
    hand.click(hand.at(QPointF(600, 250)))
    assert document.selection == ()


def test_click_on_one_of_several_selects_it_alone(hand, document):
    document.select(["conv1", "relu1"])
    hand.click(hand.body("conv1"))
    assert document.selection == ("conv1",)


def test_box_selects_what_it_touches(hand, document):
    hand.drag(hand.at(QPointF(440, -40)), hand.at(QPointF(200, 30)))
    assert set(document.selection) == {"conv1"}


def test_box_with_ctrl_toggles(hand, document):
    document.select(["conv1", "fc1"])
    hand.drag(hand.at(QPointF(690, -40)), hand.at(QPointF(240, 30)), modifiers=CTRL)
    assert set(document.selection) == {"fc1", "relu1"}


def test_drag_moves_along_the_grid_as_one_step(hand, document):
    before = document.graph
    hand.drag(hand.body("relu1"), hand.body("relu1") + QPoint(101, 50))
    assert (document.graph.nodes["relu1"].x, document.graph.nodes["relu1"].y) == (600, 48)
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.graph is before


def test_drag_moves_all_that_is_selected(hand, document):
    document.select(["conv1", "relu1"])
    hand.drag(hand.body("relu1"), hand.body("relu1") + QPoint(0, 48))
    assert [document.graph.nodes[n].y for n in ("image", "conv1", "relu1")] == [0, 48, 48]


def test_escape_takes_a_drag_back(hand, document):
    before = document.graph
    hand.drag(hand.body("relu1"), hand.body("relu1") + QPoint(100, 50), drop=False)
    hand.press(Qt.Key.Key_Escape)
    assert document.graph is before
    assert hand.canvas.canvas_scene.node_items["relu1"].pos() == QPointF(504, 0)


def test_undo_during_a_drag_ends_it(hand, document):
    hand.canvas.add_node("relu")
    name = document.selection[0]
    hand.drag(hand.body(name), hand.body(name) + QPoint(100, 50), drop=False)
    document.undo_stack.undo()
    assert name not in hand.canvas.canvas_scene.node_items


def test_wheel_keeps_the_place_under_the_cursor(hand):
    at = QPoint(700, 200)
    place = hand.canvas.mapToScene(at)
    for _ in range(5):
        wheel(hand.canvas, at, 1)
    assert hand.canvas.zoom > 1.5
    assert (hand.at(place) - at).manhattanLength() <= 2


@pytest.mark.parametrize(("notches", "limit"), [(60, GREATEST_ZOOM), (-60, LEAST_ZOOM)])
def test_zoom_stops_at_its_limits(hand, notches, limit):
    wheel(hand.canvas, QPoint(500, 300), notches)
    assert hand.canvas.zoom == pytest.approx(limit)


def test_zoom_is_told(hand, qtbot):
    with qtbot.waitSignal(hand.canvas.zoom_changed) as told:
        hand.canvas.zoom_in()
    assert told.args == [hand.canvas.zoom]


def test_middle_drag_pans(hand):
    before = hand.at(QPointF(0, 0))
    hand.drag(QPoint(500, 400), QPoint(560, 430), Qt.MouseButton.MiddleButton)
    assert hand.at(QPointF(0, 0)) - before == QPoint(60, 30)


def test_space_drag_pans_and_selects_nothing(hand, qtbot, document):
    document.select(["conv1"])
    before = hand.at(QPointF(0, 0))
    qtbot.keyPress(hand.canvas, Qt.Key.Key_Space)
    hand.drag(hand.body("relu1"), hand.body("relu1") + QPoint(40, 20))
    qtbot.keyRelease(hand.canvas, Qt.Key.Key_Space)
    assert hand.at(QPointF(0, 0)) - before == QPoint(40, 20)
    assert document.selection == ("conv1",)


def test_layer_dropped_from_the_palette_stands_under_the_cursor(hand, document):
    data = QMimeData()
    data.setData(NODE_TYPE_MIME, b"relu")
    place = QPointF(600, 300)
    hand.canvas.dropEvent(
        QDropEvent(
            QPointF(hand.at(place)),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )
    node = document.graph.nodes["relu2"]
    assert abs(node.x + 84 - place.x()) <= 6
    assert abs(node.y + 26 - place.y()) <= 6


def test_new_node_follows_the_selected_one(hand, document):
    document.select(["relu1"])
    name = hand.canvas.add_node("conv2d")
    node = document.graph.nodes[name]
    assert (name, node.x, node.y) == ("conv2", 756, 0)
    assert Link("relu1", "output", "conv2", "x") in document.graph.links
    assert document.undo_stack.count() == 1


def test_new_node_that_an_insertion_would_suit_is_joined_and_brings_what_mends_it(hand, document, qtbot):
    document.select(["relu1"])
    with qtbot.waitSignal(hand.canvas.trouble) as told:
        name = hand.canvas.add_node("linear")
    assert told.args == [name]
    assert Link("relu1", "output", name, "x") in document.graph.links


def test_new_node_that_nothing_would_suit_is_not_joined(hand, document):
    document.select(["relu1"])
    name = hand.canvas.add_node("embedding")
    assert document.graph.incoming(name) == {}


def test_new_node_covers_no_other(hand, document):
    document.select(["image"])
    hand.canvas.add_node("relu")
    assert (document.graph.nodes["relu2"].x, document.graph.nodes["relu2"].y) == (252, 72)
    assert document.graph.incoming("relu2") == {}


def test_double_click_activates_a_node(hand, qtbot):
    with qtbot.waitSignal(hand.canvas.node_activated) as told:
        qtbot.mouseDClick(
            hand.canvas.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, hand.body("conv1")
        )
    assert told.args == ["conv1"]


def test_minimap_shows_once_not_everything_is_seen(hand):
    assert not hand.canvas.minimap.isVisible()
    wheel(hand.canvas, QPoint(100, 100), 8)
    assert hand.canvas.minimap.isVisible()


def test_minimap_takes_the_view_where_it_is_pressed(hand, qtbot):
    wheel(hand.canvas, QPoint(100, 100), 8)
    far = hand.canvas.minimap.rect().bottomRight() - QPoint(8, 8)
    qtbot.mousePress(hand.canvas.minimap, Qt.MouseButton.LeftButton, pos=far)
    assert hand.canvas.visible_middle().x() > 400


def test_all_stays_shown_in_another_window_size_until_it_is_moved(hand):
    hand.canvas.resize(500, 300)
    assert hand.canvas.seen_rect().contains(hand.canvas.canvas_scene.content_rect())
    hand.canvas.zoom_in()
    before = hand.canvas.zoom
    hand.canvas.resize(900, 500)
    assert hand.canvas.zoom == before


def test_empty_canvas_offers_an_input(qtbot):
    document = Document()
    canvas = CanvasView(document)
    qtbot.addWidget(canvas)
    canvas.resize(800, 500)
    canvas.show()
    qtbot.mouseClick(canvas.empty_hint.button, Qt.MouseButton.LeftButton)
    assert list(document.graph.nodes) == ["input1"]
    assert not canvas.empty_hint.isVisible()


def test_a_node_that_is_shown_is_brought_to_the_middle_only_where_it_was_not_seen(hand, document):
    middle = hand.canvas.visible_middle()
    hand.canvas.show_node("relu1")
    assert document.selection == ("relu1",)
    assert hand.canvas.visible_middle() == middle
    document.edit(document.graph.moved({"relu1": (9000.0, 5000.0)}), "Move")
    hand.canvas.show_node("relu1")
    assert hand.canvas.seen_rect().contains(QPointF(9084, 5026))
    assert (hand.canvas.visible_middle() - QPointF(9084, 5026)).manhattanLength() < 4
