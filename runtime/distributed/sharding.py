"""Weights parted among the processes (FSDP): each keeps its share of weights, gradients and the optimizer's memory.

Source: torch.distributed.fsdp.fully_shard, which gathers a layer's weights when it is calculated, and parts the sums
of its gradients.
"""

from __future__ import annotations

from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard, register_fsdp_forward_method

from runtime.recipe import Recipe
from runtime.runs import TrainingError

LEAST = 100_000  # numbers in a part of the network that are worth a message of their own


def shard(module: nn.Module, recipe: Recipe, size: int) -> None:
    """Parts the weights in place. Raises TrainingError where the recipe needs them whole."""
    if recipe.optimizer == "LBFGS":
        raise TrainingError(
            f"LBFGS needs all weights in one place, but strategy fsdp parts them among {size} processes.",
            "Set strategy to ddp, or choose another optimizer.",
        )
    device = next(module.parameters()).device.type
    mesh = init_device_mesh(device, (size,))
    parts = [part for part in module.children() if sum(p.numel() for p in part.parameters()) >= LEAST]
    for part in (*parts, module):
        fully_shard(part, mesh=mesh)
    register_fsdp_forward_method(module, "losses")
