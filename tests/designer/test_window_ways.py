"""Keys and moments of the window as a whole: full screen, preferences, versions, and coming back to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer import dialogs
from designer.document import Document
from designer.file_actions import RELOAD
from designer.main_window import MainWindow
from designer.preferences_dialog import PreferencesDialog
from designer.recovery import Keeper, left_behind
from designer.versions_dialog import VersionsDialog
from nodes.activation import ReLU
from nodes.graph.files import load, save
from nodes.graph.model import Network, Node
from tests.designer.networks import digits_classifier

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    made = MainWindow(Document())
    qtbot.addWidget(made, before_close_func=lambda one: setattr(one, "_may_close", lambda: True))
    with qtbot.waitSignal(made.furnished):
        made.show()
    return made


@pytest.fixture
def path(window: MainWindow, tmp_path: Path) -> Path:
    path = tmp_path / "drawing.netw"
    save(digits_classifier(), path)
    window.files.open_path(path)
    return path


def test_a_file_opened_in_an_empty_window_takes_its_tab(window: MainWindow, path: Path) -> None:
    assert window.tabs.count() == 1
    assert not window.tabs.isVisible()


def test_f11_takes_the_whole_screen_and_gives_it_back(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window.canvas, Qt.Key.Key_F11)
    assert window.isFullScreen()
    qtbot.keyClick(window.canvas, Qt.Key.Key_F11)
    assert not window.isFullScreen()


def test_the_preferences_open_by_their_key(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window.canvas, Qt.Key.Key_Comma, CTRL)
    dialog = window.findChild(PreferencesDialog)
    assert isinstance(dialog, PreferencesDialog)
    assert dialog.isVisible()
    dialog.accept()


def test_the_versions_open_from_the_menu(window: MainWindow, path: Path) -> None:
    window.document.edit(window.document.graph.with_node("relu1", Node(ReLU())), "Add relu1")
    assert window.files.save()
    window.show_versions()
    dialog = window.findChild(VersionsDialog)
    assert isinstance(dialog, VersionsDialog)
    dialog.reject()


def test_coming_back_to_the_window_notices_what_others_wrote(
    qtbot: QtBot, window: MainWindow, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogs, "ask", lambda *_: RELOAD)
    save(Network(digits_classifier().graph, title="theirs"), path)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    QApplication.sendEvent(window, QEvent(QEvent.Type.ActivationChange))
    qtbot.waitUntil(lambda: window.document.title == "theirs")


def test_a_second_window_says_in_its_bar_that_the_file_is_open_elsewhere(
    qtbot: QtBot, window: MainWindow, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogs, "tell", lambda *_: None)
    other = MainWindow(Document())
    qtbot.addWidget(other, before_close_func=lambda one: setattr(one, "_may_close", lambda: True))
    with qtbot.waitSignal(other.furnished):
        other.show()
    other.files.open_path(path)
    assert other.top_bar.state.text() == "· open in another window"
    assert window.top_bar.state.text() == "· saved"


def test_what_was_left_behind_opens_in_a_tab_beside_what_is_drawn(
    qtbot: QtBot, window: MainWindow, path: Path, tmp_path: Path
) -> None:
    document = Document(digits_classifier())
    keeper = Keeper(document, tmp_path / "recovery")
    document.edit(document.graph.with_node("relu1", Node(ReLU())), "Add relu1")
    keeper.drawing.close_steps()
    keeper.drawing.unlock()
    [left] = left_behind(tmp_path / "recovery")
    window.files.open_recovered(left)
    assert window.tabs.count() == 2
    assert "relu1" in window.document.graph.nodes
    window.tabs.step(1)
    assert window.document.path == path
    assert load(path).network == window.document.network


def test_only_files_are_taken_when_they_are_dragged_in(window: MainWindow, path: Path) -> None:
    def is_taken(data: QMimeData) -> bool:
        event = QDragEnterEvent(
            QPoint(10, 10), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        )
        event.ignore()
        window.dragEnterEvent(event)
        return event.isAccepted()

    files, words = QMimeData(), QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(path))])
    words.setText("words")
    assert is_taken(files)
    assert not is_taken(words)
