"""Test-time crops: several views of a picture, whose probabilities are averaged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor
from torch.nn import functional

from runtime.data.dataset import Field
from runtime.metrics import Task
from runtime.recipe_parts.validation import FLIP, NO_CROPS, ValidationSettings
from runtime.runs import TrainingError

CORNERS = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (0.5, 0.5))  # of what is left over: x, y; then the middle


class View(NamedTuple):
    """One way to look at pictures: a crop of 1 / scale of the sides at a place, brought to the old size."""

    weight: float
    scale: float
    x: float
    y: float
    is_mirrored: bool

    def of(self, pictures: Tensor) -> Tensor:
        """N × C × H × W, bytes or real numbers, to real numbers. Source: torchvision's ten_crop."""
        height, width = pictures.shape[2:]
        tall, wide = round(height / self.scale), round(width / self.scale)
        top, left = round(self.y * (height - tall)), round(self.x * (width - wide))
        seen = pictures[:, :, top : top + tall, left : left + wide].float()
        seen = seen.flip(3) if self.is_mirrored else seen
        if (tall, wide) == (height, width):
            return seen
        return functional.interpolate(seen, (height, width), mode="bilinear", align_corners=False)


WHOLE = (View(1.0, 1.0, 0.5, 0.5, False),)
"""The picture as it is."""


class Crops:
    """The views of a recipe; each changes the raw values of ``fields`` as a loader wants it."""

    def __init__(self, settings: ValidationSettings, fields: Sequence[Field]) -> None:
        self._are_pictures = [field.is_picture for field in fields]
        self.views = views_of(settings)

    def changed(self, view: View, values: list[Tensor], rows: Tensor) -> list[Tensor]:
        """Raw values as one view sees them."""
        return [view.of(v) if is_one else v for v, is_one in zip(values, self._are_pictures, strict=True)]


def views_of(settings: ValidationSettings) -> list[View]:
    """All views; their weights add up to 1."""
    if settings.test_crops == FLIP:
        return [View(0.5, 1.0, 0.5, 0.5, is_mirrored) for is_mirrored in (False, True)]
    found = []
    for scale in settings.test_scales or (1.0,):
        places = CORNERS if scale > 1 else CORNERS[-1:]  # all crops of a whole picture are the picture
        weight = 1 / (2 * len(places) * len(settings.test_scales or (1.0,)))
        found += [View(weight, scale, x, y, is_mirrored) for is_mirrored in (False, True) for x, y in places]
    return found


def make_crops(settings: ValidationSettings, task: Task | None, fields: Sequence[Field]) -> Crops | None:
    """Raises TrainingError where crops are asked for, and nothing tells the class of a picture."""
    if settings.test_crops == NO_CROPS:
        return None
    if task is None or task.kind != "classes" or not any(field.is_picture for field in fields):
        raise TrainingError(
            "test_crops averages what a network says of the class of a picture, and this one says nothing of it.",
            "Set test_crops to none.",
        )
    return Crops(settings, fields)
