"""Searching commands, layers and nodes by a few words, by keyboard alone."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.chooser import Chooser
from designer.command_search import Finder
from designer.document import Document
from designer.main_window import MainWindow
from tests.designer.networks import digits_classifier


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    window = MainWindow(Document(digits_classifier()))
    qtbot.addWidget(window, before_close_func=lambda one: setattr(one, "_may_close", lambda: True))
    window.resize(1280, 720)
    with qtbot.waitSignal(window.furnished):
        window.show()
    return window


def search(window: MainWindow, text: str) -> Chooser:
    window.search_commands()
    chooser = window.findChild(Chooser)
    assert chooser is not None
    QTest.keyClicks(chooser.field, text)
    return chooser


def test_a_layer_is_added_by_its_other_name(window: MainWindow) -> None:
    chooser = search(window, "fully connected")
    assert chooser.options()[0].words == "Add Linear"
    before = len(window.document.graph.nodes)
    QTest.keyClick(chooser.field, Qt.Key.Key_Return)
    assert len(window.document.graph.nodes) == before + 1


def test_a_node_is_gone_to(window: MainWindow) -> None:
    name = list(window.document.graph.nodes)[2]
    chooser = search(window, f"go to {name}")
    QTest.keyClick(chooser.field, Qt.Key.Key_Return)
    assert window.document.selection == (name,)


def test_a_command_shows_its_key_and_is_done(window: MainWindow) -> None:
    window.document.select(list(window.document.graph.nodes)[:1])
    chooser = search(window, "select all")
    assert (chooser.options()[0].words, chooser.options()[0].note) == ("Edit › Select All", "Ctrl+A")
    QTest.keyClick(chooser.field, Qt.Key.Key_Return)
    assert len(window.document.selection) == len(window.document.graph.nodes)


def test_the_arrows_go_round_and_escape_leaves_everything_as_it_was(window: MainWindow, qtbot: QtBot) -> None:
    graph = window.document.graph
    chooser = search(window, "")
    QTest.keyClick(chooser.field, Qt.Key.Key_Up)
    assert chooser.list.currentRow() == chooser.list.count() - 1
    with qtbot.waitSignal(chooser.closed):
        QTest.keyClick(chooser.field, Qt.Key.Key_Escape)
    assert window.document.graph is graph


def test_words_that_nothing_has_are_answered(window: MainWindow) -> None:
    chooser = search(window, "xyzzy")
    assert [chooser.list.item(row).text() for row in range(chooser.list.count())] == ["Nothing has these words."]
    QTest.keyClick(chooser.field, Qt.Key.Key_Return)
    assert chooser.isVisible()


def test_every_entry_of_the_menus_can_be_found(window: MainWindow) -> None:
    words = [option.words for option in Finder(window).find("")]
    assert {"File › Open", "Network › Train or Pause", "Help › Guide"} <= set(words)
