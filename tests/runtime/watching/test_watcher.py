"""Watching: what the layers did, as hand-written PyTorch has it, without a trace in the results."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from nodes.activation import ReLU, Tanh
from nodes.boundary import Input
from nodes.graph.files import load
from nodes.graph.model import Graph, Network
from nodes.linear import Linear
from nodes.reshape import Flatten
from nodes.spec.training import NodeTraining
from runtime.compile import build
from runtime.job import make_job
from runtime.recipe import Recipe
from runtime.runs import NETWORK, ClassCounts, LayerStatistics, StepTime, create_run, read_entries
from runtime.train import train
from runtime.watching.pace import FIRST, Pace
from runtime.watching.probe import WINDOW, Probe
from runtime.watching.step_clock import PARTS, StepClock
from runtime.watching.watched_layers import watched_layers
from runtime.watching.watcher import Watcher
from tests.runtime.journals import losses_of
from tests.runtime.networks import chained, digits_run


def small_graph() -> Graph:
    return chained(
        Input(size=(1, 8, 8)),
        ("flatten", Flatten()),
        ("fc1", Linear(out_features=12)),
        ("relu", ReLU()),
        ("fc2", Linear(out_features=12)),
        ("tanh", Tanh()),
        ("fc3", Linear(out_features=10)),
    )


def watched(run: Path) -> list[LayerStatistics]:
    return [e for e in read_entries(run)[0] if isinstance(e, LayerStatistics)]


def test_losses_are_the_same_bit_for_bit_watched_or_not(tmp_path: Path) -> None:
    def losses(**recipe: object) -> list[float]:
        run = digits_run(tmp_path, epochs=2, **recipe)
        train(run)
        return losses_of(run)

    off = losses(watch="off", snapshots=False)
    assert losses(watch="by steps", watch_every=1, snapshots=True) == off
    assert losses() == off


@pytest.mark.parametrize(
    "recipe",
    [
        {"optimizer": "LBFGS", "line_search_fn": "strong_wolfe", "max_steps": 6},
        {"accumulation_steps": 3, "clip_grad_norm": 0.1, "l1": 1e-4},
        {"precision": "bf16", "averaging": "EMA", "channels_last": True},
    ],
    ids=lambda recipe: next(iter(recipe)),
)
def test_no_kind_of_step_knows_that_it_is_watched(recipe: dict[str, object], tmp_path: Path) -> None:
    def losses(**watch: object) -> list[float]:
        run = digits_run(tmp_path, epochs=1, snapshots=False, **recipe, **watch)
        train(run)
        told = [numbers.update_ratio for e in watched(run) for numbers in e.layers.values() if numbers.weight_norm]
        assert told or watch["watch"] == "off"
        assert all(ratio is not None for ratio in told)
        return losses_of(run)

    assert losses(watch="by steps", watch_every=1) == losses(watch="off")


def test_two_adversaries_are_both_watched(tmp_path: Path) -> None:
    network = load(Path("resources/networks/gan_ring.netw")).network
    recipe = {**network.recipe, "max_steps": 6, "watch": "by steps", "watch_every": 4, "device": "cpu"}
    run = create_run(tmp_path, dataclasses.replace(network, recipe=recipe))
    train(run)
    layers = watched(run)[0].layers
    assert all(numbers.update_ratio for numbers in layers.values() if numbers.weight_norm)
    assert {"g1", "d1"} <= {path for path, numbers in layers.items() if numbers.gradient_norm}


@pytest.mark.parametrize(("recipe", "count"), [({"compile": "on"}, 0), ({"watch": "by steps", "compile": "on"}, 2)])
def test_compiled_steps_have_no_hooks_by_the_clock(recipe: dict[str, object], count: int, tmp_path: Path) -> None:
    run = digits_run(tmp_path, **recipe)
    network = load(run / NETWORK).network
    job = make_job(run, network, Recipe.read(network.recipe), torch.device("cpu"), None)
    watcher = Watcher(SimpleNamespace(run=run, job=job, stepper=SimpleNamespace(mark=None)))
    watcher.before_step(0)
    assert sum(bool(layer._forward_hooks) for layer in (job.module.conv, job.module.fc)) == count


def test_what_is_off_leaves_no_line(tmp_path: Path) -> None:
    run = digits_run(tmp_path, epochs=1, watch="off", snapshots=False)
    train(run)
    assert not [e for e in read_entries(run)[0] if isinstance(e, LayerStatistics | StepTime | ClassCounts)]
    assert not (run / "snapshots").exists()


def test_every_nth_step_is_watched_and_the_next_one_timed(tmp_path: Path) -> None:
    run = digits_run(tmp_path, epochs=1, watch="by steps", watch_every=10)
    train(run)
    assert [e.step for e in watched(run)] == [0, 10, 20, 30]
    times = [e for e in read_entries(run)[0] if isinstance(e, StepTime)]
    assert times
    assert all(min(e.data, e.forward, e.backward, e.update) > 0 for e in times)


def test_by_time_the_first_step_and_a_warm_one_are_watched(tmp_path: Path) -> None:
    run = digits_run(tmp_path, epochs=1)
    train(run)
    assert [e.step for e in watched(run)][:2] == [0, FIRST]
    counts = next(e for e in read_entries(run)[0] if isinstance(e, ClassCounts))
    assert sum(counts.train) == 1258
    assert counts.names[3] == "3"


def probed(module: nn.Module, batch: torch.Tensor, labels: torch.Tensor, rate: float) -> Probe:
    """A probe after one plain step of gradient descent by hand."""
    probe = Probe(watched_layers(small_graph(), module))
    probe.attach()
    loss, _ = module.losses(batch, labels)
    torch.autograd.backward(loss)
    probe.gradients()
    with torch.no_grad():
        for weight in module.parameters():
            weight -= rate * weight.grad
    probe.moved()
    probe.detach()
    return probe


def test_numbers_are_those_of_pytorch() -> None:
    torch.manual_seed(1)
    module = build(small_graph())
    batch, labels = 3 * torch.randn(32, 1, 8, 8), torch.randint(10, (32,))
    with torch.no_grad():
        first = module.fc1(batch.flatten(1))
        squashed = module.tanh(module.fc2(first.relu()))
    before = torch.cat([module.fc1.weight.detach().flatten(), module.fc1.bias.detach()])
    layers = probed(module, batch, labels, 0.5).fetch()
    gradient = torch.cat([module.fc1.weight.grad.flatten(), module.fc1.bias.grad])
    assert layers["fc1"].mean == pytest.approx(first.mean().item(), rel=1e-3)
    assert layers["fc1"].std == pytest.approx(first.std(correction=0).item(), rel=1e-3)
    assert layers["relu"].zeros == pytest.approx((first <= 0).float().mean().item(), rel=1e-3)
    assert layers["relu"].dead == pytest.approx((first.amax(0) <= 0).float().mean().item(), abs=1e-4)
    assert layers["tanh"].saturated == pytest.approx((squashed.abs() > 0.9747).float().mean().item(), rel=1e-3)
    assert layers["fc1"].gradient_norm == pytest.approx(gradient.norm().item(), rel=1e-3)
    assert layers["fc1"].weight_norm == pytest.approx(before.norm().item(), rel=1e-3)
    assert layers["fc1"].update_ratio == pytest.approx((0.5 * gradient.norm() / before.norm()).item(), rel=1e-3)
    assert "flatten" not in layers
    assert layers["relu"].gradient_norm is None


def test_a_unit_is_dead_when_no_step_of_the_window_finds_it_alive() -> None:
    module = build(small_graph())
    probe = Probe([layer for layer in watched_layers(small_graph(), module) if layer.path == "relu"])
    values = torch.ones(4, 12)
    values[:, :3] = -1
    told = []
    for number in range(WINDOW + 2):
        probe.attach()
        module.relu(values if number else values.abs())
        probe.detach()
        told.append(probe.fetch()["relu"].dead)
    assert told == [0] * WINDOW + [0.25, 0.25]


def test_what_is_not_finite_is_said() -> None:
    module = build(small_graph())
    with torch.no_grad():
        module.fc2.weight[0, 0] = float("nan")
    probe = Probe(watched_layers(small_graph(), module))
    probe.attach()
    module.losses(torch.ones(4, 1, 8, 8), torch.zeros(4, dtype=torch.long))
    layers = probe.fetch()
    assert layers["fc1"].is_finite
    assert not layers["fc2"].is_finite
    assert layers["fc2"].mean is None


def test_frozen_layers_have_no_gradient(tmp_path: Path) -> None:
    graph = small_graph().with_training("fc1", NodeTraining(frozen=True))
    run = create_run(tmp_path, Network(graph, "frozen", recipe={"epochs": 1, "watch": "by steps", "device": "cpu"}))
    train(run)
    first = watched(run)[0].layers
    assert first["fc1"].update_ratio is None
    assert first["fc2"].update_ratio is not None


def test_watching_waits_until_its_share_is_earned(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("runtime.watching.pace.time.perf_counter", lambda: now[0])
    pace = Pace(Recipe())
    pace.spend(0.016)  # earned after two seconds
    now[0] = 1.5
    assert pace.look(100) == ""
    now[0] = 2.5
    assert [pace.look(step) for step in (101, 102, 103)] == ["time", "layers", ""]


def test_the_clock_gives_the_mean_of_each_part(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([0.0, 1.0, 3.0, 6.0, 7.0] * 2)
    monkeypatch.setattr("runtime.watching.step_clock.time.perf_counter", lambda: next(moments))
    clock = StepClock(torch.device("cpu"))
    for _ in range(2):
        clock.begin()
        for part in ("data", "forward", "gradients", "backward"):
            clock.mark(part)
        clock.end()
    assert clock.take() == dict(zip(PARTS, (1.0, 2.0, 3.0, 1.0), strict=True))
    assert clock.take() is None
