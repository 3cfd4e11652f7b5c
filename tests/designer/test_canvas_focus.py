"""Wires that stand out: at what is under the mouse, and on the way through what is selected."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import QPointF, Qt

from designer.canvas.look import look
from designer.canvas.scene import Hit
from designer.canvas.view import CanvasView
from designer.document import Document
from nodes.graph.marks import Marks
from nodes.graph.model import Graph, Link, Network, Node
from nodes.graph.muting import with_muting
from nodes.merge import Add
from tests.designer.drawing import chain

IMAGE_CONV = Link("image", "output", "conv1", "x")
CONV_RELU = Link("conv1", "output", "relu1", "x")
FC_SCORES = Link("fc1", "output", "scores", "x")


@pytest.fixture
def canvas(qtbot):
    graph = chain().with_link(FC_SCORES)
    view = CanvasView(Document(Network(graph=graph)))
    qtbot.addWidget(view)
    view.resize(1000, 600)
    view.show()
    qtbot.waitExposed(view)
    return view


def states(canvas):
    scene = canvas.canvas_scene
    return {link: scene.focus.state(item) for link, item in scene.link_items.items()}


def test_the_way_through_the_selected_node_stands_out(canvas):
    canvas.document.select(("relu1",))
    assert states(canvas) == {IMAGE_CONV: "trail", CONV_RELU: "trail", FC_SCORES: "dim"}
    canvas.document.select(())
    assert "trail" not in states(canvas).values()


def test_the_way_follows_links_that_are_drawn(canvas):
    document = canvas.document
    document.select(("conv1",))
    document.edit(document.graph.with_link(Link("relu1", "output", "fc1", "x")), "Connect")
    assert "dim" not in states(canvas).values()  # all are on the way, so none needs to stand out
    document.undo_stack.undo()
    assert states(canvas)[FC_SCORES] == "dim"


def test_several_selected_nodes_leave_all_wires_alike(canvas):
    canvas.document.select(("conv1", "relu1"))
    assert not {"trail", "dim"} & set(states(canvas).values())


def test_the_wires_of_a_node_under_the_mouse_light_up(canvas):
    canvas.canvas_scene.hover(Hit("conv1"))
    assert {link for link, state in states(canvas).items() if state == "lit"} == {IMAGE_CONV, CONV_RELU}
    canvas.canvas_scene.hover(Hit("conv1", "x"))
    assert {link for link, state in states(canvas).items() if state == "lit"} == {IMAGE_CONV}
    canvas.canvas_scene.hover(Hit())
    assert "lit" not in states(canvas).values()


def test_all_wires_that_carry_the_same_light_up_together(canvas):
    document = canvas.document
    graph = document.graph.with_node("add", Node(Add(), 756, 0)).with_link(Link("conv1", "output", "add", "x1"))
    document.edit(graph, "Add")
    canvas.canvas_scene.hover(Hit(link=CONV_RELU))
    lit = {link for link, state in states(canvas).items() if state == "lit"}
    assert lit == {CONV_RELU, Link("conv1", "output", "add", "x1")}


def colour_at(canvas, place):
    canvas.repaint()
    return canvas.viewport().grab().toImage().pixelColor(canvas.mapFromScene(place))


@pytest.mark.parametrize("zoom", [0.12, 0.3, 1.0])
def test_the_way_is_seen_at_every_zoom(canvas, zoom):
    canvas.show_place(zoom, QPointF(300, 60))
    place = QPointF(420 + 8, 26)  # on the wire, before the shape on it
    before = colour_at(canvas, place)
    canvas.document.select(("image",))
    assert colour_at(canvas, place) != before


def test_a_selected_and_a_faulty_node_are_seen_from_afar(canvas):
    canvas.show_place(0.1, QPointF(300, 60))
    document = canvas.document
    document.edit(document.graph.without(["image"]), "Delete")
    assert canvas.canvas_scene.node_items["conv1"].severity == "error"
    picture = canvas.viewport().grab().toImage()
    corner = canvas.mapFromScene(QPointF(252 + 168 + 8, -8))
    colours = {picture.pixelColor(corner.x() + dx, corner.y() + dy).name() for dx in (-1, 0, 1) for dy in (-1, 0, 1)}
    assert look.fault.name() in colours


def test_a_muted_node_looks_otherwise_near_and_far(canvas):
    document = canvas.document
    for zoom in (0.1, 1.0):
        canvas.show_place(zoom, QPointF(588, 26))
        place = QPointF(504 + 10, 26)
        before = colour_at(canvas, place)
        document.edit(with_muting(document.graph, ["relu1"]), "Mute")
        assert canvas.canvas_scene.node_items["relu1"].is_muted
        assert colour_at(canvas, place) != before
        document.undo_stack.undo()


def test_a_wire_runs_through_the_points_it_is_led_through(canvas):
    document = canvas.document
    point = (462.0, 90.0)
    bent = document.graph.with_marks(Marks().with_bends(CONV_RELU, [point]))
    document.edit(bent, "Bend")
    item = canvas.canvas_scene.link_items[CONV_RELU]
    assert point in item.way.corners()
    assert canvas.canvas_scene.hit(QPointF(*point)).link == CONV_RELU
    document.undo_stack.undo()
    assert item.way.is_straight


def test_a_wire_goes_around_a_node_that_comes_to_stand_in_its_way(canvas):
    document = canvas.document
    document.edit(document.graph.moved({"relu1": (1008, 0)}), "Move")
    item = canvas.canvas_scene.link_items[CONV_RELU]
    assert item.way.is_straight
    document.edit(document.graph.moved({"fc1": (630, 0)}), "Move")
    assert not item.is_near(QPointF(630 + 84, 26), 20)
    document.undo_stack.undo()
    assert item.way.is_straight


def test_a_wire_goes_around_a_node_that_is_dragged_into_its_way_and_the_map_follows(qtbot, canvas):
    document, scene = canvas.document, canvas.canvas_scene
    document.edit(document.graph.moved({"relu1": (1008, 0)}), "Move")
    canvas.fit()
    item, version = scene.link_items[CONV_RELU], scene.layout_version
    start, end = (canvas.mapFromScene(place) for place in (QPointF(84, 170), QPointF(714, 26)))
    qtbot.mousePress(canvas.viewport(), Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(canvas.viewport(), end)
    qtbot.mouseRelease(canvas.viewport(), Qt.MouseButton.LeftButton, pos=end)
    assert document.graph.nodes["fc1"].y == 0
    assert not item.is_near(QPointF(document.graph.nodes["fc1"].x + 84, 26), 20)
    assert scene.layout_version > version
    document.undo_stack.undo()
    assert item.way.is_straight


def test_pictures_of_nodes_follow_what_changes(canvas):
    canvas.show_place(1.0, QPointF(300, 60))
    box = canvas.mapFromScene(canvas.canvas_scene.node_items["conv1"].scene_box()).boundingRect()
    canvas.repaint()
    canvas.viewport().grab()  # once more, so that its picture is kept
    before = canvas.viewport().grab(box).toImage()
    assert canvas.viewport().grab(box).toImage() == before
    document = canvas.document
    settings = dataclasses.replace(document.graph.nodes["conv1"].settings, out_channels=9)
    document.edit(document.graph.with_settings("conv1", settings), "Change")
    assert canvas.viewport().grab(box).toImage() != before
    document.undo_stack.undo()
    assert canvas.viewport().grab(box).toImage() == before


def test_an_empty_canvas_paints(qtbot):
    view = CanvasView(Document(Network(Graph())))
    qtbot.addWidget(view)
    view.resize(600, 400)
    view.show_place(0.02, QPointF(0, 0))
    assert not view.viewport().grab().isNull()
