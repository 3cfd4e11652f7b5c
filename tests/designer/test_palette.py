"""Palette: found by typing, added by keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt

from designer.canvas.palette_drop import NODE_TYPE_MIME
from designer.library import PREFIX
from designer.palette import Palette
from designer.palette_entries import USUAL
from designer.palette_list import COUNT, FOLDED_KEY, MORE, RECENT_KEY, SECTION, TYPE_ID, WHOLE_KEY, drag_picture
from nodes.catalogue import catalogue

LISTED = [declared for declared in catalogue() if declared.type_id != "block"]  # blocks are made of selections
OPEN = [
    declared.type_id for declared in LISTED if declared.type_id in USUAL.get(declared.family, (declared.type_id,))
]


@pytest.fixture(autouse=True)
def fresh_settings():
    for key in (FOLDED_KEY, RECENT_KEY, WHOLE_KEY):
        QSettings().remove(key)


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
    assert palette.list.type_ids() == OPEN


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("linear", "Linear"),
        ("conv2d", "Conv2d"),
        ("conv", "Conv2d"),
        ("maxpool", "MaxPool2d"),
        ("convolution", "Conv2d"),
        ("batchnorm", "BatchNorm2d"),
        ("batch norm", "BatchNorm2d"),
        ("fully connected", "Linear"),
        ("deconvolution", "ConvTranspose2d"),
        ("hinge", "MultiMarginLoss"),
        ("svm", "MultiMarginLoss"),
        ("relu", "ReLU"),
        ("cross entropy", "CrossEntropyLoss"),
        ("skip connection", "Add"),
        ("residual connection", "Add"),
        ("unpool", "MaxUnpool2d"),
        ("upsampling", "Upsample"),
        ("GAP", "GlobalAvgPool"),
        ("residual", "Add"),
        ("attention", "MultiheadAttention"),
        ("dilated", "Conv2d"),
        ("atrous convolution", "Conv2d"),
        ("bn", "BatchNorm2d"),
        ("lrn", "LocalResponseNorm"),
        ("swish", "SiLU"),
        ("logistic", "Sigmoid"),
        ("reparameterization", "GaussianSample"),
        ("bidirectional", "RNN"),
        ("seq2seq", "LSTM"),
        ("many to one", "SelectLast"),
        ("word vectors", "Embedding"),
        ("contrastive loss", "CosineEmbeddingLoss"),
        ("lambda", "PythonCode"),
    ],
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
    assert palette.list.type_ids() == OPEN


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


def heading(palette: Palette, section: str):
    items = (palette.list.item(row) for row in range(palette.list.count()))
    return next(item for item in items if item.data(SECTION) == section and not item.data(TYPE_ID))


def click(qtbot, palette: Palette, item) -> None:
    palette.list.scrollToItem(item)
    at = palette.list.visualItemRect(item).center()
    qtbot.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_a_click_on_a_heading_folds_its_section_for_the_next_start_too(qtbot, palette):
    click(qtbot, palette, heading(palette, "pooling"))
    assert "max_pool2d" not in palette.list.type_ids()
    assert heading(palette, "pooling").data(COUNT) == sum(declared.family == "pooling" for declared in LISTED)
    again = Palette()
    qtbot.addWidget(again)
    again.fill()
    assert "max_pool2d" not in again.list.type_ids()
    click(qtbot, palette, heading(palette, "pooling"))
    assert "max_pool2d" in palette.list.type_ids()


def test_keys_fold_and_show_a_section(qtbot, palette):
    palette.list.setFocus()
    palette.list.setCurrentItem(heading(palette, "conv"))
    qtbot.keyClick(palette.list, Qt.Key.Key_Left)
    assert "conv2d" not in palette.list.type_ids()
    assert palette.list.currentItem().data(SECTION) == "conv"
    qtbot.keyClick(palette.list, Qt.Key.Key_Right)
    assert "conv2d" in palette.list.type_ids()


def test_search_finds_what_is_folded(qtbot, palette):
    palette.list.set_folded("conv", True)
    qtbot.keyClicks(palette.search, "Conv3d")
    assert palette.list.type_ids() == ["conv3d"]


def more(palette: Palette, section: str):
    items = (palette.list.item(row) for row in range(palette.list.count()))
    return next((item for item in items if item.data(SECTION) == section and item.data(MORE)), None)


def test_a_long_section_begins_with_the_usual_and_shows_the_rest_when_asked_for_the_next_start_too(qtbot, palette):
    assert "max_unpool2d" not in palette.list.type_ids()
    of_pooling = sum(declared.family == "pooling" for declared in LISTED)
    assert more(palette, "pooling").text() == f"{of_pooling - 4} more"
    click(qtbot, palette, more(palette, "pooling"))
    assert "max_unpool2d" in palette.list.type_ids()
    assert more(palette, "pooling") is None
    again = Palette()
    qtbot.addWidget(again)
    again.fill()
    assert "max_unpool2d" in again.list.type_ids()


def test_the_key_on_the_row_below_the_usual_shows_the_rest(qtbot, palette):
    palette.list.setFocus()
    palette.list.setCurrentItem(more(palette, "loss"))
    qtbot.keyClick(palette.list, Qt.Key.Key_Return)
    assert "giou_loss" in palette.list.type_ids()
    assert palette.list.currentItem().data(SECTION) == "loss"


def test_every_usual_layer_is_in_the_catalogue():
    known = {(declared.family, declared.type_id) for declared in LISTED}
    assert {(family, type_id) for family, type_ids in USUAL.items() for type_id in type_ids} <= known


def test_what_was_added_is_listed_on_top_the_next_time(qtbot, palette):
    qtbot.keyClicks(palette.search, "lstm")
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    qtbot.keyClick(palette.search, Qt.Key.Key_Escape)
    assert palette.list.item(0).text() == "Used lately"
    assert palette.list.item(1).data(TYPE_ID) == "lstm"


def test_f1_and_the_question_mark_ask_for_the_page(qtbot, palette):
    qtbot.keyClicks(palette.search, "conv2d")
    with qtbot.waitSignal(palette.page_requested) as asked:
        qtbot.keyClick(palette.search, Qt.Key.Key_F1)
    assert asked.args == ["conv2d"]
    at = palette.list.visualItemRect(palette.list.item(0))
    with qtbot.waitSignal(palette.page_requested):
        qtbot.mouseClick(
            palette.list.viewport(), Qt.MouseButton.LeftButton, pos=at.center() + QPoint(at.width() // 2 - 20, 0)
        )


def test_a_block_of_the_library_has_no_page(qtbot, palette):
    items = (palette.list.item(row) for row in range(palette.list.count()))
    block = next(item for item in items if str(item.data(TYPE_ID)).startswith(PREFIX))
    palette.list.setCurrentItem(block)
    with qtbot.assertNotEmitted(palette.page_requested):
        assert not palette.list.show_current_page()
