"""``netwright preflight``: the stepwise questions, before an hour is spent on a training."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from runtime import reports
from runtime.command_options import Json, Settings, Trust
from runtime.given_network import sound_network
from runtime.questions.stepwise import CheckResult

COLOURS = {"green": "green", "amber": "yellow", "red": "red"}
FAULTY = 1  # exit status where a check is red


def preflight(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A network file (.netw).", show_default=False)],
    only: Annotated[
        list[str] | None, typer.Option(metavar="CHECK", help="Such as first_loss; several if wanted.")
    ] = None,
    settings: Settings = None,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Ask the questions of a careful person before training; exit 1 where an answer is red.

    Shapes, range and labels of the data, memory, the first loss, what regularisation adds, the layers before the
    first step, numeric against analytic gradient, twenty samples by heart.
    """
    from runtime.stepwise.preflight import asked
    from runtime.stepwise.subject import Subject

    network = sound_network(file, settings or (), trust=trust)
    found = asked(Subject(network, file.parent.absolute()), only or ())
    results = list(found) if as_json else list(_printed(Console(), found))
    if as_json:
        reports.print_json(as_report(results))
    if any(result.verdict == "red" for result in results):
        raise typer.Exit(FAULTY)


def as_report(results: list[CheckResult]) -> dict[str, Any]:
    """The checks, and how many have each verdict."""
    counts = {verdict: sum(result.verdict == verdict for result in results) for verdict in COLOURS}
    return {"checks": msgspec.to_builtins(results), **counts, "seconds": sum(result.seconds for result in results)}


def _printed(console: Console, results: Iterable[CheckResult]) -> Iterable[CheckResult]:
    """Each as soon as it is there."""
    for result in results:
        where = f" ({result.node})" if result.node else ""
        colour = COLOURS[result.verdict]
        console.print(f"[{colour}]{result.verdict:<6}[/{colour}] [bold]{result.title}[/bold]{where}", highlight=False)
        console.print(f"       {result.sentence}", markup=False, highlight=False)
        if result.remedy:
            console.print(f"       {result.remedy}", markup=False, highlight=False)
        yield result
