"""Cross-validation and baselines in the window."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import ClassVar

import pytest
from PySide6.QtCore import QObject, Signal

from designer.document import Document
from designer.search import folds_dialog
from designer.search.baselines_dialog import BaselinesDialog
from designer.search.folds_dialog import FoldsDialog, as_table
from nodes.graph.files import load, save
from nodes.graph.model import Network
from runtime import folds, runs
from runtime.folds import FoldScore, State
from runtime.questions.baselines import Baselines
from runtime.runs import create_run, read_commands, write_json
from tests.designer.doubles import ScriptedEngine
from tests.runtime.networks import digits_graph

L2 = {
    "name": "nearest neighbours, L2",
    "accuracy": 0.9,
    "seconds": 0.25,
    "chosen": "k",
    "value": 3,
    "tried": {"3": 0.88},
}
SVM = {"name": "linear SVM", "accuracy": 0.95, "seconds": 1.5, "chosen": "C", "value": 0.1, "tried": {"0.1": 0.91}}
SCORES = {1: FoldScore(1, "one", 1.0, {"accuracy": 0.9}), 2: FoldScore(2, "two", 1.0, {"accuracy": 0.8})}


@pytest.fixture
def document(qapp):
    return Document(Network(digits_graph(), data={"source": "digits"}))


def cells(table) -> list[list[str]]:
    return [
        [table.item(row, column).text() for column in range(table.columnCount())] for row in range(table.rowCount())
    ]


class Started(QObject):
    """Stands for the process that trains the folds."""

    ended = Signal()
    commands: ClassVar[list[list[str]]] = []

    def __init__(self, command, parent=None):
        super().__init__(parent)
        self.commands.append(command)
        self.last_words = ""

    def let_go(self):
        pass


@pytest.fixture
def dialog(qtbot, document, tmp_path, monkeypatch):
    monkeypatch.setattr(folds_dialog, "LastingProgram", Started)
    Started.commands = []
    made = FoldsDialog(document, tmp_path / "folds")
    qtbot.addWidget(made)
    made.show()
    yield made
    made.let_go()


def test_methods_are_shown_as_they_finish_the_best_first(qtbot, document):
    engine = ScriptedEngine()
    dialog = BaselinesDialog(document, engine)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.measure()
    request = engine.requests[-1]
    assert isinstance(request, Baselines)
    assert request.data == {"source": "digits"}
    engine.tell_part(**L2)
    assert cells(dialog.table) == [["nearest neighbours, L2", "90.0 %", "k = 3", "88.0 %", "0.2 s"]]
    assert dialog.state.text() == "1 of 4 methods are measured …"
    result = {"baselines": [L2, SVM], "part": "test", "train": 1000, "tested": 359, "notes": ["Of 2 train samples …"]}
    engine.answer(**result)
    assert [row[0] for row in cells(dialog.table)] == ["linear SVM", "nearest neighbours, L2"]
    assert dialog.state.text().endswith("tested on 359 of the test part. Of 2 train samples …")
    assert dialog.again.isEnabled()


def test_data_that_baselines_cannot_take_get_their_sentence(qtbot, document):
    engine = ScriptedEngine()
    dialog = BaselinesDialog(document, engine)
    qtbot.addWidget(dialog)
    dialog.measure()
    engine.refuse("Baselines tell classes.", "Choose others.")
    assert dialog.state.text() == "Baselines tell classes. Choose others."
    assert dialog.state.property("role") == "fault"


def test_folds_are_begun_with_the_network_shown(document, dialog):
    dialog.count.setValue(3)
    dialog.begin.click()
    command = Started.commands[-1]
    file = Path(command[command.index("crossvalidate") + 1])
    assert load(file).network.graph == document.graph
    assert command[command.index("--folds") + 1] == "3"
    assert command[command.index("--out") + 1] == str(dialog.folder)
    assert dialog.stop_button.isVisible()
    assert not dialog.begin.isEnabled()
    dialog._program.last_words = "netwright: These data have parts of their own."
    dialog._program.ended.emit()
    assert not file.exists()
    assert dialog.state.text() == "These data have parts of their own."


def test_folds_that_are_done_are_shown_with_mean_and_deviation(dialog):
    dialog.begin.click()
    dialog.folder.mkdir(parents=True)
    write_json(dialog.folder / folds.STATE, State(3, {1: "one", 2: "two"}, SCORES))
    dialog.look()
    assert cells(dialog.table) == [["validation accuracy", "0.85 ± 0.071", "0.9", "0.8"]]
    assert dialog.state.text() == "2 of 3 folds are done."
    assert as_table(folds.report_of(State(2, {}, SCORES)))[0][:2] == ["Metric", "Mean ± deviation"]


def test_stop_reaches_the_fold_under_way(document, dialog):
    dialog.begin.click()
    run = create_run(dialog.folder / folds.RUNS, document.network)
    write_json(dialog.folder / folds.STATE, State(3, {1: "one", 2: run.name}, {1: SCORES[1]}))
    dialog.stop_button.click()
    assert [type(command) for command in read_commands(run)[0]] == [runs.Stop]


def test_stopped_folds_of_the_same_network_are_gone_on_with(document, dialog):
    dialog.begin.click()
    folder = dialog.folder
    folder.mkdir(parents=True)
    write_json(folder / folds.STATE, State(5, {1: "one"}, {1: SCORES[1]}))
    save(
        load(Path(Started.commands[-1][Started.commands[-1].index("crossvalidate") + 1])).network,
        folder / runs.NETWORK,
    )
    dialog._program.ended.emit()
    dialog.begin.click()
    assert dialog.folder == folder
    dialog._program.ended.emit()
    document.edit_network(dataclasses.replace(document.network, recipe={"epochs": 3}), "Change")
    dialog.begin.click()
    assert dialog.folder != folder
