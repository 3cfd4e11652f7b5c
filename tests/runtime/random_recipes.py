"""Recipes at random, such as nobody would think of."""

from __future__ import annotations

import math
import random
from typing import Any

from nodes.spec.settings import Choice, Flag, Integer, Kind, Numbers, Real, SettingError, Text
from runtime.recipe import Recipe
from runtime.recipe_parts.words import FOLLOWS

BOUNDS = {"history_size": 10, "max_iter": 5, "accumulation_steps": 7, "validate_every": 30, "epochs": 3,
          "cutout": 8, "crop_padding": 7}  # fmt: skip
UNSUITED = {"sample_every": None, "adversarial": False, "carry_state": False}  # to digits: refused at once
MEASURED = ("auto", "loss", "accuracy", "f1")  # of the digits
KEPT = 0.55  # of the settings stay as they are


def random_recipe(seed: int) -> dict[str, Any]:
    """Settings that a recipe takes, quick on the digits, without a time budget."""
    numbers = random.Random(seed)
    while True:
        settings = {name: _value(numbers, name, kind) for name, kind in Recipe.settings().items()}
        settings |= {"device": "cpu", "time_budget": None, "batch_size": numbers.choice([64, 128, 300, 2000])}
        settings |= UNSUITED | {"compile": "off"}  # a minute
        settings |= {name: min(settings[name], most) for name, most in BOUNDS.items()}
        for name in ("monitor", "best_by"):
            if settings[name] not in MEASURED:
                settings[name] = "loss"
        try:
            Recipe.read(settings)
        except SettingError:
            continue
        return settings


def _value(numbers: random.Random, name: str, kind: Kind) -> Any:
    if numbers.random() < KEPT:
        return None if name in FOLLOWS else getattr(Recipe(), name)
    if kind.optional and numbers.random() < 0.3:
        return None
    match kind:
        case Integer():
            return min(kind.high, kind.low + numbers.choice([0, 1, 2, 5, 20, 100]))
        case Real():
            low, high = math.log(max(kind.low, 1e-6)), math.log(min(kind.high, 10))
            return min(max(math.exp(numbers.uniform(low, max(low, high))), kind.low), kind.high)
        case Choice():
            return numbers.choice(kind.options)
        case Flag():
            return numbers.random() < 0.5
        case Text():
            return getattr(Recipe(), name)
        case Numbers():
            return [numbers.uniform(0, 3) for _ in range(numbers.randrange(4))]
    raise TypeError(kind)
