"""One node of an ONNX file as rules see it: values, constants and attributes, and where its nodes go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from nodes.arithmetic import Constant, Parameter
from nodes.boundary import AXES_BY_KIND
from nodes.reshape import Reshape
from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape
from runtime.exchange.importing.drawing import Drawing, Item, Path, UnsayableError, Value
from runtime.exchange.importing.onnx_folding import BATCH

KINDS = {0: "number", 1: "vector", 2: "sequence", 3: "image", 4: "volume"}


@dataclass(frozen=True)
class OnnxStep:
    """``given`` are the inputs: a Value, an array, sizes, what patterns hold on to, or None."""

    drawing: Drawing
    path: Path
    name: str
    operator: str
    version: int  # of the operator set
    batch: int | None  # of the file, where it is fixed
    given: Sequence[Any]
    attributes: Mapping[str, Any]
    outputs: int  # up to the last that is read
    is_alone: Callable[[int], bool]  # whether an input is read by this step only
    is_fixed: Callable[[int], bool]  # whether a constant stands in the graph, and is no weight

    def value(self, place: int = 0) -> Value:
        """An input that is worked out for each sample. Raises UnsayableError."""
        found = self.given[place] if place < len(self.given) else None
        if not isinstance(found, Value):
            raise UnsayableError(f"{self.operator} of something other than a value has no node")
        return found

    def constant(self, place: int) -> Any:
        """An input that is the same for all samples, as an array; None where it is left out."""
        found = self.given[place] if place < len(self.given) else None
        if found is None or isinstance(found, np.ndarray | np.generic):
            return None if found is None else np.asarray(found)
        raise UnsayableError(f"{self.operator} with input {place + 1} worked out anew for each sample has no node")

    def required(self, place: int) -> Any:
        found = self.constant(place)
        if found is None:
            raise UnsayableError(f"{self.operator} lacks input {place + 1}")
        return found

    def add(self, settings: NodeType, *inputs: Value | None, weights: Mapping[str, Tensor] | None = None) -> Value:
        """The first output of a new node."""
        return next(iter(self.all(settings, *inputs, weights=weights)))

    def all(
        self, settings: NodeType, *inputs: Value | None, weights: Mapping[str, Tensor] | None = None
    ) -> list[Value]:
        outputs = self.drawing.add(
            settings, inputs, path=self.path, name=self.name, weights=weights, origin=self.operator
        )
        return list(outputs.values())

    def item(self, value: Any) -> Item | None:
        return self.drawing.items[value.item] if isinstance(value, Value) else None

    def changed(self, value: Value, settings: NodeType, weights: Mapping[str, Tensor]) -> Value:
        """Gives the node of a value other settings and weights; its shape stays."""
        item = self.drawing.items[value.item]
        self.drawing.items[value.item] = replace(item, settings=settings, weights={**item.weights, **weights})
        return value

    def relabelled(self, x: Value, kind: str) -> Value:
        """``x`` read as another kind of value of as many axes."""
        axes = AXES_BY_KIND[kind]
        if x.shape.axes == axes:
            return x
        if len(axes) != len(x.shape) or not x.shape.is_known:
            raise UnsayableError(f"{self.operator} of {x.shape.described()} has no node")
        return self.add(Reshape(kind, tuple(int(size) for size in x.shape)), x)  # type: ignore[arg-type]

    def held(self, place: int, like: Shape) -> Value:
        """A constant as a node, for arithmetic with a value of shape ``like``: weights are learned on."""
        array = self.required(place)
        sizes = tuple(array.shape)
        if len(sizes) == len(like) + 1:
            if sizes[0] != 1:
                raise UnsayableError("A constant for each sample of a batch has no node")
            sizes = sizes[1:]
        sizes = (1,) * (len(like) - len(sizes)) + sizes
        if len(sizes) != len(like) or len(like) not in KINDS:
            raise UnsayableError(f"A constant of {len(sizes)} axes beside {like.described()} has no node")
        kind = next((kind for kind, axes in AXES_BY_KIND.items() if axes == like.axes), KINDS[len(like)])
        if self.is_fixed(place) and array.size <= 4096:
            return self.add(Constant(kind, sizes, tuple(map(float, array.reshape(-1)))))
        return self.add(Parameter(kind, sizes, (0.0,)), weights={"value": tensor_of(array).reshape(sizes)})


def tensor_of(array: Any) -> Tensor:
    """Trained numbers; an array that repeats one number takes no memory."""
    array = np.asarray(array)
    if array.dtype == object:
        raise UnsayableError("Weights that depend on the number of samples have no node")
    if array.size > 1 and not any(array.strides):
        return torch.full((1,) * array.ndim, float(array.reshape(-1)[0])).expand(array.shape)
    return torch.from_numpy(np.array(array, dtype=np.float32))


def attributes_of(node: onnx.NodeProto) -> dict[str, Any]:
    """The attributes by name. Raises UnsayableError for graphs within, and for damage."""
    found: dict[str, Any] = {}
    kinds = onnx.AttributeProto
    for one in node.attribute:
        if one.type == kinds.TENSOR:
            found[one.name] = _array_of(node, one.t)
        elif one.type == kinds.STRING:
            found[one.name] = one.s.decode("utf-8", "replace")
        elif one.type == kinds.STRINGS:
            found[one.name] = [part.decode("utf-8", "replace") for part in one.strings]
        elif one.type in (kinds.FLOAT, kinds.INT, kinds.FLOATS, kinds.INTS):
            value = onnx.helper.get_attribute_value(one)
            found[one.name] = list(value) if one.type in (kinds.FLOATS, kinds.INTS) else value
        else:
            raise UnsayableError(f"{node.op_type} holds graphs of its own")
    return found


def _array_of(node: onnx.NodeProto, tensor: onnx.TensorProto) -> Any:
    try:
        return numpy_helper.to_array(tensor)
    except Exception as error:  # of many kinds, for damage of many kinds
        raise UnsayableError(f"{node.op_type[:40]} holds a damaged tensor") from error


def scalar(array: Any) -> float | None:
    """The number of a constant that is one; None for others."""
    if isinstance(array, np.ndarray | np.generic) and np.asarray(array).dtype != object and np.size(array) == 1:
        return float(np.asarray(array).reshape(-1)[0])
    return None


def sizes_of(step: OnnxStep, x: Shape, wanted: Sequence[Any]) -> list[Any]:
    """The sizes of a Reshape without the batch. Raises UnsayableError where samples are taken apart."""
    if not wanted:
        raise UnsayableError("A reshape of the batch to one number has no node")
    sizes = [(BATCH, *x)[n] if size == 0 and n <= len(x) else size for n, size in enumerate(wanted)]
    sizes = [size if not isinstance(size, int | np.integer) else int(size) for size in sizes]
    first, rest = sizes[0], sizes[1:]
    keeps = first == BATCH or (step.batch is not None and first == step.batch)
    if not keeps and first == -1 and x.is_known and all(isinstance(size, int) and size > 0 for size in rest):
        product = 1
        for size in rest:
            product *= size
        keeps = product == x.numel
    if not keeps:
        raise UnsayableError("A reshape that takes samples apart has no node")
    return rest
