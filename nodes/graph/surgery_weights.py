"""What becomes of trained weights when a layer is changed: how each tensor is made from those that were there."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from nodes.block import Block
from nodes.graph.model import Graph
from nodes.graph.scope import Way, block_of


@dataclass(frozen=True)
class Picked:
    """Slices of a tensor along an axis, by their numbers: copies where a number comes twice."""

    source: str
    axis: int
    index: tuple[int, ...]


@dataclass(frozen=True)
class Parted:
    """The same, and each number shared out among its copies, so that their sum is what it was.

    The shares are drawn, another for each output: copies with equal shares would be trained alike for ever.
    """

    source: str
    axis: int
    index: tuple[int, ...]


@dataclass(frozen=True)
class Reshaped:
    """The same numbers in the same order with other axes."""

    source: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class IdentityKernel:
    """A filter, or a row of a matrix, for each channel that gives that channel as it is."""

    shape: tuple[int, ...]


@dataclass(frozen=True)
class Constant:
    """The same number everywhere."""

    shape: tuple[int, ...]
    value: float


@dataclass(frozen=True)
class FoldedWeight:
    """w · γ/√(σ² + ε) for each channel that comes out, which are along an axis."""

    layer: str
    norm: str
    axis: int
    eps: float


@dataclass(frozen=True)
class FoldedBias:
    """(b − μ) · γ/√(σ² + ε) + β; b is 0 where there was none."""

    layer: str
    norm: str
    eps: float


Made = Picked | Parted | Reshaped | IdentityKernel | Constant | FoldedWeight | FoldedBias
BEGUN = (IdentityKernel, Constant)  # that nothing was trained of
NAMES = ("source", "layer", "norm")


def under(prefix: str, weights: Mapping[str, Made]) -> dict[str, Made]:
    """The same for a body whose weights are named with a prefix in the whole network."""
    if not prefix:
        return dict(weights)
    found: dict[str, Made] = {}
    for name, made in weights.items():
        known = {field.name for field in dataclasses.fields(made)}
        found[prefix + name] = dataclasses.replace(
            made, **{field: prefix + getattr(made, field) for field in NAMES if field in known}
        )
    return found


def prefixes(graph: Graph, way: Way) -> Iterable[str]:
    """What stands before the names of weights in the body that a way leads to, once for each repetition."""
    levels: list[list[str]] = []
    for name in way:
        block: Block = block_of(graph, name)
        within = f"{name}.layer." if block.over_time else f"{name}."
        levels.append([within] if block.repeat == 1 else [f"{within}{number}." for number in range(block.repeat)])
        graph = block.body
    return ("".join(parts) for parts in product(*levels))
