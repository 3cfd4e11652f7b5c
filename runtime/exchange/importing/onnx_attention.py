"""Where an ONNX file may spell out attention, from a joined projection to query, key and value to the last one."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import onnx

from runtime.exchange.importing.drawing import UnsayableError
from runtime.exchange.importing.onnx_folding import folded
from runtime.exchange.importing.onnx_step import attributes_of

CORES = ("Softmax", "Attention")  # what it takes between the projections
LAYOUT = ("Reshape", "Transpose", "Squeeze", "Unsqueeze", "Identity")
TURNING = ("Identity", "Constant", "Transpose")  # what weights may pass through
MOST_STEPS, MOST_TURNS = 400, 3  # of one attention, and before its projection
FUSED = ("com.microsoft", "Attention")  # of onnxruntime, with the projection in it


class Weight(NamedTuple):
    """A matrix or bias of the file; ``is_turned`` where it has inputs × outputs, which PyTorch has the other way."""

    name: str
    is_turned: bool
    array: Any


@dataclass(frozen=True)
class Attention:
    """Its first step, what that reads, the step of the joined projection, and the weights by PyTorch's names.

    An exporter leaves out a bias of zeros, so that there may be one without the other.
    ``results`` are the values of which one is what it gives: that of the last projection, and as it is turned then.
    """

    begins: int
    source: str
    joined: int
    weights: Mapping[str, Weight]
    results: tuple[str, ...]

    @property
    def channels(self) -> int:
        return int(self.weights["out_proj.weight"].array.shape[0])


class _Projection(NamedTuple):
    weight: Weight
    inputs: int
    outputs: int
    bias: Weight | None
    result: str


class AttentionFinder:
    """``known`` are constants by name, ``makers`` the steps by what they give, ``reads`` what each of them reads."""

    def __init__(
        self,
        model: onnx.ModelProto,
        known: Mapping[str, Any],
        makers: Mapping[str, int],
        reads: Sequence[Sequence[str]],
    ) -> None:
        self.nodes, self._known, self._makers = list(model.graph.node), known, makers
        self.readers: dict[str, list[int]] = {}
        for number, names in enumerate(reads):
            for name in dict.fromkeys(names):
                self.readers.setdefault(name, []).append(number)

    def found(self) -> dict[int, Attention]:
        """What may be attention by its first step, with and without what turns the sequence before its projection."""
        if not any(node.op_type in CORES for node in self.nodes):
            return {}
        attentions = (self._from(number) for number in range(len(self.nodes)))
        return {begun.begins: begun for one in attentions if one is not None for begun in self._begun(one)}

    def _begun(self, attention: Attention) -> Iterator[Attention]:
        """It, and the same with one step more before it, and so on."""
        yield attention
        for _ in range(MOST_TURNS):
            maker = self._makers.get(attention.source)
            if maker is None or self.nodes[maker].op_type not in LAYOUT:
                return
            attention = replace(attention, begins=maker, source=self.nodes[maker].input[0])
            yield attention

    def _from(self, number: int) -> Attention | None:
        first = self._projection(number)
        if first is None or first.outputs != 3 * first.inputs:
            return None
        last = self._last(number, first)
        if last is None or {last.inputs, last.outputs} != {first.inputs}:
            return None
        named = {
            "in_proj_weight": first.weight,
            "out_proj.weight": last.weight,
            "in_proj_bias": first.bias,
            "out_proj.bias": last.bias,
        }
        weights = {name: one for name, one in named.items() if one is not None}
        return Attention(number, self.nodes[number].input[0], number, weights, self._results(last.result))

    def _last(self, number: int, first: _Projection) -> _Projection | None:
        """The next projection behind one, if there is a softmax on the way and no other."""
        is_attention = (self.nodes[number].domain, self.nodes[number].op_type) == FUSED
        waiting = list(self.readers.get(first.result, ()))
        seen = set(waiting)
        heapq.heapify(waiting)
        while waiting:
            step = heapq.heappop(waiting)
            found = self._projection(step)
            if found is not None:
                return found if is_attention else None
            is_attention = is_attention or self.nodes[step].op_type in CORES
            for name in self.nodes[step].output:
                for reader in self.readers.get(name, ()):
                    if len(seen) > MOST_STEPS:
                        return None
                    if reader not in seen:
                        seen.add(reader)
                        heapq.heappush(waiting, reader)
        return None

    def _projection(self, number: int) -> _Projection | None:
        """A step that is the product with a matrix of weights, and the addition behind it that is its bias."""
        node = self.nodes[number]
        is_fused = (node.domain, node.op_type) == FUSED
        if len(node.input) < 2 or not (is_fused or (node.op_type in ("MatMul", "Gemm") and not node.domain)):
            return None
        matrix = self._array(node.input[1])
        if matrix is None or matrix.ndim != 2:
            return None
        is_turned, bias, result = True, None, node.output[0]
        if node.op_type == "Gemm":
            attributes = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
            if attributes.get("transA") or attributes.get("alpha", 1.0) != 1 or attributes.get("beta", 1.0) != 1:
                return None
            is_turned = not attributes.get("transB")
        inputs, outputs = matrix.shape if is_turned else matrix.shape[::-1]
        if len(node.input) > 2 and node.input[2]:
            bias = self._bias(node.input[2], outputs)
            if bias is None:
                return None
        elif node.op_type == "MatMul":
            bias, result = self._added(result, outputs)
        return _Projection(Weight(node.input[1], is_turned, matrix), inputs, outputs, bias, result)

    def _added(self, value: str, count: int) -> tuple[Weight | None, str]:
        readers = self.readers.get(value, [])
        node = self.nodes[readers[0]] if len(readers) == 1 else None
        if node is None or node.op_type != "Add" or len(node.input) != 2:
            return None, value
        bias = self._bias(next((name for name in node.input if name != value), ""), count)
        return (None, value) if bias is None else (bias, node.output[0])

    def _bias(self, name: str, count: int) -> Weight | None:
        array = self._array(name)
        return None if array is None or array.shape != (count,) else Weight(name, False, array)

    def _results(self, value: str) -> tuple[str, ...]:
        found = [value]
        while True:
            readers = [n for n in self.readers.get(found[-1], ()) if self.nodes[n].op_type != "Shape"]
            node = self.nodes[readers[0]] if len(readers) == 1 else None
            if node is None or node.op_type not in LAYOUT or node.input[0] != found[-1] or len(found) > 4:
                return tuple(found)
            found.append(node.output[0])

    def _array(self, name: str, deep: int = 0) -> Any:
        """Real numbers that the file holds under a name, turned as its steps turn them; None for anything else."""
        found = self._known.get(name)
        if found is None and name in self._makers and deep < 4:
            node = self.nodes[self._makers[name]]
            given = [self._array(one, deep + 1) for one in node.input]
            if node.op_type in TURNING and not node.domain and all(one is not None for one in given):
                try:
                    found = folded(node.op_type, given, attributes_of(node))
                except UnsayableError:
                    return None
        is_real = isinstance(found, np.ndarray) and np.issubdtype(found.dtype, np.floating)
        return found if is_real else None
