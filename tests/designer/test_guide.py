"""The guide with a page for every layer, made from its declaration, and the ways that lead there."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QColor, QImage, QTextDocument
from PySide6.QtWidgets import QWidget

from designer import theme
from designer.guide import GuideWindow, address_of, open_guide
from designer.pages import guide_search
from designer.pages.doc_text import doc_text
from designer.pages.facts import takes
from designer.pages.html import PICTURE, page
from designer.palette_list import TYPE_ID
from designer.pictures.picture import image_of
from nodes.catalogue import catalogue, find_type
from nodes.conv import Conv2d
from nodes.spec.node_type import chosen_kinds
from nodes.spec.settings import Integer, Real, Sizes


@pytest.fixture
def guide(qtbot):
    made = GuideWindow(None)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def shown(guide: GuideWindow) -> str:
    return guide.pages.toPlainText().replace("\u202f", " ").replace("\u00a0", " ")


@pytest.mark.parametrize("declared", catalogue(), ids=lambda declared: declared.type_id)
def test_every_layer_has_a_page_with_all_its_settings(declared):
    text = page(declared, has_picture=False)
    assert declared.title in text
    for name, kind in chosen_kinds(declared).items():
        assert name in text
        assert takes(kind)


def test_the_page_of_a_convolution_says_what_comes_out_and_how_much_it_weighs(guide):
    guide.show_layer("conv2d")
    text = shown(guide)
    assert "3 × 32 × 32" in text
    assert "32 × 30 × 30" in text
    assert "(3·3·3 + 1) · 32 = 896" in text
    assert "nn.Conv2d(3, 32, 3)" in text
    assert guide.windowTitle() == "Conv2d – Netwright"


def test_the_picture_stands_in_the_page(guide):
    guide.show_layer("relu")
    picture = guide.pages.document().resource(2, QUrl(f"{PICTURE}:relu"))
    assert picture.width() == 2 * 560


@pytest.mark.parametrize("colours", [theme.DARK, theme.LIGHT], ids=lambda colours: colours.name)
def test_a_picture_is_drawn_in_the_colours_of_the_theme(qapp, colours):
    before = theme.current()
    theme.apply(qapp, colours)
    try:
        image = image_of(Conv2d())
        seen = {image.pixelColor(x, y).name() for x in range(0, image.width(), 2) for y in range(80, 200, 2)}
    finally:
        theme.apply(qapp, before)
    assert QColor(colours.raised).name() in seen


@pytest.mark.parametrize("family", ["conv", "activation", "normalization", "recurrent"])
def test_a_family_that_is_understood_by_looking_has_pictures(qapp, family):
    members = [declared for declared in catalogue() if declared.family == family]
    drawn = [declared for declared in members if image_of(declared()) is not None]
    assert len(drawn) >= 0.7 * len(members)


def test_links_and_back_lead_from_page_to_page(qtbot, guide):
    guide.show_layers()
    assert "Slides learned filters over an image" in shown(guide)
    guide.pages.setSource(QUrl("layer:lstm"))
    assert guide.layer == "lstm"
    guide.pages.backward()
    assert guide.layer == ""
    assert "Layers" in shown(guide)


def test_searching_and_enter_open_a_page(qtbot, guide):
    qtbot.keyClicks(guide.index.search, "deconvolution")
    qtbot.keyClick(guide.index.search, Qt.Key.Key_Return)
    assert guide.layer == "conv_transpose2d"


def test_a_click_in_the_index_opens_a_page_and_the_button_adds_the_layer(qtbot, guide):
    items = (guide.index.list.item(row) for row in range(guide.index.list.count()))
    item = next(item for item in items if item.data(TYPE_ID) == "conv2d")
    guide.index.list.scrollToItem(item)
    at = guide.index.list.visualItemRect(item).center()
    qtbot.mouseClick(guide.index.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert guide.layer == "conv2d"
    with qtbot.waitSignal(guide.add_wanted) as asked:
        qtbot.mouseClick(guide.add_button, Qt.MouseButton.LeftButton)
    assert asked.args == ["conv2d"]


def test_a_window_has_one_guide_that_goes_to_the_page_asked_for(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    first = open_guide(window, print, "relu")
    assert open_guide(window, print, "lstm") is first
    assert first.layer == "lstm"


def test_the_docstring_comes_apart():
    text = doc_text(Conv2d.doc())
    assert text.headline.startswith("Slides learned filters")
    sections = dict(text.sections)
    assert {"Shape", "Weights", "Errors", "Source"} <= sections.keys()
    assert sections["Shape"][1].startswith("H' = floor(")
    assert len(sections["Errors"]) == 1


def test_ranges_are_said_in_words():
    assert takes(Integer(low=1, high=255, unit="px")) == "1 … 255 px"
    assert takes(Real(low=0.0, high=1e6)) == "0 … 1\u202f000\u202f000"
    assert takes(Sizes(axes="HW", low=0, high=9, words=("same",), optional="as kernel_size")) == (
        "H × W, each 0 … 9, same, as kernel_size"
    )


def test_a_layer_this_version_does_not_have_is_said(guide):
    assert find_type("mystery") is None
    guide.show_layer("mystery")
    assert "This version has no layer “mystery”" in shown(guide)


def test_the_guide_is_searched_by_words(qtbot, guide):
    qtbot.keyClicks(guide.search, "pan middle")
    text = guide.pages.toPlainText()
    assert "Mouse and keyboard · Drawing" in text
    assert "middle button" in text
    qtbot.keyClicks(guide.search, " zebra")
    assert "Nothing in the guide has “pan middle zebra”" in guide.pages.toPlainText()


def test_a_result_leads_to_its_section_and_back_to_the_results(qtbot, guide):
    qtbot.keyClicks(guide.search, "library")
    first = next(s for s in guide_search.sections() if s.heading == "Blocks")
    assert f"section:{first.file}/{first.number}" in guide.pages.toHtml()
    guide.pages.setSource(QUrl(f"section:{first.file}/{first.number}"))
    assert guide.pages.source().fileName() == "drawing.md"
    top = guide.pages.cursorForPosition(QPoint(40, 30)).block().text()
    assert top == "Blocks"
    assert guide.search.text() == ""
    qtbot.keyClicks(guide.search, "dropout")
    guide.show_contents()
    assert "You draw a network" in guide.pages.toPlainText()


def test_layers_are_found_among_the_sections(qtbot, guide):
    qtbot.keyClicks(guide.search, "conv2d")
    assert "layer:conv2d" in guide.pages.toHtml()


def test_every_page_of_the_guide_is_in_its_contents():
    listed = {section.file for section in guide_search.sections()}
    assert listed == {file.name for file in guide_search.FOLDER.glob("*.md")}


def test_pictures_are_no_wider_than_the_page(guide):
    guide.pages.setSource(address_of("looking.md"))
    picture = guide.pages.loadResource(
        QTextDocument.ResourceType.ImageResource, address_of("pictures/masks-dark.png")
    )
    assert isinstance(picture, QImage)
    assert 100 < picture.width() / picture.devicePixelRatio() <= guide.pages.viewport().width()
