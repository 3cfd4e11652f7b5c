"""Training speed: our loop, journal and all, against loops written by hand, on LeNet-5 and MNIST.

They take turns within each round, so that whatever else the computer does falls on all of them alike; a
figure is the median of the rounds' ratios.
"""

from __future__ import annotations

import gzip
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from nodes.graph.model import Network
from runtime.data.choice import DataChoice
from runtime.data.dataset import DataSet
from runtime.data.open import open_data
from runtime.job import Job
from runtime.meter import Meter
from runtime.runs import Entry, Progress, Started, create_run
from runtime.train import Training, train
from tests.benchmarks.figures import AbsentError, Figure
from tests.runtime.networks import lenet5_graph

MNIST = Path("../shared/data/mnist")
BATCH_SIZES = (64, 128)
ROUNDS, FEWEST = 7, 3
SECONDS = 60  # after which no further round begins: threads on a busy computer can be very slow
CHOICE = {"source": str(MNIST), "validation": 0.9, "test": 0.0}  # 6,000 samples to train on: about a second a round
RATE, MOMENTUM = 0.01, 0.9
TELL_PEAK = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)"
MINE = f"""
from tests.benchmarks.loop import CHOICE, DataChoice, open_data, ours
ours(open_data(DataChoice.read(CHOICE)), 64)
{TELL_PEAK}"""
BY_HAND = f"""
from tests.benchmarks.loop import MNIST, _preloaded, hand_loaded
_preloaded(*hand_loaded(), 64)
{TELL_PEAK}"""


