"""Gestures of the mouse: what each combination means, and other ones for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.canvas.mouse import GESTURES, HELD, combination, mouse
from designer.canvas.view import CanvasView
from designer.document import Document
from designer.keys_sheet import lines
from designer.mouse_page import MousePage
from designer.split import Split
from nodes.graph.model import Link
from tests.designer.drawing import Hand

MIDDLE, RIGHT = Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
FIRST = Link("image", "output", "conv1", "x")


@pytest.fixture(autouse=True)
def as_they_were(qapp: QApplication) -> Iterator[None]:
    yield
    mouse.reset()


@pytest.fixture
def page(qtbot: QtBot) -> MousePage:
    made = MousePage()
    qtbot.addWidget(made)
    made.show()
    return made


def across(hand: Hand) -> tuple[QPoint, QPoint]:
    """From above the first wire to below it."""
    middle = hand.canvas.canvas_scene.link_items[FIRST].path.pointAtPercent(0.3)
    return hand.at(middle - QPointF(0, 40)), hand.at(middle + QPointF(0, 40))


def test_no_combination_means_two_things_at_one_place() -> None:
    for one in GESTURES:
        for key in one.defaults:
            assert mouse.holders(key, one.name) == ()


def test_held_keys_are_written_in_one_order() -> None:
    for held in filter(lambda held: held not in ("", "Space"), HELD):
        keys = Qt.KeyboardModifier.NoModifier
        for name in held.split("+"):
            keys |= getattr(Qt.KeyboardModifier, {"Ctrl": "Control"}.get(name, name) + "Modifier")
        assert combination("Left", keys) == f"{held}+Left"


def test_a_stroke_on_another_button_cuts_and_the_old_one_no_longer_does(hand: Hand, document: Document) -> None:
    mouse.set_keys("cut_stroke", ("Ctrl+Alt+Left",))
    hand.drag(*across(hand), RIGHT, CTRL)
    assert FIRST in document.graph.links
    hand.drag(*across(hand), modifiers=CTRL | ALT)
    assert FIRST not in document.graph.links


def test_a_combination_that_is_taken_is_lost_by_who_had_it_at_that_place_alone(
    hand: Hand, document: Document
) -> None:
    assert mouse.holders("Ctrl+Left", "cut_stroke") == (
        "Take into what is selected, or out",
        "Take all links to another output",
    )
    mouse.set_keys("add", ("Alt+Left",))  # a double click: no press or click loses it
    assert mouse.keys_of("cut") == ("Alt+Left",)
    mouse.set_keys("cut_stroke", ("Middle",))
    assert mouse.keys_of("pan") == ("Space+Left", "Alt+Left")
    hand.drag(*across(hand), MIDDLE)
    assert FIRST not in document.graph.links


def test_links_are_cut_by_a_click_and_seen_moved_by_a_drag_of_one_combination(hand: Hand, document: Document) -> None:
    on_wire = hand.at(hand.canvas.canvas_scene.link_items[FIRST].path.pointAtPercent(0.3))
    middle = hand.canvas.visible_middle()
    hand.drag(on_wire, on_wire + QPoint(60, 0), modifiers=ALT)
    assert FIRST in document.graph.links
    assert hand.canvas.visible_middle().x() < middle.x()
    hand.click(on_wire + QPoint(60, 0), ALT)
    assert FIRST not in document.graph.links


def test_dragging_up_with_the_middle_button_and_ctrl_zooms_in(hand: Hand) -> None:
    zoom = hand.canvas.zoom
    hand.drag(QPoint(400, 300), QPoint(400, 240), MIDDLE, CTRL)
    assert hand.canvas.zoom == pytest.approx(zoom * 1.008**60)


def test_the_page_takes_a_button_pressed_on_it_and_says_who_loses_it(page: MousePage, qtbot: QtBot) -> None:
    page.choose("bend_stroke")
    assert not page.take.isEnabled()
    qtbot.mousePress(page.pad, RIGHT, CTRL)
    assert page.told.text() == (
        "Ctrl+right drag leads to “Cut every link that is crossed” now. Taken, it no longer does."
        " Then nothing leads to “Cut every link that is crossed”."
    )
    qtbot.mouseClick(page.add, Qt.MouseButton.LeftButton)
    assert mouse.keys_of("bend_stroke") == ("Shift+Right", "Ctrl+Right")
    assert mouse.keys_of("cut_stroke") == ()
    assert any(line.keys == "Shift+right drag · Ctrl+right drag" for line in lines())
    qtbot.mouseClick(page.reset_all, Qt.MouseButton.LeftButton)
    assert mouse.keys_of("cut_stroke") == ("Ctrl+Right",)


def test_a_gesture_is_changed_without_a_mouse(page: MousePage, qtbot: QtBot) -> None:
    page.choose("zoom")
    assert not page.pad.isVisible()
    page.held.setFocus()
    qtbot.keyClick(page.held, Qt.Key.Key_Down)
    page.held.activated.emit(page.held.currentIndex())
    qtbot.keyClick(page.take, Qt.Key.Key_Space)
    assert mouse.keys_of("zoom") == ("Shift+Wheel",)
    assert mouse.keys_of("scroll_across") == ()


def test_what_is_seen_in_the_second_view_is_moved_by_the_same_button(qtbot: QtBot, document: Document) -> None:
    split = Split(document, CanvasView(document))
    qtbot.addWidget(split)
    split.resize(1000, 500)
    split.show()
    split.set_split(True)
    view = split.onlooker
    assert view is not None
    middle, ground = view.visible_middle(), view.viewport()
    qtbot.mousePress(ground, MIDDLE, pos=QPoint(200, 200))
    qtbot.mouseMove(ground, QPoint(150, 200))
    qtbot.mouseRelease(ground, MIDDLE, pos=QPoint(150, 200))
    assert view.visible_middle().x() > middle.x()
    assert split.onlooker is view
