"""Heads of attention that an ONNX file puts into the batch for a while, as PyTorch's exporter turns keys around."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from runtime.exchange.importing.arranging import permuted
from runtime.exchange.importing.drawing import UnsayableError, Value
from runtime.exchange.importing.onnx_folding import BATCH
from runtime.exchange.importing.onnx_step import OnnxStep


@dataclass(frozen=True)
class Merged:
    """A value whose first ``axes`` axes stand in the batch: N × H × L × C as N·H × L × C has one."""

    value: Value
    axes: int


def merged(x: Value, wanted: Sequence[Any]) -> Merged | None:
    """What a Reshape gives that puts leading axes into the batch, and leaves the others; None for any other."""
    axes = len(x.shape) + 1 - len(wanted)
    if axes < 1 or list(x.shape[axes:]) != list(wanted[1:]):
        return None
    samples: Any = BATCH
    for size in x.shape[:axes]:
        samples = samples * size
    return Merged(x, axes) if wanted[0] in (-1, samples) else None


def parted(found: Merged, wanted: Sequence[Any]) -> Value:
    """The value again, by a Reshape that takes those axes out of the batch. Raises UnsayableError for others."""
    first, *sizes = wanted
    there = list(found.value.shape)
    is_same = len(sizes) == len(there) and all(one in (-1, size) for one, size in zip(sizes, there, strict=True))
    if not is_same or first not in (-1, BATCH) or wanted.count(-1) > 1:
        raise UnsayableError("A reshape that takes samples apart has no node")
    return found.value


def transposed(step: OnnxStep, found: Merged) -> Merged:
    """The axes behind the batch in another order. Raises UnsayableError where the batch moves."""
    first, *order = step.attributes["perm"]
    if first or len(order) != len(found.value.shape) - found.axes:
        raise UnsayableError("The batch stays the first axis")
    places = [*range(found.axes), *(found.axes + place - 1 for place in order)]
    return Merged(permuted(step.drawing, found.value, places, step.path), found.axes)
