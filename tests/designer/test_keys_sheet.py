"""The sheet of keys and gestures, and the page on which keys are changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.canvas.shortcuts import shortcuts
from designer.keys_sheet import KeysSheet, lines
from designer.main_window import MainWindow
from designer.preferences_dialog import PreferencesDialog
from designer.shortcut_page import ShortcutPage
from tests.designer import windows
from tests.designer.drawing import give_focus
from tests.designer.networks import digits_classifier


@pytest.fixture(scope="module")
def made(qapp: QApplication) -> Iterator[MainWindow]:
    """One for all of them."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("designer.services.Services.start", lambda _self: None)
        with windows.shown(digits_classifier()) as window:
            yield window


@pytest.fixture
def window(made: MainWindow) -> Iterator[MainWindow]:
    give_focus(made.canvas)
    yield made
    shortcuts.reset()
    for sheet in made.findChildren(KeysSheet):
        sheet.close()


def shown(sheet: KeysSheet) -> list[str]:
    root = sheet.tree.invisibleRootItem()
    groups = [root.child(n) for n in range(root.childCount())]
    items = [group.child(n) for group in groups for n in range(group.childCount())]
    return [item.text(1) for item in items if not item.isHidden()]


def test_a_question_mark_on_the_canvas_opens_the_sheet(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window.canvas, "?")
    sheet = window.findChild(KeysSheet)
    assert sheet is not None
    assert sheet.isVisible()
    assert sheet.tree.columnWidth(0) > sheet.fontMetrics().horizontalAdvance("Ctrl+drag from an output")
    qtbot.keyClicks(sheet.field, "mute")
    assert shown(sheet) == ["Mute or Unmute"]


def test_the_sheet_tells_every_key_and_gesture(window: MainWindow) -> None:
    told = {(line.keys, line.what) for line in lines()}
    words = {what for _, what in told}
    assert ("M", "Mute or Unmute") in told
    assert ("Ctrl+right drag", "Cut every link that is crossed") in told
    assert {"Train or Pause", "Find a Node", "Frame the Selection", "Paste with Incoming Links"} <= words
    assert ("Alt+Left", "Move the Selection Left") in told


def test_every_command_of_the_menus_that_has_keys_is_told(window: MainWindow) -> None:
    from designer.command_search import _actions

    told = {line.what for line in lines()}
    for words, action in _actions(window.top_bar.menus):
        if not action.shortcut().isEmpty() and "Undo" not in words and "Redo" not in words:
            inner = words.split(" › ")[-1]
            assert inner in told or f"Colour Nodes by {inner}" in told, words


def test_commands_without_keys_can_be_given_some(window: MainWindow) -> None:
    known = {command.name: command.words for command in shortcuts.commands()}
    assert known["window_give_settings_to_all_of_the_kind"] == "Give Settings to All of the Kind"
    assert {"Copy Settings", "Paste Settings", "Validate Now", "Reset the Setting"} <= set(known.values())
    assert shortcuts.keys_of("window_split") == ("Ctrl+\\", "F4")


def test_no_two_commands_have_the_same_keys(window: MainWindow) -> None:
    held = [key for command in shortcuts.commands() for key in command.defaults]
    assert sorted(held) == sorted(set(held))


def test_ctrl_enter_trains(window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    assert window.services is not None
    started: list[bool] = []
    monkeypatch.setattr(window.services.trainer, "start", lambda: started.append(True))
    qtbot.keyClick(window.canvas, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert started == [True]


def page(window: MainWindow, qtbot: QtBot) -> ShortcutPage:
    dialog = PreferencesDialog(window)
    qtbot.addWidget(dialog)
    dialog.show()
    found = dialog.findChild(ShortcutPage)
    assert found is not None
    dialog.pages.setCurrentWidget(found)
    return found


def test_a_command_takes_the_keys_that_are_pressed(window: MainWindow, qtbot: QtBot) -> None:
    keys = page(window, qtbot)
    keys.choose("mute")
    keys.keys.setKeySequence(QKeySequence("Ctrl+M"))
    assert (keys.take.text(), keys.told.text()) == ("Set", "")
    qtbot.mouseClick(keys.take, Qt.MouseButton.LeftButton)
    assert window.canvas.actions_by_name["mute"].shortcut() == QKeySequence("Ctrl+M")
    assert any(line.keys == "Ctrl+M" for line in lines())
    qtbot.mouseClick(keys.reset, Qt.MouseButton.LeftButton)
    assert window.canvas.actions_by_name["mute"].shortcut() == QKeySequence("M")


def test_keys_that_are_held_already_are_told_before_they_are_taken(window: MainWindow, qtbot: QtBot) -> None:
    keys = page(window, qtbot)
    keys.choose("mute")
    keys.keys.setKeySequence(QKeySequence("F5"))
    assert "“Train or Pause”" in keys.told.text()
    qtbot.mouseClick(keys.take, Qt.MouseButton.LeftButton)
    assert shortcuts.keys_of("window_train_or_pause") == ("Ctrl+Return", "Ctrl+Enter")
    qtbot.mouseClick(keys.reset_all, Qt.MouseButton.LeftButton)
    assert shortcuts.keys_of("mute") == ("M",)
    assert shortcuts.keys_of("window_train_or_pause")[0] == "F5"
