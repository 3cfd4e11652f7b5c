"""Blocks as a user meets them on the canvas and in the row above it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from designer.breadcrumbs import Breadcrumbs
from designer.canvas.view import CanvasView
from designer.document import Document
from designer.problem_walk import ProblemWalk
from nodes.block import Block
from nodes.graph.model import Link, Network
from nodes.graph.scope import with_body_at
from tests.designer.conftest import hand_on
from tests.designer.drawing import LEFT, NONE, Hand
from tests.designer.test_document_scope import channels_at, nested, with_channels
from tests.nodes.graph.faulty import FAULTY

ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def stages(qtbot: QtBot) -> Hand:
    """A hand on a canvas with two stages, each with a unit inside."""
    return hand_on(qtbot, Document(Network(graph=nested())))


@pytest.fixture
def crumbs(qtbot: QtBot, stages: Hand) -> Breadcrumbs:
    row = Breadcrumbs(stages.canvas.document)
    qtbot.addWidget(row)
    return row


def double_click(qtbot: QtBot, hand: Hand, name: str) -> None:
    at, viewport = hand.body(name), hand.canvas.viewport()
    qtbot.mouseClick(viewport, LEFT, NONE, at)
    qtbot.mouseDClick(viewport, LEFT, NONE, at)


def test_double_click_enters_a_block_and_draws_its_inside(qtbot, stages):
    double_click(qtbot, stages, "stage1")
    assert stages.canvas.document.scope == ("stage1",)
    assert stages.canvas.canvas_scene.node_items.keys() == {"into", "unit1", "result"}
    assert stages.canvas.seen_rect().contains(stages.canvas.canvas_scene.content_rect())


def test_an_input_inside_says_what_arrives_and_not_what_it_was_drawn_for(stages):
    stages.canvas.document.enter(("stage1",))
    assert stages.canvas.canvas_scene.node_items["into"].detail_text == "takes 3 × 28 × 28"


def test_double_click_on_a_layer_enters_nothing(qtbot, stages):
    double_click(qtbot, stages, "image")
    assert stages.canvas.document.scope == ()


def test_alt_enter_goes_in_and_ctrl_up_out(stages):
    document = stages.canvas.document
    stages.click(stages.body("stage2"))
    stages.press(Qt.Key.Key_Return, ALT)
    assert document.scope == ("stage2",)
    stages.press(Qt.Key.Key_Up, CTRL)
    assert (document.scope, document.selection) == ((), ("stage2",))


def test_escape_lets_go_of_the_selection_before_it_leaves(stages):
    document = stages.canvas.document
    document.enter(("stage1",))
    stages.click(stages.body("into"))
    stages.press(Qt.Key.Key_Escape)
    assert (document.scope, document.selection) == (("stage1",), ())
    stages.press(Qt.Key.Key_Escape)
    assert document.scope == ()


def test_backspace_neither_leaves_nor_removes_where_nothing_is_selected(stages):
    document = stages.canvas.document
    document.enter(("stage1",))
    stages.press(Qt.Key.Key_Backspace)
    assert document.scope == ("stage1",)
    assert document.undo_stack.count() == 0


def test_each_place_is_seen_again_as_it_was_left(stages):
    canvas = stages.canvas
    canvas.zoom_in()
    canvas.look_at(canvas.canvas_scene.node_items["scores"].scene_box().center())
    zoom, middle = canvas.zoom, canvas.visible_middle()
    canvas.document.enter(("stage1",))
    canvas.document.enter(())
    assert canvas.zoom == pytest.approx(zoom)
    assert (canvas.visible_middle() - middle).manhattanLength() < 4 / zoom


def test_a_long_body_begins_at_its_input_large_enough_to_read(stages):
    document, canvas = stages.canvas.document, stages.canvas
    inside = document.root_graph.nodes["stage1"].settings.body
    long = with_body_at(document.root_graph, ("stage1",), inside.moved({"result": (9000.0, 0.0)}))
    document.edit(long, "Stretch")
    document.enter(("stage1",))
    assert canvas.zoom == pytest.approx(0.8)
    assert canvas.seen_rect().contains(canvas.canvas_scene.node_items["into"].scene_box())


def test_an_edit_inside_is_undone_where_it_was_made(stages):
    document = stages.canvas.document
    document.enter(("stage1",))
    stages.drag(stages.body("unit1"), stages.body("unit1") + stages.at(stages.canvas.visible_middle()) / 4)
    document.enter(())
    stages.press(Qt.Key.Key_Z, CTRL)
    assert document.scope == ("stage1",)
    assert document.root_graph.nodes.keys() == nested().nodes.keys()
    assert not document.is_modified


def test_crumbs_lead_back(qtbot, stages, crumbs):
    document = stages.canvas.document
    assert crumbs.isHidden()
    document.enter(("stage1", "unit1"))
    assert not crumbs.isHidden()
    words = [crumbs._crumbs.itemAt(i).widget().text() for i in range(crumbs._crumbs.count())]
    assert words == ["Network", "›", "stage1", "›", "unit1", "Unit"]
    qtbot.mouseClick(crumbs._crumbs.itemAt(2).widget(), LEFT)
    assert document.scope == ("stage1",)
    qtbot.mouseClick(crumbs._crumbs.itemAt(0).widget(), LEFT)
    assert (document.scope, crumbs.isHidden()) == ((), True)


def test_errors_elsewhere_are_counted_and_reached(qtbot, stages, crumbs):
    document = stages.canvas.document
    document.enter(("stage2", "unit1"))
    assert crumbs.outside.isHidden()
    inside = document.root_graph.nodes["stage1"].settings.body.nodes["unit1"].settings.body
    wrong = inside.nodes["conv1"].settings.replaced(kernel_size=(40, 40), padding=(0, 0))
    root = with_body_at(document.root_graph, ("stage1", "unit1"), inside.with_settings("conv1", wrong))
    document.edit_network(Network(graph=root), "Break it")
    document.enter(("stage2", "unit1"))
    assert crumbs.outside.text() == "1 error outside"
    qtbot.mouseClick(crumbs.outside, LEFT)
    assert (document.scope, document.selection) == (("stage1", "unit1"), ("conv1",))
    assert crumbs.outside.isHidden()


def test_all_alike_is_offered_where_there_are_others(qtbot, stages, crumbs):
    document = stages.canvas.document
    document.enter(("stage1", "unit1"))
    assert (crumbs.alike.isHidden(), crumbs.alike.all_alike.text()) == (False, "All 2 alike")
    assert crumbs.alike.this_one.isChecked()
    qtbot.mouseClick(crumbs.alike.all_alike, LEFT)
    document.edit(with_channels(document.graph, 5), "Change conv1")
    assert channels_at(document, "stage2", "unit1") == 5
    qtbot.mouseClick(crumbs.alike.this_one, LEFT)
    document.edit(with_channels(document.graph, 7), "Change conv1")
    assert channels_at(document, "stage2", "unit1") == 5


def test_a_block_that_is_the_only_one_offers_no_choice(stages, crumbs):
    document = stages.canvas.document
    document.edit(document.graph.without(["stage2"]), "Remove stage2")
    document.enter(("stage1",))
    assert crumbs.alike.isHidden()


def test_a_renamed_port_keeps_its_link_outside(stages):
    document = stages.canvas.document
    document.enter(("stage1",))
    stages.canvas.commands.rename("result", "features")
    assert Link("stage1", "features", "stage2", "into") in document.root_graph.links


def test_grouping_asks_for_a_name_in_place(qtbot, hand, document):
    hand.press(Qt.Key.Key_A, CTRL)
    document.select(("conv1", "relu1"))
    hand.press(Qt.Key.Key_G, CTRL)
    editor = hand.canvas._editor
    assert editor is not None
    qtbot.keyClicks(editor, "stem_part1")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    block = document.graph.nodes["stem_part1"].settings
    assert isinstance(block, Block)
    assert block.name == "StemPart"
    hand.press(Qt.Key.Key_Z, CTRL)
    assert "conv1" in document.graph.nodes  # grouping and naming are one step


def test_a_problem_inside_a_block_is_shown_where_it_is(stages):
    document = stages.canvas.document
    inside = document.root_graph.nodes["stage1"].settings.body.nodes["unit1"].settings.body
    wrong = inside.nodes["conv1"].settings.replaced(kernel_size=(40, 40), padding=(0, 0))
    root = with_body_at(document.root_graph, ("stage1", "unit1"), inside.with_settings("conv1", wrong))
    document.edit(root, "Break it")
    walk = ProblemWalk(stages.canvas)
    walk.show(next(p for p in document.problems if p.node == "stage1"))
    assert (document.scope, document.selection) == (("stage1", "unit1"), ("conv1",))
    assert walk.card.problem is not None
    assert walk.card.problem.fact.startswith("conv1: The 40-pixel kernel")


def test_alt_enter_on_a_layer_says_what_it_wants_and_begins_no_link(qtbot, stages):
    stages.click(stages.body("image"))
    with qtbot.waitSignal(stages.canvas.status) as told:
        stages.press(Qt.Key.Key_Return, ALT)
    assert told.args == ["Select one block to go inside it."]
    assert stages.canvas._gesture is None


@pytest.fixture
def biased(qtbot: QtBot) -> Hand:
    """A hand on a canvas with a block that drops numbers before its normalization."""
    return hand_on(qtbot, Document(Network(graph=FAULTY["dropout-before-norm"][2]().graph)))


def test_a_problem_inside_a_block_leads_to_its_node(biased):
    document, walk = biased.canvas.document, ProblemWalk(biased.canvas)
    (problem,) = (p for p in document.problems if p.within)
    assert problem.fact.startswith("Inside part, drop drops numbers")
    walk.show(problem)
    assert document.scope == ("part",)
    assert document.selection == ("drop",)
    assert walk.card.problem.node == "drop"
    walk.card.remedies.buttons[0].click()
    document.enter(())
    assert not [p for p in document.problems if p.within]


def test_a_problem_inside_that_only_the_whole_shows_stays_with_the_block(qtbot):
    canvas = CanvasView(Document(Network(graph=FAULTY["overwritten"][1]().graph)))
    qtbot.addWidget(canvas)
    canvas.show()
    walk = ProblemWalk(canvas)
    (problem,) = (p for p in canvas.document.problems if p.within)
    walk.show(problem)
    assert canvas.document.scope == ()
    assert walk.card.problem == problem
    assert walk.card.remedies.buttons[0].remedy.text == "Inside one: Turn off inplace of act"
