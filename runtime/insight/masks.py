"""Classes of pixels as colours: the right mask, the given one, and where they differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from runtime.faults import RefusalError
from runtime.insight.tiles import as_pictures, write_sheet
from runtime.insight.trained import Trained

VOID = 255
COLOURS = (
    (86, 180, 233), (230, 159, 0), (0, 158, 115), (204, 121, 167), (240, 228, 66), (213, 94, 0), (0, 114, 178),
    (148, 103, 189), (140, 140, 140), (188, 189, 34), (23, 190, 207), (255, 152, 150), (152, 223, 138), (97, 97, 255),
)  # fmt: skip
SHARE = 0.65  # of the colour over the picture
WRONG = (255, 64, 64)


def colour_of(number: int) -> tuple[int, int, int]:
    """After Okabe and Ito as far as they reach."""
    return COLOURS[number % len(COLOURS)]


@torch.inference_mode()
def masks(trained: Trained, rows: Tensor, path: Path) -> dict[str, Any]:
    """Four tiles a sample: picture, right mask, given mask, and where they differ; with the IoU of each class."""
    task = trained.task
    if task is None or task.kind != "pixels":
        raise RefusalError("This network tells no classes of pixels.", "Choose one that was trained on masks.")
    batch = trained.batch(rows)
    _, parts = trained.module.losses(*batch)
    given, wanted = parts[task.loss][1].argmax(task.axis), batch[-1]
    field = trained.picture
    pictures = as_pictures(trained.data.columns[field.name][rows], field.high).expand(-1, 3, -1, -1)
    counts = (wanted >= 0) & (wanted < len(task.classes)) & (wanted != VOID)
    wrong = torch.tensor(WRONG).view(1, 3, 1, 1) / 255
    differs = torch.where(((given != wanted) & counts)[:, None], wrong, pictures * 0.5)
    tiles = torch.stack((pictures, _painted(pictures, wanted, counts), _painted(pictures, given, None), differs), 1)
    return write_sheet(tiles.flatten(0, 1), path, columns=4).written() | {
        "classes": list(task.classes),
        "colours": [list(colour_of(n)) for n in range(len(task.classes))],
        "iou": _iou(given[counts], wanted[counts], len(task.classes)),
    }


def _painted(pictures: Tensor, classes: Tensor, counts: Tensor | None) -> Tensor:
    """Pictures with the colour of each pixel's class over them; without it where nothing counts."""
    palette = torch.tensor([colour_of(n) for n in range(256)]) / 255
    colours = palette[classes.clamp(0, 255)].permute(0, 3, 1, 2)
    painted = pictures * (1 - SHARE) + colours * SHARE
    return painted if counts is None else torch.where(counts[:, None], painted, pictures)


def _iou(given: Tensor, wanted: Tensor, count: int) -> list[float | None]:
    """Of each class; None for one that is neither there nor given."""
    table = torch.bincount(wanted * count + given, minlength=count * count).view(count, count).double()
    hits, union = table.diag(), table.sum(0) + table.sum(1) - table.diag()
    return [float(h / u) if u else None for h, u in zip(hits, union, strict=True)]
