"""Every form a network can be taken away in, by its name, and what was written in sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nodes.graph.figures import figure, moment
from nodes.spec.sizes import grouped
from runtime.exchange import ExportError
from runtime.exchange.layer_texts import write_figure, write_layer_table
from runtime.exchange.onnx.certificate import cost_in_words
from runtime.exchange.onnx.options import Options
from runtime.exchange.script.write import write_script
from runtime.exchange.subject import Subject, require_place, write_onnx, write_python
from runtime.exchange.torch_files import write_program, write_weights
from runtime.questions.exchange import SUFFIXES, Kind


@dataclass(frozen=True)
class Wishes:
    """What was chosen: for ONNX as in ``Options``; ``with_weights`` for source."""

    opset: int = 20
    folded: bool = False
    prepared: bool = False
    precision: str = "float32"
    threads: int = 1
    with_weights: bool = True


def write(subject: Subject, kind: Kind, out: Path, wishes: Wishes) -> dict[str, Any]:
    """Writes the file; the report has ``lines`` for people. Raises ExportError and what the writers raise."""
    require_place(out)
    if out.suffix.lower() not in SUFFIXES[kind]:
        endings = " or ".join(SUFFIXES[kind])
        raise ExportError(f"{out.name} does not end in {endings}.", f"Name it {out.stem}{SUFFIXES[kind][0]}.")
    report = WRITERS[kind](subject, out, wishes)
    if kind in ("onnx", "program", "weights") or report.get("weights_path"):
        report["lines"] += filter(None, [subject.beginning])
    return report


def _onnx(subject: Subject, out: Path, wishes: Wishes) -> dict[str, Any]:
    options = Options(
        opset=wishes.opset, folded=wishes.folded, prepared=wishes.prepared, precision=wishes.precision,
        threads=wishes.threads,
    )  # fmt: skip
    report = write_onnx(subject, out, options)
    speed = report["speed"]
    threads = "one thread" if wishes.threads == 1 else f"{wishes.threads} threads"
    on = "samples of the data" if report["is_proven_on_data"] else "random samples"
    ours, theirs = (moment(speed[key] / 1_000) for key in ("onnx_ms", "torch_ms"))
    what = "" if wishes.precision == "float32" else ", before it was made smaller"
    lines = [
        f"Proof on {report['samples']} {on}{what}: onnxruntime and PyTorch differ by at most "
        f"{figure(report['proof_max_abs_diff'], 2)}.",
        f"Checked; opset {wishes.opset}, {report['nodes']} operators.",
        f"One sample takes {ours} in onnxruntime and {theirs} in PyTorch on {threads}; "
        f"{grouped(round(speed['onnx_samples_per_second']))} samples a second in batches of {speed['batch']}.",
    ]
    if report["cost"]:
        lines.insert(1, cost_in_words(wishes.precision, report["cost"]))
    lines.append(f"The certificate is {Path(report['certificate_path']).name}, beside it.")
    return report | {"lines": lines}


def _python(subject: Subject, out: Path, wishes: Wishes) -> dict[str, Any]:
    report = write_python(subject, out, with_weights=wishes.with_weights)
    lines = [f"The class is {report['class_name']}; it needs PyTorch alone."]
    if report["weights_path"]:
        lines.append(f"Its weights: {Path(report['weights_path']).name}, beside it.")
    return report | {"lines": lines}


def _script(subject: Subject, out: Path, wishes: Wishes) -> dict[str, Any]:
    report = write_script(subject.network, subject.dataset, out, subject.base)
    lines = [f"Its samples and learning rates: {Path(report['data_path']).name}, beside it."]
    if report["left_out"]:
        lines.append(f"Not repeated: {', '.join(report['left_out'])}.")
    return report | {"lines": lines}


def _program(subject: Subject, out: Path, wishes: Wishes) -> dict[str, Any]:
    largest = write_program(subject.network.graph, subject.module, out)
    return {
        "program_path": str(out),
        "program_max_abs_diff": largest,
        "lines": [f"Loaded again, it differs from the network by at most {largest:.1e}."],
    }


def _weights(subject: Subject, out: Path, wishes: Wishes) -> dict[str, Any]:
    name = write_weights(subject.network.graph, subject.module, out)
    words = f"The names are those of torchvision's {name}." if name else "The names are those of the nodes."
    return {"state_path": str(out), "torchvision": name, "lines": [words]}


def _figure(subject: Subject, out: Path, wishes: Wishes) -> dict[str, Any]:
    write_figure(subject.network.graph, subject.network.title or "Network", out)
    return {"figure_path": str(out), "lines": ["A document that pdflatex or lualatex turns into a picture."]}


def _table(subject: Subject, out: Path, wishes: Wishes) -> dict[str, Any]:
    write_layer_table(subject.network.graph, out)
    return {"table_path": str(out), "lines": ["Every layer, those within blocks too, and the totals."]}


WRITERS: dict[Kind, Callable[[Subject, Path, Wishes], dict[str, Any]]] = {
    "onnx": _onnx,
    "python": _python,
    "script": _script,
    "notebook": _script,
    "program": _program,
    "weights": _weights,
    "figure": _figure,
    "table": _table,
}
