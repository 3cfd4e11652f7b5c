"""The answer to the question about the memory of a device."""

from __future__ import annotations

from typing import Any

from runtime.machine import free_memory, total_memory
from runtime.questions.device_memory import DeviceMemory


def device_memory(request: DeviceMemory) -> dict[str, Any]:
    """Of a GPU as its driver tells, of the CPU what the system has."""
    import torch

    from runtime.devices import device_title, find_device

    device = find_device(request.device)
    free, total = free_memory() or 0, total_memory() or 0
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
    return {"kind": device.type, "title": device_title(device), "total": total, "free": free}
