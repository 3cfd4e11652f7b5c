"""Copying the settings of one node to others of its kind, from the Edit menu."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from designer.document import Document
from designer.main_window import MainWindow
from designer.settings_clipboard import SettingsClipboard
from nodes.activation import ReLU
from nodes.conv import Conv2d
from nodes.graph.model import Graph, Network, Node
from nodes.spec.training import NodeTraining

FIRST = Conv2d(out_channels=24, kernel_size=(5, 5), bias=False)


def drawing() -> Graph:
    return Graph(
        {
            "conv1": Node(FIRST, training=NodeTraining(frozen=True)),
            "conv2": Node(Conv2d(), 252, 0),
            "conv3": Node(Conv2d(), 504, 0),
            "relu1": Node(ReLU(), 756, 0),
        }
    )


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def document(qapp):
    return Document(Network(drawing()))


@pytest.fixture
def settings(document, said):
    return SettingsClipboard(document, said.append)


def test_settings_are_pasted_into_all_selected_of_the_kind_in_one_step(document, settings, said):
    document.select(("conv1",))
    settings.copy()
    document.select(("conv2", "conv3", "relu1"))
    settings.paste()
    graph = document.graph
    assert graph.nodes["conv2"].settings == graph.nodes["conv3"].settings == FIRST
    assert graph.nodes["conv3"].training.frozen
    assert graph.nodes["conv3"].x == 504
    assert document.undo_stack.count() == 1
    assert said[-1] == "Set 2 nodes. ReLU took none: Conv2d settings fit only their own kind."
    document.undo_stack.undo()
    assert document.graph == drawing()


def test_settings_are_copied_as_text_for_people_too(document, settings):
    document.select(("conv1",))
    settings.copy()
    assert QGuiApplication.clipboard().text().startswith("Conv2d: out_channels 24, kernel_size 5 × 5, stride 1 × 1")


def test_one_node_gives_its_settings_to_all_of_its_kind(document, settings, said):
    document.select(("conv1",))
    settings.give_to_all()
    assert [document.graph.nodes[name].settings for name in ("conv2", "conv3")] == [FIRST, FIRST]
    assert said[-1] == "Set 2 nodes."
    assert document.undo_stack.undoText() == "Set all as conv1"


def test_a_clipboard_without_settings_says_what_to_do(document, settings, said):
    QGuiApplication.clipboard().setText("hello")
    document.select(("conv2",))
    settings.paste()
    assert said == ["The clipboard holds no settings. Select a node and press Ctrl+Alt+C first."]
    assert document.undo_stack.count() == 0


def test_what_has_no_settings_gives_none(document, settings, said):
    document.select(("relu1", "conv1"))
    settings.copy()
    assert said == ["Select one node to copy its settings."]


def test_the_keys_copy_and_paste_settings_in_the_window(qtbot, document):
    window = MainWindow(document)
    qtbot.addWidget(window, before_close_func=lambda one: setattr(one, "_may_close", lambda: True))
    with qtbot.waitSignal(window.furnished):
        window.show()
    window.activateWindow()
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    document.select(("conv1",))
    qtbot.keyClick(window, Qt.Key.Key_C, both)
    document.select(("conv2",))
    qtbot.keyClick(window, Qt.Key.Key_V, both)
    assert document.graph.nodes["conv2"].settings == FIRST
