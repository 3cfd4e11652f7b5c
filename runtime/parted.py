"""Weights that are parted among processes (torch's DTensor, which FSDP makes of them), and plain ones alike."""

from __future__ import annotations

from typing import Any

from torch import Tensor


def is_parted(value: Tensor) -> bool:
    return hasattr(value, "placements")


def whole(value: Tensor) -> Tensor:
    """The value of all processes, which all have to ask for it."""
    return value.full_tensor() if is_parted(value) else value  # type: ignore[attr-defined]


def local(value: Tensor) -> Tensor:
    """What this process has of it, in the same memory."""
    return value.to_local() if is_parted(value) else value  # type: ignore[attr-defined]


def parted_as(weight: Tensor, value: Any) -> Any:
    """A value of a weight's shape, parted among processes as the weight is; anything else as it is."""
    if not is_parted(weight) or not isinstance(value, Tensor) or value.shape != weight.shape:
        return value
    from torch.distributed.tensor import distribute_tensor

    return distribute_tensor(value.to(weight.device), weight.device_mesh, weight.placements)  # type: ignore[attr-defined]
