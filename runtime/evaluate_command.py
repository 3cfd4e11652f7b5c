"""``netwright evaluate``: what runs and snapshots score on data that they were not trained on, alone and as one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from runtime import reports
from runtime.command_options import Json
from runtime.faults import RefusalError
from runtime.recipe_parts.words import SHARES, TOP_ACCURACIES
from runtime.stopping import words_of
from runtime.trust import trust_file

TOLD = ("loss", "accuracy", *TOP_ACCURACIES, "auroc", "iou", "perplexity", "bleu", "mse", "r2")  # where measured
COMBINATIONS = ("probabilities", "logits", "votes")
PARTS = ("test", "validation", "train")


def evaluate(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN...",
            help="Folders of runs, files of weights in them, or a network file with recipe.start_from.",
            show_default=False,
        ),
    ],
    combine: Annotated[
        str, typer.Option(help="How several answer as one: probabilities, logits or votes.")
    ] = "probabilities",
    part: Annotated[str, typer.Option(help="Of the data: test, validation or train.")] = "test",
    snapshots: Annotated[bool, typer.Option("--snapshots", help="All snapshots of each run.")] = False,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="As in the file: data.source=../mnist.")
    ] = None,
    trust: Annotated[bool, typer.Option("--trust", help="Run the Python code that came with them.")] = False,
    as_json: Json = False,
) -> None:
    """Measure trained networks on their test data, each by itself and several as one ensemble."""
    for given, known, option in ((combine, COMBINATIONS, "--combine"), (part, PARTS, "--part")):
        if given not in known:
            raise RefusalError(f"{option} is {given}.", f"Choose {', '.join(known)}.")
    from runtime.evaluate_runs import Members, evaluated

    if trust:
        for path in runs:
            trust_file(path)
    opener = Members(settings or [])
    members = [member for path in runs for member in opener.opened(path, snapshots=snapshots)]
    report = evaluated(members, combine, part)
    if as_json:
        reports.print_json(report)
    else:
        _print(Console(), report)


def _print(console: Console, report: Mapping[str, Any]) -> None:
    rows = [(row["name"], row) for row in report["members"]]
    if len(rows) > 1:
        rows.append((f"together ({report['combine']})", report))
    names = [name for name in TOLD if name in rows[0][1]]
    table = Table(box=None, header_style="bold")
    table.add_column(no_wrap=True, overflow="fold")
    for name in names:
        table.add_column(words_of(name), justify="right")
    for title, row in rows:
        table.add_row(title, *(_shown(name, row.get(name)) for name in names))
    console.print(table)
    console.print(f"{report['samples']:,} samples of the {report['part']} part.", highlight=False)


def _shown(name: str, value: float | None) -> str:
    if value is None:
        return "—"
    return f"{value:.2%}" if name in SHARES else f"{value:.4g}"
