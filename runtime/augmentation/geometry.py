"""Where the pixels of varied pictures come from: flips, shifts, crops, zoom and rotation as one map a sample.

A map takes a place in the new picture to its place in the old one, both from −1 to 1 over the picture (as
``affine_grid`` has them with ``align_corners=False``). Pictures, masks and boxes follow the same map.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from runtime.augmentation.draws import Draws
from runtime.recipe_parts.augmentation import FLIPS, AugmentationSettings

PADDING = {"black": "zeros", "edge": "border", "mirror": "reflection"}
IGNORED = -100  # what losses pass over in a mask


@dataclass(frozen=True)
class Steps:
    """Mirrored or not (−1 or 1), and how many whole pixels to the right and down; N numbers each."""

    flip_x: Tensor
    flip_y: Tensor
    right: Tensor
    down: Tensor


class Geometry:
    """The maps of one batch; ``height`` and ``width`` are those of the pictures that whole pixels refer to."""

    def __init__(self, settings: AugmentationSettings, draws: Draws, height: int, width: int) -> None:
        self._border = settings.border
        self._size = (height, width)
        self.steps = _steps(settings, draws, height, width)
        self._bends = bool(settings.resized_crop or settings.zoom or settings.rotation)
        self._maps = _maps(settings, draws, self.steps, height, width)  # N × 2 × 3
        self._places: dict[tuple[int, int], tuple[Tensor, Tensor]] = {}

    def pictures(self, pictures: Tensor) -> Tensor:
        """N × C × H × W, bytes or real numbers where 0 is black; between pixels bilinear, and then real numbers."""
        if self._is_whole(pictures):
            return self._moved(pictures, 0)
        grid = functional.affine_grid(self._maps, list(pictures.shape), align_corners=False)
        return functional.grid_sample(pictures.float(), grid, "bilinear", PADDING[self._border], align_corners=False)

    def masks(self, masks: Tensor) -> Tensor:
        """N × H × W of class numbers; each pixel takes that of its nearest, and none counts beyond the border."""
        layer = masks[:, None]
        if self._is_whole(masks):
            return self._moved(layer, IGNORED)[:, 0]
        grid = functional.affine_grid(self._maps, list(layer.shape), align_corners=False)
        padding = "reflection" if self._border == "mirror" else "zeros"
        found = functional.grid_sample(layer.float() - IGNORED, grid, "nearest", padding, align_corners=False)
        return (found[:, 0] + IGNORED).to(masks.dtype)

    def boxes(self, boxes: Tensor, height: int, width: int) -> Tensor:
        """N × 4 or N × L × 4, cut off at the picture; boxes outside it become zeros, as places without a box are."""
        given = boxes.view(len(boxes), -1, 4).float()
        size = torch.tensor([width, height], device=boxes.device)
        whole = torch.cat([self._maps, self._maps.new_tensor([[[0.0, 0.0, 1.0]]]).expand(len(boxes), 1, 3)], 1)
        forth = torch.linalg.inv(whole)[:, None, :2]  # N × 1 × 2 × 3: from the old picture to the new one
        corners = torch.stack([given[..., [0, 1]], given[..., [2, 1]], given[..., [0, 3]], given[..., [2, 3]]], -1)
        seen = forth[..., :2] @ (corners * 2 / size[:, None] - 1) + forth[..., 2:]
        pixels = (seen + 1) / 2 * size[:, None]  # N × L × 2 × 4 corners
        low, high = (torch.minimum(end.clamp(min=0), size) for end in (pixels.amin(-1), pixels.amax(-1)))
        there = ((high - low) > 0).all(-1) & (given[..., 2:] > given[..., :2]).all(-1)
        return torch.where(there[..., None], torch.cat([low, high], -1), 0.0).view(boxes.shape)

    def shares(self, boxes: Tensor) -> Tensor:
        """As boxes, where they are given as shares of width and height: those of a picture of one pixel."""
        return self.boxes(boxes, 1, 1)

    def _is_whole(self, values: Tensor) -> bool:
        """Whole pixels move to whole pixels: nothing is calculated between them."""
        return not self._bends and tuple(values.shape[-2:]) == self._size

    def _moved(self, layers: Tensor, beyond: int) -> Tensor:
        """N × C × H × W with every pixel taken from its place; those from outside are ``beyond``."""
        count, channels, height, width = layers.shape
        if (height, width) not in self._places:
            self._places[height, width] = self._sources(height, width)
        source, is_inside = self._places[height, width]
        found = layers.flatten(2).gather(2, source[:, None].expand(count, channels, height * width))
        if self._border == "black" or (self._border == "edge" and beyond):
            found = torch.where(
                is_inside[:, None], found, torch.tensor(beyond, dtype=found.dtype, device=found.device)
            )
        return found.view(layers.shape)

    def _sources(self, height: int, width: int) -> tuple[Tensor, Tensor]:
        """For each pixel where it comes from, as N × (H · W) places in a row, and whether that is in the picture."""
        y, y_inside = _along(self.steps.flip_y, self.steps.down, height, self._border)
        x, x_inside = _along(self.steps.flip_x, self.steps.right, width, self._border)
        source = y[:, :, None] * width + x[:, None, :]
        return source.flatten(1), (y_inside[:, :, None] & x_inside[:, None, :]).flatten(1)


def _along(flip: Tensor, step: Tensor, size: int, border: str) -> tuple[Tensor, Tensor]:
    """Along one axis: where each place comes from (N × size), brought into the picture, and if it had to be."""
    places = torch.arange(size, device=flip.device)
    places = torch.where(flip[:, None] < 0, size - 1 - places, places) - step[:, None]
    kept = _mirrored(places, size) if border == "mirror" else places.clamp(0, size - 1)
    return kept, (places >= 0) & (places < size)


def _mirrored(places: Tensor, size: int) -> Tensor:
    """The edge pixel is met twice, as grid_sample's reflection has it."""
    folded = torch.remainder(places, 2 * size)
    return torch.minimum(folded, 2 * size - 1 - folded)


