"""Which weights of a network answer to which of a source: by name, else by order and shape."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from difflib import SequenceMatcher

from torch import Tensor

from runtime.runs import MatchedWeight
from runtime.transfer.names import is_within

BY_NAME, BY_ORDER, FRESH = "by name", "by order", "fresh"
COUNTERS = ("num_batches_tracked",)  # that say nothing of what was learned, and are left out of many files
WRAPPERS = ("module.", "_orig_mod.", "model.", "net.", "network.")  # put before all names by what wraps a module


def match(
    target: Mapping[str, Tensor], source: Mapping[str, Tensor], fresh: Collection[str] = ()
) -> list[MatchedWeight]:
    """A row for each weight and running average of ``target``; ``fresh`` names nodes that take nothing.

    Equal names with equal shapes go together. Of the layers that are left, those go together that have the same
    weights in the same order, as the longest common parts of both lists have it (Ratcliff & Obershelp 1988).
    """
    theirs = {name: value for name, value in unwrapped(source).items() if _leaf(name) not in COUNTERS}
    ours = {name: value for name, value in target.items() if _leaf(name) not in COUNTERS}
    wanted = {name: value for name, value in ours.items() if not any(is_within(name, node) for node in fresh)}
    by_name = {n: n for n, value in wanted.items() if n in theirs and theirs[n].shape == value.shape}
    by_order = _by_order(
        {name: value for name, value in wanted.items() if name not in by_name},
        {name: value for name, value in theirs.items() if name not in by_name},
    )
    found = {name: (taken, BY_NAME) for name, taken in by_name.items()}
    found |= {name: (taken, BY_ORDER) for name, taken in by_order.items()}
    return [row(name, value, *found.get(name, ("", FRESH))) for name, value in ours.items()]


def row(name: str, value: Tensor, source: str, state: str) -> MatchedWeight:
    """One line of the table."""
    node, _, weight = name.rpartition(".")
    return MatchedWeight(node, weight, list(value.shape), source, state)


def unwrapped(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same without what stands before all names."""
    found = dict(weights)
    for prefix in WRAPPERS:
        if found and all(name.startswith(prefix) for name in found):
            found = {name.removeprefix(prefix): value for name, value in found.items()}
    return found


def in_natural_order(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """By name, with 2 before 10; for files that keep no order. Biases follow their weights."""
    return {name: weights[name] for name in sorted(weights, key=_natural)}


def _natural(name: str) -> list[tuple[int, int, str]]:
    layer, _, leaf = name.rpartition(".")
    parts = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", layer) if part]
    return [*parts, (2, 0, "" if leaf == "weight" else leaf)]


def _by_order(ours: Mapping[str, Tensor], theirs: Mapping[str, Tensor]) -> dict[str, str]:
    mine, others = _layers(ours), _layers(theirs)
    matcher = SequenceMatcher(
        None, [_signature(layer) for layer in others.values()], [_signature(layer) for layer in mine.values()], False
    )
    found: dict[str, str] = {}
    for part in matcher.get_matching_blocks():
        pairs = zip(list(mine)[part.b : part.b + part.size], list(others)[part.a : part.a + part.size], strict=True)
        for one, other in pairs:
            found |= {_joined(one, leaf): _joined(other, leaf) for leaf in mine[one]}
    return found


def _layers(weights: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    layers: dict[str, dict[str, Tensor]] = {}
    for name, value in weights.items():
        layers.setdefault(name.rpartition(".")[0], {})[_leaf(name)] = value
    return layers


def _signature(layer: Mapping[str, Tensor]) -> tuple[object, ...]:
    return tuple(sorted((leaf, tuple(value.shape)) for leaf, value in layer.items()))


def _leaf(name: str) -> str:
    return name.rpartition(".")[2]


def _joined(layer: str, leaf: str) -> str:
    return f"{layer}.{leaf}" if layer else leaf
