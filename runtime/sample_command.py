"""``netwright sample``: text that a trained network writes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from runtime import reports
from runtime.trust import trust_file


def sample(
    run_folder: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.", show_default=False)],
    length: Annotated[int, typer.Option(min=1, max=1_000_000, help="Characters to write.")] = 300,
    temperature: Annotated[
        float, typer.Option(min=0.0, max=100.0, help="Below 1 likely, above 1 daring; 0: the likeliest each time.")
    ] = 0.8,
    start: Annotated[str, typer.Option(help="What it goes on from; empty: the beginning of a line.")] = "",
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Fixes what is drawn.")] = 0,
    trust: Annotated[bool, typer.Option("--trust", help="Run the Python code that came with this run.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Report as one JSON object.")] = False,
) -> None:
    """Let a network that was trained on a text write on, character by character."""
    from runtime.sequences.sampling import open_writer

    if trust:
        trust_file(run_folder)
    writer, letters = open_writer(run_folder), []
    if not as_json:
        sys.stdout.write(start)
    for letter in writer.write(start, length, temperature, seed):
        letters.append(letter)
        if not as_json:
            sys.stdout.write(letter.text)
            sys.stdout.flush()
    if not as_json:
        sys.stdout.write("\n")
        return
    text, probabilities = "".join(one.text for one in letters), [one.probability for one in letters]
    reports.print_json(
        {"start": start, "text": text, "probabilities": probabilities, "temperature": temperature, "seed": seed}
    )
