"""Recipe -> torch optimizer."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer

from runtime.recipe import Recipe


def make_optimizer(recipe: Recipe, parameters: Iterable[nn.Parameter]) -> Optimizer:
    """The optimizer a recipe names. It runs fused: one call for all weights, on the CPU as on a GPU."""
    weights = list(parameters)
    rate, decay = recipe.learning_rate, recipe.weight_decay
    if recipe.optimizer == "SGD":
        return SGD(
            weights, lr=rate, momentum=recipe.momentum, nesterov=recipe.nesterov, weight_decay=decay, fused=True
        )
    kind = Adam if recipe.optimizer == "Adam" else AdamW
    betas = (recipe.beta1, recipe.beta2)
    return kind(weights, lr=rate, betas=betas, eps=recipe.eps, weight_decay=decay, fused=True)


def set_learning_rate(optimizer: Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate


def optimizer_tensors(optimizer: Optimizer) -> dict[str, torch.Tensor]:
    """What the optimizer remembers, each as ``<number of the weight>.<name>``."""
    return {
        f"{number}.{name}": value
        for number, values in optimizer.state_dict()["state"].items()
        for name, value in values.items()
        if isinstance(value, torch.Tensor)
    }


def restore_optimizer(optimizer: Optimizer, tensors: dict[str, torch.Tensor]) -> None:
    """The opposite of :func:`optimizer_tensors`."""
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, value in tensors.items():
        number, _, name = key.partition(".")
        state.setdefault(int(number), {})[name] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
