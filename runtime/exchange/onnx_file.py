"""Writing an ONNX file, and proving it equal to the network before it is kept.

The file takes what the network's Input nodes take: values that are already normalised. How they were normalised
stands in the file's ``metadata_props``: ``mean`` and ``std`` per channel, as JSON lists (x = (value − mean) / std).
Beside them stand ``classes``, the names in the order of the outputs. Inputs and outputs bear the names of their
nodes; the batch and every size left open are dynamic axes. A certificate of the proof stands beside the file.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import onnx
from torch import Tensor, nn

from nodes.boundary import Output
from nodes.graph.infer import infer
from nodes.graph.model import Graph
from nodes.spec.shapes import Shape
from runtime.data.dataset import Affine
from runtime.data.depth import BYTE
from runtime.exchange import ExportError
from runtime.exchange.example import fitting_sizes, input_shapes, random_inputs
from runtime.exchange.onnx import prepared, smaller
from runtime.exchange.onnx.beginning import first_difference
from runtime.exchange.onnx.build import build_model
from runtime.exchange.onnx.certificate import write_certificate
from runtime.exchange.onnx.light import filled, without_weights
from runtime.exchange.onnx.options import Options
from runtime.exchange.onnx.saved import kept
from runtime.exchange.onnx.speed import Speed, measure
from runtime.exchange.onnx.traced import first_line
from runtime.exchange.proof import (
    BATCHES,
    LEAST,
    NOTHING_WRITTEN,
    WORK,
    DiffersError,
    Proof,
    Run,
    prove,
    session_of,
)
from runtime.version import version

PLAIN = Options()
OPENED_ONCE = 2**28  # bytes of weights


@dataclass(frozen=True)
class Given:
    """What the data add to an export. ``samples`` are what the inputs take, by name: without them random numbers
    serve for the proof. ``calibration`` are samples of the training part, ``judged`` those that the cost of a
    smaller precision is measured on, ``labels`` their right classes; preparation is made of ``affine``, ``classes``
    and ``white`` (of pictures; None: not known)."""

    samples: Mapping[str, Tensor] = field(default_factory=dict)
    calibration: Mapping[str, Tensor] = field(default_factory=dict)
    judged: Mapping[str, Tensor] = field(default_factory=dict)
    labels: Tensor | None = None
    affine: Affine | None = None
    classes: Sequence[str] = ()
    white: float | None = BYTE


@dataclass(frozen=True)
class Written:
    """What was written: the proof, the speed, the operators, the checker's word, the cost of a smaller precision."""

    proof: Proof
    speed: Speed
    nodes: int
    checker: str
    cost: smaller.Cost | None
    certificate: Path


