"""``netwright seal``, ``unseal`` and ``verify``: a run as one file, and what it is worth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from runtime import reports

Json = Annotated[bool, typer.Option("--json", help="Report as one JSON object.")]
Sealed = Annotated[Path, typer.Argument(metavar="FILE", help="A sealed run (.netwrun).", show_default=False)]
DIFFERS = 1  # exit status of ``verify`` where the steps of a run on a CPU come out otherwise


def seal(
    run_folder: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.", show_default=False)],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="A .netwrun file to write.")],
    as_json: Json = False,
) -> None:
    """Write a run into one file, with a hash of everything in it."""
    from runtime.sealed import archive

    manifest = archive.seal(run_folder, out)
    size = out.stat().st_size
    if as_json:
        reports.print_json({"path": str(out), "files": len(manifest.files), "size_bytes": size})
    else:
        typer.echo(f"{out}: {len(manifest.files)} files, {size:,} bytes")


def unseal(
    file: Sealed,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the run's folder is made.")],
    as_json: Json = False,
) -> None:
    """Unpack a sealed run, after checking that it is what was sealed."""
    from runtime.sealed import archive

    run = archive.unseal(file, folder)
    reports.print_json({"path": str(run)}) if as_json else typer.echo(str(run))


def verify(
    path: Annotated[Path, typer.Argument(metavar="FILE|RUN", help="A sealed run, or the folder of one.")],
    steps: Annotated[int, typer.Option(min=1, max=10_000, help="Steps that are done again.")] = 20,
    trust: Annotated[bool, typer.Option("--trust", help="Run the Python code that came with this run.")] = False,
    as_json: Json = False,
) -> None:
    """Check the hashes of a sealed run, and do the first steps again; exit 1 where they come out otherwise."""
    from runtime.sealed.replay import verified

    told = verified(path, steps, trust=trust)
    reports.print_json(told) if as_json else typer.echo(told["sentence"])
    if told["is_same"] is False and told["is_exact"]:
        raise typer.Exit(DIFFERS)
