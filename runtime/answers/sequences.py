"""Answers of networks that write."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

from runtime.questions import sequences

PART_SECONDS = 0.1


def sample_text(request: sequences.SampleText) -> Generator[dict[str, Any], None, dict[str, Any]]:
    """A text that the network goes on with, character by character."""
    from runtime.sequences.sampling import open_writer

    writer = open_writer(Path(request.run))
    text, probabilities, due = "", list[float](), time.perf_counter() + PART_SECONDS
    for letter in writer.write(request.start, request.length, request.temperature, request.seed):
        text += letter.text
        probabilities.append(letter.probability)
        if time.perf_counter() >= due:
            yield {"text": text, "probabilities": list(probabilities)}
            due = time.perf_counter() + PART_SECONDS
    return {"text": text, "start": request.start, "probabilities": probabilities}
