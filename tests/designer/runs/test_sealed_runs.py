"""A sealed run is opened as a file and watched in the folder of runs; what is none is refused in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from designer.dropping import kind_of
from designer.main_window import MainWindow
from nodes.graph.model import Network
from runtime.sealed.archive import seal
from tests.designer.windows import anew, shown
from tests.runtime.test_run_list import finished, run_in

PATIENCE = 30_000


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


def test_what_is_no_sealed_run_is_refused_in_a_sentence(window, tmp_path, qtbot, monkeypatch):
    said: list[str] = []
    monkeypatch.setattr("designer.runs.sealed_runs.dialogs.tell", lambda _w, words: said.append(words))
    monkeypatch.setattr(window.services.trainer, "runs_folder", lambda: tmp_path / "runs")
    file: Path = tmp_path / "bad.netwrun"
    file.write_text("no run")
    window.files.open_path(file)
    qtbot.waitUntil(lambda: bool(said), timeout=PATIENCE)
    assert "is no sealed run" in said[0]
