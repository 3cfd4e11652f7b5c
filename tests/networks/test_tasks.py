"""Example networks that do other things than classify pictures: figures, a step of each, training on digits."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nodes.boundary import Input
from nodes.graph.check import problems
from nodes.graph.infer import Inference, infer
from nodes.graph.model import Graph, Network
from nodes.spec.shapes import Shape
from runtime.compile import build
from runtime.data.digits import load_digits
from runtime.data.glance import glance
from runtime.runs import Progress, create_run
from runtime.train import train
from tests.networks.drawn import (
    DRAWINGS,
    attending,
    generative,
    lectures,
    locating,
    mirrored,
    segmentation,
    sequences,
    transformers,
)
from tests.runtime.test_data import write_idx

GRAPHS = ("product_of_a_sum", "sigmoid_neuron", "squared_norm")
MODULES = (lectures, segmentation, mirrored, locating, sequences, transformers, attending, generative)
NAMES = [name for module in MODULES for name in module.DRAWINGS] + ["char_rnn", "char_lstm", "char_gru"]
ADVERSARIES = ("gan_ring", "gan_digits")
TRAINED = [name for name in NAMES if name not in (*GRAPHS, *ADVERSARIES)]  # no loss reaches a generator by itself

WEIGHTS = {
    "linear_classifier": 30_730,
    "deconvnet": 251_788_949,  # the paper: about 252 M
    "unet": 31_030_658,
    "fast_rcnn": 134_690_729,  # VGG-16 up to fc7, 4097 · 21 and 4097 · 84
    "vit_tiny": 5_717_416,  # as published with DeiT-Ti
    "char_rnn": 43,
}
UNKNOWN = 6
"""How long sequences of any length are here."""

LARGE = ("deconvnet", "fast_rcnn", "fcn8s", "fcn_resnet50")
"""Only on the meta device, which knows shapes and holds no numbers: a gigabyte of weights, or long to compute."""


def inferred(name: str) -> Inference:
    return infer(DRAWINGS[name]().graph)


def outputs(name: str) -> dict[str, Shape]:
    inference = inferred(name)
    ends = {node: facts.outputs.get("output") for node, facts in inference.facts.items()}
    return {node: shape for node, shape in ends.items() if shape is not None}


@pytest.mark.parametrize("name", WEIGHTS)
def test_as_many_weights_as_published(name: str) -> None:
    assert inferred(name).totals.weights == WEIGHTS[name]


def test_the_deconvolution_network_is_a_mirror() -> None:
    """Each unpooling gives the size that the pooling of the same number got: 14, 28, 56, 112, 224."""
    facts = inferred("deconvnet").facts
    assert facts["down5"].outputs["pooled"] == (512, 7, 7)
    assert facts["middle"].outputs["result"] == (512, 7, 7)
    for number, side in enumerate((224, 112, 56, 28, 14), start=1):
        [up] = facts[f"up{number}"].outputs.values()
        assert up is not None
        assert up[1:] == (side, side)
    assert outputs("deconvnet")["label"] == (21, 224, 224)


def test_the_u_net_loses_what_the_paper_says() -> None:
    """Figure 1: 572 becomes 570, 568; 284, 282, 280; …; 28 at the bottom; 388 at the end."""
    facts = inferred("unet").facts
    sides = [facts[f"down{number}"].outputs["result"] for number in range(1, 6)]
    assert sides == [(64, 568, 568), (128, 280, 280), (256, 136, 136), (512, 64, 64), (1024, 28, 28)]
    assert outputs("unet")["label"] == (2, 388, 388)


@pytest.mark.parametrize("name", NAMES)
def test_there_is_nothing_to_complain_of(name: str) -> None:
    graph = DRAWINGS[name]().graph
    assert problems(graph, infer(graph)) == ()


# ---- one step of each, on random numbers


def random_values(shape: Shape, classes: int, batch: int) -> Tensor:
    sizes = (batch, *(size if isinstance(size, int) else UNKNOWN for size in shape))
    return torch.randint(classes, sizes) if shape.values == "index" else torch.rand(sizes)


def random_batch(graph: Graph, batch: int) -> list[Tensor]:
    """A value for each Input, and the target that losses without one take: a class wherever there are scores."""
    facts = infer(graph).facts
    values = [
        random_values(facts[name].outputs["output"], 4, batch)  # type: ignore[arg-type]
        for name, node in graph.nodes.items()
        if isinstance(node.settings, Input)
    ]
    open_losses = [
        name for name, node in graph.nodes.items() if node.settings.is_loss and "target" not in graph.incoming(name)
    ]
    for name in open_losses:
        scores = facts[name].inputs.get("prediction")
        if scores is not None:
            kept = [axis for axis in range(len(scores)) if scores.axes[axis] != "C"]
            axes = "".join(scores.axes[axis] for axis in kept)
            wanted = Shape(*(scores[axis] for axis in kept), axes=axes, values="index")
            values.append(random_values(wanted, 2, batch))
            break
    return values


def with_boxes(graph: Graph, values: list[Tensor]) -> list[Tensor]:
    """Boxes are corners in pixels: random ones would have no area."""
    inputs = [name for name, node in graph.nodes.items() if isinstance(node.settings, Input)]
    if "proposals" in inputs:
        corners = torch.tensor([32.0, 48.0, 320.0, 400.0])
        values[inputs.index("proposals")] = corners.expand_as(values[inputs.index("proposals")]).clone()
    return values


@pytest.mark.parametrize("name", TRAINED)
def test_a_step_forward_and_back_reaches_every_weight(name: str) -> None:
    graph = DRAWINGS[name]().graph
    device = torch.device("meta" if name in LARGE else "cpu")
    torch.manual_seed(0)
    with device:
        module: Any = build(graph)
    batch = [value.to(device) for value in with_boxes(graph, random_batch(graph, 1 if name == "unet" else 2))]
    total, parts = module.losses(*batch)
    assert set(parts) == {n for n, node in graph.nodes.items() if node.settings.is_loss}
    assert total.shape == ()
    total.backward()
    missed = [name for name, weight in module.named_parameters() if weight.requires_grad and weight.grad is None]
    assert missed == []
    if name not in LARGE:
        assert torch.isfinite(total)
        assert all(torch.isfinite(w.grad).all() for w in module.parameters() if w.grad is not None)


# ---- the lectures' numbers, from the compiled source

WORKED: Mapping[str, tuple[float, Mapping[str, object]]] = {
    "product_of_a_sum": (-12.0, {"x1": -4.0, "y1": -4.0, "z1": 3.0}),
    "sigmoid_neuron": (0.73, {"w0": -0.20, "x0": 0.39, "w1": -0.39, "x1": -0.59, "w2": 0.20}),
    "squared_norm": (0.116, {"W": [[0.088, 0.176], [0.104, 0.208]], "x1": [[-0.112], [0.636]]}),
}


@pytest.mark.parametrize("name", WORKED)
def test_a_computational_graph_gives_the_lectures_numbers(name: str) -> None:
    module: Any = build(DRAWINGS[name]().graph)
    result = module()
    value, gradients = WORKED[name]
    assert result.item() == pytest.approx(value, abs=0.005 if name == "sigmoid_neuron" else 1e-5)
    result.backward()
    tolerance = 0.005 if name == "sigmoid_neuron" else 1e-5
    assert {name.removesuffix(".value") for name, _ in module.named_parameters()} == set(gradients)
    for node, wanted in gradients.items():
        got = getattr(module, node).value.grad
        assert torch.allclose(got.squeeze(), torch.tensor(wanted).squeeze(), atol=tolerance)


def test_the_first_loss_of_a_linear_classifier_is_about_ln_10() -> None:
    torch.manual_seed(0)
    module: Any = build(lectures.linear_classifier().graph)
    pictures = torch.randn(64, 3, 32, 32)
    total, _ = module.losses(pictures, torch.randint(10, (64,)))
    assert total.item() == pytest.approx(2.303, abs=0.25)


def test_hell_becomes_ello() -> None:
    """The lectures' example: after the first l comes an l, after the second an o."""
    torch.manual_seed(0)
    module: Any = build(DRAWINGS["char_rnn"]().graph)
    hell, ello = torch.tensor([[0, 1, 2, 2]]), torch.tensor([[1, 2, 2, 3]])
    optimizer = torch.optim.Adam(module.parameters(), lr=0.05)
    for _ in range(200):
        total, _ = module.losses(hell, ello)
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
    assert module(hell).argmax(dim=-1).tolist() == ello.tolist()


