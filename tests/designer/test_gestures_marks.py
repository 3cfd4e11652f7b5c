"""Frames around nodes, and notes beside them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from designer.canvas.text_editors import NoteEditor, TitleEditor
from designer.document import Document
from nodes.graph.marks import Frame, StickyNote
from nodes.graph.model import Link, Network
from tests.designer.drawing import Hand, give_focus

Key, LEFT = Qt.Key, Qt.MouseButton.LeftButton
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture(autouse=True)
def _focus(hand: Hand) -> None:
    give_focus(hand.canvas)


@pytest.fixture
def framed(hand: Hand, document: Document) -> Hand:
    """With a frame around conv1 and relu1."""
    frame = Frame("Stem", ("conv1", "relu1"), "conv")
    document.edit(document.graph.with_marks(document.graph.marks.with_frame("frame1", frame)), "Frame")
    hand.canvas.fit()
    return hand


@pytest.fixture
def noted(hand: Hand, document: Document) -> Hand:
    """With a note below the row."""
    note = StickyNote("Why **this**", 504, 144)
    document.edit(document.graph.with_marks(document.graph.marks.with_note("note1", note)), "Note")
    hand.canvas.fit()
    return hand


def title(hand: Hand) -> QPoint:
    return hand.at(hand.canvas.canvas_scene.marks.title_box("frame1").center())


def note(hand: Hand) -> QPoint:
    return hand.at(hand.canvas.canvas_scene.marks.note_box("note1").center())


def double_click(hand: Hand, at: QPoint) -> None:
    QTest.mouseDClick(hand.canvas.viewport(), LEFT, pos=at)


# --- frames


def test_ctrl_j_frames_the_selection_and_asks_for_its_title(hand: Hand, document: Document, qtbot: QtBot) -> None:
    before = document.graph
    document.select(["conv1", "relu1"])
    hand.press(Key.Key_J, CTRL)
    editor = hand.canvas.findChild(TitleEditor)
    qtbot.keyClicks(editor, "Stem")
    qtbot.keyClick(editor, Key.Key_Return)
    assert document.graph.marks.frames == {"frame1": Frame("Stem", ("conv1", "relu1"), "conv")}
    assert document.undo_stack.count() == 1
    assert document.undo_stack.undoText() == "Frame 2 nodes"
    document.undo_stack.undo()
    assert document.graph is before


def test_a_frame_stands_around_its_nodes_wherever_they_go(framed: Hand, document: Document) -> None:
    boxes = framed.canvas.canvas_scene.marks._boxes
    assert boxes["frame1"].contains(framed.canvas.canvas_scene.content_rect(["conv1", "relu1"]))
    document.edit(document.graph.moved({"relu1": (960.0, 480.0)}), "Move")
    assert framed.canvas.canvas_scene.marks._boxes["frame1"].contains(QPointF(1100, 520))


def test_dragging_its_title_moves_all_its_nodes_as_one_step(framed: Hand, document: Document) -> None:
    before = document.graph
    framed.drag(title(framed), title(framed) + framed.at(QPointF(0, 240)) - framed.at(QPointF(0, 0)))
    assert [document.graph.nodes[n].y for n in ("image", "conv1", "relu1")] == [0, 240, 240]
    assert [document.graph.nodes[n].x for n in ("conv1", "relu1")] == [252, 504]
    document.undo_stack.undo()
    assert document.graph is before


def test_a_click_on_its_title_selects_its_nodes(framed: Hand, document: Document) -> None:
    framed.click(title(framed))
    assert set(document.selection) == {"conv1", "relu1"}


def test_a_double_click_on_its_title_renames_it(framed: Hand, document: Document, qtbot: QtBot) -> None:
    before = document.graph
    double_click(framed, title(framed))
    editor = framed.canvas.findChild(TitleEditor)
    qtbot.keyClicks(editor, "Features")
    qtbot.keyClick(editor, Key.Key_Return)
    assert document.graph.marks.frames["frame1"].title == "Features"
    document.undo_stack.undo()
    assert document.graph is before


def test_escape_leaves_the_title(framed: Hand, document: Document, qtbot: QtBot) -> None:
    before = document.graph
    double_click(framed, title(framed))
    editor = framed.canvas.findChild(TitleEditor)
    qtbot.keyClicks(editor, "Features")
    qtbot.keyClick(editor, Key.Key_Escape)
    assert document.graph is before


def test_it_takes_another_colour_from_the_menu(framed: Hand, document: Document) -> None:
    before = document.graph
    document.select(["conv1"])
    menu = framed.canvas.commands.menu()
    colours = next(a.menu() for a in menu.actions() if a.text() == "Frame Colour")
    next(a for a in colours.actions() if a.text() == "Loss").trigger()
    assert document.graph.marks.frames["frame1"].family == "loss"
    document.undo_stack.undo()
    assert document.graph is before
    menu.deleteLater()


def test_it_is_taken_away_and_the_nodes_stay(framed: Hand, document: Document) -> None:
    before = document.graph
    document.select(["conv1"])
    framed.press(Key.Key_J, CTRL | SHIFT)
    assert document.graph.marks.frames == {}
    assert document.graph.nodes == before.nodes
    document.undo_stack.undo()
    assert document.graph is before


def test_nodes_dropped_on_a_frame_are_in_it_and_can_be_taken_out(framed: Hand, document: Document) -> None:
    before = document.graph
    inside = framed.at(QPointF(452, -24))  # below the title, between its nodes
    framed.drag(framed.body("scores"), inside, drop=False)
    assert framed.canvas.note.text() == "Let go to put it into the frame Stem"
    framed.press(Key.Key_Escape)
    assert document.graph is before
    framed.drag(framed.body("scores"), inside)
    assert document.graph.marks.frames["frame1"].members == ("conv1", "relu1", "scores")
    assert document.undo_stack.undoText() == "Move scores into a frame"
    framed.press(Key.Key_P, Qt.KeyboardModifier.AltModifier)
    assert document.graph.marks.frames["frame1"].members == ("conv1", "relu1")
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert document.graph is before


def test_it_is_painted_behind_its_nodes(framed: Hand, document: Document) -> None:
    at = title(framed) + QPoint(60, 0)
    with_frame = framed.canvas.viewport().grab().toImage().pixelColor(at)
    document.undo_stack.undo()
    assert framed.canvas.viewport().grab().toImage().pixelColor(at) != with_frame


# --- notes


def test_a_note_is_written_where_the_menu_was_opened(hand: Hand, document: Document, qtbot: QtBot) -> None:
    before = document.graph
    hand.press(Key.Key_N, SHIFT)
    editor = hand.canvas.findChild(NoteEditor)
    qtbot.keyClicks(editor, "# Stem")
    qtbot.keyClick(editor, Key.Key_Return)
    qtbot.keyClicks(editor, "as in the paper")
    qtbot.keyClick(editor, Key.Key_Return, CTRL)
    assert document.graph.marks.notes["note1"].text == "# Stem\nas in the paper"
    assert document.undo_stack.undoText() == "Add a note"
    document.undo_stack.undo()
    assert document.graph is before


def test_a_note_left_empty_is_none(hand: Hand, document: Document, qtbot: QtBot) -> None:
    before = document.graph
    hand.press(Key.Key_N, SHIFT)
    qtbot.keyClick(hand.canvas.findChild(NoteEditor), Key.Key_Escape)
    assert document.graph is before
    assert not document.undo_stack.canUndo()


def test_a_double_click_on_a_note_edits_it(noted: Hand, document: Document, qtbot: QtBot) -> None:
    before = document.graph
    double_click(noted, note(noted))
    editor = noted.canvas.findChild(NoteEditor)
    assert editor.toPlainText() == "Why **this**"
    qtbot.keyClicks(editor, "Because")
    noted.click(QPoint(5, 5))  # elsewhere
    assert document.graph.marks.notes["note1"].text == "Because"
    document.undo_stack.undo()
    assert document.graph is before


def test_a_note_is_dragged(noted: Hand, document: Document) -> None:
    before = document.graph
    noted.drag(note(noted), note(noted) + noted.at(QPointF(48, 96)) - noted.at(QPointF(0, 0)))
    moved = document.graph.marks.notes["note1"]
    assert (moved.x, moved.y) == (552, 240)
    document.undo_stack.undo()
    assert document.graph is before


def test_delete_removes_the_note_that_was_clicked(noted: Hand, document: Document) -> None:
    before = document.graph
    noted.click(note(noted))
    noted.press(Key.Key_Delete)
    assert document.graph.marks.notes == {}
    assert document.graph.nodes == before.nodes
    document.undo_stack.undo()
    assert document.graph is before


def test_a_note_begun_in_another_place_is_given_up(noted: Hand, document: Document, qtbot: QtBot) -> None:
    double_click(noted, note(noted))
    before = document.graph
    qtbot.keyClicks(noted.canvas.findChild(NoteEditor), "Because")
    document.open(Network(), None)
    assert document.graph.marks.notes == {}
    assert before.marks.notes["note1"].text == "Why **this**"


def test_delete_is_for_what_was_selected_last(noted: Hand, document: Document) -> None:
    noted.click(note(noted))
    document.select(["scores"])
    noted.press(Key.Key_Delete)
    assert "scores" not in document.graph.nodes
    assert list(document.graph.marks.notes) == ["note1"]


def test_a_note_shows_its_markdown_and_loads_nothing(noted: Hand, document: Document) -> None:
    from designer.canvas.marks_layer import NoteText

    text = NoteText(StickyNote("**bold** ![x](file:///etc/hostname)"))
    assert "bold" in text.toPlainText()
    assert "**" not in text.toPlainText()
    assert text.loadResource(2, "file:///etc/hostname") is None


def test_all_is_shown_with_the_notes(noted: Hand, document: Document) -> None:
    far = document.graph.marks.with_note("note2", StickyNote("far", 5000, 3000))
    document.edit(document.graph.with_marks(far), "Note")
    noted.press(Key.Key_Home)
    assert noted.canvas.seen_rect().contains(noted.canvas.canvas_scene.marks.note_box("note2"))


# --- menus and tidying


def asked_for_menu(hand: Hand, at: QPoint) -> QMenu:
    reason, keys = QContextMenuEvent.Reason.Mouse, Qt.KeyboardModifier.NoModifier
    event = QContextMenuEvent(reason, at, hand.canvas.viewport().mapToGlobal(at), keys)
    QApplication.sendEvent(hand.canvas.viewport(), event)
    return hand.canvas.findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly)[-1]


def test_the_menu_of_a_title_is_for_its_nodes(framed: Hand, document: Document) -> None:
    menu = asked_for_menu(framed, title(framed))
    assert set(document.selection) == {"conv1", "relu1"}
    assert next(a for a in menu.actions() if a.text() == "Remove the Frame").isEnabled()
    menu.close()


def test_the_menu_of_a_note_deletes_it(noted: Hand, document: Document) -> None:
    before = document.graph
    menu = asked_for_menu(noted, note(noted))
    next(a for a in menu.actions() if a.text() == "Delete").trigger()
    assert document.graph.marks.notes == {}
    document.undo_stack.undo()
    assert document.graph is before
    menu.close()


def test_tidying_lets_links_find_their_own_way(hand: Hand, document: Document) -> None:
    link = Link("conv1", "output", "relu1", "x")
    document.edit(document.graph.with_marks(document.graph.marks.with_bends(link, [(456.0, 240.0)])), "Bend")
    before = document.graph
    document.select(["conv1", "relu1"])
    hand.press(Key.Key_L)
    hand.canvas.commands.arranger.finish()
    assert document.graph.marks.bends == {}
    assert document.undo_stack.undoText() == "Tidy the selection"
    document.undo_stack.undo()
    assert document.graph is before
