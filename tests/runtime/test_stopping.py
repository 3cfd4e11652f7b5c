"""Plateau against PyTorch; early stopping, target and time budget by numbers."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch
from torch import nn

from runtime.recipe import Recipe
from runtime.stopping import Plateau, Progression, ending, lower_on_plateau, note_progress


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"patience": 0},
        {"patience": 2, "cooldown": 3},
        {"patience": 1, "threshold": 0.05, "factor": 0.5, "min_lr": 0.01},
        {"patience": 1, "threshold": 0.02, "threshold_mode": "abs"},
        {"patience": 1, "monitor": "accuracy", "threshold": 0.01},
    ],
)
def test_plateau_is_pytorchs(settings: dict[str, Any]) -> None:
    recipe = Recipe(schedule="plateau", learning_rate=0.1, **({"patience": 3} | settings))
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer,
        "max" if recipe.monitor == "accuracy" else "min",
        factor=recipe.factor,
        patience=recipe.patience,
        threshold=recipe.threshold,
        threshold_mode=recipe.threshold_mode,  # type: ignore[arg-type]
        cooldown=recipe.cooldown,
        min_lr=recipe.min_lr,
        eps=0,
    )
    plateau, numbers = Plateau(), random.Random(3)
    falls = 0
    for validation in range(40):
        value = 0.5 + 1 / (1 + validation) + 0.05 * numbers.random()
        falls += lower_on_plateau(recipe, plateau, value)
        theirs.step(value)
        assert 0.1 * plateau.factor == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-9)
    assert falls > 0


def after(recipe: Recipe, *values: float) -> Progression:
    progression = Progression()
    for epoch, value in enumerate(values, 1):
        note_progress(recipe, progression, value, epoch)
    return progression


def test_early_stopping_waits_as_long_as_its_patience() -> None:
    recipe = Recipe(early_stopping=True, stop_patience=2)
    assert ending(recipe, after(recipe, 1.0, 0.5, 0.6), 0.6, 0) is None
    end = ending(recipe, after(recipe, 1.0, 0.5, 0.6, 0.5), 0.5, 0)
    assert end is not None
    assert end == (
        "early", "The validation loss has not got better for 2 validations. The best, 0.5, was at epoch 2.",
    )  # fmt: skip


def test_progress_below_min_delta_does_not_count() -> None:
    recipe = Recipe(early_stopping=True, stop_patience=2, stop_min_delta=0.1)
    assert after(recipe, 1.0, 0.95, 0.91).since == 2
    assert after(recipe, 1.0, 0.95, 0.89).since == 0


def test_without_early_stopping_nothing_ends() -> None:
    recipe = Recipe(stop_patience=1)
    assert ending(recipe, after(recipe, 1.0, 2.0, 3.0), 3.0, 1e9) is None


def test_higher_is_better_for_accuracy() -> None:
    recipe = Recipe(early_stopping=True, stop_patience=1, monitor="accuracy")
    assert after(recipe, 0.5, 0.6).since == 0
    assert after(recipe, 0.6, 0.5).since == 1


@pytest.mark.parametrize(("monitor", "reached", "missed"), [("loss", 0.3, 0.31), ("accuracy", 0.3, 0.29)])
def test_target(monitor: str, reached: float, missed: float) -> None:
    recipe = Recipe(monitor=monitor, target=0.3)
    assert ending(recipe, Progression(), missed, 0) is None
    end = ending(recipe, Progression(), reached, 0)
    assert end == ("target", f"The validation {monitor} is 0.3: the target 0.3 is reached.")


def test_time_budget() -> None:
    recipe = Recipe(time_budget=2.0)
    assert ending(recipe, Progression(), None, 119) is None
    assert ending(recipe, Progression(), None, 120) == ("time", "The time budget of 2 min is used up.")
