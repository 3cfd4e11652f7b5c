"""Writing an ONNX file, and proving it equal to the network before it is kept.

The file takes what the network's Input nodes take: values that are already normalised. How they were normalised
stands in the file's ``metadata_props``: ``mean`` and ``std`` per channel, as JSON lists (x = (value − mean) / std).
Beside them stand ``classes``, the names in the order of the outputs. Inputs and outputs bear the names of their
nodes; the batch and every size left open are dynamic axes.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from nodes.boundary import Output
from nodes.graph.files import write_atomically
from nodes.graph.infer import infer
from nodes.graph.model import Graph
from nodes.spec.shapes import Shape
from nodes.spec.sizes import Unknown
from runtime.exchange import ExportError
from runtime.exchange.boxes_onnx import translations
from runtime.exchange.example import fitting_sizes, input_shapes, random_inputs
from runtime.exchange.proof import BATCHES, NOTHING_WRITTEN, WORK, Proof, prove
from runtime.exchange.recurrent_onnx import with_onnx_recurrence
from runtime.version import version

OPSET, IR_VERSION = 20, 10  # read by onnxruntime from 1.18 on
BATCH_AXIS = "batch"


def export_onnx(
    graph: Graph,
    module: nn.Module,
    out: Path,
    samples: Mapping[str, Tensor] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Proof:
    """Writes the file, if it is proven. ``module`` was built from ``graph`` and is in eval on the CPU;
    ``samples`` are what the inputs take, by name: without them random numbers serve for the proof.

    Raises ExportError, and NetworkFileError where the file cannot be written.
    """
    outputs = output_shapes(graph)
    model = _traced(graph, module, outputs)
    for name, value in (metadata or {}).items():
        model.metadata_props.add(key=name, value=value if isinstance(value, str) else json.dumps(value))
    try:
        data = model.SerializeToString()
    except ValueError:
        raise ExportError(
            "The network has more than 2 GB of weights, which one ONNX file cannot hold.", "Export as Python."
        ) from None
    try:
        onnx.checker.check_model(data, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ExportError(f"The ONNX file would not be valid: {_first_line(error)}", NOTHING_WRITTEN) from error
    proof = prove(data, module, tuple(outputs), _batches(graph, samples or {}), real=bool(samples))
    write_atomically(out, data)
    return proof


def output_shapes(graph: Graph) -> dict[str, Shape]:
    """The shape of every Output node. Raises ExportError where one is not known, or there is none."""
    facts = infer(graph).facts
    found: dict[str, Shape] = {}
    for name, node in graph.nodes.items():
        if isinstance(node.settings, Output):
            if not facts[name].outputs:
                raise ExportError(
                    f"The shape of {name} is not known.", "Mend the problems of the network first.", name
                )
            found[name] = facts[name].outputs["output"]
    if not found:
        raise ExportError("The network has no output.", "Add an Output node after the layer to export.")
    return found


def _traced(graph: Graph, module: nn.Module, outputs: Mapping[str, Shape]) -> onnx.ModelProto:
    shapes = input_shapes(graph)
    sizes = next(fitting_sizes(graph), None)
    if sizes is None:
        raise ExportError(
            "No sizes were found with which this network can be tried.", "Give its inputs whole numbers as sizes."
        )
    example = random_inputs(graph, 3, sizes)
    try:
        with _silence(), torch.no_grad():
            program = torch.onnx.export(
                with_onnx_recurrence(module),
                tuple(example.values()),
                dynamo=True,
                input_names=list(shapes),
                output_names=list(outputs),
                dynamic_shapes=tuple(_axes(shape) for shape in shapes.values()),
                opset_version=OPSET,
                custom_translation_table=translations(),
                verbose=False,
            )
    except torch.onnx.OnnxExporterError as error:
        raise ExportError(
            f"PyTorch could not express this network in ONNX: {_first_line(error)}", "Export as Python instead."
        ) from error
    assert program is not None
    model: onnx.ModelProto = program.model_proto
    _settle(model, outputs)
    return model


def _axes(shape: Shape) -> dict[int, str]:
    """The dynamic axes of an input: the batch, and every size that is a name."""
    return {0: BATCH_AXIS} | {
        axis: str(size) for axis, size in enumerate(shape, start=1) if isinstance(size, Unknown)
    }


def _settle(model: onnx.ModelProto, outputs: Mapping[str, Shape]) -> None:
    """Version, producer and the axes of the outputs, which torch may have fixed to those of the example."""
    model.ir_version, model.doc_string = IR_VERSION, ""
    model.producer_name, model.producer_version = "netwright", version()
    for value in model.graph.output:
        dims = value.type.tensor_type.shape.dim
        for axis, (dim, size) in enumerate(zip(dims, (BATCH_AXIS, *outputs[value.name]), strict=True)):
            if isinstance(size, int):
                dim.dim_value = size
            elif axis == 0 or not dim.dim_param:
                dim.dim_param = str(size) if str(size).isidentifier() else f"{value.name}_{axis}"


def _batches(graph: Graph, samples: Mapping[str, Tensor]) -> Iterator[Mapping[str, Tensor]]:
    """Batches for the proof: the data's samples, or random ones; more sizes where some are left open."""
    work = infer(graph).totals.multiply_adds
    counts = [n for n in BATCHES if n == 1 or not isinstance(work, int) or n * work <= WORK]
    several = list(itertools.islice(fitting_sizes(graph), 3))
    if samples:
        there = len(next(iter(samples.values())))
        for count in dict.fromkeys(min(count, there) for count in counts):
            yield {name: value[-count:] for name, value in samples.items()}
        several = several if several != [{}] else []
    for sizes in several:
        for count in counts:
            yield random_inputs(graph, count, sizes)


@contextlib.contextmanager
def _silence() -> Iterator[None]:
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


def _first_line(error: BaseException) -> str:
    """The innermost reason, as one sentence."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines: Sequence[str] = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__).rstrip(".") + "."
