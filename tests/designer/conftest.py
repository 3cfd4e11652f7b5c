"""A document and a canvas for the tests of the window."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.canvas.view import CanvasView
from designer.document import Document
from nodes.graph.model import Network
from tests.designer.drawing import Hand, chain


@pytest.fixture
def document(qapp: QApplication) -> Document:
    """A small network with two nodes that are not joined yet."""
    return Document(Network(graph=chain()))


@pytest.fixture
def hand(qtbot: QtBot, document: Document) -> Hand:
    """A hand on a shown canvas with that network."""
    canvas = CanvasView(document)
    qtbot.addWidget(canvas)
    canvas.resize(1000, 600)
    canvas.show()
    qtbot.waitExposed(canvas)
    canvas.fit()
    return Hand(qtbot, canvas)
