"""The estimate of training memory against steps that are measured: within ten per cent."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile

import resources
from nodes.boundary import Input
from nodes.graph import files
from nodes.graph.infer import infer
from nodes.graph.memory import state_copies, step_memory
from nodes.graph.model import Graph
from nodes.recurrent import GRU, LSTM, RNN, Recurrent
from runtime.compile import build
from runtime.optimizers import make_optimizer, optimizer_memory
from runtime.recipe import Recipe
from runtime.recipe_parts.words import OPTIMIZERS
from tests.runtime import memory_networks

STEPS = {"L": 100, "T": 20}
NETWORK_FOLDER = Path(resources.__file__).parent / "networks"
NETWORKS = [
    ("digits", 64),
    ("lenet5", 64),
    ("vgg11", 16),
    ("resnet50", 8),
    ("densenet", 16),
    ("unet", 8),
    ("mobile", 16),
]


@pytest.mark.parametrize(("name", "batch"), [*NETWORKS, ("char_lstm", 16)])
def test_the_estimate_is_within_ten_per_cent_of_a_measured_step(name: str, batch: int) -> None:
    graph, recipe = getattr(memory_networks, name)(), Recipe(optimizer="Adam", batch_size=batch)
    estimated = step_memory(infer(graph), dataclasses.asdict(recipe), sizes=STEPS).at(batch).total
    assert estimated == pytest.approx(_measured(graph, recipe), rel=0.1)


SHIPPED = [
    ("char_lstm", 4, "32"), ("char_lstm", 4, "bf16"), ("char_gru", 4, "32"), ("char_gru", 4, "bf16"),
    ("char_rnn", 8, "32"), ("char_transformer", 2, "32"), ("char_transformer", 2, "bf16"),
    ("vit_digits", 16, "32"), ("vit_digits", 16, "bf16"), ("nin", 2, "32"), ("nin", 2, "bf16"),
    ("digits", 32, "bf16"), ("lenet5", 32, "bf16"), ("resnet20", 4, "32"), ("resnet20", 4, "bf16"),
    ("sentiment", 4, "32"), ("highway", 8, "32"), ("linear_classifier", 16, "32"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "batch", "bits"), SHIPPED)
def test_the_estimate_for_networks_that_come_with_the_program(name: str, batch: int, bits: str) -> None:
    graph = files.load(NETWORK_FOLDER / f"{name}.netw").network.graph
    require_estimate(graph, batch, halved=bits == "bf16")


@pytest.mark.parametrize("bits", ["32", "bf16"])
@pytest.mark.parametrize(
    ("settings", "batch"),
    [
        (LSTM(128), 16), (LSTM(256), 16), (LSTM(256, num_layers=2), 8), (LSTM(256, bidirectional=True), 8),
        (GRU(256), 16), (GRU(256, num_layers=2), 8), (RNN(64), 64), (RNN(256), 16),
    ],
)  # fmt: skip
def test_the_estimate_for_recurrent_layers(settings: Recurrent, batch: int, bits: str) -> None:
    require_estimate(memory_networks.recurrent(settings), batch, halved=bits == "bf16")


def require_estimate(graph: Graph, batch: int, *, halved: bool) -> None:
    recipe = Recipe(optimizer="Adam", batch_size=batch, precision="bf16" if halved else "fp32")
    step = step_memory(infer(graph), dataclasses.asdict(recipe), sizes=STEPS)
    assert step.at(batch).total == pytest.approx(_measured(graph, recipe), rel=0.1)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("more", [{}, {"momentum": 0.5, "amsgrad": True, "centered": True}])
def test_numbers_that_an_optimizer_remembers_for_each_weight(name: str, more: dict[str, Any]) -> None:
    recipe, weight = Recipe(optimizer=name, history_size=3, **more), nn.Parameter(torch.linspace(-1, 1, 1000))
    optimizer = make_optimizer(recipe, nn.ParameterList([weight]))

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = (weight**4).sum() + (weight[1:] - weight[:-1] ** 2).square().sum()
        loss.backward()
        return loss.detach()

    for _ in range(10):
        optimizer.step(closure)
    tensors, _ = optimizer_memory(optimizer)
    held = sum(value.numel() for value in tensors.values()) / 1000
    # LBFGS has one more while it steps
    assert state_copies(recipe.written()) - held == pytest.approx(1 if name == "LBFGS" else 0, abs=0.02)


@pytest.mark.parametrize(("optimizer", "momentum"), [("SGD", 0.0), ("SGD", 0.9), ("AdamW", 0.9)])
def test_the_estimate_knows_the_optimizers_state(optimizer: str, momentum: float) -> None:
    graph, recipe = memory_networks.lenet5(), Recipe(optimizer=optimizer, momentum=momentum, batch_size=2)
    estimated = step_memory(infer(graph), dataclasses.asdict(recipe)).at(2).total
    assert estimated == pytest.approx(_measured(graph, recipe), rel=0.1)


def _measured(graph: Graph, recipe: Recipe) -> int:
    """Bytes of what stands before a step, and of the most that is allocated in it beside."""
    torch.manual_seed(0)
    module = build(graph)
    module.train()
    optimizer = make_optimizer(recipe, module)
    batch = _batch(graph, recipe.batch_size)

    def step() -> dict[str, tuple[Tensor, Tensor]]:
        with torch.autocast("cpu", torch.bfloat16, enabled=recipe.precision == "bf16"):
            loss, parts = module.losses(*batch)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return parts  # the training loop holds them as long

    step()  # the optimizer makes its state in the first one
    standing = [*module.parameters(), *module.buffers(), *batch]
    standing += [value for state in optimizer.state.values() for value in state.values() if torch.is_tensor(value)]
    return sum(value.numel() * value.element_size() for value in standing) + _most_allocated(step)


def _most_allocated(step: Callable[[], object]) -> int:
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True, acc_events=True) as watched:
        step()
    events = [event for event in watched.profiler.kineto_results.events() if event.name() == "[memory]"]
    allocated = most = 0
    for event in sorted(events, key=lambda one: one.start_ns()):
        allocated += event.nbytes()
        most = max(most, allocated)
    return most


def _batch(graph: Graph, size: int) -> list[Tensor]:
    facts = infer(graph).facts
    values = []
    for name, node in graph.nodes.items():
        if isinstance(node.settings, Input):
            shape = facts[name].outputs["output"].at(STEPS)
            is_index = shape.values == "index"
            values.append(torch.randint(0, 2, (size, *shape)) if is_index else torch.randn(size, *shape))
    (loss,) = (name for name, node in graph.nodes.items() if node.settings.is_loss)
    scores = facts[loss].inputs["prediction"].at(STEPS)
    places = [count for count, axis in zip(scores, scores.axes, strict=True) if axis != "C"]
    return [*values, torch.randint(0, 2, (size, *places))]
