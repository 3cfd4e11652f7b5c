"""Two networks in one drawing that learn against each other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional

from nodes.boundary import Input
from nodes.graph.model import Network
from nodes.linear import Linear
from runtime.adversarial import adversaries_of, distance
from runtime.checkpoint import load_run
from runtime.compile import build
from runtime.data.choice import DataChoice
from runtime.data.open import open_data
from runtime.job import Job, make_job
from runtime.recipe import Recipe
from runtime.runs import (
    Entry,
    GeneratorLoss,
    Noted,
    Stop,
    TrainingError,
    Validated,
    create_run,
    read_entries,
    send,
)
from runtime.step import make_stepper
from runtime.train import train
from tests.networks.drawn import DRAWINGS
from tests.runtime.journals import losses


def ring(**recipe: Any) -> Network:
    network = DRAWINGS["gan_ring"]()
    return replace(network, recipe={**network.recipe, "epochs": 2, "device": "cpu", **recipe})


def job_of(network: Network) -> Job:
    return make_job(Path(), network, Recipe.read(network.recipe), torch.device("cpu"), None)


def generator_losses(entries: list[Entry]) -> dict[int, float]:
    found: dict[int, float] = {}
    for entry in entries:
        if isinstance(entry, GeneratorLoss):
            for number, loss in enumerate(entry.loss):
                assert entry.first_step + number * entry.every not in found
                found[entry.first_step + number * entry.every] = loss
    return found


# ---- noise


def test_noise_comes_with_the_samples_as_it_is() -> None:
    data = open_data(DataChoice(source="toy:ring", noise=4))
    noise = data.columns["noise"]
    assert noise.shape == (2000, 4)
    assert noise.std().item() == pytest.approx(1, abs=0.03)
    assert data.conversion("noise")(noise).equal(noise)  # type: ignore[misc]
    assert data.columns["real"].eq(1).all()
    assert [field.name for field in open_data(DataChoice(source="toy:ring")).fields] == ["point", "label"]


def test_noise_is_new_in_training_and_the_same_in_evaluation() -> None:
    job = job_of(ring())
    rows, place = torch.arange(5), job.binding.fields.index("noise")
    job.module.train()
    assert not job.batch(rows)[place].equal(job.batch(rows)[place])
    job.module.eval()
    assert job.batch(rows)[place].equal(job.data.columns["noise"][:5])


# ---- one step, by hand


def test_a_step_is_algorithm_1(tmp_path: Path) -> None:
    """Discriminator first, on real and made halves; then the generator through the discriminator as it now is."""
    network = ring(optimizer="SGD", learning_rate=0.5, momentum=0.0, batch_size=8)
    job, hand = job_of(network), build(network.graph)
    hand.load_state_dict(job.module.state_dict())
    rows, module = torch.arange(8), job.module.train()
    stepper: Any = make_stepper(job)
    torch.manual_seed(3)
    [measured] = stepper.step([rows], 0.5, None)

    torch.manual_seed(3)
    first, second = torch.randn(8, 16), torch.randn(8, 16)
    point = job.loader.batch(rows)[job.binding.fields.index("point")]

    def judged(x: Any) -> Any:
        leak = functional.leaky_relu
        return hand.d3(leak(hand.d2(leak(hand.d1(x), 0.2)), 0.2))

    def loss(x: Any, wanted: float) -> Any:
        return functional.binary_cross_entropy_with_logits(judged(x), torch.full((8, 1), wanted))

    def move(total: Any, prefix: str) -> None:
        weights = {name: w for name, w in hand.named_parameters() if name.startswith(prefix)}
        for weight, slope in zip(weights.values(), torch.autograd.grad(total, list(weights.values())), strict=True):
            weight.data -= 0.5 * slope

    total = (loss(point, 1.0) + loss(hand(first).detach(), 0.0)) / 2
    assert measured.loss.item() == pytest.approx(total.item(), abs=1e-6)
    move(total, "d")
    total = loss(hand(second), 1.0)
    assert stepper.generator_losses[0].item() == pytest.approx(total.item(), abs=1e-6)
    move(total, "g")
    for name, weight in hand.named_parameters():
        assert torch.allclose(weight, dict(module.named_parameters())[name], atol=1e-6)


def test_the_generator_moves_at_every_third_step_where_so_set() -> None:
    network = ring(discriminator_steps=3)
    job = job_of(network)
    stepper, moved = make_stepper(job), []
    job.module.train()
    for _ in range(6):
        before = job.module.g1.weight.detach().clone()
        stepper.step([torch.arange(16)], 0.001, None)
        moved.append(not job.module.g1.weight.equal(before))
    assert moved == [False, False, True, False, False, True]


# ---- a whole run


def test_both_losses_stand_in_the_journal_and_the_distance_is_validated(tmp_path: Path) -> None:
    run = create_run(tmp_path, ring(discriminator_steps=2, max_steps=20))
    summary = train(run)
    entries = read_entries(run)[0]
    assert list(generator_losses(entries)) == list(range(1, 20, 2))
    assert len(losses(entries)) == 20
    assert losses(entries)[0] == pytest.approx(0.693, abs=0.1)
    assert any(isinstance(e, Noted) and e.sentence.startswith("Adversaries") for e in entries)
    measured = [e.loss for e in entries if isinstance(e, Validated) and e.part == "validation"]
    assert summary.best is not None
    assert summary.best.loss == min(measured)


def test_the_run_gives_away_the_generator_alone(tmp_path: Path) -> None:
    run = create_run(tmp_path, ring(max_steps=2))
    train(run)
    module = load_run(run).module
    assert {name.partition(".")[0] for name, _ in module.named_parameters()} == {"g1", "g2", "g3"}
    assert module(torch.zeros(3, 16)).shape == (3, 2)


def test_a_stopped_run_goes_on_bit_for_bit(tmp_path: Path) -> None:
    whole, halved = (create_run(tmp_path / name, ring(discriminator_steps=2, epochs=3)) for name in "ab")
    train(whole)
    send(halved, Stop())
    assert train(halved).reason == "stopped"
    train(halved, resume=True)
    first, second = (read_entries(run)[0] for run in (whole, halved))
    assert losses(first) == losses(second)
    assert generator_losses(first) == generator_losses(second)


def test_the_distance_of_a_shift_is_its_length_along_the_directions() -> None:
    """Moved by 1 along one of two axes: |cos| of the angle to each direction, 2 / π in the mean."""
    points = torch.randn(500, 2, generator=torch.Generator().manual_seed(0))
    assert distance(points, points[torch.randperm(500)]) == pytest.approx(0, abs=1e-6)
    assert distance(points, points + torch.tensor([1.0, 0.0])) == pytest.approx(0.637, abs=0.1)


# ---- what has no two networks says so


def test_without_noise_there_is_no_generator() -> None:
    network = replace(ring(), data={"source": "toy:ring", "normalise": "scale"})
    for name in ("noise", "real"):
        graph = network.graph.with_settings(name, Input("vector", (2,), field="point"))
        network = replace(network, graph=graph)
    network = replace(network, graph=network.graph.with_settings("d3", Linear(2)))
    with pytest.raises(TrainingError, match="no Input takes the field noise"):
        make_stepper(job_of(network))


def test_a_generator_of_another_size_is_refused() -> None:
    network = ring()
    network = replace(network, graph=network.graph.with_settings("g3", Linear(3)))
    with pytest.raises(TrainingError, match="as large as what the discriminator looks at"):
        adversaries_of(job_of(network))