def export_onnx(
    graph: Graph,
    module: nn.Module,
    out: Path,
    samples: Mapping[str, Tensor] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Proof:
    """Writes the plain file, if it is proven: see ``write_model``."""
    return write_model(graph, module, out, Given(samples or {}), metadata or {}).proof


def write_model(
    graph: Graph, module: nn.Module, out: Path, given: Given, metadata: Mapping[str, Any], options: Options = PLAIN
) -> Written:
    """Writes file and certificate, if it is proven. ``module`` was built from ``graph``, in eval on the CPU.

    Raises ExportError, and NetworkFileError where a file cannot be written.
    """
    outputs = output_shapes(graph)
    if next(fitting_sizes(graph), None) is None:
        raise ExportError(
            "No sizes were found with which this network can be tried.", "Give its inputs whole numbers as sizes."
        )
    aside: dict[str, Tensor] = {}
    model = build_model(graph, module, outputs, options.opset, folded=options.folded, aside=aside)
    batches = plain_batches = list(_batches(graph, given.samples))
    names, core, calibration = tuple(outputs), model, given.calibration or given.samples
    if options.prepared:
        inputs = input_shapes(graph)
        preparation = prepared.require_prepared(inputs, outputs, given.affine, given.classes, given.white)
        model, names = prepared.with_preparation(core, preparation), (prepared.PROBABILITIES,)
        module = prepared.Prepared(module, preparation).eval()
        batches = [prepared.raw_batch(preparation, batch) for batch in plain_batches]
    _describe(model, metadata, options)
    checker = _checked(model)
    cost, fullest = None, _fullest(batches)
    with tempfile.TemporaryDirectory() as scratch:
        place = out if options.precision == "float32" else Path(scratch) / out.name
        with kept(model, place, options.largest_file, aside) as written:
            run, measured = _sessions(written, names, options, sum(value.nbytes for value in aside.values()))
            try:
                proof = prove(run, module, names, batches, real=bool(given.samples), allowed=options.tolerance)
            except DiffersError as error:
                raise _with_beginning(error, graph, module, filled(model, aside), options) from error
            speed = measure(measured, module, fullest, options.threads)
            plain = run if options.precision != "float32" else None
            del run, measured  # a file that is read cannot be moved everywhere
    if plain is not None:
        model = smaller.made_smaller(filled(core, aside), options.precision, calibration)
        model = prepared.with_preparation(model, preparation) if options.prepared else model
        _describe(model, metadata, options)
        checker = _checked(model)
        with kept(model, out, options.largest_file, {}) as written:
            judged = given.judged or given.samples or _fullest(plain_batches)
            judged = prepared.raw_batch(preparation, judged) if options.prepared else judged
            run, measured = _sessions(written, names, options)
            cost = smaller.cost_of(plain, run, judged, given.labels)
            speed = measure(measured, module, fullest, options.threads)
            del run, measured
    written_facts = Written(proof, speed, len(model.graph.node), checker, cost, Path())
    facts = _facts(written_facts, out, metadata, options)
    return dataclasses.replace(written_facts, certificate=write_certificate(out, facts))


def _sessions(written: Path, names: Sequence[str], options: Options, weight_bytes: int = 0) -> tuple[Run, Run]:
    """One for the proof, as quick as the machine is, and one on the threads that were chosen: the same where opening
    it again would take longer."""
    measured = session_of(written, names, options.threads)
    return (measured if weight_bytes > OPENED_ONCE else session_of(written, names)), measured


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


def _checked(model: onnx.ModelProto) -> str:
    """What the checker says of a file as it will be written, all but the numbers of its weights: those cannot make it
    invalid. Raises ExportError where it refuses."""
    try:
        onnx.checker.check_model(without_weights(model), full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ExportError(f"The ONNX file would not be valid: {first_line(error)}", NOTHING_WRITTEN) from error
    return f"passed, with every shape inferred (onnx {onnx.__version__})"


def _describe(model: onnx.ModelProto, metadata: Mapping[str, Any], options: Options) -> None:
    """Producer, title and all that a user of the file has to know."""
    model.producer_name, model.producer_version = "netwright", version()
    model.graph.name = str(metadata.get("title") or "network")
    del model.metadata_props[:]
    for name, value in metadata.items():
        model.metadata_props.add(key=name, value=value if isinstance(value, str) else json.dumps(value))
    if options.precision != "float32":
        model.metadata_props.add(key="precision", value=options.precision)


def _with_beginning(
    error: DiffersError, graph: Graph, module: nn.Module, model: onnx.ModelProto, options: Options
) -> ExportError:
    """The same refusal, with the node at which the difference begins."""
    inner, batch = module, error.batch
    if isinstance(module, prepared.Prepared):
        inner, batch = module.module, module.prepared_batch(error.batch)
    path = first_difference(graph, inner, model, batch, options.tolerance, error.batch)
    if not path:
        return error
    return ExportError(f"{error.fact} It begins at {path}.", error.remedy, path.partition(".")[0])


def _fullest(batches: Sequence[Mapping[str, Tensor]]) -> Mapping[str, Tensor]:
    return max(batches, key=lambda batch: max(map(len, batch.values()), default=0))


def _facts(written: Written, out: Path, metadata: Mapping[str, Any], options: Options) -> dict[str, Any]:
    proof = written.proof
    beside = out.with_name(f"{out.name}.data")
    return {
        "file": out.name,
        "title": metadata.get("title", ""),
        "is_trained": bool(metadata.get("trained")),
        "data_fingerprint": metadata.get("data_fingerprint", ""),
        "opset": options.opset,
        "precision": options.precision,
        "nodes": written.nodes,
        "onnx_bytes": out.stat().st_size + (beside.stat().st_size if beside.exists() else 0),
        "checker": written.checker,
        "tolerance": options.tolerance,
        "samples": proof.samples,
        "is_proven_on_data": proof.real,
        "outputs": dict(proof.outputs),
        "relative_differences": dict(proof.relatives),
        "mean_differences": dict(proof.means),
        "inputs": [{name: list(sizes) for name, sizes in batch.items()} for batch in proof.inputs],
        "speed": dataclasses.asdict(written.speed),
        "cost": dataclasses.asdict(written.cost) if written.cost else None,
    }


def _batches(graph: Graph, samples: Mapping[str, Tensor]) -> Iterator[Mapping[str, Tensor]]:
    """Batches for the proof: the data's samples, or random ones; more sizes where some are left open."""
    several = list(itertools.islice(fitting_sizes(graph), 3))
    if samples:
        there = len(next(iter(samples.values())))
        for count in dict.fromkeys(min(count, there) for count in _counts(graph, _sizes(graph, samples))):
            yield {name: value[-count:] for name, value in samples.items()}
        several = several if several != [{}] else []
    for sizes in several:
        for count in _counts(graph, sizes):
            yield random_inputs(graph, count, sizes)


def _counts(graph: Graph, sizes: Mapping[str, int]) -> list[int]:
    """How many samples each batch has: of the last one as many as can be computed soon."""
    given = {name: shape.at(sizes) for name, shape in input_shapes(graph).items()}
    work = infer(graph, given=given).totals.multiply_adds
    most = max(LEAST, int(WORK // work)) if isinstance(work, int) and work else BATCHES[-1]
    return [min(count, most) for count in BATCHES]


def _sizes(graph: Graph, samples: Mapping[str, Tensor]) -> dict[str, int]:
    """What the samples have where the inputs leave a size open."""
    return {
        str(size): there
        for name, shape in input_shapes(graph).items()
        for size, there in zip(shape, samples[name].shape[1:], strict=True)
        if not isinstance(size, int)
    }
