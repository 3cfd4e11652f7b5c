"""Batches: gathered in memory or decoded from disk, then converted and normalised on the device."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from runtime.data.carrying import Carrier
from runtime.data.dataset import DataSet
from runtime.data.on_disk import OnDisk
from runtime.data.streaming import Streaming

Change = Callable[[list[Tensor], Tensor], list[Tensor]]
"""Raw values of some fields on the device, and their rows -> raw values: what is varied, cropped or mixed."""

ROOM = 0.5  # share of free GPU memory that resident columns may take


class Loader:
    """Gives any rows of some fields as tensors that a network takes.

    Columns lie on the device as compact as they came; a batch is one gather and one multiply-add there, so that
    nothing waits for the host. Columns too large for the GPU stay in pinned memory, and their batches, still
    bytes, are copied beside the step before. Pictures that stay on disk are decoded ahead by processes of their own.
    """

    def __init__(self, dataset: DataSet, names: Sequence[str], device: torch.device) -> None:
        self._device = device
        columns = [dataset.columns[name] for name in names]
        on_disk = {place: column.files for place, column in enumerate(columns) if isinstance(column, OnDisk)}
        self._is_streamed = bool(on_disk) or not _fit(columns, device)
        self._columns = [c if isinstance(c, OnDisk) else self._placed(c) for c in columns]
        self._streaming = Streaming(on_disk, dataset.choice, device) if on_disk else None
        self._carrier = Carrier(device) if self._is_streamed and device.type == "cuda" else None
        conversions = [dataset.conversion(name) for name in names]
        self._converted = [_as_index if c is None else c.to(device) for c in conversions]

    def rows(self, rows: Tensor) -> Tensor:
        """Row numbers where the columns lie: brought there once an epoch, not once a batch."""
        if self._streaming:
            self._streaming.follow(rows)
        return rows if self._is_streamed else rows.to(self._device)

    def batch(self, rows: Tensor, change: Change | None = None) -> list[Tensor]:
        """The fields of these rows, in the order of the names; ``change`` alters them before they are normalised."""
        decoded: Mapping[int, Tensor] = {}
        if self._streaming:
            rows, decoded = self._streaming.batch(rows)
        values = [
            decoded[place] if place in decoded else column.index_select(0, rows)
            for place, column in enumerate(self._columns)
        ]
        if self._carrier:
            values = self._carrier.carry(values)
        if change is not None:
            values = change(values, rows)
        return [converted(value) for value, converted in zip(values, self._converted, strict=True)]

    @property
    def broken(self) -> Mapping[str, str]:
        """Pictures on disk that could not be read so far, and why: others of their batch stood in for them."""
        return self._streaming.broken if self._streaming else {}

    def close(self) -> None:
        """Ends the processes that decode, if there are some; they come back when they are needed."""
        if self._streaming:
            self._streaming.close()

    def _placed(self, column: Tensor) -> Tensor:
        if not self._is_streamed:
            return column.to(self._device)
        return column.pin_memory() if self._device.type == "cuda" else column


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
