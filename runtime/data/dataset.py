"""A data set in memory: fields with shapes, three parts, and what its numbers are normalised by."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nodes.spec.shapes import Shape
from runtime.data.choice import DataChoice, DataError
from runtime.data.on_disk import OnDisk
from runtime.data.parts_file import told_parts
from runtime.data.split import PARTS, notes_on, split
from runtime.data.whitening import MOST_NUMBERS, WHITENINGS, Whitening, whitening_of

NOISE, REAL = "noise", "real"  # fields that are made, where the choice wants noise
CHUNK = 4096  # samples that are measured at once, where they are small
CHUNK_NUMBERS = 1 << 20  # at once: what stays in a processor's cache is measured faster
MEASURED = 4096  # pictures on disk, at most, that mean and deviation are taken from


@dataclass(frozen=True)
class Field:
    """One value of each sample: a picture, a label. ``classes`` names the classes that an index stands for.

    ``high`` is the number that becomes 1 when pictures are scaled; None: the largest of the training part does,
    and its smallest becomes 0.
    """

    name: str
    shape: Shape
    classes: tuple[str, ...] | None = None
    is_target: bool = False
    high: float | None = 1.0
    as_they_are: int = 0  # the last so many channels stay so: one-hot categories
    is_made: bool = False  # by the program, ready for the network
    is_boxes: bool = False  # 4 or L × 4 numbers: x1, y1, x2, y2 in pixels and left so; zeros: no box
    are_shares: bool = False  # boxes, of width and height, from 0 to 1
    factor: float | None = field(default=None, repr=False)  # all that is done to numbers that mean something as such

    @property
    def is_picture(self) -> bool:
        return self.shape.axes == "CHW" and self.shape.values == "real"

    @property
    def channel_axis(self) -> int | None:
        """Of a column, that the channels lie along; None where all numbers of a sample are alike."""
        return self.shape.axes.index("C") + 1 if "C" in self.shape.axes else None


@dataclass(frozen=True)
class Loaded:
    """What a source gives: a column for each field, and the parts that it has of its own (as ranges of rows)."""

    fields: tuple[Field, ...]
    columns: Mapping[str, NDArray[np.generic] | OnDisk]
    given: Mapping[str, range] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    names: Sequence[str] = ()  # of the samples, where they have some: their files, written with /
    told_parts: NDArray[np.str_] | None = None  # of each row, where a column says it


class Moments(NamedTuple):
    """Mean and standard deviation of each channel, with ``high`` counted as 1."""

    mean: tuple[float, ...]
    std: tuple[float, ...]


class Reach(NamedTuple):
    """Smallest and largest number of each channel."""

    low: tuple[float, ...]
    high: tuple[float, ...]


class Affine(NamedTuple):
    """``raw · scale + offset``: conversion to real numbers and normalisation in one go."""

    scale: Tensor
    offset: Tensor

    def __call__(self, raw: Tensor) -> Tensor:
        return torch.mul(raw, self.scale).add_(self.offset)  # bytes become float32 on the way

    def to(self, device: torch.device) -> Self:
        return self._replace(scale=self.scale.to(device), offset=self.offset.to(device))


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

    def measured(self, name: str) -> Tensor:
        """The training rows that a field is measured on: all, or evenly spaced ones where pictures lie on disk."""
        if not isinstance(self.columns[name], OnDisk):
            return self.train
        return self.train[:: -(-len(self.train) // MEASURED)]

    @cached_property
    def moments(self) -> Mapping[str, Moments]:
        """Mean and deviation of every field of real numbers, measured on the training part."""
        return {f.name: self._measured(f) for f in self.fields if f.shape.values == "real"}

    @cached_property
    def fingerprint(self) -> str:
        """Changes with any number, name or place of a field; with name, size or time of a picture on disk."""
        digest = hashlib.blake2b(digest_size=16)
        for described in self.fields:
            column = self.columns[described.name]
            digest.update(repr((described, column.dtype, tuple(column.shape), column.stride())).encode())
            if isinstance(column, OnDisk):
                digest.update(column.files.digest())
                continue
            # Windows that overlap share their numbers: what is stored is read once.
            stored: NDArray[np.uint8] = torch.empty(0, dtype=torch.uint8).set_(column.untyped_storage()).numpy()
            digest.update(stored.data)
        return digest.hexdigest()

    def class_counts(self, part: str) -> list[int]:
        """How many samples of a part each class has; none where samples have no class."""
        target = self.target
        if target is None or not target.classes or target.shape:
            return []
        labels = self.columns[target.name][self.part(part)].long()
        return torch.bincount(labels, minlength=len(target.classes)).tolist()

    @property
    def mean(self) -> tuple[float, ...]:
        """Of the first field of real numbers, for each channel; empty where all are indices."""
        return next(iter(self.moments.values()), Moments((), ())).mean

    @property
    def std(self) -> tuple[float, ...]:
        return next(iter(self.moments.values()), Moments((), ())).std

    def conversion(self, name: str) -> Affine | Whitening | None:
        """What brings raw values of a field to the network; None where they stay as they are. Raises DataError."""
        described = self.field(name)
        if self.choice.normalise not in WHITENINGS or described.is_target or not _is_normalised(described):
            return self.affine(name)
        if name not in self._whitened:
            self._whitened[name] = self._whitening(described)
        return self._whitened[name]

    @cached_property
    def _whitened(self) -> dict[str, Whitening]:
        return {}

    def _whitening(self, described: Field) -> Whitening:
        sample = self.columns[described.name][0]
        if sample.numel() > MOST_NUMBERS:
            raise DataError(
                f"{self.choice.normalise} of {described.name} ({described.shape}) takes a matrix of "
                f"{sample.numel():,} × {sample.numel():,} numbers; {MOST_NUMBERS:,} × {MOST_NUMBERS:,} are the most.",
                "Set picture_size to 32 × 32 or less, or normalise to mean channel.",
            )
        scale, _ = self._scale_and_offset(described)
        if described.high is not None:
            scale = [1 / described.high] * len(scale)
        view = [-1 if number == described.channel_axis else 1 for number in range(1, sample.dim() + 1)]
        scales = torch.tensor(scale).view(view).expand(sample.shape).flatten()
        column, at_once = self.columns[described.name], max(1, CHUNK_NUMBERS // sample.numel())
        measured = self.measured(described.name)
        rows = (measured[start : start + at_once] for start in range(0, len(measured), at_once))
        blocks = (column.index_select(0, some).flatten(1) for some in rows)
        kept = described.as_they_are * (sample.numel() // len(scale))
        return whitening_of(self.choice.normalise, blocks, scales, self.choice.whitening_epsilon, kept)

    def affine(self, name: str) -> Affine | None:
        """What brings raw values of a field to the network number by number; None where they stay as they are."""
        described = self.field(name)
        if described.shape.values == "index":
            return None
        if not _is_normalised(described):
            return Affine(torch.tensor(described.factor or 1.0), torch.tensor(0.0))
        if self.choice.normalise == "mean picture" and not described.as_they_are:
            return Affine(torch.tensor(1 / (described.high or 1.0)), -self._mean_sample(described)[None])
        scale, offset = self._scale_and_offset(described)
        if described.as_they_are:
            scale[-described.as_they_are :] = [1.0] * described.as_they_are
            offset[-described.as_they_are :] = [0.0] * described.as_they_are
        axis = described.channel_axis
        view = [-1 if number == axis else 1 for number in range(self.columns[name].dim())]
        return Affine(torch.tensor(scale).view(view), torch.tensor(offset).view(view))

    def _mean_sample(self, described: Field) -> Tensor:
        """The mean of the training part at every place, with ``high`` counted as 1."""
        column, total = self.columns[described.name], torch.zeros((), dtype=torch.float64)
        measured, at_once = self.measured(described.name), _at_once(column)
        for start in range(0, len(measured), at_once):
            rows = measured[start : start + at_once]
            total = total + column.index_select(0, rows).sum(0, dtype=torch.float64)
        return (total / (len(measured) * (described.high or 1.0))).float()

    def _scale_and_offset(self, described: Field) -> tuple[list[float], list[float]]:
        """For each channel: ``raw · scale + offset`` is what the choice asks for."""
        count = len(self.moments[described.name].mean)
        if self.choice.normalise == "none":
            return [1.0] * count, [0.0] * count
        if self.choice.normalise == "standardise" or self.choice.normalise in WHITENINGS:
            mean, std = self.moments[described.name]
            high = described.high or 1.0
            return [1 / (high * (s or 1.0)) for s in std], [-m / (s or 1.0) for m, s in zip(mean, std, strict=True)]
        if self.choice.normalise in ("mean channel", "mean picture"):
            return [1 / (described.high or 1.0)] * count, [-m for m in self.moments[described.name].mean]
        if described.high is not None:
            return [1 / described.high] * count, [0.0] * count
        low, top = self._reach(described)
        scale = [1 / ((t - b) or 1.0) for b, t in zip(low, top, strict=True)]
        return scale, [-b * s for b, s in zip(low, scale, strict=True)]

    def _training_blocks(self, described: Field) -> Iterator[Tensor]:
        """The training part, as channels × numbers, some samples at a time."""
        column, axis, measured = self.columns[described.name], described.channel_axis, self.measured(described.name)
        at_once = _at_once(column)
        for start in range(0, len(measured), at_once):
            block = column.index_select(0, measured[start : start + at_once]).float()
            yield block.reshape(1, -1) if axis is None else block.movedim(axis, 0).flatten(1)

    def _measured(self, described: Field) -> Moments:
        total, squares, count = torch.zeros(()), torch.zeros(()), 0
        for block in self._training_blocks(described):
            total = total + block.sum(1, dtype=torch.float64)
            squares = squares + block.square_().sum(1, dtype=torch.float64)
            count += block.shape[1]
        mean = total / count
        deviation = (squares / count - mean.square()).clamp_(min=0).sqrt_()
        high = described.high or 1.0
        return Moments(tuple((mean / high).tolist()), tuple((deviation / high).tolist()))

    def _reach(self, described: Field) -> Reach:
        blocks = [(block.amin(1), block.amax(1)) for block in self._training_blocks(described)]
        low, high = (torch.stack(parts) for parts in zip(*blocks, strict=True))
        return Reach(tuple(low.amin(0).tolist()), tuple(high.amax(0).tolist()))


def as_dataset(loaded: Loaded, choice: DataChoice) -> DataSet:
    """Parts what a source gave. Raises DataError where nothing is left to train on."""
    count = len(next(iter(loaded.columns.values())))
    target = next((f for f in loaded.fields if f.is_target and f.classes and not f.shape), None)
    labels = np.asarray(loaded.columns[target.name], dtype=np.int64) if target else None
    told = told_parts(choice, count, loaded.names, loaded.told_parts)
    given = told or loaded.given
    parts = split(count, given, choice, labels)
    columns = {
        name: column if isinstance(column, OnDisk) else torch.from_numpy(column)
        for name, column in loaded.columns.items()
    }
    train, validation, test = (torch.from_numpy(parts[part]) for part in PARTS)
    made = noise_columns(choice, count)
    fields = (*loaded.fields, *made)
    columns |= {described.name: column for described, column in made.items()}
    dataset = DataSet(choice, fields, columns, train, validation, test, loaded.notes)
    vain = notes_on(given, choice, labels is not None)
    notes = (*loaded.notes, *vain, *_note_on_measuring(dataset), *note_on_units(dataset))
    return dataclasses.replace(dataset, notes=notes)


def noise_columns(choice: DataChoice, count: int) -> dict[Field, Tensor]:
    """What a generator begins with, and a 1 that says of each sample that it is real; none where no noise is set."""
    if not choice.noise:
        return {}
    generator = torch.Generator().manual_seed(choice.seed)
    return {
        Field(NOISE, Shape(choice.noise), is_made=True): torch.randn(count, choice.noise, generator=generator),
        Field(REAL, Shape(1), is_made=True): torch.ones(count, 1),
    }


def _at_once(column: Tensor) -> int:
    """Samples of a column that are measured together."""
    return max(1, min(CHUNK, CHUNK_NUMBERS // max(1, column.shape[1:].numel())))


def _is_normalised(described: Field) -> bool:
    return described.shape.values != "index" and not (
        described.is_made or described.is_boxes or described.factor is not None
    )


def _note_on_measuring(dataset: DataSet) -> tuple[str, ...]:
    """On pictures on disk, of which only some are measured."""
    for described in dataset.fields:
        count = len(dataset.measured(described.name))
        if described.is_picture and count < len(dataset.train):
            return (
                f"Mean and deviation are measured on {count:,} of {len(dataset.train):,} training pictures, "
                "evenly spaced.",
            )
    return ()


def note_on_units(dataset: DataSet) -> tuple[str, ...]:
    """On numbers to be told that are normalised: so are what the network gives, and its errors."""
    target = dataset.target
    affine = dataset.affine(target.name) if target and not target.is_picture and _is_normalised(target) else None
    if target is None or affine is None or dataset.choice.normalise == "none":
        return ()
    zero, one = (-affine.offset / affine.scale).flatten().tolist(), (1 / affine.scale).flatten().tolist()
    told = ", ".join(f"0 is {z:.4g} and 1 more is {o:.4g}" for z, o in zip(zero[:3], one[:3], strict=True))
    low, high = torch.aminmax(dataset.columns[target.name])
    may_be = " A loss that takes it as probabilities meets it as it is." if low >= 0 and high <= 1 else ""
    many = ", …" if len(zero) > 3 else ""
    return (f"What is to be told is normalised, and so are its errors: {told}{many}.{may_be}",)


def picture_fields(size: Sequence[int], classes: tuple[str, ...], high: float | None) -> tuple[Field, ...]:
    """The fields of labelled pictures; ``size`` is channels, height and width."""
    return (
        Field("image", Shape(*size), high=high),
        Field("label", Shape(values="index"), classes=classes, is_target=True),
    )
