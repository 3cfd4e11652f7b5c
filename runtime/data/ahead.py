"""Reading ahead: processes decode the batches that follow in an order while the network works on the present one.

They are those of torch's own DataLoader: shared memory, pinned memory for a GPU, an end with the process that
made them. A batch is decoded whole by one process.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from runtime.data.choice import DataError
from runtime.data.on_disk import Broken, Files

BATCHES_EACH = 2  # that a process is ahead


class Read(NamedTuple):
    """Columns of a batch as they are on disk, and what was wrong: (place in the batch, what)."""

    values: list[Tensor]
    broken: list[tuple[int, Broken]]


def read(columns: Sequence[Files], rows: Sequence[int], threads: int = 1) -> Read:
    """Some rows of some columns; a broken picture is left as zeros."""
    values, broken = [], []
    with ThreadPoolExecutor(threads) if threads > 1 else nullcontext() as pool:
        for files in columns:
            column = torch.zeros(len(rows), *files.shape, dtype=files.dtype)
            numbers = column.numpy()
            for place, picture in enumerate((pool.map if pool else map)(files.decode, rows)):
                if isinstance(picture, Broken):
                    broken.append((place, picture))
                else:
                    np.copyto(numbers[place], picture, casting="unsafe")
            values.append(column)
    return Read(values, broken)


class ReadAhead:
    """Batches of an order, decoded before they are asked for. What was not foreseen is decoded when it is."""

    def __init__(self, columns: Sequence[Files], workers: int, *, is_pinned: bool) -> None:
        self._columns, self._workers, self._is_pinned = columns, workers, is_pinned
        self._order = torch.empty(0, dtype=torch.int64)
        self._plan = _Plan()
        self._loader: DataLoader[Any] | None = None
        self._coming: Iterator[Read] | None = None
        self._next = 0  # batch of the plan
        self._begin: int | None = None  # of the batch before, in the order

    def follow(self, order: Tensor) -> None:
        """From now on batches are slices of this order, most likely one after another."""
        self._order, self._begin = order, None

    def batch(self, rows: Tensor) -> Read:
        """Raises DataError where a process that decodes has been ended."""
        wanted = rows.tolist()
        is_foreseen = self._coming is not None and self._plan.batches[self._next : self._next + 1] == [wanted]
        begin = self._begin_of(rows)
        if not is_foreseen:
            self._look_ahead(len(rows), begin)
        self._begin = begin
        if self._coming is None:
            return read(self._columns, wanted, os.cpu_count() or 1)
        self._next += 1
        try:
            return next(self._coming)
        except RuntimeError as error:
            self.close()
            raise DataError(
                f"A process that decodes pictures has ended ({str(error).splitlines()[0].rstrip('.')}).",
                "Set workers of the data lower, or to 0, and resume the run.",
            ) from None

    def close(self) -> None:
        """Ends the processes."""
        self._coming = self._loader = None

    def _begin_of(self, rows: Tensor) -> int | None:
        """Where in the order a batch begins; None where it is no slice of it."""
        is_slice = rows.untyped_storage().data_ptr() == self._order.untyped_storage().data_ptr()
        return int(rows.storage_offset()) - int(self._order.storage_offset()) if is_slice and len(rows) else None

    def _look_ahead(self, size: int, begin: int | None) -> None:
        """Has a batch of the order decoded, and those that follow it.

        They lie a batch apart, or as far as this one from the one before: where processes share a batch, each has
        a slice of it.
        """
        if not self._workers or begin is None or begin + size >= len(self._order):
            self._coming = None  # nothing follows: not worth a process
            return
        step = begin - self._begin if self._begin is not None and self._begin < begin else size
        self._plan.batches = [
            self._order[start : start + size].tolist() for start in range(begin, len(self._order), step)
        ]
        if self._loader is None:
            self._loader = DataLoader(
                _Columns(self._columns),
                batch_sampler=self._plan,
                num_workers=self._workers,
                prefetch_factor=BATCHES_EACH,
                persistent_workers=True,
                pin_memory=self._is_pinned,
                collate_fn=_as_it_is,
                generator=torch.Generator(),  # the network's own random numbers stay as they are
            )
        self._coming, self._next = iter(self._loader), 0


class _Plan(Sampler[list[int]]):
    """The batches to come; the processes stay while it changes."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    def __iter__(self) -> Iterator[list[int]]:
        return iter(self.batches)


class _Columns(Dataset[Read]):
    """What a process decodes from."""

    def __init__(self, columns: Sequence[Files]) -> None:
        self._columns = columns

    def __getitems__(self, rows: list[int]) -> Read:
        return read(self._columns, rows)


def _as_it_is(batch: Any) -> Any:
    """A batch is whole already."""
    return batch
