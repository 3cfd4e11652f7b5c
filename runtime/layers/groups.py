"""Weights in groups for an optimizer."""

from collections.abc import Mapping
from typing import Any

from torch import nn


def parameter_groups(
    module: nn.Module, own: Mapping[str, tuple[float, float | None]], learning_rate: float, weight_decay: float
) -> list[dict[str, Any]]:
    """Weights by what they are trained with. ``own`` gives factor of the learning rate and weight decay by layer."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, weight in module.named_parameters():
        factor, decay = next((own[layer] for layer in own if name.startswith(f"{layer}.")), (1.0, None))
        groups.setdefault((factor, weight_decay if decay is None else decay), []).append(weight)
    return [
        {"params": weights, "lr": learning_rate * factor, "weight_decay": decay, "learning_rate_factor": factor}
        for (factor, decay), weights in groups.items()
    ]
