"""Text written character by character by a network that tells the next one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from typing import NamedTuple

import torch
from torch import Tensor, nn

from nodes.boundary import Input, Output
from nodes.graph.infer import infer
from nodes.graph.model import Graph
from nodes.graph.muting import without_muted
from runtime.data.binding import bind
from runtime.data.dataset import DataSet
from runtime.faults import RefusalError
from runtime.sequences.carried import CarriedStates
from runtime.source import forward_inputs

WINDOW = 256  # characters that are read anew for each one where the network has no state to go on from
TRIAL = 8  # characters on which stepping is compared with reading at once


class Letter(NamedTuple):
    """A character, and how likely the network thought it, at temperature 1."""

    text: str
    probability: float


class TextWriter:
    """Goes on from a text. Raises RefusalError where the network does not tell the next character."""

    def __init__(self, graph: Graph, dataset: DataSet, module: nn.Module, reads_on: bool = False) -> None:
        """``reads_on``: it was trained with carried states, and hardly ever from the state of having read nothing."""
        graph = without_muted(graph)
        self._characters = _characters(graph, dataset)
        self._numbers = {character: number for number, character in enumerate(self._characters)}
        self._output, self._fixed = _scoring_output(graph, len(self._characters)), fixed_length(graph)
        self._module = module
        self._before = _first_piece(dataset) if reads_on else []

    def write(self, start: str, length: int, temperature: float = 1.0, seed: int = 0) -> Iterator[Letter]:
        """``length`` characters that follow ``start``; without it they begin a line. Raises RefusalError.

        A temperature of 0 takes the likeliest each time. The module is to be in evaluation mode.
        """
        read = self._before + self._read(start)
        generator = torch.Generator().manual_seed(seed)
        states = CarriedStates(self._module) if self._steps() else None
        scores = self._scores(read, states)
        for _ in range(length):
            number = drawn(scores, temperature, generator)
            yield Letter(self._characters[number], float(scores.softmax(0)[number]))
            read.append(number)
            scores = self._scores(read[-1:] if states else read, states)

    def _read(self, start: str) -> list[int]:
        begun = start or ("\n" if "\n" in self._numbers else self._characters[0])
        strange = sorted({character for character in begun if character not in self._numbers})
        if strange:
            raise RefusalError(
                f"The text that it learned from has no {' '.join(strange[:10])}.", "Begin with other characters."
            )
        return [self._numbers[character] for character in begun]

    def _steps(self) -> bool:
        """Whether one character after the other gives the same as all at once: then states can be carried."""
        states = CarriedStates(self._module)
        if self._fixed or not states.layers:
            return False
        trial = [number % len(self._characters) for number in range(TRIAL)]
        whole = self._scores(trial, None)
        for number in trial:
            stepped = self._scores([number], states)
        return torch.allclose(stepped, whole, atol=1e-3)

    @torch.inference_mode()
    def _scores(self, read: Sequence[int], states: CarriedStates | None) -> Tensor:
        """Of every character, as the next one."""
        window = self._fixed or WINDOW
        kept = read if states else read[-window:]
        filled = [*kept, *[0] * (self._fixed - len(kept))] if self._fixed else kept
        device = next(self._module.parameters()).device
        with states.carried() if states else nullcontext():
            result = self._module(torch.tensor([filled], device=device))
        scores = (result if isinstance(result, Tensor) else result[self._output])[0, len(kept) - 1].float().cpu()
        return as_scores(scores)


def _first_piece(dataset: DataSet) -> list[int]:
    """The beginning of the text, up to the end of its last whole line."""
    field = dataset.fields[0]
    piece: list[int] = dataset.columns[field.name][dataset.train[0]].tolist()
    lines = [place for place, number in enumerate(piece, start=1) if (field.classes or ())[number] == "\n"]
    return piece[: lines[-1]] if lines else piece


def as_scores(values: Tensor) -> Tensor:
    """Scores that softmax makes probabilities of; values that are probabilities already become their logarithms."""
    is_probability = bool((values >= 0).all()) and bool(((values.sum(-1) - 1).abs() < 1e-4).all())
    return values.log() if is_probability else values


def drawn(scores: Tensor, temperature: float, generator: torch.Generator) -> int:
    """A class by chance, with probabilities softmax(scores / temperature); the likeliest at temperature 0."""
    if temperature == 0:
        return int(scores.argmax())
    return int(torch.multinomial((scores.double() / temperature).softmax(0), 1, generator=generator))


def _characters(graph: Graph, dataset: DataSet) -> tuple[str, ...]:
    names, target = bind(graph, dataset).forward, dataset.target
    field = dataset.field(names[0]) if len(names) == 1 else None
    if dataset.choice.reads_as != "characters" or field is None or target is None or field.classes is None:
        raise RefusalError(
            "This network does not tell the next character of a text, so there is nothing to sample.",
            "Sample a run of a network that was trained on a text by character, such as Character LSTM.",
        )
    return field.classes


def _scoring_output(graph: Graph, count: int) -> int:
    """Which output scores every character at every place. Raises RefusalError."""
    facts = infer(graph).facts
    outputs = [name for name, node in graph.nodes.items() if isinstance(node.settings, Output)]
    for number, name in enumerate(outputs):
        shape = facts[name].outputs.get("output")
        if shape is not None and shape.axes == "LC" and shape[1] == count:
            return number
    raise RefusalError(
        f"No output of this network scores the {count} characters at every place.",
        "Connect an Output to the scores that the loss judges.",
    )


def fixed_length(graph: Graph) -> int:
    """The length that the network is drawn for; 0 where it takes any."""
    [name] = forward_inputs(graph)
    settings = graph.nodes[name].settings
    size = settings.size[0] if isinstance(settings, Input) else 0
    return size if isinstance(size, int) else 0
