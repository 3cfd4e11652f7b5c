"""Weights that an ONNX file keeps in files beside it: read in its folder alone, and no byte of them twice."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from onnx import TensorProto, numpy_helper

from runtime.exchange.importing.onnx_claims import AGAIN, ITEM_BYTES
from runtime.faults import RefusalError

Place = tuple[Path, int, int, tuple[int, ...]]  # a file, where in it, the type of its numbers, and their sizes


@dataclass
class Beside:
    """The files beside one model. Tensors that name the same place share one array."""

    folder: Path
    name: str  # of the model
    arrays: dict[Place, Any] = field(default_factory=dict)
    left: dict[Path, int] = field(default_factory=dict)  # bytes that are not yet read, by file

    def array_of(self, tensor: TensorProto) -> Any:
        """The numbers of a tensor that lie beside the model. Raises RefusalError."""
        where, start = self._told(tensor)
        try:
            return self._read(tensor, self._file(where), where, start)
        except (OSError, ValueError) as error:  # a name that is too long, or with a zero in it
            reason = getattr(error, "strerror", None) or str(error)
            raise RefusalError(f"{self.name} keeps weights in {where[:80]}, which cannot be read: {reason}.",
                               AGAIN) from None  # fmt: skip

    @property
    def bytes_read(self) -> int:
        return sum(array.nbytes for array in self.arrays.values())

    def _told(self, tensor: TensorProto) -> tuple[str, int]:
        try:
            told = {entry.key: entry.value for entry in tensor.external_data}
            where, start = told.get("location", ""), int(told.get("offset") or 0)
        except ValueError:
            where, start = "", -1
        if start < 0 or tensor.data_type not in ITEM_BYTES:
            raise RefusalError(f"The tensor {tensor.name[:60]} in {self.name} has no readable place.", AGAIN)
        return where, start

    def _file(self, where: str) -> Path:
        place = Path(where)
        file = self.folder / place
        if place.is_absolute() or ".." in place.parts or "\\" in where or not where:
            raise RefusalError(
                f"{self.name} points to a file outside its folder ({where[:80]}), which is not read.", AGAIN
            )
        if any(p.is_symlink() for p in (file, *file.parents) if p != self.folder and self.folder in p.parents):
            raise RefusalError(f"{self.name} points to {where[:80]}, which leads elsewhere and is not read.", AGAIN)
        if not file.is_file():
            raise RefusalError(
                f"{self.name} keeps its weights in {where[:80]}, which is not beside it.", "Put it there."
            )
        return file

    def _read(self, tensor: TensorProto, file: Path, where: str, start: int) -> Any:
        dims = tuple(tensor.dims)
        place = (file, start, tensor.data_type, dims)
        if place in self.arrays:
            return self.arrays[place]
        wanted, there = math.prod(dims) * ITEM_BYTES[tensor.data_type], file.stat().st_size
        if start + wanted > there:
            raise RefusalError(
                f"{self.name} wants {wanted:,} bytes at {start:,} of {where[:80]}, which has {there:,}.", AGAIN
            )
        left = self.left.setdefault(file, there)
        if wanted > left:
            raise RefusalError(f"The tensors of {self.name} want more bytes of {where[:80]} than it has.", AGAIN)
        self.left[file] = left - wanted
        with file.open("rb") as stream:
            stream.seek(start)
            raw = stream.read(wanted)
        copy = TensorProto(name=tensor.name, data_type=tensor.data_type, dims=dims, raw_data=raw)
        self.arrays[place] = numpy_helper.to_array(copy)
        return self.arrays[place]
