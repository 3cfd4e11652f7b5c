"""What the commands print: tables for people, one JSON object for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from nodes.catalogue import catalogue
from nodes.graph.check import Problem
from nodes.graph.infer import Facts, Inference, Receptive, Sight
from nodes.graph.model import Graph
from nodes.spec.node_type import setting_kinds
from nodes.spec.sizes import Size

THIN = "\u2009"
MARKS = {"error": "red", "warning": "yellow", "remark": "dim"}


def print_json(report: dict[str, Any]) -> None:
    """One object, on stdout."""
    Console(soft_wrap=True, highlight=False, markup=False).out(json.dumps(report, ensure_ascii=False))


def grouped(size: Size) -> str:
    """A count as people read it: 61 706."""
    return f"{size:,}".replace(",", THIN) if isinstance(size, int) else str(size)


def memory(count: int) -> str:
    """Bytes in the unit that suits them."""
    for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"


def check_report(graph: Graph, inference: Inference, problems: Sequence[Problem]) -> dict[str, Any]:
    """Layers, totals and problems, for ``--json``."""
    totals = inference.totals
    return {
        "nodes": [_node_entry(graph, name, inference.facts[name]) for name in _in_order(graph)],
        "weights": totals.weights,
        "multiply_adds": _plain(totals.multiply_adds),
        "activation_bytes": _plain(totals.activation_bytes),
        "problems": [
            {"severity": p.severity, "node": p.node, "fact": p.fact, "remedy": p.remedy, "parameter": p.parameter}
            for p in problems
        ],
    }


def print_layers(console: Console, graph: Graph, inference: Inference) -> None:
    """The layer table, with totals."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title, justify in (("Node", "left"), ("Type", "left"), ("Output", "left")):
        table.add_column(title, justify=justify)  # type: ignore[arg-type]
    for title in ("Weights", "Multiply-adds", "Sees"):
        table.add_column(title, justify="right")
    for name in _in_order(graph):
        facts, settings = inference.facts[name], graph.nodes[name].settings
        table.add_row(
            name,
            settings.torch_name,
            ", ".join(map(str, facts.outputs.values())) or "?",
            grouped(facts.weight_count) if facts.weight_count else "",
            grouped(facts.multiply_adds) if facts.multiply_adds else "",
            _seen(facts.sight),
        )
    totals = inference.totals
    table.add_section()
    table.add_row("Total", "", "", grouped(totals.weights), grouped(totals.multiply_adds), "", style="bold")
    console.print(table)
    if isinstance(totals.activation_bytes, int):
        console.print(f"Values of one sample: {memory(totals.activation_bytes)}", style="dim")


def print_problems(console: Console, problems: Iterable[Problem]) -> None:
    """Each problem with its remedy, errors first."""
    for problem in problems:
        console.print(f"{problem.severity}: ", style=MARKS[problem.severity], end="")
        console.print(str(problem), markup=False, highlight=False, soft_wrap=True)


def print_export(console: Console, report: Mapping[str, Any]) -> None:
    """What was written, and how well it was proven."""
    if "onnx_path" in report:
        on = "samples of the data" if report["is_proven_on_data"] else "random samples"
        console.print(
            f"{report['onnx_path']}: {report['onnx_bytes'] / 1024:,.1f} KiB",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
        console.print(
            f"Proof on {report['samples']} {on}: onnxruntime and PyTorch differ by at most "
            f"{report['proof_max_abs_diff']:.1e}.",
            highlight=False,
            soft_wrap=True,
        )
        if not report["is_trained"]:
            console.print("The weights are fresh ones: a network file was exported, not a run.", soft_wrap=True)
    if "python_path" in report:
        weights = f", with its weights in {report['weights_path']}" if report["weights_path"] else ""
        console.print(
            f"{report['python_path']}: class {report['class_name']}{weights}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )


def print_predictions(console: Console, found: Iterable[Mapping[str, Any]]) -> None:
    """The class of each picture, or the numbers of a network that does not classify."""
    for entry in found:
        if "class_name" in entry:
            line = f"{entry['file']}: {entry['class_name']} ({entry['probability']:.1%})"
        else:
            line = f"{entry['file']}: {entry['outputs']}"
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def nodes_report() -> dict[str, Any]:
    """The catalogue, for ``--json``."""
    return {
        "nodes": [
            {
                "type": declared.type_id,
                "title": declared.title,
                "family": declared.family,
                "torch_name": declared.torch_name,
                "doc": declared.doc(),
                "settings": {
                    name: {"kind": type(kind).__name__.lower(), "doc": kind.doc, "unit": kind.unit}
                    for name, kind in setting_kinds(declared).items()
                },
            }
            for declared in catalogue()
        ]
    }


def print_nodes(console: Console) -> None:
    """The catalogue: a line for each node type."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("Type", "Family", "What it does"):
        table.add_column(title, no_wrap=title != "What it does")
    for declared in catalogue():
        table.add_row(declared.type_id, declared.family, declared.headline())
    console.print(table)


def _in_order(graph: Graph) -> list[str]:
    """Every node, each after what it depends on; those on a cycle at the end."""
    order = list(graph.topology.order)
    return order + [name for name in graph.nodes if name not in graph.topology.order]


def _node_entry(graph: Graph, name: str, facts: Facts) -> dict[str, Any]:
    return {
        "name": name,
        "type": graph.nodes[name].settings.type_id,
        "output_shapes": {port: [_plain(size) for size in shape] for port, shape in facts.outputs.items()},
        "weights": facts.weight_count,
        "multiply_adds": _plain(facts.multiply_adds),
        "activation_bytes": _plain(facts.activation_bytes),
        "receptive_field": list(facts.sight.size) if isinstance(facts.sight, Receptive) else facts.sight,
    }


def _plain(size: Size) -> int | str:
    return size if isinstance(size, int) else str(size)


def _seen(sight: Sight) -> str:
    if isinstance(sight, Receptive):
        return " × ".join(map(str, sight.size))
    return sight or ""
