"""What the doctor advises reaches the drawing that is trained and no other; going back works after the end too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from designer.doctor.acts import act
from designer.document import Document
from designer.main_window import MainWindow
from designer.processes import module_command
from designer.training.trainer import Trainer
from designer.worker_pool import WorkerPool
from runtime import runs
from runtime.doctor.findings import GoBack, InsertBehind, SetRecipe, SetTraining
from runtime.runs import Finished, Journal, Noted, Progress, RollBack, Samples, Started, read_entries
from tests.designer.networks import digits_classifier
from tests.designer.test_trainer import Desk
from tests.designer.windows import shown
from tests.runtime.test_run_list import run_in

HE = SetTraining("He initialisation", ["linear1"], {"weight_init": "kaiming_normal"})


class NotingPool(WorkerPool):
    """Notes what would be trained."""

    def warm(self) -> None:
        self.__dict__.setdefault("asked", [])

    def start(self, run: Path, *, resume: bool = False, back: RollBack | None = None) -> object:  # type: ignore[override]
        from PySide6.QtCore import QObject, Signal

        class Worker(QObject):
            ended = Signal()
            kill = let_go = lambda self: None

        self.__dict__.setdefault("asked", []).append((run, resume, back))
        return Worker(self)


@pytest.fixture
def trainer(tmp_path: Path, qtbot: QtBot) -> Trainer:
    """Of a run that has come to its end, after 20 steps."""
    document = Document(digits_classifier())
    document.path = tmp_path / "digits.netw"
    trainer = Trainer(document, NotingPool())
    trainer.start()
    assert trainer.run is not None
    with Journal(trainer.run) as journal:
        journal.append(Started(1.0, 2, 10, Samples(10, 1, 1), 1, "cpu", 650))
        journal.append(Progress(0, 2.0, [2.0] * 20, [0.1] * 20, 0.1, 1.0, 0.0))
        journal.append(Finished(20, 1.0, "done"))
    trainer.poll()
    assert trainer.state == "finished"
    return trainer


def keep(trainer: Trainer, *steps: int) -> None:
    for step in steps:
        (trainer.run / f"checkpoints/state-{step:09d}.safetensors").touch()  # type: ignore[operator]


def test_a_run_that_has_ended_resumes_at_the_checkpoint_that_was_meant(trainer: Trainer) -> None:
    keep(trainer, 5, 10, 20)
    said = act(GoBack("", 12, 0.1), trainer._document, trainer, list)
    assert trainer._pool.asked[-1] == (trainer.run, True, RollBack(10, 0.1))
    assert trainer.state == "starting"
    assert "goes back to step 12" in said


def test_where_nothing_is_left_to_train_a_new_run_goes_on_from_the_weights(trainer: Trainer) -> None:
    keep(trainer, 10, 20)
    before = trainer.run
    said = act(GoBack("Go on", 20, 0.1), trainer._document, trainer, list)
    recipe = trainer._document.network.recipe
    assert recipe["start_from"] == str(before)
    assert recipe["learning_rate"] == 0.005
    assert trainer.run != before
    assert trainer.is_live
    assert said == "A new training goes on from these weights, at a rate of 0.005."


def test_where_no_checkpoint_is_kept_it_is_trained_anew(trainer: Trainer) -> None:
    keep(trainer, 10)
    before = trainer.run
    said = act(GoBack("Go back", 4, 0.1), trainer._document, trainer, list)
    assert trainer.run != before
    assert trainer.is_live
    assert "start_from" not in trainer._document.network.recipe
    assert said.startswith("No checkpoint of step 4 or before it is kept: it is trained anew")


def test_advice_for_a_network_that_is_not_shown_is_refused(trainer: Trainer) -> None:
    document = trainer._document
    document.take_up(None)
    document.edit_network(digits_classifier(), "another of the same nodes")
    other = document.network
    said = act(HE, document, trainer, list)
    assert document.network == other
    assert "its drawing is not open" in said


def test_a_node_that_is_gone_is_told(trainer: Trainer) -> None:
    document = trainer._document
    said = act(InsertBehind("Insert", {"conv9": "batch_norm2d"}), document, trainer, list)
    assert said == "conv9 is not in the drawing any more: nothing was changed."


def test_a_run_that_is_only_watched_is_known_by_its_drawing(tmp_path: Path, qtbot: QtBot) -> None:
    document = Document(digits_classifier())
    trainer = Trainer(document, NotingPool())
    run = run_in(tmp_path, "other")
    with Journal(run) as journal:
        journal.append(Finished(0, 1.0, "done"))
    trainer.attach(run)
    assert "not open" in act(HE, document, trainer, list)
    document.open(runs.load(run / runs.NETWORK).network, None)
    assert "done in the drawing" in act(SetRecipe("Clip", {"clip_grad_norm": 1.0}), document, trainer, list)


def test_a_drawing_that_changed_since_is_known_by_its_name(tmp_path: Path, qtbot: QtBot) -> None:
    document = Document(digits_classifier())
    trainer = Trainer(document, NotingPool())
    run = runs.create_run(tmp_path, document.network)
    with Journal(run) as journal:
        journal.append(Finished(0, 1.0, "done"))
    trainer.attach(run)
    document.edit(document.graph.without(["relu1"]), "Delete")
    assert "done in the drawing" in act(HE, document, trainer, list)


@pytest.fixture(scope="module")
def window(qapp: object) -> Iterator[MainWindow]:
    with shown(digits_classifier()) as window:
        yield window


def test_the_tab_of_the_network_that_is_trained_comes_to_the_front(window: MainWindow, tmp_path: Path) -> None:
    trainer, document = window.services.trainer, window.document  # type: ignore[union-attr]
    document.path = tmp_path / "digits.netw"
    trainer._pool = NotingPool()
    trainer.start()
    trained = document.number
    window.tabs.new(at_start=False)
    document.edit_network(digits_classifier(), "another")
    other = document.network
    assert document.number != trained
    window.follow_advice(HE)
    assert document.number == trained
    assert document.network.graph.nodes["linear1"].training.weight_init == "kaiming_normal"
    assert window.status.sentence.text().endswith("Train again to see what it does.")
    window.tabs.step(1)
    assert document.network == other
    trainer.let_go()


def test_a_real_training_goes_back_after_its_end_and_on_at_a_lower_rate(tmp_path: Path, qtbot: QtBot) -> None:
    one = Desk(tmp_path, module_command("runtime.worker"), epochs=3)
    with qtbot.waitSignal(one.trainer.finished, timeout=90_000):
        one.trainer.start()
    run, kept = one.trainer.run, min(int(f.stem[6:]) for f in one.trainer.run.glob("checkpoints/state-*"))  # type: ignore[union-attr]
    with qtbot.waitSignal(one.trainer.finished, timeout=90_000):
        assert "goes back" in act(GoBack("", kept, 0.1), one.document, one.trainer, list)
    entries = read_entries(run)[0]
    assert [entry.resumed_at for entry in entries if isinstance(entry, Started)] == [0, kept]
    again = entries[max(n for n, entry in enumerate(entries) if isinstance(entry, Started)) :]
    assert all(e.learning_rate == pytest.approx(0.005) for e in again if isinstance(e, Progress))
    assert any(isinstance(entry, Noted) and "0.1 of the rate" in entry.sentence for entry in again)
    one.close()
