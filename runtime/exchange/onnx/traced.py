"""What no rule writes: PyTorch's own exporter, for a whole module or for a single node within a model."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence

import onnx
import torch
from onnx import inliner, numpy_helper
from torch import Tensor, nn

from nodes.boundary import Input, Output
from nodes.graph.model import Graph, Link, Node
from nodes.spec.shapes import Shape
from nodes.spec.sizes import Unknown
from runtime.compile import compile_text
from runtime.exchange import ExportError
from runtime.exchange.boxes_onnx import translations
from runtime.exchange.onnx.rules import Place
from runtime.exchange.recurrent_onnx import with_onnx_recurrence
from runtime.source import write_source

BATCH = 3  # of the example that is traced
SIZES = 28  # of what is open, where the network has told nothing better


def trace(
    module: nn.Module, inputs: Mapping[str, tuple[Shape, Tensor]], outputs: Sequence[str], opset: int
) -> onnx.ModelProto:
    """A module as ``torch.onnx.export`` writes it. Raises ExportError with its reason."""
    try:
        with silence(), torch.no_grad():
            program = torch.onnx.export(
                with_onnx_recurrence(module),
                tuple(value for _, value in inputs.values()),
                dynamo=True,
                input_names=list(inputs),
                output_names=list(outputs),
                dynamic_shapes=tuple(_axes(shape) for shape, _ in inputs.values()),
                opset_version=opset,
                custom_translation_table=translations(),
                verbose=False,
            )
    except torch.onnx.OnnxExporterError as error:
        raise ExportError(
            f"PyTorch could not express this network in ONNX: {first_line(error)}", "Export as Python instead."
        ) from error
    assert program is not None
    model: onnx.ModelProto = program.model_proto
    return model


def traced_node(here: Place, outputs: Mapping[str, Shape], sizes: Mapping[str, int]) -> list[str]:
    """Writes one node by ``torch.onnx.export``, its operators under the node's name. Raises ExportError."""
    module, wired = _alone(here)
    example = {port: (shape, _example(shape, sizes)) for port, (shape, _) in wired.items()}
    ports = [port for port in outputs if port in here.used]
    with torch.no_grad():
        module.eval()
    try:
        model = trace(module, example, [f"out_{port}" for port in ports], here.opset)
    except ExportError as error:
        raise ExportError(f"{here.path}: {error.fact}", error.remedy, here.path.partition(".")[0]) from error
    inputs = {port: value for port, (_, value) in wired.items()}
    results = merged(here, model, inputs, {f"out_{port}": port for port in ports})
    return [results.get(port, "") for port in outputs]


def _alone(here: Place) -> tuple[nn.Module, dict[str, tuple[Shape, str]]]:
    """A network of this node alone with its own layer in it, and what its inputs stand for."""
    graph = Graph().with_node("layer", Node(here.settings))
    wired: dict[str, tuple[Shape, str]] = {}
    given: dict[str, Shape] = {}
    known: dict[str, str] = {}
    ports = here.settings.inputs()
    for number, (value, shape) in enumerate(zip(here.values, here.shapes, strict=True)):
        if value is None or shape is None:
            continue
        port = f"{ports[0].name}{number + 1}" if ports and ports[0].variadic else ports[number].name
        name = known.get(value, f"in_{port}")
        if value not in known:
            known[value], given[name], wired[name] = name, shape, (shape, value)
            graph = graph.with_node(name, Node(Input()))
        graph = graph.with_link(Link(name, "output", "layer", port))
    for port in here.used:
        graph = graph.with_node(f"out_{port}", Node(Output())).with_link(Link("layer", port, f"out_{port}", "x"))
    source = write_source(graph, given=given)
    module = compile_text(source.text, source.class_name)()
    if here.layer is not None:
        module.layer = here.layer
    return module, {name: wired[name] for name in source.inputs}


def _example(shape: Shape, sizes: Mapping[str, int]) -> Tensor:
    values = {name: sizes.get(name, SIZES) for name in shape.names()}
    full = (BATCH, *(int(size) for size in shape.at(values)))  # type: ignore[arg-type]
    return torch.zeros(full, dtype=torch.long) if shape.values == "index" else torch.rand(full)


def merged(
    here: Place, model: onnx.ModelProto, inputs: Mapping[str, str], outputs: Mapping[str, str]
) -> dict[str, str]:
    """Puts the operators of a model into the one being written: constants as initialisers, no Identity.

    ``inputs`` are values of the file by those of the model, ``outputs`` ports by them. Gives values by port.
    """
    if model.functions:
        model = inliner.inline_local_functions(model)
    names: dict[str, str] = {"": "", **inputs}
    writer = here.writer

    def inner(value: str) -> str:
        return _plain(value.removeprefix(f"{here.path}."))

    for tensor in model.graph.initializer:
        names[tensor.name] = here.weight("", _as_torch(tensor), inner(tensor.name))
    own = next(iter(outputs)) if len(outputs) == 1 else ""
    for node in model.graph.node:
        if node.op_type == "Identity":
            names[node.output[0]] = names[node.input[0]]
            continue
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            names[node.output[0]] = here.weight("", _as_torch(node.attribute[0].t), inner(node.output[0]))
            continue
        for value in node.output:
            if value:
                part = outputs[value] if value in outputs else inner(value)
                names[value] = here.named("" if value == own else part)
        kept = onnx.NodeProto()
        kept.CopyFrom(node)
        kept.input[:] = [names[value] for value in node.input]
        kept.output[:] = [names[value] for value in node.output]
        kept.name = next((value for value in kept.output if value), here.path)
        kept.doc_string = ""
        del kept.metadata_props[:]
        for attribute in kept.attribute:
            _rename_inside(attribute, names)
        writer.nodes.append(kept)
    for opset in model.opset_import:
        if opset.domain and any(node.domain == opset.domain for node in model.graph.node):
            writer.domains[opset.domain] = opset.version
    return {port: names[value] for value, port in outputs.items()}


def _rename_inside(attribute: onnx.AttributeProto, names: Mapping[str, str]) -> None:
    """Values from outside that the body of a loop or a branch reads."""
    if attribute.type != onnx.AttributeProto.GRAPH:
        return
    for node in attribute.g.node:
        node.input[:] = [names.get(value, value) for value in node.input]
        for inner in node.attribute:
            _rename_inside(inner, names)


def _as_torch(tensor: onnx.TensorProto) -> Tensor:
    return torch.from_numpy(numpy_helper.to_array(tensor).copy())


def _plain(name: str) -> str:
    return name.replace("/", "_").replace(":", "_").removeprefix("layer.")


def _axes(shape: Shape) -> dict[int, str]:
    """The dynamic axes of an input: the batch, and every size that is a name."""
    found: dict[int, str] = {0: "batch"}
    for axis, size in enumerate(shape, start=1):
        if isinstance(size, Unknown):
            found[axis] = str(size) if str(size).isidentifier() else f"size_{abs(hash(str(size)))}"
    return found


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """torch.onnx reports its steps on stdout, and warns and logs about its own insides, which no user can mend."""
    loggers = [logging.getLogger(name) for name in ("torch.export", "torch.onnx", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loggers]
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


def first_line(error: BaseException) -> str:
    """The innermost reason, as one sentence."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines: Sequence[str] = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__).rstrip(".") + "."
