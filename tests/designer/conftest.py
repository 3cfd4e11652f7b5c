"""A document and a canvas for the tests of the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from designer.canvas.view import CanvasView
from designer.document import Document
from nodes.graph.model import Network
from tests.designer.drawing import Hand, chain
from tests.designer.windows import let_go


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows start no programs before they need them: two for each, which import torch, would take all the time."""
    monkeypatch.setattr("designer.services.Services.start", lambda _self: None)


@pytest.fixture(autouse=True)
def nothing_kept(private_settings: None) -> None:
    """What another test chose, such as columns, is not there."""
    QSettings().clear()


@pytest.fixture
def qtbot(qtbot: QtBot) -> QtBot:
    """Closes windows without a question, also after a test that failed with a drawing nobody saved: it would wait
    for an answer for ever."""
    add = qtbot.addWidget

    def added(widget: QWidget, *, before_close_func: Callable[[QWidget], object] | None = None) -> None:
        add(widget, before_close_func=before_close_func or let_go)

    qtbot.addWidget = added  # type: ignore[method-assign]
    return qtbot


@pytest.fixture
def document(qapp: QApplication) -> Document:
    """A small network with two nodes that are not joined yet."""
    return Document(Network(graph=chain()))


def hand_on(qtbot: QtBot, document: Document) -> Hand:
    """A hand on a shown canvas."""
    canvas = CanvasView(document)
    qtbot.addWidget(canvas)
    canvas.resize(1000, 600)
    canvas.show()
    qtbot.waitExposed(canvas)
    canvas.fit()
    return Hand(qtbot, canvas)


@pytest.fixture
def hand(qtbot: QtBot, document: Document) -> Hand:
    """A hand on a shown canvas with that network."""
    return hand_on(qtbot, document)


@pytest.fixture(autouse=True)
def plain_curves() -> Iterator[None]:
    """What one test made of the look of curves is nothing to the next."""
    yield
    QSettings().remove("training/curves")
