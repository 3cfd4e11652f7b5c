"""Answers of networks that write."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runtime.faults import RefusalError
from runtime.questions import sequences

if TYPE_CHECKING:
    from runtime.sequences.sentences import Sentence

PART_SECONDS = 0.1


def sample_text(request: sequences.SampleText) -> Generator[dict[str, Any], None, dict[str, Any]]:
    """A text that the network goes on with, character by character."""
    from runtime.sequences.opening import open_writer

    writer = open_writer(Path(request.run), request.which)
    text, probabilities, due = "", list[float](), time.perf_counter() + PART_SECONDS
    for letter in writer.write(request.start, request.length, request.temperature, request.seed):
        text += letter.text
        probabilities.append(letter.probability)
        if time.perf_counter() >= due:
            yield {"text": text, "probabilities": list(probabilities)}
            due = time.perf_counter() + PART_SECONDS
    return {"text": text, "start": request.start, "probabilities": probabilities}


def caption_picture(request: sequences.CaptionPicture) -> dict[str, Any]:
    from runtime.checkpoint import load_run
    from runtime.sequences.opening import SentenceWriter

    writer = SentenceWriter(load_run(Path(request.run), request.which))
    return _told(writer.describe(Path(request.input), request.temperature, request.seed))


def translate_text(request: sequences.TranslateText) -> dict[str, Any]:
    from runtime.checkpoint import load_run
    from runtime.sequences.opening import SentenceWriter

    writer = SentenceWriter(load_run(Path(request.run), request.which))
    return _told(writer.translate(request.text, request.temperature, request.seed))


def make_samples(request: sequences.MakeSamples) -> dict[str, Any]:
    """Raises RefusalError where nothing is made from chance, or no file is named for pictures."""
    from runtime.checkpoint import load_run
    from runtime.generating import as_raw, generated, write_sheet

    loaded = load_run(Path(request.run))
    made = as_raw(loaded.dataset, generated(loaded, request.count, request.seed))
    told: dict[str, Any] = {"shape": list(made.shape[1:])}
    if made.dim() != 4 or made.shape[1] not in (1, 3):
        return told | {"values": made.tolist()}
    if Path(request.out).suffix.lower() != ".png":
        raise RefusalError("The samples are pictures.", "Name a .png file for them.")
    high = next(f.high for f in loaded.dataset.fields if f.shape.axes == "CHW") or 1.0
    write_sheet(made, high, Path(request.out))
    return told | {"path": request.out}


def _told(sentence: Sentence) -> dict[str, Any]:
    return {"text": " ".join(sentence.words), "words": sentence.words, "probabilities": sentence.probabilities}
