"""Training speed with flips, shifts and colour jitter: ours against torchvision's transforms in a DataLoader.

LeNet-5 on MNIST, and a small network on pictures of three colours; the contenders take turns, and a figure is the
median of the rounds' ratios. What an augmentation adds to a step of ours is told beside it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader
from torchvision import transforms

from runtime.augmentation.augmenter import Augmenter
from runtime.data.choice import DataChoice
from runtime.data.dataset import DataSet
from runtime.data.loader import Loader
from runtime.data.open import open_data
from runtime.recipe import Recipe
from tests.benchmarks.figures import AbsentError, Figure
from tests.benchmarks.loop import CHOICE, MNIST, Pictures, ours, per_sample

COLOURED = Path("../shared/data/cifar10-small")
JITTER = 0.4
SETTINGS: dict[str, Any] = {
    "horizontal_flip": 0.5, "shift": 0.1, "brightness": JITTER, "contrast": JITTER, "saturation": JITTER, "hue": 0.1,
}  # fmt: skip
THEIRS = (
    transforms.RandomHorizontalFlip(0.5),
    transforms.RandomAffine(0, translate=(0.1, 0.1)),
    transforms.ColorJitter(JITTER, JITTER, JITTER, 0.1),
)
BATCH_SIZE, ROUNDS, REPEATS = 64, 5, 30


def run() -> Iterable[Figure]:
    """Raises AbsentError where MNIST is not beside the project."""
    if not MNIST.is_dir():
        raise AbsentError(f"{MNIST} is not here.")
    data = open_data(DataChoice.read(CHOICE))
    at = f"LeNet-5 on MNIST, batch {BATCH_SIZE}, flips, shifts and jitter"
    ratio, speed = _against_torchvision(data)
    yield Figure(f"{at}: samples per second", speed, "1/s")
    yield Figure(f"{at}: speed / DataLoader with torchvision", ratio, "×", 3.0, "higher")
    if COLOURED.is_dir():
        coloured = open_data(DataChoice.read({"source": str(COLOURED)}))
        yield from _of_batches(coloured)


def _against_torchvision(data: DataSet) -> tuple[float, float]:
    """The median ratio of the rounds, and our samples per second."""
    rows = data.train
    pictures = Pictures(data.columns["image"][rows, 0], data.columns["label"][rows], *THEIRS)
    loader = DataLoader(pictures, BATCH_SIZE, shuffle=True)
    ratios, speeds = [], []
    for number in range(ROUNDS + 1):  # the first warms up
        times = {"ours": 0.0, "theirs": 0.0}
        for name in sorted(times, reverse=bool(number % 2)):
            times[name] = ours(data, BATCH_SIZE, **SETTINGS) if name == "ours" else per_sample(loader)
        if number:
            ratios.append(times["theirs"] / times["ours"])
            speeds.append(len(rows) / times["ours"])
    return statistics.median(ratios), statistics.median(speeds)


def _of_batches(data: DataSet) -> Iterable[Figure]:
    """Milliseconds that a batch of 64 pictures of 3 × 32 × 32 takes, each way by itself."""
    names, cpu, rows = ["image", "label"], torch.device("cpu"), data.train[:BATCH_SIZE]
    loader = Loader(data, names, cpu)
    pictures = Pictures(data.columns["image"][rows].permute(0, 2, 3, 1).contiguous(), data.columns["label"][rows])
    pictures.transform = transforms.Compose([*THEIRS, transforms.ToTensor()])
    augmenter = Augmenter(Recipe(**SETTINGS), 0, data, names, cpu)
    at = f"batch of {BATCH_SIZE} pictures 3 × 32 × 32, flips, shifts and jitter"
    mine = _milliseconds(lambda: loader.batch(rows, augmenter))
    theirs = _milliseconds(lambda: torch.stack([pictures[n][0] for n in range(len(rows))]))
    yield Figure(f"{at}: varied on the device", mine, "ms")
    yield Figure(f"{at}: torchvision, one by one", theirs, "ms")


def _milliseconds(work: Callable[[], object]) -> float:
    work()
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)
