"""``netwright search`` from end to end: real trainings, processes, kills."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from nodes.graph.files import load, save
from nodes.spec.search import Mark
from runtime import cli, runs
from runtime.search import folder as files
from runtime.search.folder import ask_to_stop, read_table
from runtime.search.prepare import Wishes, resume
from tests.runtime.search.networks import RATE, marked, prepared, worked

ROOT = Path(__file__).parents[3]


def _searched(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(["search", *map(str, arguments)])
    return int(ended.value.code or 0)


def test_a_search_finds_a_good_learning_rate(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    save(marked(epochs=30), tmp_path / "digits.netw")
    arguments = (tmp_path / "digits.netw", "--out", tmp_path / "s", "--trials", 4, "--sampler", "grid", "--points", 4)
    assert _searched(*arguments, "--json", "--epochs", 2) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["metric"] == "accuracy"
    assert 0.005 < report["best"]["values"]["recipe.learning_rate"] < 0.5  # of 0.0001, 0.005, 0.2, 10
    assert report["best"]["value"] > 0.85
    assert len(report["trials"]) == 4
    best = load(Path(report["best_network"])).network
    assert best.recipe["learning_rate"] == report["best"]["values"]["recipe.learning_rate"]
    assert (
        load(Path(report["best_run"]) / runs.NETWORK).network.recipe["learning_rate"] == best.recipe["learning_rate"]
    )
    assert (Path(report["best_run"]) / runs.SUMMARY).exists()


def test_a_drawing_with_an_error_is_pruned_with_its_reason(tmp_path: Path):
    network = marked({})
    graph = network.graph.with_searched("conv", {"kernel_size": Mark(choices=((3, 3), (11, 11)))})
    search = prepared(tmp_path, dataclasses.replace(network, graph=graph), sampler="grid")
    assert sorted(state for _, state in worked(search)) == ["done", "pruned"]
    reason = next(row.reason for row in read_table(search.folder).rows if row.state == "pruned")
    assert "conv: The 11" in reason
    assert "kernel is larger" in reason


def test_a_loss_that_is_no_number_ends_its_trial_only(tmp_path: Path):
    search = prepared(tmp_path, marked({"recipe.learning_rate": Mark(choices=(0.05, 100.0))}), sampler="grid")
    assert sorted(state for _, state in worked(search)) == ["done", "pruned"]
    row = next(row for row in read_table(search.folder).rows if row.state == "pruned")
    assert "learning rate 100" in row.reason


def test_a_trial_that_falls_behind_is_ended_before_its_last_epoch(tmp_path: Path):
    rates = Mark(choices=(0.05, 0.06, 0.07, 0.08, 1e-7))
    search = prepared(tmp_path, marked({"recipe.learning_rate": rates}, epochs=4), sampler="grid")
    worked(search)
    row = next(row for row in read_table(search.folder).rows if row.values["recipe.learning_rate"] == 1e-7)
    assert (row.state, row.validations) == ("pruned", 2)
    assert row.reason == "After validation 2 it was behind the others."
    entries, _ = runs.read_entries(search.folder / files.RUNS / row.run)
    assert max(entry.epoch for entry in entries if isinstance(entry, runs.Validated)) == 2


def test_two_processes_share_a_search_without_doubles(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    save(marked(), tmp_path / "digits.netw")
    arguments = ("--out", tmp_path / "s", "--trials", 4, "--sampler", "random", "--jobs", 2, "--json")
    assert _searched(tmp_path / "digits.netw", *arguments) == 0
    rows = json.loads(capsys.readouterr().out)["trials"]
    assert len({row["values"]["recipe.learning_rate"] for row in rows}) == len(rows) == 4
    assert len(list((tmp_path / "s" / files.RUNS).iterdir())) == 4


def test_a_killed_search_goes_on_where_it_was(tmp_path: Path):
    search = prepared(tmp_path, marked(RATE, epochs=400), sampler="random", trials=1)
    command = [sys.executable, "-m", "runtime", "search", "--resume", str(search.folder), "--json"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    while not any((search.folder / files.RUNS).glob("*/checkpoints/last.safetensors")):
        assert process.poll() is None
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    begun = next((search.folder / files.RUNS).iterdir())
    runs.revise_run(begun, ["recipe.epochs=1"])  # so that its resumption ends at once
    assert worked(resume(search.folder, Wishes())) == [(1, "done")]
    rows = read_table(search.folder).rows
    assert {row.number: row.state for row in rows} == {0: "failed", 1: "done"}
    assert {row.run for row in rows} == {begun.name}


def test_a_stopped_search_goes_on_where_it_was(tmp_path: Path):
    search = prepared(tmp_path, marked(epochs=4000), sampler="random", trials=1)
    stopper = threading.Thread(target=_stop_once_it_trains, args=(search.folder,))
    stopper.start()
    assert worked(search) == [(0, "stopped")]
    stopper.join()
    (begun,) = (search.folder / files.RUNS).iterdir()
    rows = {row.number: row for row in read_table(search.folder).rows}
    assert (rows[0].reason, rows[1].state) == ("The search was stopped. It is begun again.", "waiting")
    runs.revise_run(begun, ["recipe.epochs=1"])  # so that its resumption ends at once
    assert worked(resume(search.folder, Wishes())) == [(1, "done")]
    assert list((search.folder / files.RUNS).iterdir()) == [begun]


def _stop_once_it_trains(folder: Path) -> None:
    while not any((folder / files.RUNS).glob("*/checkpoints/last.safetensors")):
        time.sleep(0.01)
    ask_to_stop(folder)


def test_a_search_that_is_told_to_stop_begins_nothing(tmp_path: Path):
    search = prepared(tmp_path, marked(), sampler="random", trials=2)
    ask_to_stop(search.folder)
    assert worked(search) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--sampler", "best"], "--sampler is best. It is one of tpe, random, grid."),
        (["--metric", "iou"], "metric is iou, which is not measured for this network and its data."),
        (["--set", "data.validation=0"], "validation part, which has no samples"),
        (["--trials", "0"], "--trials"),
    ],
)
def test_bad_wishes_get_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments, words):
    save(marked(), tmp_path / "digits.netw")
    assert _searched(tmp_path / "digits.netw", "--out", tmp_path / "s", *arguments) == cli.BAD_INPUT
    assert words in capsys.readouterr().err


def test_without_a_file_or_a_search_there_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert _searched() == cli.BAD_INPUT
    assert _searched("--resume", tmp_path) == cli.BAD_INPUT
    assert "holds no search" in capsys.readouterr().err
