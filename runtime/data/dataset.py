"""A data set in memory: fields with shapes, three parts, and what its numbers are normalised by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nodes.spec.shapes import Shape
from runtime.data.choice import DataChoice
from runtime.data.split import PARTS, split

CHUNK = 4096  # samples that are measured at once


@dataclass(frozen=True)
class Field:
    """One value of each sample: a picture, a label. ``classes`` names the classes that an index stands for.

    ``high`` is the number that becomes 1 when pictures are scaled.
    """

    name: str
    shape: Shape
    classes: tuple[str, ...] | None = None
    is_target: bool = False
    high: float = 1.0


@dataclass(frozen=True)
class Loaded:
    """What a source gives: a column for each field, and the parts that it has of its own (as ranges of rows)."""

    fields: tuple[Field, ...]
    columns: Mapping[str, NDArray[np.generic]]
    given: Mapping[str, range] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Moments(NamedTuple):
    """Mean and standard deviation of each channel, with ``high`` counted as 1."""

    mean: tuple[float, ...]
    std: tuple[float, ...]


class Affine(NamedTuple):
    """``raw · scale + offset``: conversion to real numbers and normalisation in one go."""

    scale: Tensor
    offset: Tensor

    def __call__(self, raw: Tensor) -> Tensor:
        return torch.mul(raw, self.scale).add_(self.offset)  # bytes become float32 on the way


@dataclass(frozen=True)
class DataSet:
    """All samples, as compact as their source has them (pictures as bytes), and where each part lies."""

    choice: DataChoice
    fields: tuple[Field, ...]
    columns: Mapping[str, Tensor]  # N × shape
    train: Tensor  # rows
    validation: Tensor
    test: Tensor
    notes: tuple[str, ...] = ()  # what was left out, as sentences

    def field(self, name: str) -> Field:
        return next(f for f in self.fields if f.name == name)

    def part(self, name: str) -> Tensor:
        """The rows of ``train``, ``validation`` or ``test``."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[name]

    @property
    def target(self) -> Field | None:
        return next((f for f in self.fields if f.is_target), None)

    @cached_property
    def moments(self) -> Mapping[str, Moments]:
        """Mean and deviation of every field of real numbers, measured on the training part."""
        return {f.name: self._measured(f) for f in self.fields if f.shape.values == "real"}

    @property
    def mean(self) -> tuple[float, ...]:
        """Of the first field of real numbers, for each channel."""
        return next(iter(self.moments.values())).mean

    @property
    def std(self) -> tuple[float, ...]:
        return next(iter(self.moments.values())).std

    def affine(self, name: str) -> Affine | None:
        """What brings raw values of a field to the network's input; None where they stay as they are."""
        described = self.field(name)
        if described.shape.values == "index":
            return None
        channels = self.columns[name].shape[1]
        mean, std = (0.0,) * channels, (1.0,) * channels
        high = described.high
        if self.choice.normalise == "none":
            high = 1.0
        elif self.choice.normalise == "standardise":
            mean, std = self.moments[name]
        view = (1, channels) + (1,) * (len(described.shape) - 1)
        scale = [1 / (high * (s or 1.0)) for s in std]
        offset = [-m / (s or 1.0) for m, s in zip(mean, std, strict=True)]
        return Affine(torch.tensor(scale).view(view), torch.tensor(offset).view(view))

    def _measured(self, described: Field) -> Moments:
        column = self.columns[described.name]
        axes = [0, *range(2, column.dim())]
        total = torch.zeros(column.shape[1], dtype=torch.float64)
        squares = torch.zeros_like(total)
        count = 0
        for start in range(0, len(self.train), CHUNK):
            block = column.index_select(0, self.train[start : start + CHUNK]).float()
            total += block.sum(axes, dtype=torch.float64)
            squares += block.square_().sum(axes, dtype=torch.float64)
            count += block[:, 0].numel()
        mean = total / count
        deviation = (squares / count - mean.square()).clamp_(min=0).sqrt_()
        return Moments(tuple((mean / described.high).tolist()), tuple((deviation / described.high).tolist()))


def as_dataset(loaded: Loaded, choice: DataChoice) -> DataSet:
    """Parts what a source gave. Raises DataError where nothing is left to train on."""
    count = len(next(iter(loaded.columns.values())))
    parts = split(count, loaded.given, choice)
    columns = {name: torch.from_numpy(column) for name, column in loaded.columns.items()}
    train, validation, test = (torch.from_numpy(parts[part]) for part in PARTS)
    return DataSet(choice, loaded.fields, columns, train, validation, test, loaded.notes)


def picture_fields(size: Sequence[int], classes: tuple[str, ...], high: float) -> tuple[Field, ...]:
    """The fields of labelled pictures; ``size`` is channels, height and width."""
    return (
        Field("image", Shape(*size), high=high),
        Field("label", Shape(values="index"), classes=classes, is_target=True),
    )
