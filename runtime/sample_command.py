"""``netwright sample``: text that a trained network writes."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from runtime import reports
from runtime.command_options import Json
from runtime.faults import RefusalError
from runtime.trust import trust_file


def sample(
    run_folder: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.", show_default=False)],
    length: Annotated[int, typer.Option(min=1, max=1_000_000, help="Characters to write.")] = 300,
    temperature: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=100.0,
            help="Below 1 likely, above 1 daring, 0: the likeliest. Texts are written at 0.8, sentences at 0.",
            show_default=False,
        ),
    ] = None,
    start: Annotated[str, typer.Option(help="The text that it goes on from, or the sentence that it reads.")] = "",
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A picture to describe.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A .png for pictures that a generative network makes.", show_default=False),
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=10_000, help="Pictures to make.")] = 64,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Fixes what is drawn.")] = 0,
    trust: Annotated[bool, typer.Option("--trust", help="Run the Python code that came with this run.")] = False,
    as_json: Json = False,
) -> None:
    """Let a trained network go on with a text, describe a picture, translate a sentence, or make pictures."""
    from runtime.answers.sequences import make_samples
    from runtime.questions.sequences import MakeSamples
    from runtime.sequences.opening import SentenceWriter, open_any_writer

    if trust:
        trust_file(run_folder)
    if out is not None:
        made = make_samples(MakeSamples(0, str(run_folder), str(out), count, seed))
        reports.print_json(made) if as_json else _say(f"{count} pictures: {out}\n", is_wanted="path" in made)
        return
    writer, pieces, separator = open_any_writer(run_folder), list[tuple[str, float]](), ""
    written: Iterable[tuple[str, float]]
    warmth = temperature if temperature is not None else 0.0 if isinstance(writer, SentenceWriter) else 0.8
    if isinstance(writer, SentenceWriter):
        separator = " "
        asked = writer.translate(start, warmth, seed) if picture is None else writer.describe(picture, warmth, seed)
        written = zip(asked.words, asked.probabilities, strict=True)
    elif picture is not None:
        raise RefusalError("This network reads texts, not pictures.", "Give it a --start.")
    else:
        written = writer.write(start, length, warmth, seed)
        _say(start, not as_json)
    for piece in written:
        pieces.append(piece)
        _say(piece[0] + separator, not as_json)
    _say("\n", not as_json)
    if as_json:
        text, probabilities = separator.join(text for text, _ in pieces), [chance for _, chance in pieces]
        reports.print_json(
            {"start": start, "text": text, "probabilities": probabilities, "temperature": warmth, "seed": seed}
        )


def _say(text: str, is_wanted: bool) -> None:
    """At once, as it is written."""
    if is_wanted:
        sys.stdout.write(text)
        sys.stdout.flush()
