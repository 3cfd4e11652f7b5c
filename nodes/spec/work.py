"""Operations by kind, of which the layers count that consist of several parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nodes.spec.sizes import Size

Kinds = Mapping[str, Size]

SIGMOID = {"exp": 1, "add": 1, "multiply": 1}
TANH = {"exp": 1, "add": 2, "multiply": 1}
SOFTMAX = {"exp": 1, "add": 1, "multiply": 1}
RELU = {"compare": 1}
GELU = {"exp": 1, "add": 1, "multiply": 3}
NORM = {"add": 3, "multiply": 3}  # mean, variance, and the number brought to them and to scale and shift


def times(count: Size, each: Kinds) -> dict[str, Size]:
    """The operations on so many numbers."""
    return {kind: count * number for kind, number in each.items()}


def together(every: Iterable[Kinds]) -> dict[str, Size]:
    """The sums, kind by kind; without kinds that do not occur."""
    merged: dict[str, Size] = {}
    for operations in every:
        for kind, count in operations.items():
            merged[kind] = merged.get(kind, 0) + count
    return {kind: count for kind, count in merged.items() if count != 0}
