"""What a short run cannot do is told at its beginning."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.recipe import Recipe
from runtime.vain_settings import vain_settings

SAMPLES = 1_280  # 20 batches of 64


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"batch_size": 2_000}, "batch_size is 2,000, and there are 1,280 samples: each step takes them all."),
        (
            {"accumulation_steps": 50},
            "accumulation_steps is 50, and an epoch has 20 batches: the weights move once an epoch.",
        ),
        (
            {"warmup_epochs": 3.0},
            "The warm-up takes 3 epochs, and the run has 2 epochs: the rate stays below its height.",
        ),
        (
            {"averaging": "SWA", "swa_start": 2},
            "SWA begins after epoch 2, and the run has 2 epochs: nothing is averaged. Lower swa_start.",
        ),
        (
            {"averaging": "EMA", "ema_decay": 0.99},
            "EMA looks back on about 100 steps, and the run has 40: the average stays near the first weights. "
            "Set ema_decay to 0.75.",
        ),
        (
            {"unfreeze": "1: conv2; 5: conv1", "head_epochs": 2},
            "To the end of the run stays frozen: conv1 (after epoch 5), the trunk (after epoch 2); "
            "the run has 2 epochs.",
        ),
        (
            {"schedule": "step", "step_size": 10, "epochs": 10, "max_steps": 7},
            "The rate of the schedule step first falls after epoch 10, and the run has 7 steps.",
        ),
        (
            {"max_steps": 100},
            "max_steps is 100, and 2 epochs have 40: the run ends after those. Set epochs to 5.",
        ),
        (
            {"optimizer": "LBFGS", "clip_grad_norm": 1.0, "trunk_factor": 0.1},
            "LBFGS passes over clip_grad_norm and trunk_factor: choose another optimizer for that.",
        ),
        (
            {"strategy": "fsdp"},
            "strategy fsdp parts the weights among processes, and this run has one: nothing is parted.",
        ),
    ],
)
def test_what_cannot_take_effect_is_told(settings: dict[str, Any], sentence: str) -> None:
    assert list(vain_settings(Recipe(**{"epochs": 2} | settings), SAMPLES)) == [sentence]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"averaging": "SWA", "swa_start": 1},
        {"averaging": "EMA", "ema_decay": 0.9},
        {"unfreeze": "1: all", "head_epochs": 1, "accumulation_steps": 20, "warmup_epochs": 1.0},
        {"schedule": "multistep", "milestones": (1, 8)},
    ],
)
def test_what_takes_effect_is_not_told(settings: dict[str, Any]) -> None:
    assert not list(vain_settings(Recipe(epochs=2, **settings), SAMPLES))
