"""An imported network: the document, its weights by node, and the report of what became what."""

from __future__ import annotations

import os
import re
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import Tensor

from nodes.activation import LogSoftmax, Softmax
from nodes.block import Block
from nodes.boundary import Input
from nodes.code import PythonCode
from nodes.graph.check import problems
from nodes.graph.files import put_in_place, save
from nodes.graph.infer import infer
from nodes.graph.model import Graph, Network
from nodes.loss import CrossEntropyLoss
from nodes.loss_classes import NLLLoss
from nodes.opaque import OpaqueOnnx
from runtime.exchange.importing.drawing import Drawing, Value
from runtime.exchange.importing.grouping import as_graph
from runtime.faults import RefusalError

AVERAGES = ("running_mean", "running_var", "num_batches_tracked")


@dataclass(frozen=True)
class Imported:
    """``weights`` are empty where only the drawing was asked for; ``report`` is as programs read it."""

    network: Network
    weights: Mapping[str, Tensor]
    report: Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """What an importer says beside the drawing: sentences, and how often each operator was folded away."""

    notes: Sequence[str] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)  # operator -> why it has no node
    folded: Mapping[str, int] = field(default_factory=dict)


def finished(drawing: Drawing, title: str, told: Told, with_weights: bool = True) -> Imported:
    """The document of a drawing: with blocks, laid out, checked, and a loss where classes come out."""
    _judge(drawing)
    scope = as_graph(drawing)
    network = Network(scope.graph, title=title[:200], notes="\n".join(told.notes)[:4000])
    return Imported(network, scope.weights if with_weights else {}, _report(drawing, network, scope.weights, told))


def _judge(drawing: Drawing) -> None:
    """Adds a loss of classes where the only output is a vector, before a softmax that ends the network."""
    values = list(drawing.results.values())
    if len(values) != 1 or values[0].shape.axes != "C" or not values[0].shape.is_known or values[0].shape[0] == 1:
        return
    value = values[0]
    item = drawing.items[value.item]
    if isinstance(item.settings, LogSoftmax):
        drawing.add(NLLLoss(), [value], origin="loss")
    else:
        judged: Value = item.inputs["x"] if isinstance(item.settings, Softmax) else value
        drawing.add(CrossEntropyLoss(), [judged], origin="loss")


def _report(drawing: Drawing, network: Network, weights: Mapping[str, Tensor], told: Told) -> dict[str, Any]:
    inference = infer(network.graph)
    said = [item for item in drawing.items if item.origin not in ("input", "loss")]
    became = Counter((item.origin.partition(":")[0], item.settings.torch_name) for item in said)
    opaque = [item for item in said if isinstance(item.settings, OpaqueOnnx)]
    code = [item for item in said if isinstance(item.settings, PythonCode)]
    found = problems(network.graph, inference)
    return {
        "title": network.title,
        "nodes": len(drawing.items),
        "blocks": blocks_in(network.graph),
        "weights": trained_numbers(weights),
        "inputs": {
            name: [str(size) for size in inference.facts[name].outputs["output"]]
            for name, node in network.graph.nodes.items()
            if isinstance(node.settings, Input)
        },
        "became": [{"from": one, "to": other, "count": count} for (one, other), count in became.items()],
        "opaque": [item.settings.summary() for item in opaque],
        "python_code": [item.origin for item in code],
        "reasons": {name.strip(): reason for name, reason in told.reasons.items()} if opaque else {},
        "folded": dict(told.folded),
        "problems": [f"{p.node}: {p.fact}" for p in found if p.severity == "error"],
        "notes": list(told.notes),
    }


def trained_numbers(weights: Mapping[str, Tensor]) -> int:
    """How many numbers are trained: running averages are not."""
    return sum(value.numel() for name, value in weights.items() if name.rpartition(".")[2] not in AVERAGES)


def blocks_in(graph: Graph) -> int:
    """How many blocks there are, those within others too."""
    inner = [node.settings for node in graph.nodes.values() if isinstance(node.settings, Block)]
    return len(inner) + sum(blocks_in(block.body) for block in inner)


def write(imported: Imported, out: Path) -> dict[str, Any]:
    """Saves the network, its weights beside it, and lets the recipe start from them. Gives the whole report.

    Raises NetworkFileError, RefusalError.
    """
    out = out if out.suffix == ".netw" else out.with_name(f"{out.name}.netw")
    if not out.parent.is_dir():
        raise RefusalError(f"There is no folder {out.parent}.", "Make it, or choose another one.")
    network, beside = imported.network, None
    if imported.weights:
        beside = out.with_suffix(".safetensors")
        _write_weights(imported.weights, beside)
        network = replace(network, recipe={**network.recipe, "start_from": beside.name})
    save(network, out)
    return {**imported.report, "path": str(out), "weights_path": str(beside or "")}


def _write_weights(weights: Mapping[str, Tensor], path: Path) -> None:
    seen: set[int] = set()
    whole: dict[str, Tensor] = {}
    for name, value in weights.items():
        kept = value.detach().contiguous()
        whole[name] = kept.clone() if kept.data_ptr() in seen else kept
        seen.add(kept.data_ptr())
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    try:
        save_file(whole, temporary)
        put_in_place(Path(temporary), path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise RefusalError(
            f"{path} cannot be written: {error.strerror}.", "Choose another folder, or make room."
        ) from None


def title_of(words: str) -> str:
    """``light_resnet50`` as ``light resnet50``."""
    return re.sub(r"[_\s]+", " ", words).strip()[:80] or "Imported"
