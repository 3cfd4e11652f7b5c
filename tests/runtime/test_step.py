"""One step of training by hand: accumulation, clipping, penalties, precision."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nodes.boundary import Input
from nodes.conv import Conv2d
from nodes.graph.model import Graph, Network
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss
from nodes.reshape import Flatten
from nodes.spec.training import NodeTraining
from runtime.data.choice import DataChoice
from runtime.data.dataset import DataSet
from runtime.data.open import open_data
from runtime.job import Job, make_job
from runtime.recipe import Recipe
from runtime.regularisation import MaxNorm, add_l1, penalty
from runtime.runs import create_run
from runtime.step import Stepper
from tests.runtime.networks import chained

PLAIN: dict[str, Any] = {"momentum": 0.0, "learning_rate": 0.1, "batch_size": 8, "device": "cpu"}


@pytest.fixture(scope="module")
def data() -> DataSet:
    return open_data(DataChoice())


def graph_of(reduction: str = "mean") -> Graph:
    layers = (("conv", Conv2d(out_channels=3)), ("flatten", Flatten()), ("fc", Linear(out_features=10)))
    return chained(Input(size=(1, 8, 8)), *layers, loss=CrossEntropyLoss(reduction=reduction))


def job_of(
    root: Path,
    data: DataSet,
    *,
    reduction: str = "mean",
    own: Mapping[str, NodeTraining] | None = None,
    **recipe: Any,
) -> Job:
    graph = graph_of(reduction)
    for name, training in (own or {}).items():
        graph = graph.with_training(name, training)
    network = Network(graph, "digits", recipe=PLAIN | recipe)
    return make_job(create_run(root, network), network, Recipe.read(network.recipe), torch.device("cpu"), data)


def stepped(job: Job, *rows: Tensor) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """All weights before and after one step."""
    before = {name: value.clone() for name, value in job.module.state_dict().items()}
    Stepper(job).step(rows, job.recipe.learning_rate, None)
    return before, dict(job.module.state_dict())


def by_hand(job: Job, rows: Tensor) -> dict[str, Tensor]:
    """The gradients of one batch."""
    job.module.zero_grad()
    loss, _ = job.module.losses(*job.loader.batch(rows))
    loss.backward()
    found = {name: weight.grad.clone() for name, weight in job.module.named_parameters()}
    job.module.zero_grad()
    return found


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("optimizer", ["SGD", "LBFGS"])
def test_accumulated_batches_are_one_large_batch(
    tmp_path: Path, data: DataSet, reduction: str, optimizer: str
) -> None:
    recipe = {"optimizer": optimizer, "learning_rate": 0.01, "max_iter": 3}
    parts = (data.train[:8], data.train[8:16], data.train[16:21])  # the last is smaller
    _, summed = stepped(job_of(tmp_path / "a", data, reduction=reduction, **recipe), *parts)
    before, whole = stepped(job_of(tmp_path / "b", data, reduction=reduction, **recipe), data.train[:21])
    assert not torch.allclose(whole["fc.weight"], before["fc.weight"], atol=1e-4)
    for name, value in whole.items():
        assert torch.allclose(summed[name], value, atol=1e-5)


def test_gradient_longer_than_its_norm_is_shortened(tmp_path: Path, data: DataSet) -> None:
    job = job_of(tmp_path, data, clip_grad_norm=0.01)
    gradients = by_hand(job, data.train[:8])
    length = torch.cat([g.flatten() for g in gradients.values()]).norm()
    assert length > 0.01
    before, after = stepped(job, data.train[:8])
    for name, gradient in gradients.items():
        assert torch.allclose(after[name], before[name] - 0.1 * gradient * 0.01 / length, atol=1e-7)


def test_numbers_of_the_gradient_are_cut(tmp_path: Path, data: DataSet) -> None:
    job = job_of(tmp_path, data, clip_grad_value=0.001)
    gradients = by_hand(job, data.train[:8])
    before, after = stepped(job, data.train[:8])
    for name, gradient in gradients.items():
        assert torch.allclose(after[name], before[name] - 0.1 * gradient.clamp(-0.001, 0.001), atol=1e-7)


def test_elastic_net_pulls_by_size_and_by_sign(tmp_path: Path, data: DataSet) -> None:
    job = job_of(tmp_path, data, l1=0.02, weight_decay=0.3)
    gradients = by_hand(job, data.train[:8])
    before, after = stepped(job, data.train[:8])
    for name, gradient in gradients.items():
        pulled = gradient + 0.02 * before[name].sign() + 0.3 * before[name]
        assert torch.allclose(after[name], before[name] - 0.1 * pulled, atol=1e-6)


def test_a_layer_is_pulled_by_what_is_its_own(tmp_path: Path, data: DataSet) -> None:
    own = {"conv": NodeTraining(l1=0.05, weight_decay=0.0), "fc": NodeTraining(l1=0.0)}
    job = job_of(tmp_path, data, own=own, l1=0.02, weight_decay=0.3)
    gradients = by_hand(job, data.train[:8])
    before, after = stepped(job, data.train[:8])
    for name, gradient in gradients.items():
        pull = 0.05 * before[name].sign() if name.startswith("conv") else 0.3 * before[name]
        assert torch.allclose(after[name], before[name] - 0.1 * (gradient + pull), atol=1e-6)


def test_the_filters_of_one_layer_alone_are_kept_short(tmp_path: Path, data: DataSet) -> None:
    _, after = stepped(job_of(tmp_path, data, own={"conv": NodeTraining(max_norm=0.2)}), data.train[:8])
    assert after["conv.weight"].flatten(1).norm(dim=1).max() <= 0.2 + 1e-6
    assert after["fc.weight"].norm(dim=1).max() > 0.2


def test_biases_may_be_spared(tmp_path: Path, data: DataSet) -> None:
    job = job_of(tmp_path, data, l1=0.02, weight_decay=0.3, decay_biases=False)
    gradients = by_hand(job, data.train[:8])
    before, after = stepped(job, data.train[:8])
    for name, gradient in gradients.items():
        pull = 0.02 * before[name].sign() + 0.3 * before[name] if name.endswith("weight") else 0.0
        assert torch.allclose(after[name], before[name] - 0.1 * (gradient + pull), atol=1e-6)


def test_lbfgs_spares_biases_too(tmp_path: Path, data: DataSet) -> None:
    recipe = {"optimizer": "LBFGS", "line_search_fn": "strong_wolfe", "weight_decay": 10.0}
    _, spared = stepped(job_of(tmp_path / "a", data, decay_biases=False, **recipe), data.train[:200])
    _, pulled = stepped(job_of(tmp_path / "b", data, **recipe), data.train[:200])
    assert spared["fc.bias"].norm() > 2 * pulled["fc.bias"].norm()


def test_l1_is_the_gradient_of_its_penalty() -> None:
    weights = [nn.Parameter(torch.tensor([1.0, -2.0, 0.0])), nn.Parameter(torch.tensor([[3.0]]))]
    torch.autograd.backward(penalty(weights, 0.5, 0.0))
    expected = [weight.grad.clone() for weight in weights if weight.grad is not None]
    for weight in weights:
        weight.grad = torch.zeros_like(weight)
    add_l1(weights, 0.5)
    assert [w.grad.tolist() for w in weights if w.grad is not None] == [e.tolist() for e in expected]
    assert expected[0].tolist() == [0.5, -0.5, 0.0]


def test_l1_leaves_weights_that_are_frozen() -> None:
    frozen = nn.Parameter(torch.ones(3), requires_grad=False)
    add_l1([frozen], 0.5)
    assert frozen.grad is None


def test_penalty_of_the_lectures_weights() -> None:
    """(1 0 0 0) and (¼ ¼ ¼ ¼) score alike; L2 prefers the second, L1 neither."""
    one, even = torch.tensor([1.0, 0, 0, 0]), torch.full((4,), 0.25)
    assert penalty([one], 0.0, 2.0).item() == 1
    assert penalty([even], 0.0, 2.0).item() == 0.25
    assert penalty([one], 1.0, 0.0).item() == penalty([even], 1.0, 0.0).item() == 1


def test_lbfgs_sees_the_penalty(tmp_path: Path, data: DataSet) -> None:
    recipe = {"optimizer": "LBFGS", "line_search_fn": "strong_wolfe"}
    _, free = stepped(job_of(tmp_path / "a", data, **recipe), data.train[:200])
    _, pulled = stepped(job_of(tmp_path / "b", data, weight_decay=1.0, **recipe), data.train[:200])
    assert pulled["fc.weight"].norm() < 0.5 * free["fc.weight"].norm()


def test_max_norm_shortens_each_filter_and_unit_on_its_own() -> None:
    linear = nn.Linear(2, 2)
    with torch.no_grad():
        linear.weight.copy_(torch.tensor([[3.0, 4.0], [0.3, 0.4]]))
        linear.bias.fill_(9)
    MaxNorm(linear, 2.5).apply()
    assert torch.allclose(linear.weight, torch.tensor([[1.5, 2.0], [0.3, 0.4]]))
    assert linear.bias.tolist() == [9, 9]


def test_max_norm_of_a_transposed_convolution_goes_by_its_outputs() -> None:
    layer = nn.ConvTranspose2d(3, 2, 1)  # weight: in × out × 1 × 1
    with torch.no_grad():
        layer.weight[:, 0], layer.weight[:, 1] = 1.0, 0.1
    MaxNorm(layer, 1.0).apply()
    assert layer.weight[:, 0].norm().item() == pytest.approx(1)
    assert layer.weight[:, 1].norm().item() == pytest.approx(0.1 * 3**0.5)


def test_max_norm_holds_after_a_step(tmp_path: Path, data: DataSet) -> None:
    _, after = stepped(job_of(tmp_path, data, max_norm=0.2), data.train[:8])
    assert after["fc.weight"].norm(dim=1).max() <= 0.2 + 1e-6
    assert after["conv.weight"].flatten(1).norm(dim=1).max() <= 0.2 + 1e-6


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_fewer_bits_are_used_in_the_forward_pass_and_nearly_agree(
    tmp_path: Path, data: DataSet, precision: str
) -> None:
    job = job_of(tmp_path / "a", data, precision=precision)
    kinds = []
    job.module.fc.register_forward_hook(lambda module, given, output: kinds.append(str(output.dtype)))
    before, after = stepped(job, data.train[:8])
    _, exact = stepped(job_of(tmp_path / "b", data), data.train[:8])
    assert kinds == ["torch.bfloat16" if precision == "bf16" else "torch.float16"]
    moved, wanted = after["fc.weight"] - before["fc.weight"], exact["fc.weight"] - before["fc.weight"]
    assert after["fc.weight"].dtype == torch.float32
    assert (moved - wanted).norm() < 0.05 * wanted.norm()
    assert not moved.equal(wanted)


def test_clipping_sees_gradients_without_fp16s_scale(tmp_path: Path, data: DataSet) -> None:
    before, after = stepped(job_of(tmp_path, data, precision="fp16", clip_grad_norm=0.01), data.train[:8])
    moved = torch.cat([(after[name] - before[name]).flatten() for name in before])
    assert moved.norm().item() == pytest.approx(0.1 * 0.01, rel=0.01)


def test_channels_last_is_a_layout_and_no_other_sum(tmp_path: Path, data: DataSet) -> None:
    job = job_of(tmp_path / "a", data, channels_last=True, optimizer="Adam")
    assert job.batch(data.train[:8])[0].is_contiguous(memory_format=torch.channels_last)
    _, laid = stepped(job, data.train[:8])
    _, plain = stepped(job_of(tmp_path / "b", data, optimizer="Adam"), data.train[:8])
    for name, value in plain.items():
        assert torch.allclose(laid[name], value, atol=1e-5)
