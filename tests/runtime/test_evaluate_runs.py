"""Runs and snapshots measured alone and as one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from runtime import cli, protocol
from runtime.checkpoint import load_run
from runtime.engine import reply_to
from runtime.evaluate_runs import combined
from runtime.metrics import Task
from runtime.protocol import Answer
from runtime.questions.transfer import EvaluateEnsemble, MatchWeights
from runtime.recipe import Recipe
from runtime.runs import NETWORK, SUMMARY, Checkpointed, read_entries
from runtime.snapshots import cycle_ends
from runtime.train import train
from tests.runtime.networks import digits_run

TASK = Task("classes", "loss", ("a", "b", "c"))
ONE = torch.tensor([[2.0, 0.0, 0.0], [0.0, 0.1, 0.0]])
TWO = torch.tensor([[0.0, 0.0, 0.5], [0.0, 0.1, 0.0]])
THREE = torch.tensor([[0.0, 0.0, 0.5], [0.0, 0.0, 9.0]])


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two runs of other seeds; the second one kept the ends of its cycles."""
    folder = tmp_path_factory.mktemp("runs")
    cyclic = {"schedule": "warm_restarts", "T_0": 1, "keep_cycles": True}
    made = [digits_run(folder, seed=1), digits_run(folder, seed=2, epochs=3, **cyclic)]
    for run in made:
        train(run)
    return made


