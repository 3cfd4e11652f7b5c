"""``netwright cluster``: the files and commands that train a network elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nodes.graph.files import load, write_atomically
from runtime import reports
from runtime.cluster import Cluster, require_enough, slurm_script, torchrun_command
from runtime.command_options import Json
from runtime.recipe import Recipe, override


def cluster(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A network file (.netw).", show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option(metavar="JOB", help="Write the Slurm script here, such as job.sh.", show_default=False),
    ] = None,
    nodes: Annotated[int, typer.Option(help="Machines.")] = 1,
    gpus_per_node: Annotated[int, typer.Option(help="GPUs of each, a process each; 0 trains on CPUs.")] = 1,
    cpus_per_task: Annotated[int, typer.Option(min=1, help="CPU cores for each process.")] = 4,
    time: Annotated[str, typer.Option(help="Longest time, as Slurm writes it: 24:00:00, 2-12.")] = "24:00:00",
    partition: Annotated[str, typer.Option(help="Slurm's partition.")] = "",
    account: Annotated[str, typer.Option(help="Slurm's account.")] = "",
    host: Annotated[
        str, typer.Option(help="The first machine, for a torchrun command on several.")
    ] = "first-machine",
    runs: Annotated[str, typer.Option(metavar="DIR", help="Where the folder of the run is made.")] = "runs",
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="As in the file: recipe.batch_size=512.")
    ] = None,
    torchrun: Annotated[bool, typer.Option("--torchrun", help="Print the torchrun command alone.")] = False,
    as_json: Json = False,
) -> None:
    """Write a Slurm script, or a torchrun command, that trains a network on other machines."""
    network = load(file).network
    for assignment in settings or []:
        network = override(network, assignment)
    wanted = Cluster(nodes, gpus_per_node, cpus_per_task, time, partition, account, host)
    require_enough(wanted, Recipe.read(network.recipe).batch_size)
    base = out.parent if out else None
    script = slurm_script(file, wanted, runs, settings or [], base)
    command = torchrun_command(file, wanted, runs, settings or [])
    if out is not None:
        write_atomically(out, script.encode())
        out.chmod(0o755)
    if as_json:
        reports.print_json({"slurm": script, "torchrun": command, "script_path": str(out) if out else None})
    elif torchrun:
        typer.echo(command)
    elif out is None:
        typer.echo(script, nl=False)
    else:
        typer.echo(f"{out}: {wanted.processes} processes on {nodes} machines. Submit it with: sbatch {out.name}")
