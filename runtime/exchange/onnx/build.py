"""Graph -> ONNX model, written node by node: each value bears the name of the node that gives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import onnx
from onnx import TensorProto, helper
from torch import Tensor, nn

import runtime.exchange.onnx.rules_layers
import runtime.exchange.onnx.rules_opaque
import runtime.exchange.onnx.rules_pools
import runtime.exchange.onnx.rules_sequences
import runtime.exchange.onnx.rules_shapes
import runtime.exchange.onnx.rules_simple
import runtime.exchange.onnx.rules_windows  # noqa: F401
from nodes.graph.infer import infer
from nodes.graph.model import Graph
from nodes.graph.muting import without_muted
from nodes.spec.shapes import Shape
from nodes.spec.sizes import Size
from runtime.exchange.example import fitting_sizes, input_shapes
from runtime.exchange.onnx.folding import fold
from runtime.exchange.onnx.older import IR_VERSIONS, OLDEST_WRITTEN, at_older_opset
from runtime.exchange.onnx.rules import RULES, NoRuleError, Place
from runtime.exchange.onnx.traced import traced_node
from runtime.exchange.onnx.walk import Visit, Visitor, walk
from runtime.exchange.onnx.writer import Writer

BATCH_AXIS = "batch"
OPSET = 20


def build_model(
    graph: Graph,
    module: nn.Module,
    outputs: Mapping[str, Shape],
    opset: int = OPSET,
    *,
    folded: bool = False,
    aside: dict[str, Tensor] | None = None,
) -> onnx.ModelProto:
    """The network as an ONNX model. ``module`` was built from ``graph`` and is in eval on the CPU.

    With ``folded`` a batch normalisation behind a convolution or linear layer goes into its weights. The numbers of
    large weights go to ``aside`` by their names, where that is given, and not into the model.
    Raises ExportError where PyTorch's exporter has to write a node and cannot, or the opset is too old for one.
    """
    graph = without_muted(graph)
    inputs = input_shapes(graph)
    builder = _Builder(Writer(max(opset, OLDEST_WRITTEN)), next(fitting_sizes(graph), {}))
    writer = builder.writer
    given = {name: writer.fresh(name) for name in inputs}
    for name in outputs:
        writer.fresh(name)
    visitor = Visitor(builder.node, builder.flattened, builder.unflattened)
    found = walk(graph, infer(graph), module, given, visitor)
    _name_outputs(writer, found, set(given.values()))
    if folded:
        fold(writer, set(outputs))
    model = _model(writer, inputs, outputs, builder.shapes, aside)
    return model if opset >= OLDEST_WRITTEN else at_older_opset(model, opset)


class _Builder:
    """``shapes`` are those of the values that stand in the file beside inputs and outputs."""

    def __init__(self, writer: Writer, sizes: Mapping[str, int]) -> None:
        self.writer, self._sizes = writer, sizes
        self.shapes: dict[str, Shape] = {}
        self._over_time = 0

    def node(self, visit: Visit[str]) -> Sequence[str]:
        place = Place(self.writer, visit.settings, visit.path, visit.values, visit.shapes, visit.layer, visit.used)
        begun = self.writer.mark()
        try:
            rule = RULES.get(visit.settings.type_id)
            if rule is None:
                raise NoRuleError(visit.settings.type_id)
            results = rule(place)
        except NoRuleError:
            self.writer.back_to(begun)
            results = traced_node(place, visit.outputs, self._sizes)
        named = [results] if isinstance(results, str) else list(results)
        ports = visit.settings.outputs()
        named = [*named, *[""] * len(ports)][: len(ports)]
        if not self._over_time:
            self.shapes |= {value: visit.outputs[port] for port, value in zip(ports, named, strict=True) if value}
        return named

    def flattened(self, value: str, shape: Shape, path: str) -> str:
        self._over_time += 1
        result = self.writer.fresh(f"{path}.steps")
        inner = list(shape[1:])
        if all(isinstance(size, int) for size in inner):
            sizes = self.writer.constant([-1, *inner], f"{path}.sizes")
        else:
            sizes = self._joined(
                f"{path}.sizes", self.writer.constant([-1], f"{path}.all"), self._part(value, path, 2)
            )
        self.writer.node("Reshape", [value, sizes], [result], result)
        return result

    def unflattened(self, value: str, shape: Shape, like: str, path: str) -> str:
        self._over_time -= 1
        result = self.writer.fresh(path)
        if all(isinstance(size, int) for size in shape):
            sizes = self.writer.constant([-1, *shape], f"{path}.sizes")
        else:
            sizes = self._joined(f"{path}.sizes", self._part(like, path, 0, 2), self._part(value, path, 1))
        self.writer.node("Reshape", [value, sizes], [result], result)
        return result

    def _part(self, value: str, path: str, start: int, end: int | None = None) -> str:
        result = self.writer.fresh(f"{path}.part")
        self.writer.node("Shape", [value], [result], result, start=start, end=end)
        return result

    def _joined(self, name: str, *parts: str) -> str:
        result = self.writer.fresh(name)
        self.writer.node("Concat", parts, [result], result, axis=0)
        return result


def _name_outputs(writer: Writer, found: Mapping[str, str], inputs: set[str]) -> None:
    """Lets the last operator write each output under its name; what is an input or an output twice is copied."""
    made = {value for node in writer.nodes for value in node.output} - inputs
    renamed: dict[str, str] = {}
    copies: list[tuple[str, str]] = []
    for name, value in found.items():
        if value in made and value not in renamed:
            renamed[value] = name
        else:
            copies.append((name, value))
    for node in writer.nodes:
        for values in (node.input, node.output):
            for place, value in enumerate(values):
                if value in renamed:
                    values[place] = renamed[value]
    for name, value in copies:
        writer.node("Identity", [renamed.get(value, value)], [name], name)


def _model(
    writer: Writer,
    inputs: Mapping[str, Shape],
    outputs: Mapping[str, Shape],
    shapes: Mapping[str, Shape],
    aside: dict[str, Tensor] | None,
) -> onnx.ModelProto:
    made = {value for node in writer.nodes for value in node.output} - outputs.keys()
    model = onnx.ModelProto(ir_version=IR_VERSIONS[writer.opset])
    model.opset_import.append(helper.make_opsetid("", writer.opset))
    for domain, version in writer.domains.items():
        model.opset_import.append(helper.make_opsetid(domain, version))
    graph = model.graph
    graph.name = "network"
    graph.node.extend(writer.nodes)
    graph.input.extend(described(name, shape) for name, shape in inputs.items())
    graph.output.extend(described(name, shape) for name, shape in outputs.items())
    graph.value_info.extend(described(name, shape) for name, shape in shapes.items() if name in made)
    writer.write_tensors(graph, aside)
    return model


def described(name: str, shape: Shape) -> onnx.ValueInfoProto:
    """A value with its type and sizes; the batch and what is open bear names."""
    kind = TensorProto.INT64 if shape.values == "index" else TensorProto.FLOAT
    sizes = [_size(name, axis, size) for axis, size in enumerate(shape, start=1)]
    return helper.make_tensor_value_info(name, kind, [BATCH_AXIS, *sizes])


def _size(name: str, axis: int, size: Size) -> int | str:
    if isinstance(size, int):
        return size
    return str(size) if str(size).isidentifier() else f"{name}_{axis}"
