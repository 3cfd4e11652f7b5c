"""Dragging on a number: what the hand does, what is foreseen meanwhile, and the one step it becomes."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from designer.canvas.geometry import NODE_WIDTH
from designer.canvas.view import CanvasView
from designer.document import Document
from designer.inspector import Inspector
from designer.spins import RealSpin, WholeSpin, ladder_step
from designer.status_line import StatusLine
from nodes.graph.model import Link
from nodes.spec.settings import Real
from tests.designer.doubles import ScriptedEngine
from tests.designer.test_editors import retype
from tests.designer.test_inspector import network

NONE = Qt.KeyboardModifier.NoModifier
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def document():
    return Document(network())


@pytest.fixture
def inspector(qtbot, document):
    made = Inspector(document, ScriptedEngine())
    qtbot.addWidget(made)
    made.resize(320, 900)
    made.show()
    qtbot.waitExposed(made)
    document.select(("conv2",))
    return made


@pytest.fixture
def canvas(qtbot, document):
    made = CanvasView(document)
    qtbot.addWidget(made)
    made.resize(1000, 600)
    made.show()
    return made


class Hand:
    """Presses on a widget, moves and lets go, as the window system tells of it."""

    def __init__(self, widget: QWidget) -> None:
        self._widget, self._at = widget, widget.rect().center()

    def press(self, button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> Hand:
        return self._send(QEvent.Type.MouseButtonPress, button, NONE)

    def move(self, pixels: int, modifiers: Qt.KeyboardModifier = NONE) -> Hand:
        self._at += QPoint(pixels, 0)
        return self._send(QEvent.Type.MouseMove, Qt.MouseButton.NoButton, modifiers)

    def release(self) -> Hand:
        return self._send(QEvent.Type.MouseButtonRelease, Qt.MouseButton.LeftButton, NONE)

    def _send(self, kind: QEvent.Type, button: Qt.MouseButton, modifiers: Qt.KeyboardModifier) -> Hand:
        there = QPointF(self._widget.mapToGlobal(self._at))
        event = QMouseEvent(kind, QPointF(self._at), there, button, Qt.MouseButton.LeftButton, modifiers)
        QApplication.sendEvent(self._widget, event)
        return self


def row(inspector: Inspector, name: str):
    return inspector.node_form.form.rows[name]


def channels(document: Document) -> int:
    return document.graph.nodes["conv2"].settings.out_channels


def test_dragging_the_name_of_a_number_is_one_step(document, inspector):
    hand = Hand(row(inspector, "out_channels").name).press()
    for _ in range(5):
        hand.move(8)
    assert channels(document) == 16
    hand.release()
    assert channels(document) == 26
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert channels(document) == 16
    assert row(inspector, "out_channels").editor.field.value() == 16


def test_dragging_the_number_itself_changes_it(document, inspector):
    field = row(inspector, "out_channels").editor.field
    Hand(field.lineEdit()).press().move(-20).release()
    assert channels(document) == 11


def test_a_click_on_a_number_lets_type(qtbot, document, inspector):
    field = row(inspector, "out_channels").editor.field
    qtbot.mouseClick(field.lineEdit(), Qt.MouseButton.LeftButton)
    assert inspector.focusWidget() is field
    assert field.lineEdit().selectedText() == "16"
    assert document.undo_stack.count() == 0


def test_a_drag_in_a_number_that_is_typed_selects_its_text(qtbot, document, inspector):
    field = row(inspector, "out_channels").editor.field
    qtbot.mouseClick(field.lineEdit(), Qt.MouseButton.LeftButton)
    inspector.activateWindow()
    qtbot.waitUntil(field.hasFocus)
    Hand(field.lineEdit()).press().move(40).release()
    assert channels(document) == 16


def test_a_trembling_hand_drags_nothing(document, inspector):
    Hand(row(inspector, "out_channels").name).press().move(3).release()
    assert document.undo_stack.count() == 0


def test_escape_puts_everything_back(qtbot, document, inspector):
    graph, told = document.graph, []
    document.foreseen.connect(told.append)
    hand = Hand(row(inspector, "kernel_size").name).press().move(40)
    assert row(inspector, "kernel_size").editor.spins[0].value() == 9
    qtbot.keyClick(inspector, Qt.Key.Key_Escape)
    hand.move(40).release()
    assert document.graph is graph
    assert document.undo_stack.count() == 0
    assert row(inspector, "kernel_size").editor.spins[0].value() == 5
    assert told[-1] is None
    assert QApplication.overrideCursor() is None


def test_another_button_gives_up_too(document, inspector):
    hand = Hand(row(inspector, "out_channels").name).press().move(40)
    hand.press(Qt.MouseButton.RightButton).release()
    assert channels(document) == 16
    assert document.undo_stack.count() == 0


def test_dragging_back_to_where_it_began_is_no_step(document, inspector):
    Hand(row(inspector, "out_channels").name).press().move(40).move(-40).release()
    assert document.undo_stack.count() == 0


def test_ctrl_doubles_and_shift_counts(document, inspector):
    Hand(row(inspector, "out_channels").name).press().move(5).move(-5).move(48, CTRL).release()
    assert channels(document) == 64
    document.undo_stack.undo()
    Hand(row(inspector, "out_channels").name).press().move(5).move(-5).move(48, SHIFT).release()
    assert channels(document) == 19


def test_sizes_that_are_alike_are_dragged_together(document, inspector):
    Hand(row(inspector, "kernel_size").name).press().move(20).release()
    assert document.graph.nodes["conv2"].settings.kernel_size == (7, 7)


@pytest.mark.parametrize(
    ("start", "pixels", "pace", "result"),
    [
        (16, 40, "usual", 26),
        (512, 40, "usual", 592),
        (16, -400, "usual", 1),
        (48, 24, "coarse", 64),
        (48, -24, "coarse", 32),
    ],
)
def test_large_numbers_are_dragged_by_larger_steps(qtbot, start, pixels, pace, result):
    spin = WholeSpin(1, 65536)
    qtbot.addWidget(spin)
    assert spin.dragged(start, pixels, pace) == result


@pytest.mark.parametrize(
    ("pixels", "pace", "result"),
    [(16, "usual", 0.02), (-32, "usual", 0.002), (16, "coarse", 0.1), (12, "fine", 0.013), (-9000, "usual", 1e-6)],
)
def test_learning_rates_are_dragged_by_factors(qtbot, pixels, pace, result):
    spin = RealSpin(Real(low=1e-6, high=100.0, logarithmic=True))
    qtbot.addWidget(spin)
    assert spin.dragged(0.01, pixels, pace) == pytest.approx(result)


def test_the_cursor_says_what_can_be_dragged(document, inspector):
    wide = Qt.CursorShape.SizeHorCursor
    assert row(inspector, "out_channels").name.cursor().shape() == wide
    assert row(inspector, "out_channels").editor.field.lineEdit().cursor().shape() == wide
    assert row(inspector, "bias").name.cursor().shape() != wide


# --- what is foreseen


def conv_to_pool(document: Document) -> Link:
    return next(link for link in document.graph.links if link.source == "conv2")


def test_shapes_downstream_are_foreseen_while_a_number_is_dragged(document, inspector, canvas):
    graph = document.graph
    hand = Hand(row(inspector, "out_channels").name).press().move(40)
    assert canvas.preview.pills() == {conv_to_pool(document): ("16×10×10", "26×10×10")}
    assert canvas.preview.costs()["conv2"] == "+1.5 k weights · +150 k multiply-adds"
    assert document.graph is graph
    hand.release()
    assert document.inference.shape_of(conv_to_pool(document)) == (26, 10, 10)
    assert canvas.preview.pills() == {}


def test_problems_that_would_arise_are_foreseen_on_their_node(document, inspector, canvas):
    hand = Hand(row(inspector, "kernel_size").name).press().move(120)
    assert canvas.preview.marks()["conv2"].severity == "error"
    assert canvas.preview.pills() == {conv_to_pool(document): ("16×10×10", "?")}
    assert document.problems_of("conv2") == ()
    hand.move(-120).release()
    assert canvas.preview.marks() == {}


def test_the_totals_say_what_would_be_added(qtbot, document, inspector):
    status = StatusLine(document)
    qtbot.addWidget(status)
    hand = Hand(row(inspector, "out_channels").name).press().move(40)
    assert status.change.text() == "+1.5 k weights · +150 k multiply-adds"
    hand.release()
    assert status.change.text() == ""


def test_the_totals_say_how_many_shapes_would_be_lost(qtbot, document, inspector):
    status = StatusLine(document)
    qtbot.addWidget(status)
    hand = Hand(row(inspector, "kernel_size").name).press().move(120)
    assert status.change.text() == "2 nodes would have no shape"
    hand.move(-120).release()


def test_the_sum_below_the_settings_follows_the_number(document, inspector):
    formula = inspector.node_form.formula
    assert formula.text == "(14 − 5 + 2·0)/1 + 1 = 10\n16 × 10 × 10"
    hand = Hand(row(inspector, "stride").name).press().move(20)
    assert formula.text == "(14 − 5 + 2·0)/3 + 1 = 4\n16 × 10 × 10 → 16 × 4 × 4"
    hand.release()
    assert formula.text.endswith("= 4\n16 × 4 × 4")


def test_steps_show_what_they_changed_until_the_hand_rests(qtbot, document, inspector, canvas):
    field = row(inspector, "out_channels").editor.field
    qtbot.keyClick(field, Qt.Key.Key_Up)
    qtbot.keyClick(field, Qt.Key.Key_Up)
    assert canvas.preview.pills() == {conv_to_pool(document): ("16×10×10", "18×10×10")}
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert canvas.preview.pills() == {}
    assert document.undo_stack.count() == 1


def test_undo_takes_what_is_foreseen_away(qtbot, document, inspector, canvas):
    retype(qtbot, row(inspector, "out_channels").editor.field, "20")
    document.undo_stack.undo()
    assert canvas.preview.pills() == {}


def test_the_preview_is_painted_pale_and_gone_on_release(document, inspector, canvas):
    canvas.fit()
    before = canvas.grab().toImage()
    hand = Hand(row(inspector, "out_channels").name).press().move(40)
    assert canvas.grab().toImage() != before
    hand.move(-40).release()
    assert canvas.grab().toImage() == before


@pytest.mark.parametrize("zoom", [0.45, 0.25])
def test_new_shapes_and_costs_are_written_from_afar_too(document, inspector, canvas, zoom):
    canvas.show_place(zoom, canvas.canvas_scene.node_items["conv2"].scene_box().center())
    canvas.grab()  # the first picture at a zoom is drawn, the next ones are copied
    before = canvas.grab().toImage()
    hand = Hand(row(inspector, "out_channels").name).press().move(40)
    item = canvas.canvas_scene.node_items["conv2"]
    below = canvas.mapFromScene(item.scene_box().bottomLeft())
    costs = QRect(below + QPoint(0, 3), QSize(round(NODE_WIDTH * zoom), 10))
    assert canvas.grab().toImage().copy(costs) != before.copy(costs)
    hand.move(-40).release()
    assert canvas.grab().toImage() == before


def test_the_curve_of_the_rate_follows_a_rate_under_the_mouse(document, inspector):
    document.edit_network(dataclasses.replace(document.network, recipe={"schedule": "cosine"}), "Change the recipe")
    document.select(())
    recipe = inspector.network_form.recipe
    before = recipe.curve.rates[0]
    hand = Hand(recipe.rows["learning_rate"].name).press().move(16)
    assert recipe.curve.rates[0] == pytest.approx(ladder_step(before, up=True))
    assert document.network.recipe == {"schedule": "cosine"}
    hand.move(-16).release()
    assert recipe.curve.rates[0] == before
