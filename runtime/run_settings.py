"""The settings of a run that are not as usual, by the keys that a command line sets them with. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from runtime.data.choice import DataChoice
from runtime.recipe import Recipe

OPTIMIZER = Recipe().optimizer
ALWAYS = ("recipe.optimizer", "data.source")  # told also where they are as usual


def changed_settings(recipe: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """What is not as usual of a recipe and a choice of data, as they were written to a file."""
    usual = usual_settings(str(recipe.get("optimizer", OPTIMIZER)))
    given = _keyed({"recipe": dict(recipe), "data": dict(data)})
    return {key: value for key, value in given.items() if key in ALWAYS or value != usual.get(key)}


def usual_settings(optimizer: str) -> Mapping[str, Any]:
    """All settings where only the optimizer was chosen: rate and momentum follow it."""
    try:
        return _usual(optimizer)
    except (TypeError, ValueError):  # of another version
        return _usual(OPTIMIZER)


@lru_cache(maxsize=64)
def _usual(optimizer: str) -> dict[str, Any]:
    return _keyed({"recipe": Recipe(optimizer=optimizer).written(), "data": DataChoice().written()})


def _keyed(parts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """As they come out of a file: lists for tuples."""
    plain = msgspec.json.decode(msgspec.json.encode(parts), type=dict[str, dict[str, Any]])
    return {f"{part}.{name}": value for part, inner in plain.items() for name, value in inner.items()}
