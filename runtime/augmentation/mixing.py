"""Samples mixed with others of their batch: MixUp and CutMix. Each takes the sample before it as its partner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from scipy.special import betaincinv
from torch import Tensor
from torch.nn import functional

from runtime.augmentation.draws import Draws
from runtime.augmentation.erasing import rectangle

KNOTS = 4097


class Mixture(NamedTuple):
    """What is left of each sample: a share (N), or all outside of a rectangle (N × H × W)."""

    share: Tensor
    partner_at: Tensor | None = None


class BetaShares:
    """Shares of Beta(α, α), as its inverse distribution gives them for even numbers: read off between 4,097 knots."""

    def __init__(self, alpha: float, device: torch.device) -> None:
        even = torch.linspace(0, 1, KNOTS, dtype=torch.float64)
        self._knots = torch.from_numpy(betaincinv(alpha, alpha, even.numpy())).float().to(device)

    def __call__(self, even: Tensor) -> Tensor:
        place = even * (KNOTS - 1)
        below = place.long()
        return torch.lerp(self._knots[below], self._knots[below + 1], place - below)


def mixture(draws: Draws, mixup: BetaShares | None, cutmix: BetaShares | None, height: int, width: int) -> Mixture:
    """Shares for a batch; where both ways are on, each batch takes one of them by chance.

    Source: Zhang et al. 2018, arXiv:1710.09412 (mixup); Yun et al. 2019, arXiv:1905.04899, section 3.1 (CutMix).
    """
    is_cut = draws.share("mixture")[0] < 0.5
    share = mixup(draws.share("mixup")) if mixup else torch.ones_like(draws.share("mixup"))
    if cutmix is None:
        return Mixture(share)
    side = (1 - cutmix(draws.share("cutmix"))).sqrt()
    y, x = (draws.share(f"cutmix_{axis}") * size for axis, size in (("y", height), ("x", width)))
    top, left = (y - side * height / 2).round(), (x - side * width / 2).round()
    tall, wide = (side * height).round(), (side * width).round()
    where = rectangle(top, left, tall, wide, height, width)
    kept = 1 - where.float().mean((1, 2))  # what was cut off at the border is not taken from the label
    if mixup is None:
        return Mixture(kept, where)
    return Mixture(torch.where(is_cut, kept, share), where & is_cut)


def mixed(values: Tensor, mixed_by: Mixture, *, is_area: bool) -> Tensor:
    """Real numbers (N × …) blended with their partners; ``is_area`` ones (… × H × W) by place where there is one."""
    partners = values.roll(1, 0)
    share = mixed_by.share.view(-1, *[1] * (values.dim() - 1))
    if not is_area or mixed_by.partner_at is None:
        return torch.lerp(partners, values, share)
    where = mixed_by.partner_at.view(len(values), *[1] * (values.dim() - 3), *values.shape[-2:])
    blended = values if values.dtype.is_floating_point is False else _blended(values, partners, share, where)
    return torch.where(where, partners, blended)


def _blended(values: Tensor, partners: Tensor, share: Tensor, where: Tensor) -> Tensor:
    """Where a batch is cut, nothing is blended outside of the rectangles."""
    return torch.where(where.any(), values, torch.lerp(partners, values, share))


def mixed_labels(labels: Tensor, classes: int, mixed_by: Mixture) -> Tensor:
    """N × classes: the share of each class in a sample and its partner."""
    own = functional.one_hot(labels.long(), classes).float()
    return torch.lerp(own.roll(1, 0), own, mixed_by.share[:, None])
