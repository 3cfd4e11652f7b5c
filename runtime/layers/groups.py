"""Weights in groups for an optimizer."""

from collections.abc import Mapping
from typing import Any

from torch import nn


def parameter_groups(
    module: nn.Module, own: Mapping[str, tuple[float | None, ...]], learning_rate: float, weight_decay: float
) -> list[dict[str, Any]]:
    """Weights by what they are trained with.

    ``own`` gives by layer the factor of the learning rate, weight decay, and where it has them l1 and max_norm; None
    is what all have.
    """
    groups: dict[tuple[float | None, ...], list[nn.Parameter]] = {}
    for name, weight in module.named_parameters():
        found = next((own[layer] for layer in own if name.startswith(f"{layer}.")), (1.0, None))
        factor, decay, l1, max_norm = (*found, None, None)[:4]
        groups.setdefault((factor, weight_decay if decay is None else decay, l1, max_norm), []).append(weight)
    made: list[dict[str, Any]] = []
    for (factor, decay, l1, max_norm), weights in groups.items():
        rate = learning_rate * (1.0 if factor is None else factor)
        group = {"params": weights, "lr": rate, "weight_decay": decay, "learning_rate_factor": factor}
        penalties = {"l1": l1, "max_norm": max_norm}
        made.append(group | {name: value for name, value in penalties.items() if value is not None})
    return made