def test_a_causal_model_does_not_see_what_comes() -> None:
    torch.manual_seed(0)
    module = build(DRAWINGS["char_transformer"]().graph).eval()
    text = torch.randint(65, (1, 12))
    other = text.clone()
    other[0, 8:] = (text[0, 8:] + 1) % 65
    ours, theirs = module(text), module(other)
    assert torch.allclose(ours[:, :8], theirs[:, :8], atol=1e-5)
    assert not torch.allclose(ours[:, 8:], theirs[:, 8:], atol=1e-5)


def test_the_spatial_transformer_begins_with_the_picture_as_it_is() -> None:
    torch.manual_seed(0)
    module: Any = build(transformers.spatial_transformer().graph)
    assert module.theta.weight.abs().sum() == module.theta.bias.abs().sum() == 0


# ---- real training on the bundled digits


@pytest.mark.parametrize(
    ("name", "falls_to"),
    [
        ("autoencoder", 0.6),
        ("denoising_autoencoder", 0.6),
        ("vae", 0.8),
        ("spatial_transformer", 0.4),
        ("vit_digits", 0.85),
    ],
)
def test_it_learns_from_the_digits(name: str, falls_to: float, tmp_path: Path) -> None:
    """Two epochs of 20 steps: the mean loss of the last five is that share of the first five, or less."""
    losses = losses_of(DRAWINGS[name](), tmp_path, epochs=2)
    assert len(losses) == 40
    assert sum(losses[-5:]) <= falls_to * sum(losses[:5])


