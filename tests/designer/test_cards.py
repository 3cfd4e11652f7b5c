"""The cards of the inspector: a node's sums with their numbers."""

from PySide6.QtWidgets import QLabel

from designer.cards import Cards
from designer.document import Document
from nodes.boundary import Input
from nodes.conv import Conv2d
from nodes.graph.model import Network
from nodes.pooling import MaxPool2d
from tests.nodes.drawing import chain


def lines(qtbot, name):
    """The texts of all cards of a node, in order."""
    graph = chain(image=Input(size=(3, 32, 32)), conv=Conv2d(10, (5, 5), padding=(2, 2)), pool=MaxPool2d())
    cards = Cards()
    qtbot.addWidget(cards)
    cards.show_node(Document(Network(graph)), name)
    return [label.text() for label in cards.findChildren(QLabel)]


def test_a_convolution_shows_its_sums_as_the_lectures_write_them(qtbot):
    told = lines(qtbot, "conv")
    assert "(32 − 5 + 2·2)/1 + 1 = 32" in told
    assert "(5·5·3 + 1) · 10 = 760" in told


def test_a_receptive_field_shows_its_sum(qtbot):
    told = lines(qtbot, "pool")
    assert told[told.index("Receptive field") + 1 :][:2] == ["5 + (2 − 1)·1 = 6", "step 1·2 = 2"]


def test_operations_stand_by_kind_below_what_a_node_costs(qtbot):
    """32·32·10 places, each of 75 products."""
    assert "FLOPs: 0.77 M multiply, 0.77 M add" in lines(qtbot, "conv")
    assert "32·32 · (10·3·5·5) = 768\u202f000" in lines(qtbot, "conv")
