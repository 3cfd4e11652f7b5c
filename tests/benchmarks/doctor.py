"""The training doctor on ten healthy runs and on every fault; and what watching a training costs.

The runs of the doctor are those of its tests. Watched and unwatched trainings take turns; a figure is the median of
the rounds' ratios.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

from nodes.graph.model import Network
from runtime.doctor.diagnosis import diagnose
from runtime.doctor.history import History
from runtime.runs import LayerNumbers, LayerStatistics, Progress, Samples, Started, create_run
from runtime.stepwise.preflight import asked
from runtime.stepwise.subject import Subject
from runtime.train import train
from runtime.watching.pace import Pace
from tests.benchmarks.figures import Figure
from tests.runtime.doctor.patients import FAULTS, HEALTHY, Patient, layers, trained
from tests.runtime.networks import lenet5_graph

MNIST = Path("../shared/data/mnist")
ROUNDS = 5
STEPS = 400
LONG = 1_000_000  # steps of the long run


def run() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        silent = [patient for patient in HEALTHY if not _rules(root, patient)]
        yield Figure("doctor: healthy runs that it is silent on", len(silent), "of 10", 10, "higher")
        found = [patient for patient in FAULTS if _rules(root, patient) == [patient.rule]]
        yield Figure("doctor: faults told by their own rule", len(found), f"of {len(FAULTS)}", len(FAULTS), "higher")
        yield from _cost_of_watching(root)
    yield Figure("doctor: diagnosis of a run of 1e6 steps", 1e3 * _diagnosis_seconds(), "ms", 50)
    if MNIST.is_dir():
        yield Figure("preflight: LeNet-5 on MNIST, all checks", _preflight_seconds(), "s", 60)


def _rules(root: Path, patient: Patient) -> list[str]:
    network = patient.network(root)
    return [finding.rule for finding in diagnose(trained(root, network), network)]


def _cost_of_watching(root: Path) -> Iterator[Figure]:
    """Both trainings of a round follow each other, in turns first and second."""
    if not MNIST.is_dir():
        return
    ratios = []
    for number in range(ROUNDS + 1):
        kinds = ("by time", "off") if number % 2 else ("off", "by time")
        seconds = {kind: _seconds(root, kind) for kind in kinds}
        if number:  # the first warms up
            ratios.append(seconds["by time"] / seconds["off"])
    yield Figure("watching: time beside that without it", statistics.median(ratios), "×", 1.01)
    yield Figure("watching: its own share of the time", _own_share(root), "%", 1.0)


def _own_share(root: Path) -> float:
    """What the watcher itself counts of a run: what other programs take is left out."""
    spent: list[float] = []
    spend = Pace.spend

    def counted(pace: Pace, seconds: float) -> None:
        spent.append(seconds)
        spend(pace, seconds)

    with patch.object(Pace, "spend", counted):
        seconds = _seconds(root, "by time", 4 * STEPS)
    return 100 * sum(spent) / seconds


def _seconds(root: Path, watch: str, steps: int = STEPS) -> float:
    recipe = {"watch": watch, "snapshots": False, "max_steps": steps, "epochs": 10, "batch_size": 64, "device": "cpu"}
    data = {"source": str(MNIST.resolve()), "validation": 0.02, "test": 0.0}
    folder = create_run(root, Network(lenet5_graph(), "lenet", data=data, recipe=recipe))
    times: list[float] = []
    train(folder, on_entry=lambda entry: times.append(time.perf_counter()) if isinstance(entry, Progress) else None)
    return times[-1] - times[0]


def _diagnosis_seconds() -> float:
    """Of a history that has been heard already, as in a window that follows a run."""
    history = History([Started(0.0, 1, LONG, Samples(1, 1, 1), 1, "cpu", 1)])
    numbers = LayerNumbers(0.0, 1.0, gradient_norm=0.1, weight_norm=3.0, update_ratio=1e-3)
    names = [f"fc{number}" for number in range(1, 41)]
    for first in range(0, LONG, 1000):
        losses = [2.0 / (1 + step / LONG) for step in range(first, first + 1000)]
        watched = LayerStatistics(first, 8, dict.fromkeys(names, numbers))
        history.take([Progress(first, 0.0, losses, [], 0.01, 1.0, 0.0), watched])
    network = Network(layers(count=40), "long")
    began = time.perf_counter()
    diagnose(history, network)
    return time.perf_counter() - began


def _preflight_seconds() -> float:
    network = Network(lenet5_graph(), "lenet", data={"source": str(MNIST.resolve())}, recipe={"device": "cpu"})
    began = time.perf_counter()
    list(asked(Subject(network, Path())))
    return time.perf_counter() - began
