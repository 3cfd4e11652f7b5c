"""The search in the window: its table, what it says, and a real one from start to end."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, Signal

from designer.document import Document
from designer.search import search_process
from designer.search.search_dialog import SearchDialog, in_words, what_mattered
from designer.search.search_process import latest_search
from nodes.graph.model import Network
from nodes.spec.search import Mark
from runtime import cli
from runtime.runs import NETWORK, write_json
from runtime.search import folder as files
from runtime.search.folder import Plan, Row, Table
from tests.runtime.networks import digits_graph

KEYS = ["recipe.learning_rate", "nodes.conv.out_channels"]
ROWS = [
    Row(3, "done", 0.95, {KEYS[0]: 0.01, KEYS[1]: 8}, 2, 1.5, "run-3"),
    Row(1, "done", 0.9, {KEYS[0]: 0.1, KEYS[1]: 4}, 2, 1.2, "run-1"),
    Row(4, "running", None, {KEYS[0]: 0.2, KEYS[1]: 4}),
    Row(
        2, "pruned", 0.2, {KEYS[0]: 5.0, KEYS[1]: 4}, 1, 0.7, "run-2", "After validation 1 it was behind the others."
    ),
    Row(0, "failed", None, {KEYS[0]: 0.01, KEYS[1]: 8}, reason="Its process was ended. It is begun again."),
]
TABLE = Table("accuracy", True, "tpe", 20, KEYS, ROWS, {KEYS[0]: 0.8, KEYS[1]: 0.2})


def _folder(root: Path, name: str = "20260101-search") -> Path:
    folder = root / name
    folder.mkdir(parents=True)
    write_json(folder / files.PLAN, Plan("accuracy", 20, True))
    (folder / NETWORK).write_text("{}")
    files.write_table(folder, TABLE)
    return folder


@pytest.fixture
def document(qapp):
    network = Network(digits_graph(), recipe={"epochs": 1, "device": "cpu"})
    return Document(network)


@pytest.fixture
def dialog(qtbot, document, tmp_path):
    made = SearchDialog(document, tmp_path / "searches")
    qtbot.addWidget(made)
    yield made
    made.process.let_go()


def test_without_marks_it_says_how_to_mark(dialog):
    dialog.show_search()
    assert "right-click one" in dialog.over.text()
    assert not dialog.begin.isEnabled()


def test_marks_are_listed_and_can_be_searched(document, dialog):
    document.edit_network(Network(document.graph, search={KEYS[0]: Mark(0.001, 1.0, log=True)}), "Mark")
    dialog.show_search()
    assert dialog.over.text() == "recipe.learning_rate: 0.001 … 1, by factors"
    assert dialog.begin.isEnabled()


def test_the_search_begun_last_is_shown_best_first(dialog, tmp_path):
    _folder(tmp_path / "searches", "20250101-search")
    folder = _folder(tmp_path / "searches")
    dialog.show_search()
    assert dialog.process.folder == folder == latest_search(tmp_path / "searches")
    model = dialog.model
    titles = [model.headerData(n, Qt.Orientation.Horizontal) for n in range(model.columnCount())]
    assert titles == ["Trial", "State", "accuracy", "learning_rate", "conv.out_channels", "Time"]
    cells = [[model.data(model.index(row, column)) for column in range(6)] for row in range(model.rowCount())]
    assert cells[0] == ["3", "done", "0.95", "0.01", "8", "1.5 s"]
    assert [row[1] for row in cells] == ["done", "done", "trains", "ended early"]
    assert model.data(model.index(3, 0), Qt.ItemDataRole.ToolTipRole) == ROWS[3].reason


def test_a_search_that_rests_can_be_gone_on_with(dialog, tmp_path):
    _folder(tmp_path / "searches")
    dialog.show_search()
    assert dialog.process.state == "rests"
    assert dialog.on.isVisible()
    assert not dialog.stop.isVisible()


def test_the_best_and_a_selected_trial_are_opened(qtbot, dialog, tmp_path):
    folder = _folder(tmp_path / "searches")
    dialog.show_search()
    assert not dialog.open_trial.isEnabled()
    with qtbot.waitSignal(dialog.open_wanted) as opened:
        dialog.open_best.click()
    assert opened.args == [folder / files.BEST]
    dialog.table.selectRow(1)
    with qtbot.waitSignal(dialog.open_wanted) as opened:
        dialog.open_trial.click()
    assert opened.args == [folder / files.RUNS / "run-1" / NETWORK]


def test_a_table_that_grows_is_shown_as_it_does(dialog, tmp_path):
    folder = _folder(tmp_path / "searches")
    dialog.show_search()
    files.write_table(folder, Table("accuracy", True, "tpe", 20, KEYS, ROWS[:1]))
    later = time.time() + 10
    os.utime(folder / files.TABLE, (later, later))
    dialog.process.look()
    assert dialog.model.rowCount() == 1


def test_how_it_stands_is_said_in_a_sentence():
    assert in_words("running", TABLE) == ("3 of 20 trials, 1 ended early, 1 under way. Best accuracy 0.95, trial 3.")
    assert in_words("rests", TABLE).startswith("3 of 20 trials, 1 ended early. It rests.")
    assert in_words("starting", None) == "The first trial begins …"
    assert what_mattered(TABLE) == "What mattered: learning_rate 80 %, conv.out_channels 20 %."


def test_settings_of_the_search_are_those_of_the_command(dialog):
    dialog.form.rows["sampler"].editor.changed.emit("grid")
    assert dialog.settings.arguments() == [
        "--sampler", "grid", "--points", "5", "--stages", "1", "--pruner", "median", "--jobs", "1", "--seed", "0",
    ]  # fmt: skip
    assert not dialog.form.rows["trials"].editor.isVisibleTo(dialog)


class Here(QObject):
    """Stands for the process: ``work`` does here what it is told to do there."""

    ended = Signal()

    def __init__(self, command, parent=None):
        super().__init__(parent)
        self.command, self.last_words = command, ""

    def work(self):
        with pytest.raises(SystemExit) as ended:
            cli.main(self.command[self.command.index("search") :])
        assert ended.value.code == 0
        self.ended.emit()

    def let_go(self):
        pass


def test_a_search_is_begun_followed_and_ends(qtbot, monkeypatch, document, dialog, capsys):
    monkeypatch.setattr(search_process, "LastingProgram", Here)
    document.edit_network(
        Network(document.graph, recipe=document.network.recipe, search={KEYS[0]: Mark(0.01, 0.1, log=True)}), "Mark"
    )
    dialog.show_search()
    dialog.form.rows["trials"].editor.changed.emit(2)
    dialog.begin.click()
    assert dialog.process.state == "starting"
    assert dialog.stop.isVisible()
    dialog.process._programs[0].work()
    assert dialog.process.state == "rests"
    assert dialog.fault.text() == ""
    assert [row.state for row in dialog.process.table.rows] == ["done", "done"]
    assert dialog.state.text().startswith("2 of 2 trials. Best accuracy")
    assert (dialog.process.folder / files.BEST).is_file()


def test_why_a_search_did_not_begin_is_said(monkeypatch, document, dialog):
    monkeypatch.setattr(search_process, "LastingProgram", Here)
    document.edit_network(Network(document.graph, search={KEYS[0]: Mark(0.01, 0.1)}), "Mark")
    dialog.show_search()
    dialog.begin.click()
    program = dialog.process._programs[0]
    program.last_words = "netwright: There is no data folder here."
    program.ended.emit()
    assert (dialog.process.state, dialog.fault.text()) == ("rests", "There is no data folder here.")


def test_a_drawing_with_errors_is_not_searched(document, dialog):
    graph = document.graph.without(["fc"])
    document.edit_network(Network(graph, search={KEYS[0]: Mark(0.01, 0.1)}), "Break")
    dialog.show_search()
    dialog.begin.click()
    assert dialog.process.state == "idle"
    assert dialog.fault.text()
