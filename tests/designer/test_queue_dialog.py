"""The queue and the scripts for other machines, as the window shows them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from designer.cluster_dialog import TORCHRUN, ClusterDialog
from designer.document import Document
from designer.queue_dialog import EMPTY, IDLE, QueueDialog
from designer.training.trainer import Trainer
from designer.worker_pool import WorkerPool
from runtime import queue, runs
from tests.designer.networks import digits_classifier


@pytest.fixture
def folder(tmp_path) -> Path:
    """A queue with three runs that wait."""
    for name in ("first", "second", "third"):
        run = runs.create_run(tmp_path / "runs", digits_classifier(), name)
        queue.add(tmp_path / "queue", run, name)
    return tmp_path / "queue"


@pytest.fixture
def watched() -> list[Path]:
    return []


@pytest.fixture
def dialog(qtbot, folder, watched) -> QueueDialog:
    made = QueueDialog(folder, watched.append)
    qtbot.addWidget(made)
    made.show()
    return made


def titles(dialog: QueueDialog) -> list[str]:
    return [dialog.list.topLevelItem(n).text(0) for n in range(dialog.list.topLevelItemCount())]


def choose(dialog: QueueDialog, title: str) -> None:
    dialog.list.setCurrentItem(dialog.list.findItems(title, Qt.MatchFlag.MatchExactly)[0])


def test_a_run_has_its_turn_earlier_and_stays_selected(qtbot, dialog, folder):
    choose(dialog, "third")
    qtbot.mouseClick(dialog.earlier, Qt.MouseButton.LeftButton)
    assert titles(dialog) == ["first", "third", "second"]
    assert dialog.list.currentItem().text(0) == "third"
    assert [queued.title for queued in queue.listed(folder)] == ["first", "third", "second"]


def test_the_first_cannot_have_its_turn_earlier(dialog):
    choose(dialog, "first")
    assert not dialog.earlier.isEnabled()
    assert dialog.later.isEnabled()


def test_a_run_is_removed(qtbot, dialog):
    choose(dialog, "second")
    qtbot.mouseClick(dialog.remove, Qt.MouseButton.LeftButton)
    assert titles(dialog) == ["first", "third"]


def test_what_another_program_adds_is_seen(dialog, folder, tmp_path):
    queue.add(folder, runs.create_run(tmp_path / "runs", digits_classifier(), "late"), "late")
    dialog.look()
    assert titles(dialog)[-1] == "late"


def test_an_ended_run_can_be_watched_and_have_another_turn(qtbot, dialog, folder, watched):
    queue.end_turn(folder, "0001")
    dialog.look()
    choose(dialog, "first")
    assert dialog.list.currentItem().text(1) == "failed"
    assert dialog.again.isEnabled()
    qtbot.mouseClick(dialog.watch, Qt.MouseButton.LeftButton)
    assert [run.name for run in watched] == [queue.listed(folder)[0].run.name]


def test_the_queue_is_started_in_a_process_of_its_own(qtbot, dialog, folder, monkeypatch):
    started: list[Path] = []
    monkeypatch.setattr(queue, "start", started.append)
    assert dialog.words.text() == IDLE
    qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    assert started == [folder]


def test_an_empty_queue_says_how_it_is_filled(qtbot, tmp_path):
    made = QueueDialog(tmp_path / "none", lambda run: None)
    qtbot.addWidget(made)
    assert made.words.text() == EMPTY
    assert not made.start.isEnabled()


def test_a_network_is_queued_as_it_is_shown(qapp, tmp_path):
    document = Document(digits_classifier())
    document.mark_saved(tmp_path / "drawn.netw")
    trainer = Trainer(document, WorkerPool(("true",)))
    made = trainer.make_run()
    assert made.parent == tmp_path / "runs"
    assert (made / runs.NETWORK).is_file()
    assert trainer.state == "idle"


@pytest.fixture
def elsewhere(qtbot, tmp_path) -> ClusterDialog:
    document = Document(digits_classifier())
    document.mark_saved(tmp_path / "net.netw")
    made = ClusterDialog(document)
    qtbot.addWidget(made)
    made.show()
    return made


def test_the_script_follows_the_numbers(elsewhere):
    elsewhere.nodes.setValue(2)
    elsewhere.gpus.setValue(4)
    assert "#SBATCH --nodes=2\n" in elsewhere.text.toPlainText()
    assert "--nproc-per-node=4" in elsewhere.text.toPlainText()


def test_a_value_that_slurm_would_misread_is_said(elsewhere):
    elsewhere.time.setText("one day")
    assert elsewhere.text.toPlainText() == ""
    assert "“one day” is no time that Slurm reads" in elsewhere.words.text()
    assert not elsewhere.save.isEnabled()


def test_the_command_is_copied(qtbot, elsewhere):
    elsewhere.kind.setCurrentText(TORCHRUN)
    qtbot.mouseClick(elsewhere.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text().startswith("torchrun --standalone --nproc-per-node=1")
    assert not elsewhere.partition.isVisible()


def test_the_script_is_saved(qtbot, elsewhere, tmp_path, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "job.sh"), ""))
    qtbot.mouseClick(elsewhere.save, Qt.MouseButton.LeftButton)
    assert (tmp_path / "job.sh").read_text().startswith("#!/bin/bash\n#SBATCH --job-name=net\n")
