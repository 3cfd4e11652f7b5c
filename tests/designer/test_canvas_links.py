"""Joining ports with the mouse and with keys, and the yes or no on the way."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from nodes.graph.model import Link, Node
from nodes.merge import Add
from nodes.recurrent import LSTM

CONV_RELU = Link("conv1", "output", "relu1", "x")


def note(hand):
    return hand.canvas.note.text() if hand.canvas.note.isVisible() else ""


def add(document, name, settings, x, y):
    document.edit(document.graph.with_node(name, Node(settings, x, y)), f"Add {name}")
    document.select(())


def test_drag_from_output_to_input_joins(hand, document):
    before = document.graph
    hand.drag(hand.output("fc1"), hand.input("scores"))
    assert Link("fc1", "output", "scores", "x") in document.graph.links
    document.undo_stack.undo()
    assert document.graph is before


def test_drag_from_input_back_to_output_joins(hand, document):
    hand.drag(hand.input("scores"), hand.output("fc1"))
    assert Link("fc1", "output", "scores", "x") in document.graph.links


def test_link_dropped_on_a_body_takes_the_first_free_input(hand, document):
    add(document, "add1", Add(), 504, 144)
    hand.drag(hand.output("conv1"), hand.body("add1"))
    hand.drag(hand.output("relu1"), hand.body("add1"))
    assert [link.source for link in document.graph.incoming("add1").values()] == ["conv1", "relu1"]


def test_link_from_a_named_output(hand, document):
    add(document, "lstm1", LSTM(), 504, 144)
    hand.drag(hand.output("lstm1", "hidden"), hand.input("scores"))
    assert document.graph.incoming("scores")["x"].output == "hidden"


def test_drop_in_the_empty_does_nothing(hand, document):
    before = document.graph
    hand.drag(hand.output("fc1"), hand.at(QPointF(600, 250)))
    assert document.graph is before
    assert not hand.canvas.canvas_scene.draft.isVisible()


def test_shape_is_told_at_the_cursor(hand):
    hand.drag(hand.output("relu1"), hand.input("scores"), drop=False)
    assert "relu1 → scores · 6 × 24 × 24" in note(hand)
    assert hand.canvas.canvas_scene.node_items["scores"].verdict == "good"


def test_reason_is_told_at_the_cursor_and_nothing_joined(hand, document):
    before = document.graph
    hand.drag(hand.output("fc1"), hand.input("conv1"), drop=False)
    hand.drag(hand.output("relu1"), hand.input("conv1"), drop=False)
    assert "circle" in note(hand)
    assert hand.canvas.canvas_scene.node_items["conv1"].verdict == "refused"
    hand.drag(hand.output("relu1"), hand.input("conv1"))
    assert document.graph is before
    assert note(hand) == ""
    assert hand.canvas.canvas_scene.node_items["conv1"].verdict == ""


def test_refusal_reaches_the_status_line(hand, qtbot):
    with qtbot.waitSignal(hand.canvas.status) as told:
        hand.drag(hand.output("relu1"), hand.input("conv1"))
    assert told.args[0].startswith("This would close a circle")


def test_full_node_says_how_to_replace_its_link(hand, document):
    hand.drag(hand.output("image"), hand.body("relu1"), drop=False)
    assert "relu1 has no free input" in note(hand)


def test_link_dropped_on_a_wired_input_replaces_what_was_there(hand, document):
    hand.drag(hand.output("image"), hand.input("relu1"))
    assert document.graph.incoming("relu1")["x"].source == "image"
    assert CONV_RELU not in document.graph.links


def test_end_of_a_link_can_be_taken_elsewhere(hand, document):
    before = document.graph
    hand.drag(hand.input("relu1"), hand.input("scores"))
    assert document.graph.incoming("relu1") == {}
    assert document.graph.incoming("scores")["x"].source == "conv1"
    document.undo_stack.undo()
    assert document.graph is before


def test_link_taken_off_and_put_back_changes_nothing(hand, document):
    before = document.graph
    hand.drag(hand.input("relu1"), hand.input("relu1"))
    assert document.graph is before
    assert hand.canvas.canvas_scene.link_items[CONV_RELU].isVisible()


def test_end_of_a_link_dropped_in_the_empty_unplugs_it(hand, document):
    before = document.graph
    hand.drag(hand.input("relu1"), hand.at(QPointF(600, 250)))
    assert document.graph.incoming("relu1") == {}
    document.undo_stack.undo()
    assert document.graph is before


def test_escape_gives_a_link_up(hand, document):
    before = document.graph
    hand.drag(hand.input("relu1"), hand.at(QPointF(600, 250)), drop=False)
    hand.press(Qt.Key.Key_Escape)
    assert document.graph is before
    assert hand.canvas.canvas_scene.link_items[CONV_RELU].isVisible()


def test_click_on_a_wire_and_delete_removes_it(hand, document):
    hand.click(hand.at(QPointF(462, 26)))
    assert hand.canvas.canvas_scene.selected_links == {CONV_RELU}
    hand.press(Qt.Key.Key_Delete)
    assert CONV_RELU not in document.graph.links
    assert "relu1" in document.graph.nodes


def test_enter_arrow_enter_joins_by_keys(hand, document):
    document.select(["fc1"])
    hand.press(Qt.Key.Key_Return)
    assert "fc1 → scores" in note(hand)
    hand.press(Qt.Key.Key_Return)
    assert Link("fc1", "output", "scores", "x") in document.graph.links


def test_arrows_choose_another_target(hand, document):
    document.select(["relu1"])
    hand.press(Qt.Key.Key_Return)
    hand.press(Qt.Key.Key_Left)
    assert "circle" in note(hand) or "no free input" in note(hand)
    hand.press(Qt.Key.Key_Down)
    hand.press(Qt.Key.Key_Return)
    assert document.graph.incoming("scores")["x"].source == "relu1"


def test_tab_reaches_the_other_ports(hand, document):
    add(document, "lstm1", LSTM(), 0, 288)
    add(document, "add1", Add(), 252, 288)
    document.select(["lstm1"])
    hand.press(Qt.Key.Key_Return)
    hand.press(Qt.Key.Key_Tab)  # output -> x2
    hand.press(Qt.Key.Key_Tab)  # hidden -> x1
    hand.press(Qt.Key.Key_Return)
    assert document.graph.incoming("add1")["x1"].output == "hidden"


def test_escape_gives_a_link_by_keys_up(hand, document):
    before = document.graph
    document.select(["fc1"])
    hand.press(Qt.Key.Key_Return)
    hand.press(Qt.Key.Key_Escape)
    hand.press(Qt.Key.Key_Return)
    hand.press(Qt.Key.Key_Escape)
    assert document.graph is before
    assert not hand.canvas.canvas_scene.draft.isVisible()


def test_link_that_was_made_reaches_the_status_line(hand, qtbot):
    with qtbot.waitSignal(hand.canvas.status) as told:
        hand.drag(hand.output("image"), hand.input("relu1"))
    assert told.args == ["Connected image to relu1."]


def test_link_whose_value_does_not_suit_is_drawn_and_brings_what_mends_it(hand, document, qtbot):
    hand.drag(hand.output("relu1"), hand.input("fc1"), drop=False)
    assert "Insert a Flatten before it" in note(hand)
    assert "choose what mends it" in note(hand)
    with qtbot.waitSignal(hand.canvas.trouble) as told:
        hand.drag(hand.output("relu1"), hand.input("fc1"))
    assert told.args == ["fc1"]
    assert document.selection == ("fc1",)
    (problem,) = (p for p in document.problems_of("fc1") if p.severity == "error")
    assert document.remedies_of(problem)[0].text == "Insert Flatten before fc1"
    document.undo_stack.undo()
    assert document.graph.incoming("fc1") == {}
