"""Networks that torchvision has too compute what torchvision's compute, with its weights copied into ours."""

import gc
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import torch
import torchvision
from torch import Tensor, nn

from nodes.graph.infer import infer
from runtime.compile import build
from runtime.exchange.torchvision_weights import copy_weights, matching
from tests.networks.drawn import DRAWINGS

models, segmentation = torchvision.models, torchvision.models.segmentation
NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "alexnet_one_tower": models.alexnet,
    "vgg11": models.vgg11,
    "vgg13": models.vgg13,
    "vgg16": models.vgg16,
    "vgg19": models.vgg19,
    "resnet18": models.resnet18,
    "resnet34": models.resnet34,
    "resnet50": models.resnet50,
    "resnet101": models.resnet101,
    "resnet152": models.resnet152,
    "wide_resnet50_2": models.wide_resnet50_2,
    "resnext50_32x4d": models.resnext50_32x4d,
    "googlenet": partial(models.googlenet, init_weights=False),
    "inception_v3": partial(models.inception_v3, init_weights=False),
    "densenet121": models.densenet121,
    "densenet201": models.densenet201,
    "squeezenet1_0": models.squeezenet1_0,
    "squeezenet1_1": models.squeezenet1_1,
    "mobilenet_v2": models.mobilenet_v2,
    "fcn_resnet50": partial(segmentation.fcn_resnet50, weights_backbone=None, aux_loss=True),
}
RESIZABLE = ("res", "fcn", "wide", "dense", "squeeze", "mobile")
SMALLER = {name: (3, 64, 64) for name in NETWORKS if name.startswith(RESIZABLE)}
"""Where any size will do; the others want their own."""

HEADS = {  # our loss node -> torchvision's name of what it judges
    "googlenet": {"loss_aux1": "aux_logits1", "loss_aux2": "aux_logits2"},
    "inception_v3": {"loss_aux": "aux_logits"},
    "fcn_resnet50": {"loss_aux": "aux"},
}

each_network = pytest.mark.parametrize("name", NETWORKS)


@pytest.fixture(autouse=True)
def freed() -> Iterator[None]:
    """A model is gone before the next one comes: some take a gigabyte."""
    yield
    gc.collect()


def made(model: Callable[[], nn.Module]) -> nn.Module:
    """A model whose weights and averages are random, yet such that values neither vanish nor explode."""
    with torch.device("meta"):
        empty = model()
    module = empty.to_empty(device="cpu")
    generator = torch.Generator().manual_seed(0)
    for name, value in module.state_dict().items():
        fill(name, value, generator)
    return module.eval()


def fill(name: str, value: Tensor, generator: torch.Generator) -> None:
    if name.endswith("num_batches_tracked"):
        value.zero_()
    elif name.endswith("running_var") or (name.endswith("weight") and value.ndim == 1):
        value.uniform_(0.5, 1.5, generator=generator)
    elif value.ndim > 1:
        bound = (3 / value[0].numel()) ** 0.5
        value.uniform_(-bound, bound, generator=generator)
    else:
        value.uniform_(-0.1, 0.1, generator=generator)


def emptied(name: str) -> nn.Module:
    with torch.device("meta"):
        empty = build(DRAWINGS[name]().graph)
    return empty.to_empty(device="cpu").eval()


def main(result: Any) -> Tensor:
    """What is judged by the main head, where a network gives several values."""
    return result["out"] if isinstance(result, dict) else result


def heads_of(result: Any) -> dict[str, Tensor]:
    """All that a network of torchvision gives, by its names; of one with a single value, only ``out``."""
    if isinstance(result, Tensor):
        return {"out": result}
    found = result if isinstance(result, dict) else result._asdict()
    return {"out" if head == "logits" else head: value for head, value in found.items()}


