"""Learning rates against torch.optim.lr_scheduler and the lectures' formulas."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler
from torch.optim.lr_scheduler import LRScheduler

from runtime.optimizers import make_optimizer
from runtime.recipe import Recipe
from runtime.schedules import SCHEDULES, momentum_at

STEPS, EPOCHS = 10, 12  # steps in an epoch, epochs
ALL = STEPS * EPOCHS
Make = Callable[[torch.optim.Optimizer], LRScheduler]


def recipe_of(schedule: str, **settings: Any) -> Recipe:
    return Recipe(schedule=schedule, learning_rate=0.2, epochs=EPOCHS, **settings)


REFERENCES: dict[str, tuple[Recipe, Make]] = {
    "constant": (recipe_of("constant"), lambda o: lr_scheduler.ConstantLR(o, 1.0)),
    "step": (recipe_of("step", step_size=3, gamma=0.5), lambda o: lr_scheduler.StepLR(o, 3 * STEPS, 0.5)),
    "multistep": (
        recipe_of("multistep", milestones=(2, 7.5), gamma=0.3), lambda o: lr_scheduler.MultiStepLR(o, [20, 75], 0.3),
    ),
    "exponential": (
        recipe_of("exponential", decay_rate=0.3), lambda o: lr_scheduler.ExponentialLR(o, math.exp(-0.3 / STEPS)),
    ),
    "cosine": (recipe_of("cosine", eta_min=0.01), lambda o: lr_scheduler.CosineAnnealingLR(o, ALL, 0.01)),
    "warm_restarts": (
        recipe_of("warm_restarts", T_0=2, T_mult=2, eta_min=0.01),
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 2 * STEPS, 2, 0.01),
    ),
    "one_cycle": (recipe_of("one_cycle"), lambda o: lr_scheduler.OneCycleLR(o, 0.2, ALL)),
    "one_cycle_three_phases": (
        recipe_of("one_cycle", three_phase=True, anneal_strategy="linear", pct_start=0.4, div_factor=10.0),
        lambda o: lr_scheduler.OneCycleLR(
            o, 0.2, ALL, three_phase=True, anneal_strategy="linear", pct_start=0.4, div_factor=10.0
        ),
    ),
    "triangular": (
        recipe_of("cyclic", base_lr=0.02, step_size_up=1.5, step_size_down=3.0),
        lambda o: lr_scheduler.CyclicLR(o, 0.02, 0.2, 15, 30, base_momentum=0.85, max_momentum=0.95),
    ),
    "triangular2": (
        recipe_of("cyclic", base_lr=0.02, cycle_mode="triangular2"),
        lambda o: lr_scheduler.CyclicLR(o, 0.02, 0.2, 20, mode="triangular2", base_momentum=0.85, max_momentum=0.95),
    ),
    "exp_range": (
        recipe_of("cyclic", base_lr=0.02, cycle_mode="exp_range", cycle_gamma=0.99),
        lambda o: lr_scheduler.CyclicLR(
            o, 0.02, 0.2, 20, mode="exp_range", gamma=0.99, base_momentum=0.85, max_momentum=0.95
        ),
    ),
    "polynomial": (recipe_of("polynomial", power=2.0), lambda o: lr_scheduler.PolynomialLR(o, ALL, 2.0)),
    "linear": (recipe_of("linear", end_factor=0.1), lambda o: lr_scheduler.LinearLR(o, 1.0, 0.1, ALL)),
}  # fmt: skip


def courses(recipe: Recipe, make: Make, steps: int = ALL) -> tuple[list[float], list[float]]:
    """Rate and momentum of every step, as PyTorch's scheduler sets them."""
    optimizer = make_optimizer(recipe, nn.Linear(1, 1))
    schedule = make(optimizer)
    rates, momenta = [], []
    for _ in range(steps):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        momenta.append(optimizer.param_groups[0]["momentum"])
        optimizer.step()
        schedule.step()
    return rates, momenta


