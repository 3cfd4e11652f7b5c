"""What the canvas stands on: the grid of places, ways of wires, pictures kept of nodes, the tiles seen from afar."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF

from designer.canvas.grid import Grid
from designer.canvas.node_item import NodeItem
from designer.canvas.sprites import MOST_PIXELS, Sprites
from designer.canvas.view import CanvasView
from designer.canvas.ways import ENDLESS, at_height, back, forward, through
from designer.document import Document
from nodes.activation import ReLU
from nodes.graph.model import Graph, Network, Node
from nodes.merge import Add
from nodes.recurrent import LSTM
from tests.designer.drawing import chain

NUMBERS = st.floats(-5_000, 5_000)
BOXES = st.tuples(NUMBERS, NUMBERS, st.floats(0, 4_000), st.floats(0, 4_000)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)


def touch(one, other):
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


@given(st.lists(BOXES, max_size=12), BOXES, st.sampled_from([1.0, 400.0]))
def test_the_grid_finds_what_a_look_at_every_box_finds(boxes, wanted, times):
    grid: Grid[int] = Grid()
    for number, box in enumerate(boxes):
        grid.put(number, (0.0, 0.0, 1.0, 1.0))
        grid.put(number, box)  # moved there
    left, top, right, bottom = wanted
    wide = (left, top, left + (right - left) * times, top + (bottom - top) * times)
    found = grid.near(wide)
    assert sorted(found) == [number for number, box in enumerate(boxes) if touch(box, wide)]
    for number in range(len(boxes)):
        grid.take(number)
    assert grid.near(wide) == []


WAYS = {
    "straight": forward((0, 0), (84, 0)),
    "steep": forward((0, 0), (84, 200)),
    "around": at_height((0, 0), (900, 40), -60),
    "level with its start": at_height((0, 0), (900, 40), 0),
    "back to the next line": back((900, 0), (0, 144), 72),
    "back far down": back((900, 0), (0, 600), 520),
    "led": through((0, 0), [(200, 90), (400, 90)], (600, 0)),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_way_is_one_line_within_its_box_and_level_at_both_ports(way):
    path = way.path()
    assert path.elementAt(0).isMoveTo()
    assert not any(path.elementAt(number).isMoveTo() for number in range(1, path.elementCount()))
    left, top, right, bottom = way.box()
    box = QRectF(left, top, right - left, bottom - top).adjusted(-1e-6, -1e-6, 1e-6, 1e-6)
    assert box.contains(path.boundingRect()) or path.boundingRect().height() == 0
    assert abs(path.pointAtPercent(0.001).y() - path.pointAtPercent(0).y()) < 1
    assert abs(path.pointAtPercent(0.999).y() - path.pointAtPercent(1).y()) < 1
    assert way.corners()[0] == way.start
    assert QPointF(*way.corners()[-1]) == path.currentPosition()


def test_a_label_on_a_short_straight_wire_has_only_the_gap():
    assert forward((0, 0), (84, 0)).room == 75
    assert forward((0, 0), (84, 200)).room == ENDLESS


def test_pictures_are_forgotten_at_another_zoom_and_when_there_are_too_many(qapp):
    sprites, side = Sprites(), 1000.0
    sprites.stand_at(1.0, 1.0)
    for number in range(int(MOST_PIXELS / side / side) + 1):
        sprites.made(number, QRectF(0, 0, side, side), lambda painter: None)
    assert sprites.get(0) is None
    assert sprites.get(number) is not None
    sprites.stand_at(1.5, 1.0)
    assert sprites.get(number) is None


def test_places_of_pictures_fall_on_pixels_of_the_screen(qapp):
    sprites = Sprites()
    sprites.stand_at(1.0, 2.0)
    assert sprites.on_pixel(10.3, 7.76) == QPointF(10.5, 8.0)


def test_what_is_seen_from_afar_follows_a_move(qtbot):
    view = CanvasView(Document(Network(chain())))
    qtbot.addWidget(view)
    view.resize(900, 600)
    view.show_place(0.1, QPointF(300, 60))
    scores = view.canvas_scene.node_items["scores"]
    seen = []
    for place in ((252.0, 144.0), (2400.0, 1200.0)):
        view.document.edit(view.document.graph.moved({"scores": place}), "Move")
        picture = view.viewport().grab().toImage()
        seen.append([picture.pixelColor(view.mapFromScene(QPointF(x + 84, y + 26))) for x, y in PLACES])
        assert scores.pos() == QPointF(*place)
    assert seen[0] == list(reversed(seen[1]))
    assert seen[0][0] != seen[0][1]


PLACES = ((252.0, 144.0), (2400.0, 1200.0))


@pytest.mark.parametrize("zoom", [0.1, 1.0])
def test_colours_of_a_number_come_and_go_while_nothing_else_moves(qtbot, zoom):
    view = CanvasView(Document(Network(chain())))
    qtbot.addWidget(view)
    view.resize(900, 600)
    view.show_place(zoom, QPointF(300, 60))
    at = view.mapFromScene(QPointF(252 + 150, 40))  # on conv1, beside its texts
    colours = []
    for key in ("", "weights", ""):
        view.heat.show(key)
        pictures = [view.viewport().grab().toImage() for _ in range(3)]  # from the second on one is kept
        colours += [picture.pixelColor(at).name() for picture in pictures[1:]]
    assert colours[:2] == colours[4:] == colours[:1] * 2
    assert colours[2:4] == colours[2:3] * 2 != colours[:2]


def test_the_map_is_drawn_again_only_for_what_shows_on_it(qtbot):
    view = CanvasView(Document(Network(chain())))
    qtbot.addWidget(view)
    scene, document = view.canvas_scene, view.document
    versions = [scene.layout_version]
    document.select(("conv1",))
    versions.append(scene.layout_version)
    document.edit(document.graph.without_links(document.graph.links[:1]), "Cut")
    versions.append(scene.layout_version)
    document.edit(document.graph.moved({"conv1": (300, 300)}), "Move")
    versions.append(scene.layout_version)
    view.heat.show("weights")
    versions.append(scene.layout_version)
    assert [a == b for a, b in itertools.pairwise(versions)] == [True, True, False, False]


@pytest.mark.parametrize(
    ("settings", "hovered", "named"),
    [
        (Add(), None, []),
        (Add(), ("x1", False), ["x1"]),
        (LSTM(), None, ["x", "initial", "initial_cell", "output", "hidden", "cell"]),
        (LSTM(), ("x", False), ["x", "initial", "initial_cell", "output", "hidden", "cell"]),
        (ReLU(), None, []),
        (ReLU(), ("output", True), ["output"]),
    ],
)
def test_several_ports_are_named_but_not_the_numbered(qapp, settings, hovered, named):
    item = NodeItem("one")
    item.show_node(Graph({"one": Node(settings)}), "")
    item.hovered = hovered
    assert [name for (name, _), _ in item.named_ports()] == named
