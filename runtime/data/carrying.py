"""Bringing batches to a GPU while it still works on the step before."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


class Carrier:
    """Copies tensors to a GPU on a stream of its own.

    The host runs ahead of the GPU, so the copy of a batch lies beside the step before it. Copies from pinned memory
    wait for nobody; the stream that computes waits for them, on the GPU and not on the host.
    Source: https://docs.pytorch.org/docs/stable/notes/cuda.html (CUDA streams).
    """

    def __init__(self, device: torch.device) -> None:
        self._device, self._stream = device, torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    def carry(self, values: Sequence[Tensor]) -> list[Tensor]:
        """These tensors on the GPU, in their order."""
        with torch.cuda.stream(self._stream):
            there = [value.pin_memory().to(self._device, non_blocking=True) for value in values]
        computing = torch.cuda.current_stream(self._device)
        computing.wait_stream(self._stream)
        for value in there:
            value.record_stream(computing)  # its memory is not given to the next copy while it is read
        return there
