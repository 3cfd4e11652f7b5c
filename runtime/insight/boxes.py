"""Boxes that a network tells, beside the right ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from runtime.data.dataset import Field
from runtime.faults import RefusalError
from runtime.insight.tiles import as_pictures, write_sheet
from runtime.insight.trained import Trained


def box_field(trained: Trained) -> Field | None:
    """One box a picture; None where the data have none."""
    return next((f for f in trained.data.fields if f.is_boxes and len(f.shape) == 1), None)


@torch.inference_mode()
def boxes(trained: Trained, rows: Tensor, path: Path) -> dict[str, Any]:
    """A sheet of pictures, with the right and the given box of each as shares, and their IoU. Raises RefusalError."""
    field = box_field(trained)
    if field is None:
        raise RefusalError("These data have no box for each picture.", "Look into a network that locates.")
    _, parts = trained.module.losses(*trained.batch(rows))
    given = next((p[1] for p in parts.values() if p[1].shape == (len(rows), 4)), None)
    if given is None:
        raise RefusalError("No loss of this network judges four numbers a picture.", "Give it a box to tell.")
    pictures_of = trained.picture
    pictures = as_pictures(trained.data.columns[pictures_of.name][rows], pictures_of.high)
    right = trained.data.columns[field.name][rows].float()
    if not field.are_shares:
        height, width = pictures.shape[2:]
        sizes = torch.tensor([width, height, width, height])
        right, given = right / sizes, given / sizes
    return write_sheet(pictures, path).written() | {
        "right": right.tolist(),
        "given": given.float().tolist(),
        "iou": overlap(right, given.float()).tolist(),
        "rows": rows.tolist(),
    }


def overlap(one: Tensor, other: Tensor) -> Tensor:
    """Intersection over union of boxes N × 4, pair by pair; N."""
    low, high = torch.maximum(one[:, :2], other[:, :2]), torch.minimum(one[:, 2:], other[:, 2:])
    shared = (high - low).clamp(min=0).prod(1)
    areas = [(box[:, 2:] - box[:, :2]).clamp(min=0).prod(1) for box in (one, other)]
    return shared / (areas[0] + areas[1] - shared).clamp(min=1e-12)
