"""Texts that are typed or pasted are judged at once, in the panel."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from pytestqt.qtbot import QtBot

from designer.inspect.decision_view import DecisionView
from designer.inspect.panel import InspectPanel
from designer.inspect.typed_view import TypedView
from runtime.train import train
from tests.designer.inspect.conftest import panel as digits_panel  # noqa: F401  a fixture
from tests.designer.inspect.conftest import panel_on
from tests.runtime.insight.conftest import run  # noqa: F401  a fixture
from tests.runtime.insight.reviews import sentiment_run
from tests.runtime.sequences.networks import text_of, text_run


@pytest.fixture(scope="module")
def reviews(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sentiment_run(tmp_path_factory.mktemp("reviews"))


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = text_run(tmp_path_factory.mktemp("letters"), text_of(300), epochs=1)  # noqa: F811
    train(run)
    return run


def opened(qtbot: QtBot, run: Path) -> TypedView:  # noqa: F811
    panel = panel_on(qtbot, run)
    view = panel.choose(TypedView)
    assert isinstance(view, TypedView)
    qtbot.waitUntil(lambda: view.content.isVisible())
    return view


def test_a_typed_review_is_judged_while_it_is_typed(qtbot, reviews):
    view = opened(qtbot, reviews)
    assert len(view.strip.tokens) == 6  # a sample of the data
    qtbot.keyClicks(view.text, "a lovely film")
    qtbot.waitUntil(lambda: list(view.strip.tokens) == ["a", "lovely", "film"])
    assert view.best.text() == "good"
    assert max(range(3), key=view.strip.values.__getitem__) == 1
    assert view.strip.told(1).startswith("“lovely” speaks for good, 100 %")
    assert sum(view.bars.values) == pytest.approx(1, abs=1e-5)
    view.target.setCurrentText("bad")
    qtbot.waitUntil(lambda: view.strip.told(1).startswith("“lovely” speaks against bad"))
    view.show_row(3)
    qtbot.waitUntil(lambda: len(view.strip.tokens) == 6)


def test_text_on_the_clipboard_is_pasted_with_the_keys(qtbot, reviews):
    view = opened(qtbot, reviews)
    QGuiApplication.clipboard().setText("terrible music")
    panel = view.window()
    assert isinstance(panel, InspectPanel)
    qtbot.keyClick(panel.list, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: list(view.strip.tokens) == ["terrible", "music"])
    assert view.best.text() == "bad"


def test_the_next_character_is_told_while_a_text_is_typed(qtbot, letters):
    view = opened(qtbot, letters)
    qtbot.keyClicks(view.text, "abcab")
    qtbot.waitUntil(lambda: list(view.strip.tokens) == list("abcab"))
    assert view.best.text().startswith("next: ")
    assert len(view.bars.values) == 8
    assert all(0 < value < 1 for value in view.strip.values[1:])
    assert view.target.isHidden()
    qtbot.keyClicks(view.text, "z")
    qtbot.waitUntil(lambda: "has no z" in view.message.text)
    assert view.text.isVisible()
    qtbot.keyClick(view.text, Qt.Key.Key_Backspace)
    qtbot.waitUntil(lambda: view.content.isVisible())


def test_a_picture_on_the_clipboard_is_pasted_with_the_keys(qtbot, digits_panel):  # noqa: F811
    view = digits_panel.choose(DecisionView)
    assert isinstance(view, DecisionView)
    picture = QImage(28, 28, QImage.Format.Format_RGB32)
    picture.fill(0)
    QGuiApplication.clipboard().setImage(picture)
    qtbot.keyClick(digits_panel.list, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: view._picture.endswith("tried.png"))
