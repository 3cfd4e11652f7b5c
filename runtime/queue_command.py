"""``netwright queue``: runs that are trained one after another, window or no window."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from runtime import queue, reports
from runtime.command_options import Json

app = typer.Typer(help="Train networks one after another, also when no window is open.", no_args_is_help=False)

Folder = Annotated[
    Path | None, typer.Option("--queue", metavar="DIR", help="Another queue than this user's.", show_default=False)
]
Name = Annotated[str, typer.Argument(metavar="NUMBER", help="As netwright queue list gives it.", show_default=False)]


@app.command()
def add(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Network files (.netw).", show_default=False)
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the folders of the runs are made.")] = Path("runs"),
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="For all of them: recipe.epochs=20.")
    ] = None,
    trust: Annotated[bool, typer.Option("--trust", help="Run the Python code that came with these files.")] = False,
    begin: Annotated[bool, typer.Option("--start", help="Start the queue too.")] = False,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Put networks, as they are now, at the end of the queue."""
    from runtime.train_command import prepare_run

    place = folder or queue.default_folder()
    for file in files:
        queue.add(place, prepare_run(file, out, None, settings or [], trust=trust), file.stem)
    if begin:
        queue.start(place)
    _show(place, as_json)


@app.command("list")
def list_(folder: Folder = None, as_json: Json = False) -> None:
    """List the runs of the queue: their numbers, states and folders."""
    _show(folder or queue.default_folder(), as_json)


@app.command()
def start(
    wait: Annotated[bool, typer.Option("--wait", help="Train in this process, and return when none waits.")] = False,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Train what waits, in a process that outlives this one."""
    place = folder or queue.default_folder()
    if wait:
        from runtime.queue_worker import work_off

        work_off(place)
    else:
        queue.start(place)
    _show(place, as_json)


@app.command()
def remove(name: Name, folder: Folder = None, as_json: Json = False) -> None:
    """Take a run out of the queue; one that is being trained is stopped. Its folder stays."""
    place = folder or queue.default_folder()
    queue.remove(place, name)
    _show(place, as_json)


@app.command()
def move(
    name: Name,
    step: Annotated[int, typer.Option("--by", help="Places towards the end; less than 0 towards the front.")] = -1,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Let a waiting run have its turn earlier or later."""
    place = folder or queue.default_folder()
    for _ in range(abs(step)):
        queue.move(place, name, 1 if step > 0 else -1)
    _show(place, as_json)


def _show(place: Path, as_json: bool) -> None:
    found = queue.listed(place)
    if as_json:
        entries: list[dict[str, Any]] = [
            {"name": q.name, "title": q.title, "state": q.state, "run": str(q.run)} for q in found
        ]
        reports.print_json({"queue": str(place), "is_worked_off": queue.is_worked_off(place), "runs": entries})
        return
    console = Console()
    if not found:
        console.print("The queue is empty. netwright queue add FILE puts a network into it.", soft_wrap=True)
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("number", "network", "state", "run"):
        table.add_column(heading, overflow="fold")
    for queued in found:
        table.add_row(queued.name, queued.title, queued.state, str(queued.run))
    console.print(table)
    if any(queued.state == queue.WAITING for queued in found) and not queue.is_worked_off(place):
        console.print("Nobody works it off: netwright queue start does.", soft_wrap=True)
