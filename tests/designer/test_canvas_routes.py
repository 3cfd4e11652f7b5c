"""Wires of the examples take ways on which no node hides them."""

from __future__ import annotations

import pytest

from designer.canvas.view import CanvasView
from designer.document import Document
from nodes.block import Block
from nodes.graph.model import Graph, Network
from tests.networks.drawn import DRAWINGS

BEHIND = 18.0  # a wire nearer than this to the middle line of a node is behind it; a node is 52 high


def graph_of(name: str, *blocks: str) -> Graph:
    graph = DRAWINGS[name]().graph
    for block in blocks:
        inner = graph.nodes[block].settings
        assert isinstance(inner, Block)
        graph = inner.body
    return graph


def hidden(canvas: CanvasView) -> list[tuple[str, str]]:
    """Wires and the nodes they pass behind."""
    scene = canvas.canvas_scene
    found = []
    for link, item in scene.link_items.items():
        for name, node in scene.node_items.items():
            if name not in (link.source, link.target) and item.is_near(node.scene_box().center(), BEHIND):
                found.append((str(link), name))
    return found


@pytest.mark.parametrize(
    "place",
    [
        ("resnet152",),
        ("googlenet",),
        ("fcn_resnet50",),
        ("resnet50", "stage2"),
        ("resnet50", "rest2"),
        ("inception_v3", "mixed6b"),
        ("mobilenet_v2", "rest3"),
        ("densenet121", "dense1", "layer1"),
    ],
    ids="/".join,
)
def test_no_wire_of_an_example_passes_behind_a_node(qtbot, place):
    canvas = CanvasView(Document(Network(graph=graph_of(*place))))
    qtbot.addWidget(canvas)
    assert hidden(canvas) == []
