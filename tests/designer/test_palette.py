"""Palette: found by typing, added by keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from designer.canvas.view import NODE_TYPE_MIME
from designer.palette import Palette, drag_picture
from nodes.catalogue import catalogue

LISTED = [
    declared.type_id for declared in catalogue() if declared.type_id != "block"
]  # blocks are made of selections


@pytest.fixture
def palette(qtbot):
    made = Palette()
    qtbot.addWidget(made)
    made.fill()
    made.resize(240, 700)
    made.show()
    qtbot.waitExposed(made)
    return made


def current(palette: Palette) -> str:
    item = palette.list.currentItem()
    return item.text() if item else ""


def test_it_lists_the_catalogue_in_its_order(palette):
    assert palette.list.type_ids() == LISTED


@pytest.mark.parametrize(
    ("typed", "found"), [("linear", "Linear"), ("conv2d", "Conv2d"), ("max", "MaxPool2d"), ("convolution", "Conv2d")]
)
def test_the_best_match_is_ready_to_add(qtbot, palette, typed, found):
    qtbot.keyClicks(palette.search, typed)
    assert current(palette) == found


def test_enter_adds_what_was_found(qtbot, palette):
    qtbot.keyClicks(palette.search, "lstm")
    with qtbot.waitSignal(palette.add_requested) as added:
        qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert added.args == ["lstm"]


def test_arrows_move_among_what_was_found(qtbot, palette):
    qtbot.keyClicks(palette.search, "pool")
    first = current(palette)
    qtbot.keyClick(palette.search, Qt.Key.Key_Down)
    assert current(palette) not in ("", first)
    qtbot.keyClick(palette.search, Qt.Key.Key_Up)
    assert current(palette) == first


def test_words_of_the_help_find_a_layer_that_no_name_has(qtbot, palette):
    qtbot.keyClicks(palette.search, "filters")
    assert "conv2d" in palette.list.type_ids()


def test_nothing_found_says_so_and_enter_adds_nothing(qtbot, palette):
    qtbot.keyClicks(palette.search, "zzz")
    assert "No layer is called “zzz”" in palette.nothing.text
    with qtbot.assertNotEmitted(palette.add_requested):
        qtbot.keyClick(palette.search, Qt.Key.Key_Return)


def test_escape_shows_everything_again(qtbot, palette):
    qtbot.keyClicks(palette.search, "lstm")
    qtbot.keyClick(palette.search, Qt.Key.Key_Escape)
    assert palette.list.type_ids() == LISTED


def test_double_click_adds(qtbot, palette):
    item = next(palette.list.item(r) for r in range(palette.list.count()) if palette.list.item(r).text() == "ReLU")
    at = palette.list.visualItemRect(item).center()
    qtbot.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    with qtbot.waitSignal(palette.add_requested) as added:
        qtbot.mouseDClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert added.args == ["relu"]


def test_a_drag_carries_the_type(palette):
    item = next(palette.list.item(r) for r in range(palette.list.count()) if palette.list.item(r).text() == "Conv2d")
    assert bytes(palette.list.mimeData([item]).data(NODE_TYPE_MIME).data()) == b"conv2d"
    assert not drag_picture("Conv2d", "conv").isNull()


def test_tool_tips_are_the_first_sentence(palette):
    tips = [palette.list.item(row).toolTip() for row in range(palette.list.count())]
    assert "Convolution 2-D: Slides learned filters over an image; each filter outputs one feature map." in tips
