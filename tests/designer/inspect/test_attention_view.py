"""Attention in the panel: over the picture for each word, at the words of another sentence, place by place."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from designer.inspect.attention_view import CLASS_TOKEN, AttentionView
from tests.designer.inspect.conftest import panel_on
from tests.runtime.insight.attending_runs import caption_run, translating_run
from tests.runtime.insight.shared import fresh_run

LEFT = Qt.MouseButton.LeftButton


def opened(qtbot: QtBot, run: Path) -> AttentionView:
    panel = panel_on(qtbot, run, height=420)
    view = panel.choose(AttentionView)
    assert isinstance(view, AttentionView)
    qtbot.waitUntil(lambda: view.content.isVisible() and bool(view.weights()))
    return view


def test_a_word_of_a_caption_lights_the_places_that_it_looked_at(qtbot, tmp_path):
    view = opened(qtbot, caption_run(tmp_path))
    assert view.strip.tokens[-1] == "<end>"
    assert view.places.isVisible()
    assert view.keys.isHidden()
    assert view.head.isHidden()
    qtbot.mouseClick(view.strip, LEFT, pos=view.strip.boxes(view.strip.width())[0].center().toPoint())
    assert list(view.places.weights) == view.weights()[0]
    assert view.told.text().startswith(f"step 1, “{view.strip.tokens[0]}”, looks most at row ")
    first = view.places.grab().toImage()
    qtbot.keyClick(view.strip, Qt.Key.Key_Right)
    assert view.strip.place == 1
    assert list(view.places.weights) == view.weights()[1]
    assert view.places.grab().toImage() != first
    before = view.grid.place
    qtbot.mouseClick(view.places, LEFT, pos=view.places.cell(7).center().toPoint())
    assert view.grid.place == before  # a place of the picture looks at nothing


def test_words_that_are_looked_at_have_a_line_of_their_own(qtbot, tmp_path):
    view = opened(qtbot, translating_run(tmp_path))
    assert view.text.isVisible()
    view.text.setText("four thousand and five")
    qtbot.keyClick(view.text, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: list(view.keys.tokens) == ["four", "thousand", "and", "five"])
    assert view.keys.isVisible()
    assert not set(view.strip.tokens) & set(view.keys.tokens)
    assert max(view.keys.values) == 1
    assert not view.strip.values
    assert view.places.isHidden()


@pytest.mark.parametrize("layer", [0, 2])
def test_a_place_of_a_picture_is_chosen_by_a_click(qtbot, tmp_path, layer):
    view = opened(qtbot, fresh_run(tmp_path, "vit_digits"))
    view.layer.setCurrentIndex(layer)
    qtbot.waitUntil(lambda: view._told["layer"] == layer)
    assert view.told.text().startswith(f"{CLASS_TOKEN}, looks most at")
    qtbot.mouseClick(view.places, LEFT, pos=view.places.cell(6).center().toPoint())
    assert (view.grid.place, view.places.place) == (7, 6)
    assert view.told.text().startswith("row 2, column 3, looks most at")
    assert list(view.places.weights) == view.weights()[7][1:]
    qtbot.keyClick(view.places, Qt.Key.Key_Down)
    assert view.places.place == 10
