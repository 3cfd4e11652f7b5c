"""Batches of a resident data set: gathered, converted and normalised on the device."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from runtime.data.dataset import DataSet

Change = Callable[[list[Tensor], Tensor], list[Tensor]]
"""Raw values of some fields on the device, and their rows -> raw values: what is varied, cropped or mixed."""

ROOM = 0.5  # share of free GPU memory that resident columns may take


class Loader:
    """Gives any rows of some fields as tensors that a network takes.

    Columns lie on the device as compact as they came; a batch is one gather and one multiply-add there, so that
    nothing waits for the host. Columns too large for the GPU stay in pinned memory, and their batches, still
    bytes, are copied without waiting.
    """

    def __init__(self, dataset: DataSet, names: Sequence[str], device: torch.device) -> None:
        self._device = device
        columns = [dataset.columns[name] for name in names]
        self._is_streamed = not _fit(columns, device)
        self._columns = [c.pin_memory() if self._is_streamed else c.to(device) for c in columns]
        conversions = [dataset.conversion(name) for name in names]
        self._converted = [_as_index if c is None else c.to(device) for c in conversions]

    def rows(self, rows: Tensor) -> Tensor:
        """Row numbers where the columns lie: brought there once an epoch, not once a batch."""
        return rows if self._is_streamed else rows.to(self._device)

    def batch(self, rows: Tensor, change: Change | None = None) -> list[Tensor]:
        """The fields of these rows, in the order of the names; ``change`` alters them before they are normalised."""
        values = [column.index_select(0, rows) for column in self._columns]
        if self._is_streamed:
            values = [value.pin_memory().to(self._device, non_blocking=True) for value in values]
        if change is not None:
            values = change(values, rows)
        return [converted(value) for value, converted in zip(values, self._converted, strict=True)]


def _as_index(raw: Tensor) -> Tensor:
    """Numbers of classes, however compact, as layers and losses take them; shares of classes stay as they are."""
    return raw if raw.is_floating_point() else raw.long()


def epoch_order(rows: Tensor, seed: int, epoch: int) -> Tensor:
    """The rows in the order of one epoch. It follows from seed and epoch alone, so a resumed run meets it again."""
    generator = torch.Generator().manual_seed((seed << 20) + epoch)
    return rows[torch.randperm(len(rows), generator=generator)]


def _fit(columns: Sequence[Tensor], device: torch.device) -> bool:
    """Do they fit on the device beside the network? In the computer's memory they lie already."""
    if device.type != "cuda":
        return True
    free, _ = torch.cuda.mem_get_info(device)
    return sum(column.nbytes for column in columns) <= ROOM * free
