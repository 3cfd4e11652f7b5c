"""Reading ONNX files that may be damaged or made to do harm: within bounds, and nothing of them is run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import TensorProto, inliner, numpy_helper

from runtime.exchange.importing.onnx_beside import Beside
from runtime.exchange.importing.onnx_claims import AGAIN, require_borne_out, require_sound
from runtime.faults import RefusalError

LARGEST = 2**31 - 1  # bytes of a file without its external data: what protobuf takes
MOST_NODES = 20_000
DEEPEST = 50  # functions that call functions


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
    require_sound(model, name)
    return _inlined(model, name)


def _inlined(model: onnx.ModelProto, name: str) -> onnx.ModelProto:
    """The model with the nodes of its functions in the place of calls. Raises RefusalError where they never end."""
    if not model.functions:
        return model
    bodies = {(one.domain, one.name): one.node for one in model.functions}
    counts: dict[tuple[str, str], int] = {}

    def count(nodes: Iterable[onnx.NodeProto], around: tuple[tuple[str, str], ...]) -> int:
        total = 0
        for node in nodes:
            called = (node.domain, node.op_type)
            if called in around or len(around) > DEEPEST:
                raise RefusalError(f"The functions of {name} call each other without end.", AGAIN)
            if called in bodies and called not in counts:
                counts[called] = count(bodies[called], (*around, called))
            total += counts.get(called, 1)
        return total

    if count(model.graph.node, ()) > MOST_NODES:
        raise RefusalError(f"{name} has more than {MOST_NODES:,} nodes in its functions.", "Import a part of it.")
    try:
        return inliner.inline_local_functions(model)
    except Exception as error:  # of many kinds, for damage of many kinds
        raise RefusalError(f"The functions of {name} are damaged: {str(error)[:200]}.", AGAIN) from None


def array_of(tensor: TensorProto, beside: Beside) -> Any:
    """The numbers of a tensor, from the file beside the model where it says so. Raises RefusalError."""
    require_borne_out(tensor, beside.name)
    if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
        return beside.array_of(tensor)
    try:
        return numpy_helper.to_array(tensor)
    except Exception as error:  # of many kinds, for damage of many kinds
        raise RefusalError(f"The tensor {tensor.name[:60]} in {beside.name} is damaged: {error}.", AGAIN) from None


def _words(graph: onnx.GraphProto) -> Iterator[Any]:
    """All names, which are bytes where they are no valid text."""
    for node in graph.node:
        yield from (node.name, node.op_type, node.domain, *node.input, *node.output)
        for attribute in node.attribute:
            yield attribute.name
    for held in (graph.input, graph.output, graph.initializer):
        for one in held:
            yield one.name
