"""L1 and max-norm, over all trained weights; L2 is the optimizer's weight decay."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from runtime.parted import local

TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


@torch.no_grad()
def add_l1(weights: Sequence[Tensor], strength: float) -> None:
    """Adds the gradient of strength · Σ|w| to the gradients: L1 with the subgradient 0 at 0."""
    moved = [(weight, weight.grad) for weight in weights if weight.grad is not None]
    signs = torch._foreach_sign([weight for weight, _ in moved])
    torch._foreach_add_([gradient for _, gradient in moved], signs, alpha=strength)


def penalty(weights: Sequence[Tensor], l1: float, l2: float) -> Tensor:
    """l1 · Σ|w| + l2 / 2 · Σw²: what LBFGS, which looks at the loss itself, has to see in it."""
    total = torch.zeros((), device=weights[0].device)
    for weight in weights:
        if l1:
            total = total + l1 * weight.abs().sum()
        if l2:
            total = total + l2 / 2 * weight.square().sum()
    return total


class MaxNorm:
    """Shortens the weights into one filter or unit that are longer than ``longest``.

    Source: Srivastava and others 2014, JMLR 15, section 5.1.
    """

    def __init__(self, module: nn.Module, longest: float) -> None:
        self._longest = longest
        self._weights = [
            (weight, 1 if isinstance(layer, TRANSPOSED) else 0)
            for layer in module.modules()
            for weight in layer.parameters(recurse=False)
            if weight.requires_grad and weight.dim() > 1
        ]

    @torch.no_grad()
    def apply(self) -> None:
        for weight, axis in self._weights:
            if weight.requires_grad:  # it may be frozen for a while
                mine = local(weight)  # parted along the first axis, so that filters are whole
                mine.copy_(mine.renorm(2, axis, self._longest))
