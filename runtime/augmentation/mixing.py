"""Samples mixed with others of their batch: MixUp and CutMix. Each takes the sample before it as its partner."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from runtime.augmentation.draws import Draws
from runtime.augmentation.erasing import rectangle

KNOTS = 4097
Shares = Callable[[Tensor], Tensor]
"""Even numbers from 0 to 1 -> shares of another distribution."""


class Mixture(NamedTuple):
    """What is left of each sample (N): of its label, and of its pixels outside of the partner's rectangle."""

    kept: Tensor
    blended: Tensor
    partner_at: Tensor | None = None  # N × H × W


class BetaShares:
    """Shares of Beta(α, α), as its inverse distribution gives them for even numbers: read off between 4,097 knots."""

    def __init__(self, alpha: float, device: torch.device) -> None:
        from scipy.special import betaincinv  # only where something is mixed: it takes a while to import

        even = torch.linspace(0, 1, KNOTS, dtype=torch.float64)
        self.knots = torch.from_numpy(betaincinv(alpha, alpha, even.numpy())).float().to(device)

    def __call__(self, even: Tensor) -> Tensor:
        return between_knots(self.knots, even)


def between_knots(knots: Tensor, even: Tensor) -> Tensor:
    """What a function is at places from 0 to 1, whose values at even distances are the knots."""
    place = even * (len(knots) - 1)
    below = place.long()
    return torch.lerp(knots[below], knots[below + 1], place - below)


def mixture(draws: Draws, mixup: Shares | None, cutmix: Shares | None, height: int, width: int) -> Mixture:
    """Shares for a batch; where both ways are on, each sample takes one of them by chance.

    Source: Zhang et al. 2018, arXiv:1710.09412 (mixup); Yun et al. 2019, arXiv:1905.04899, section 3.1 (CutMix).
    """
    share = mixup(draws.share("mixup")) if mixup else torch.ones_like(draws.share("mixup"))
    if cutmix is None:
        return Mixture(share, share)
    side = (1 - cutmix(draws.share("cutmix"))).sqrt()
    if mixup is not None:
        side = torch.where(draws.share("mixture") < 0.5, side, 0)
        share = torch.where(side > 0, 1, share)
    tall, wide = (side * height).round(), (side * width).round()
    top, left = (
        (draws.share("cutmix_y") * height - tall / 2).round(),
        (draws.share("cutmix_x") * width - wide / 2).round(),
    )
    where = rectangle(top, left, tall, wide, height, width)
    kept = 1 - where.float().mean((1, 2))  # what was cut off at the border is not taken from the label
    return Mixture(kept * share, share, where)


def mixed(values: Tensor, by: Mixture, *, is_area: bool) -> Tensor:
    """Values (N × …) with their partners; those of an ``is_area`` (… × H × W) place by place, class numbers too."""
    partners = values.roll(1, 0)
    share = (by.blended if is_area else by.kept).view(-1, *[1] * (values.dim() - 1))
    found = torch.lerp(partners, values, share) if values.is_floating_point() else values
    if not is_area or by.partner_at is None:
        return found
    where = by.partner_at.view(len(values), *[1] * (values.dim() - 3), *values.shape[-2:])
    return torch.where(where, partners, found)


def mixed_labels(labels: Tensor, classes: int, by: Mixture) -> Tensor:
    """N × classes: the share of each class in a sample and its partner."""
    own = functional.one_hot(labels.long(), classes).float()
    return torch.lerp(own.roll(1, 0), own, by.kept[:, None])
