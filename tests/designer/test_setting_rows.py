"""Putting settings back, several nodes at once, and the keys of a form, as a user does it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu

from designer.canvas.shortcuts import RESET, shortcuts
from designer.document import Document
from nodes.activation import ReLU
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.conv import Conv1d, Conv2d
from nodes.graph.model import Graph, Link, Network, Node
from runtime.recipe import Recipe
from tests.designer.test_editors import retype
from tests.designer.test_inspector import words
from tests.designer.test_number_drag import Hand
from tests.designer.windows import Desk

CTRL = Qt.KeyboardModifier.ControlModifier


def network() -> Network:
    nodes = {
        "image": Node(Input(size=(6, 28, 28))),
        "conv1": Node(Conv2d(out_channels=16, kernel_size=(5, 5))),
        "conv2": Node(Conv2d(out_channels=48, kernel_size=(5, 5), bias=False)),
        "relu1": Node(ReLU()),
    }
    links = (
        Link("image", "output", "conv1", "x"),
        Link("conv1", "output", "conv2", "x"),
        Link("conv2", "output", "relu1", "x"),
    )
    return Network(Graph(nodes, links))


@pytest.fixture(scope="module")
def desk(qapp: QApplication) -> Iterator[Desk]:
    made = Desk(1200)
    yield made
    made.close()


@pytest.fixture
def document(desk):
    desk.begin(network())
    return desk.document


@pytest.fixture
def inspector(desk, document):
    return desk.inspector


@pytest.fixture
def rows(document, inspector):
    document.select(("conv1",))
    return inspector.node_form.form.rows


@pytest.fixture
def shared(document, inspector):
    document.select(("conv1", "conv2"))
    return inspector.several_form.shared


def conv(document: Document, name: str = "conv1") -> Conv2d:
    return document.graph.nodes[name].settings


# --- back to the default


def test_reset_all_keeps_the_name_of_a_block(qtbot, document, inspector):
    body = Graph().with_node("into", Node(Input(size=(6, 28, 28)))).with_node("result", Node(Output()))
    body = body.with_link(Link("into", "output", "result", "x"))
    block = Block("Stem", body, repeat=3, over_time=True)
    document.edit(document.graph.with_node("stem1", Node(block)), "Add stem1")
    document.select(("stem1",))
    form = inspector.node_form.form
    assert sorted(form.changed_names()) == ["over_time", "repeat"]
    qtbot.mouseClick(form.reset_button, Qt.MouseButton.LeftButton)
    after = document.graph.nodes["stem1"].settings
    assert (after.name, after.repeat, after.over_time) == ("Stem", 1, False)


def test_other_keys_put_a_setting_back(qtbot, document, rows):
    shortcuts.set_keys(RESET, ("Ctrl+R",))
    field = rows["out_channels"].editor.field
    qtbot.keyClick(field, Qt.Key.Key_Backspace, CTRL)
    assert conv(document).out_channels == 16
    qtbot.keyClick(field, Qt.Key.Key_R, CTRL)
    assert conv(document).out_channels == 32
    shortcuts.reset(RESET)


def test_what_was_changed_is_marked(rows):
    marked = {name for name, row in rows.items() if row.mark.isVisible()}
    assert marked == {"out_channels", "kernel_size"}
    assert rows["out_channels"].mark.accessibleName() == "Reset out_channels to 32"


def test_a_click_on_the_mark_puts_the_default_back_in_one_step(qtbot, document, rows):
    qtbot.mouseClick(rows["kernel_size"].mark, Qt.MouseButton.LeftButton)
    assert conv(document).kernel_size == (3, 3)
    assert conv(document).out_channels == 16
    assert not rows["kernel_size"].mark.isVisible()
    document.undo_stack.undo()
    assert conv(document).kernel_size == (5, 5)


def test_ctrl_backspace_puts_the_default_back(qtbot, document, rows):
    qtbot.keyClick(rows["out_channels"].editor.field, Qt.Key.Key_Backspace, CTRL)
    assert conv(document).out_channels == 32
    assert document.undo_stack.count() == 1


def test_resets_are_steps_of_their_own(qtbot, document, rows):
    retype(qtbot, rows["out_channels"].editor.field, "20")
    qtbot.keyClick(rows["out_channels"].editor.field, Qt.Key.Key_Backspace, CTRL)
    document.undo_stack.undo()
    assert conv(document).out_channels == 20


def test_the_menu_of_a_name_puts_the_default_back(document, rows):
    name = rows["out_channels"].name
    asked = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(4, 4), name.mapToGlobal(QPoint(4, 4)))
    QApplication.sendEvent(name, asked)
    menu = name.findChild(QMenu)
    action = next(action for action in menu.actions() if action.text().startswith("Reset to 32"))
    action.trigger()
    menu.close()
    assert conv(document).out_channels == 32


def test_all_are_put_back_in_one_step(qtbot, document, inspector, rows):
    button = inspector.node_form.form.reset_button
    assert button.text() == "Reset all 2"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert conv(document) == Conv2d()
    assert not button.isVisible()
    document.undo_stack.undo()
    assert conv(document) == Conv2d(out_channels=16, kernel_size=(5, 5))


def test_help_on_hover_says_range_default_and_how_to_drag(rows):
    said = rows["out_channels"].name.toolTip()
    assert "From 1 to 16777216." in said
    assert "Default: 32." in said
    assert "Drag left or right" in said


def test_units_stand_beside_the_names_of_sizes(rows):
    assert rows["kernel_size"].unit.text() == "px"


# --- several nodes


def test_values_that_differ_are_shown_as_several(shared):
    rows = shared.form.rows
    assert rows["out_channels"].editor.field.text() == "several"
    assert rows["bias"].editor.field.is_several
    assert rows["kernel_size"].editor.spins[0].value() == 5
    assert "They differ in out_channels, bias." in shared.note.text()


def test_a_number_typed_for_several_is_set_in_all_in_one_step(qtbot, document, shared):
    retype(qtbot, shared.form.rows["out_channels"].editor.field, "24")
    assert [conv(document, name).out_channels for name in ("conv1", "conv2")] == [24, 24]
    assert document.undo_stack.count() == 1
    assert shared.form.rows["out_channels"].editor.field.text() == "24"
    document.undo_stack.undo()
    assert [conv(document, name).out_channels for name in ("conv1", "conv2")] == [16, 48]
    assert shared.form.rows["out_channels"].editor.field.text() == "several"


def test_the_first_of_several_can_be_set_in_all(qtbot, document, shared):
    retype(qtbot, shared.form.rows["out_channels"].editor.field, "16")
    assert [conv(document, name).out_channels for name in ("conv1", "conv2")] == [16, 16]


def test_a_step_from_several_begins_at_the_first(qtbot, document, shared):
    field = shared.form.rows["out_channels"].editor.field
    qtbot.keyClick(field, Qt.Key.Key_Up)
    qtbot.keyClick(field, Qt.Key.Key_Up)
    assert [conv(document, name).out_channels for name in ("conv1", "conv2")] == [17, 17]


def test_a_switch_of_several_turns_all_on(qtbot, document, shared):
    qtbot.mouseClick(shared.form.rows["bias"].editor.field, Qt.MouseButton.LeftButton)
    assert conv(document, "conv1").bias
    assert conv(document, "conv2").bias


def test_only_what_is_changed_is_changed_in_all(qtbot, document, shared):
    retype(qtbot, shared.form.rows["stride"].editor.spins[0], "2")
    assert [conv(document, name).out_channels for name in ("conv1", "conv2")] == [16, 48]
    assert [conv(document, name).stride for name in ("conv1", "conv2")] == [(2, 2), (2, 2)]


def test_sizes_that_differ_are_set_together(qtbot, document, inspector):
    graph = document.graph.with_settings("conv2", conv(document, "conv2").replaced(kernel_size=(1, 7)))
    document.edit(graph, "Change conv2")
    document.select(("conv1", "conv2"))
    editor = inspector.several_form.shared.form.rows["kernel_size"].editor
    assert [spin.text() for spin in editor.spins] == ["several", "several"]
    retype(qtbot, editor.spins[1], "3")
    assert [conv(document, name).kernel_size for name in ("conv1", "conv2")] == [(3, 3), (3, 3)]


def test_nodes_of_other_kinds_share_what_is_alike(document, inspector):
    document.edit(document.graph.with_node("signal", Node(Conv1d())), "Add")
    document.select(("conv1", "signal"))
    rows = inspector.several_form.shared.form.rows
    assert "out_channels" in rows
    assert "kernel_size" not in rows


def test_nodes_with_nothing_in_common_have_no_such_form(document, inspector):
    document.select(("conv1", "relu1"))
    assert not inspector.several_form.shared.isVisible()
    assert "2 nodes selected" in words(inspector.several_form)


def test_a_value_that_one_node_refuses_is_set_in_none(qtbot, document, inspector):
    nodes = {name: Node(Input(size=size)) for name, size in (("one", (3, 8, 8)), ("two", (1, 8, 8)))}
    document.edit(Graph(nodes), "Draw inputs")
    document.select(("one", "two"))
    shared = inspector.several_form.shared
    shared.form.rows["kind"].editor.field.setFocus()
    qtbot.keyClicks(shared.form.rows["kind"].editor.field, "v")
    assert all(node.settings.kind == "image" for node in document.graph.nodes.values())
    assert "a vector has 1 sizes (C), not 3" in shared.form.rows["kind"].message.text()


# --- keys


def test_tab_goes_through_the_form_from_top_to_bottom(qtbot, inspector, rows):
    inspector.activateWindow()
    rows["out_channels"].editor.field.setFocus()
    seen = []
    for _ in range(8):
        focused = inspector.focusWidget()
        seen.append(focused.accessibleName())
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    assert seen[0] == "out_channels"
    assert seen.index("kernel_size height") < seen.index("kernel_size width") < seen.index("stride height")


def test_enter_commits_and_stays(qtbot, document, inspector, rows):
    field = rows["out_channels"].editor.field
    field.setFocus()
    retype(qtbot, field, "20")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert conv(document).out_channels == 20
    assert inspector.focusWidget() is field


def test_page_up_doubles_channels_and_page_down_halves_them(qtbot, document, rows):
    field = rows["out_channels"].editor.field
    qtbot.keyClick(field, Qt.Key.Key_PageUp)
    assert conv(document).out_channels == 32
    for _ in range(2):
        qtbot.keyClick(field, Qt.Key.Key_PageDown)
    assert conv(document).out_channels == 8


def test_enter_turns_a_switch(qtbot, document, rows):
    qtbot.keyClick(rows["bias"].editor.field, Qt.Key.Key_Return)
    assert conv(document).bias is False


def test_fields_and_marks_tell_a_screen_reader_what_they_are(rows):
    for name, row in rows.items():
        for field in row.editor.fields():
            assert field.accessibleName().startswith(name)
            assert field.accessibleDescription()
        assert row.mark.accessibleName()


def test_the_default_of_a_recipe_follows_its_optimizer(qtbot, document, inspector):
    recipe = inspector.network_form.recipe
    document.select(())
    retype(qtbot, recipe.rows["learning_rate"].editor.field, "0.3")
    first = Recipe.read(document.network.recipe)
    qtbot.keyClick(recipe.rows["learning_rate"].editor.field, Qt.Key.Key_Backspace, CTRL)
    reset = Recipe.read(document.network.recipe)
    assert first.learning_rate == 0.3
    assert reset.learning_rate == Recipe(optimizer=reset.optimizer).learning_rate
    assert not recipe.rows["learning_rate"].mark.isVisible()


def test_dragging_for_several_sets_all_in_one_step(document, inspector, shared):
    told = []
    document.foreseen.connect(lambda one: told.append(one and one.edited))
    hand = Hand(shared.form.rows["out_channels"].name).press().move(40)
    assert told == [("conv1", "conv2")]
    hand.release()
    assert [conv(document, name).out_channels for name in ("conv1", "conv2")] == [26, 26]
    assert document.undo_stack.count() == 1
