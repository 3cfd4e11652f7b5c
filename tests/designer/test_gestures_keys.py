"""Commands by their keys: healing, muting, adding by typing, finding, pasting text and links, colours."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from designer.canvas.finding import matching
from designer.canvas.shortcuts import shortcuts
from designer.canvas.view import CanvasView
from designer.chooser import Chooser
from designer.document import Document
from designer.node_form import NodeForm
from nodes.graph.infer import infer
from nodes.graph.model import Link
from nodes.linear import Linear
from nodes.spec.muted import original
from tests.designer.drawing import Hand, give_focus

Key = Qt.Key
CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
HEALED = Link("image", "output", "relu1", "x")


@pytest.fixture(autouse=True)
def _focus(hand: Hand) -> None:
    give_focus(hand.canvas)


def chooser(hand: Hand) -> Chooser:
    found = hand.canvas.findChildren(Chooser)
    assert len(found) == 1
    return found[0]


def test_deleting_a_middle_node_heals_the_link(hand: Hand, document: Document) -> None:
    before = document.graph
    document.select(["conv1"])
    hand.press(Key.Key_Delete)
    assert document.graph.links == (HEALED,)
    assert document.undo_stack.undoText() == "Remove conv1"
    document.undo_stack.undo()
    assert document.graph is before


def test_shift_delete_leaves_a_gap(hand: Hand, document: Document) -> None:
    before = document.graph
    document.select(["conv1"])
    hand.press(Key.Key_Delete, SHIFT)
    assert document.graph.links == ()
    document.undo_stack.undo()
    assert document.graph is before


def test_cutting_a_middle_node_heals_the_link(hand: Hand, document: Document) -> None:
    before = document.graph
    document.select(["conv1"])
    hand.press(Key.Key_X, CTRL)
    assert document.graph.links == (HEALED,)
    document.undo_stack.undo()
    assert document.graph is before


def test_backspace_deletes_nothing(hand: Hand, document: Document) -> None:
    before = document.graph
    document.select(["conv1"])
    hand.press(Key.Key_Backspace)
    assert document.graph is before


def test_m_mutes_and_unmutes(hand: Hand, document: Document) -> None:
    before = document.graph
    document.select(["conv1"])
    hand.press(Key.Key_M)
    assert document.graph.nodes["conv1"].is_muted
    assert document.inference.facts["relu1"].outputs["output"] == (1, 28, 28)
    assert document.undo_stack.undoText() == "Mute conv1"
    assert hand.canvas.canvas_scene.node_items["conv1"].family == "conv"
    hand.press(Key.Key_M)
    assert document.graph.nodes["conv1"].settings is before.nodes["conv1"].settings
    assert document.undo_stack.undoText() == "Unmute conv1"
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert document.graph is before


def test_what_cannot_be_muted_says_why(hand: Hand, document: Document, qtbot: QtBot) -> None:
    before = document.graph
    document.select(["image"])
    with qtbot.waitSignal(hand.canvas.status) as told:
        hand.press(Key.Key_M)
    assert "cannot be muted" in told.args[0]
    assert document.graph is before


def test_tab_opens_the_search_and_adds_what_is_typed(hand: Hand, document: Document, qtbot: QtBot) -> None:
    before = document.graph
    hand.press(Key.Key_Tab)
    qtbot.keyClicks(chooser(hand).field, "sigmoid")
    qtbot.keyClick(chooser(hand).field, Key.Key_Return)
    assert "sigmoid1" in document.graph.nodes
    document.undo_stack.undo()
    assert document.graph is before


def test_ctrl_shift_v_pastes_with_what_fed_the_copied(hand: Hand, document: Document) -> None:
    before = document.graph
    document.select(["relu1"])
    hand.press(Key.Key_C, CTRL)
    hand.press(Key.Key_V, CTRL | SHIFT)
    assert Link("conv1", "output", "relu2", "x") in document.graph.links
    document.undo_stack.undo()
    assert document.graph is before
    hand.press(Key.Key_V, CTRL)
    assert document.graph.incoming("relu2") == {}


def test_cut_nodes_come_back_with_what_fed_them(hand: Hand, document: Document) -> None:
    document.select(["relu1"])
    hand.press(Key.Key_X, CTRL)
    assert document.graph.outgoing("conv1") == ()
    hand.press(Key.Key_V, CTRL | SHIFT)
    assert Link("conv1", "output", "relu1", "x") in document.graph.links


def test_what_one_window_copied_another_pastes(hand: Hand, document: Document, qtbot: QtBot) -> None:
    document.select(["conv1", "relu1"])
    hand.press(Key.Key_C, CTRL)
    other = CanvasView(Document())
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    other.setFocus()
    qtbot.waitUntil(other.hasFocus)
    qtbot.keyClick(other, Key.Key_V, CTRL)
    assert list(other.document.graph.nodes) == ["conv1", "relu1"]
    assert other.document.graph.links == (Link("conv1", "output", "relu1", "x"),)


def test_copied_text_comes_back_from_an_email(hand: Hand, document: Document) -> None:
    document.select(["conv1", "relu1"])
    hand.press(Key.Key_C, CTRL)
    text = QGuiApplication.clipboard().text()
    quoted = "\n".join(f"> {line}" for line in text.splitlines())
    QGuiApplication.clipboard().setText(f"On Monday you wrote:\n\n{quoted}\n\nLooks right to me.")
    hand.press(Key.Key_V, CTRL)
    assert document.graph.nodes["conv2"].settings == document.graph.nodes["conv1"].settings
    assert Link("conv2", "output", "relu2", "x") in document.graph.links


def test_pytorch_text_is_pasted_as_nodes(hand: Hand, document: Document) -> None:
    before = document.graph
    QGuiApplication.clipboard().setText("nn.Sequential(nn.Linear(784, 30), nn.Tanh(), nn.Linear(30, 10))")
    hand.press(Key.Key_V, CTRL)
    assert set(document.graph.nodes) - set(before.nodes) == {"fc2", "tanh1", "fc3"}
    assert document.graph.nodes["fc2"].settings == Linear(out_features=30)
    assert Link("tanh1", "output", "fc3", "x") in document.graph.links
    assert set(document.selection) == {"fc2", "tanh1", "fc3"}
    document.undo_stack.undo()
    assert document.graph is before


def test_what_of_pytorch_text_could_not_be_read_is_told(hand: Hand, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setText("nn.Sequential(nn.ReLU(), Swirl(3), Twirl(4))")
    with qtbot.waitSignal(hand.canvas.status) as told:
        hand.press(Key.Key_V, CTRL)
    assert told.args[0].startswith("Swirl(3) could not be read")
    assert told.args[0].endswith("1 more could not be read.")


def test_point_shows_the_selection(hand: Hand, document: Document) -> None:
    document.edit(document.graph.moved({"scores": (9000.0, 5000.0)}), "Move scores")
    document.select(["scores"])
    hand.press(Key.Key_Period)
    assert hand.canvas.seen_rect().contains(hand.canvas.canvas_scene.content_rect(["scores"]))


@pytest.mark.parametrize(
    ("key", "column"),
    [
        (Key.Key_1, "weights"),
        (Key.Key_4, "multiply_adds"),
        (Key.Key_7, "sees"),
        (Key.Key_8, "weights_share"),
        (Key.Key_9, "multiply_adds_share"),
        (Key.Key_0, ""),
    ],
)
def test_number_keys_colour_nodes(hand: Hand, key: Key, column: str) -> None:
    hand.canvas.heat.show("flops")
    hand.press(key)
    assert hand.canvas.heat.key == column


def test_ctrl_f_finds_a_node_and_shows_it(hand: Hand, document: Document, qtbot: QtBot) -> None:
    before = document.graph
    hand.press(Key.Key_F, CTRL)
    qtbot.keyClicks(chooser(hand).field, "conv")
    qtbot.keyClick(chooser(hand).field, Key.Key_Return)
    assert document.selection == ("conv1",)
    assert document.graph is before


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("relu", "relu1"),
        ("conv2d", "conv1"),
        ("6x24x24", "conv1"),
        ("6 × 24 × 24 relu", "relu1"),
        ("fully connected", "fc1"),
    ],
)
def test_nodes_are_found_by_name_kind_and_shape(document: Document, words: str, first: str) -> None:
    assert matching(document, words)[0] == first


def test_nodes_are_found_by_their_state_and_problems(hand: Hand, document: Document) -> None:
    assert set(matching(document, "error")) == {p.node for p in document.problems if p.severity == "error"} != set()
    document.select(["relu1"])
    hand.press(Key.Key_M)
    assert matching(document, "muted") == ["relu1"]


def test_without_words_every_node_is_listed_and_foreign_words_find_none(document: Document) -> None:
    assert matching(document, "") == list(document.graph.nodes)
    assert matching(document, "zebra") == []


def test_other_keys_can_be_given_and_are_taken_from_who_had_them(hand: Hand, document: Document) -> None:
    document.select(["conv1"])
    assert shortcuts.holders("L", "mute") == ("Tidy",)
    shortcuts.set_keys("mute", ["L"])
    try:
        hand.press(Key.Key_L)
        assert document.graph.nodes["conv1"].is_muted
        assert shortcuts.keys_of("tidy") == ()
        hand.press(Key.Key_M)
        assert document.graph.nodes["conv1"].is_muted
    finally:
        shortcuts.reset()
    assert shortcuts.keys_of("tidy") == ("L",)
    hand.press(Key.Key_M)
    assert not document.graph.nodes["conv1"].is_muted


def test_no_two_commands_have_the_same_key(hand: Hand) -> None:
    held = [key for command in shortcuts.commands() for key in command.defaults]
    assert sorted(held) == sorted(set(held))


def test_a_muted_layer_can_still_be_told_apart(document: Document, hand: Hand) -> None:
    document.select(["conv1"])
    hand.press(Key.Key_M)
    settings = document.graph.nodes["conv1"].settings
    assert settings.summary().startswith("muted")
    assert (settings.torch_name, original(settings).type_id) == ("Conv2d (muted)", "conv2d")
    assert infer(document.graph).facts["conv1"].weights == {}


def test_the_form_of_a_muted_layer_changes_it_and_it_stays_muted(
    hand: Hand, document: Document, qtbot: QtBot
) -> None:
    form = NodeForm(document)
    qtbot.addWidget(form)
    document.select(["conv1"])
    hand.press(Key.Key_M)
    form.show_node("conv1")
    assert "muted" in form.header.about.text()
    assert form.form is not None
    form.form.rows["out_channels"].editor.changed.emit(11)
    node = document.graph.nodes["conv1"]
    assert node.is_muted
    assert original(node.settings).out_channels == 11
