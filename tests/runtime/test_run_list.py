"""Runs as rows: how each stands, what it came to, what was noted; deletion is taken back."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from nodes.graph.model import Network
from runtime import runs
from runtime.lock import locked
from runtime.run_list import (
    INDEX,
    Marks,
    delete_runs,
    empty_trash,
    list_runs,
    read_marks,
    restore_runs,
    write_marks,
)
from runtime.run_settings import changed_settings
from runtime.runs import Failed, Journal, Progress, Samples, Started, TrainingError, Validated, create_run
from tests.runtime.networks import digits_graph


def run_in(root: Path, name: str, **recipe: object) -> Path:
    return create_run(root, Network(digits_graph(), name, recipe=recipe), name)


def begun(run: Path) -> Journal:
    journal = Journal(run)
    journal.append(Started(0.0, 2, 10, Samples(10, 1, 1), 1, "cpu", 650))
    journal.append(Progress(0, 0.1, [2.0, 1.5], [0.1, 0.2], 0.1, 1.0, 1.0))
    journal.append(Validated(2, 0.2, "validation", 1.4, 0.5, {"accuracy": 0.5}))
    return journal


def finished(run: Path, accuracy: float, reason: str = "done") -> None:
    with begun(run):
        pass
    summary = {"reason": reason, "epochs": 2.0, "steps": 20, "seconds": 3.0, "weights": 650, "test_loss": 0.2}
    runs.write_json(run / "summary.json", summary | {"test_metrics": {"accuracy": accuracy}, "multiply_adds": 9_000})


def states(root: Path) -> dict[str, str]:
    return {row.name.split("-", 2)[2]: row.state for row in list_runs(root)}


def test_every_state_is_told(tmp_path):
    finished(run_in(tmp_path, "done"), 0.9)
    finished(run_in(tmp_path, "stopped"), 0.8, "stopped")
    run_in(tmp_path, "waiting")
    with begun(run_in(tmp_path, "killed")):
        pass
    with begun(run_in(tmp_path, "broken")) as journal:
        journal.append(Failed("The loss is not a number."))
    live = run_in(tmp_path, "live")
    with begun(live), locked(live):
        assert states(tmp_path) == {
            "done": "finished",
            "stopped": "stopped",
            "waiting": "waiting",
            "killed": "interrupted",
            "broken": "failed",
            "live": "running",
        }
    assert states(tmp_path)["live"] == "interrupted"
    failed = next(row for row in list_runs(tmp_path) if row.state == "failed")
    assert failed.failure == "The loss is not a number."
    assert failed.metrics == {"loss": 1.5, "validation_loss": 1.4, "validation_accuracy": 0.5}


def test_a_row_has_results_and_what_is_not_as_usual(tmp_path):
    finished(run_in(tmp_path, "digits", learning_rate=0.02, epochs=2), 0.91)
    (row,) = list_runs(tmp_path)
    assert row.metrics["test_accuracy"] == 0.91
    assert (row.weights, row.multiply_adds, row.epochs) == (650, 9_000, 2.0)
    assert row.settings == {
        "recipe.optimizer": "SGD",
        "recipe.learning_rate": 0.02,
        "recipe.epochs": 2,
        "data.source": "digits",
    }
    assert "recipe.learning_rate=0.02" in row.text()


def test_usual_settings_follow_the_optimizer():
    assert changed_settings({"optimizer": "Adam", "learning_rate": 0.001}, {}) == {"recipe.optimizer": "Adam"}


def test_the_index_is_used_until_a_file_changes(tmp_path):
    run = run_in(tmp_path, "digits")
    finished(run, 0.5)
    first = list_runs(tmp_path)
    index = tmp_path / INDEX
    changed = index.read_bytes().replace(b"0.5", b"0.7")
    index.write_bytes(changed)
    assert list_runs(tmp_path)[0].metrics["test_accuracy"] == 0.7  # as the index says
    os.utime(run / "summary.json", ns=(1, 1))
    assert list_runs(tmp_path) == first


def test_a_strange_index_and_folders_that_are_no_runs_are_passed_over(tmp_path):
    finished(run_in(tmp_path, "digits"), 0.5)
    (tmp_path / INDEX).write_bytes(b"{")
    (tmp_path / "pictures").mkdir()
    (tmp_path / "notes.txt").touch()
    assert len(list_runs(tmp_path)) == 1
    assert list_runs(tmp_path / "nowhere") == []


def test_damaged_files_cost_their_columns_only(tmp_path):
    run = run_in(tmp_path, "digits")
    finished(run, 0.5)
    (run / "recipe.json").write_bytes(b"\xff")
    (run / "marks.json").write_bytes(b"[]")
    (row,) = list_runs(tmp_path)
    assert row.state == "finished"
    assert (row.settings, row.marks) == ({}, Marks())


def test_marks_are_kept_with_the_run(tmp_path):
    run = run_in(tmp_path, "digits")
    marks = Marks("the best so far", ("wide", "final"), is_pinned=True)
    write_marks(run, marks)
    assert read_marks(run) == marks == list_runs(tmp_path)[0].marks
    assert "wide" in list_runs(tmp_path)[0].text()


def test_what_is_deleted_comes_back(tmp_path):
    first, second = run_in(tmp_path, "first"), run_in(tmp_path, "second")
    moved = delete_runs([first, second])
    assert list_runs(tmp_path) == []
    restore_runs(moved)
    assert {row.name for row in list_runs(tmp_path)} == {first.name, second.name}


def test_a_run_under_way_is_not_deleted_nor_are_those_with_it(tmp_path):
    first, live = run_in(tmp_path, "first"), run_in(tmp_path, "live")
    with locked(live), pytest.raises(TrainingError, match="is being trained"):
        delete_runs([first, live])
    assert first.is_dir()


def test_the_trash_is_emptied_of_what_is_old(tmp_path):
    delete_runs([run_in(tmp_path, "first")])
    empty_trash(tmp_path)
    (kept,) = (tmp_path / ".trash").iterdir()
    assert kept.is_dir()
    empty_trash(tmp_path, older_than=-1.0)
    assert not list((tmp_path / ".trash").iterdir())


def test_rows_survive_the_way_into_the_index(tmp_path):
    finished(run_in(tmp_path, "digits", milestones=(3.0, 6.0)), 0.5)
    (row,) = list_runs(tmp_path)
    assert msgspec.json.decode(msgspec.json.encode(row), type=type(row)) == row
    assert list_runs(tmp_path) == [row]


def test_a_listing_that_finds_nothing_new_writes_nothing(tmp_path):
    with begun(run_in(tmp_path, "killed")):
        pass
    first = list_runs(tmp_path)
    os.utime(tmp_path / INDEX, ns=(1, 1))
    assert list_runs(tmp_path) == first
    assert (tmp_path / INDEX).stat().st_mtime_ns == 1
