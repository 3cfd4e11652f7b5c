"""What a panel does where there is little room: rows wrap, words are cut with …, legends take another line."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from designer.inspect.choosers import named
from designer.runs.panel import RunsPanel
from designer.training.legend import HEIGHT, Legend
from designer.widgets import CutLabel
from designer.wrapping import WrappingRow

ROOM = 735  # px that the panel below the drawing has in a window of 1280


def sized(width: int, height: int = 28) -> QPushButton:
    made = QPushButton()
    made.setFixedSize(width, height)
    return made


def row_of(qtbot: QtBot, width: int, *widgets: QWidget) -> tuple[QWidget, WrappingRow]:
    holder = QWidget()
    qtbot.addWidget(holder)
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    row = WrappingRow()
    row.add(*widgets)
    column.addLayout(row)
    column.addStretch()
    holder.resize(width, 200)
    holder.show()
    return holder, row


def test_what_does_not_fit_beside_the_others_goes_below(qtbot: QtBot) -> None:
    buttons = [sized(100) for _ in range(3)]
    _holder, row = row_of(qtbot, 300, *buttons)
    assert [button.geometry() for button in buttons] == [
        QRect(0, 0, 100, 28),
        QRect(108, 0, 100, 28),
        QRect(0, 36, 100, 28),
    ]
    assert (row.heightForWidth(300), row.heightForWidth(316)) == (64, 28)
    assert row.minimumSize().width() == 100


def test_hidden_widgets_take_no_room(qtbot: QtBot) -> None:
    buttons = [sized(100) for _ in range(3)]
    _holder, row = row_of(qtbot, 300, *buttons)
    buttons[1].hide()
    assert row.heightForWidth(300) == 28


def test_what_would_like_more_gets_what_is_left_of_its_line(qtbot: QtBot) -> None:
    field = QLineEdit()
    before, after = sized(100), sized(60)
    _holder, _ = row_of(qtbot, 500, before, field, after)
    assert (field.geometry().left(), after.geometry().right()) == (108, 499)


def test_a_word_stays_with_the_field_that_it_names(qtbot: QtBot) -> None:
    first, field = sized(100), sized(80)
    word = named("seed", field)
    _holder, _ = row_of(qtbot, 100 + 8 + word.sizeHint().width() + 20, first, word, field)
    assert word.geometry().center().y() == field.geometry().center().y() > first.geometry().bottom()


def test_a_label_is_cut_short_and_tells_the_whole_in_its_tip(qtbot: QtBot) -> None:
    label = CutLabel("secondary")
    qtbot.addWidget(label)
    label.setText("precision 0.994 · recall 0.994")
    assert label.minimumSizeHint().width() == 0
    assert label.toolTip() == label.text() == "precision 0.994 · recall 0.994"
    label.resize(label.sizeHint())
    label.show()
    whole = label.grab().toImage()
    label.resize(80, label.height())
    cut = label.grab().toImage()
    assert cut.copy(0, 0, 50, cut.height()) == whole.copy(0, 0, 50, cut.height())
    assert cut.copy(60, 0, 20, cut.height()) != whole.copy(60, 0, 20, cut.height())


@pytest.mark.parametrize(("width", "lines"), [(700, 1), (280, 2), (150, 3)])
def test_a_legend_takes_as_many_lines_as_its_parts_need(qtbot: QtBot, width: int, lines: int) -> None:
    legend = Legend()
    qtbot.addWidget(legend)
    legend.resize(width, HEIGHT)
    legend.show_values({"training": 0.00985, "validation": 0.0161, "test": 0.0209})
    legend.show()
    assert legend.height() == lines * HEIGHT


def test_the_runs_fit_into_a_small_window(qtbot: QtBot, tmp_path) -> None:
    panel = RunsPanel(lambda: tmp_path)
    qtbot.addWidget(panel)
    assert panel.minimumSizeHint().width() < ROOM
    panel.resize(ROOM, 300)
    panel.show()
    inside = panel.rect()
    shown = [one for one in panel.findChildren(QPushButton) if one.isVisible()]
    assert len(shown) > 4
    assert all(inside.contains(one.geometry()) for one in shown if one.parent() is panel)
