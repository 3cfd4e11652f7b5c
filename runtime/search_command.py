"""``netwright search``: many short trainings over the settings that a network file marks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from runtime import reports
from runtime.command_options import Json, Settings, Trust
from runtime.faults import RefusalError
from runtime.search import folder as files
from runtime.search.folder import Table
from runtime.search.table import print_table, print_trial, report_of


def search(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A network file with marked settings.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The search's folder; one that is there is joined.")
    ] = None,
    resume: Annotated[Path | None, typer.Option(metavar="DIR", help="Go on with the search in this folder.")] = None,
    trials: Annotated[int | None, typer.Option(min=1, max=1_000_000, help="How many; 20 unless said.")] = None,
    sampler: Annotated[str | None, typer.Option(help="tpe, random or grid.", show_default="tpe")] = None,
    pruner: Annotated[str | None, typer.Option(help="median, hyperband or none.", show_default="median")] = None,
    stages: Annotated[
        int | None, typer.Option(min=1, max=5, help="From coarse to fine: each stage has a quarter of the ranges.")
    ] = None,
    points: Annotated[int | None, typer.Option(min=2, max=100, help="Of a range in a grid; 5 unless said.")] = None,
    metric: Annotated[str | None, typer.Option(help="Of the validation part, such as loss or f1.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Fixes what is drawn.")] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Processes that work side by side.")] = 1,
    epochs: Annotated[int | None, typer.Option(help="Of each trial, instead of the recipe's.")] = None,
    settings: Settings = None,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Try many values of the marked settings, each in a short training, and write the best network.

    Started twice on one --out, or with --jobs, several processes share the search. What was stopped or killed goes
    on.
    """
    from runtime.search.prepare import Wishes, begin
    from runtime.search.prepare import resume as go_on

    _require_one_of("--sampler", sampler, files.SAMPLERS)
    _require_one_of("--pruner", pruner, files.PRUNERS)
    wishes = Wishes(trials, sampler, pruner, metric, seed, points, stages, epochs)  # type: ignore[arg-type]
    assigned = settings or []
    if resume is not None:
        if file is not None or assigned:
            raise RefusalError("A search goes on with its own network.", "Leave FILE and --set out.")
        prepared = go_on(resume, wishes)
    elif file is None:
        raise RefusalError("There is nothing to search.", "Name a network file, or a search with --resume.")
    else:
        prepared = begin(file, out, assigned, wishes, trust=trust)
    table = _work(prepared, jobs, Console(stderr=as_json), is_quiet=as_json)
    if as_json:
        reports.print_json(report_of(prepared.folder, table))
    else:
        print_table(Console(), prepared.folder, table)


def _work(prepared: Any, jobs: int, console: Console, *, is_quiet: bool) -> Table:
    from runtime.search.helpers import helping, stopping_on_interrupt
    from runtime.search.study import Study
    from runtime.search.work import Work

    plan = prepared.plan

    def tell(number: int, state: str, value: float | None, reason: str) -> None:
        if not is_quiet:
            print_trial(console, plan.metric, number, state, value, reason)

    if not is_quiet:
        console.print(
            f"{plan.trials} trials by {plan.sampler} over {', '.join(p.key for p in prepared.space)}: "
            f"{prepared.folder}",
            highlight=False, markup=False, soft_wrap=True,
        )  # fmt: skip
    study = Study(prepared.folder, prepared.network, plan, prepared.space)
    work = Work(study, prepared.network, tell, prepared.data)
    with helping(prepared.folder, jobs - 1), stopping_on_interrupt(work.stop):
        work.go()
    table = files.read_table(prepared.folder)
    assert table is not None
    return table


def _require_one_of(option: str, value: str | None, options: tuple[str, ...]) -> None:
    if value is not None and value not in options:
        raise RefusalError(f"{option} is {value}.", f"It is one of {', '.join(options)}.")
