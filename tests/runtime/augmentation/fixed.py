"""Draws that a test chooses."""

from __future__ import annotations

import torch
from torch import Tensor

from runtime.augmentation.draws import Draws
from runtime.recipe_parts.augmentation import AugmentationSettings


class Fixed(Draws):
    """Every number is a half, the middle of what can be drawn, but for those that are given."""

    def __init__(self, count: int = 1, **shares: float | list[float]) -> None:
        super().__init__(0, 0, torch.arange(count))
        self._count, self._given = count, shares

    def share(self, purpose: str) -> Tensor:
        given = self._given.get(purpose, 0.5)
        return torch.tensor(given) if isinstance(given, list) else torch.full((self._count,), given)


def settings(**given: object) -> AugmentationSettings:
    return AugmentationSettings(**given)  # type: ignore[arg-type]
