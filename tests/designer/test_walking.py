"""Frames, notes and links by the keys alone: walked to, changed, taken away, copied."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QContextMenuEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit
from pytestqt.qtbot import QtBot

from designer.canvas.shortcuts import shortcuts
from designer.canvas.view import CanvasView
from designer.document import Document
from designer.status_line import StatusLine
from nodes.activation import ReLU
from nodes.graph.marks import Frame, StickyNote
from nodes.graph.model import Link, Node
from tests.designer.drawing import Hand, give_focus

Key = Qt.Key
CTRL, ALT, SHIFT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
FIRST, SECOND = Link("image", "output", "conv1", "x"), Link("conv1", "output", "relu1", "x")


@pytest.fixture
def marked(hand: Hand, document: Document) -> Hand:
    """A frame around conv1 and relu1, and a note below fc1."""
    marks = document.graph.marks.with_frame("frame1", Frame("Stem", ("conv1", "relu1"), "convolution"))
    marks = marks.with_note("note1", StickyNote("Why **this**", 0, 288))
    document.edit(document.graph.with_marks(marks), "Mark")
    hand.canvas.fit()
    give_focus(hand.canvas)
    return hand


def selected(canvas: CanvasView) -> str:
    return canvas.canvas_scene.marks.selected


def test_n_walks_through_frames_and_notes(marked: Hand, document: Document) -> None:
    document.select(("image",))
    walked = []
    for _ in range(3):
        marked.press(Key.Key_N)
        walked.append(selected(marked.canvas))
    assert walked == ["note1", "frame1", "note1"]
    assert document.selection == ()


def test_arrows_lead_up_to_a_frame_and_down_to_a_note_and_along_a_row_to_nodes_alone(
    marked: Hand, document: Document
) -> None:
    document.select(("conv1",))
    marked.press(Key.Key_Right)
    assert (document.selection, selected(marked.canvas)) == (("relu1",), "")
    marked.press(Key.Key_Left)
    marked.press(Key.Key_Up)
    assert (document.selection, selected(marked.canvas)) == ((), "frame1")
    document.select(("fc1",))
    marked.press(Key.Key_Down)
    assert selected(marked.canvas) == "note1"
    marked.press(Key.Key_Up)
    assert (document.selection, selected(marked.canvas)) == (("fc1",), "")


def test_ctrl_and_arrows_walk_along_links(marked: Hand, document: Document) -> None:
    scene = marked.canvas.canvas_scene
    document.select(("image",))
    marked.press(Key.Key_Right, CTRL)
    assert (scene.selected_links, document.selection) == (frozenset([FIRST]), ())
    marked.press(Key.Key_Right, CTRL)
    assert (scene.selected_links, document.selection) == (frozenset(), ("conv1",))
    marked.press(Key.Key_Right, CTRL)
    marked.press(Key.Key_Left)
    assert document.selection == ("conv1",)
    marked.press(Key.Key_Left, CTRL)
    marked.press(Key.Key_Delete)
    assert document.graph.links == (SECOND,)


def test_up_and_down_go_through_the_links_of_an_output(marked: Hand, document: Document) -> None:
    below = Link("conv1", "output", "relu2", "x")
    graph = document.graph.with_node("relu2", Node(ReLU(), 504, 288)).with_link(below)
    document.edit(graph, "Add relu2")
    document.select(("conv1",))
    marked.press(Key.Key_Right, CTRL)
    walked = [marked.canvas.canvas_scene.selected_links]
    for key in (Key.Key_Down, Key.Key_Down, Key.Key_Up):
        marked.press(key)
        walked.append(marked.canvas.canvas_scene.selected_links)
    assert walked == [{SECOND}, {below}, {below}, {SECOND}]


def test_a_frame_is_renamed_coloured_moved_and_removed_by_keys(
    marked: Hand, document: Document, qtbot: QtBot
) -> None:
    marked.canvas.canvas_scene.marks.select("frame1")
    marked.press(Key.Key_F2)
    editor = marked.canvas.findChild(QLineEdit)
    assert editor is not None
    editor.setText("Head")
    qtbot.keyClick(editor, Key.Key_Return)
    assert document.graph.marks.frames["frame1"].title == "Head"
    marked.canvas.commands.marking.colour_frames("loss")
    assert document.graph.marks.frames["frame1"].family == "loss"
    marked.press(Key.Key_Down, ALT)
    assert [document.graph.nodes[name].y for name in ("conv1", "relu1", "image")] == [12, 12, 0]
    marked.press(Key.Key_Delete)
    assert document.graph.marks.frames == {}
    assert "conv1" in document.graph.nodes


def test_enter_leads_from_a_frame_to_its_nodes_and_into_a_note(
    marked: Hand, document: Document, qtbot: QtBot
) -> None:
    marked.canvas.canvas_scene.marks.select("note1")
    marked.press(Key.Key_Return)
    editor = marked.canvas.findChild(QPlainTextEdit)
    assert editor is not None
    editor.setPlainText("Because")
    qtbot.keyClick(editor, Key.Key_Return, CTRL)
    assert document.graph.marks.notes["note1"].text == "Because"
    marked.canvas.canvas_scene.marks.select("frame1")
    marked.press(Key.Key_Return)
    assert document.selection == ("conv1", "relu1")


def test_the_menu_key_asks_for_what_is_selected_wherever_the_mouse_is(marked: Hand, document: Document) -> None:
    marked.canvas.canvas_scene.marks.select("frame1")
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, marked.body("fc1"), QPoint())
    QApplication.sendEvent(marked.canvas.viewport(), event)
    menu = QApplication.activePopupWidget()
    assert menu is not None
    offered = [action.text() for action in menu.actions() if not action.isSeparator()]
    assert {"Delete", "Rename", "Frame Colour", "Remove the Frame"} <= set(offered)
    assert not {"Enter the Block", "Mute or Unmute", "Straighten Links"} & set(offered)  # not for a frame
    menu.close()
    assert (document.selection, selected(marked.canvas)) == ((), "frame1")


def test_a_link_is_led_through_a_point_moved_and_straightened_by_keys(marked: Hand, document: Document) -> None:
    actions = marked.canvas.actions_by_name
    assert not actions["bend"].isEnabled()
    marked.canvas.canvas_scene.select_links([FIRST])
    actions["bend"].trigger()
    [(x, y)] = document.graph.marks.bends[FIRST]
    marked.canvas.canvas_scene.select_links([FIRST])
    marked.press(Key.Key_Down, ALT)
    assert document.graph.marks.bends[FIRST] == ((x, y + 12),)
    marked.canvas.canvas_scene.select_links([FIRST])
    actions["straighten"].trigger()
    assert document.graph.marks.bends == {}


def test_walking_goes_by_other_keys_where_they_are_given(marked: Hand, document: Document) -> None:
    document.select(("image",))
    shortcuts.set_keys("go_right", ("W",))
    marked.press(Key.Key_Right)
    assert document.selection == ("image",)
    marked.press(Key.Key_W)
    assert document.selection == ("conv1",)
    shortcuts.reset("go_right")


def test_a_node_is_connected_from_the_menu(marked: Hand, document: Document) -> None:
    document.select(("fc1",))
    marked.canvas.actions_by_name["connect"].trigger()
    marked.press(Key.Key_Return)
    assert Link("fc1", "output", "scores", "x") in document.graph.links


def test_a_frame_is_copied_with_its_nodes_and_a_note_among_them(marked: Hand, document: Document) -> None:
    marks = document.graph.marks.with_note("note2", StickyNote("In it", 300, 10, 40))
    document.edit(document.graph.with_marks(marks), "Note")
    marked.canvas.canvas_scene.marks.select("frame1")
    marked.press(Key.Key_C, CTRL)
    marked.press(Key.Key_V, CTRL)
    after = document.graph.marks
    assert [after.frames[name].members for name in after.frames] == [("conv1", "relu1"), ("conv2", "relu2")]
    assert [note.text for note in after.notes.values()] == ["Why **this**", "In it", "In it"]


def test_a_note_is_cut_and_pasted_alone(marked: Hand, document: Document) -> None:
    before = document.graph.nodes
    marked.canvas.canvas_scene.marks.select("note1")
    marked.press(Key.Key_X, CTRL)
    assert document.graph.marks.notes == {}
    marked.press(Key.Key_V, CTRL)
    assert [note.text for note in document.graph.marks.notes.values()] == ["Why **this**"]
    assert document.undo_stack.undoText() == "Paste a note"
    assert selected(marked.canvas) == "note1"
    assert document.graph.nodes == before
    marked.press(Key.Key_D, CTRL)
    assert len(document.graph.marks.notes) == 2


def test_what_is_walked_to_is_said_to_a_screen_reader(
    marked: Hand, document: Document, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(QAccessible, "isActive", lambda: True)
    monkeypatch.setattr(QAccessible, "updateAccessibility", lambda event: said.append(event.message()))
    line = StatusLine(document)
    qtbot.addWidget(line)
    marked.canvas.status.connect(line.say)
    document.select(("image",))
    marked.press(Key.Key_Right, CTRL)
    marked.press(Key.Key_N)
    assert said == ["image → conv1 · an image (1 × 28 × 28)", "Note: Why **this**"]
