"""A sealed run is opened as a file and watched in the folder of runs; what is none is refused in a sentence."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from designer.dropping import kind_of
from designer.main_window import MainWindow
from designer.runs.actions import WISHES
from designer.runs.verify_dialog import VerifyDialog
from nodes.graph.model import Network
from runtime import trust
from runtime.runs import create_run
from runtime.sealed.archive import seal
from runtime.train import train
from tests.designer.test_code_form import answer_dialog
from tests.designer.windows import anew, shown
from tests.runtime.networks import digits_run
from tests.runtime.test_run_list import finished, run_in
from tests.runtime.test_trust import SCALED, digits, noted

PATIENCE = 120_000  # torch is imported in a process of its own


@pytest.fixture(scope="module")
def window() -> Iterator[MainWindow]:
    with shown(Network()) as window:
        yield window


def test_a_sealed_run_is_unpacked_and_watched(window, tmp_path, qtbot, monkeypatch):
    run = run_in(tmp_path / "elsewhere", "sealed")
    finished(run, 0.9)
    file = tmp_path / "run.netwrun"
    seal(run, file)
    assert kind_of(file) == "sealed"
    anew(window, Network())
    monkeypatch.setattr(window.services.trainer, "runs_folder", lambda: tmp_path / "runs")
    window.files.open_path(file)
    qtbot.waitUntil(lambda: window.services.trainer.run == tmp_path / "runs" / run.name, timeout=PATIENCE)
    qtbot.waitUntil(lambda: window.findChild(VerifyDialog) is not None)
    offered = window.findChild(VerifyDialog)
    assert offered.path == file
    assert offered.told.text().endswith("every hash is right.")
    assert offered.start_button.isVisible()
    offered.close()


def test_what_is_no_sealed_run_is_refused_in_a_sentence(window, tmp_path, qtbot, monkeypatch):
    said: list[str] = []
    monkeypatch.setattr("designer.runs.sealed_runs.dialogs.tell", lambda _w, words: said.append(words))
    monkeypatch.setattr(window.services.trainer, "runs_folder", lambda: tmp_path / "runs")
    file: Path = tmp_path / "bad.netwrun"
    file.write_text("no run")
    window.files.open_path(file)
    qtbot.waitUntil(lambda: bool(said), timeout=PATIENCE)
    assert "is no sealed run" in said[0]


def test_a_run_is_verified_in_the_window_and_a_changed_loss_is_found(window, tmp_path, qtbot):
    run = digits_run(tmp_path, epochs=1, device="cpu")
    train(run)
    WISHES["verify"](window, [run])
    dialog = window.findChild(VerifyDialog)
    assert dialog.bar.isVisible()
    assert dialog.close_button.text() == "Cancel"
    qtbot.waitUntil(lambda: dialog.close_button.text() == "Close", timeout=PATIENCE)
    assert dialog.told.text() == "The first 20 steps give the same losses, bit for bit."
    dialog.close()
    journal = run / "journal.jsonl"
    text = journal.read_text(encoding="utf-8")
    start = text.index('"loss":[') + len('"loss":[')
    journal.write_text(text[:start] + "9" + text[start:], encoding="utf-8")
    forged = VerifyDialog(run)
    qtbot.addWidget(forged)
    forged.show()
    qtbot.mouseClick(forged.start_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: forged.close_button.text() == "Close", timeout=PATIENCE)
    assert "give other losses" in forged.told.text()
    assert forged.told.property("role") == "fault"


def test_what_cannot_be_verified_is_told_and_a_stopped_one_leaves_nothing(tmp_path, qtbot):
    dialog = VerifyDialog(tmp_path)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.start()
    qtbot.waitUntil(lambda: dialog.close_button.text() == "Close", timeout=PATIENCE)
    assert "is no run" in dialog.told.text()
    dialog.start()
    program = dialog._program
    dialog.close()
    assert not program.is_running


def test_code_that_came_with_a_run_is_shown_before_it_runs(tmp_path, qtbot, monkeypatch):
    monkeypatch.setattr(trust, "user_config_path", lambda *_, **__: tmp_path / "config")
    run = create_run(tmp_path, Network(digits(noted(SCALED)), "scaled"))
    dialog = VerifyDialog(run)
    qtbot.addWidget(dialog)
    dialog.show()
    shown = answer_dialog("without")
    dialog.start()
    assert shown == [SCALED]
    assert dialog._program is None
    assert "its Python code, which is not trusted" in dialog.told.text()
    answer_dialog("trust")
    dialog.start()
    assert dialog._program is not None
    assert trust.untrusted([SCALED]) == ()


def test_a_command_that_cannot_be_started_is_told(window, qtbot, monkeypatch):
    from designer.runs import sealed_runs

    said: list[str] = []
    done: list[str] = []
    monkeypatch.setattr(sealed_runs.dialogs, "tell", lambda _w, words: said.append(words))
    monkeypatch.setattr(sealed_runs, "module_command", lambda _: ("/nowhere/python",))
    sealed_runs.Command(window, ["seal"], done.append)
    qtbot.waitUntil(lambda: bool(said))
    assert said[0]
    assert not done


def test_a_command_finds_our_packages_and_tells_its_last_line(window, qtbot, monkeypatch):
    from designer.runs import sealed_runs

    done: list[str] = []
    code = "import runtime, sys; print('first'); print(runtime.__name__, sys.argv[1])"
    monkeypatch.setattr(sealed_runs, "module_command", lambda _: (sys.executable, "-P", "-c", code))
    sealed_runs.Command(window, ["seal"], done.append)
    qtbot.waitUntil(lambda: bool(done))
    assert done == ["runtime seal"]
