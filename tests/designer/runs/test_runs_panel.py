"""The table of runs: found, sorted, compared, noted, deleted and had back, by mouse and keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QInputDialog, QMenu
from pytestqt.qtbot import QtBot

from designer.document import Document
from designer.runs.comparison import Comparison, setting_rows
from designer.runs.panel import RunsPanel
from designer.runs.table import RunTable
from designer.runs.view import WIDTHS_KEY, RunView
from designer.training.beside import COLORS
from designer.training.dock import TrainingPanel
from designer.training.plot import Plot
from designer.training.trainer import Trainer
from nodes.graph.files import load, save
from nodes.linear import Linear
from runtime.run_list import list_runs, read_marks
from runtime.runs import Progress
from tests.designer.networks import digits_classifier
from tests.designer.test_training_panel import FakePool
from tests.runtime.test_run_list import begun, finished, run_in

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    """Three finished runs with different rates, the oldest first."""
    made = []
    for number, (rate, accuracy) in enumerate(((0.1, 0.7), (0.01, 0.95), (0.02, 0.9))):
        run = run_in(tmp_path, f"try{number}", learning_rate=rate)
        named = tmp_path / f"20260101-00000{number}-try{number}"
        run.rename(named)
        finished(named, accuracy)
        made.append(named)
    return made


@pytest.fixture
def panel(qtbot: QtBot, runs: list[Path]) -> RunsPanel:
    panel = RunsPanel(lambda: runs[0].parent)
    panel.resize(1200, 300)
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitUntil(lambda: len(panel.table.rows) == 3)
    return panel


def names(panel: RunsPanel) -> list[str]:
    return [row.name[-4:] for row in panel.table.rows]


def choose(panel: RunsPanel, *places: int) -> None:
    selection = panel.view.selectionModel()
    selection.clear()
    for place in places:
        flags = selection.SelectionFlag.Select | selection.SelectionFlag.Rows
        selection.select(panel.table.index(place, 0), flags)


def trigger(panel: RunsPanel, words: str) -> None:
    """An entry of the menu."""
    menu = panel.menu()
    next(action for action in menu.actions() if action.text().replace("&", "") == words).trigger()
    menu.deleteLater()


def test_the_newest_is_first_and_a_head_sorts(panel, qtbot):
    assert names(panel) == ["try2", "try1", "try0"]
    column = panel.table.shown_columns().index("test_accuracy")
    panel.view.sortByColumn(column, Qt.SortOrder.DescendingOrder)
    assert names(panel) == ["try1", "try2", "try0"]
    assert panel.table.index(0, column).data() == "95.00 %"


def test_settings_in_which_runs_differ_have_columns(panel):
    titles = [panel.table.headerData(n, Qt.Orientation.Horizontal) for n in range(panel.table.columnCount())]
    assert "Learning rate" in titles
    assert "Epochs" in titles
    assert "Optimizer" not in titles


def test_a_setting_that_is_as_usual_in_one_run_is_told_too(panel, tmp_path):
    finished(run_in(tmp_path, "usual"), 0.5)
    panel.refresh()
    rows = list_runs(tmp_path)
    panel.show_rows(rows)
    column = next(column for column in panel.table.known if column.name == "recipe.learning_rate")
    assert [column.shown(row) for row in rows] == ["0.05", "0.02", "0.01", "0.1"]


def test_runs_are_found_by_words(panel, qtbot):
    qtbot.keyClicks(panel.search, "finished recipe.learning_rate=0.01")
    assert names(panel) == ["try1"]
    assert panel.count.text() == "1 of 3 runs"
    panel.search.clear()
    assert panel.count.text() == "3 runs"


def test_what_can_be_done_follows_the_selection(panel):
    enabled = {name: one.isEnabled() for name, one in panel.buttons.items()}
    assert enabled == {"curves": False, "inspect": False, "compare": False, "more": True}
    choose(panel, 0)
    assert panel.buttons["inspect"].isEnabled()
    assert not panel.buttons["compare"].isEnabled()
    choose(panel, 0, 2)
    assert panel.buttons["compare"].isEnabled()
    assert not panel.buttons["inspect"].isEnabled()


def test_a_run_is_pinned_and_others_are_compared_with_it(panel, qtbot, runs):
    choose(panel, 2)
    trigger(panel, "Pin as Baseline")
    assert read_marks(runs[0]).is_pinned
    assert names(panel) == ["try0", "try2", "try1"]
    choose(panel, 1)
    before, after = panel.pair()
    assert (before.name[-4:], after.name[-4:]) == ("try0", "try2")
    choose(panel, 1)
    trigger(panel, "Pin as Baseline")
    assert [read_marks(run).is_pinned for run in runs] == [False, False, True]


def test_notes_and_tags_are_kept(panel, qtbot, runs, monkeypatch):
    choose(panel, 1)
    monkeypatch.setattr(QInputDialog, "getText", lambda *_args, **_more: ("wide, final, wide", True))
    trigger(panel, "Tags…")
    assert read_marks(runs[1]).tags == ("wide", "final")
    choose(panel, 1)
    trigger(panel, "Note…")
    assert read_marks(runs[1]).note == "wide, final, wide"
    qtbot.keyClicks(panel.search, "final")
    assert names(panel) == ["try1"]


def test_archived_runs_are_out_of_sight(panel, runs):
    choose(panel, 0)
    trigger(panel, "Archive")
    assert names(panel) == ["try1", "try0"]
    panel.table.show_archived(True)
    assert names(panel) == ["try2", "try1", "try0"]


def test_archived_runs_are_shown_again_when_all_are_archived_and_stay_shown(panel, qtbot):
    choose(panel, 0, 1, 2)
    trigger(panel, "Archive")
    assert panel._stack.currentWidget() is panel.empty
    assert panel.empty.text == "All 3 runs are archived."
    assert panel.buttons["more"].isEnabled()
    assert [action.text() for action in panel.menu().actions()] == ["Show Arc&hived Runs"]
    qtbot.mouseClick(panel.show_all, LEFT)
    assert names(panel) == ["try2", "try1", "try0"]
    assert panel._stack.currentWidget() is not panel.empty
    again = RunsPanel(lambda: panel.folder)
    qtbot.addWidget(again)
    again.show()
    qtbot.waitUntil(lambda: len(again.table.rows) == 3)
    trigger(again, "Show Archived Runs")
    assert not again.table.rows


def test_words_that_no_run_has_are_taken_back_with_one_click(panel, qtbot):
    qtbot.keyClicks(panel.search, "nowhere")
    assert panel.empty.text == "No run has all of these words."
    qtbot.mouseClick(panel.show_all, LEFT)
    assert names(panel) == ["try2", "try1", "try0"]


def test_a_selection_outlasts_sorting_and_finding(panel, qtbot):
    choose(panel, 1)
    panel.view.sortByColumn(panel.table.shown_columns().index("test_accuracy"), Qt.SortOrder.AscendingOrder)
    assert [row.name[-4:] for row in panel.selected()] == ["try1"]
    qtbot.keyClicks(panel.search, "try")
    assert [row.name[-4:] for row in panel.selected()] == ["try1"]


def test_a_deleted_run_is_had_back(panel, qtbot, runs):
    choose(panel, 0, 1)
    qtbot.keyClick(panel.view, Qt.Key.Key_Delete)
    assert names(panel) == ["try0"]
    assert not runs[2].exists()
    assert panel.marking.undo.text() == "2 deleted. Undo"
    qtbot.mouseClick(panel.marking.undo, LEFT)
    qtbot.waitUntil(lambda: len(panel.table.rows) == 3)
    assert runs[2].is_dir()


def test_columns_are_chosen_and_stay_chosen(panel, qtbot):
    panel.view.show_column("device", True)
    assert "device" in panel.table.shown_columns()
    again = RunsPanel(lambda: panel.folder)
    qtbot.addWidget(again)
    again.show()
    qtbot.waitUntil(lambda: len(again.table.rows) == 3)
    assert "device" in again.table.shown_columns()
    again.view.keep_columns(None)
    assert "device" not in again.table.shown_columns()


def test_network_and_changes_are_columns(panel, qtbot):
    columns = panel.table.shown_columns()
    assert columns.index("network") == 1
    texts = [panel.table.index(row, columns.index("changes")).data() for row in range(3)]
    assert texts == ["", "", ""]  # three networks of different titles
    choose(panel, 2)
    trigger(panel, "Pin as Baseline")
    at = columns.index("changes")
    qtbot.waitUntil(lambda: panel.table.index(1, at).data() == "learning_rate 0.1 → 0.02")
    assert panel.table.index(0, at).data() == "baseline"


def test_a_column_is_moved_and_stays_there(panel, qtbot):
    header = panel.view.horizontalHeader()
    header.moveSection(header.visualIndex(panel.table.shown_columns().index("weights")), 1)
    assert panel.view.ordered_columns()[:3] == ["name", "weights", "network"]
    panel.view.show_column("device", True)
    assert panel.table.shown_columns()[:3] == ["name", "weights", "network"]
    panel.search.setText("try")
    assert panel.view.ordered_columns()[:3] == ["name", "weights", "network"]
    again = RunsPanel(lambda: panel.folder)
    qtbot.addWidget(again)
    again.show()
    qtbot.waitUntil(lambda: len(again.table.rows) == 3)
    assert again.view.ordered_columns()[:3] == ["name", "weights", "network"]


def width_of(panel: RunsPanel, name: str) -> int:
    return panel.view.columnWidth(panel.table.shown_columns().index(name))


def test_a_width_stays_until_all_is_as_usual(panel, qtbot):
    usual = width_of(panel, "name")
    panel.view.setColumnWidth(0, usual + 77)
    panel.search.setText("try")
    again = RunsPanel(lambda: panel.folder)
    qtbot.addWidget(again)
    again.resize(1200, 300)
    again.show()
    qtbot.waitUntil(lambda: len(again.table.rows) == 3)
    assert width_of(again, "name") == usual + 77
    again.view.columns_menu().actions()[-1].trigger()
    assert width_of(again, "name") == usual
    QSettings().setValue(WIDTHS_KEY, "no widths")
    assert RunView(RunTable())._widths == {}


def test_two_runs_are_compared_in_settings_results_and_drawing(qtbot, runs):
    file = runs[1] / "network.netw"
    network = load(file).network
    save(type(network)(network.graph.with_settings("fc", Linear(out_features=10, bias=False)), network.title), file)
    rows = sorted(list_runs(runs[0].parent), key=lambda row: row.name)
    assert setting_rows(rows[0], rows[1]) == [("recipe.learning_rate", "0.1", "0.01")]
    dialog = Comparison(rows[0], rows[1])
    qtbot.addWidget(dialog)
    assert ("Test accuracy", "70.00 %", "95.00 %") in dialog.results
    assert dialog.told == [("Changed", "fc (Linear)", "bias True → False")]
    assert setting_rows(rows[0], rows[0]) == []


def test_the_buttons_name_the_runs(panel, qtbot, runs):
    choose(panel, 0, 2)
    with qtbot.waitSignal(panel.curves_wanted) as curves:
        qtbot.mouseClick(panel.buttons["curves"], LEFT)
    assert curves.args[0] == [runs[2], runs[0]]
    choose(panel, 1)
    with qtbot.waitSignal(panel.watch_wanted) as watched:
        panel.view.setCurrentIndex(panel.table.index(1, 0))
        qtbot.keyClick(panel.view, Qt.Key.Key_Return)
    assert watched.args[0] == runs[1]
    for words, signal in (
        ("Open the Drawing", panel.drawing_wanted),
        ("Start from These Weights", panel.weights_wanted),
    ):
        with qtbot.waitSignal(signal):
            trigger(panel, words)


def training_beside(qtbot, runs) -> TrainingPanel:
    """A shown panel of the first run, with the others beside it."""
    document = Document(digits_classifier())
    training = TrainingPanel(document, Trainer(document, FakePool()))
    training.resize(900, 300)
    qtbot.addWidget(training)
    training.show()
    training._trainer.attach(runs[0])
    training.show_beside(runs)
    return training


def test_curves_of_other_runs_stand_beside(qtbot, runs):
    training = training_beside(qtbot, runs)
    plot = training.curves.loss
    qtbot.waitUntil(lambda: len(plot.chart.lines) > 4)
    assert [other.title for other in training.curves.others] == [run.name for run in runs[1:]]
    assert runs[2].name in plot.legend.accessibleName()
    assert runs[1].name in plot.csv()
    training.show_beside([])
    assert not training.curves.others


def test_a_second_training_grows_beside_the_first(qtbot, runs, tmp_path):
    document = Document(digits_classifier())
    training = TrainingPanel(document, Trainer(document, FakePool()))
    training.resize(900, 300)
    qtbot.addWidget(training)
    training.show()
    training._trainer.attach(runs[0])
    live = run_in(tmp_path / "other", "live")
    with begun(live) as journal:
        training.show_beside([runs[1], live])
        (other,) = [each for each in training.curves.others if each.title == live.name]
        assert other.data.steps == 2
        journal.append(Progress(2, 0.2, [1.2, 1.1, 1.0], [0.5] * 3, 0.1, 1.0, 1.0))
        qtbot.waitUntil(lambda: other.data.steps == 5)
        training.hide()
        journal.append(Progress(5, 0.3, [0.9], [0.5], 0.1, 1.0, 1.0))
        qtbot.wait(700)
        assert other.data.steps == 5
        training.show()
        qtbot.waitUntil(lambda: other.data.steps == 6)


def test_what_is_pointed_at_stands_out_in_the_table_and_among_the_curves(panel, qtbot, runs):
    panel.shown_as.setCurrentText("Table and curves")
    curves = panel.ways.curves.curves
    qtbot.waitUntil(lambda: len(curves.others) == 3 and len(curves.loss.chart.lines) > 6)
    assert panel.table.index(0, 0).data(Qt.ItemDataRole.DecorationRole).name() in COLORS
    place = panel.view.visualRect(panel.table.index(1, 0)).center()
    qtbot.mouseMove(panel.view.viewport(), place)
    assert curves.look.highlighted == {runs[1].name}
    qtbot.waitUntil(lambda: _alphas(curves.loss)[runs[0].name] < 0.3)
    assert _alphas(curves.loss)[runs[1].name] == 1.0
    legend = curves.loss.legend
    legend.grab()
    start, end, title = legend._places[-1]
    qtbot.mouseMove(legend, QPoint(round((start + end) / 2), 10))
    assert curves.look.highlighted == {title}
    row = panel.table.place_of(str(runs[0].parent / title))
    assert panel.table.index(row, 0).data(Qt.ItemDataRole.BackgroundRole) is not None
    qtbot.mouseClick(legend, LEFT, pos=QPoint(round((start + end) / 2), 10))
    assert [each.name for each in panel.selected()] == [title]
    panel.shown_as.setCurrentText("Table")
    assert not panel.ways.curves.isVisible()
    assert panel.table.index(0, 0).data(Qt.ItemDataRole.DecorationRole) is None


def _alphas(plot: Plot) -> dict[str, float]:
    """How strong the validation curve of each run is drawn."""
    lines = [line for line in plot.chart.lines if line.name.endswith(" validation")]
    return {line.name.removesuffix(" validation"): QColor(line.color).alphaF() for line in lines}


def test_a_training_beside_others_stands_out_while_the_table_points_at_it(qtbot, runs):
    training = training_beside(qtbot, runs)
    training.highlight([runs[0]])
    curves = training.curves
    qtbot.waitUntil(lambda: _alphas(curves.loss)[runs[1].name] < 0.3)
    training.highlight([])
    qtbot.waitUntil(lambda: _alphas(curves.loss)[runs[1].name] == 1.0)
    assert {line.name for line in curves.loss.chart.lines} >= {"training", "raw", "validation"}


def test_an_empty_folder_says_what_goes_there(qtbot, tmp_path):
    panel = RunsPanel(lambda: tmp_path / "none")
    qtbot.addWidget(panel)
    panel.show()
    qtbot.wait(100)
    assert panel._stack.currentWidget() is panel.empty
    assert panel.empty.text.startswith("Every training becomes a row here")
    assert isinstance(panel.menu(), QMenu)
