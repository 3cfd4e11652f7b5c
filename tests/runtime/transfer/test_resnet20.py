"""The shared ResNet-20: its weights in the example network, against the network written by hand."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import resources
from nodes.graph.files import load
from nodes.graph.heads import with_new_head
from runtime.compile import build
from runtime.data.choice import DataChoice
from runtime.data.open import open_data
from runtime.recipe import Recipe
from runtime.transfer.start import start_of, take

WEIGHTS = Path("../shared/data/resnet20-cifar10/resnet20_cifar10_state_dict.pt")
PICTURES = Path("../shared/data/cifar10-small")
RECIPE = Recipe(start_from=str(WEIGHTS))
MEAN, STD = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1), torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)

pytestmark = pytest.mark.skipif(not WEIGHTS.is_file(), reason=f"{WEIGHTS} is not here.")


class BasicBlock(nn.Module):
    def __init__(self, arriving: int, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(arriving, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.added = channels - arriving

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
        if self.added:
            x = functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.added // 2, self.added // 2))
        return functional.relu(x + y)


class ResNet20(nn.Module):
    """As the weights' author wrote it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        self.layer1 = nn.Sequential(*(BasicBlock(16, 16, 1) for _ in range(3)))
        self.layer2 = nn.Sequential(BasicBlock(16, 32, 2), BasicBlock(32, 32, 1), BasicBlock(32, 32, 1))
        self.layer3 = nn.Sequential(BasicBlock(32, 64, 2), BasicBlock(64, 64, 1), BasicBlock(64, 64, 1))
        self.linear = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer3(self.layer2(self.layer1(functional.relu(self.bn1(self.conv1(x))))))
        scores: Tensor = self.linear(x.mean((2, 3)))
        return scores


@cache
def by_hand() -> nn.Module:
    module = ResNet20()
    module.load_state_dict(torch.load(WEIGHTS, weights_only=True), strict=False)  # without counters of batches
    return module.eval()


@cache
def started() -> nn.Module:
    graph = load(Path(resources.__file__).parent / "networks" / "resnet20.netw").network.graph
    module = build(graph, losses=False).eval()
    take(module, start_of(module, graph, RECIPE))
    return module


def test_every_weight_of_the_example_takes_one_of_the_file() -> None:
    graph = load(Path(resources.__file__).parent / "networks" / "resnet20.netw").network.graph
    start = start_of(build(graph), graph, RECIPE)
    assert not start.left_over
    assert {one.state for one in start.rows} == {"by name", "by order"}
    assert start.sentence == ("97 of 97 weights begin as in resnet20_cifar10_state_dict.pt (5 by name, 92 by order).")


def test_only_a_new_head_stays_fresh() -> None:
    graph = with_new_head(load(Path(resources.__file__).parent / "networks" / "resnet20.netw").network.graph, 5)
    start = start_of(build(graph), graph, RECIPE)
    assert {one.node for one in start.rows if one.state == "fresh"} == {"fc"}
    assert start.sentence.endswith("; fresh: fc.")
    assert start.left_over == ["linear.weight", "linear.bias"]


@pytest.mark.skipif(not PICTURES.is_dir(), reason=f"{PICTURES} is not here.")
def test_untouched_weights_predict_as_the_network_written_by_hand() -> None:
    data = open_data(DataChoice(source=str(PICTURES)))
    pictures, labels = data.columns["image"][data.test], data.columns["label"][data.test]
    x = (pictures.float() / 255 - MEAN) / STD
    with torch.inference_mode():
        ours, theirs = started()(x), by_hand()(x)
    assert torch.allclose(ours, theirs, atol=1e-5)
    assert ours.argmax(1).equal(theirs.argmax(1))
    accuracy = ours.argmax(1).eq(labels).float().mean().item()
    assert accuracy == pytest.approx(0.81, abs=0.02)  # the share of the full set in this form
