"""An ONNX model as a file: whole, or with its weights beside it where it would be larger than ONNX allows."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import onnx
from onnx import TensorProto

from nodes.graph.files import NetworkFileError, write_atomically

SMALL = 1024  # bytes: what is smaller stays in the file itself
ALIGNED = 4096  # where each tensor begins, so that a reader may map it into memory


@contextmanager
def kept(model: onnx.ModelProto, out: Path, largest: int) -> Iterator[bytes | Path]:
    """The model as it will be written: bytes, or a file with its weights beside it in a folder for the while.

    After the block it is put at ``out``; where the block raises, nothing is. Raises NetworkFileError.
    """
    if sum(len(tensor.raw_data) for tensor in model.graph.initializer) <= largest:
        data = model.SerializeToString()
        yield data
        write_atomically(out, data)
        return
    try:
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as folder:
            place = Path(folder) / out.name
            beside = place.with_name(f"{out.name}.data")
            _outside(model, beside)
            place.write_bytes(model.SerializeToString())
            yield place
            beside.replace(out.with_name(beside.name))
            place.replace(out)
    except OSError as error:
        raise NetworkFileError(f"{out} cannot be written: {error.strerror or error}.") from None


def _outside(model: onnx.ModelProto, beside: Path) -> None:
    """Moves the large initialisers into one file, each with its place in the model."""
    with beside.open("wb") as file:
        for tensor in model.graph.initializer:
            if len(tensor.raw_data) < SMALL:
                continue
            file.seek(-file.tell() % ALIGNED, os.SEEK_CUR)
            offset = file.tell()
            file.write(tensor.raw_data)
            _point(tensor, beside.name, offset)
        file.flush()
        os.fsync(file.fileno())


def _point(tensor: TensorProto, name: str, offset: int) -> None:
    length = len(tensor.raw_data)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", name), ("offset", str(offset)), ("length", str(length))):
        tensor.external_data.add(key=key, value=value)
