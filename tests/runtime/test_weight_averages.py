"""Averaged weights against torch.optim.swa_utils."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, update_bn

from nodes.activation import ReLU
from nodes.boundary import Input
from nodes.conv import Conv2d
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.normalization import BatchNorm2d
from nodes.reshape import Flatten
from runtime.checkpoint import load_weights
from runtime.compile import build
from runtime.data.choice import DataChoice
from runtime.data.open import open_data
from runtime.evaluate import measure_normalisation_anew
from runtime.job import make_job
from runtime.recipe import Recipe
from runtime.runs import create_run
from runtime.train import train
from runtime.weight_averages import Averages
from tests.runtime.networks import QUICK, chained


def layers() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))


def stirred(module: nn.Module) -> None:
    with torch.no_grad():
        for weight in module.parameters():
            weight.add_(torch.randn_like(weight))
    module(torch.randn(5, 3))


def test_ema_is_pytorchs() -> None:
    module = layers()
    averages = Averages(Recipe(averaging="EMA", ema_decay=0.9), module)
    theirs = AveragedModel(module, multi_avg_fn=get_ema_multi_avg_fn(0.9), use_buffers=False)
    for _ in range(6):
        stirred(module)
        averages.after_step()
        theirs.update_parameters(module)
    with averages.applied():
        for ours, other in zip(module.parameters(), theirs.module.parameters(), strict=True):
            assert torch.allclose(ours, other, atol=1e-6)


def test_swa_is_pytorchs_and_begins_after_its_epoch() -> None:
    module = layers()
    averages = Averages(Recipe(averaging="SWA", swa_start=2), module)
    theirs = AveragedModel(module)
    for epoch in range(1, 6):
        stirred(module)
        averages.after_epoch(epoch)
        if epoch > 2:
            theirs.update_parameters(module)
    assert averages.count == 3
    with averages.applied():
        for ours, other in zip(module.parameters(), theirs.module.parameters(), strict=True):
            assert torch.allclose(ours, other, atol=1e-6)


def test_polyak_is_pytorchs_mean_of_every_step_and_begins_after_its_epoch() -> None:
    module = layers()
    averages = Averages(Recipe(averaging="Polyak", swa_start=1), module)
    theirs = AveragedModel(module)
    for step in range(9):  # three epochs of three
        stirred(module)
        averages.after_step()
        if step >= 3:
            theirs.update_parameters(module)
        if step % 3 == 2:
            averages.after_epoch(step // 3 + 1)
    assert averages.count == 6
    with averages.applied():
        for ours, other in zip(module.parameters(), theirs.module.parameters(), strict=True):
            assert torch.allclose(ours, other, atol=1e-6)


def test_weights_come_back_after_the_averages_were_looked_at() -> None:
    module = layers()
    averages = Averages(Recipe(averaging="EMA", ema_decay=0.5), module)
    for _ in range(2):
        stirred(module)
        averages.after_step()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    with averages.applied():
        assert not module[0].weight.equal(before["0.weight"])  # type: ignore[arg-type,operator]
    assert all(value.equal(before[name]) for name, value in module.state_dict().items())


def network(**recipe: object) -> Network:
    graph = chained(
        Input(size=(1, 8, 8)),
        ("conv", Conv2d(out_channels=4, kernel_size=(3, 3))),
        ("bn", BatchNorm2d()),
        ("relu", ReLU()),
        ("flatten", Flatten()),
        ("fc", Linear(out_features=10)),
    )
    return Network(graph, "digits", recipe={**QUICK, **recipe})


def test_normalisation_is_measured_anew_as_update_bn_does(tmp_path: Path) -> None:
    run = create_run(tmp_path, network())
    data = open_data(DataChoice())
    job = make_job(run, network(), Recipe.read(QUICK), torch.device("cpu"), data)
    theirs = build(network().graph, losses=False)
    theirs.load_state_dict(job.module.state_dict())
    rows = data.train[: job.epoch_steps * 32]
    update_bn([job.batch(rows[start : start + 32])[0] for start in range(0, len(rows), 32)], theirs)
    measure_normalisation_anew(job)
    ours = job.module.state_dict()
    assert not ours["bn.running_mean"].equal(torch.zeros(4))
    for name in ("bn.running_mean", "bn.running_var"):
        assert torch.allclose(ours[name], theirs.state_dict()[name], atol=1e-5)


def test_a_run_keeps_its_averaged_weights(tmp_path: Path) -> None:
    run = create_run(tmp_path, network(averaging="SWA", swa_start=0, epochs=3, keep="last"))
    train(run)
    kept, last = load_weights(run, "best"), load_weights(run, "last")
    assert set(kept) == set(last)
    assert not kept["conv.weight"].equal(last["conv.weight"])
    assert not kept["bn.running_mean"].equal(last["bn.running_mean"])
