"""``netwright crossvalidate``: the folds as a table, with mean and deviation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from runtime import reports, runs
from runtime.command_options import Json, Settings, Trust
from runtime.counted import counted
from runtime.fresh import fresh_folder
from runtime.given_network import assigned_settings, given_network

if TYPE_CHECKING:
    from runtime.folds import Report

MOST_COLUMNS = 8  # of folds, in a terminal


def crossvalidate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A network file (.netw).", show_default=False)],
    folds: Annotated[int, typer.Option(min=2, max=100, help="How many; each is validated once.")] = 5,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Their folder; folds begun there are gone on with.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Instead of the recipe's.", show_default=False)] = None,
    settings: Settings = None,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Train a network once for each fold of its data, and show mean ± deviation of its metrics."""
    from runtime.crossvalidate import begin, cross_validate

    network = given_network(file, assigned_settings(epochs, settings), trust=trust)
    folder = out or fresh_folder(Path("folds"), file.stem)
    state = begin(folder, network, folds)
    console = Console(stderr=as_json)

    def hear(fold: int, entry: runs.Entry) -> None:
        if not as_json and isinstance(entry, runs.Finished):
            console.print(
                f"Fold {fold} of {folds}: {counted(entry.step, 'step')} in {entry.seconds:.1f} s", highlight=False
            )

    report = cross_validate(folder, state, hear)
    if as_json:
        reports.print_json({"folder": str(folder), **msgspec.to_builtins(report)})
    else:
        print_report(console, report, folder)


def print_report(console: Console, report: Report, folder: Path) -> None:
    """A row for each metric: mean ± deviation, and the folds, as many as there is room for."""
    table = Table(box=None, pad_edge=False)
    table.add_column("metric")
    for title in ("mean", "", "deviation", *(f"fold {score.fold}" for score in report.scores[:MOST_COLUMNS])):
        table.add_column(title, justify="right")
    for part in ("validation", "test"):
        for name, spread in getattr(report, part).items():
            values = [f"{getattr(score, part)[name]:.4g}" for score in report.scores[:MOST_COLUMNS]]
            table.add_row(f"{part} {name}", f"{spread.mean:.4g}", "±", f"{spread.deviation:.2g}", *values)
    console.print(table)
    missing = report.folds - len(report.scores)
    if missing:
        console.print(f"{missing} folds are not done. The same command with --out {folder} goes on.", highlight=False)
    console.print(f"Runs and table: {folder}", highlight=False, markup=False, soft_wrap=True)
