"""Reading ONNX files that may be damaged or made to do harm: within bounds, and nothing of them is run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import TensorProto, external_data_helper, numpy_helper

from runtime.faults import RefusalError

LARGEST = 2**31 - 1  # bytes of a file without its external data: what protobuf takes
MOST_NODES = 20_000
MOST_NUMBERS = 2**31  # in all tensors of a file
MOST_AXES = 12
AGAIN = "Export it again, or choose another file."

ITEM_BYTES = {
    TensorProto.FLOAT: 4, TensorProto.UINT8: 1, TensorProto.INT8: 1, TensorProto.UINT16: 2, TensorProto.INT16: 2,
    TensorProto.INT32: 4, TensorProto.INT64: 8, TensorProto.BOOL: 1, TensorProto.FLOAT16: 2, TensorProto.DOUBLE: 8,
    TensorProto.UINT32: 4, TensorProto.UINT64: 8, TensorProto.BFLOAT16: 2,
}  # fmt: skip


def read_model(path: Path) -> onnx.ModelProto:
    """The model of a file, its external data not yet read. Raises RefusalError."""
    try:
        if not path.is_file():
            raise RefusalError(f"There is no file {path}.", "Check its name and folder.")
        size = path.stat().st_size
        if size > LARGEST:
            raise RefusalError(f"{path.name} has {size:,} bytes, more than an ONNX file can have.", AGAIN)
        data = path.read_bytes()
    except OSError as error:
        raise RefusalError(f"{path.name} cannot be read: {error.strerror}.", AGAIN) from None
    return decoded(data, path.name)


def decoded(data: bytes, name: str) -> onnx.ModelProto:
    """The model in the bytes of a file. Raises RefusalError where they are none, or what they claim cannot be."""
    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
    except (DecodeError, RecursionError, ValueError):
        raise RefusalError(f"{name} is no ONNX file, or it is cut short or damaged.", AGAIN) from None
    graph = model.graph
    if not graph.node or not graph.output or not model.opset_import:
        raise RefusalError(f"{name} holds no ONNX network: it has no nodes or no outputs.", AGAIN)
    if len(graph.node) > MOST_NODES:
        raise RefusalError(f"{name} has {len(graph.node):,} nodes, more than {MOST_NODES:,}.", "Import a part of it.")
    if any(isinstance(word, bytes) for word in _words(graph)):
        raise RefusalError(f"{name} is damaged: some of its names are no text.", AGAIN)
    numbers = 0
    for tensor in _tensors(graph):
        numbers += _claimed(tensor, name)
    if numbers > MOST_NUMBERS:
        raise RefusalError(f"{name} claims {numbers:,} numbers, more than {MOST_NUMBERS:,}.", "Import a part of it.")
    return model


def array_of(tensor: TensorProto, folder: Path, name: str) -> Any:
    """The numbers of a tensor, from the file beside the model where it says so. Raises RefusalError."""
    _claimed(tensor, name)
    if tensor.data_location == TensorProto.EXTERNAL:
        return _external(tensor, folder, name)
    try:
        return numpy_helper.to_array(tensor)
    except (ValueError, TypeError, KeyError, RuntimeError, OverflowError) as error:
        raise RefusalError(f"The tensor {tensor.name[:60]} in {name} is damaged: {error}.", AGAIN) from None


def _words(graph: onnx.GraphProto) -> Iterator[Any]:
    """All names, which are bytes where they are no valid text."""
    for node in graph.node:
        yield from (node.name, node.op_type, node.domain, *node.input, *node.output)
        for attribute in node.attribute:
            yield attribute.name
    for held in (graph.input, graph.output, graph.initializer):
        for one in held:
            yield one.name


def _tensors(graph: onnx.GraphProto) -> Iterator[TensorProto]:
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.TENSOR:
                yield attribute.t


def _claimed(tensor: TensorProto, name: str) -> int:
    """How many numbers a tensor says it has. Raises RefusalError where its bytes do not bear it out."""
    dims = list(tensor.dims)
    if len(dims) > MOST_AXES or any(not 0 <= size < 2**31 for size in dims):
        raise RefusalError(f"The tensor {tensor.name[:60]} in {name} has impossible sizes.", AGAIN)
    count: int = math.prod(dims)
    size = ITEM_BYTES.get(tensor.data_type)
    if tensor.raw_data and size and count * size != len(tensor.raw_data):
        raise RefusalError(
            f"The tensor {tensor.name[:60]} in {name} claims {count:,} numbers in {len(tensor.raw_data):,} bytes.",
            AGAIN,
        )
    is_inside = tensor.data_location != TensorProto.EXTERNAL
    if is_inside and not tensor.raw_data and count > 64 * tensor.ByteSize():
        raise RefusalError(f"The tensor {tensor.name[:60]} in {name} claims {count:,} numbers that it lacks.", AGAIN)
    return count


def _external(tensor: TensorProto, folder: Path, name: str) -> Any:
    """Numbers that lie in a file beside the model: in its folder, nowhere else."""
    try:
        told = external_data_helper.ExternalDataInfo(tensor)
        where, start = str(told.location), int(told.offset or 0)
        size = ITEM_BYTES[tensor.data_type]
    except (ValueError, KeyError, TypeError):
        raise RefusalError(f"The tensor {tensor.name[:60]} in {name} has no readable place.", AGAIN) from None
    count = math.prod(tensor.dims)
    place = Path(where)
    file = folder / place
    if place.is_absolute() or ".." in place.parts or "\\" in where or not where:
        raise RefusalError(f"{name} points to a file outside its folder ({where[:80]}), which is not read.", AGAIN)
    if any(part.is_symlink() for part in (file, *file.parents) if part != folder and folder in part.parents):
        raise RefusalError(f"{name} points to {where[:80]}, which leads elsewhere and is not read.", AGAIN)
    if not file.is_file():
        raise RefusalError(f"{name} keeps its weights in {where[:80]}, which is not beside it.", "Put it there.")
    there = file.stat().st_size
    if start < 0 or start + count * size > there:
        raise RefusalError(
            f"{name} wants {count * size:,} bytes at {start:,} of {where[:80]}, which has {there:,}.", AGAIN
        )
    with file.open("rb") as stream:
        stream.seek(start)
        raw = stream.read(count * size)
    copy = TensorProto(name=tensor.name, data_type=tensor.data_type, dims=tensor.dims, raw_data=raw)
    return numpy_helper.to_array(copy)
