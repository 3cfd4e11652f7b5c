"""What the tensors of an ONNX file claim of themselves, wherever in it they stand, looked at before any is read."""

from __future__ import annotations

import math
from collections.abc import Iterator

import onnx
from onnx import TensorProto

from runtime.faults import RefusalError

MOST_NUMBERS = 2**31  # in all tensors of a file
MOST_AXES = 12
AGAIN = "Export it again, or choose another file."

ITEM_BYTES = {
    TensorProto.FLOAT: 4, TensorProto.UINT8: 1, TensorProto.INT8: 1, TensorProto.UINT16: 2, TensorProto.INT16: 2,
    TensorProto.INT32: 4, TensorProto.INT64: 8, TensorProto.BOOL: 1, TensorProto.FLOAT16: 2, TensorProto.DOUBLE: 8,
    TensorProto.UINT32: 4, TensorProto.UINT64: 8, TensorProto.BFLOAT16: 2,
}  # fmt: skip


def require_sound(model: onnx.ModelProto, name: str) -> None:
    """Raises RefusalError for tensors that claim more than there is, or reach for files where only weights may."""
    numbers = 0
    for tensor in model.graph.initializer:
        numbers += require_borne_out(tensor, name)
    for tensor in _inner_tensors(model):
        if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
            raise RefusalError(
                f"{name} has a constant in its steps that lies in another file, which is not read.", AGAIN
            )
        numbers += require_borne_out(tensor, name)
    if numbers > MOST_NUMBERS:
        raise RefusalError(f"{name} claims {numbers:,} numbers, more than {MOST_NUMBERS:,}.", "Import a part of it.")


def require_borne_out(tensor: TensorProto, name: str) -> int:
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


def _inner_tensors(model: onnx.ModelProto) -> Iterator[TensorProto]:
    """All tensors but the weights of the graph: of attributes, of graphs within, of functions, and sparse ones."""
    yield from _sparse(model.graph.sparse_initializer)
    nodes = [*model.graph.node]
    for function in model.functions:
        nodes += function.node
        for attribute in function.attribute_proto:
            yield from _of_attribute(attribute, nodes)
    while nodes:
        for attribute in nodes.pop().attribute:
            yield from _of_attribute(attribute, nodes)


def _of_attribute(attribute: onnx.AttributeProto, nodes: list[onnx.NodeProto]) -> Iterator[TensorProto]:
    """The tensors of an attribute; nodes of its graphs are put to those that are still to be looked at."""
    if attribute.HasField("t"):
        yield attribute.t
    yield from attribute.tensors
    yield from _sparse([*attribute.sparse_tensors, *([attribute.sparse_tensor] if attribute.HasField("sparse_tensor")
                                                     else [])])  # fmt: skip
    for graph in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
        yield from graph.initializer
        yield from _sparse(graph.sparse_initializer)
        nodes += graph.node


def _sparse(tensors: object) -> Iterator[TensorProto]:
    for one in tensors:  # type: ignore[attr-defined]
        yield from (one.values, one.indices)
