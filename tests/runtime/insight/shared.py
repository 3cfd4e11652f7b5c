"""Runs of real networks: the shared ResNet-20 with its weights, a network trained on MNIST, and fresh examples."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from nodes.activation import ReLU
from nodes.boundary import Input
from nodes.conv import Conv2d
from nodes.graph.files import load
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.pooling import MaxPool2d
from nodes.reshape import Flatten
from runtime.checkpoint import save_weights
from runtime.compile import build
from runtime.recipe import Recipe, override
from runtime.runs import create_run
from runtime.train import train
from runtime.transfer.start import start_of, take
from tests.networks.drawn.sketch import Sketch
from tests.runtime.insight.conftest import NETWORKS
from tests.runtime.transfer.test_resnet20 import PICTURES, WEIGHTS

MNIST = Path("../shared/data/mnist")
ROADS = Path("../shared/data/camvid-small")

needs_resnet20 = pytest.mark.skipif(
    not (WEIGHTS.is_file() and PICTURES.is_dir()), reason=f"{WEIGHTS} or {PICTURES} is not here."
)
needs_mnist = pytest.mark.skipif(not MNIST.is_dir(), reason=f"{MNIST} is not here.")
needs_roads = pytest.mark.skipif(not ROADS.is_dir(), reason=f"{ROADS} is not here.")


def resnet20_run(folder: Path) -> Path:
    """The example network with the weights of its author, and the small pictures of CIFAR-10."""
    network = override(load(NETWORKS / "resnet20.netw").network, f"data.source={PICTURES.resolve()}")
    run = create_run(folder, network)
    module = build(network.graph)
    take(module, start_of(module, network.graph, Recipe(start_from=str(WEIGHTS))))
    save_weights(run, module.state_dict())
    return run


def fresh_run(folder: Path, name: str) -> Path:
    """An example network with the weights that a training would begin with."""
    network = load(NETWORKS / f"{name}.netw").network
    run = create_run(folder, network)
    torch.manual_seed(0)
    save_weights(run, build(network.graph).state_dict())
    return run


def mnist_run(folder: Path) -> Path:
    """Two convolutions, trained on all of MNIST for one epoch with a large batch."""
    sketch = Sketch(image=Input("image", (1, 28, 28)))
    sketch.then(
        conv1=Conv2d(out_channels=8, kernel_size=(5, 5), stride=(2, 2), padding=(2, 2)),
        relu1=ReLU(),
        conv2=Conv2d(out_channels=16, padding=(1, 1)),
        relu2=ReLU(),
        pool=MaxPool2d(),
        flatten=Flatten(),
        fc=Linear(10),
    ).judged("digit")
    recipe = {"optimizer": "Adam", "learning_rate": 0.003, "batch_size": 256, "epochs": 1, "device": "cpu"}
    network = Network(
        sketch.drawn(), "mnist", data={"source": str(MNIST.resolve()), "validation": 0.1}, recipe=recipe
    )
    run = create_run(folder, network)
    train(run)
    return run


def kept(module: nn.Module, paths: list[str], x: Tensor) -> dict[str, Tensor]:
    """What some modules give for x, and under the empty name what the whole gives; all in one graph of gradients."""
    found: dict[str, Tensor] = {}

    def keep(path: str, _layer: nn.Module, _given: object, value: Tensor) -> None:
        found[path] = value

    known = dict(module.named_modules())
    handles = [known[path].register_forward_hook(partial(keep, path)) for path in paths]
    found[""] = module(x)
    for handle in handles:
        handle.remove()
    return found
