"""The document: undo gives the identical graph back, and one signal says what differs."""

from __future__ import annotations

import dataclasses
import gc
import weakref

import pytest

from designer.document import Changes, Document, new_gesture
from nodes.activation import ReLU
from nodes.graph.infer import infer
from nodes.graph.model import Link, Network, Node
from tests.designer.drawing import chain

CONV_RELU = Link("conv1", "output", "relu1", "x")


@pytest.fixture
def heard(document) -> list[Changes]:
    changes: list[Changes] = []
    document.changed.connect(changes.append)
    return changes


def with_kernel(graph, size):
    settings = graph.nodes["conv1"].settings
    return graph.with_settings("conv1", settings.replaced(kernel_size=(size, size)))


def test_undo_and_redo_show_identical_graphs(document):
    before = document.graph
    document.edit(before.without(["relu1"]), "Remove relu1")
    after = document.graph
    document.undo_stack.undo()
    assert document.graph is before
    document.undo_stack.redo()
    assert document.graph is after


def test_same_graph_is_no_step(document):
    document.edit(document.graph, "Nothing")
    assert document.undo_stack.count() == 0


def test_one_gesture_is_one_step(document):
    before, gesture = document.graph, new_gesture("kernel_size of conv1")
    for size in range(3, 12):
        document.edit(with_kernel(document.graph, size), "Set kernel_size", gesture)
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.graph is before


def test_two_gestures_are_two_steps(document):
    for size in (3, 7):
        document.edit(with_kernel(document.graph, size), "Set kernel_size", new_gesture("kernel_size of conv1"))
    assert document.undo_stack.count() == 2


def test_edits_without_a_gesture_are_steps_of_their_own(document):
    for size in (3, 7):
        document.edit(with_kernel(document.graph, size), "Set kernel_size")
    assert document.undo_stack.count() == 2


def test_recipe_and_data_are_undone_as_well(document, heard):
    before = document.network
    document.edit_network(dataclasses.replace(before, recipe={"epochs": 3}), "Set epochs")
    document.edit_network(dataclasses.replace(document.network, data={"source": "digits"}), "Choose data")
    assert [(c.recipe, c.data) for c in heard] == [(True, False), (False, True)]
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert document.network is before


def test_changes_name_what_was_added_and_removed(document, heard):
    document.edit(document.graph.with_node("relu2", Node(ReLU())), "Add relu2")
    document.edit(document.graph.without(["relu1"]), "Remove relu1")
    assert (heard[0].added, heard[0].removed) == ({"relu2"}, frozenset())
    assert (heard[1].added, heard[1].removed) == (frozenset(), {"relu1"})
    assert heard[1].links_removed == {CONV_RELU}


def test_moving_changes_a_place_and_nothing_known(document, heard):
    facts = document.inference.facts
    document.edit(document.graph.moved({"conv1": (12.0, 24.0)}), "Move conv1")
    assert (heard[0].changed, heard[0].facts, heard[0].problems) == ({"conv1"}, frozenset(), frozenset())
    assert document.inference.facts is facts
    assert document.inference.graph is document.graph


def test_other_settings_reach_all_that_follows(document, heard):
    document.edit(with_kernel(document.graph, 3), "Set kernel_size")
    assert heard[0].changed == {"conv1"}
    assert heard[0].facts == {"conv1", "relu1"}
    assert document.inference.facts["relu1"].outputs["output"] == (6, 26, 26)


def test_problems_are_current_and_named(document, heard):
    document.edit(with_kernel(document.graph, 29), "Set kernel_size")
    assert any(p.node == "conv1" and "29-pixel kernel" in p.fact for p in document.problems)
    assert "conv1" in heard[0].problems
    document.undo_stack.undo()
    assert not any("kernel" in p.fact for p in document.problems)


def test_incremental_inference_agrees_with_a_fresh_one(document):
    document.edit(with_kernel(document.graph, 3), "Set kernel_size")
    document.edit(document.graph.without_links([CONV_RELU]), "Unplug")
    document.undo_stack.undo()
    assert document.inference.facts == infer(document.graph).facts


def test_modified_follows_undo_and_saving(document, tmp_path, qtbot):
    assert not document.is_modified
    with qtbot.waitSignal(document.title_changed):
        document.edit(with_kernel(document.graph, 3), "Set kernel_size")
    assert document.is_modified
    document.undo_stack.undo()
    assert not document.is_modified
    document.undo_stack.redo()
    document.mark_saved(tmp_path / "net.netw")
    assert not document.is_modified
    document.undo_stack.undo()
    assert document.is_modified


def test_gesture_does_not_reach_back_over_saving(document, tmp_path):
    gesture = new_gesture("kernel_size of conv1")
    document.edit(with_kernel(document.graph, 3), "Set kernel_size", gesture)
    saved = document.graph
    document.mark_saved(tmp_path / "net.netw")
    document.edit(with_kernel(document.graph, 7), "Set kernel_size", gesture)
    document.undo_stack.undo()
    assert document.graph is saved
    assert not document.is_modified


def test_opening_forgets_the_steps_before(document, heard, tmp_path):
    document.edit(with_kernel(document.graph, 3), "Set kernel_size")
    document.open(Network(graph=chain().without(["fc1"]), title="Other"), tmp_path / "other.netw")
    assert document.undo_stack.count() == 0
    assert heard[-1].opened
    assert heard[-1].removed == {"fc1"}
    assert (document.title, document.is_modified) == ("Other", False)


def test_opened_as_modified_wants_saving(document):
    document.open(Network(graph=chain()), None, modified=True)
    assert document.is_modified


def test_title_is_the_files_name_until_one_is_given(document, tmp_path):
    document.open(Network(), tmp_path / "lenet.netw")
    assert document.title == "lenet"
    assert Document().title == "Untitled"


def test_selection_holds_what_is_there(document, qtbot):
    with qtbot.waitSignal(document.selected) as told:
        document.select(["conv1", "nobody", "relu1", "conv1"])
    assert told.args == [("conv1", "relu1")]
    document.edit(document.graph.without(["relu1"]), "Remove relu1")
    assert document.selection == ("conv1",)


def test_what_an_undo_brings_back_is_selected(document):
    document.edit(document.graph.without(["relu1"]), "Remove relu1")
    document.select(["image"])
    document.undo_stack.undo()
    assert document.selection == ("relu1",)


def test_documents_go_quietly_with_their_undo_steps(qapp):
    """A circle of references through Qt's stack once ended the process when it was collected."""
    for _ in range(3):
        document = Document()
        for number in range(3):
            document.edit(document.graph.with_node(f"relu{number}", Node(ReLU())), "Add", "gesture" * (number % 2))
        gone = weakref.ref(document)
        del document
        gc.collect()
        assert gone() is None
