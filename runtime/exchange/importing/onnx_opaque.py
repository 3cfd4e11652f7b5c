"""Steps of an ONNX file that no node says, as one node that onnxruntime runs."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from nodes.opaque import LONGEST, OpaqueOnnx
from nodes.spec.shapes import AXES_BY_RANK, Shape
from runtime.exchange.importing.drawing import UnsayableError
from runtime.exchange.importing.onnx_trial import tried

TRIALS = (2, 3)  # samples: what changes with them is the batch axis
MOST_NUMBERS = 16_000_000  # that go in or come out in a trial
REAL, INDEX = (np.dtype(np.float32),), (np.dtype(np.int64),)


def opaque(
    model: onnx.ModelProto,
    steps: Sequence[onnx.NodeProto],
    inputs: Mapping[str, Shape],
    constants: Mapping[str, Any],
    outputs: Sequence[str],
) -> OpaqueOnnx:
    """The node for some steps; ``inputs`` are the values they read, with their shapes. onnxruntime tries them.

    Raises UnsayableError where onnxruntime refuses them, or what they give has no batch axis.
    """
    if not inputs:
        raise UnsayableError("It reads no value")
    if not all(shape.is_known for shape in inputs.values()):
        raise UnsayableError("A part that onnxruntime runs needs known sizes")
    if 3 * sum(shape.known_numel for shape in inputs.values()) > MOST_NUMBERS:
        raise UnsayableError("Its inputs are too large to try")
    part = _part(model, steps, inputs, constants, outputs)
    packed = base64.b64encode(zlib.compress(part, 6)).decode()
    if len(packed) > LONGEST:
        raise UnsayableError("It holds too many numbers")
    results = tried(part, [_random(inputs, batch) for batch in TRIALS])
    shapes = [_shape_of(one, other) for one, other in zip(*results, strict=True)]
    alike = [shape.axes for shape in inputs.values()]
    entries = [
        {"size": list(s), "axes": next((a for a in alike if len(a) == len(s)), s.axes), "values": s.values}
        for s in shapes
    ]
    operators = ", ".join(dict.fromkeys(node.op_type[:40] for node in steps))[:2000]
    facts = json.dumps({"inputs": [list(shape) for shape in inputs.values()], "outputs": entries})
    return OpaqueOnnx(operators=operators, model=packed, facts=facts, count=len(entries))


def _part(
    model: onnx.ModelProto,
    steps: Sequence[onnx.NodeProto],
    inputs: Mapping[str, Shape],
    constants: Mapping[str, Any],
    outputs: Sequence[str],
) -> bytes:
    kinds = {"real": TensorProto.FLOAT, "index": TensorProto.INT64}
    entering = [
        helper.make_tensor_value_info(name, kinds[shape.values], ["N", *sizes_at(shape)])
        for name, shape in inputs.items()
    ]
    held = []
    if sum(np.size(value) for value in constants.values()) > MOST_NUMBERS:
        raise UnsayableError("It holds too many numbers")
    for name, value in constants.items():
        array = np.asarray(value, order="C")  # ascontiguousarray would give a number an axis
        if array.dtype == object:
            raise UnsayableError("It depends on how many samples there are")
        held.append(numpy_helper.from_array(array, name))
    graph = helper.make_graph(list(steps), "part", entering, [onnx.ValueInfoProto(name=n) for n in outputs], held)
    part = helper.make_model(graph, opset_imports=list(model.opset_import), ir_version=min(model.ir_version or 8, 10))
    return part.SerializeToString()  # type: ignore[no-any-return]


def sizes_at(shape: Shape) -> list[int]:
    """The sizes of a shape that is known."""
    return [size for size in shape if isinstance(size, int)]


def _random(inputs: Mapping[str, Shape], batch: int) -> dict[str, Any]:
    generator = np.random.default_rng(0)
    return {
        name: generator.standard_normal((batch, *sizes_at(shape))).astype(np.float32)
        if shape.values == "real"
        else np.zeros((batch, *sizes_at(shape)), np.int64)
        for name, shape in inputs.items()
    }


def _shape_of(one: Any, other: Any) -> Shape:
    first, second = TRIALS
    if not isinstance(one, np.ndarray) or one.dtype not in (*REAL, *INDEX) or one.size > MOST_NUMBERS:
        raise UnsayableError("It gives something other than real numbers or indices")
    if one.ndim < 1 or one.shape[0] != first or other.shape[0] != second or one.shape[1:] != other.shape[1:]:
        raise UnsayableError("It gives a value without a batch axis")
    if one.ndim > 5 or 0 in one.shape:
        raise UnsayableError("It gives a value with more axes than a node has")
    sizes = one.shape[1:]
    values = "real" if one.dtype in REAL else "index"
    axes = (
        {0: "", 1: "L", 2: "HW"}.get(len(sizes), "N" * len(sizes)) if values == "index" else AXES_BY_RANK[len(sizes)]
    )
    return Shape(*sizes, axes=axes, values=values)  # type: ignore[arg-type]
