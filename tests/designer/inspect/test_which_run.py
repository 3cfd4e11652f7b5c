"""Which run is looked into: that of the training, until another is opened by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from designer.inspect.panel import InspectPanel
from tests.designer.doubles import ScriptedEngine


def kept(folder: Path) -> Path:
    """A run with a checkpoint."""
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "checkpoints" / "last.safetensors").touch()
    return folder


@pytest.fixture
def panel(qtbot: QtBot) -> InspectPanel:
    panel = InspectPanel(ScriptedEngine())  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    return panel


def test_a_second_training_is_looked_into_in_place_of_the_first(panel: InspectPanel, tmp_path: Path) -> None:
    first, second = kept(tmp_path / "first"), kept(tmp_path / "second")
    panel.await_training()
    panel.follow(first)
    panel.await_training()
    assert panel.asker.run == first
    panel.note_snapshots(second, [10])
    assert panel.asker.run == second


def test_a_run_that_was_opened_by_hand_stays_when_a_training_ends(panel: InspectPanel, tmp_path: Path) -> None:
    trained, opened = kept(tmp_path / "trained"), kept(tmp_path / "opened")
    panel.await_training()
    panel.show_run(opened)
    panel.note_snapshots(trained, [10])
    panel.follow(trained)
    assert panel.asker.run == opened


def test_the_next_training_takes_over_again(panel: InspectPanel, tmp_path: Path) -> None:
    opened, trained = kept(tmp_path / "opened"), kept(tmp_path / "trained")
    panel.show_run(opened)
    panel.await_training()
    panel.follow(trained)
    assert panel.asker.run == trained
