"""``netwright import``: a network of somewhere else as a drawing, with its weights beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from runtime import reports


def import_network(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="model.onnx, torchvision:resnet50, module.py:ClassName or program.pt2.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="The network file to write.", show_default=False)
    ],
    weights: Annotated[
        str, typer.Option(metavar="trained|none|FILE", help="Weights for torchvision's networks and Python classes.")
    ] = "trained",
    size: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            metavar="SIZES",
            help="Sizes of one sample, such as 3,224,224; of a Python class for each input, indices:20 for a text.",
            show_default=False,
        ),
    ] = None,
    trust: Annotated[bool, typer.Option("--trust", help="Run the Python code that is imported.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Report as one JSON object.")] = False,
) -> None:
    """Import a network: an ONNX file, one of torchvision's, a class of a Python file."""
    from runtime.exchange.importing.imported import write
    from runtime.exchange.importing.sample_shapes import shapes_in
    from runtime.exchange.importing.sources import import_source

    report = write(import_source(source, weights, trust=trust, inputs=shapes_in(size or ())), out)
    if as_json:
        reports.print_json(report)
    else:
        typer.echo("\n".join(lines_of(report)))


def lines_of(report: Mapping[str, Any]) -> list[str]:
    """The report in words."""
    lines = [
        f"{report['title']}: {report['nodes']:,} nodes, {report['blocks']:,} blocks, {report['weights']:,} weights.",
        *report["notes"],
    ]
    lines += [f"{row['count']:>6} {row['from']} became {row['to']}" for row in report["became"]]
    if report["folded"]:
        folded = ", ".join(f"{count} {name}" for name, count in report["folded"].items())
        lines.append(f"Worked out at import, so no nodes: {folded}.")
    if report["opaque"]:
        parts = ", ".join(report["opaque"])
        lines.append(f"Not said by nodes, run by onnxruntime and not trained: {parts}.")
        lines += [f"       {name}: {reason}." for name, reason in report["reasons"].items()]
    if report["python_code"]:
        lines.append(f"Kept as Python code: {len(report['python_code'])} parts.")
    lines += [f"Problem at {problem}" for problem in report["problems"]]
    lines.append(f"Network: {report['path']}")
    if report["weights_path"]:
        lines.append(f"Weights: {report['weights_path']}")
    return lines
