"""What a canvas has drawn is kept while another network or the inside of a block is shown."""

from __future__ import annotations

from PySide6.QtCore import QPointF

from designer.canvas.drawn import Drawn, Shelf
from designer.canvas.focus import Focus
from designer.canvas.node_item import NodeItem
from designer.document import Document
from nodes.graph.model import Graph, Network
from tests.designer.drawing import Hand, chain


def turned(document: Document) -> None:
    """To an empty network in another tab and back."""
    sheet = document.sheet()
    document.take_up(None)
    document.take_up(sheet)


def test_going_back_to_a_network_makes_no_item_anew(hand: Hand, document: Document) -> None:
    scene = hand.canvas.canvas_scene
    nodes, links, sheet = dict(scene.node_items), dict(scene.link_items), document.sheet()
    document.take_up(None)
    assert (scene.node_items, scene.link_items) == ({}, {})
    document.open(Network(graph=chain()), None)  # equal, but not the same
    assert scene.node_items.keys() == nodes.keys()
    assert not set(scene.node_items.values()) & set(nodes.values())
    document.take_up(sheet)
    assert all(scene.node_items[name] is item for name, item in nodes.items())
    assert all(scene.link_items[link] is item for link, item in links.items())


def test_what_was_lit_or_held_elsewhere_is_not_when_it_comes_back(hand: Hand, document: Document) -> None:
    scene = hand.canvas.canvas_scene
    item = scene.node_items["relu1"]
    document.select(["relu1"])
    scene.show_verdict("relu1", "good")
    scene.preview_places({"relu1": QPointF(900, 700)})
    turned(document)
    assert scene.node_items["relu1"] is item
    assert (item.state(), item.left, item.top) == ("selected", 504, 0)
    assert scene.hit(QPointF(510, 20)).node == "relu1"
    document.select(())
    assert item.state() == ""


def test_edits_after_coming_back_are_followed(hand: Hand, document: Document) -> None:
    scene = hand.canvas.canvas_scene
    turned(document)
    before = document.graph
    document.edit(document.graph.without(["conv1"]), "Remove conv1")
    assert "conv1" not in scene.node_items
    assert not scene.link_items
    document.undo_stack.undo()
    assert document.graph is before
    assert len(scene.link_items) == 2
    assert scene.node_items.keys() == before.nodes.keys()


def test_those_shown_longest_ago_go_first() -> None:
    shelf, graphs = Shelf(), [Graph(), Graph(), Graph()]
    for graph in graphs:
        drawn = Drawn(Focus())
        drawn.nodes.update({f"relu{n}": NodeItem(f"relu{n}") for n in range(8_000)})
        shelf.put(graph, drawn)
    assert shelf.take(graphs[0]) is None
    assert shelf.take(graphs[2]) is not None
    assert shelf.take(graphs[2]) is None
    assert shelf.take(graphs[1]) is not None
