"""What the doctor finds becomes a card, and what he advises is done; checks before a training are told in words."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QPushButton
from pytestqt.qtbot import QtBot

from designer.doctor.acts import act
from designer.doctor.preflight import PreflightDialog, Verdict
from designer.document import Document
from designer.training.dock import TrainingPanel
from designer.training.going_back import NONE_KEPT, fill_going_back
from designer.training.trainer import Trainer
from runtime import runs
from runtime.doctor.findings import Evidence, Finding, GoBack, LookAtData, Series, SetRecipe, SetTraining
from runtime.questions.stepwise import CHECKS, Chart, CheckResult, Preflight
from runtime.runs import Journal, Progress, Samples, Started, StepTime, read_commands
from tests.designer.doubles import ScriptedEngine
from tests.designer.networks import digits_classifier
from tests.designer.test_training_panel import FakePool

LEFT = Qt.MouseButton.LeftButton
HOT = Finding(
    "rate_too_high",
    "Learning rate too high",
    "severe",
    "The loss rose from 2.3 to 40 within 50 steps.",
    Evidence("Loss", [Series("loss", [0, 50], [2.3, 40.0])], level=6.9),
    [GoBack("Go back to step 10", 10, 0.1), SetRecipe("Set the rate to 0.005", {"learning_rate": 0.005})],
    node="",
)
DEAD = Finding(
    "dead_units",
    "Dead units",
    "warning",
    "8 of 16 units of relu1 give 0 for every sample.",
    Evidence("Share", [Series("dead", [0, 1], [0.1, 0.5])]),
    [SetTraining("He initialisation", ["linear1"], {"weight_init": "kaiming_normal"})],
    node="relu1",
)


@pytest.fixture
def panel(qtbot: QtBot, tmp_path: Path) -> TrainingPanel:
    document = Document(digits_classifier())
    trainer = Trainer(document, FakePool())
    panel = TrainingPanel(document, trainer)
    panel.resize(1100, 360)
    qtbot.addWidget(panel)
    run = runs.create_run(tmp_path, document.network)
    with Journal(run) as journal:
        journal.append(Started(0.0, 2, 10, Samples(10, 1, 1), 1, "cpu", 650))
        journal.append(Progress(0, 0.1, [2.0, 1.5], [0.1, 0.2], 0.1, 1.0, 1.0))
        journal.append(StepTime(2, 0.001, 0.004, 0.004, 0.001))
    (run / "lock").touch()
    panel.show()
    trainer.attach(run)
    return panel


def told(panel: TrainingPanel, *findings: Finding) -> None:
    panel.ward.findings = list(findings)
    panel.ward.changed.emit()


def test_a_severe_finding_comes_up_as_a_card(panel, qtbot):
    assert panel.header.doctor.text() == "Doctor: all well"
    told(panel, HOT, DEAD)
    assert panel.header.doctor.text() == "Doctor: The loss rose from 2.3 to 40 within 50 steps.  (+1)"
    assert panel.header.doctor.toolTip().endswith("Dead units. 8 of 16 units of relu1 give 0 for every sample.")
    assert panel.cards.isVisible()
    assert [card.finding.title for card in panel.cards.cards] == ["Learning rate too high", "Dead units"]
    qtbot.mouseClick(panel.header.doctor, LEFT)
    assert not panel.cards.isVisible()
    with qtbot.waitSignal(panel.node_wanted) as node:
        qtbot.mouseClick(panel.cards.cards[1].findChildren(QPushButton)[0], LEFT)
    assert node.args == ["relu1"]
    told(panel)
    assert panel.header.doctor.text() == "Doctor: all well"


def test_a_warning_waits_to_be_asked_for(panel, qtbot):
    told(panel, DEAD)
    assert not panel.cards.isVisible()
    qtbot.mouseClick(panel.header.doctor, LEFT)
    assert panel.cards.isVisible()
    with qtbot.waitSignal(panel.action_wanted) as wanted:
        qtbot.mouseClick(panel.cards.cards[0].buttons[0], LEFT)
    assert wanted.args == [DEAD.actions[0]]


def test_advice_changes_the_drawing_in_one_step(panel):
    document = panel._document
    said = act(DEAD.actions[0], document, panel._trainer, list)
    assert "Train again" in said
    assert document.network.graph.nodes["linear1"].training.weight_init == "kaiming_normal"
    document.undo_stack.undo()
    assert document.network.graph.nodes["linear1"].training.weight_init == "default"


def test_advice_reaches_a_training_under_way(panel):
    trainer = panel._trainer
    trainer.state = "running"
    assert act(HOT.actions[0], panel._document, trainer, list).endswith("then trains it anew at the lower rate.")
    (trainer.run / "checkpoints/state-000000008.safetensors").touch()
    assert act(HOT.actions[0], panel._document, trainer, list).startswith("The training goes back to step 10")
    act(HOT.actions[1], panel._document, trainer, list)
    assert read_commands(trainer.run)[0] == [runs.RollBack(10, 0.1), runs.SetLearningRate(0.005)]
    assert panel._document.network.recipe["learning_rate"] == 0.005


def test_looking_at_the_data_is_advice_too(panel):
    looked = []
    assert act(LookAtData("Look"), panel._document, panel._trainer, lambda: looked.append(1)) == ""
    assert looked == [1]


def test_the_ward_looks_at_what_the_journal_says(panel):
    ward = panel.ward
    assert ward.network is not None
    ward._hear([Progress(2, 0.2, [float("inf")] * 3, [], 0.1, 1.0, 1.0)])
    ward.look()
    assert all(isinstance(finding, Finding) for finding in ward.findings)


def test_the_time_of_a_step_is_shared_out(panel):
    assert panel.told.text().endswith("10 ms a step: data 10 %, forward 40 %, backward 40 %, update 10 %")


def test_more_can_be_done_with_a_training_under_way(panel):
    (panel._trainer.run / "checkpoints" / "state-000000040.safetensors").touch()
    panel._trainer.state = "running"
    menu = panel.header.more_menu()
    for action in menu.actions():
        if action.text().startswith(("&Save", "&Validate")):
            action.trigger()
    back = next(action.menu() for action in menu.actions() if action.menu())
    back.actions()[1].trigger()
    sent = read_commands(panel._trainer.run)[0]
    assert sent == [runs.ValidateNow(), runs.SaveNow(), runs.RollBack(40, 0.1)]


def test_a_long_sentence_of_the_doctor_is_cut_to_the_room_there_is(panel, qtbot):
    told(panel, DEAD, HOT)
    panel.resize(700, 360)
    assert panel.header.doctor.text().endswith("…  (+1)")
    panel.resize(1600, 360)
    assert panel.header.doctor.text() == f"Doctor: {DEAD.sentence}  (+1)"


def test_the_menu_of_the_window_steps_and_goes_back(panel):
    trainer = panel._trainer
    for step in (20, 10):
        (trainer.run / f"checkpoints/state-{step:09d}.safetensors").touch()
    menu = QMenu()
    trainer.state = "finished"
    fill_going_back(menu, trainer)
    assert [action.text() for action in menu.actions()] == ["to step 10", "to step 10, at a tenth of the rate"]
    trainer.state = "stopping"
    fill_going_back(menu, trainer)
    assert [(action.text(), action.isEnabled()) for action in menu.actions()] == [(NONE_KEPT, False)]


def check(name: str, verdict: str, **more: object) -> dict:
    return msgspec.to_builtins(CheckResult(name, name.capitalize(), verdict, f"{name} said.", **more))  # type: ignore[arg-type]


@pytest.fixture
def dialog(qtbot: QtBot) -> PreflightDialog:
    engine = ScriptedEngine()
    dialog = PreflightDialog(Document(digits_classifier()), engine)  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.check()
    return dialog


def test_checks_come_one_by_one_and_are_summed_up(dialog, qtbot):
    engine = dialog._engine
    assert isinstance(engine.requests[0], Preflight)
    chart = Chart("Loss", "lines", {"loss": [2.3, 0.1]}, x=[0, 20])
    bars = Chart("Classes", "bars", {"samples": [3, 4]}, labels=["a", "b"])
    engine.tell_part(check=check("shapes", "green"))
    engine.tell_part(check=check("overfit", "red", remedy="Raise the rate.", node="linear1", charts=[chart, bars]))
    assert dialog.sum.text().endswith(f"2 of {len(CHECKS)}")
    assert [mark.verdict for mark in dialog.findChildren(Verdict)] == ["green", "red"]
    with qtbot.waitSignal(dialog.node_wanted) as node:
        shown = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Show linear1")
        qtbot.mouseClick(shown, LEFT)
    assert node.args == ["linear1"]
    engine.answer(checks=[])
    assert dialog.sum.text() == "Mend what is marked ✕ before you train."


def test_closing_gives_up_what_is_under_way(dialog):
    engine = dialog._engine
    stop = Path(engine.requests[0].stop_file)
    assert not stop.exists()
    dialog.close()
    assert stop.exists()
    assert engine.forgotten == [1]


def test_checking_again_begins_anew(dialog):
    engine = dialog._engine
    engine.tell_part(check=check("shapes", "green"))
    dialog.check()
    assert dialog.results == []
    assert engine.requests[1].stop_file != engine.requests[0].stop_file


def test_a_refusal_is_said(dialog):
    dialog._engine.refuse("The data are gone.", "Choose others.")
    assert dialog.sum.text() == "The data are gone. Choose others."


def test_all_is_sound(dialog, qtbot):
    dialog._engine.tell_part(check=check("shapes", "green"))
    dialog._engine.answer(checks=[])
    assert dialog.sum.text() == "All is sound. Train it."
    with qtbot.waitSignal(dialog.train_wanted):
        qtbot.mouseClick(dialog.train, LEFT)
    assert not dialog.isVisible()
