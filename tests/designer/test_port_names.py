"""The names of ports beside a node cover neither shapes nor wires nor its own words."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QRectF
from pytestqt.qtbot import QtBot

from designer.canvas.scene import Hit
from designer.canvas.view import CanvasView
from designer.document import Document
from nodes.boundary import Input
from nodes.graph.model import Graph, Link, Network, Node
from nodes.linear import Linear
from nodes.recurrent import LSTM


@pytest.fixture
def canvas(qtbot: QtBot) -> CanvasView:
    """image -> lstm1 with each of its outputs in use."""
    graph = (
        Graph()
        .with_node("steps", Node(Input(kind="sequence", size=(28, 64)), 0, 0))
        .with_node("lstm1", Node(LSTM(), 252, 0))
        .with_link(Link("steps", "output", "lstm1", "x"))
    )
    for number, port in enumerate(("output", "hidden", "cell")):
        name = f"fc{number}"
        graph = graph.with_node(name, Node(Linear(out_features=10), 504, -60 + 84 * number))
        graph = graph.with_link(Link("lstm1", port, name, "x"))
    view = CanvasView(Document(Network(graph=graph)))
    qtbot.addWidget(view)
    view.resize(1000, 500)
    view.show()
    view.document.select(("lstm1",))
    return view


def boxes(canvas: CanvasView) -> dict[str, QRectF]:
    scene = canvas.canvas_scene
    return {label.port: label.box for label in scene.port_names.labels(scene.node_items["lstm1"])}


def test_every_port_of_a_selected_layer_with_several_is_named_clear_of_the_shapes(canvas: CanvasView) -> None:
    found = boxes(canvas)
    assert list(found) == ["x", "initial", "initial_cell", "output", "hidden", "cell"]
    for item in canvas.canvas_scene.link_items.values():
        assert item.pill is not None
        left, top, right, bottom = item.pill
        pill = QRectF(left, top, right - left, bottom - top)
        assert not any(box.intersects(pill) for box in found.values())


def test_names_do_not_cover_each_other(canvas: CanvasView) -> None:
    found = list(boxes(canvas).values())
    assert not any(one.intersects(other) for number, one in enumerate(found) for other in found[number + 1 :])


def test_the_port_under_the_mouse_is_named_on_any_layer(canvas: CanvasView) -> None:
    scene = canvas.canvas_scene
    canvas.document.select(())
    canvas.show_place(1.0, scene.content_rect().center())
    spot = scene.node_items["fc1"].output_spot("output")
    before = canvas.grab().toImage()
    scene.hover(scene.hit(spot + QPointF(2, 0)))
    assert [item.name for item in scene.spoken_items()] == ["fc1"]
    [label] = scene.port_names.labels(scene.node_items["fc1"])
    place = canvas.mapFromScene(label.box).boundingRect()
    assert canvas.grab().toImage().copy(place) != before.copy(place)
    scene.hover(Hit())
    assert canvas.grab().toImage() == before
