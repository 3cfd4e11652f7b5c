"""``netwright report``: one run, or several beside each other, as a file to read and keep."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from runtime import reports


def report(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Folders of runs.", show_default=False)],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="An .html or .md file to write.")],
    as_json: Annotated[bool, typer.Option("--json", help="Report as one JSON object.")] = False,
) -> None:
    """Write a report: results, curves, drawing, layers, recipe, data, environment, and how to repeat it."""
    from runtime.report.writing import write_report

    path = write_report(runs, out)
    told = {"path": str(path), "runs": len(runs), "size_bytes": path.stat().st_size}
    reports.print_json(told) if as_json else typer.echo(f"{path}: {told['size_bytes']:,} bytes")