def reported(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    with pytest.raises(SystemExit) as ended:
        cli.main(["evaluate", *map(str, arguments), "--json"])
    assert ended.value.code == 0
    return dict(json.loads(capsys.readouterr().out))


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    with pytest.raises(SystemExit) as ended:
        cli.main(["evaluate", *map(str, arguments)])
    assert ended.value.code == 2
    return capsys.readouterr().err


def probabilities(run: Path) -> tuple[Tensor, Tensor]:
    """Of the test part, by hand, and the right classes."""
    loaded = load_run(run)
    data = loaded.dataset
    x = (data.columns["image"][data.test] / 16 - data.mean[0]) / data.std[0]
    with torch.inference_mode():
        return loaded.module(x.float()).softmax(1), data.columns["label"][data.test]


def test_probabilities_are_averaged() -> None:
    expected = (ONE.softmax(1) + TWO.softmax(1) + THREE.softmax(1)) / 3
    assert combined([ONE, TWO, THREE], "probabilities", TASK).softmax(1).allclose(expected)


def test_logits_are_averaged() -> None:
    assert combined([ONE, TWO, THREE], "logits", TASK).allclose((ONE + TWO + THREE) / 3)


def test_votes_are_counted_and_the_mean_probability_decides_where_they_are_even() -> None:
    assert combined([ONE, TWO, THREE], "votes", TASK).argmax(1).tolist() == [2, 1]
    assert combined([ONE, TWO], "votes", TASK).argmax(1).tolist() == [0, 1]


def test_pixels_are_combined_along_their_classes() -> None:
    pixels = Task("pixels", "loss", ("a", "b"), axis=1)
    one, two = torch.randn(2, 2, 3, 3), torch.randn(2, 2, 3, 3)
    assert combined([one, two], "votes", pixels).shape == (2, 2, 3, 3)
    assert combined([one, one, two], "votes", pixels).argmax(1).equal(one.argmax(1))


def test_numbers_are_averaged_however_they_are_combined() -> None:
    assert combined([torch.zeros(2, 1), torch.ones(2, 1)], "votes", Task("numbers", "loss")).tolist() == [[0.5]] * 2


def test_one_run_scores_what_its_summary_says(runs: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    report = reported(capsys, runs[0])
    summary = json.loads((runs[0] / SUMMARY).read_text())
    assert report["accuracy"] == pytest.approx(summary["test_accuracy"])
    assert report["loss"] == pytest.approx(summary["test_loss"])
    assert report["samples"] == 359


def test_two_runs_score_as_their_mean_probabilities_do(runs: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    (one, right), (two, _) = map(probabilities, runs)
    report = reported(capsys, *runs)
    mean = (one + two) / 2
    assert report["accuracy"] == pytest.approx(mean.argmax(1).eq(right).float().mean().item())
    loss = -mean[torch.arange(len(right)), right.long()].log().mean().item()
    assert report["loss"] == pytest.approx(loss, rel=1e-4)
    assert [member["name"] for member in report["members"]] == [run.name for run in runs]


def test_votes_have_no_loss(runs: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    report = reported(capsys, *runs, "--combine", "votes", "--part", "validation")
    assert "loss" not in report
    assert report["part"] == "validation"
    assert 0.5 < report["accuracy"] <= 1


def test_each_cycle_leaves_a_snapshot_at_its_end(runs: list[Path]) -> None:
    kept = [e for e in read_entries(runs[1])[0] if isinstance(e, Checkpointed) and "cycle" in e.file]
    assert [(e.step, e.file) for e in kept] == [
        (40 * n, f"checkpoints/cycle-{n:03d}.safetensors") for n in (1, 2, 3)
    ]  # fmt: skip


def test_snapshots_are_an_ensemble(runs: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    report = reported(capsys, runs[1], "--snapshots")
    assert [member["name"].split("/")[1] for member in report["members"]] == ["cycle-001", "cycle-002", "cycle-003"]
    one = reported(capsys, runs[1] / "checkpoints" / "cycle-002.safetensors")
    assert one["accuracy"] == pytest.approx(report["members"][1]["accuracy"])


def test_cycles_end_where_the_rate_does() -> None:
    def first(recipe: Recipe) -> list[int]:
        return [end for end, _ in zip(cycle_ends(recipe, 10), range(3), strict=False)]

    assert first(Recipe(schedule="warm_restarts", T_0=2, T_mult=2)) == [20, 60, 140]
    assert first(Recipe(schedule="warm_restarts", T_0=2, warmup_epochs=0.5)) == [25, 45, 65]
    assert first(Recipe(schedule="cyclic", step_size_up=0.5, step_size_down=1.0)) == [15, 30, 45]


def test_a_network_file_is_measured_with_the_weights_it_starts_from(
    runs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "digits.netw"
    file.write_bytes((runs[0] / NETWORK).read_bytes())
    assert "has no trained weights" in refused(capsys, file)
    report = reported(capsys, file, "--set", f"recipe.start_from={runs[0]}")
    assert report["accuracy"] == pytest.approx(reported(capsys, runs[0])["accuracy"])


def test_what_cannot_be_combined_is_refused_in_words(
    runs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = digits_run(tmp_path, {"seed": 5}, epochs=1)
    train(other)
    assert "was made with other data than" in refused(capsys, runs[0], other)
    assert "has no snapshots. Train with the schedule" in refused(capsys, runs[0], "--snapshots")
    assert "--combine is sums. Choose probabilities, logits, votes." in refused(capsys, *runs, "--combine", "sums")
    assert "There is no" in refused(capsys, tmp_path / "nothing")


def test_the_table_tells_each_and_all(runs: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["evaluate", *map(str, runs)])
    told = capsys.readouterr().out
    assert "together (probabilities)" in told
    assert "359 samples of the test part." in told


def test_the_engine_measures_an_ensemble(runs: list[Path]) -> None:
    reply = reply_to(protocol.encode(EvaluateEnsemble(1, [str(run) for run in runs], combine="logits")))
    assert isinstance(reply, Answer)
    assert reply.result["combine"] == "logits"
    assert len(reply.result["members"]) == 2


def test_the_engine_says_what_a_network_would_take(runs: list[Path]) -> None:
    text = (runs[0] / NETWORK).read_text()
    reply = reply_to(protocol.encode(MatchWeights(1, text, str(runs[1]), fresh="fc")))
    assert isinstance(reply, Answer)
    states = {row["node"]: row["state"] for row in reply.result["rows"]}
    assert states == {"conv": "by name", "fc": "fresh"}
    assert reply.result["left_over"] == ["fc.weight", "fc.bias"]
