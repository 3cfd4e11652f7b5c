"""Operators of newer opsets said in those of older ones. The last one bears the name that the newer one had."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from onnx import GraphProto, NodeProto, helper, numpy_helper

END = 2**63 - 1  # of a slice: all the rest


def say_older(graph: GraphProto, opset: int) -> None:
    """Replaces, in place, what ``opset`` has no operator for and others can say."""
    nodes = list(graph.node)
    taken = {name for node in nodes for name in (node.name, *node.output)}
    del graph.node[:]
    for node in nodes:
        since, written = WAYS.get(node.op_type, (0, None))
        if written is None or opset >= since or node.domain:
            graph.node.append(node)
        else:
            graph.node.extend(written(_Place(graph, node, taken)))


class _Place:
    """One operator that is to be said otherwise."""

    def __init__(self, graph: GraphProto, node: NodeProto, taken: set[str]) -> None:
        self._graph, self.node, self._taken = graph, node, taken
        self._values: dict[str, str] = {}
        self._attributes = {one.name: helper.get_attribute_value(one) for one in node.attribute}

    def attribute(self, name: str, otherwise: Any = None) -> Any:
        return self._attributes.get(name, otherwise)

    def op(self, operator: str, inputs: Sequence[str], part: str = "", **attributes: Any) -> NodeProto:
        """An operator with one result; without a ``part`` it is the last one."""
        if not part:
            return helper.make_node(operator, inputs, self.node.output, self.node.name, **attributes)
        return helper.make_node(operator, inputs, [self.value(part)], self.value(part), **attributes)

    def value(self, part: str) -> str:
        """The name of a part, which nothing else bears."""
        if part not in self._values:
            name = f"{self.node.name}.{part}"
            while name in self._taken:
                name += "_"
            self._values[part] = name
            self._taken.add(name)
        return self._values[part]

    def constant(self, numbers: Any, part: str, kind: Any = np.int64) -> str:
        """An initialiser beside the operator."""
        name = self.value(part)
        self._graph.initializer.append(numpy_helper.from_array(np.asarray(numbers, kind), name))
        return name


def _mish(here: _Place) -> Iterator[NodeProto]:
    """x · tanh(softplus(x)). Source: Misra 2019, arXiv:1908.08681."""
    x = here.node.input[0]
    yield here.op("Softplus", [x], "softplus")
    yield here.op("Tanh", [here.value("softplus")], "tanh")
    yield here.op("Mul", [x, here.value("tanh")])


def _hard_swish(here: _Place) -> Iterator[NodeProto]:
    """x · max(0, min(1, x / 6 + 1 / 2))."""
    x = here.node.input[0]
    yield here.op("HardSigmoid", [x], "gate", alpha=1 / 6, beta=0.5)
    yield here.op("Mul", [x, here.value("gate")])


def _split(here: _Place) -> Iterator[NodeProto]:
    """Into equal parts, as many as there are outputs."""
    node = NodeProto()
    node.CopyFrom(here.node)
    kept = [one for one in node.attribute if one.name != "num_outputs"]
    del node.attribute[:]
    node.attribute.extend(kept)
    yield node


def _shape(here: _Place) -> Iterator[NodeProto]:
    """Some of the sizes: cut out of all."""
    yield here.op("Shape", here.node.input, "all")
    starts, ends = here.constant([here.attribute("start", 0)], "start"), here.attribute("end", END)
    yield here.op("Slice", [here.value("all"), starts, here.constant([ends], "end")])


def _upper_triangle(here: _Place) -> Iterator[NodeProto]:
    """What stands in a matrix on the diagonal ``k`` or above it: where column − row ≥ k."""
    matrix, above = here.node.input
    one, number = here.constant(1, "one"), here.constant(0, "zero")
    yield here.op("Shape", [matrix], "sizes")
    for place, axis in ((number, "rows"), (one, "columns")):
        yield here.op("Gather", [here.value("sizes"), place], f"{axis}_count")
        yield here.op("Range", [number, here.value(f"{axis}_count"), one], axis)
    yield here.op("Unsqueeze", [here.value("rows"), here.constant([1], "across")], "rows_down")
    yield here.op("Sub", [here.value("columns"), here.value("rows_down")], "distance")
    yield here.op("Less", [here.value("distance"), above], "is_below")
    yield here.op("Where", [here.value("is_below"), here.constant(0, "nothing", np.float32), matrix])


def _layer_normalization(here: _Place) -> Iterator[NodeProto]:
    """(x − mean) / √(variance + ε) · scale + bias."""
    x, scale, *bias = here.node.input
    axes = list(range(here.attribute("axis", -1), 0))  # the rules count them from the end
    epsilon = here.constant(here.attribute("epsilon", 1e-5), "epsilon", np.float32)
    yield here.op("ReduceMean", [x], "mean", axes=axes)
    yield here.op("Sub", [x, here.value("mean")], "centred")
    yield here.op("Mul", [here.value("centred"), here.value("centred")], "squared")
    yield here.op("ReduceMean", [here.value("squared")], "variance", axes=axes)
    yield here.op("Add", [here.value("variance"), epsilon], "raised")
    yield here.op("Sqrt", [here.value("raised")], "deviation")
    yield here.op("Div", [here.value("centred"), here.value("deviation")], "normalised")
    if not any(bias):
        yield here.op("Mul", [here.value("normalised"), scale])
        return
    yield here.op("Mul", [here.value("normalised"), scale], "scaled")
    yield here.op("Add", [here.value("scaled"), bias[0]])


WAYS: dict[str, tuple[int, Callable[[_Place], Iterator[NodeProto]]]] = {
    "HardSwish": (14, _hard_swish),
    "LayerNormalization": (17, _layer_normalization),
    "Mish": (18, _mish),
    "Shape": (15, _shape),
    "Split": (18, _split),
    "Trilu": (14, _upper_triangle),
}
"""By operator: the first opset that has it as the rules write it, and how older ones say it."""
