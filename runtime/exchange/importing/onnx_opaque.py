"""Steps of an ONNX file that no node says, as one node that onnxruntime runs."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from nodes.opaque import LONGEST, OpaqueOnnx
from nodes.spec.shapes import AXES_BY_RANK, Shape
from nodes.spec.sizes import Unknown
from runtime.exchange.importing.drawing import UnsayableError
from runtime.exchange.importing.onnx_trial import tried

TRIALS = (2, 3)  # samples: what changes with them is the batch axis
SIDES = ((32, 48, 32), (6, 10, 1), (224, 256, 64))
"""Of the first size that is left open in both trials, and how much more the next one has; tried in this order."""
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
    sizes, part, shapes = _first_that_runs(model, steps, inputs, constants, outputs)
    packed = base64.b64encode(zlib.compress(part, 6)).decode()
    if len(packed) > LONGEST:
        raise UnsayableError("It holds too many numbers")
    alike = [shape.axes for shape in inputs.values()]
    entries = [
        {
            "size": [size if isinstance(size, int) else str(size) for size in s],
            "axes": next((a for a in alike if len(a) == len(s)), s.axes),
            "values": s.values,
        }
        for s in shapes
    ]
    operators = ", ".join(dict.fromkeys(node.op_type[:40] for node in steps))[:2000]
    facts = json.dumps({"inputs": [sizes.told(shape) for shape in inputs.values()], "outputs": entries})
    return OpaqueOnnx(operators=operators, model=packed, facts=facts, count=len(entries))


def _first_that_runs(
    model: onnx.ModelProto,
    steps: Sequence[onnx.NodeProto],
    inputs: Mapping[str, Shape],
    constants: Mapping[str, Any],
    outputs: Sequence[str],
) -> tuple[Open, bytes, list[Shape]]:
    """The part and the shapes of what it gives, for the first sizes with which onnxruntime runs it."""
    part = b""
    for sides in SIDES:
        sizes = Open.of(inputs, sides)
        part = part or _part(model, steps, inputs, sizes, constants, outputs)
        at = [{name: shape.at(values) for name, shape in inputs.items()} for values in sizes.values]
        batches = list(zip(TRIALS, at, strict=True))
        if any(count * sum(shape.known_numel for shape in one.values()) > MOST_NUMBERS for count, one in batches):
            raise UnsayableError("Its inputs are too large to try")
        try:
            results = tried(part, [list(_random(one, count).values()) for count, one in batches])
            return sizes, part, [_shape_of(one, other, sizes) for one, other in zip(*results, strict=True)]
        except UnsayableError:
            if not sizes.names or sides == SIDES[-1]:
                raise
    raise UnsayableError("There are no sizes to try it with")


def _part(
    model: onnx.ModelProto,
    steps: Sequence[onnx.NodeProto],
    inputs: Mapping[str, Shape],
    sizes: Open,
    constants: Mapping[str, Any],
    outputs: Sequence[str],
) -> bytes:
    kinds = {"real": TensorProto.FLOAT, "index": TensorProto.INT64}
    typed = {given.name: given.type.tensor_type.elem_type for given in model.graph.input}
    entering, turned = [], []
    for name, shape in inputs.items():
        kind = kinds[shape.values]
        enters = name if typed.get(name, kind) == kind else f"{name}/as_a_link_has_it"
        if enters != name:
            turned.append(helper.make_node("Cast", [enters], [name], to=typed[name]))
        entering.append(helper.make_tensor_value_info(enters, kind, ["N", *sizes.told(shape)]))
    held = []
    if sum(np.size(value) for value in constants.values()) > MOST_NUMBERS:
        raise UnsayableError("It holds too many numbers")
    for name, value in constants.items():
        array = np.asarray(value, order="C")  # ascontiguousarray would give a number an axis
        if array.dtype == object:
            raise UnsayableError("It depends on how many samples there are")
        held.append(numpy_helper.from_array(array, name))
    graph = helper.make_graph(
        [*turned, *steps], "part", entering, [onnx.ValueInfoProto(name=n) for n in outputs], held
    )
    part = helper.make_model(graph, opset_imports=list(model.opset_import), ir_version=min(model.ir_version or 8, 10))
    return part.SerializeToString()  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Open:
    """Sizes that the inputs of a part leave open: a name for each, and what the names in them are in both trials."""

    names: Mapping[Unknown, str]
    values: tuple[Mapping[str, int], Mapping[str, int]]

    @classmethod
    def of(cls, inputs: Mapping[str, Shape], sides: tuple[int, int, int]) -> Open:
        sizes = dict.fromkeys(size for shape in inputs.values() for size in shape if isinstance(size, Unknown))
        words = sorted(frozenset[str]().union(*(size.names() for size in sizes)))
        values = tuple({word: first + sides[2] * n for n, word in enumerate(words)} for first in sides[:2])
        return cls({size: f"s{n}" for n, size in enumerate(sizes, 1)}, values)  # type: ignore[arg-type]

    def told(self, shape: Shape) -> list[int | str]:
        return [size if isinstance(size, int) else self.names[size] for size in shape]

    def size(self, first: int, second: int) -> int | str:
        """What a size of an output is, from both trials. Raises UnsayableError."""
        if first == second:
            return first
        one, other = self.values
        for size, name in self.names.items():
            if (size.at(one), size.at(other)) == (first, second):
                return name
        raise UnsayableError("It gives a size that follows from open ones in a way of its own")


def _random(shapes: Mapping[str, Shape], batch: int) -> dict[str, Any]:
    generator = np.random.default_rng(0)
    sizes = {name: (batch, *(int(size) for size in shape)) for name, shape in shapes.items()}  # type: ignore[arg-type]
    return {
        name: generator.standard_normal(sizes[name]).astype(np.float32)
        if shape.values == "real"
        else np.zeros(sizes[name], np.int64)
        for name, shape in shapes.items()
    }


def _shape_of(one: Any, other: Any, open_sizes: Open) -> Shape:
    first, second = TRIALS
    if not isinstance(one, np.ndarray) or one.dtype not in (*REAL, *INDEX) or one.size > MOST_NUMBERS:
        raise UnsayableError("It gives something other than real numbers or indices")
    if one.ndim < 1 or one.ndim != other.ndim or one.shape[0] != first or other.shape[0] != second:
        raise UnsayableError("It gives a value without a batch axis")
    if one.ndim > 5 or 0 in one.shape:
        raise UnsayableError("It gives a value with more axes than a node has")
    sizes = [open_sizes.size(*pair) for pair in zip(one.shape[1:], other.shape[1:], strict=True)]
    values = "real" if one.dtype in REAL else "index"
    axes = (
        {0: "", 1: "L", 2: "HW"}.get(len(sizes), "N" * len(sizes)) if values == "index" else AXES_BY_RANK[len(sizes)]
    )
    return Shape(*sizes, axes=axes, values=values)  # type: ignore[arg-type]
