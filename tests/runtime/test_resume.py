"""A training killed at any moment goes on as if it had never stopped."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import pytest

from runtime.checkpoint import load_weights
from runtime.milestones import steps_kept
from runtime.runs import Entry, Finished, Noted, RollBack, Started, Stop, Validated, read_entries, send
from runtime.train import train
from tests.runtime.journals import loss_by_step
from tests.runtime.killing import begin, kill, wait_for_checkpoints
from tests.runtime.networks import digits_run

RECIPE: dict[str, Any] = {
    "epochs": 6,
    "batch_size": 16,
    "optimizer": "Adam",
    "learning_rate": 0.002,
    "schedule": "cosine",
}


def scores(entries: list[Entry]) -> list[Validated]:
    return [entry for entry in entries if isinstance(entry, Validated)]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[Entry]:
    run = digits_run(tmp_path_factory.mktemp("whole"), **RECIPE)
    train(run)
    return read_entries(run)[0]


@pytest.mark.parametrize("checkpoints", [0, 2, 5])
def test_killed_run_resumes_with_the_same_losses(undisturbed: list[Entry], tmp_path: Path, checkpoints: int) -> None:
    run = digits_run(tmp_path, **RECIPE)
    process = begin(run)
    wait_for_checkpoints(run, checkpoints)
    time.sleep(random.uniform(0, 0.1))
    kill(process)
    train(run, resume=True)
    entries = read_entries(run)[0]
    assert loss_by_step(entries) == loss_by_step(undisturbed)
    assert scores(entries) == scores(undisturbed)
    assert isinstance(entries[-1], Finished)


def test_kill_while_resuming_costs_nothing(undisturbed: list[Entry], tmp_path: Path) -> None:
    run = digits_run(tmp_path, **RECIPE)
    for number in range(2):
        process = begin(run, resume=number > 0)
        wait_for_checkpoints(run, 1 + number)
        kill(process)
    train(run, resume=True)
    assert loss_by_step(read_entries(run)[0]) == loss_by_step(undisturbed)


def test_stopped_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    whole, halved = digits_run(tmp_path / "a"), digits_run(tmp_path / "b")
    train(whole)
    send(halved, Stop())
    assert train(halved).reason == "stopped"
    assert len(loss_by_step(read_entries(halved)[0])) < len(loss_by_step(read_entries(whole)[0]))
    assert train(halved, resume=True).reason == "done"
    assert loss_by_step(read_entries(halved)[0]) == loss_by_step(read_entries(whole)[0])


def test_journal_says_where_a_run_was_resumed(tmp_path: Path) -> None:
    run = digits_run(tmp_path)
    send(run, Stop())
    steps = train(run).steps
    train(run, resume=True)
    assert [e.resumed_at for e in read_entries(run)[0] if isinstance(e, Started)] == [0, steps]


def test_weights_of_a_resumed_run_equal_those_of_one_never_stopped(tmp_path: Path) -> None:
    whole, halved = digits_run(tmp_path / "a"), digits_run(tmp_path / "b")
    train(whole)
    send(halved, Stop())
    train(halved)
    train(halved, resume=True)
    for name, value in load_weights(whole, "last").items():
        assert value.equal(load_weights(halved, "last")[name])


def test_a_run_that_has_ended_goes_on_from_a_checkpoint_before_its_end(tmp_path: Path) -> None:
    """At the same rate with the same losses as the first time; at a lower one with that rate."""
    run = digits_run(tmp_path, **RECIPE | {"epochs": 3})
    train(run)
    first = loss_by_step(read_entries(run)[0])
    kept = steps_kept(run)[0]
    train(run, resume=True, back=RollBack(kept))
    entries = read_entries(run)[0]
    again = entries[max(n for n, entry in enumerate(entries) if isinstance(entry, Started)) :]
    assert loss_by_step(again) == {step: loss for step, loss in first.items() if step >= kept}
    assert steps_kept(run)[0] == kept
    train(run, resume=True, back=RollBack(kept, 0.5))
    entries = read_entries(run)[0]
    again = entries[max(n for n, entry in enumerate(entries) if isinstance(entry, Started)) :]
    assert (
        next(e.sentence for e in again if isinstance(e, Noted))
        == "As was asked. Back to epoch 1, at 0.5 of the rate."
    )
