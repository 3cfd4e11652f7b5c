"""Boxes that a network tells, beside the right ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from runtime.data.dataset import Field
from runtime.faults import RefusalError
from runtime.insight.grid_boxes import Found, given_boxes, grid_fields, right_boxes
from runtime.insight.tiles import as_pictures, write_sheet
from runtime.insight.trained import Trained


def box_field(trained: Trained) -> Field | None:
    """One box a picture; None where the data have none."""
    return next((f for f in trained.data.fields if f.is_boxes and len(f.shape) == 1), None)


def tells_boxes(trained: Trained) -> bool:
    return box_field(trained) is not None or grid_fields(trained) is not None


@torch.inference_mode()
def boxes(trained: Trained, rows: Tensor, path: Path) -> dict[str, Any]:
    """A sheet of pictures, with the right and the given boxes of each as shares, and how far they overlap.

    Raises RefusalError.
    """
    pictures_of, grid = trained.picture, grid_fields(trained)
    pictures = as_pictures(trained.data.columns[pictures_of.name][rows], pictures_of.high)
    if grid is not None:
        cells = _outputs(trained.module(*trained.inputs(rows)))[grid.output]
        given, right = given_boxes(trained, grid, cells), right_boxes(trained, grid, rows)
    else:
        given, right = _single(trained, rows, pictures)
    return write_sheet(pictures, path).written() | {
        "right": [found.boxes.tolist() for found in right],
        "given": [found.boxes.tolist() for found in given],
        "right_words": [_words(found, is_sure=True) for found in right],
        "given_words": [_words(found, is_sure=grid is None) for found in given],
        "iou": [_shared(one, other) for one, other in zip(right, given, strict=True)],
        "rows": rows.tolist(),
    }


def _single(trained: Trained, rows: Tensor, pictures: Tensor) -> tuple[list[Found], list[Found]]:
    """Given and right, of a network that tells one box a picture. Raises RefusalError."""
    field = box_field(trained)
    if field is None:
        raise RefusalError("These data have no boxes.", "Look into a network that locates.")
    _, parts = trained.module.losses(*trained.batch(rows))
    given = next((p[1] for p in parts.values() if p[1].shape == (len(rows), 4)), None)
    if given is None:
        raise RefusalError("No loss of this network judges four numbers a picture.", "Give it a box to tell.")
    right = trained.data.columns[field.name][rows].float()
    if not field.are_shares:
        height, width = pictures.shape[2:]
        sizes = torch.tensor([width, height, width, height])
        right, given = right / sizes, given / sizes
    return [_one(box) for box in given.float()], [_one(box) for box in right]


def _one(box: Tensor) -> Found:
    return Found(box[None], torch.ones(1), torch.full((1,), -1))


def _outputs(result: Any) -> list[Tensor]:
    return [result] if isinstance(result, Tensor) else list(result)


def _words(found: Found, *, is_sure: bool) -> list[str]:
    """Class and score of each box; nothing where there is one a picture."""
    pairs = zip(found.classes.tolist(), found.scores.tolist(), strict=True)
    return ["" if kind < 0 else f"{kind}" if is_sure else f"{kind} {score:.0%}" for kind, score in pairs]


def _shared(right: Found, given: Found) -> float | None:
    """The mean over the right boxes of the best overlap with a given one; None where there is none."""
    if not len(right.boxes):
        return None
    if not len(given.boxes):
        return 0.0
    pairs = torch.stack([overlap(box.expand_as(given.boxes), given.boxes) for box in right.boxes])
    return float(pairs.amax(1).mean())


def overlap(one: Tensor, other: Tensor) -> Tensor:
    """Intersection over union of boxes N × 4, pair by pair; N."""
    low, high = torch.maximum(one[:, :2], other[:, :2]), torch.minimum(one[:, 2:], other[:, 2:])
    shared = (high - low).clamp(min=0).prod(1)
    areas = [(box[:, 2:] - box[:, :2]).clamp(min=0).prod(1) for box in (one, other)]
    return shared / (areas[0] + areas[1] - shared).clamp(min=1e-12)
