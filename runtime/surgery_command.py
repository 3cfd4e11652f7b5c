"""``netwright surgery``: a trained network changed so that its weights stay, and what that costs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from nodes.graph.surgery import OPERATIONS, WHOLE
from runtime import reports
from runtime.command_options import Json, Trust
from runtime.faults import RefusalError
from runtime.given_network import sound_network
from runtime.runs import NETWORK
from runtime.trust import require_trusted

KNOWN = ", ".join([*OPERATIONS, *WHOLE])


def surgery(
    trained: Annotated[
        Path,
        typer.Argument(metavar="RUN", help="A run, or a network file with recipe.start_from.", show_default=False),
    ],
    operation: Annotated[str, typer.Argument(metavar="OPERATION", help=f"{KNOWN}.", show_default=False)],
    node: Annotated[
        str, typer.Argument(metavar="NODE", help="As stage1.conv1 within a block.", show_default=False)
    ] = "",
    value: Annotated[
        str, typer.Argument(metavar="VALUE", help="The new width, activation or normalisation.", show_default=False)
    ] = "",
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="The new network; its weights lie beside it.")
    ] = Path("operated.netw"),
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Change a trained network so that its weights stay, and measure what it costs."""
    file = trained / NETWORK if trained.is_dir() else trained
    if not file.is_file():
        raise RefusalError(f"There is no trained network {trained}.", "Name the folder of a run, or a network file.")
    if out.suffix != ".netw" or not out.absolute().parent.is_dir():
        raise RefusalError(
            f"{out} cannot be written.", "Name a file that ends with .netw, in a folder that is there."
        )
    network = sound_network(file, trust=trust)
    require_trusted(network.graph)
    from runtime.surgery.files import write_weights
    from runtime.surgery.perform import perform

    base = file.parent.absolute()
    source = str(trained.absolute()) if trained.is_dir() else str(network.recipe.get("start_from", ""))
    *way, name = node.split(".")
    performed = perform(network, source, base, operation, [tuple(way)], name, value)
    weights = out.with_suffix(".safetensors")
    write_weights(performed.done, weights.absolute(), base)
    report = performed.told(weights) | {"network": str(out)} | performed.cost()
    if as_json:
        reports.print_json(report)
    else:
        Console().print(_sentence(report), highlight=False)


def _sentence(report: dict[str, Any]) -> str:
    kept = f"{report['words']}: {report['kept']} of {report['weights']} weights kept"
    if "before" not in report:
        return f"{kept}; what it costs cannot be measured: {report['reason']}"
    before, after = report["before"], report["after"]
    name = "accuracy" if "accuracy" in before and "accuracy" in after else "loss"
    return (
        f"{kept}, {name} {before[name]:.4g} → {after[name]:.4g} on {report['samples']:,} {report['part']} samples. "
        f"{report['network']} starts from {report['file']}."
    )
