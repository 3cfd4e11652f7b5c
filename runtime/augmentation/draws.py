"""Random numbers that follow from seed, epoch and sample alone: nothing to keep in a checkpoint.

A sample gets the same numbers in whatever batch it lies, on the CPU, on a GPU or in one process of several, and in a
resumed run: each number is a hash of its counter.

Source: Steele, Lea & Flood 2014, "Fast Splittable Pseudorandom Number Generators" (SplitMix64).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

_GOLDEN, _FIRST, _SECOND = -0x61C8864680B583EB, -0x40A7B892E31B1A47, -0x6B2FB644ECCEEE15  # of 64 bits with sign
_KEPT = 24  # bits: all that a float32 between 0 and 1 holds
PURPOSES = (
    "horizontal_flip", "vertical_flip", "shift_x", "shift_y", "crop_x", "crop_y", "area", "ratio", "area_x", "area_y",
    "zoom", "rotation", "brightness", "contrast", "saturation", "hue", "pca_1", "pca_2", "pca_3", "erasing",
    "erasing_area", "erasing_ratio", "erasing_x", "erasing_y", "cutout_x", "cutout_y", "mixture", "mixup", "cutmix",
    "cutmix_x", "cutmix_y", "pixel_noise",
)  # fmt: skip
"""What numbers are drawn for. One more at the end leaves those of old runs as they are."""


class Draws:
    """The numbers of one batch, on the device of ``rows`` (N).

    Where samples may come ``repeatedly`` in an epoch, the other samples of the batch and the place in it count too.
    """

    def __init__(self, seed: int, epoch: int, rows: Tensor, *, repeatedly: bool = False) -> None:
        counter = torch.tensor([(seed << 20) + epoch], dtype=torch.int64, device=rows.device)
        keys = _mixed(_mixed(counter * _GOLDEN) + rows * _GOLDEN)
        if repeatedly:
            places = torch.arange(len(rows), device=rows.device) + rows.sum() * len(rows)
            keys = _mixed(keys + places * _GOLDEN)
        self._keys = keys
        purposes = torch.arange(1, len(PURPOSES) + 1, device=rows.device)
        self._bits = _mixed(keys[:, None] + purposes * _GOLDEN)  # N × purposes
        self._shares = _share(self._bits)

    def share(self, purpose: str) -> Tensor:
        """N numbers from 0 to 1, 1 left out."""
        return self._shares[:, PURPOSES.index(purpose)]

    def between(self, purpose: str, low: float, high: float) -> Tensor:
        return self.share(purpose) * (high - low) + low

    def normal(self, purpose: str) -> Tensor:
        """N numbers of mean 0 and deviation 1."""
        return _as_normal(self.share(purpose))

    def normals(self, purpose: str, count: int) -> Tensor:
        """N × count numbers of mean 0 and deviation 1."""
        counters = torch.arange(1, count + 1, device=self._bits.device) * _GOLDEN
        return _as_normal(_share(_mixed(self._bits[:, PURPOSES.index(purpose), None] + counters)))


def _mixed(bits: Tensor) -> Tensor:
    """Every bit depends on every other."""
    bits = (bits ^ _shifted(bits, 30)) * _FIRST
    bits = (bits ^ _shifted(bits, 27)) * _SECOND
    return bits ^ _shifted(bits, 31)


def _shifted(bits: Tensor, places: int) -> Tensor:
    """To the right, with zeros on the left: torch repeats the sign."""
    return (bits >> places) & ((1 << (64 - places)) - 1)


def _share(bits: Tensor) -> Tensor:
    return _shifted(bits, 64 - _KEPT).float() * 2.0**-_KEPT


def _as_normal(shares: Tensor) -> Tensor:
    """By the inverse of the normal distribution, half a step away from 0 and 1, where it has no end."""
    return torch.erfinv((shares * 2).sub_(1).add_(2.0**-_KEPT)).mul_(math.sqrt(2))
