"""Whole runs on the digits by every optimizer and schedule, and what ends, validates and keeps them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch

from runtime import team as team_module
from runtime.checkpoint import load_weights
from runtime.data.choice import DataChoice
from runtime.data.dataset import DataSet
from runtime.data.open import open_data
from runtime.recipe_parts.words import OPTIMIZERS
from runtime.runs import (
    SUMMARY,
    Checkpointed,
    Failed,
    Finished,
    Noted,
    Progress,
    Started,
    TrainingError,
    Validated,
    read_entries,
    revise_run,
)
from runtime.schedules import SCHEDULES
from runtime.step import Stepper
from runtime.summary import Summary
from runtime.train import train
from tests.runtime.networks import digits_run

FEW: dict[str, dict[str, Any]] = {
    "LBFGS": {"batch_size": 1500, "max_iter": 10, "history_size": 10},
    "RAdam": {"epochs": 10},  # its first steps are small
}


@pytest.fixture(scope="module")
def data() -> DataSet:
    return open_data(DataChoice())


def validations(run: Path) -> list[Validated]:
    return [e for e in read_entries(run)[0] if isinstance(e, Validated) and e.part == "validation"]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_learns_the_digits(tmp_path: Path, data: DataSet, optimizer: str) -> None:
    run = digits_run(tmp_path, **({"optimizer": optimizer, "epochs": 5} | FEW.get(optimizer, {})))
    accuracy = train(run, prepared=data).test_accuracy
    assert accuracy is not None
    assert accuracy > (0.8 if optimizer in ("Adagrad", "RAdam") else 0.88)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_schedule_runs_and_tells_its_rate(tmp_path: Path, data: DataSet, schedule: str) -> None:
    run = digits_run(tmp_path, schedule=schedule, epochs=3, warmup_epochs=0.5)
    accuracy = train(run, prepared=data).test_accuracy
    assert accuracy is not None
    assert accuracy > 0.8
    rates = [e.learning_rate for e in read_entries(run)[0] if isinstance(e, Progress)]
    assert max(rates) <= 0.05 + 1e-9
    assert rates[0] == pytest.approx(
        0.05 * 0.1 / (25 if schedule == "one_cycle" else 50 if schedule == "cyclic" else 1)
    )


def test_run_by_steps(tmp_path: Path, data: DataSet) -> None:
    run = digits_run(tmp_path, epochs=5, max_steps=57)
    assert train(run, prepared=data).steps == 57
    assert [v.step for v in validations(run)] == [40, 57]
    started = read_entries(run)[0][0]
    assert isinstance(started, Started)
    assert (started.epochs, started.steps) == (2, 57)


def test_run_by_steps_goes_on_with_more(tmp_path: Path, data: DataSet) -> None:
    run, whole = digits_run(tmp_path / "a", epochs=2, max_steps=57), digits_run(tmp_path / "b", epochs=2)
    train(run, prepared=data)
    revise_run(run, ["recipe.max_steps=null"])
    assert train(run, resume=True, prepared=data).steps == 80
    train(whole, prepared=data)
    for name, value in load_weights(whole, "last").items():
        assert value.equal(load_weights(run, "last")[name])


def test_finished_run_that_is_resumed_trains_no_further(tmp_path: Path, data: DataSet) -> None:
    run = digits_run(tmp_path, epochs=30, early_stopping=True, stop_patience=1, stop_min_delta=0.3)
    steps = train(run, prepared=data).steps
    assert steps < 30 * 40
    again = train(run, resume=True, prepared=data)
    assert (again.steps, again.reason) == (steps, "early")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"validate_every": 2}, [80, 120]),
        ({"validate_every": 50, "validate_unit": "steps"}, [50, 100, 120]),
        ({"validate_every": 7, "validate_unit": "steps", "accumulation_steps": 3, "epochs": 1},
         [9, 15, 21, 30, 36, 40]),
    ],
)  # fmt: skip
def test_validation_by_epochs_or_steps(
    tmp_path: Path, data: DataSet, settings: dict[str, Any], expected: list[int]
) -> None:
    run = digits_run(tmp_path, **({"epochs": 3} | settings))
    train(run, prepared=data)
    assert [v.step for v in validations(run)] == expected


def test_metrics_stand_beside_the_loss_and_the_table_in_the_summary(tmp_path: Path, data: DataSet) -> None:
    run = digits_run(tmp_path)
    train(run, prepared=data)
    found = validations(run)[-1]
    assert set(found.metrics) == {"accuracy", "top5_accuracy", "precision", "recall", "f1", "auroc"}
    assert found.metrics["accuracy"] == found.accuracy
    summary = msgspec.json.decode((run / SUMMARY).read_bytes(), type=Summary)
    assert summary.test_detail is not None
    assert sum(map(sum, summary.test_detail.confusion)) == len(data.test)
    assert summary.test_metrics["accuracy"] == summary.test_accuracy
    assert [c.name for c in summary.test_detail.classes] == list("0123456789")


def test_top_k_counts_the_right_class_among_so_many(tmp_path: Path, data: DataSet) -> None:
    run = digits_run(tmp_path, top_k="2", monitor="top2_accuracy", best_by="top2_accuracy")
    train(run, prepared=data)
    found = validations(run)[-1]
    assert "top5_accuracy" not in found.metrics
    assert found.accuracy < found.metrics["top2_accuracy"] <= 1


def test_monitor_that_is_not_measured_is_refused_before_the_first_step(tmp_path: Path, data: DataSet) -> None:
    with pytest.raises(TrainingError, match="monitor is iou, which is not measured"):
        train(digits_run(tmp_path, monitor="iou"), prepared=data)


@pytest.mark.parametrize("settings", [{"early_stopping": True}, {"target": 0.1}, {"schedule": "plateau"}])
def test_what_looks_at_validation_needs_some(tmp_path: Path, settings: dict[str, Any]) -> None:
    run = digits_run(tmp_path, {"source": "digits", "validation": 0.0}, **settings)
    with pytest.raises(TrainingError, match="looks at the validation part, which has no samples"):
        train(run)


def test_without_validation_the_last_weights_are_kept(tmp_path: Path) -> None:
    run = digits_run(tmp_path, {"source": "digits", "validation": 0.0}, epochs=1)
    assert train(run).best is None
    revise_run(run, ["recipe.epochs=2"])
    train(run, resume=True)
    for name, value in load_weights(run, "last").items():
        assert value.equal(load_weights(run, "best")[name])


@pytest.mark.parametrize(
    "change",
    [["recipe.optimizer=Adam"], ["recipe.optimizer=RMSprop", "recipe.momentum=0.5"], ["recipe.optimizer=LBFGS"]],
)
def test_run_goes_on_with_another_optimizer(tmp_path: Path, data: DataSet, change: list[str]) -> None:
    run = digits_run(tmp_path, epochs=1, optimizer="RMSprop", learning_rate=0.001, batch_size=640)
    train(run, prepared=data)
    revise_run(run, ["recipe.epochs=2", *change])
    train(run, resume=True, prepared=data)
    name = change[0].split("=")[1]
    notes = [e.notes for e in read_entries(run)[0] if isinstance(e, Started)]
    assert notes == [[], [f"{name} begins without a memory: the checkpoint has another optimizer's."]]


def test_run_that_looks_at_another_metric_forgets_the_values_of_the_first(tmp_path: Path, data: DataSet) -> None:
    run = digits_run(tmp_path, epochs=2, early_stopping=True, best_by="loss")
    train(run, prepared=data)
    revise_run(run, ["recipe.epochs=4", "recipe.monitor=accuracy", "recipe.best_by=f1", "recipe.target=0.2"])
    resumed = train(run, resume=True, prepared=data)  # 0.2 is above the loss and below the accuracy
    assert (resumed.reason, resumed.steps) == ("target", 120)
    assert resumed.best is not None
    assert resumed.best.step == 120


def test_averaging_may_begin_later(tmp_path: Path, data: DataSet) -> None:
    run = digits_run(tmp_path, epochs=1)
    train(run, prepared=data)
    revise_run(run, ["recipe.epochs=2", "recipe.averaging=EMA"])
    assert train(run, resume=True, prepared=data).reason == "done"


def test_best_by_another_metric(tmp_path: Path, data: DataSet) -> None:
    run = digits_run(tmp_path, epochs=6, best_by="loss")
    best = train(run, prepared=data).best
    assert best is not None
    assert best.loss == min(v.loss for v in validations(run))


def test_time_budget_ends_a_run_with_a_sentence(
    tmp_path: Path, data: DataSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(team_module, "LOOK_SECONDS", 0.0)
    run = digits_run(tmp_path, epochs=1000, time_budget=0.005)
    assert train(run, prepared=data).reason == "time"
    last = read_entries(run)[0][-1]
    assert isinstance(last, Finished)
    assert last.sentence == "The time budget of 0.005 min is used up."
    assert 0.3 <= last.seconds < 30


def test_exploded_loss_ends_the_run(tmp_path: Path, data: DataSet) -> None:
    run = digits_run(tmp_path, learning_rate=9.0, explosion_factor=3.0)
    with pytest.raises(TrainingError, match=r"times its first \(2\.\d+\), at step \d+, with learning rate 9\."):
        train(run, prepared=data)
    assert isinstance(read_entries(run)[0][-1], Failed)


def test_run_that_goes_back_gives_up_after_three_times(tmp_path: Path, data: DataSet) -> None:
    run = digits_run(tmp_path, learning_rate=90.0, explosion_factor=2.0, when_exploding="go back", retreat_factor=0.9)
    with pytest.raises(TrainingError, match="times its first"):
        train(run, prepared=data)
    notes = [e.sentence for e in read_entries(run)[0] if isinstance(e, Noted)]
    assert len(notes) == 3
    assert notes[1].endswith("Back to epoch 0, at 0.81 of the rate.")


def test_plateau_notes_its_falls(tmp_path: Path, data: DataSet) -> None:
    run = digits_run(tmp_path, epochs=4, schedule="plateau", patience=0, threshold=0.9)
    train(run, prepared=data)
    notes = [e.sentence for e in read_entries(run)[0] if isinstance(e, Noted)]
    assert notes[0] == "The validation loss is on a plateau: rate 0.005."


def test_weights_of_every_second_epoch(tmp_path: Path, data: DataSet) -> None:
    run = digits_run(tmp_path, epochs=4, keep_every=2)
    train(run, prepared=data)
    assert sorted(path.name for path in (run / "checkpoints").glob("epoch-*")) == [
        "epoch-0002.safetensors", "epoch-0004.safetensors",
    ]  # fmt: skip
    assert "checkpoints/epoch-0002.safetensors" in {
        e.file for e in read_entries(run)[0] if isinstance(e, Checkpointed)
    }


def test_last_weights_are_kept_where_they_are_wanted(tmp_path: Path, data: DataSet) -> None:
    run = digits_run(tmp_path, epochs=4, keep="last", learning_rate=0.3)
    train(run, prepared=data)
    for name, value in load_weights(run, "last").items():
        assert value.equal(load_weights(run, "best")[name])


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("cumsum_cuda_kernel does not have a deterministic implementation, but you set", "Set deterministic off"),
        (
            "torch.nn.functional.binary_cross_entropy and torch.nn.BCELoss are unsafe to autocast.",
            "BCEWithLogitsLoss",
        ),
    ],
)
def test_what_pytorch_refuses_has_a_remedy(
    tmp_path: Path, data: DataSet, monkeypatch: pytest.MonkeyPatch, said: str, remedy: str
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(said)

    monkeypatch.setattr(Stepper, "step", fail)
    with pytest.raises(TrainingError, match=remedy):
        train(digits_run(tmp_path), prepared=data)


def test_deterministic_is_set_for_the_run_alone(tmp_path: Path, data: DataSet) -> None:
    seen = []
    run = digits_run(tmp_path, deterministic=True, epochs=1)
    train(run, prepared=data, on_entry=lambda _: seen.append(torch.are_deterministic_algorithms_enabled()))
    assert all(seen)
    assert not torch.are_deterministic_algorithms_enabled()
