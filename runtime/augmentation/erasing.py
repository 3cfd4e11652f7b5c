"""Parts of pictures filled with one colour: random erasing and cutout."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from runtime.augmentation.draws import Draws

LEAST_AREA, WIDEST = 0.02, 3.3  # of an erased rectangle, as torchvision's RandomErasing has them


def erased(pictures: Tensor, draws: Draws, chance: float, area: float, fill: Tensor) -> Tensor:
    """Fills a rectangle of some pictures (N × C × H × W) with ``fill`` (C).

    Source: Zhong et al. 2017, "Random Erasing Data Augmentation"; area and ratio are drawn as there.
    """
    height, width = pictures.shape[2:]
    reach = math.log(WIDEST)
    size = draws.between("erasing_area", LEAST_AREA, area) * (height * width)
    ratio = draws.between("erasing_ratio", -reach, reach).exp()
    tall, wide = (size * ratio).sqrt().round().clamp(max=height), (size / ratio).sqrt().round().clamp(max=width)
    tall = torch.where(draws.share("erasing") < chance, tall, 0)
    top = (draws.share("erasing_y") * (height - tall + 1)).floor()
    left = (draws.share("erasing_x") * (width - wide + 1)).floor()
    return filled(pictures, rectangle(top, left, tall, wide, height, width), fill)


def cut_out(pictures: Tensor, draws: Draws, side: int, fill: Tensor) -> Tensor:
    """Fills a square around a pixel anywhere in each picture, as far as it is in the picture, with ``fill`` (C).

    Source: DeVries & Taylor 2017, "Improved Regularization of Convolutional Neural Networks with Cutout".
    """
    height, width = pictures.shape[2:]
    top = (draws.share("cutout_y") * height).floor() - side // 2
    left = (draws.share("cutout_x") * width).floor() - side // 2
    sides = torch.full_like(top, side)
    return filled(pictures, rectangle(top, left, sides, sides, height, width), fill)


def rectangle(top: Tensor, left: Tensor, tall: Tensor, wide: Tensor, height: int, width: int) -> Tensor:
    """N × H × W: which pixels lie in each picture's rectangle; its numbers are N each."""
    y, x = torch.arange(height, device=top.device), torch.arange(width, device=top.device)
    rows = (y >= top[:, None]) & (y < (top + tall)[:, None])
    columns = (x >= left[:, None]) & (x < (left + wide)[:, None])
    return rows[:, :, None] & columns[:, None, :]


def filled(pictures: Tensor, where: Tensor, fill: Tensor) -> Tensor:
    """Pictures with one colour (C) where N × H × W says so."""
    return torch.where(where[:, None], fill[:, None, None], pictures)
