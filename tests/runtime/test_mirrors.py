"""What is written beside the journal for other programs says the same, once."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from runtime.mirrors import ABSENT, EVENTS, STEPS, VALIDATION
from runtime.runs import Entry, Noted, Progress, Stop, Validated, read_entries, send
from runtime.train import train
from tests.runtime.journals import losses_of
from tests.runtime.networks import digits_run

QUICK = {"epochs": 2, "batch_size": 200}  # 7 steps an epoch


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def interrupted(run: Path) -> None:
    """Stops a run within its first epoch, adds what a process killed later had written, and resumes."""

    def stop(entry: Entry) -> None:
        if isinstance(entry, Progress):
            send(run, Stop())

    train(run, on_entry=stop)
    with (run / STEPS).open("a") as file:
        file.write("13,1.9,9.9,0.1,0.1,1000\r\n14,2.0,9.")
    train(run, resume=True)


def test_csv_has_every_step_and_validation_of_the_journal(tmp_path):
    run = digits_run(tmp_path, mirror_csv=True, **QUICK)
    train(run)
    told = rows(run / STEPS)
    assert [int(row["step"]) for row in told] == list(range(14))
    assert [float(row["loss"]) for row in told] == losses_of(run)
    assert float(told[6]["epoch"]) == 1.0
    measured = [entry for entry in read_entries(run)[0] if isinstance(entry, Validated)]
    found = rows(run / VALIDATION)
    assert [(row["part"], int(row["step"]), float(row["loss"])) for row in found] == [
        (entry.part, entry.step, entry.loss) for entry in measured
    ]
    assert float(found[0]["f1"]) == measured[0].metrics["f1"]


def test_csv_of_a_resumed_run_is_not_doubled(tmp_path):
    run = digits_run(tmp_path, mirror_csv=True, **QUICK)
    interrupted(run)
    told = rows(run / STEPS)
    assert [int(row["step"]) for row in told] == list(range(14))
    assert [float(row["loss"]) for row in told] == losses_of(run)


def test_tensorboard_of_a_resumed_run_is_not_doubled(tmp_path):
    run = digits_run(tmp_path, mirror_tensorboard=True, **QUICK)
    interrupted(run)
    events = EventAccumulator(str(run / EVENTS), size_guidance={"scalars": 0})
    events.Reload()
    assert [e.step for e in events.Scalars("train/loss")] == list(range(14))
    assert [e.value for e in events.Scalars("train/loss")] == pytest.approx(losses_of(run))
    assert [e.step for e in events.Scalars("validation/f1")] == [7, 14]


def test_without_the_package_a_sentence_says_so(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    run = digits_run(tmp_path, mirror_tensorboard=True, epochs=1, batch_size=400)
    train(run)
    assert [e.sentence for e in read_entries(run)[0] if isinstance(e, Noted)] == [ABSENT]
    assert not (run / EVENTS).exists()