def losses_of(network: Network, root: Path, **recipe: Any) -> list[float]:
    """The loss of each step of a training."""
    recipe = {**network.recipe, "schedule": "constant", "device": "cpu", **recipe}
    entries: list[Any] = []
    train(create_run(root, replace(network, recipe=recipe)), on_entry=entries.append)
    return list(itertools.chain.from_iterable(one.loss for one in entries if isinstance(one, Progress)))


@pytest.mark.parametrize(
    ("name", "figure", "low", "high"),
    [("mlp", "test_accuracy", 0.95, 1.0), ("autoencoder", "test_loss", 0.01, 0.03)],
)
def test_it_reaches_what_its_note_says(name: str, figure: str, low: float, high: float, tmp_path: Path) -> None:
    """The whole recipe on the bundled digits: 97 % right, a mean squared error of 0.022."""
    folder = create_run(tmp_path, DRAWINGS[name]())
    train(folder)
    assert low <= json.loads((folder / "summary.json").read_text())[figure] <= high


def test_the_highway_network_learns_from_the_digits_made_as_large_as_mnist(tmp_path: Path) -> None:
    """Each pixel three times as high and wide, with a margin of 2, in files such as MNIST's."""
    digits = load_digits()
    pictures = np.kron(digits.columns["image"][:640, 0], np.ones((1, 3, 3), np.uint8)) * 15
    write_idx(tmp_path / "train-images-idx3-ubyte", np.pad(pictures, ((0, 0), (2, 2), (2, 2))))
    write_idx(tmp_path / "train-labels-idx1-ubyte", digits.columns["label"][:640])
    network = replace(DRAWINGS["highway"](), data={"source": str(tmp_path)})
    losses = losses_of(network, tmp_path / "runs", optimizer="Adam", learning_rate=0.003, epochs=3, batch_size=32)
    assert len(losses) == 42
    assert sum(losses[-5:]) <= 0.6 * sum(losses[:5])


def test_the_loss_of_the_variational_autoencoder_begins_at_64_ln_2() -> None:
    torch.manual_seed(0)
    module: Any = build(generative.vae().graph)
    total, parts = module.losses(torch.rand(32, 1, 8, 8))
    assert total.item() == pytest.approx(44.4, abs=1.5)
    assert parts["divergence"][0].item() >= 0


@pytest.mark.parametrize("name", DRAWINGS)
def test_each_network_names_data_that_suit_it(name: str, tmp_path: Path) -> None:
    """Train would take the digits where no source is named. A folder that is not there yet is for the user to set."""
    network = DRAWINGS[name]()
    assert network.data.get("source") or name in GRAPHS
    facts = glance(network.data, tmp_path)
    assert [p for p in problems(network.graph, infer(network.graph), facts) if p.severity != "remark"] == []
