"""SIGKILL, at any moment, of trainings that remember more than their weights: nothing is lost or doubled."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nodes.graph.model import Network
from nodes.recurrent import LSTM
from runtime.checkpoint import load_weights
from runtime.runs import Entry, Finished, GeneratorLoss, Started, Validated, create_run, read_entries
from runtime.train import train
from tests.runtime.data.test_streaming import graph as picture_network
from tests.runtime.data.test_streaming import picture_folder
from tests.runtime.journals import loss_by_step
from tests.runtime.killing import begin, kill, wait_for_checkpoints
from tests.runtime.networks import digits_run
from tests.runtime.sequences.networks import text_of, text_run
from tests.runtime.test_adversarial import ring


def digits(**recipe: Any) -> Callable[[Path], Path]:
    return lambda folder: digits_run(folder, **{"epochs": 8, **recipe})


def pictures(folder: Path) -> Path:
    """Read from the disk by processes, shifted and turned."""
    source = picture_folder(folder / "pictures", each=80)
    data = {"source": str(source), "memory": 0.0, "workers": 2}
    recipe = {"epochs": 12, "batch_size": 8, "device": "cpu", "shift": 0.2, "rotation": 20.0}
    return create_run(folder / "runs", Network(picture_network(), "pictures", data=data, recipe=recipe))


def text(folder: Path) -> Path:
    return text_run(folder, text_of(4000), layer=LSTM(8), carry_state=True, epochs=6)


def adversaries(folder: Path) -> Path:
    return create_run(folder, ring(discriminator_steps=2, epochs=12))


RUNS: dict[str, Callable[[Path], Path]] = {
    "on disk": pictures,
    "carried": text,
    "adversaries": adversaries,
    "SWA": digits(averaging="SWA", swa_start=0, schedule="plateau", patience=0),
    "LBFGS": digits(optimizer="LBFGS", batch_size=256, max_iter=4),
    "fp16": digits(precision="fp16", optimizer="Adam", batch_size=128),
    "mixed": digits(mixup=0.4, cutmix=1.0, zoom=0.2),
}


def told(entries: list[Entry]) -> list[Any]:
    """What does not depend on when it was written: scores, and the losses of a generator."""
    found: list[Any] = [entry for entry in entries if isinstance(entry, Validated)]
    for entry in entries:
        if isinstance(entry, GeneratorLoss):
            found += [(entry.first_step + n * entry.every, loss) for n, loss in enumerate(entry.loss)]
    return found


@pytest.mark.parametrize("name", RUNS)
def test_a_killed_run_tells_what_one_never_stopped_does(name: str, tmp_path: Path) -> None:
    whole, killed = (RUNS[name](tmp_path / one) for one in ("whole", "killed"))
    train(whole)
    process = begin(killed)
    wait_for_checkpoints(killed, 2)
    time.sleep(random.uniform(0, 0.2))
    kill(process)
    train(killed, resume=True)
    expected, entries = read_entries(whole)[0], read_entries(killed)[0]
    assert max(entry.resumed_at for entry in entries if isinstance(entry, Started)) > 0
    assert loss_by_step(entries) == loss_by_step(expected)
    assert told(entries) == told(expected)
    assert isinstance(entries[-1], Finished)
    weights = load_weights(killed, "last")
    assert all(value.equal(weights[key]) for key, value in load_weights(whole, "last").items())
