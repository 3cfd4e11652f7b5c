"""Editors: what is typed is what the setting gets, and what a setting holds is what is shown."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from designer.editors import EDITORS
from nodes.catalogue import catalogue
from nodes.spec.node_type import setting_kinds
from nodes.spec.settings import Choice, Dims, Flag, Integer, Numbers, Real, Sizes, Text


@pytest.fixture
def make(qtbot):
    """Makes an editor that is shown, with the list of what it tells."""

    def made(kind, value):
        editor = EDITORS[type(kind)]("name", kind)
        qtbot.addWidget(editor)
        editor.show_value(value)
        editor.show()
        told = []
        editor.changed.connect(told.append)
        return editor, told

    return made


def retype(qtbot, field: QWidget, text: str) -> None:
    qtbot.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(field, text)


def test_integer_is_typed(qtbot, make):
    editor, told = make(Integer(low=1, high=100), 3)
    retype(qtbot, editor.field, "16")
    assert told[-1] == 16


def test_integer_without_value_shows_what_none_stands_for(qtbot, make):
    editor, told = make(Integer(low=1, high=9, optional="as many as there are"), None)
    assert editor.field.text() == "as many as there are"
    qtbot.keyClick(editor.field, Qt.Key.Key_Up)
    assert told == [1]


def test_showing_a_value_tells_nothing(make):
    editor, told = make(Integer(low=1, high=100), 3)
    editor.show_value(7)
    assert told == []


@pytest.mark.parametrize(("typed", "value"), [("1e-3", 0.001), ("0,5", 0.5), ("3", 3.0)])
def test_real_is_typed_as_people_write_it(qtbot, make, typed, value):
    editor, told = make(Real(low=0.0, high=10.0), 0.1)
    retype(qtbot, editor.field, typed)
    assert told[-1] == value


def test_real_is_shown_short(make):
    editor, _ = make(Real(low=1e-8, high=1.0, logarithmic=True), 0.00001)
    assert editor.field.text() == "1e-05"


def test_learning_rate_steps_by_one_two_five(qtbot, make):
    editor, told = make(Real(low=1e-8, high=100.0, logarithmic=True), 0.01)
    for _ in range(4):
        qtbot.keyClick(editor.field, Qt.Key.Key_Up)
    assert told == [0.02, 0.05, 0.1, 0.2]
    qtbot.keyClick(editor.field, Qt.Key.Key_Down)
    assert told[-1] == 0.1


def test_choice_is_picked_by_its_first_letter(qtbot, make):
    editor, told = make(Choice(options=("zeros", "reflect")), "zeros")
    qtbot.keyClick(editor.field, Qt.Key.Key_R)
    assert told == ["reflect"]


def test_switch_is_clicked(qtbot, make):
    editor, told = make(Flag(), True)
    qtbot.mouseClick(editor.field, Qt.MouseButton.LeftButton)
    assert told == [False]


def test_square_sizes_change_together(qtbot, make):
    editor, told = make(Sizes(axes="HW"), (3, 3))
    retype(qtbot, editor.spins[0], "5")
    assert told[-1] == (5, 5)


def test_sizes_change_alone_once_unlinked(qtbot, make):
    editor, told = make(Sizes(axes="HW"), (3, 3))
    qtbot.mouseClick(editor.links[0], Qt.MouseButton.LeftButton)
    retype(qtbot, editor.spins[1], "7")
    assert told[-1] == (3, 7)


def test_sizes_take_a_word(make):
    editor, told = make(Sizes(axes="HW", low=0, words=("same", "valid")), (1, 1))
    next(a for a in editor.menu_button.menu().actions() if a.text() == "same").trigger()
    assert told == ["same"]
    editor.show_value("same")
    assert editor.menu_button.text() == "same"
    assert not editor.spins[0].isVisible()


def test_sizes_without_value_show_what_none_stands_for(make):
    editor, told = make(Sizes(axes="HW", optional="as kernel_size"), None)
    assert editor.menu_button.text() == "as kernel_size"
    next(a for a in editor.menu_button.menu().actions() if a.text() == "numbers").trigger()
    assert told == [(1, 1)]


@pytest.mark.parametrize("typed", ["3 × 32 × 32", "3x32x32", "3, 32, 32", "3 32 32", "3*32*32"])
def test_dims_are_read_in_every_spelling(qtbot, make, typed):
    editor, told = make(Dims(), (1, 28, 28))
    retype(qtbot, editor.field, typed)
    assert told[-1] == (3, 32, 32)


def test_dims_take_names(qtbot, make):
    editor, told = make(Dims(), (1, 28, 28))
    retype(qtbot, editor.field, "3 × H × W")
    assert told[-1] == (3, "H", "W")


def test_numbers_are_typed_with_commas(qtbot, make):
    editor, told = make(Numbers(), ())
    retype(qtbot, editor.field, "1, 2.5, 1")
    assert told[-1] == (1.0, 2.5, 1.0)


def test_optional_text_that_is_empty_is_none(qtbot, make):
    editor, told = make(Text(optional="the first"), "x")
    qtbot.keyClick(editor.field, Qt.Key.Key_Backspace)
    assert told == [None]


def test_wheel_over_a_field_without_focus_changes_nothing(qtbot, make):
    from PySide6.QtCore import QPoint, QPointF
    from PySide6.QtGui import QWheelEvent
    from PySide6.QtWidgets import QApplication

    editor, told = make(Integer(low=1, high=100), 3)
    editor.field.clearFocus()
    none, buttons = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.NoButton
    wheel = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, 120), buttons, none, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(editor.field, wheel)
    assert told == []


@pytest.mark.parametrize("declared", catalogue(), ids=lambda declared: declared.type_id)
def test_every_setting_of_the_catalogue_has_an_editor_that_shows_its_default(make, declared):
    for name, kind in setting_kinds(declared).items():
        if type(kind) in EDITORS:
            editor, told = make(kind, getattr(declared(), name))
            assert told == []
            assert all(field.accessibleName() for field in editor.fields()[:1])


@pytest.mark.parametrize("key", [Qt.Key.Key_Z, Qt.Key.Key_Y])
def test_undo_in_a_number_is_left_to_the_drawing(qtbot, make, key):
    editor, _ = make(Integer(low=1, high=100), 3)
    retype(qtbot, editor.field, "16")
    pressed = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.ControlModifier)
    QApplication.sendEvent(editor.field, pressed)
    assert not pressed.isAccepted()


def test_a_number_beyond_the_range_is_answered_with_the_range(qtbot, make):
    editor, told = make(Integer(low=1, high=255), 3)
    with qtbot.waitSignal(editor.refused) as refused:
        editor.field.selectAll()
        qtbot.keyClicks(editor.field, "999")
    assert editor.field.text() == "999"
    assert told[-1:] != [999]
    assert "takes a whole number from 1 to 255, not 999." in refused_last(qtbot, editor)
    assert refused.args is not None
    qtbot.keyClick(editor.field, Qt.Key.Key_Return)
    assert 1 <= editor.field.value() <= 255


def refused_last(qtbot, editor) -> str:
    said: list[str] = []
    editor.refused.connect(said.append)
    qtbot.keyClick(editor.field, Qt.Key.Key_Backspace)
    qtbot.keyClicks(editor.field, "9")
    return said[-1]


PADDING = Sizes(axes="HW", low=0, high=255, words=("same",), sides=True)


def test_padding_is_set_for_each_side(qtbot, make):
    editor, told = make(PADDING, (1, 2))
    action = next(a for a in editor.menu_button.menu().actions() if a.text() == "per side")
    action.trigger()
    assert told[-1] == (1, 1, 2, 2)
    editor.show_value(told[-1])
    top, bottom, left, right = editor.sides.spins
    assert [spin.accessibleName().split()[-1] for spin in editor.sides.spins] == ["top", "bottom", "left", "right"]
    retype(qtbot, right, "3")
    assert told[-1] == (1, 1, 2, 3)
    assert not editor.spins[0].isVisible()
    assert top.value() == bottom.value() == 1
    assert left.value() == 2


def test_padding_for_each_side_goes_back_to_one_number_an_axis(make):
    editor, told = make(PADDING, (1, 1, 2, 2))
    assert editor.sides.isVisible()
    next(a for a in editor.menu_button.menu().actions() if a.text() == "numbers").trigger()
    assert len(told[-1]) == 2
    editor.show_value(told[-1])
    assert not editor.sides.isVisible()
    assert editor.spins[0].isVisible()
