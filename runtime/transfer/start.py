"""Beginning with weights from elsewhere: they are matched, copied, and told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import torch
from torch import nn

from nodes.graph.model import Graph
from runtime.checkpoint import LAST
from runtime.companions import Accompanied, Companion
from runtime.compile import build
from runtime.exchange.example import fitting_sizes, random_inputs
from runtime.exchange.torchvision_weights import matching
from runtime.parted import parted_as
from runtime.recipe import Recipe
from runtime.runs import MatchedWeight, Noted, TrainingError, WeightsTaken
from runtime.team import team
from runtime.transfer.match import BY_NAME, BY_ORDER, FRESH, match, row, unwrapped
from runtime.transfer.names import is_within, require_nodes
from runtime.transfer.read import Given, read_weights

MOST_NAMED = 6


class Start(NamedTuple):
    """What a network takes of a source."""

    given: Given
    rows: list[MatchedWeight]

    @property
    def left_over(self) -> list[str]:
        """Weights of the source that the network has no use for."""
        taken = {one.source for one in self.rows}
        return [name for name in unwrapped(self.given.weights) if name not in taken and "num_batches" not in name]

    @property
    def sentence(self) -> str:
        return sentence_of(self.given.title, self.rows)


def start_of(module: nn.Module, graph: Graph, recipe: Recipe) -> Start:
    """What a module would take of what its recipe starts from. Raises TrainingError."""
    given = team().in_turn(lambda: read_weights(recipe.start_from))  # what is fetched is there for all processes
    require_nodes(module, recipe.fresh_names)
    rows = match(module.state_dict(), given.weights, recipe.fresh_names)
    if given.module is not None:
        in_time = _as_they_run(given.module, module, graph, recipe.fresh_names)
        rows = max(rows, in_time, key=_taken)
    return Start(given, rows)


def take(module: nn.Module, start: Start) -> None:
    """Copies the weights that match. Raises TrainingError where none does."""
    if not _taken(start.rows):
        raise TrainingError(
            f"Nothing in {start.given.title} fits this network: no layer has weights of the same shapes.",
            "Start from weights of a network of this kind, or from nothing.",
        )
    places, values = module.state_dict(), unwrapped(start.given.weights)
    with torch.no_grad():
        for one in start.rows:
            if one.source:
                place = places[f"{one.node}.{one.weight}".removeprefix(".")]
                place.copy_(parted_as(place, values[one.source]))


def sentence_of(title: str, rows: Sequence[MatchedWeight]) -> str:
    """``98 of 100 weights begin as in x.pt (96 by order, 2 by name); fresh: fc.``"""
    counts = {state: sum(one.state == state for one in rows) for state in (BY_NAME, BY_ORDER)}
    ways = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    fresh = list(dict.fromkeys(one.node for one in rows if one.state == FRESH))
    more = f" and {len(fresh) - MOST_NAMED} more" if len(fresh) > MOST_NAMED else ""
    rest = f"; fresh: {', '.join(fresh[:MOST_NAMED])}{more}" if fresh else ""
    return f"{sum(counts.values())} of {len(rows)} weights begin as in {title} ({ways}){rest}."


class Starting(Companion):
    """Takes the weights before the first step; a resumed run has its own."""

    name = "starting"

    def begin(self) -> None:
        training = self.training
        if training.at.step or (training.run / LAST).is_file():
            return
        with torch.random.fork_rng():  # modules that are made on the way draw weights of their own
            start = start_of(training.job.module, training.job.network.graph, training.job.recipe)
        take(training.job.module, start)
        training.write(WeightsTaken(start.given.title, start.rows))
        training.write(Noted(0, start.sentence))


def starting(training: Accompanied) -> Companion | None:
    return Starting(training) if training.job.recipe.start_from else None


def _taken(rows: Sequence[MatchedWeight]) -> int:
    return sum(bool(one.source) for one in rows)


def _as_they_run(source: nn.Module, target: nn.Module, graph: Graph, fresh: Collection[str]) -> list[MatchedWeight]:
    """Matched in the order in which the layers of both run on the same input; nothing where the source refuses it."""
    example = [*random_inputs(graph, 1, next(fitting_sizes(graph), {})).values()]
    try:
        pairs = matching(source, build(graph, losses=False), *example).weights  # the target may be on a GPU
    except (RuntimeError, ValueError, TypeError, IndexError):
        return []
    kept = {name: other for name, other in pairs.items() if not any(is_within(name, n) for n in fresh)}
    entries = {name: value for name, value in target.state_dict().items() if "num_batches" not in name}
    return [
        row(name, value, kept.get(name, ""), BY_ORDER if name in kept else FRESH) for name, value in entries.items()
    ]
