"""The network twice: a press in the view that only looks on makes it the one that is edited."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from designer.canvas.view import CanvasView
from designer.document import Document
from designer.examples import EXAMPLES
from designer.main_window import MainWindow
from designer.split import Onlooker
from nodes.activation import ReLU
from nodes.block import Block
from nodes.graph.files import load
from nodes.graph.model import Node


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    made = MainWindow(Document(load(EXAMPLES / "resnet50.netw").network))
    qtbot.addWidget(made, before_close_func=lambda one: setattr(one, "_may_close", lambda: True))
    made.resize(1400, 900)
    with qtbot.waitSignal(made.furnished):
        made.show()
    return made


@pytest.fixture
def block(window: MainWindow) -> str:
    return next(name for name, node in window.document.graph.nodes.items() if isinstance(node.settings, Block))


def opened(window: MainWindow) -> Onlooker:
    window.split.set_split(True)
    assert window.split.onlooker is not None
    return window.split.onlooker


def left_of(one: QPoint, other: QPoint) -> bool:
    return one.x() < other.x()


def place_of(window: MainWindow, view: CanvasView | Onlooker, name: str) -> QPoint:
    """Where the middle of a node is seen in the window."""
    at = view.mapFromScene(view.canvas_scene.node_items[name].scene_box().center())
    return view.viewport().mapTo(window, at)


def places(window: MainWindow, onlooker: Onlooker) -> tuple[QPoint, QPoint]:
    return window.canvas.mapTo(window, QPoint()), onlooker.mapTo(window, QPoint())


def test_the_inside_of_the_selected_block_comes_to_the_right(window: MainWindow, block: str) -> None:
    window.document.select((block,))
    onlooker = opened(window)
    assert onlooker.document.scope == (block,)
    assert window.document.scope == ()
    assert left_of(*places(window, onlooker))


def test_inside_a_block_the_whole_comes_to_the_left(window: MainWindow, block: str) -> None:
    window.document.enter((block,))
    onlooker = opened(window)
    assert onlooker.document.scope == ()
    canvas, other = places(window, onlooker)
    assert left_of(other, canvas)


def test_a_press_changes_the_roles_and_nothing_that_is_seen(qtbot: QtBot, window: MainWindow, block: str) -> None:
    window.document.select((block,))
    onlooker = opened(window)
    inside = next(iter(onlooker.document.graph.nodes))
    zoom = onlooker.zoom
    box = onlooker.canvas_scene.node_items[inside].scene_box()
    at = onlooker.mapFromScene(box.center())
    seen = onlooker.viewport().mapTo(window, at)
    block_seen = place_of(window, window.canvas, block)
    qtbot.mouseClick(onlooker.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert window.document.scope == (block,)
    assert onlooker.document.scope == ()
    assert window.document.selection == (inside,)
    assert window.canvas.zoom == pytest.approx(zoom)
    now = window.canvas.viewport().mapTo(window, window.canvas.mapFromScene(box.center()))
    assert (now - seen).manhattanLength() < 6
    assert (place_of(window, onlooker, block) - block_seen).manhattanLength() < 6
    canvas, other = places(window, onlooker)
    assert left_of(other, canvas)


def test_an_edit_on_one_side_is_seen_on_the_other(window: MainWindow, block: str) -> None:
    onlooker = opened(window)
    before = window.document.network
    window.document.enter((block,))
    window.document.edit(window.document.graph.with_node("relu99", Node(ReLU())), "Add relu99")
    settings = onlooker.document.graph.nodes[block].settings
    assert isinstance(settings, Block)
    assert "relu99" in settings.body.nodes
    assert onlooker.document.root_inference is window.document.root_inference
    onlooker.document.edit(onlooker.document.graph.with_node("relu77", Node(ReLU())), "Add relu77")
    assert "relu77" in window.document.root_graph.nodes
    window.document.undo_stack.undo()
    window.document.undo_stack.undo()
    assert window.document.network is before
    assert onlooker.document.network is before


def test_another_tab_is_shown_on_both_sides(window: MainWindow) -> None:
    onlooker = opened(window)
    window.files.open_example(EXAMPLES / "lenet5.netw")
    assert onlooker.document.graph is window.document.graph
    window.split.set_split(False)
    assert window.split.onlooker is None
    assert window.split.count() == 1 or not window.split.widget(1).isVisible()


def test_the_key_splits_and_joins(qtbot: QtBot, window: MainWindow) -> None:
    window.activateWindow()
    window.canvas.setFocus()
    qtbot.keyClick(window.canvas, Qt.Key.Key_Backslash, Qt.KeyboardModifier.ControlModifier)
    assert window.split.onlooker is not None
    qtbot.keyClick(window.canvas, Qt.Key.Key_Backslash, Qt.KeyboardModifier.ControlModifier)
    assert window.split.onlooker is None
