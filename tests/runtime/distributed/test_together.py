"""Two processes train what one does: the same losses, each sample once, one journal, exact resumption."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch

from nodes.activation import ReLU
from nodes.boundary import Input
from nodes.conv import Conv2d
from nodes.graph.files import save
from nodes.graph.model import Graph, Network
from nodes.linear import Linear
from nodes.normalization import BatchNorm2d
from nodes.recurrent import LSTM
from nodes.reshape import Flatten
from runtime.checkpoint import load_weights
from runtime.runs import (
    LAST,
    NETWORK,
    Entry,
    Finished,
    Pause,
    Started,
    Validated,
    create_run,
    read_entries,
    send,
)
from runtime.train import train
from tests.runtime.distributed.pair import free_port, note, train_by_two
from tests.runtime.journals import loss_by_step
from tests.runtime.networks import chained, digits_graph
from tests.runtime.sequences.networks import text_of, text_run

EPOCHS = 8  # of the run that is killed
DROPPED = 2  # epochs of those with dropout
DATA = {"source": "digits"}
RECIPE: dict[str, Any] = {
    "epochs": 2,
    "batch_size": 55,
    "device": "cpu",
    "learning_rate": 0.05,
}  # 1,258 = 22 · 55 + 48
SHARED = {"sync_batch_norm": True, "optimizer": "Adam", "clip_grad_norm": 0.5, "l1": 1e-4, "learning_rate": 0.002}
RECIPES: dict[str, dict[str, Any]] = {
    "accumulated": {"accumulation_steps": 3, "batch_size": 27},
    "normalised": SHARED,
    "parted": SHARED | {"strategy": "fsdp"},
    "searched": {"optimizer": "LBFGS", "max_iter": 3, "epochs": 1, "batch_size": 400},
    "averaged": SHARED | {"strategy": "fsdp", "averaging": "EMA", "ema_decay": 0.9, "max_norm": 0.5},
    "parted and scaled": SHARED | {"strategy": "fsdp", "precision": "fp16"},
    "averaged by epochs": SHARED | {"strategy": "fsdp", "averaging": "SWA", "swa_start": 0},
    "small last": {"batch_size": 251, "max_steps": 6, "epochs": 1},  # the last batch has 3 samples
}

CARRIED: dict[str, Any] = {"carry_state": True, "batch_size": 9, "accumulation_steps": 2, "epochs": 3}
SHORT = (5, 2)  # parts of the last batch, of seven samples


def plain_graph() -> Graph:
    """Without dropout, which draws otherwise in each process."""
    return chained(
        Input(size=(1, 8, 8)),
        ("conv", Conv2d(out_channels=4, kernel_size=(3, 3))),
        ("norm", BatchNorm2d()),
        ("relu", ReLU()),
        ("flatten", Flatten()),
        ("fc", Linear(out_features=10)),
    )


def scores(entries: list[Entry]) -> list[Validated]:
    return [entry for entry in entries if isinstance(entry, Validated)]


def made(folder: Path, name: str, graph: Graph, recipe: dict[str, Any]) -> Path:
    return create_run(folder, Network(graph, data=DATA, recipe=RECIPE | recipe), name)


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> dict[str, Path]:
    """Every run, by name: trained by two and, as ``… alone``, by one."""
    folder = tmp_path_factory.mktemp("together")
    graph = plain_graph()
    found = {name: made(folder, name, graph, {"sync_batch_norm": True} | recipe) for name, recipe in RECIPES.items()}
    dropout = {"epochs": DROPPED, "optimizer": "Adam", "learning_rate": 0.002}
    found |= {name: made(folder, name, digits_graph(), dropout) for name in ("stopped", "whole")}
    found["by itself"] = made(folder, "by itself", graph, {})
    for name in ("carried", "carried and stopped", "carried alone"):
        found[name] = text_run(folder / name, text_of(700), layer=LSTM(8, num_layers=2), **CARRIED)
    plan: list[tuple[Path, dict[str, Any]]] = [
        (run, {}) for name, run in found.items() if not name.endswith(("stopped", "alone"))
    ]
    for name, stop in (("stopped", 20), ("carried and stopped", 3)):
        plan += [(found[name], {"stop": stop}), (found[name], {"resume": True})]
    train_by_two(folder, plan)
    train(found["carried alone"])
    for name, recipe in RECIPES.items():
        found[f"{name} alone"] = made(folder, f"{name} alone", graph, recipe | {"strategy": "ddp"})
        train(found[f"{name} alone"])
    return found


@pytest.mark.parametrize("name", [*RECIPES, "carried"])
def test_losses_are_those_of_one_process(runs, name):
    together, alone = read_entries(runs[name])[0], read_entries(runs[f"{name} alone"])[0]
    assert loss_by_step(together) == pytest.approx(loss_by_step(alone), rel=1e-3, abs=1e-5)
    assert [s.loss for s in scores(together)] == pytest.approx([s.loss for s in scores(alone)], rel=1e-3)


@pytest.mark.parametrize("name", [*RECIPES, "by itself", "whole", "carried", "carried and stopped"])
def test_both_have_the_same_weights(runs, name):
    first, second = note(runs[name], 0), note(runs[name], 1)
    assert first.weights == second.weights


@pytest.mark.parametrize("name", ["normalised", "whole"])
def test_no_sample_is_missing_or_taken_twice(runs, name):
    first, second = note(runs[name], 0).rows, note(runs[name], 1).rows
    assert len(first) == len(second)
    steps = next(e for e in read_entries(runs[name])[0] if isinstance(e, Started)).steps_per_epoch
    for epoch in range(len(first) // steps):
        taken = Counter(
            row for rows in (first, second) for batch in rows[epoch * steps : (epoch + 1) * steps] for row in batch
        )
        assert len(taken) == 1258
        assert set(taken.values()) == {1}


def test_parts_of_a_batch_differ_by_one_sample_at_most(runs):
    sizes = {
        (len(a), len(b))
        for a, b in zip(note(runs["normalised"], 0).rows, note(runs["normalised"], 1).rows, strict=True)
    }
    assert sizes == {(28, 27), (24, 24)}


def test_a_weight_file_of_parted_weights_is_whole(runs):
    parted, alone = load_weights(runs["parted"], "last"), load_weights(runs["parted alone"], "last")
    for name, value in alone.items():
        torch.testing.assert_close(parted[name], value, rtol=1e-3, atol=1e-4)


def test_a_note_says_what_batch_normalisation_sees(runs):
    (started,) = [e for e in read_entries(runs["by itself"])[0] if isinstance(e, Started)]
    assert any("27 samples of a batch, not all 55" in sentence for sentence in started.notes)


def test_one_journal_says_all_once(runs):
    entries = read_entries(runs["whole"])[0]
    assert list(loss_by_step(entries)) == list(range(DROPPED * 23))
    assert sum(isinstance(entry, Finished) for entry in entries) == 1


def test_a_text_is_read_on_by_both_to_its_short_last_batch(runs):
    rows = note(runs["carried"], 0).rows, note(runs["carried"], 1).rows
    sizes = [(len(a), len(b)) for a, b in zip(*rows, strict=True)]
    assert set(sizes[:-1]) == {(5, 4), SHORT}
    assert sizes[-1] == SHORT  # the second has one place less of its own there, not an even part


@pytest.mark.parametrize(("name", "same", "step"), [("stopped", "whole", 20), ("carried and stopped", "carried", 3)])
def test_a_stopped_run_goes_on_bit_by_bit(name, same, step, runs):
    stopped, whole = read_entries(runs[name])[0], read_entries(runs[same])[0]
    assert any(isinstance(entry, Started) and entry.resumed_at >= step for entry in stopped)
    assert loss_by_step(stopped) == loss_by_step(whole)
    assert [s for s in scores(stopped) if s.part == "validation"] == [
        s for s in scores(whole) if s.part == "validation"
    ]


def test_torchrun_starts_again_from_the_last_checkpoint_when_a_process_is_killed(tmp_path):
    file = tmp_path / "digits.netw"
    save(Network(plain_graph(), data=DATA, recipe=RECIPE | {"epochs": EPOCHS}), file)
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--max-restarts", "1"]
    command += ["--monitor-interval", "0.1", "--master-port", str(free_port())]
    command += ["-m", "runtime.train", str(file), "--out", str(tmp_path / "runs")]
    launched = subprocess.Popen(command, env=os.environ | {"OMP_NUM_THREADS": "1"}, stderr=subprocess.PIPE)
    last = paused_run(tmp_path / "runs")
    psutil.Process(launched.pid).children()[-1].kill()
    _, said = launched.communicate(timeout=100)
    assert launched.returncode == 0, said.decode()
    (run,) = (tmp_path / "runs").iterdir()
    assert run == last
    entries = read_entries(run)[0]
    assert [e.resumed_at > 0 for e in entries if isinstance(e, Started)] == [False, True]
    assert list(loss_by_step(entries)) == list(range(EPOCHS * 23))
    assert isinstance(entries[-1], Finished)


def paused_run(out: Path) -> Path:
    """The run that is begun there, once it waits at its first checkpoint; the next start does not wait."""
    while not (found := list(out.glob(f"*/{NETWORK}"))):
        time.sleep(0.01)
    run = found[0].parent
    send(run, Pause())
    while not (run / LAST).is_file():
        time.sleep(0.05)
    return run


def test_two_machines_meet_and_have_the_losses_of_one_process(tmp_path, runs):
    """Two launches that find each other by a rendezvous, as on two computers with one disk."""
    file = tmp_path / "digits.netw"
    save(Network(plain_graph(), data=DATA, recipe=RECIPE | RECIPES["normalised"]), file)
    command = [sys.executable, "-m", "torch.distributed.run", "--nnodes", "2", "--nproc-per-node", "1"]
    command += ["--rdzv-backend", "c10d", "--rdzv-endpoint", f"127.0.0.1:{free_port()}", "--rdzv-id", "pair"]
    command += ["-m", "runtime.train", str(file), "--out", str(tmp_path / "runs")]
    machines = [
        subprocess.Popen(command, env=os.environ | {"OMP_NUM_THREADS": "1"}, stderr=subprocess.PIPE) for _ in range(2)
    ]
    for machine in machines:
        _, said = machine.communicate(timeout=100)
        assert machine.returncode == 0, said.decode()
    (run,) = (tmp_path / "runs").iterdir()
    together, alone = read_entries(run)[0], read_entries(runs["normalised alone"])[0]
    assert loss_by_step(together) == pytest.approx(loss_by_step(alone), rel=1e-3, abs=1e-5)
