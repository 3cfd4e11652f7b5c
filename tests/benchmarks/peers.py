"""Training speed beside Lightning's Trainer and Keras 3 on torch: the same LeNet-5, MNIST, optimizer and batches.

A figure is the median ratio of rounds in which all take turns.
"""

from __future__ import annotations

import importlib
import os
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from runtime.data.choice import DataChoice
from runtime.data.open import open_data
from tests.benchmarks.figures import AbsentError, Figure, find_peers
from tests.benchmarks.loop import CHOICE, MNIST, MOMENTUM, RATE, LeNet5, of_training, ours, standardised

BATCH, ROUNDS = 64, 5
GOALS = {"Lightning Trainer": 1.05, "Keras 3": 1.3}
Contender = Callable[[Tensor, Tensor], float]


def run() -> Iterable[Figure]:
    """Raises AbsentError where MNIST or all peers are absent, or one of them after the figure of the other."""
    if not MNIST.is_dir():
        raise AbsentError(f"{MNIST} is not here.")
    find_peers()
    os.environ.setdefault("KERAS_BACKEND", "torch")
    found: dict[str, Contender] = {}
    absent = []
    for name, module, make in (("Lightning Trainer", "pytorch_lightning", _lightning), ("Keras 3", "keras", _keras)):
        try:
            found[name] = make(importlib.import_module(module))
        except ImportError as error:
            absent.append(f"{name} is absent ({error}).")
    data = open_data(DataChoice.read(CHOICE))
    images, labels = of_training(data)
    floats = standardised(images)
    ratios: dict[str, list[float]] = {name: [] for name in found}
    for number in range(ROUNDS + 1):  # the first warms up
        mine = ours(data, BATCH)
        for name, seconds in found.items():
            taken = seconds(floats, labels)
            if number:
                ratios[name].append(taken / mine)
    for name, measured in ratios.items():
        yield Figure(f"speed / {name}, batch {BATCH}", statistics.median(measured), "×", GOALS[name], "higher")
    if absent:
        raise AbsentError(" ".join(absent))


class _Batches:
    """The iterator that every loop is given: whole batches of what lies in memory."""

    def __init__(self, images: Tensor, labels: Tensor) -> None:
        self._images, self._labels = images, labels

    def __len__(self) -> int:
        return -(-len(self._images) // BATCH)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        order = torch.randperm(len(self._images))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            yield self._images[rows], self._labels[rows]


def _lightning(lightning: Any) -> Contender:
    """Seconds of an epoch in Lightning's Trainer, without its checkpoints, logs and progress bar."""

    class Module(lightning.LightningModule):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.model = LeNet5()

        def training_step(self, batch: tuple[Tensor, Tensor], number: int) -> Tensor:
            return nn.functional.cross_entropy(self.model(batch[0]), batch[1])

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), lr=RATE, momentum=MOMENTUM)

        def on_train_epoch_start(self) -> None:
            self.began = time.perf_counter()

        def on_train_epoch_end(self) -> None:
            self.seconds = time.perf_counter() - self.began

    def seconds(images: Tensor, labels: Tensor) -> float:
        module = Module()
        trainer = lightning.Trainer(
            max_epochs=1, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
            enable_model_summary=False,
        )  # fmt: skip
        trainer.fit(module, _Batches(images, labels))
        return float(module.seconds)

    return seconds


def _keras(keras: Any) -> Contender:
    """Seconds of an epoch of Keras's fit on arrays in memory."""
    layers = keras.layers

    def seconds(images: Tensor, labels: Tensor) -> float:
        model = keras.Sequential(
            [
                keras.Input((28, 28, 1)),
                layers.Conv2D(6, 5, padding="same", activation="relu"), layers.MaxPooling2D(),
                layers.Conv2D(16, 5, activation="relu"), layers.MaxPooling2D(), layers.Flatten(),
                layers.Dense(120, activation="relu"), layers.Dense(84, activation="relu"), layers.Dense(10),
            ]
        )  # fmt: skip
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.SGD(RATE, momentum=MOMENTUM), loss)
        pictures, right = images.movedim(1, -1).numpy(), labels.numpy()
        model.fit(pictures[:BATCH], right[:BATCH], batch_size=BATCH, verbose=0)  # builds it
        began = time.perf_counter()
        model.fit(pictures, right, batch_size=BATCH, epochs=1, verbose=0)
        return time.perf_counter() - began

    return seconds
