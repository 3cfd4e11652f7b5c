"""A trained network operated on: another network, its weights, and how many of them are learned ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from nodes.graph.model import Network
from nodes.graph.scope import Way
from nodes.graph.surgery import operated
from runtime.compile import build
from runtime.faults import RefusalError
from runtime.recipe import Recipe
from runtime.runs import MatchedWeight
from runtime.surgery.weights import Carried
from runtime.transfer.start import start_of, take

MEAN = ".running_mean"


@dataclass(frozen=True, eq=False)
class Operated:
    """Before and after; both modules are in evaluation, on the CPU."""

    before: nn.Module
    after: nn.Module
    network: Network  # after; what it starts from is not in it yet
    kept: int
    weights: int
    is_exact: bool
    words: str
    identity_norms: tuple[str, ...]  # batch normalisations that let all through as yet


def started(network: Network, source: str, base: Path, fresh: str = "") -> tuple[nn.Module, list[MatchedWeight]]:
    """The module of a network with the weights of a source, as a run would begin, and what it took.

    Raises TrainingError, SourceError.
    """
    module = build(network.graph)
    start = start_of(module, network.graph, Recipe(start_from=source, fresh=fresh).resolved(base))
    take(module, start)
    return module.eval(), start.rows


def kept_of(rows: Sequence[MatchedWeight]) -> dict[str, int]:
    """How many weights were found in a source, and how many there are."""
    return {"kept": sum(bool(row.source) for row in rows), "weights": len(rows)}


def operate(
    network: Network, source: str, base: Path, operation: str, ways: Sequence[Way], node: str = "", value: str = ""
) -> Operated:
    """An operation on a network with the weights of ``source``.

    Raises RefusalError, GraphError, TrainingError, SourceError.
    """
    if not source:
        raise RefusalError("The network has no trained weights.", "Train it first, or choose weights to start from.")
    surgery = operated(network.graph, operation, ways, node, value)
    fresh = Recipe.read(network.recipe).fresh if source == network.recipe.get("start_from") else ""
    before, _ = started(network, source, base, fresh)
    carried = Carried(before.state_dict())
    for step in surgery.steps:
        carried.step(step)
    after = build(surgery.graph)
    kept, count = carried.into(after)
    norms = tuple(name.removesuffix(MEAN) for name in carried.begun if name.endswith(MEAN))
    changed = dataclasses.replace(network, graph=surgery.graph)
    return Operated(before, after.eval(), changed, kept, count, surgery.is_exact, surgery.words, norms)
