"""Colours of whole batches changed, each picture by a factor of its own: N × C × H × W, from 0 to ``top``, in place.

The formulas are those of torchvision's ``adjust_…``; a batch takes no turn through HSV, which kornia's and
torchvision's spend most of their time in.
"""

from __future__ import annotations

import torch
from torch import Tensor

GREY = (0.2989, 0.587, 0.114)  # of red, green and blue, as torchvision has them


def brightness(pictures: Tensor, factor: Tensor, top: float) -> Tensor:
    """Every number times the factor (N)."""
    return pictures.mul_(_apart(factor)).clamp_(0, top)


def contrast(pictures: Tensor, factor: Tensor, top: float) -> Tensor:
    """The distance of every number from the picture's mean grey times the factor (N)."""
    mean = grey(pictures).mean((2, 3), keepdim=True)
    return pictures.mul_(_apart(factor)).add_(mean * (1 - _apart(factor))).clamp_(0, top)


def saturation(pictures: Tensor, factor: Tensor, top: float) -> Tensor:
    """The distance of every colour from the grey of its pixel times the factor (N)."""
    greys = grey(pictures).mul_(1 - _apart(factor))
    return pictures.mul_(_apart(factor)).add_(greys).clamp_(0, top)


def hue(pictures: Tensor, turn: Tensor) -> Tensor:
    """Colours turned around the circle of hues by a share of it (N): largest and least of each pixel stay.

    Source: V − V·S·max(0, min(k, 4 − k, 1)) with k = (n + H / 60°) mod 6, n = 5, 3, 1 for red, green and blue;
    with k − 2 brought to −3 … 3 that is V − V·S·clamp(2 − |k − 2|, 0, 1).
    """
    red, green, blue = pictures.unbind(1)
    most = torch.maximum(torch.maximum(red, green), blue)
    chroma = most - torch.minimum(torch.minimum(red, green), blue)
    sextant = torch.where(
        most == red,
        green - blue,
        torch.where(most == green, (blue - red).add_(chroma, alpha=2), (red - green).add_(chroma, alpha=4)),
    ).div_(chroma.clamp(min=1e-12))  # from −1 to 5
    sextant = sextant.add_(6 * turn[:, None, None])
    for number, channel in enumerate((red, green, blue)):
        away = sextant + (3 - 2 * number)
        away.sub_((away / 6).round_(), alpha=6)
        share = away.abs_().neg_().add_(2).clamp_(0, 1)
        torch.sub(most, share.mul_(chroma), out=channel)
    return pictures


def grey(pictures: Tensor) -> Tensor:
    """N × 1 × H × W: of three channels as the eye weighs them, else their mean."""
    if pictures.shape[1] == 1:
        return pictures.clone()
    if pictures.shape[1] != 3:
        return pictures.mean(1, keepdim=True)
    red, green, blue = pictures[:, 0:1], pictures[:, 1:2], pictures[:, 2:3]
    return (red * GREY[0]).add_(green, alpha=GREY[1]).add_(blue, alpha=GREY[2])


def main_axes(colours: Tensor) -> tuple[Tensor, Tensor]:
    """Variances along the main axes of some colours (samples × C), and the axes as columns."""
    variances, axes = torch.linalg.eigh(torch.cov(colours.double().T).view(colours.shape[1], colours.shape[1]))
    return variances.float(), axes.float()


def along_axes(pictures: Tensor, amounts: Tensor, variances: Tensor, axes: Tensor, top: float) -> Tensor:
    """Every pixel of a picture moved alike: by the axes times their variances (of colours from 0 to 1) and amounts.

    Shape: amounts N × C. Source: Krizhevsky, Sutskever & Hinton 2012, section 4.1: [p1 p2 p3][α1λ1 α2λ2 α3λ3]ᵀ.
    """
    moved = (amounts * variances) @ axes.T
    return pictures.add_(moved[:, :, None, None] * top)


def _apart(factor: Tensor) -> Tensor:
    return factor[:, None, None, None]
