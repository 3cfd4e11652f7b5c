"""Inside blocks: what is shown, what an edit there does to the whole, and where undo shows it."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from designer.document import Changes, Document
from nodes.activation import ReLU
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.conv import Conv2d
from nodes.graph.infer import infer
from nodes.graph.model import Graph, Link, Network, Node
from nodes.graph.scope import body_at


def unit(channels: int = 8) -> Graph:
    """into -> conv1 -> result: the inside of a block."""
    graph = (
        Graph()
        .with_node("into", Node(Input(size=(1, 4, 4))))
        .with_node("conv1", Node(Conv2d(out_channels=channels, kernel_size=(3, 3), padding=(1, 1)), 252))
        .with_node("result", Node(Output(), 504))
    )
    return graph.with_link(Link("into", "output", "conv1", "x")).with_link(Link("conv1", "output", "result", "x"))


def nested() -> Graph:
    """image -> stage1 -> stage2 -> scores; both stages hold a block `unit1` that is alike."""
    stage = (
        Graph()
        .with_node("into", Node(Input(size=(1, 4, 4))))
        .with_node("unit1", Node(Block("Unit", unit()), 252))
        .with_node("result", Node(Output(), 504))
        .with_link(Link("into", "output", "unit1", "into"))
        .with_link(Link("unit1", "result", "result", "x"))
    )
    graph = (
        Graph()
        .with_node("image", Node(Input(size=(3, 28, 28))))
        .with_node("stage1", Node(Block("Stage", stage), 252))
        .with_node("stage2", Node(Block("Stage", stage), 504))
        .with_node("scores", Node(Output(), 756))
    )
    for link in (
        Link("image", "output", "stage1", "into"),
        Link("stage1", "result", "stage2", "into"),
        Link("stage2", "result", "scores", "x"),
    ):
        graph = graph.with_link(link)
    return graph


@pytest.fixture
def document(qapp: QApplication) -> Document:
    return Document(Network(graph=nested()))


def with_channels(graph: Graph, channels: int) -> Graph:
    return graph.with_settings("conv1", graph.nodes["conv1"].settings.replaced(out_channels=channels))


def channels_at(document: Document, *way: str) -> int:
    return body_at(document.root_graph, way).nodes["conv1"].settings.out_channels  # type: ignore[attr-defined]


def test_inside_a_block_the_shapes_that_arrive_are_known(document):
    document.enter(("stage2", "unit1"))
    assert document.inference.facts["conv1"].inputs["x"] == (8, 28, 28)  # not the 1 × 4 × 4 its Input was drawn with
    assert document.root_graph is document.network.graph


def test_an_edit_inside_changes_the_whole_as_one_step(document):
    before = document.root_graph
    document.enter(("stage1", "unit1"))
    document.edit(with_channels(document.graph, 5), "Change conv1")
    assert channels_at(document, "stage1", "unit1") == 5
    assert document.root_inference.facts["stage1"].outputs["result"] == (5, 28, 28)
    assert document.root_inference.facts == infer(document.root_graph).facts
    document.undo_stack.undo()
    assert document.root_graph is before


def test_undo_goes_to_where_the_edit_was(document):
    document.enter(("stage1", "unit1"))
    document.edit(with_channels(document.graph, 5), "Change conv1")
    document.enter(())
    document.undo_stack.undo()
    assert document.scope == ("stage1", "unit1")
    document.enter(("stage2",))
    document.undo_stack.redo()
    assert (document.scope, channels_at(document, "stage1", "unit1")) == (("stage1", "unit1"), 5)


def test_an_undone_block_is_left_before_it_goes(document):
    document.edit(document.graph.with_node("extra", Node(Block("Extra", unit()))), "Add extra")
    document.enter(("extra",))
    document.undo_stack.undo()
    assert document.scope == ()
    assert "extra" not in document.graph.nodes


def test_leaving_selects_the_block_that_was_left(document):
    document.enter(("stage1", "unit1"))
    document.enter(("stage1",))
    assert document.selection == ("unit1",)
    document.enter(())
    assert document.selection == ("stage1",)


def test_entering_says_that_all_is_another(document):
    heard: list[Changes] = []
    document.changed.connect(heard.append)
    document.enter(("stage1",))
    assert heard[0].scope
    assert not heard[0].opened
    assert (heard[0].removed, heard[0].added) == (
        {"image", "stage1", "stage2", "scores"},
        {"into", "unit1", "result"},
    )


def test_renaming_a_port_inside_takes_the_links_outside_along(document):
    document.enter(("stage1",))
    document.edit(document.graph.renamed("into", "picture"), "Rename into")
    assert Link("image", "output", "stage1", "picture") in document.root_graph.links
    assert Link("stage1", "result", "stage2", "into") in document.root_graph.links


def test_removing_a_port_inside_takes_its_link_away(document):
    document.enter(("stage1",))
    document.edit(document.graph.without(["result"]), "Remove result")
    assert [link.source for link in document.root_graph.links] == ["image", "stage2"]


def test_missing_loss_is_no_problem_of_a_body(document):
    assert any("no loss" in problem.fact for problem in document.problems)
    document.enter(("stage1",))
    assert document.problems == ()


def test_training_hears_of_the_whole_inside_a_block(document):
    document.enter(("stage1", "unit1"))
    document.edit(document.graph.without(["conv1"]), "Remove conv1")
    errors = [problem for problem in document.root_problems if problem.severity == "error"]
    assert [problem.node for problem in errors] == ["stage1"]
    assert any(problem.node == "result" for problem in document.problems)


def test_only_this_one_changes_until_all_are_asked_for(document):
    document.enter(("stage1", "unit1"))
    assert document.alike() == (("stage2", "unit1"),)
    document.edit(with_channels(document.graph, 5), "Change conv1")
    assert (channels_at(document, "stage1", "unit1"), channels_at(document, "stage2", "unit1")) == (5, 8)


def test_asking_for_all_takes_what_was_edited_along_in_one_step(document):
    document.enter(("stage1", "unit1"))
    document.edit(with_channels(document.graph, 5), "Change conv1")
    steps = document.undo_stack.count()
    document.change_alike(True)
    assert channels_at(document, "stage2", "unit1") == 5
    assert document.undo_stack.count() == steps + 1
    document.undo_stack.undo()
    assert (channels_at(document, "stage1", "unit1"), channels_at(document, "stage2", "unit1")) == (5, 8)


def test_an_edit_of_all_alike_is_one_step(document):
    before = document.root_graph
    document.enter(("stage1", "unit1"))
    document.change_alike(True)
    assert document.undo_stack.count() == 0
    document.edit(with_channels(document.graph, 6), "Change conv1")
    assert (channels_at(document, "stage1", "unit1"), channels_at(document, "stage2", "unit1")) == (6, 6)
    document.undo_stack.undo()
    assert document.root_graph is before


def test_undoing_that_all_alike_are_changed_takes_the_choice_back_too(document):
    document.enter(("stage1", "unit1"))
    document.edit(with_channels(document.graph, 5), "Change conv1")
    document.change_alike(True)
    assert channels_at(document, "stage2", "unit1") == 5
    document.undo_stack.undo()
    assert (document.changes_alike, channels_at(document, "stage2", "unit1")) == (False, 8)
    document.edit(with_channels(document.graph, 7), "Change conv1")
    assert channels_at(document, "stage2", "unit1") == 8
    document.undo_stack.undo()
    document.undo_stack.redo()
    document.undo_stack.undo()
    document.change_alike(True)
    document.undo_stack.undo()
    document.undo_stack.redo()
    assert document.changes_alike


def test_the_choice_ends_with_the_visit(document):
    document.enter(("stage1", "unit1"))
    document.change_alike(True)
    document.enter(())
    document.enter(("stage1", "unit1"))
    assert not document.changes_alike


def test_other_inputs_reach_a_body_that_is_shown(document):
    document.enter(("stage2",))
    document.edit_network(
        Network(graph=document.root_graph.with_settings("image", Input(size=(3, 10, 10)))), "Change image"
    )
    assert document.inference.facts["unit1"].outputs["result"] == (8, 10, 10)


def test_blocks_too_deep_are_refused_in_words(document):
    body = unit()
    for _ in range(31):
        body = Graph().with_node("inner", Node(Block("Deep", body)))
    said: list[str] = []
    document.refused.connect(said.append)
    document.enter(("stage1",))
    document.edit(document.graph.with_node("deep", Node(Block("Deep", body))), "Paste")
    assert "more than 32 deep" in said[0]
    assert "deep" not in document.graph.nodes


def test_opening_another_document_shows_its_whole(document):
    document.enter(("stage1", "unit1"))
    document.open(Network(graph=nested()), None)
    assert document.scope == ()
    assert document.graph is document.network.graph


def test_no_gesture_joins_edits_of_different_places(document):
    for way in (("stage1", "unit1"), ("stage2", "unit1")):
        document.enter(way)
        document.edit(document.graph.with_node("relu1", Node(ReLU())), "Add relu1", "a gesture")
    assert document.undo_stack.count() == 2