@pytest.mark.parametrize("name", REFERENCES)
def test_rates_are_pytorchs(name: str) -> None:
    recipe, make = REFERENCES[name]
    theirs, _ = courses(recipe, make)
    assert [recipe.learning_rate_at(step, STEPS) for step in range(ALL)] == pytest.approx(theirs, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", ["one_cycle", "one_cycle_three_phases", "triangular", "triangular2", "exp_range"])
def test_momentum_moves_against_the_rate_as_pytorchs(name: str) -> None:
    recipe, make = REFERENCES[name]
    _, theirs = courses(recipe, make)
    assert [momentum_at(recipe, step, STEPS) for step in range(ALL)] == pytest.approx(theirs, rel=1e-6)


def test_momentum_stays_where_it_is_told_to() -> None:
    assert momentum_at(recipe_of("one_cycle", cycle_momentum=False), 3, STEPS) is None
    assert momentum_at(recipe_of("cosine"), 3, STEPS) is None


def test_every_schedule_has_a_reference() -> None:
    seen = {recipe.schedule for recipe, _ in REFERENCES.values()}
    assert set(SCHEDULES) - seen == {"inverse_time", "plateau"}  # PyTorch has no 1/t; plateau is in test_stopping


def test_one_over_t_is_the_lectures() -> None:
    recipe = recipe_of("inverse_time", decay_rate=0.5)
    assert [recipe.learning_rate_at(step, STEPS) for step in (0, 20, 60)] == pytest.approx([0.2, 0.1, 0.05])


def test_exponential_is_the_lectures() -> None:
    recipe = recipe_of("exponential", decay_rate=math.log(2))
    assert [recipe.learning_rate_at(step, STEPS) for step in (0, 10, 30)] == pytest.approx([0.2, 0.1, 0.025])


def test_rate_that_changes_each_epoch() -> None:
    recipe = recipe_of("exponential", decay_rate=math.log(2), rate_changes="each epoch")
    theirs, _ = courses(recipe, lambda o: lr_scheduler.ExponentialLR(o, 0.5), EPOCHS)
    assert [recipe.learning_rate_at(STEPS * epoch, STEPS) for epoch in range(EPOCHS)] == pytest.approx(theirs)
    assert recipe.learning_rate_at(19, STEPS) == pytest.approx(0.1)


@pytest.mark.parametrize("name", ["constant", "step", "cosine", "polynomial"])
def test_warm_up_comes_before_the_schedule_as_in_sequential_lr(name: str) -> None:
    settings: dict[str, Any] = {"step": {"step_size": 3, "gamma": 0.5}}.get(name, {})
    recipe = recipe_of(name, warmup_epochs=2.0, warmup_start=0.25, **settings)
    rest = ALL - 2 * STEPS
    make: dict[str, Make] = {
        "constant": lambda o: lr_scheduler.ConstantLR(o, 1.0),
        "step": lambda o: lr_scheduler.StepLR(o, 3 * STEPS, 0.5),
        "cosine": lambda o: lr_scheduler.CosineAnnealingLR(o, rest),
        "polynomial": lambda o: lr_scheduler.PolynomialLR(o, rest),
    }
    optimizer = make_optimizer(recipe, nn.Linear(1, 1))
    warm = lr_scheduler.LinearLR(optimizer, 0.25, 1.0, 2 * STEPS)
    warmed = []
    for _ in range(2 * STEPS):
        warmed.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        warm.step()
    after, _ = courses(recipe, make[name], rest)
    assert [recipe.learning_rate_at(s, STEPS) for s in range(ALL)] == pytest.approx(warmed + after)


def test_a_run_cut_by_steps_ends_its_schedule_there() -> None:
    recipe = recipe_of("polynomial", max_steps=50)
    assert recipe.total_steps(STEPS) == 50
    assert recipe.learning_rate_at(25, STEPS) == pytest.approx(0.1)
    assert recipe.learning_rate_at(50, STEPS) == 0


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_no_rate_is_negative_or_above_the_learning_rate(schedule: str) -> None:
    recipe = Recipe(schedule=schedule, learning_rate=0.2, epochs=3, warmup_epochs=0.5)
    rates = [recipe.learning_rate_at(step, 7) for step in range(30)]
    assert min(rates) >= 0
    assert max(rates) <= 0.2 * (1 + 1e-12)
