"""Losses that PyTorch does not have, or has in a form that wants other values."""

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor


def as_judged(target: Tensor, scores: Tensor) -> Tensor:
    """A target of zeros and ones, laid out and typed like the scores that are compared with it."""
    return target.reshape(scores.shape).to(scores.dtype)


def gaussian_kl(mean: Tensor, log_variance: Tensor, reduction: str = "mean") -> Tensor:
    """Distance of normal distributions from N(0, 1), summed over the numbers of each sample."""
    each = -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).flatten(1).sum(dim=1)
    return each.mean() if reduction == "mean" else each.sum()


def dice_loss(scores: Tensor, target: Tensor, smooth: float = 1.0, reduction: str = "mean") -> Tensor:
    """1 − 2 · overlap / (sum of both) for each sample and class; the target holds classes, or masks like scores."""
    if target.is_floating_point():
        shares, wanted = scores.sigmoid(), target
    else:
        shares, wanted = scores.softmax(dim=1), F.one_hot(target, scores.shape[1]).movedim(-1, 1)
    overlap = (shares * wanted).flatten(2).sum(dim=2)
    both = shares.flatten(2).sum(dim=2) + wanted.flatten(2).sum(dim=2)
    each = 1 - (2 * overlap + smooth) / (both + smooth)
    return each.mean() if reduction == "mean" else each.sum()


def focal_loss(
    scores: Tensor, target: Tensor, gamma: float = 2.0, weight: Tensor | None = None, reduction: str = "mean"
) -> Tensor:
    """(1 − p)^gamma · (−ln p) for the probability p of the right class."""
    hardness = (1 - scores.softmax(dim=1).gather(1, target.unsqueeze(1)).squeeze(1)) ** gamma
    each = hardness * F.cross_entropy(scores, target, weight=weight, reduction="none")
    return each.mean() if reduction == "mean" else each.sum()


def ctc_of_scores(
    scores: Tensor, target: Tensor, blank: int = 0, zero_infinity: bool = False, reduction: str = "mean"
) -> Tensor:
    """CTC of scores N × L × C against labels N × S; what is blank or below 0 in the target only fills it up."""
    is_label = (target != blank) & (target >= 0)
    steps = torch.full((len(scores),), scores.shape[1], dtype=torch.long, device=scores.device)
    return F.ctc_loss(
        scores.log_softmax(dim=2).transpose(0, 1),
        target,
        steps,
        is_label.sum(dim=1),
        blank=blank,
        reduction=reduction,
        zero_infinity=zero_infinity,
    )
