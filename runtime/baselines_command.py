"""``netwright baselines``: what simple methods make of the data of a network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from runtime import reports
from runtime.command_options import Json
from runtime.given_network import given_network
from runtime.questions.baselines import Baselines


def baselines(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A network file (.netw).", show_default=False)],
    most: Annotated[int, typer.Option(min=20, help="Training samples; of more a sample is taken.")] = 3000,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Such as data.source=toy:moons.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what nearest neighbours and linear classifiers reach on the data and parts of a network."""
    from runtime.answers.baselines import answer

    data = dict(given_network(file, settings or ()).data)
    console = Console(stderr=as_json)
    parts = answer(Baselines(id=0, data=data, base=str(file.parent), most=most))
    while True:
        try:
            part = next(parts)
        except StopIteration as end:
            report: dict[str, Any] = end.value
            break
        if not as_json:
            console.print(f"{part['name']}: {part['accuracy']:.2%} in {part['seconds']:.1f} s", highlight=False)
    if as_json:
        reports.print_json(report)
    else:
        print_baselines(console, report)


def print_baselines(console: Console, report: dict[str, Any]) -> None:
    """The best first, with what cross-validation chose."""
    table = Table(box=None, pad_edge=False)
    table.add_column("method")
    for title in ("accuracy", "seconds", "chosen", "folds' mean"):
        table.add_column(title, justify="right")
    for one in sorted(report["baselines"], key=lambda one: -one["accuracy"]):
        value = f"{one['value']:g}"
        mean = one["tried"][value]
        row = (one["name"], f"{one['accuracy']:.2%}", f"{one['seconds']:.1f}", f"{one['chosen']} {value}")
        table.add_row(*row, f"{mean:.2%}")
    console.print()
    console.print(table)
    for note in report["notes"]:
        console.print(note, highlight=False, markup=False, soft_wrap=True)
    console.print(
        f"Learned from {report['train']:,} samples, tested on {report['tested']:,} of the {report['part']} part.",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
