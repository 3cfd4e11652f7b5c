"""Inspector: forms that a user types into, and the document that follows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from designer.inspector import Inspector
from nodes.boundary import Input
from nodes.conv import Conv2d
from nodes.graph.model import Graph, Link, Network, Node
from nodes.pooling import MaxPool2d
from runtime.recipe import Recipe
from tests.designer.test_editors import retype
from tests.designer.windows import Desk


def network() -> Network:
    nodes = {
        "image": Node(Input(size=(6, 14, 14))),
        "conv2": Node(Conv2d(out_channels=16, kernel_size=(5, 5))),
        "pool2": Node(MaxPool2d()),
    }
    links = (Link("image", "output", "conv2", "x"), Link("conv2", "output", "pool2", "x"))
    return Network(Graph(nodes, links), title="Two layers")


@pytest.fixture(scope="module")
def desk(qapp: QApplication) -> Iterator[Desk]:
    made = Desk(900)
    yield made
    made.close()


@pytest.fixture
def document(desk):
    desk.begin(network())
    return desk.document


@pytest.fixture
def engine(desk, document):
    return desk.engine


@pytest.fixture
def inspector(desk, document):
    return desk.inspector


def field(inspector: Inspector, name: str, part: int = 0) -> QWidget:
    return inspector.node_form.form.rows[name].editor.fields()[part]


def words(widget: QWidget) -> str:
    QApplication.processEvents()  # what was just added is shown
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def test_typing_out_channels_changes_the_node(qtbot, document, inspector):
    document.select(("conv2",))
    retype(qtbot, field(inspector, "out_channels"), "24")
    assert document.graph.nodes["conv2"].settings.out_channels == 24


def test_one_spell_of_typing_is_one_undo_step(qtbot, document, inspector):
    document.select(("conv2",))
    retype(qtbot, field(inspector, "out_channels"), "123")
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.graph.nodes["conv2"].settings.out_channels == 16


def test_enter_in_a_field_that_was_not_changed_is_no_step(qtbot, document, inspector):
    document.select(("conv2",))
    for name in ("out_channels", "kernel_size"):
        qtbot.keyClick(field(inspector, name), Qt.Key.Key_Return)
    assert document.undo_stack.count() == 0


def test_two_fields_are_two_undo_steps(qtbot, document, inspector):
    document.select(("conv2",))
    retype(qtbot, field(inspector, "out_channels"), "8")
    qtbot.keyClick(field(inspector, "out_channels"), Qt.Key.Key_Return)
    retype(qtbot, field(inspector, "stride"), "2")
    assert document.undo_stack.count() == 2


def test_undo_is_shown_in_the_field(qtbot, document, inspector):
    document.select(("conv2",))
    retype(qtbot, field(inspector, "out_channels"), "8")
    document.undo_stack.undo()
    assert field(inspector, "out_channels").value() == 16


def test_arithmetic_and_cost_of_the_second_layer_of_lenet(document, inspector):
    document.select(("conv2",))
    said = words(inspector.node_form)
    assert "(14 − 5 + 2·0)/1 + 1 = 10" in said
    assert "16 × 10 × 10" in said
    assert "(5·5·6 + 1) · 16 = 2\u202f416" in said
    assert "240 k multiply-adds · 6.2 KiB out · sees 5 × 5 px" in said.replace("\u00a0", " ")


def test_a_kernel_that_does_not_fit_is_said_below_its_field(qtbot, document, inspector):
    document.select(("conv2",))
    retype(qtbot, field(inspector, "kernel_size"), "15")
    message = inspector.node_form.form.rows["kernel_size"].message
    assert message.isVisible()
    assert "15-pixel kernel is larger than its 14-pixel input" in message.text()


def test_kind_and_size_of_an_input_change_together(qtbot, document, inspector):
    document.select(("image",))
    kind = field(inspector, "kind")
    kind.setFocus()
    qtbot.keyClicks(kind, "v")
    row = inspector.node_form.form.rows["kind"]
    assert "a vector has 1 sizes (C), not 3" in row.message.text()
    assert document.graph.nodes["image"].settings.kind == "image"
    retype(qtbot, field(inspector, "size"), "784")
    assert document.graph.nodes["image"].settings == Input(kind="vector", size=(784,))
    assert not row.message.isVisible()


def test_a_refused_text_stays_in_its_field(qtbot, document, inspector):
    document.select(("image",))
    size = field(inspector, "size")
    retype(qtbot, size, "6 × 0 × 14")
    assert document.graph.nodes["image"].settings.size != (6, 0, 14)
    assert size.text() == "6 × 0 × 14"
    assert "whole number from 1" in inspector.node_form.form.rows["size"].message.text()


def test_renaming_keeps_the_links(qtbot, document, inspector):
    document.select(("conv2",))
    name = inspector.node_form.header.name
    retype(qtbot, name, "stem")
    qtbot.keyClick(name, Qt.Key.Key_Return)
    assert Link("image", "output", "stem", "x") in document.graph.links
    assert document.selection == ("stem",)


@pytest.mark.parametrize("typed", ["pool2", "2nd", "forward"])
def test_a_name_that_cannot_be_is_refused_with_a_sentence(qtbot, document, inspector, typed):
    document.select(("conv2",))
    header = inspector.node_form.header
    retype(qtbot, header.name, typed)
    qtbot.keyClick(header.name, Qt.Key.Key_Return)
    assert "conv2" in document.graph.nodes
    assert header.refusal.isVisible()
    assert header.refusal.text().endswith(("name.", "letter.", "1."))


def test_optional_stride_reads_as_kernel_size(document, inspector):
    document.select(("pool2",))
    assert inspector.node_form.form.rows["stride"].editor.menu_button.text() == "as kernel_size"


def test_padding_mode_stands_below_the_fold(qtbot, document, inspector):
    document.select(("conv2",))
    form = inspector.node_form.form
    assert not field(inspector, "padding_mode").isVisible()
    qtbot.mouseClick(form.fold.head, Qt.MouseButton.LeftButton)
    assert field(inspector, "padding_mode").isVisible()


def test_nothing_selected_shows_the_network(qtbot, document, inspector):
    form = inspector.network_form
    assert form.isVisible()
    retype(qtbot, form.title, "LeNet")
    assert document.network.title == "LeNet"
    assert document.undo_stack.count() == 1


def test_recipe_is_edited_by_the_same_kind_of_form(qtbot, document, inspector):
    epochs = inspector.network_form.recipe.rows["epochs"].editor.field
    retype(qtbot, epochs, "3")
    assert Recipe.read(document.network.recipe).epochs == 3
    document.undo_stack.undo()
    assert Recipe.read(document.network.recipe).epochs == 10


def test_notes_are_kept_and_undone_as_one_step(qtbot, document, inspector):
    qtbot.keyClicks(inspector.network_form.notes, "Try dropout.")
    assert document.network.notes == "Try dropout."
    document.undo_stack.undo()
    assert document.network.notes == ""


def test_several_nodes_show_their_sum(document, inspector):
    document.select(("conv2", "pool2"))
    said = words(inspector.several_form)
    assert "2 nodes selected" in said
    assert "2\u202f416 weights" in said


def test_buttons_for_several_nodes_fit_a_narrow_inspector(document, inspector):
    document.select(("conv2", "pool2"))
    assert inspector.several_form.minimumSizeHint().width() <= 264


def test_looking_into_the_data_keeps_the_focus(qtbot, inspector, engine):
    button = inspector.network_form.data_card.describe_button
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    button.setFocus()
    engine.refuse("There is no folder mnist.", "Choose a folder of data.")
    assert button.isEnabled()
    assert inspector.focusWidget() is button


def test_data_are_described_by_the_engine(qtbot, inspector, engine):
    card = inspector.network_form.data_card
    qtbot.mouseClick(card.describe_button, Qt.MouseButton.LeftButton)
    engine.answer(
        fields=[
            {
                "name": "image",
                "shape": [1, 8, 8],
                "axes": "CHW",
                "values": "real",
                "classes": None,
                "is_target": False,
            },
            {
                "name": "label",
                "shape": [],
                "axes": "",
                "values": "index",
                "classes": [*"0123456789"],
                "is_target": True,
            },
        ],
        samples={"train": 1258, "validation": 180, "test": 359},
    )
    said = words(card)
    assert "image: 1 × 8 × 8" in said
    assert "label: 10 classes (target)" in said
    assert "1\u202f258 train · 180 validation · 359 test" in said


def test_data_that_are_not_there_are_said_with_the_remedy(qtbot, inspector, engine):
    card = inspector.network_form.data_card
    qtbot.mouseClick(card.describe_button, Qt.MouseButton.LeftButton)
    engine.refuse("There is no folder mnist.", "Choose a folder of data.")
    assert card.state.text() == "There is no folder mnist. Choose a folder of data."
    assert card.describe_button.isEnabled()


def test_every_field_has_an_accessible_name(document, inspector):
    for selection in ((), ("conv2",), ("pool2",)):
        document.select(selection)
        page = inspector.node_form if selection else inspector.network_form
        forms = [page.form] if selection else [page.data, page.recipe]
        for form in forms:
            for row in form.rows.values():
                assert all(one.accessibleName() for one in row.editor.fields())


def test_the_data_form_shows_what_the_source_reads(document, inspector):
    form = inspector.network_form.data
    hidden = {name for name, row in form.rows.items() if row.editor.isHidden()}
    assert {"form", "seq_length", "inputs", "ignore", "fold"} <= hidden
    inspector.network_form.data_card.take_path(Path("plays.txt"))
    assert document.network.data["source"] == "plays.txt"
    assert not form.rows["seq_length"].editor.isHidden()
    assert form.rows["inputs"].editor.isHidden()


def test_a_toy_is_chosen_from_the_menu(document, inspector, engine):
    card = inspector.network_form.data_card
    entry = next(one for one in card.names_menu().actions() if one.text().startswith("Moons"))
    entry.trigger()
    assert document.network.data["source"] == "toy:moons"
    assert engine.requests[-1].data["source"] == "toy:moons"
