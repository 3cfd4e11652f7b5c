"""Normalisation by a matrix: PCA and whitening, measured on the training part."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Self

import torch
from torch import Tensor

MOST_NUMBERS = 3072  # of a sample: 3 × 32 × 32, whose matrix takes 38 MB and some ten seconds
PCA, PCA_WHITENING, ZCA_WHITENING = "PCA", "PCA whitening", "ZCA whitening"
WHITENINGS = (PCA, PCA_WHITENING, ZCA_WHITENING)


class Whitening(NamedTuple):
    """``(raw − mean) · matrix`` of all numbers of a sample in a row; the result has the shape of the sample."""

    mean: Tensor  # D
    matrix: Tensor  # D × D

    def __call__(self, raw: Tensor) -> Tensor:
        rows = raw.flatten(1).to(self.matrix.dtype) - self.mean
        return (rows @ self.matrix).view(raw.shape)

    def to(self, device: torch.device) -> Self:
        return self._replace(mean=self.mean.to(device), matrix=self.matrix.to(device))


def whitening_of(kind: str, blocks: Iterable[Tensor], scale: Tensor, epsilon: float, kept: int = 0) -> Whitening:
    """The matrix that turns raw numbers to the axes of largest variance, and gives each variance 1 where it whitens.

    ``blocks`` are samples × D, raw; each number is multiplied by its ``scale`` (D) before variances are compared;
    ``epsilon`` is added to them. The last ``kept`` numbers are left alone. PCA's axes come by falling variance,
    each turned so that its largest number is positive; ZCA turns back, so that pictures still look like pictures.

    Source: Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images", appendix A.
    """
    mean, covariance = _moments(blocks, scale.double())
    count = len(mean) - kept
    variances, axes = torch.linalg.eigh(covariance[:count, :count])
    variances, axes = variances.flip(0).clamp_(min=0), axes.flip(1)
    axes = axes * axes.gather(0, axes.abs().argmax(0, keepdim=True)).sign()
    turned = axes
    if kind != PCA:
        spread = (variances + epsilon).sqrt()
        turned = torch.where(spread > 0, axes / spread, 0.0)  # a number that never changes says nothing
    if kind == ZCA_WHITENING:
        turned = turned @ axes.T
    matrix = torch.eye(len(mean), dtype=torch.float64)
    matrix[:count, :count] = scale[:count, None].double() * turned
    mean[count:] = 0
    return Whitening(mean.float(), matrix.float())


def _moments(blocks: Iterable[Tensor], scale: Tensor) -> tuple[Tensor, Tensor]:
    """Mean of the raw numbers, and the covariance (by N − 1) of the scaled ones."""
    total, products, count, about = torch.zeros(()).double(), torch.zeros(()).double(), 0, None
    for block in blocks:
        about = block.mean(0, dtype=torch.float64) if about is None else about  # near the mean: little is cancelled
        off = ((block - about) * scale).float()
        total = total + off.sum(0, dtype=torch.float64)
        products = products + (off.T @ off).double()
        count += len(block)
    assert about is not None
    covariance = (products - torch.outer(total, total) / count) / max(1, count - 1)
    return about + total / count / scale, covariance