def _steps(settings: AugmentationSettings, draws: Draws, height: int, width: int) -> Steps:
    """Shifts by a share are rounded to whole pixels, as torchvision's RandomAffine does."""
    flips = [torch.where(draws.share(flip) < getattr(settings, flip), -1, 1) for flip in FLIPS]
    steps = []
    for axis, size in (("x", width), ("y", height)):
        far = settings.shift * size
        step = draws.between(f"shift_{axis}", -far, far).round()
        if settings.crop_padding:
            choices = 2 * settings.crop_padding + 1
            step = step + (draws.share(f"crop_{axis}") * choices).floor() - settings.crop_padding
        steps.append(step.long())
    return Steps(flips[0], flips[1], steps[0], steps[1])


def _maps(settings: AugmentationSettings, draws: Draws, steps: Steps, height: int, width: int) -> Tensor:
    """N × 2 × 3. Read from the old picture on: cut out, turn and zoom, shift, mirror."""
    angle = draws.between("rotation", -settings.rotation, settings.rotation) * (math.pi / 180)
    zoom = draws.between("zoom", 1 - settings.zoom, 1 + settings.zoom)
    cosine, sine = angle.cos() / zoom, angle.sin() / zoom
    turn = torch.stack([cosine, -sine * (height / width), sine * (width / height), cosine], 1).view(-1, 2, 2)
    mirror = torch.stack([steps.flip_x, steps.flip_y], 1).float()
    moved = torch.stack([2.0 * steps.right / width, 2.0 * steps.down / height], 1)
    linear, offset = turn * mirror[:, None], -(turn @ moved[..., None])[..., 0]
    if settings.resized_crop:
        share, middle = _crop(settings, draws, height, width)
        linear, offset = share[..., None] * linear, share * offset + middle
    return torch.cat([linear, offset[..., None]], 2)


def _crop(settings: AugmentationSettings, draws: Draws, height: int, width: int) -> tuple[Tensor, Tensor]:
    """What is cut out: its share of the sides, and its middle (from −1 to 1); N × (x, y).

    Area and ratio as torchvision's RandomResizedCrop draws them; what does not fit is cut to the picture.
    """
    assert settings.resized_crop is not None
    area = draws.between("area", settings.resized_crop, 1.0) * (height * width)
    reach = math.log(settings.crop_ratio)
    ratio = draws.between("ratio", -reach, reach).exp()  # width / height
    size = torch.stack([(area * ratio).sqrt() / width, (area / ratio).sqrt() / height], 1).clamp(max=1)
    place = torch.stack([draws.share("area_x"), draws.share("area_y")], 1)
    return size, (1 - size) * (2 * place - 1)
