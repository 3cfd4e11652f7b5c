"""``netwright ratetest``: which learning rate suits a network, found in some seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from runtime import reports
from runtime.command_options import Json, Settings, Trust
from runtime.given_network import sound_network

ROWS = 12  # of the table


def ratetest(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A network file (.netw).", show_default=False)],
    steps: Annotated[int, typer.Option(min=10, max=10_000, help="Steps from the lowest rate to the highest.")] = 100,
    settings: Settings = None,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Find a learning rate: a short training whose rate rises, and the place where its loss falls fastest."""
    from runtime.range_test import judged, measured
    from runtime.stepwise.subject import Subject

    network = sound_network(file, settings or (), trust=trust)
    found = judged(list(measured(Subject(network, file.parent.absolute()), steps)))
    if as_json:
        reports.print_json(msgspec.to_builtins(found))
        return
    table = Table("Rate", "Loss", box=None, pad_edge=False)
    for place in range(0, len(found.rates), max(1, len(found.rates) // ROWS)):
        table.add_row(f"{found.rates[place]:.2g}", f"{found.smoothed[place]:.4g}")
    console = Console()
    console.print(table)
    console.print(found.sentence, highlight=False)
