"""What the panel says of a training beside its curves."""

from __future__ import annotations

import pytest

from designer.figures import moment
from designer.training.standing import Standing
from runtime.runs import Finished, Noted, Progress, Samples, Started, StepTime, Validated


def started(resumed_at: int = 0) -> Started:
    return Started(0.0, 10, 40, Samples(100, 20, 20), 32, "cpu", 1, resumed_at)


def test_why_a_run_ended_stands_below_its_result() -> None:
    standing = Standing()
    standing.take([started(), Finished(80, 4.0, "target", "The validation loss is 0.3: the target 0.3 is reached.")])
    assert standing.told() == "The validation loss is 0.3: the target 0.3 is reached."


def test_the_last_notes_and_the_metrics_beside_loss_and_accuracy() -> None:
    standing = Standing()
    notes = [Noted(n, f"Note {n}.") for n in range(5)]
    metrics = {"accuracy": 0.9, "f1": 0.875, "top5_accuracy": 1.0}
    standing.take([started(), *notes, Validated(40, 1.0, "validation", 0.5, 0.9, metrics)])
    assert standing.told().split("\n") == [
        "Note 2.", "Note 3.", "Note 4.", "Validation: F1 0.875 · top-5 accuracy 1.00",
    ]  # fmt: skip


def test_the_test_part_is_told_at_the_end() -> None:
    standing = Standing()
    standing.take([started(), Validated(40, 1.0, "validation", 0.5, None, {"iou": 0.5})])
    standing.take([Validated(40, 1.0, "test", 0.5, None, {"iou": 0.25}), Finished(40, 1.0, "done")])
    assert standing.told() == "Test: IoU 0.250"


def test_a_run_that_was_resumed_keeps_its_notes() -> None:
    standing = Standing()
    standing.take([started(), Noted(40, "Rate 0.005."), started(40)])
    assert standing.told() == "Rate 0.005."
    standing.take([started()])
    assert standing.told() == ""


def test_a_run_that_ended_early_was_not_in_the_next_epoch() -> None:
    standing = Standing()
    standing.take([started(), Progress(0, 3.0, [0.5], [], 0.1, 100.0, 9.0)])
    assert standing.line("running").startswith("epoch 4 of 10")
    standing.take([Finished(120, 1.0, "early")])
    assert standing.line("finished").startswith("epoch 3 of 10")


def test_the_memory_that_is_taken_stands_beside_the_device() -> None:
    standing = Standing()
    times = StepTime(1, 0.1, 0.1, 0.1, 0.1, 812_000_000)
    standing.take([started(), Progress(0, 3.0, [0.5], [], 0.1, 100.0, 9.0), times])
    assert standing.line("running").endswith("CPU, 774 MiB")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.00124, "1.24 ms"), (0.31, "310 ms"), (0.99949, "999 ms"), (0.9996, "1 s"), (1.484, "1.48 s")],
)
def test_a_short_time_is_told_in_ms_or_s(seconds, words):
    assert moment(seconds) == words
