"""Two processes beside one: training speed of LeNet-5 on MNIST over gloo, one thread for each process.

All take turns; a figure is the median of the rounds' ratios. Speed is samples by the time of their steps, after the
first ones; of a run its journal tells it, with layers that are not watched. What a loop by hand gains with
DistributedDataParallel, in the same rounds, says how much of two processes the computer gives.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from nodes.graph.files import save
from nodes.graph.model import Network
from runtime.runs import Progress, read_entries
from tests.benchmarks.figures import AbsentError, Figure
from tests.benchmarks.loop import CHOICE, MNIST, MOMENTUM, RATE, LeNet5, hand_loaded
from tests.runtime.networks import lenet5_graph

GOALS = {128: 1.5, 512: 1.75}
ROUNDS = 3
STEPS = {128: 240, 512: 60}
WARM_STEPS = 10


def run() -> Iterable[Figure]:
    """Raises AbsentError where MNIST is not beside the project, or where there is one core."""
    if not MNIST.is_dir():
        raise AbsentError(f"{MNIST} is not here.")
    if (os.cpu_count() or 1) < 2:
        raise AbsentError("Two processes need two cores.")
    for batch_size, goal in GOALS.items():
        ratios, by_hand, beside = [], [], []
        for _ in range(ROUNDS):
            alone, together = (_speed(batch_size, processes) for processes in (1, 2))
            one, two = (_speed_by_hand(batch_size, processes) for processes in (1, 2))
            ratios.append(together / alone)
            by_hand.append(two / one)
            beside.append(together / two)
        at = f"LeNet-5 on MNIST, batch {batch_size}"
        yield Figure(f"{at}: two processes / one", statistics.median(ratios), "×", goal, "higher")
        yield Figure(f"{at}: the same by hand", statistics.median(by_hand), "×")
        yield Figure(f"{at}: two / two by hand", statistics.median(beside), "×", 0.98, "higher")


def train_by_hand(batch_size: int) -> float:
    """Samples per second of a loop over preloaded tensors, its loss looked at once; all of the launch call this."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    torch.manual_seed(0)
    module: nn.Module = LeNet5()
    if size > 1:
        dist.init_process_group("gloo")
        module = DistributedDataParallel(module)
    optimizer = torch.optim.SGD(module.parameters(), lr=RATE, momentum=MOMENTUM)
    judge = nn.CrossEntropyLoss()
    floats, labels = hand_loaded()
    total = torch.zeros(())
    for step in range(WARM_STEPS + STEPS[batch_size]):
        if step == WARM_STEPS:
            began = time.perf_counter()
        rows = torch.randint(0, len(labels), (batch_size // size,))
        optimizer.zero_grad()
        loss = judge(module(floats[rows]), labels[rows])
        loss.backward()
        optimizer.step()
        total += loss.detach()
    return batch_size * STEPS[batch_size] / (time.perf_counter() - began)


def _speed_by_hand(batch_size: int, processes: int) -> float:
    told = _launched(processes, [__name__, str(batch_size)])
    return float(told.split()[-1])


def _launched(processes: int, module: Sequence[str]) -> str:
    """What it wrote."""
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    command = [sys.executable, *(launcher if processes > 1 else []), "-m", *module]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def _speed(batch_size: int, processes: int) -> float:
    """Samples per second of a run of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recipe = {
            "max_steps": STEPS[batch_size], "epochs": 1_000, "batch_size": batch_size, "learning_rate": RATE,
            "momentum": MOMENTUM, "device": "cpu", "validate_every": 1_000, "watch": "off", "snapshots": False,
        }  # fmt: skip
        choice = CHOICE | {"source": str(MNIST.resolve()), "validation": 0.1}
        save(Network(lenet5_graph(), data=choice, recipe=recipe), folder / "lenet5.netw")
        _launched(processes, ["runtime.train", str(folder / "lenet5.netw"), "--out", str(folder / "runs")])
        (made,) = (folder / "runs").iterdir()
        lines = [entry for entry in read_entries(made)[0] if isinstance(entry, Progress)][1:]
        count = sum(len(line.loss) for line in lines[1:])
        return batch_size * count / (lines[-1].seconds - lines[0].seconds)


if __name__ == "__main__":
    speed = train_by_hand(int(sys.argv[1]))
    if os.environ.get("RANK", "0") == "0":
        sys.stdout.write(f"{speed}\n")
        sys.stdout.flush()
    os._exit(0)  # threads of torch.distributed can abort an interpreter that ends in its own time
