"""The examples in the menu: every file is there, under its chapter and its title."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QMenuBar

from designer import examples as shelf
from designer.examples import EXAMPLES, chapters
from designer.main_window import MainWindow


@pytest.fixture
def window(qtbot) -> MainWindow:
    made = MainWindow()
    qtbot.addWidget(made, before_close_func=lambda one: setattr(one, "_may_close", lambda: True))
    with qtbot.waitSignal(made.furnished):
        made.show()
    return made


def entry(menu: QMenu | QMenuBar, words: str) -> QAction:
    return next(action for action in menu.actions() if action.text() == words)


def test_every_file_is_in_one_chapter_under_its_title():
    listed = [example.path for inside in chapters().values() for example in inside]
    assert sorted(listed) == sorted(EXAMPLES.glob("*.netw"))
    assert "Others" not in chapters()
    assert {e.title for e in chapters()["Classic CNNs"]} >= {"AlexNet", "ZFNet"}


def test_a_file_beside_the_index_is_listed_under_its_name(tmp_path, monkeypatch):
    (tmp_path / "my_net.netw").write_text("{}")
    monkeypatch.setattr(shelf, "EXAMPLES", tmp_path)
    assert [example.title for example in chapters()["Others"]] == ["my net"]


def test_the_menu_opens_resnet_152(window):
    examples = entry(entry(window.top_bar.menus, "&File").menu(), "&Examples").menu()
    examples.aboutToShow.emit()
    deep = entry(entry(examples, "Residual CNNs").menu(), "ResNet-152")
    assert deep.toolTip() == "60.2 M weights · 11.5 G multiply-adds"
    deep.trigger()
    assert window.document.title == "ResNet-152"
    assert window.document.path is None
    assert not any(facts.error for facts in window.document.inference.facts.values())
