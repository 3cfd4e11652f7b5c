"""Runs that are opened to write: texts, captions, translations."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from nodes.graph.infer import infer
from nodes.spec.shapes import Shape
from runtime.checkpoint import LoadedRun, load_run
from runtime.data.binding import bind
from runtime.data.texts import numbered, words_of
from runtime.faults import RefusalError
from runtime.predict import picture_value
from runtime.recipe import Recipe
from runtime.sequences.sampling import TextWriter
from runtime.sequences.sentences import Sentence, WritingPlan, write_sentences, writing_plan


def open_writer(run: Path, which: str = "best") -> TextWriter:
    """The network of a run, to go on with a text. Raises TrainingError, DataError, SourceError, RefusalError."""
    loaded = load_run(run, which)
    reads_on = Recipe.read(loaded.network.recipe).carry_state
    return TextWriter(loaded.network.graph, loaded.dataset, loaded.module, reads_on)


def open_any_writer(run: Path) -> TextWriter | SentenceWriter:
    """What the network of a run can write. Raises as open_writer does."""
    loaded = load_run(run)
    return SentenceWriter(loaded) if _plan(loaded) else open_writer(run)


def _plan(loaded: LoadedRun) -> WritingPlan | None:
    graph, data = loaded.network.graph, loaded.dataset
    return writing_plan(infer(graph), bind(graph, data), data)


class SentenceWriter:
    """The network of a run, to write sentences. Raises RefusalError where it does not."""

    def __init__(self, loaded: LoadedRun) -> None:
        plan, self._data = _plan(loaded), loaded.dataset
        if plan is None or len(plan.given) != 1:
            raise RefusalError(
                "This network does not write sentences.",
                "Take a run of a network that was trained on captions or on pairs of sentences.",
            )
        self._module: nn.Module = loaded.module
        self._plan: WritingPlan = plan
        self._field = self._data.field(plan.given[0])

    def describe(self, picture: Path, temperature: float = 0.0, seed: int = 0) -> Sentence:
        """The caption of a picture file. Raises DataError, RefusalError."""
        if self._field.shape.axes != "CHW":
            raise RefusalError("This network reads sentences, not pictures.", "Give it a text.")
        return self._written(picture_value(self._data, self._field, picture), temperature, seed)

    def translate(self, text: str, temperature: float = 0.0, seed: int = 0) -> Sentence:
        """What becomes of a sentence. Raises RefusalError."""
        if self._field.shape != Shape(self._field.shape[0], axes="L", values="index"):
            raise RefusalError("This network reads pictures, not sentences.", "Give it a picture file.")
        words, known = words_of(text), self._field.classes or ()
        if not words:
            raise RefusalError("There is no word to read.", "Write a sentence.")
        return self._written(torch.from_numpy(numbered([words], known, len(words))).long(), temperature, seed)

    def _written(self, value: Tensor, temperature: float, seed: int) -> Sentence:
        [sentence] = write_sentences(self._plan, self._module, {self._field.name: value}, temperature, seed)
        return sentence
