"""An ONNX model as a file: whole, or with its weights beside it where it would be larger than ONNX allows.

Weights are written from where they lie: no second copy of them is made on the way.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import onnx
from onnx import GraphProto, ModelProto, TensorProto
from torch import Tensor

from nodes.graph.files import NetworkFileError, put_in_place
from runtime.exchange.onnx.light import byte_count, bytes_of, is_aside

SMALL = 1024  # bytes: what is smaller stays in the file itself
ALIGNED = 4096  # where each tensor begins, so that a reader may map it into memory


Numbers = bytes | memoryview


@contextmanager
def kept(model: ModelProto, out: Path, largest: int, aside: Mapping[str, Tensor]) -> Iterator[Path]:
    """The model as it will be written, in a folder beside ``out`` for the while; ``aside`` are the numbers of weights
    that are not in it.

    After the block it is put at ``out``; where the block raises, nothing is. Raises NetworkFileError.
    """
    with _refusing(out):
        folder = tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.")
    with folder as name:
        place = Path(name) / out.name
        with _refusing(out):
            if sum(map(byte_count, model.graph.initializer)) > largest:
                _write_apart(model, place, aside)
            else:
                _write_whole(model, place, aside)
        yield place
        with _refusing(out):
            for file in sorted(Path(name).iterdir(), reverse=True):  # the weights first: a model needs them
                _move(file, out.with_name(file.name))


@contextmanager
def _refusing(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NetworkFileError(
            f"{out} cannot be written: {error.strerror or error}. Choose another folder, or make room."
        ) from None


def _move(file: Path, out: Path) -> None:
    """Fsync and rename: what was written meanwhile has been going to the disk while it was proven."""
    with file.open("rb+") as written:
        os.fsync(written.fileno())
    put_in_place(file, out)


def _write_whole(model: ModelProto, place: Path, aside: Mapping[str, Tensor]) -> None:
    """One message, its initialisers straight from the memory of the weights.

    Source: protobuf's wire format: a tag and the length stand before what a field holds.
    """
    head, graph = ModelProto(), GraphProto()
    head.CopyFrom(model)
    head.ClearField("graph")
    graph.CopyFrom(model.graph)
    graph.ClearField("initializer")
    parts = [_initializer(tensor, aside) for tensor in model.graph.initializer]
    told = graph.SerializeToString()
    length = len(told) + sum(len(begun) + len(numbers) for begun, numbers in parts)
    with place.open("wb") as file:
        file.write(head.SerializeToString() + _field(ModelProto, "graph", length) + told)
        for begun, numbers in parts:
            file.write(begun)
            file.write(numbers)


def _initializer(tensor: TensorProto, aside: Mapping[str, Tensor]) -> tuple[bytes, Numbers]:
    """What a graph holds of one, in two parts."""
    if not is_aside(tensor):
        whole = tensor.SerializeToString()
        return _field(GraphProto, "initializer", len(whole)), whole
    bare, numbers = TensorProto(), bytes_of(aside[tensor.name])
    bare.CopyFrom(tensor)
    bare.ClearField("data_location")
    inside = bare.SerializeToString() + _field(TensorProto, "raw_data", len(numbers))
    return _field(GraphProto, "initializer", len(inside) + len(numbers)) + inside, numbers


def _field(message: type[onnx.ModelProto], name: str, length: int) -> bytes:
    """What stands before a field of so many bytes."""
    number = message.DESCRIPTOR.fields_by_name[name].number
    return _varint(number << 3 | 2) + _varint(length)


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; the eighth says that there are more."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def _write_apart(model: ModelProto, place: Path, aside: Mapping[str, Tensor]) -> None:
    """The large initialisers in one file, each with its place in the model."""
    pointing = ModelProto()
    pointing.CopyFrom(model)
    beside = place.with_name(f"{place.name}.data")
    with beside.open("wb") as file:
        for tensor in pointing.graph.initializer:
            if byte_count(tensor) >= SMALL:
                _point(
                    tensor, beside.name, file, bytes_of(aside[tensor.name]) if is_aside(tensor) else tensor.raw_data
                )
    place.write_bytes(pointing.SerializeToString())


def _point(tensor: TensorProto, name: str, file: BinaryIO, numbers: Numbers) -> None:
    file.seek(-file.tell() % ALIGNED, os.SEEK_CUR)
    offset = file.tell()
    file.write(numbers)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", name), ("offset", str(offset)), ("length", str(len(numbers)))):
        tensor.external_data.add(key=key, value=value)
