"""Two processes beside one: training speed of LeNet-5 on MNIST over gloo, one thread for each process.

The two take turns; a figure is the median of the rounds' ratios. Speed is the run's own: samples in its steps by the
time of its steps, which the summary has.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from nodes.graph.files import save
from nodes.graph.model import Network
from runtime.runs import SUMMARY
from tests.benchmarks.figures import AbsentError, Figure
from tests.benchmarks.loop import CHOICE, MNIST, MOMENTUM, RATE
from tests.runtime.networks import lenet5_graph

GOALS = {128: 1.5, 512: 1.75}
ROUNDS = 3
STEPS = {128: 240, 512: 60}


def run() -> Iterable[Figure]:
    """Raises AbsentError where MNIST is not beside the project, or where there is one core."""
    if not MNIST.is_dir():
        raise AbsentError(f"{MNIST} is not here.")
    if (os.cpu_count() or 1) < 2:
        raise AbsentError("Two processes need two cores.")
    for batch_size, goal in GOALS.items():
        ratios = []
        for _ in range(ROUNDS):
            alone, together = (_speed(batch_size, processes) for processes in (1, 2))
            ratios.append(together / alone)
        at = f"LeNet-5 on MNIST, batch {batch_size}"
        yield Figure(f"{at}: two processes / one", statistics.median(ratios), "×", goal, "higher")


def _speed(batch_size: int, processes: int) -> float:
    """Samples per second of a run of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recipe = {
            "max_steps": STEPS[batch_size], "epochs": 1_000, "batch_size": batch_size, "learning_rate": RATE,
            "momentum": MOMENTUM, "device": "cpu", "validate_every": 1_000,
        }  # fmt: skip
        choice = CHOICE | {"source": str(MNIST.resolve())}
        save(Network(lenet5_graph(), data=choice, recipe=recipe), folder / "lenet5.netw")
        launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
        command = [sys.executable, *(launcher if processes > 1 else []), "-m", "runtime.train"]
        subprocess.run(
            [*command, str(folder / "lenet5.netw"), "--out", str(folder / "runs")],
            env=os.environ | {"OMP_NUM_THREADS": "1"}, check=True, capture_output=True,
        )  # fmt: skip
        (made,) = (folder / "runs").iterdir()
        speed: float = json.loads((made / SUMMARY).read_text())["samples_per_second"]
        return speed
