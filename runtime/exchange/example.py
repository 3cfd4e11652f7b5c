"""Made-up inputs for a network: for tracing it, and for proofs where there is no data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from nodes.boundary import Input
from nodes.graph.infer import infer
from nodes.graph.model import Graph
from nodes.spec.shapes import Shape
from runtime.source import forward_inputs

SIDES = (28, 12, 7, 32, 48, 64, 96, 128, 160, 224, 256, 299, 512, 3, 2, 1)
"""Tried in this order for a size that the network leaves open."""


def input_shapes(graph: Graph) -> dict[str, Shape]:
    """The shape of every Input node that the generated ``forward`` takes, in its order."""
    settings = {name: graph.nodes[name].settings for name in forward_inputs(graph)}
    return {name: one.shape() for name, one in settings.items() if isinstance(one, Input)}


def unknown_names(graph: Graph) -> tuple[str, ...]:
    """The sizes that the inputs leave open."""
    return tuple(sorted(frozenset[str]().union(*(s.names() for s in input_shapes(graph).values()))))


def fitting_sizes(graph: Graph) -> Iterator[dict[str, int]]:
    """Values for the sizes left open with which every shape rule is met; one empty mapping where none is open."""
    names = unknown_names(graph)
    if not names:
        yield {}
        return
    for side in SIDES:
        apart = {name: side + 4 * number for number, name in enumerate(names)}
        for sizes in (apart, dict.fromkeys(names, side)) if len(names) > 1 else (apart,):
            if _fits(graph, sizes):
                yield sizes
                break


def random_inputs(graph: Graph, batch: int, sizes: Mapping[str, int]) -> dict[str, Tensor]:
    """Normally distributed numbers, or indices that every table of the network has, for each input."""
    generator = torch.Generator().manual_seed(batch)
    limit = min(_table_sizes(graph), default=2)
    made: dict[str, Tensor] = {}
    for name, shape in input_shapes(graph).items():
        full = (batch, *(int(size) for size in shape.at(sizes)))  # type: ignore[arg-type]
        if shape.values == "index":
            made[name] = torch.randint(limit, full, generator=generator)
        else:
            made[name] = torch.randn(full, generator=generator)
    return made


def _fits(graph: Graph, sizes: Mapping[str, int]) -> bool:
    """Inputs that only a loss takes have the same sizes as those of the same name."""
    settings = {name: node.settings for name, node in graph.nodes.items()}
    given = {name: one.shape().at(sizes) for name, one in settings.items() if isinstance(one, Input)}
    facts = infer(graph, given=given).facts
    return not any(facts[name].error for name in facts if not graph.nodes[name].settings.is_loss)


def _table_sizes(graph: Graph) -> Iterator[int]:
    for node in graph.nodes.values():
        for name in ("num_embeddings", "num_classes"):
            entries = getattr(node.settings, name, None)
            if isinstance(entries, int):
                yield entries
        body = getattr(node.settings, "body", None)
        if isinstance(body, Graph):
            yield from _table_sizes(body)