class LeNet5(nn.Module):
    """The same network as one writes it by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)
        )
        self.classifier = nn.Sequential(
            nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)
        )

    def forward(self, image: Tensor) -> Tensor:
        scores: Tensor = self.classifier(self.features(image))
        return scores


class Pictures(Dataset[tuple[Tensor, int]]):
    """As ``torchvision.datasets.MNIST`` gives them: a PIL picture each, through the transforms."""

    def __init__(self, images: Tensor, labels: Tensor, *varied: Callable[[Image.Image], Image.Image]) -> None:
        self.images, self.labels = images, labels
        normalised = transforms.Normalize((0.1307,), (0.3081,))
        self.transform = transforms.Compose([*varied, transforms.ToTensor(), normalised])

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.transform(Image.fromarray(self.images[index].numpy())), int(self.labels[index])


class Speeds(NamedTuple):
    """Samples per second in one round."""

    ours: float
    preloaded: float
    loader: float


def run() -> Iterable[Figure]:
    """Raises AbsentError where MNIST is not beside the project."""
    if not MNIST.is_dir():
        raise AbsentError(f"{MNIST} is not here.")
    data = open_data(DataChoice.read(CHOICE))
    for batch_size in BATCH_SIZES:
        rounds = _rounds(data, batch_size)
        at = f"LeNet-5 on MNIST, batch {batch_size}"
        ours = statistics.median(r.ours for r in rounds)
        yield Figure(f"{at}: step_ms", 1000 * batch_size / ours, "ms")
        yield Figure(f"{at}: samples per second", ours, "1/s")
        by_hand = statistics.median(r.ours / r.preloaded for r in rounds)
        yield Figure(f"{at}: speed / loop by hand", by_hand, "×", 0.98, "higher")
        per_sample = statistics.median(r.ours / r.loader for r in rounds)
        yield Figure(f"{at}: speed / DataLoader", per_sample, "×", 1.8, "higher")
        share = statistics.median(_journal_share(data, batch_size) for _ in range(FEWEST))
        yield Figure(f"{at}: journal and metrics", 100 * share, "%", 0.5)
        yield Figure(f"{at}: all of it, watched / loop by hand", _watching(batch_size), "×", 0.98, "higher")
    yield Figure("memory / loop by hand, MNIST", _peak(MINE) / _peak(BY_HAND), "×", 1.1)


def _watching(batch_size: int) -> float:
    """As a run is by default: its first steps are watched whatever it costs, which a run of a second would feel."""
    data = open_data(DataChoice.read(CHOICE | {"validation": 0.1}))
    images, labels = of_training(data)
    floats = standardised(images)
    found: list[float] = []
    for _ in range(FEWEST):
        by_hand = _preloaded(floats, labels, batch_size)
        found.append(by_hand / ours(data, batch_size, watch="by time", snapshots=True))
    return statistics.median(found)


def of_training(data: DataSet) -> tuple[Tensor, Tensor]:
    return data.columns["image"][data.train], data.columns["label"][data.train]


def standardised(images: Tensor) -> Tensor:
    return images.float().div_(255).sub_(0.1307).div_(0.3081)


def _rounds(data: DataSet, batch_size: int) -> list[Speeds]:
    rows = data.train
    images, labels = of_training(data)
    floats = standardised(images)
    loader = DataLoader(Pictures(images[:, 0], labels), batch_size, shuffle=True)
    contenders: list[Callable[[], float]] = [
        lambda: ours(data, batch_size),
        lambda: _preloaded(floats, labels, batch_size),
        lambda: per_sample(loader),
    ]
    for contender in contenders:  # once to warm up
        contender()
    rounds: list[Speeds] = []
    began = time.perf_counter()
    for number in range(ROUNDS):
        if number >= FEWEST and time.perf_counter() - began > SECONDS:
            break
        speeds: dict[int, float] = {}
        for turn in range(len(contenders)):
            which = (number + turn) % len(contenders)
            speeds[which] = len(rows) / contenders[which]()
        rounds.append(Speeds(*(speeds[n] for n in range(len(contenders)))))
    return rounds


def ours(data: DataSet, batch_size: int, **settings: object) -> float:
    """Seconds of one epoch in a run folder, from its first journal line to the last line before validation.

    Layers are not watched, unless the settings say so.
    """
    recipe = {"epochs": 1, "batch_size": batch_size, "learning_rate": RATE, "momentum": MOMENTUM, "device": "cpu"}
    recipe |= {"watch": "off", "snapshots": False} | settings
    times: dict[type, float] = {}

    def watch(entry: Entry) -> None:
        times[type(entry)] = time.perf_counter()

    with tempfile.TemporaryDirectory() as folder:
        run_folder = create_run(Path(folder), Network(lenet5_graph(), data=CHOICE, recipe=recipe))
        train(run_folder, on_entry=watch, prepared=data)
    return times[Progress] - times[Started]


def _journal_share(data: DataSet, batch_size: int) -> float:
    """Of the processor's time of an epoch, what counting right answers and writing the journal take."""
    spent, whole = 0.0, 0.0

    def timed(act: Callable[..., Any]) -> Callable[..., Any]:
        def measured(*given: Any, **named: Any) -> Any:
            nonlocal spent
            began = time.thread_time()
            try:
                return act(*given, **named)
            finally:
                spent += time.thread_time() - began

        return measured

    plain = Training._train_epoch

    def epoch(self: Training) -> None:
        nonlocal whole
        began = time.process_time()
        plain(self)
        whole += time.process_time() - began

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Training, "_train_epoch", epoch)
        patch.setattr(Training, "_write_progress", timed(Training._write_progress))
        patch.setattr(Meter, "add", timed(Meter.add))
        patch.setattr(Job, "guesses", timed(Job.guesses))
        ours(data, batch_size)
    return spent / whole


def _peak(program: str) -> float:
    """Most memory that a program of its own has held, in bytes."""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    return float(said.stdout.split()[-1])


def _preloaded(images: Tensor, labels: Tensor, batch_size: int) -> float:
    model = LeNet5()
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE, momentum=MOMENTUM)
    model.train()
    began = time.perf_counter()
    order = torch.randperm(len(images))
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        _step(model, optimizer, images[rows], labels[rows])
    return time.perf_counter() - began


def hand_loaded() -> tuple[Tensor, Tensor]:
    """MNIST's training part as one loads it by hand: all pictures as floats, to train on a tenth of them."""
    with gzip.open(MNIST / "train-images-idx3-ubyte.gz") as file:
        images = torch.frombuffer(bytearray(file.read()[16:]), dtype=torch.uint8).view(-1, 1, 28, 28)
    with gzip.open(MNIST / "train-labels-idx1-ubyte.gz") as file:
        labels = torch.frombuffer(bytearray(file.read()[8:]), dtype=torch.uint8).long()
    return standardised(images)[::10], labels[::10]


def per_sample(loader: DataLoader[tuple[Tensor, int]]) -> float:
    model = LeNet5()
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE, momentum=MOMENTUM)
    model.train()
    began = time.perf_counter()
    for images, labels in loader:
        _step(model, optimizer, images, labels)
    return time.perf_counter() - began


def _step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> None:
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(images), labels)
    torch.autograd.backward(loss)
    optimizer.step()
