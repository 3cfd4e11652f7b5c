"""The section "Training" of a form, as a user sets it, and the mark of what is frozen."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from designer.canvas.scene import Hit
from designer.canvas.tips import tip
from designer.document import Document
from designer.inspector import Inspector
from designer.node_training import usual_weights
from nodes.catalogue import catalogue, find_type
from nodes.graph.model import Graph, Node
from nodes.spec.training import PENALTIES, PLAIN, NodeTraining
from runtime.source import write_source
from tests.designer.doubles import ScriptedEngine
from tests.designer.networks import digits_classifier
from tests.designer.test_inspector import network


@pytest.fixture
def two_layers():
    return Document(network())


@pytest.fixture
def inspector(qtbot, two_layers):
    made = Inspector(two_layers, ScriptedEngine())
    qtbot.addWidget(made)
    made.resize(320, 1200)
    made.show()
    qtbot.waitExposed(made)
    return made


def shown_rows(section) -> set[str]:
    return {name for name, row in section.form.rows.items() if row.editor.isVisible()}


def training_of(document: Document, name: str) -> NodeTraining:
    return document.graph.nodes[name].training


def test_a_node_without_weights_has_no_section(two_layers, inspector):
    two_layers.select(("pool2",))
    assert not inspector.node_form.training.isVisible()


def test_it_is_folded_while_nothing_is_changed(two_layers, inspector):
    two_layers.select(("conv2",))
    section = inspector.node_form.training
    assert section.isVisible()
    assert not section.fold.is_open
    assert section.fold.head.text().endswith("Training")


def test_freezing_is_one_step_that_says_so(qtbot, two_layers, inspector):
    two_layers.select(("conv2",))
    section = inspector.node_form.training
    qtbot.mouseClick(section.fold.head, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(section.form.rows["frozen"].editor.field, Qt.MouseButton.LeftButton)
    assert training_of(two_layers, "conv2").frozen
    assert two_layers.undo_stack.undoText() == "Freeze conv2"
    assert section.fold.head.text().endswith("Training · frozen")
    two_layers.undo_stack.undo()
    assert training_of(two_layers, "conv2") == PLAIN


def test_sigma_is_asked_for_only_with_normal(two_layers, inspector):
    two_layers.select(("conv2",))
    section = inspector.node_form.training
    section.fold.set_open(True)
    assert shown_rows(section) == {"weight_init", "bias_init", "frozen", "learning_rate_factor", *PENALTIES}
    section.form.rows["weight_init"].editor.field.setCurrentText("normal")
    assert training_of(two_layers, "conv2").weight_init == "normal"
    assert "weight_std" in shown_rows(section)
    assert "weight_value" not in shown_rows(section)


def test_it_opens_where_something_is_changed(two_layers, inspector):
    two_layers.edit(two_layers.graph.with_training("conv2", NodeTraining(weight_decay=0.001)), "Change")
    two_layers.select(("conv2",))
    assert inspector.node_form.training.fold.is_open


def test_a_change_is_made_in_all_nodes_with_weights_and_nothing_else(qtbot, inspector, two_layers):
    two_layers.open(digits_classifier(), None)
    weighed = [name for name, facts in two_layers.inference.facts.items() if facts.weights]
    two_layers.edit(two_layers.graph.with_training(weighed[0], NodeTraining(learning_rate_factor=0.1)), "Change")
    two_layers.select(two_layers.graph.nodes)
    section = inspector.several_form.training
    section.fold.set_open(True)
    qtbot.mouseClick(section.form.rows["frozen"].editor.field, Qt.MouseButton.LeftButton)
    assert all(training_of(two_layers, name).frozen for name in weighed)
    assert training_of(two_layers, weighed[0]).learning_rate_factor == 0.1
    assert all(training_of(two_layers, name).learning_rate_factor == 1 for name in weighed[1:])
    assert all(training_of(two_layers, name).is_plain for name in two_layers.graph.nodes if name not in weighed)


def test_a_block_has_no_initialisation_of_its_own(two_layers, inspector):
    from nodes.block import Block
    from nodes.graph.blocks import grouped

    graph, name = grouped(two_layers.graph, two_layers.inference, ("conv2", "pool2"))
    assert isinstance(graph.nodes[name].settings, Block)
    two_layers.edit(graph, "Group")
    two_layers.select((name,))
    section = inspector.node_form.training
    section.fold.set_open(True)
    assert shown_rows(section) == {"frozen", "learning_rate_factor", *PENALTIES}


def test_a_change_of_training_alone_changes_the_source(two_layers):
    told = []
    two_layers.changed.connect(told.append)
    before = two_layers.graph
    two_layers.edit(before.with_training("conv2", NodeTraining(frozen=True)), "Freeze conv2")
    assert told[-1].changed == {"conv2"}
    assert two_layers.graph.structure != before.structure
    assert source_of(two_layers.graph) != source_of(before)


def source_of(graph: Graph) -> str:
    from nodes.boundary import Output
    from nodes.graph.model import Link, Node

    whole = graph.with_node("out", Node(Output())).with_link(Link("pool2", "output", "out", "x"))
    return write_source(whole, "Two").text


def test_a_frozen_node_is_marked_on_the_canvas_and_said_in_its_tip(hand):
    document = hand.canvas.document
    document.edit(document.graph.with_training("conv1", NodeTraining(frozen=True)), "Freeze conv1")
    assert hand.canvas.canvas_scene.node_items["conv1"].is_frozen
    assert "Frozen" in tip(document, Hit("conv1"))
    frozen = hand.canvas.viewport().grab().toImage()
    document.undo_stack.undo()
    hand.canvas.viewport().repaint()
    assert hand.canvas.viewport().grab().toImage() != frozen


@pytest.mark.parametrize(("type_id", "rows"), [("conv2d", True), ("relu", False), ("linear", True), ("lstm", True)])
def test_a_node_whose_input_is_not_known_has_the_section_that_its_kind_has(inspector, two_layers, type_id, rows):
    two_layers.edit(two_layers.graph.with_node("loose", Node(find_type(type_id)())), "Add")
    two_layers.select(("loose",))
    assert inspector.node_form.training.isVisible() is rows


def test_a_node_in_error_keeps_its_section(inspector, two_layers):
    settings = two_layers.graph.nodes["conv2"].settings.replaced(kernel_size=(99, 99))
    two_layers.edit(two_layers.graph.with_settings("conv2", settings), "Change")
    assert two_layers.inference.facts["conv2"].error
    two_layers.select(("conv2",))
    assert inspector.node_form.training.isVisible()
    inspector.node_form.training.fold.set_open(True)
    assert "bias_init" in shown_rows(inspector.node_form.training)


def test_every_kind_of_node_says_which_weights_it_usually_has():
    for declared in catalogue():
        assert isinstance(usual_weights(declared()), tuple)
