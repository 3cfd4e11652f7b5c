"""What a search goes over, and the network with values put in. Plain values: neither torch nor optuna."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nodes.graph.model import Network
from nodes.graph.searched import Parameter, drawn_with, parameters_of
from nodes.spec.search import Mark
from nodes.spec.settings import Integer, SettingError, Value
from runtime.data.choice import DataChoice
from runtime.recipe import Recipe

DECLARED: dict[str, type[Recipe] | type[DataChoice]] = {"recipe": Recipe, "data": DataChoice}
NARROWED = 0.25  # of a range is left in the next, finer stage
MOST_POINTS = 100_000  # of a grid


def space_of(network: Network) -> tuple[Parameter, ...]:
    """Every marked setting of a network, held against its kind. Raises SettingError."""
    found = [_of_section(network, key, mark) for key, mark in network.search.items()]
    found += parameters_of(network.graph)
    if not found:
        raise SettingError(
            "No setting of this network is marked for a search. Mark one in the window (right click, Search over "
            'this…), or write "search": {"recipe.learning_rate": {"low": 0.001, "high": 1, "log": true}} in the file.'
        )
    return tuple(found)


def _of_section(network: Network, key: str, mark: Mark) -> Parameter:
    section, _, name = key.partition(".")
    declared = DECLARED[section]
    kinds = declared.settings()
    if name not in kinds:
        declared.read({name: None})  # says which there are
    written: Mapping[str, Any] = getattr(network, section)
    return Parameter(key, kinds[name], mark.checked(key, kinds[name]), getattr(declared.read(written), name))


def drawn(network: Network, values: Mapping[str, Value]) -> Network:
    """The network with values by their keys, as ``space_of`` names them. Raises SettingError."""
    recipe = {k.partition(".")[2]: v for k, v in values.items() if k.startswith("recipe.")}
    data = {k.partition(".")[2]: v for k, v in values.items() if k.startswith("data.")}
    changed = dataclasses.replace(network, graph=drawn_with(network.graph, values))
    if recipe:
        names = (*network.recipe, *recipe)
        written = Recipe.read(network.recipe).replaced(**recipe).written()
        changed = dataclasses.replace(changed, recipe={n: v for n, v in written.items() if n in names})
    if data:
        changed = dataclasses.replace(changed, data={**network.data, **data})
        DataChoice.read(changed.data)
    return changed


def points(parameter: Parameter, count: int) -> tuple[Value, ...]:
    """The values of a grid: all choices and steps; of a range ``count``, evenly or by equal factors."""
    mark = parameter.mark
    if not mark.is_range:
        return mark.choices
    low, high = float(mark.low or 0.0), float(mark.high or 0.0)
    is_whole = isinstance(parameter.kind, Integer)
    if mark.step is not None:
        made = [low + n * mark.step for n in range(math.floor((high - low) / mark.step + 1e-9) + 1)]
    elif is_whole and high - low < count:
        made = [low + n for n in range(int(high - low) + 1)]
    else:
        shares = [n / max(count - 1, 1) for n in range(count)]
        made = [_along(mark, share) for share in shares]
    if is_whole:
        return tuple(dict.fromkeys(round(value) for value in made))
    return tuple(dict.fromkeys(min(max(float(f"{value:.6g}"), low), high) for value in made))


def grid(space: Sequence[Parameter], count: int) -> Iterator[dict[str, Value]]:
    """Every combination once. Raises SettingError where there are too many to be tried."""
    axes = [points(parameter, count) for parameter in space]
    size = math.prod(map(len, axes))
    if size > MOST_POINTS:
        raise SettingError(
            f"The grid has {size:,} combinations, more than {MOST_POINTS:,}. "
            "Mark fewer settings, set --points lower, or use --sampler random."
        )
    return (dict(zip((p.key for p in space), values, strict=True)) for values in itertools.product(*axes))


def combinations(space: Sequence[Parameter]) -> float:
    """How many there are; infinite where a setting takes any real number."""
    return math.prod(_count(parameter) for parameter in space)


def _count(parameter: Parameter) -> float:
    mark = parameter.mark
    if mark.is_range and mark.step is None and not isinstance(parameter.kind, Integer):
        return math.inf
    if mark.is_range and mark.step is None:
        return float(mark.high or 0) - float(mark.low or 0) + 1
    return len(points(parameter, 0))


def narrowed(space: Sequence[Parameter], best: Mapping[str, Value], stage: int) -> tuple[Parameter, ...]:
    """The space around the best values so far: a quarter of each range a stage; of choices the best one."""
    return tuple(_narrowed(parameter, best[parameter.key], NARROWED**stage) for parameter in space)


def _narrowed(parameter: Parameter, best: Value, share: float) -> Parameter:
    mark = parameter.mark
    if not mark.is_range:
        return parameter._replace(mark=Mark(choices=(best,)))
    middle = _place(mark, float(best))
    low, high = _along(mark, max(0.0, middle - share / 2)), _along(mark, min(1.0, middle + share / 2))
    if mark.step is not None:
        first = float(mark.low or 0.0)
        low = first + math.floor((low - first) / mark.step) * mark.step
        high = min(float(mark.high or 0.0), first + math.ceil((high - first) / mark.step) * mark.step)
    if isinstance(parameter.kind, Integer):
        low, high = min(round(low), int(best)), max(round(high), int(best))
    return parameter._replace(mark=dataclasses.replace(mark, low=low, high=high))


def _place(mark: Mark, value: float) -> float:
    """Where a value lies between both ends, 0 to 1."""
    low, high = float(mark.low or 0.0), float(mark.high or 0.0)
    if mark.log:
        return math.log(value / low) / math.log(high / low)
    return (value - low) / (high - low)


def _along(mark: Mark, share: float) -> float:
    low, high = float(mark.low or 0.0), float(mark.high or 0.0)
    if share in (0.0, 1.0):
        return high if share else low
    return low * (high / low) ** share if mark.log else low + share * (high - low)
