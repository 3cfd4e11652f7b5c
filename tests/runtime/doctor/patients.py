"""Short trainings, each built with one fault, and healthy ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from nodes.activation import LeakyReLU, ReLU, Sigmoid, Tanh
from nodes.arithmetic import Log
from nodes.boundary import Input
from nodes.conv import Conv2d
from nodes.dropout import Dropout
from nodes.graph.model import Graph, Network
from nodes.linear import Linear
from nodes.normalization import BatchNorm2d
from nodes.pooling import MaxPool2d
from nodes.reshape import Flatten
from nodes.spec.node_type import NodeType
from nodes.spec.training import NodeTraining
from runtime.runs import TrainingError, create_run, read_entries
from runtime.train import train
from tests.runtime.networks import chained, digits_graph

WATCHED = {"device": "cpu", "watch": "by steps", "watch_every": 4, "snapshots": False, "batch_size": 64, "epochs": 3}


def layers(kind: type[NodeType] = ReLU, count: int = 2, width: int = 32, start: str = "default") -> Graph:
    """Linear layers with an activation after each, on the digits: fc1, act1, fc2, …, last."""
    rows: list[tuple[str, NodeType]] = [("flatten", Flatten())]
    for number in range(1, count + 1):
        rows += [(f"fc{number}", Linear(out_features=width)), (f"act{number}", kind())]
    graph = chained(Input(size=(1, 8, 8)), *rows, ("last", Linear(out_features=10)))
    for number in range(1, count + 1):
        graph = changed(graph, f"fc{number}", weight_init=start)
    return graph


def convolutions(*, norm: bool = True) -> Graph:
    """Two convolutions, with batch normalization or without, and a linear layer."""
    rows: list[tuple[str, NodeType]] = []
    for number in (1, 2):
        rows.append((f"conv{number}", Conv2d(out_channels=8, padding=(1, 1))))
        if norm:
            rows.append((f"bn{number}", BatchNorm2d()))
        rows.append((f"relu{number}", ReLU()))
    return chained(
        Input(size=(1, 8, 8)), *rows, ("pool", MaxPool2d()), ("flatten", Flatten()), ("fc", Linear(out_features=10))
    )


def changed(graph: Graph, name: str, **training: Any) -> Graph:
    return graph.with_training(name, NodeTraining(**training))


def digits_file(folder: Path, count: int, *, is_shuffled: bool = False, rare: int = 0) -> dict[str, Any]:
    """Digits as arrays, if wanted with labels that belong to others, or with ``rare`` samples of each digit but 0."""
    images, labels = (np.asarray(part) for part in load_digits(return_X_y=True))
    images, labels = images[:count].reshape(-1, 1, 8, 8).astype(np.float32) / 16, labels[:count].astype(np.int64)
    if rare:
        seen = np.array([np.sum(labels[:n] == labels[n]) for n in range(len(labels))])
        kept = (labels == 0) | (seen < rare)
        images, labels = images[kept], labels[kept]
    if is_shuffled:
        labels = np.random.RandomState(0).permutation(labels)
    file = folder / f"digits-{count}-{is_shuffled}-{rare}.npz"
    np.savez(file, x=images, y=labels)
    return {"source": str(file)}


def noise_file(folder: Path) -> dict[str, Any]:
    """Pictures that take a while to turn."""
    noise = np.random.RandomState(0).rand(1280, 1, 96, 96).astype(np.float32)
    np.savez(folder / "noise.npz", x=noise, y=np.arange(1280) % 2)
    return {"source": str(folder / "noise.npz")}


@dataclass(frozen=True)
class Patient:
    """A network, its data and its recipe; ``rule`` and ``node`` are what the doctor shall find."""

    name: str
    graph: Callable[[], Graph]
    rule: str = ""
    node: str = ""
    recipe: Mapping[str, Any] = field(default_factory=dict)
    data: Callable[[Path], Mapping[str, Any]] = lambda folder: {}

    def network(self, folder: Path) -> Network:
        return Network(self.graph(), "patient", data=dict(self.data(folder)), recipe={**WATCHED, **self.recipe})


def trained(folder: Path, network: Network) -> list[Any]:
    """The journal of a training; one that fails has a journal too."""
    run = create_run(folder, network, "patient", folder)
    with suppress(TrainingError):
        train(run)
    return read_entries(run)[0]


FAULTS = (
    Patient(
        "large weights",
        lambda: changed(layers(count=3, start="kaiming_normal"), "fc2", weight_init="normal", weight_std=10.0),
        "exploding_gradients",
        "fc2",
        {"optimizer": "Adam"},
    ),
    Patient("deep sigmoids", lambda: layers(Sigmoid, 6), "vanishing_gradients", "fc1"),
    Patient(
        "negative biases",
        lambda: changed(layers(), "fc1", bias_init="constant", bias_value=-9.0),
        "dead_units",
        "act1",
    ),
    Patient(
        "steep tanh",
        lambda: changed(layers(Tanh), "fc1", weight_init="normal", weight_std=2.0),
        "saturated_units",
        "act1",
    ),
    Patient("far too high a rate", layers, "rate_too_high", "", {"optimizer": "Adam", "learning_rate": 0.5}),
    Patient("far too low a rate", layers, "rate_too_low", "", {"learning_rate": 1e-5}),
    Patient(
        "one layer held back", lambda: changed(layers(), "fc2", learning_rate_factor=0.001), "update_ratio", "fc2"
    ),
    Patient("no number", lambda: layers(LeakyReLU, 4), "not_finite", "fc1", {"learning_rate": 5.0}),
    Patient(
        "few samples",
        lambda: layers(width=128),
        "overfitting",
        "",
        {"epochs": 30, "optimizer": "Adam", "batch_size": 16, "learning_rate": 0.02},
        lambda folder: {**digits_file(folder, 150), "validation": 0.6, "test": 0.1},
    ),
    Patient(
        "one class",
        layers,
        "class_imbalance",
        "loss",
        {"epochs": 6},
        lambda folder: digits_file(folder, 1797, rare=8),
    ),
    Patient(
        "shuffled",
        lambda: layers(width=128),
        "shuffled_labels",
        "",
        {"epochs": 16, "optimizer": "Adam", "batch_size": 32, "learning_rate": 0.01},
        lambda folder: {**digits_file(folder, 300, is_shuffled=True), "validation": 0.3},
    ),
    Patient(
        "two at a time",
        convolutions,
        "tiny_batches",
        "bn1",
        {"batch_size": 2, "epochs": 1, "learning_rate": 0.003},
        lambda folder: digits_file(folder, 200),
    ),
    Patient(
        "rate gone",
        layers,
        "plateau",
        "",
        {"schedule": "exponential", "decay_rate": 4.0, "epochs": 6, "learning_rate": 0.02},
    ),
    Patient(
        "slow augmentation",
        lambda: pooled(96),
        "waits_for_data",
        "",
        {"batch_size": 128, "rotation": 15.0, "zoom": 0.1, "learning_rate": 1e-3, "epochs": 6},
        noise_file,
    ),
)
HEALTHY = (
    Patient("two layers", layers),
    Patient("two layers, Adam", layers, recipe={"optimizer": "Adam", "epochs": 8}),
    Patient("convolutions with normalization", convolutions),
    Patient("convolutions without", lambda: convolutions(norm=False), recipe={"optimizer": "AdamW", "epochs": 4}),
    Patient("dropout", digits_graph, recipe={"epochs": 6}),
    Patient("tanh", lambda: layers(Tanh, 3), recipe={"epochs": 6}),
    Patient("cosine", layers, recipe={"schedule": "cosine", "epochs": 10, "batch_size": 32}),
    Patient(
        "moons",
        lambda: plane(2),
        recipe={"optimizer": "Adam", "learning_rate": 0.01, "epochs": 15},
        data=lambda _: {"source": "toy:moons"},
    ),
    Patient(
        "spirals",
        lambda: plane(3),
        recipe={"optimizer": "Adam", "learning_rate": 0.01, "epochs": 20},
        data=lambda _: {"source": "toy:spirals"},
    ),
    Patient(
        "four sigmoids with RMSprop",
        lambda: layers(Sigmoid, 1),
        recipe={"optimizer": "RMSprop", "learning_rate": 0.003, "epochs": 8},
    ),
)


def pooled(side: int) -> Graph:
    """Next to nothing to calculate."""
    return chained(
        Input(size=(1, side, side)),
        ("pool", MaxPool2d(kernel_size=(8, 8), stride=(8, 8))), ("flatten", Flatten()), ("fc", Linear(2)),
    )  # fmt: skip


def plane(classes: int) -> Graph:
    """Three layers for points in a plane."""
    return chained(
        Input(kind="vector", size=(2,)),
        ("fc1", Linear(out_features=64)), ("relu1", ReLU()), ("fc2", Linear(out_features=64)), ("relu2", ReLU()),
        ("dropout", Dropout(p=0.05)), ("last", Linear(out_features=classes)),
    )  # fmt: skip


def logarithm() -> Graph:
    """What is normalised lies around 0, where there is no logarithm."""
    return chained(Input(size=(1, 8, 8)), ("log", Log()), ("flatten", Flatten()), ("fc", Linear(out_features=10)))


LOGARITHM = Patient("logarithm of negative numbers", logarithm, "not_finite", "log")
