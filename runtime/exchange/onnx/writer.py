"""Writer: gathers the nodes and initialisers of an ONNX graph, with names that say where in the network they lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from runtime.exchange.onnx.light import SMALL_TENSOR, bytes_of


class Writer:
    """``nodes`` stand in the order in which they compute; ``opset`` is the version of the operators asked for."""

    def __init__(self, opset: int) -> None:
        self.opset = opset
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: dict[str, TensorProto | Tensor] = {}
        self.domains: dict[str, int] = {}  # of operators that are not ONNX's own
        self._constants: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._weights: dict[tuple[object, ...], str] = {}
        self._taken: set[str] = set()
        self._named: set[str] = set()

    def fresh(self, name: str) -> str:
        """The name, or one with a number behind that no value has."""
        unique, number = name, 1
        while unique in self._taken:
            number += 1
            unique = f"{name}_{number}"
        self._taken.add(unique)
        return unique

    def node(
        self, operator: str, inputs: Sequence[str | None], outputs: Sequence[str], name: str, **attributes: Any
    ) -> None:
        """One operator. An input of None is left out; attributes of None are not written."""
        given = [value or "" for value in inputs]
        while given and not given[-1]:
            given.pop()
        if name in self._named:
            name = f"{name}.{operator.lower()}"
        self._named.add(name)
        kept = {key: value for key, value in attributes.items() if value is not None}
        self.nodes.append(helper.make_node(operator, given, list(outputs), name, **kept))

    def mark(self) -> tuple[int, set[str], set[str]]:
        """Where the writing stands, to go back to."""
        return len(self.nodes), set(self._taken), set(self._named)

    def back_to(self, mark: tuple[int, set[str], set[str]]) -> None:
        """Forgets the operators since; initialisers stay, and are left out where nothing reads them."""
        del self.nodes[mark[0] :]
        self._taken, self._named = mark[1] | set(self.initializers), mark[2]

    def constant(self, value: Any, name: str, kind: Any = np.int64) -> str:
        """An initialiser of few numbers; equal ones are written once."""
        array = np.asarray(value, dtype=kind)
        key = (str(array.dtype), array.shape, array.tobytes())
        if key not in self._constants:
            self._constants[key] = self.fresh(name)
            self.initializers[self._constants[key]] = numpy_helper.from_array(array, self._constants[key])
        return self._constants[key]

    def weight(self, value: Tensor, name: str) -> str:
        """An initialiser of a weight; one that is used in several places is written once."""
        value = value.detach()
        key = (value.data_ptr(), tuple(value.shape), value.stride(), value.dtype)
        if value.numel() == 0 or key not in self._weights:
            self._weights[key] = self.fresh(name)
            self.initializers[self._weights[key]] = value
        return self._weights[key]

    def write_tensors(self, graph: onnx.GraphProto, aside: dict[str, Tensor] | None = None) -> None:
        """Adds the initialisers that some node reads, in the order of their making, with one copy of each weight.

        The numbers of large ones go to ``aside``, where that is given, and are not copied at all.
        """
        read = {name for node in self.nodes for name in node.input}
        for name, value in self.initializers.items():
            if name in read and isinstance(value, TensorProto):
                graph.initializer.append(value)
            elif name in read and isinstance(value, Tensor):
                fill(graph.initializer.add(), value, name, aside)


TYPES = {
    torch.float32: TensorProto.FLOAT,
    torch.float64: TensorProto.DOUBLE,
    torch.float16: TensorProto.FLOAT16,
    torch.bfloat16: TensorProto.BFLOAT16,
    torch.int64: TensorProto.INT64,
    torch.int32: TensorProto.INT32,
    torch.bool: TensorProto.BOOL,
    torch.uint8: TensorProto.UINT8,
}


def fill(found: TensorProto, value: Tensor, name: str, aside: dict[str, Tensor] | None = None) -> None:
    """Makes a tensor hold a value as ONNX keeps it, or ``aside`` hold it where it is large."""
    found.name, found.data_type = name, TYPES[value.dtype]
    found.dims.extend(value.shape)
    if aside is not None and value.nbytes > SMALL_TENSOR:
        found.data_location = TensorProto.EXTERNAL
        aside[name] = value
    else:
        found.raw_data = bytes_of(value).tobytes()
