"""Data as the losses of a network take them: numbers that mean something as they are stay so.

A loss of yes and no, or of shares of classes, compares with probabilities: normalised to mean 0 and deviation 1 they
would be none, and the loss would fall without end.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import NamedTuple

import torch

from nodes.boundary import Input
from nodes.graph.model import Graph
from runtime.data.binding import field_of
from runtime.data.choice import DataError
from runtime.data.dataset import DataSet, Field, note_on_units
from runtime.data.on_disk import OnDisk

SLACK = 1e-4  # that rounding may leave a range by
LOOKED_AT = 256  # training samples of a field that a network reads as well
BYTE = 255.0


class Judged(NamedTuple):
    """A field of real numbers that a loss compares with, and the range that they have to lie in."""

    loss: str
    field: Field
    low: float
    high: float


def suited(graph: Graph, dataset: DataSet) -> DataSet:
    """The data with those targets as they are that losses take as probabilities. Raises DataError."""
    found = (judged for judged in _judged(graph, dataset) if judged.field.is_target and judged.field.factor is None)
    told = {judged.field.name: judged for judged in found}
    if not told:
        return dataset
    factors = {name: _factor(dataset, name) for name in told}
    units = note_on_units(dataset)
    notes = [note for note in dataset.notes if note not in units]
    notes += [
        f"{name} is {'divided by 255' if factors[name] < 1 else 'left as it is'}, and not normalised: {judged.loss} "
        "compares with probabilities."
        for name, judged in told.items()
    ]
    fields = tuple(
        dataclasses.replace(field, factor=factors[field.name]) if field.name in told else field
        for field in dataset.fields
    )
    return dataclasses.replace(dataset, fields=fields, notes=tuple(notes))


def require_ranges(graph: Graph, dataset: DataSet) -> None:
    """Raises DataError where a loss would compare with numbers that are no probabilities."""
    for judged in _judged(graph, dataset):
        low, high = _range(dataset, judged.field)
        if judged.low - SLACK <= low and high <= judged.high + SLACK:
            continue
        wanted = "from 0 to 1" if judged.low == 0 else "of 0 or less"
        remedy = "Scale them in the file, or judge by MSELoss."
        if not judged.field.is_target:
            remedy = "Set normalise of the data to scale."
        raise DataError(
            f"{judged.loss} compares with numbers {wanted}, but {judged.field.name} has them from {low:.4g} to "
            f"{high:.4g}.",
            remedy,
            judged.loss,
        )


def _judged(graph: Graph, dataset: DataSet) -> Iterator[Judged]:
    """The fields that losses with a range compare with: the target, or what an Input gives to their target port."""
    for name, node in graph.nodes.items():
        wanted = getattr(node.settings, "target_range", lambda: None)()
        if wanted is None or not node.settings.is_loss:
            continue
        field, link = dataset.target, graph.incoming(name).get("target")
        if link is not None:
            source = graph.nodes[link.source].settings
            if not isinstance(source, Input):
                continue
            field = dataset.field(field_of(link.source, source, dataset))
        if field is not None and field.shape.values == "real" and not (field.is_made or field.is_boxes):
            yield Judged(name, field, *wanted)


def _factor(dataset: DataSet, name: str) -> float:
    """1; of bytes that are more than 0 and 1, such as masks in black and white, what makes the largest byte 1."""
    column = dataset.columns[name]
    is_scaled = isinstance(column, OnDisk) or (column.dtype == torch.uint8 and int(column.max()) > 1)
    return 1 / BYTE if is_scaled else 1.0


def _range(dataset: DataSet, field: Field) -> tuple[float, float]:
    """Smallest and largest number as the loss meets them: of all samples, or of some where it is a matrix's work."""
    column, rows = dataset.columns[field.name], torch.arange(len(dataset.columns[field.name]))
    if not field.is_target or isinstance(column, OnDisk):
        rows = dataset.train[:: max(1, len(dataset.train) // LOOKED_AT)]
    conversion = dataset.conversion(field.name)
    values = column.index_select(0, rows)
    low, high = torch.aminmax(conversion(values) if conversion is not None else values)
    return float(low), float(high)
