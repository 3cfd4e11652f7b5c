"""Marking settings for a search: by the menu of a row, in a dialog, as one step."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu

from designer.document import Document
from designer.inspector import Inspector
from designer.search.mark_dialog import MarkDialog
from nodes.activation import ReLU
from nodes.block import Block
from nodes.conv import Conv2d
from nodes.graph.files import read, write
from nodes.graph.model import Graph, Network, Node
from nodes.spec.search import Mark
from nodes.spec.settings import SettingError, choice, dims, flag, integer, kinds, numbers, real
from tests.designer.doubles import ScriptedEngine


@pytest.fixture
def document():
    inner = Graph({"conv": Node(Conv2d())})
    nodes = {"conv1": Node(Conv2d()), "relu1": Node(ReLU()), "stage": Node(Block(body=inner))}
    return Document(Network(Graph(nodes)))


@pytest.fixture
def inspector(qtbot, document):
    made = Inspector(document, ScriptedEngine())
    qtbot.addWidget(made)
    made.resize(340, 1200)
    made.show()
    qtbot.waitExposed(made)
    return made


def menu_of(row) -> dict[str, object]:
    """The entries of a row's menu, by their words."""
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(3, 3), row.name.mapToGlobal(QPoint(3, 3)))
    QApplication.sendEvent(row.name, event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return {action.text(): action for action in menu.actions()}


def dialog_of(widget) -> MarkDialog:
    return widget.window().findChildren(MarkDialog)[-1]


def asked(row) -> MarkDialog:
    choose(row, "Search Over This…")
    return dialog_of(row.editor)


def choose(row, words: str) -> None:
    """An entry of its menu, which then goes."""
    menu_of(row)[words].trigger()
    menu = QApplication.activePopupWidget()
    if menu is not None:
        menu.close()


def test_a_row_of_the_recipe_is_marked_in_one_step_and_undone(qtbot, document, inspector):
    row = inspector.network_form.recipe.rows["learning_rate"]
    assert not row.searched.isVisible()
    dialog = asked(row)
    dialog.range.low.setText("0.001")
    dialog.range.high.setText("1")
    dialog.accept()
    assert document.network.search == {"recipe.learning_rate": Mark(0.001, 1.0, log=True)}
    assert row.searched.isVisible()
    assert row.searched.toolTip() == "Searched over: 0.001 … 1, by factors"
    assert document.undo_stack.undoText() == "Search over learning_rate"
    document.undo_stack.undo()
    assert document.network.search == {}
    assert not row.searched.isVisible()


def test_a_setting_of_a_node_is_marked_and_survives_saving_and_editing(qtbot, document, inspector):
    document.select(("conv1",))
    row = inspector.node_form.form.rows["out_channels"]
    dialog = asked(row)
    dialog.as_choices.setChecked(True)
    dialog.choices.field.setText("8, 16, 32")
    dialog.accept()
    marked = (("out_channels", Mark(choices=(8, 16, 32))),)
    assert document.graph.nodes["conv1"].searched == marked
    row.editor.changed.emit(48)
    assert document.graph.nodes["conv1"].settings.out_channels == 48
    document.edit(document.graph.renamed("conv1", "stem"), "Rename")
    assert read(write(document.network)).network.graph.nodes["stem"].searched == marked


def test_a_mark_is_taken_away_by_the_menu(document, inspector):
    document.select(("conv1",))
    document.edit(document.graph.with_searched("conv1", {"stride": Mark(choices=((1, 1), (2, 2)))}), "Mark")
    row = inspector.node_form.form.rows["stride"]
    assert row.searched.isVisible()
    choose(row, "Do Not Search Over This")
    assert document.graph.nodes["conv1"].searched == ()


def test_a_click_on_the_glass_changes_what_it_may_be(qtbot, document, inspector):
    row = inspector.network_form.recipe.rows["batch_size"]
    asked(row).accept()
    qtbot.mouseClick(row.searched, Qt.MouseButton.LeftButton)
    dialog = dialog_of(inspector)
    assert (dialog.range.low.text(), dialog.range.high.text()) == ("32", "128")
    dialog.range.high.setText("256")
    dialog.accept()
    assert document.network.search["recipe.batch_size"].high == 256


def test_what_is_marked_is_listed_with_a_way_there(qtbot, document, inspector):
    form = inspector.network_form.searched
    assert form.none_yet.isVisible()
    assert not form.open_button.isVisible()
    inside = document.graph.nodes["stage"].settings.body.with_searched(
        "conv", {"stride": Mark(choices=((1, 1), (2, 2)))}
    )
    stage = document.graph.nodes["stage"].settings.replaced(body=inside)
    document.edit(document.graph.with_settings("stage", stage), "Mark inside")
    assert form.open_button.isVisible()
    name = form.findChildren(type(form.open_button))
    link = next(button for button in name if button.text() == "stage.conv.stride")
    qtbot.mouseClick(link, Qt.MouseButton.LeftButton)
    assert (document.scope, document.selection) == (("stage",), ("conv",))


def test_a_mark_in_a_block_is_taken_away_in_the_list(qtbot, document, inspector):
    inside = document.graph.nodes["stage"].settings.body.with_searched(
        "conv", {"stride": Mark(choices=((1, 1), (2, 2)))}
    )
    stage = document.graph.nodes["stage"].settings.replaced(body=inside)
    document.edit(document.graph.with_settings("stage", stage), "Mark inside")
    inspector.network_form.searched._drop("nodes.stage.conv.stride")
    assert document.graph.nodes["conv"].searched == ()


def test_a_mark_of_a_setting_that_there_is_not_is_said_and_can_be_taken_away(qtbot, document, inspector):
    form = inspector.network_form.searched
    document.edit_network(dataclasses.replace(document.network, search={"recipe.speed": Mark(0.1, 1.0)}), "Read")
    assert form.fault.text().startswith("The recipe has no setting speed. It has optimizer,")
    form._go("recipe.speed")
    assert not inspector.window().findChildren(MarkDialog)
    form._drop("recipe.speed")
    assert document.network.search == {}
    assert not form.fault.isVisible()


def test_text_offers_no_search(document, inspector):
    assert not inspector.network_form.data.rows["source"].offers_search
    assert inspector.network_form.data.rows["normalise"].offers_search


def test_a_refused_range_keeps_the_dialog_open_with_its_sentence(qtbot, document, inspector):
    dialog = asked(inspector.network_form.recipe.rows["learning_rate"])
    dialog.range.low.setText("5")
    dialog.range.high.setText("1")
    dialog.accept()
    assert dialog.isVisible()
    assert "Set low below high." in dialog.fault.text()
    dialog.range.low.setText("much")
    dialog.accept()
    assert dialog.fault.text() == "Low is “much”, which is no number. Write such as 0.001 or 1e-3."
    assert document.network.search == {}
    dialog.reject()


class Kinds:
    """A setting of each kind."""

    rate = real(0.1, low=0, high=1, logarithmic=True)
    count = integer(4, low=1, high=64)
    way = choice("a", "a", "b", "c")
    on = flag(False)
    weights = numbers(1.0, 2.0)
    shape = dims(1, 8, 8)


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("count", "8, 16;32", (8, 16, 32)),
        ("rate", "0.1, 0.5", (0.1, 0.5)),
        ("weights", "1, 2; 3, 4", ((1.0, 2.0), (3.0, 4.0))),
        ("shape", "1 × 8 × 8; 3 × 8 × 8", ((1, 8, 8), (3, 8, 8))),
    ],
)
def test_values_are_typed_as_they_are_in_the_form(qtbot, name, text, values):
    field = getattr(Kinds, name)
    dialog = MarkDialog(name, field.metadata["kind"], field.default, None, None)
    qtbot.addWidget(dialog)
    dialog.as_choices.setChecked(True)
    dialog.choices.field.setText(text)
    assert dialog.mark().choices == values


def test_sizes_are_typed_as_one_number_or_one_for_each_axis(qtbot):
    dialog = MarkDialog("kernel_size", kinds(Conv2d)["kernel_size"], (3, 3), None, None)
    qtbot.addWidget(dialog)
    dialog.choices.field.setText("3; 5 × 7")
    assert dialog.mark().choices == ((3, 3), (5, 7))
    dialog.choices.field.setText("3")
    with pytest.raises(SettingError, match="two values or more"):
        dialog.mark()


def test_words_and_switches_are_boxes(qtbot):
    for name, expected in (("way", ("a", "c")), ("on", (False, True))):
        dialog = MarkDialog(name, getattr(Kinds, name).metadata["kind"], getattr(Kinds, name).default, None, None)
        qtbot.addWidget(dialog)
        if name == "way":
            dialog.choices.boxes[1].click()
        assert dialog.mark().choices == expected
