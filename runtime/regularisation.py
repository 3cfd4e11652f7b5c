"""L1 and max-norm of the trained weights, by layer or over all; L2 is the optimizer's weight decay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from runtime.parted import is_parted, local
from runtime.recipe import Recipe
from runtime.runs import TrainingError

EMPTY: Mapping[Tensor, float] = MappingProxyType({})
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


class Pull(NamedTuple):
    """Weights that are pulled towards zero alike."""

    weights: list[Tensor]
    l1: float
    l2: float

    @property
    def penalty(self) -> Tensor:
        return penalty(self.weights, self.l1, self.l2)


def pulls(optimizer: Optimizer, recipe: Recipe) -> list[Pull]:
    """Of each group of an optimizer; without biases and weights of normalisations where the recipe spares them."""
    found = []
    for group in optimizer.param_groups:
        weights = [w for w in group["params"] if recipe.decay_biases or w.dim() > 1]
        if weights:
            found.append(Pull(weights, group.get("l1", recipe.l1), group.get("weight_decay", recipe.weight_decay)))
    return found


@torch.no_grad()
def add_l1(weights: Sequence[Tensor], strength: float) -> None:
    """Adds the gradient of strength · Σ|w| to the gradients: L1 with subgradient 0 at 0. Frozen ones have none."""
    moved = [(weight, weight.grad) for weight in weights if weight.grad is not None]
    if moved:
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

    def __init__(self, module: nn.Module, longest: float | None, own: Mapping[Tensor, float] = EMPTY) -> None:
        """``own`` holds for some weights instead; None leaves the others as they are."""
        self._weights = [
            (weight, 1 if isinstance(layer, TRANSPOSED) else 0, limit)
            for layer in module.modules()
            for weight in layer.parameters(recurse=False)
            if weight.requires_grad and weight.dim() > 1 and (limit := own.get(weight, longest)) is not None
        ]

    @property
    def is_across(self) -> bool:
        """Do the weights of one filter lie in several processes?"""
        return any(axis and is_parted(weight) for weight, axis, _ in self._weights)

    @torch.no_grad()
    def apply(self) -> None:
        for weight, axis, longest in self._weights:
            if weight.requires_grad:  # it may be frozen for a while
                mine = local(weight)  # parted along the first axis, so that filters are whole
                mine.copy_(mine.renorm(2, axis, longest))


def max_norm(module: nn.Module, optimizer: Optimizer, recipe: Recipe) -> MaxNorm | None:
    """What keeps the weights short; None where nothing does."""
    own = {w: group["max_norm"] for group in optimizer.param_groups if "max_norm" in group for w in group["params"]}
    if not own and recipe.max_norm is None:
        return None
    made = MaxNorm(module, recipe.max_norm, own)
    if made.is_across:
        raise TrainingError(
            "max_norm of a transposed convolution needs its weights in one place, but strategy fsdp parts them.",
            "Set strategy to ddp, or turn max_norm off.",
        )
    return made
