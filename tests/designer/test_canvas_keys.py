"""Commands of the canvas by their keys: delete, clipboard, rename, arrows."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from designer.canvas.overlays import NameEditor
from nodes.block import Block
from nodes.graph.model import Link
from tests.designer.drawing import give_focus

Key = Qt.Key
CTRL, ALT, SHIFT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


@pytest.fixture(autouse=True)
def _focus(hand):
    give_focus(hand.canvas)


def test_delete_removes_nodes_and_their_links(hand, document):
    before = document.graph
    document.select(["conv1", "image"])
    hand.press(Key.Key_Delete)
    assert "conv1" not in document.graph.nodes
    assert document.graph.links == ()
    hand.press(Key.Key_Z, CTRL)
    assert document.graph is before
    assert set(document.selection) == {"conv1", "image"}


def test_redo_shows_the_same_graph_again(hand, document):
    document.select(["conv1"])
    hand.press(Key.Key_Delete)
    after = document.graph
    hand.press(Key.Key_Z, CTRL)
    hand.press(Key.Key_Y, CTRL)
    assert document.graph is after


def test_copy_and_paste_keeps_the_links_among_the_copied(hand, document):
    before = document.graph
    document.select(["conv1", "relu1"])
    hand.press(Key.Key_C, CTRL)
    hand.press(Key.Key_V, CTRL)
    assert set(document.graph.nodes) - set(before.nodes) == {"conv2", "relu2"}
    assert Link("conv2", "output", "relu2", "x") in document.graph.links
    assert set(document.selection) == {"conv2", "relu2"}
    hand.press(Key.Key_Z, CTRL)
    assert document.graph is before


def test_pasted_nodes_cover_no_others(hand, document):
    document.select(["conv1"])
    hand.press(Key.Key_C, CTRL)
    for _ in range(3):
        hand.press(Key.Key_V, CTRL)
    boxes = [item.scene_box() for item in hand.canvas.canvas_scene.node_items.values()]
    assert not any(a.intersects(b) for n, a in enumerate(boxes) for b in boxes[n + 1 :])


def test_cut_and_paste_brings_the_name_back(hand, document):
    document.select(["fc1"])
    hand.press(Key.Key_X, CTRL)
    assert "fc1" not in document.graph.nodes
    hand.press(Key.Key_V, CTRL)
    assert document.graph.nodes["fc1"].settings.out_features == 10


@pytest.mark.parametrize("text", ["", "import torch", '{"a": 1}', "[1, 2]", "{"])
def test_foreign_text_is_not_pasted_but_answered(hand, document, qtbot, text):
    before = document.graph
    QGuiApplication.clipboard().setText(text)
    with qtbot.waitSignal(hand.canvas.status) as told:
        hand.press(Key.Key_V, CTRL)
    assert document.graph is before
    assert told.args == ["The clipboard holds no layers. Copy some nodes first."]


def test_duplicate_stands_below(hand, document):
    document.select(["scores"])
    hand.press(Key.Key_D, CTRL)
    assert document.selection == ("scores1",)
    assert document.graph.nodes["scores1"].x == document.graph.nodes["scores"].x
    assert document.graph.nodes["scores1"].y > document.graph.nodes["scores"].y + 52


def test_select_all(hand, document):
    hand.press(Key.Key_A, CTRL)
    assert set(document.selection) == set(document.graph.nodes)


def editor(hand) -> NameEditor:
    found = hand.canvas.findChildren(NameEditor)
    assert len(found) == 1
    return found[0]


def test_f2_renames_in_place(hand, document, qtbot):
    before = document.graph
    document.select(["conv1"])
    hand.press(Key.Key_F2)
    qtbot.keyClicks(editor(hand), "stem")
    qtbot.keyClick(editor(hand), Key.Key_Return)
    assert "stem" in document.graph.nodes
    assert Link("image", "output", "stem", "x") in document.graph.links
    assert document.selection == ("stem",)
    document.undo_stack.undo()
    assert document.graph is before


def test_name_that_cannot_be_is_refused_in_words(hand, document, qtbot):
    before = document.graph
    document.select(["conv1"])
    hand.press(Key.Key_F2)
    qtbot.keyClicks(editor(hand), "relu1")
    qtbot.keyClick(editor(hand), Key.Key_Return)
    assert "There is a node named relu1 already." in hand.canvas.note.text()
    qtbot.keyClick(editor(hand), Key.Key_Escape)
    assert document.graph is before
    assert not hand.canvas.note.isVisible()


def test_click_elsewhere_keeps_the_new_name(hand, document, qtbot):
    document.select(["conv1"])
    hand.press(Key.Key_F2)
    qtbot.keyClicks(editor(hand), "stem")
    hand.click(QPoint(5, 5))
    assert "stem" in document.graph.nodes


def test_arrows_follow_the_network(hand, document):
    hand.press(Key.Key_Right)
    assert document.selection == ("image",)
    hand.press(Key.Key_Right)
    assert document.selection == ("conv1",)
    hand.press(Key.Key_Down)
    assert document.selection == ("scores",)
    hand.press(Key.Key_Left, SHIFT)
    assert document.selection == ("scores", "fc1")


def test_alt_arrows_move_the_selected_nodes(hand, document):
    before = document.graph
    document.select(["scores"])
    hand.press(Key.Key_Right, ALT)
    hand.press(Key.Key_Down, ALT)
    assert (document.graph.nodes["scores"].x, document.graph.nodes["scores"].y) == (264, 156)
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert document.graph is before


def test_home_shows_all_and_f_the_selected(hand, document):
    document.edit(document.graph.moved({"scores": (9000.0, 5000.0)}), "Move scores")
    hand.press(Key.Key_Home)
    assert hand.canvas.seen_rect().contains(hand.canvas.canvas_scene.content_rect())
    document.select(["scores"])
    hand.press(Key.Key_F)
    assert hand.canvas.zoom == 1
    assert hand.canvas.seen_rect().contains(hand.canvas.canvas_scene.content_rect(["scores"]))


def test_actions_are_off_where_they_would_do_nothing(hand, document):
    actions = hand.canvas.actions_by_name
    assert not any(actions[name].isEnabled() for name in ("cut", "copy", "duplicate", "delete", "rename", "undo"))
    document.select(["conv1"])
    assert all(actions[name].isEnabled() for name in ("cut", "copy", "duplicate", "delete", "rename"))


def test_context_menu_offers_the_same_actions(hand, document):
    document.select(["conv1"])
    menu = hand.canvas.commands.menu()
    assert {a.text() for a in menu.actions()} >= {"Cut", "Copy", "Duplicate", "Rename"}
    menu.deleteLater()
    QApplication.processEvents()


def test_a_selection_becomes_a_block_and_a_block_its_nodes(hand, document):
    before = document.graph
    document.select(["conv1", "relu1"])
    hand.press(Key.Key_G, CTRL)
    (block,) = document.selection
    assert isinstance(document.graph.nodes[block].settings, Block)
    assert set(document.graph.nodes) == set(before.nodes) - {"conv1", "relu1"} | {block}
    hand.press(Key.Key_G, CTRL | SHIFT)
    assert set(document.graph.nodes) == set(before.nodes)
    hand.press(Key.Key_Z, CTRL)
    hand.press(Key.Key_Z, CTRL)
    assert document.graph is before


def test_dissolving_a_block_gives_back_the_drawing_as_it_was(hand, document):
    before = {name: (node.x, node.y) for name, node in document.graph.nodes.items()}
    document.select(["conv1", "relu1"])
    hand.press(Key.Key_G, CTRL)
    hand.press(Key.Key_G, CTRL | SHIFT)
    assert {name: (node.x, node.y) for name, node in document.graph.nodes.items()} == before