@each_network
def test_as_many_weights_and_the_same_shapes_of_all_outputs(name: str) -> None:
    """The auxiliary heads too: torchvision's run while training, ours are judged by losses of their own."""
    inference = infer(DRAWINGS[name]().graph)
    with torch.device("meta"):
        theirs = NETWORKS[name]().eval()
        theirs.training = True
        found = heads_of(theirs(torch.empty(2, *inference.facts["image"].outputs["output"])))
    assert inference.totals.weights == sum(p.numel() for p in theirs.parameters())
    drawn = {"out": inference.facts["label"].outputs["output"]}
    drawn |= {head: inference.facts[loss].inputs["prediction"] for loss, head in HEADS.get(name, {}).items()}
    assert {head: tuple(value.shape[1:]) for head, value in found.items()} == drawn
    losses = [node for node, one in inference.graph.nodes.items() if one.settings.is_loss]
    assert len(losses) == len(found)


@each_network
def test_the_same_outputs_with_the_same_weights(name: str) -> None:
    ours, theirs = emptied(name), made(NETWORKS[name])
    size = SMALLER.get(name) or infer(DRAWINGS[name]().graph).facts["image"].outputs["output"]
    image = torch.randn(1, *size, generator=torch.Generator().manual_seed(1))
    assert copy_weights(theirs, ours, image).is_whole
    with torch.no_grad():
        wanted, got = main(theirs(image)), ours(image)
    assert wanted.std() > 0.01
    torch.testing.assert_close(got, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("name", "heads"), HEADS.items())
def test_auxiliary_heads_give_the_same(name: str, heads: dict[str, str]) -> None:
    """torchvision's own run while training only; the layers inside them stay as after training."""
    ours, theirs = emptied(name), made(NETWORKS[name])
    size = SMALLER.get(name) or infer(DRAWINGS[name]().graph).facts["image"].outputs["output"]
    image = torch.randn(2, *size, generator=torch.Generator().manual_seed(1))
    target = torch.zeros(2, *(size[1:] if "fcn" in name else ()), dtype=torch.int64)
    copy_weights(theirs, ours, image)
    theirs.training = True
    with torch.no_grad():
        result, (_, judged) = theirs(image), ours.losses(image, target)  # type: ignore[operator]
    wanted = heads_of(result)
    for loss, head in heads.items():
        assert wanted[head].std() > 0.01
        torch.testing.assert_close(judged[loss][1], wanted[head], rtol=1e-5, atol=1e-5)


def test_what_does_not_match_is_said() -> None:
    """A head for ten classes keeps its own weights; the rest is taken over."""
    ours, theirs = models.resnet18(num_classes=10), models.resnet18()
    found = matching(theirs, ours, torch.zeros(1, 3, 64, 64))
    assert (found.left_over, found.missing) == (("fc",), ("fc",))
    assert str(found) == "40 layers with weights match. Not taken over: fc. Left as they were: fc."
    assert found.weights["layer1.0.bn1.running_mean"] == "layer1.0.bn1.running_mean"


def test_matching_leaves_both_modules_as_they_were() -> None:
    """It runs them, but neither changes averages nor the mode that dropout and normalisation are in."""
    ours, theirs = models.resnet18().train(), models.resnet18().train()
    theirs.layer1.eval()
    before = {name: value.clone() for name, value in theirs.state_dict().items()}
    assert matching(theirs, ours, torch.randn(2, 3, 64, 64)).is_whole
    assert all(torch.equal(before[name], value) for name, value in theirs.state_dict().items())
    assert theirs.training
    assert ours.layer1.training
    assert not theirs.layer1.training


def test_layers_are_matched_by_what_runs_first_and_not_by_what_is_declared_first() -> None:
    class Backwards(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.second, self.first = nn.Linear(4, 4), nn.Linear(4, 4)

        def forward(self, x: Tensor) -> Tensor:
            return self.second(self.first(x))

    source, target = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4)), Backwards()
    found = copy_weights(source, target, torch.zeros(1, 4))
    assert found.layers == {"first": "0", "second": "2"}
    assert torch.equal(target.first.weight, source[0].weight)
