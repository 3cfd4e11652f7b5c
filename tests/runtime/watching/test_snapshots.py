"""Snapshots: what is kept for looking back, how small it is, and which are thinned out."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
import torch
from torch import nn

from runtime.checkpoint import load_weights
from runtime.engine import replies_to
from runtime.protocol import Answer, Refused, encode
from runtime.questions.stepwise import ReadSnapshot
from runtime.runs import Entry, RollBack, Snapshot, Started, TrainingError, Validated, read_entries, send
from runtime.train import train
from runtime.watching import snapshot_files, snapshots
from runtime.watching.snapshot_files import read_snapshot
from runtime.watching.snapshot_names import file_of, nearest, steps_kept
from runtime.watching.snapshots import pinned
from runtime.watching.watched_layers import WatchedLayer
from tests.runtime.networks import digits_run


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = digits_run(tmp_path_factory.mktemp("runs"), epochs=2, pinned_samples="5, 0", keep="last")
    train(run)
    return run


def test_there_is_one_at_the_beginning_and_one_for_each_validation(finished: Path) -> None:
    assert steps_kept(finished) == [0, 40, 80]
    told = [e for e in read_entries(finished)[0] if isinstance(e, Snapshot)]
    assert [(e.step, e.epoch, e.file) for e in told] == [(s, s / 40, file_of(s)) for s in (0, 40, 80)]
    assert (nearest(finished, 79), nearest(finished, 1000)) == (40, 80)


def test_filters_are_the_weights_as_bytes(finished: Path) -> None:
    tensors, facts = read_snapshot(finished / file_of(80))
    weight = load_weights(finished, "last")["conv.weight"]
    assert tensors["filters"].shape == (4, 3, 3, 1)
    assert facts["filters_of"] == "conv"
    low, high = tensors["low/filters"], tensors["high/filters"]
    back = tensors["filters"].permute(0, 3, 1, 2) / 255 * (high - low) + low
    assert torch.allclose(back, weight, atol=((high - low) / 255).item())


def test_activations_histograms_and_confusion(finished: Path) -> None:
    tensors, facts = read_snapshot(finished / file_of(80))
    assert tensors["activation/conv"].shape == (2, 4, 6, 6)
    assert tensors["activation/fc"].shape == (2, 10)
    assert len(facts["samples"]) == 2
    assert tensors["histogram/fc.weight"].sum() == 4 * 36 * 10
    assert tensors["confusion"].sum() == 180
    assert "confusion" not in read_snapshot(finished / file_of(0)).tensors


def test_the_engine_reads_the_nearest_before_a_step(finished: Path) -> None:
    (answer,) = replies_to(encode(ReadSnapshot(3, str(finished), 79)))
    assert isinstance(answer, Answer)
    assert (answer.result["step"], answer.result["steps"]) == (40, [0, 40, 80])
    told = answer.result["tensors"]["filters"]
    tensors, _ = read_snapshot(finished / file_of(40))
    assert (told["shape"], told["dtype"]) == ([4, 3, 3, 1], "uint8")
    assert base64.b64decode(told["data"]) == tensors["filters"].numpy().tobytes()


def test_the_engine_says_where_nothing_was_kept(tmp_path: Path) -> None:
    (reply,) = replies_to(encode(ReadSnapshot(3, str(tmp_path), 79)))
    assert isinstance(reply, Refused)
    assert reply.remedy == "Turn snapshots on in the recipe, and train again."


def test_a_snapshot_is_small(finished: Path) -> None:
    assert (finished / file_of(80)).stat().st_size < 16_000


def test_close_validations_are_passed_over_until_their_share_is_earned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept(share: float) -> int:
        monkeypatch.setattr(snapshots, "SHARE", share)
        run = digits_run(tmp_path, epochs=1, validate_unit="steps", validate_every=4)
        train(run)
        assert len([e for e in read_entries(run)[0] if isinstance(e, Validated)]) == 10 + 1
        return len(steps_kept(run))

    assert kept(0.0) == snapshots.FIRST
    assert kept(1.0) == 1 + 10


def test_too_many_are_thinned_and_the_ends_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_files, "MOST", 8)
    contents = snapshot_files.SnapshotContents({"filters": torch.zeros(1)}, {})
    for step in range(0, 400, 10):
        snapshot_files.write_snapshot(tmp_path, step, contents)
        assert len(steps_kept(tmp_path)) <= 8
    assert (steps_kept(tmp_path)[0], steps_kept(tmp_path)[-1]) == (0, 390)


def test_a_run_that_goes_on_forgets_later_ones(tmp_path: Path) -> None:
    for step in (0, 10, 20):
        snapshot_files.write_snapshot(tmp_path, step, snapshot_files.SnapshotContents({}, {}))
    snapshot_files.forget_after(tmp_path, 10)
    assert steps_kept(tmp_path) == [0, 10]


def test_a_training_that_goes_back_forgets_what_it_leaves(tmp_path: Path) -> None:
    run = digits_run(tmp_path, epochs=2, batch_size=629, validate_unit="steps")  # 2 steps in an epoch
    is_sent = False

    def react(entry: Entry) -> None:
        nonlocal is_sent
        if isinstance(entry, Validated) and entry.step == 3 and not is_sent:
            is_sent = True
            send(run, RollBack(2, 0.5))

    train(run, on_entry=react)
    told, _ = read_entries(run)
    back = [entry.resumed_at for entry in told if isinstance(entry, Started)]
    assert back == [0, 2]
    assert steps_kept(run) == [0, 1, 2, 3, 4]
    made = [entry.step for entry in told if isinstance(entry, Snapshot)]
    assert made == [0, 1, 2, 3, 3, 4]


def test_pinned_samples_are_counted_from_0() -> None:
    assert pinned("", 3) == [0, 1, 2]
    assert pinned("7, 2", 8) == [7, 2]
    with pytest.raises(TrainingError, match="Write numbers from 0 to 7"):
        pinned("8", 8)


def test_of_many_layers_some_are_kept_from_the_first_to_the_last() -> None:
    layers = [WatchedLayer(f"fc{number}", f"fc{number}", nn.Identity()) for number in range(100)]
    kept = [layer.path for layer in snapshots.some_of(layers)]
    assert (len(kept), kept[0], kept[-1]) == (snapshots.MOST_LAYERS, "fc0", "fc99")
    assert len(set(kept)) == len(kept)
    assert snapshots.some_of(layers[:3]) == layers[:3]
