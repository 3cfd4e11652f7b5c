"""Boxes of a network that tells a grid of cells, each with some boxes, how sure it is of each, and a class."""

from __future__ import annotations

from itertools import permutations
from typing import NamedTuple

import torch
from torch import Tensor
from torchvision.ops import batched_nms, box_convert

from nodes.boundary import Output
from runtime.data.dataset import Field
from runtime.insight.trained import Trained

LEAST_SCORE = 0.2  # confidence · class, from which a box is shown
OVERLAP = 0.5  # of two boxes of a class: the less sure one is left out
MOST = 30  # boxes of a picture


class GridFields(NamedTuple):
    """What the cells are to tell: is there an object (1 × S × S), its boxes (4·B × S × S), its class (K × S × S).

    ``output`` is the number of the output with 4·B + B + K × S × S, in that order.
    """

    objects: Field
    boxes: Field
    classes: Field
    output: int

    @property
    def per_cell(self) -> int:
        """Boxes."""
        return int(self.boxes.shape[0]) // 4  # type: ignore[arg-type]  # of a field, whose sizes are known


class Found(NamedTuple):
    """Boxes N × 4 (x1 y1 x2 y2 as shares), how sure it is of each, and their classes."""

    boxes: Tensor
    scores: Tensor
    classes: Tensor


def grid_fields(trained: Trained) -> GridFields | None:
    """None where the network tells no such grid."""
    names = [name for name in trained.binding.inputs if name not in trained.binding.forward]
    images = [field for field in map(trained.data.field, names) if field.shape.axes == "CHW"]
    ends = [n for n, node in trained.network.graph.nodes.items() if isinstance(node.settings, Output)]
    for number, end in enumerate(ends):
        shape = trained.inference.facts[end].outputs.get("output")
        if shape is None or shape.axes != "CHW":
            continue
        fitting = [field for field in images if field.shape[1:] == shape[1:]]
        for objects, boxes, classes in permutations(fitting, 3):
            (one, four, kinds) = (int(field.shape[0]) for field in (objects, boxes, classes))  # type: ignore[arg-type]
            if one == 1 and four % 4 == 0 and four + four // 4 + kinds == shape[0]:
                return GridFields(objects, boxes, classes, number)
    return None


def given_boxes(trained: Trained, fields: GridFields, cells: Tensor) -> list[Found]:
    """Of each picture, from N × 4·B + B + K × S × S: those it is sure of, without those that others hide."""
    count = fields.per_cell
    sizes = [4 * count, count, cells.shape[1] - 5 * count]
    boxes, sure, kinds = torch.split(cells.float(), sizes, 1)
    boxes, kinds = _raw(trained, fields.boxes, boxes), _raw(trained, fields.classes, kinds)
    sure = _raw(trained, fields.objects, sure).clamp(0, 1)
    places = _shares(boxes)  # N × B × S × S × 4
    best = kinds.clamp(0, 1).max(1)
    scores = sure * best.values[:, None]
    classes = best.indices[:, None].expand_as(scores)
    return [_thinned(*(each.flatten(0, 2) for each in one)) for one in zip(places, scores, classes, strict=True)]


def right_boxes(trained: Trained, fields: GridFields, rows: Tensor) -> list[Found]:
    """One of each cell with an object."""
    columns = trained.data.columns
    there = columns[fields.objects.name][rows][:, 0] > 0
    places = _shares(columns[fields.boxes.name][rows].float())[:, 0]  # the boxes of a cell are the same
    classes = columns[fields.classes.name][rows].argmax(1)
    return [
        Found(place[mask], torch.ones(int(mask.sum())), kind[mask])
        for place, kind, mask in zip(places, classes, there, strict=True)
    ]


def _shares(values: Tensor) -> Tensor:
    """N × 4·B × S × S of x and y within the cell, √width and √height of the picture -> N × B × S × S × 4 corners.

    Source: Redmon et al. 2016, arXiv:1506.02640, section 2.
    """
    height, width = values.shape[2:]
    x, y, w, h = values.reshape(len(values), -1, 4, height, width).unbind(2)
    across = (torch.arange(width) + x) / width
    down = (torch.arange(height)[:, None] + y) / height
    boxes = torch.stack((across, down, w.clamp(min=0) ** 2, h.clamp(min=0) ** 2), -1)
    corners: Tensor = box_convert(boxes, "cxcywh", "xyxy")
    return corners.clamp(0, 1)


def _thinned(boxes: Tensor, scores: Tensor, classes: Tensor) -> Found:
    sure = scores >= LEAST_SCORE
    boxes, scores, classes = boxes[sure], scores[sure], classes[sure]
    kept = batched_nms(boxes, scores, classes, OVERLAP)[:MOST]
    return Found(boxes[kept], scores[kept], classes[kept])


def _raw(trained: Trained, field: Field, values: Tensor) -> Tensor:
    """As the data hold it: the network was taught what they are brought to."""
    affine = trained.data.affine(field.name)
    return values if affine is None else (values - affine.offset) / affine.scale
