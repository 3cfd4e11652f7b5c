"""Recipe -> torch optimizer."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer

from runtime.recipe import Recipe


def make_optimizer(recipe: Recipe, module: nn.Module) -> Optimizer:
    """The optimizer a recipe names, over the weights that are not frozen, each with its own rate and decay.

    It runs fused: one call for all weights, on the CPU as on a GPU.
    """
    weights = _groups(recipe, module)
    rate, decay = recipe.learning_rate, recipe.weight_decay
    if recipe.optimizer == "SGD":
        return SGD(
            weights, lr=rate, momentum=recipe.momentum, nesterov=recipe.nesterov, weight_decay=decay, fused=True
        )
    kind = Adam if recipe.optimizer == "Adam" else AdamW
    betas = (recipe.beta1, recipe.beta2)
    return kind(weights, lr=rate, betas=betas, eps=recipe.eps, weight_decay=decay, fused=True)


def _groups(recipe: Recipe, module: nn.Module) -> list[dict[str, Any]]:
    """Weights that are trained, in the groups that the network's source puts them in."""
    method = getattr(module, "parameter_groups", None)
    groups = method(recipe.learning_rate, recipe.weight_decay) if method else [{"params": module.parameters()}]
    trained = [{**group, "params": [w for w in group["params"] if w.requires_grad]} for group in groups]
    return [group for group in trained if group["params"]]


def set_learning_rate(optimizer: Optimizer, rate: float) -> None:
    """The rate of the recipe; a layer with a rate of its own keeps its multiple of it."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get("learning_rate_factor", 1.0)


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
