"""Batches of pictures that stay on disk: decoded ahead, and whole although some pictures may be broken."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from runtime.data.ahead import Read, ReadAhead
from runtime.data.choice import DataChoice, DataError
from runtime.data.memory import worker_count
from runtime.data.on_disk import Files


class Streaming:
    """The columns on disk of one loader, by their place among all. ``broken`` grows as broken pictures are met."""

    def __init__(self, columns: Mapping[int, Files], choice: DataChoice, device: torch.device) -> None:
        self._columns = columns
        is_pinned = device.type == "cuda"
        self._ahead = ReadAhead(list(columns.values()), worker_count(choice), is_pinned=is_pinned)
        self.broken: dict[str, str] = {}

    def follow(self, order: Tensor) -> None:
        """Batches come from this order from now on."""
        self._ahead.follow(order)

    def batch(self, rows: Tensor) -> tuple[Tensor, dict[int, Tensor]]:
        """The columns of some rows, and those rows: in the place of a broken one stands the next sound one.

        So a batch keeps its size, and every run of the same data meets the same samples. Raises DataError where a
        file has gone or changed, or where a whole batch is broken.
        """
        found = self._ahead.batch(rows)
        values = dict(zip(self._columns, found.values, strict=True))
        if not found.broken:
            return rows, values
        places = self._sound_places(found, len(rows))
        return rows[places], {place: value[places] for place, value in values.items()}

    def close(self) -> None:
        self._ahead.close()

    def _sound_places(self, found: Read, size: int) -> Tensor:
        """For each place of a batch itself, or the next one that is sound, from the front again after the last."""
        files = next(iter(self._columns.values()))
        for _, broken in found.broken:
            files.require_unchanged(broken)
            self.broken.setdefault(broken.name, broken.reason)
        bad = {place for place, _ in found.broken}
        if len(bad) == size:
            told = found.broken[0][1]
            raise DataError(
                f"None of {size} pictures of {files.root} could be read: {told.name} ({told.reason}) and others.",
                "Look at the files, and bring them back from where they came from.",
            )
        sound = [place for place in range(size) if place not in bad]
        return torch.tensor([next((s for s in sound if s >= place), sound[0]) for place in range(size)])
