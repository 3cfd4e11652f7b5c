"""Sentences that a network writes word by word, from a picture or from another sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from nodes.boundary import Input, Output
from nodes.graph.infer import Inference
from nodes.graph.muting import without_muted
from runtime.data.binding import Binding
from runtime.data.dataset import DataSet
from runtime.data.loader import Loader
from runtime.data.written import END, PADDING, SPECIAL, START, WRITTEN, words_of_numbers
from runtime.sequences.sampling import as_scores, drawn
from runtime.source import forward_inputs


@dataclass(frozen=True)
class WritingPlan:
    """How a network writes: ``fields`` are what ``forward`` takes, in its order; of them ``written`` is fed back."""

    fields: tuple[str, ...]
    output: int  # which output scores the words at every place
    length: int  # of what is fed back: the longest sentence, and its end
    is_fixed: bool  # the network is drawn for that length alone
    vocabulary: tuple[str, ...]

    @property
    def given(self) -> tuple[str, ...]:
        """The fields that a sentence is written from."""
        return tuple(name for name in self.fields if name != WRITTEN)


def writing_plan(inference: Inference, binding: Binding, data: DataSet) -> WritingPlan | None:
    """None where the network does not write sentences."""
    target, graph = data.target, without_muted(inference.graph)
    if target is None or target.classes is None or target.classes[: len(SPECIAL)] != SPECIAL:
        return None
    if WRITTEN not in binding.forward or len(binding.forward) < 2:
        return None
    outputs = [name for name, node in graph.nodes.items() if isinstance(node.settings, Output)]
    for number, name in enumerate(outputs):
        shape = inference.facts[name].outputs.get("output")
        if shape is not None and shape.axes == "LC" and shape[1] == len(target.classes):
            settings = graph.nodes[forward_inputs(graph)[binding.forward.index(WRITTEN)]].settings
            is_fixed = isinstance(settings, Input) and isinstance(settings.size[0], int)
            return WritingPlan(
                binding.forward, number, data.columns[WRITTEN].shape[1], is_fixed, tuple(target.classes)
            )
    return None


class Sentence(NamedTuple):
    """Words, and how likely the network thought each."""

    words: list[str]
    probabilities: list[float]


@torch.inference_mode()
def write_sentences(
    plan: WritingPlan, module: Any, given: Mapping[str, Tensor], temperature: float = 0.0, seed: int = 0
) -> list[Sentence]:
    """A sentence for each sample of ``given`` (field -> N × shape, normalised); greedily at temperature 0.

    The module is to be in evaluation mode.
    """
    first = next(iter(given.values()))
    generator = torch.Generator().manual_seed(seed)
    start, end, padding = (SPECIAL.index(word) for word in (START, END, PADDING))
    written = torch.full((len(first), 1), start, device=first.device)
    chances: list[Tensor] = []
    while written.shape[1] <= plan.length and not bool(written.eq(end).any(1).all()):
        scores = _scores(plan, module, given, written)
        scores[:, [start, padding]] = -torch.inf  # they are never told
        chosen = scores.argmax(1)
        if temperature:
            chosen = torch.tensor([drawn(one, temperature, generator) for one in scores])
        chances.append(scores.softmax(1).gather(1, chosen[:, None])[:, 0])
        written = torch.cat([written, chosen[:, None].to(written.device)], 1)
    rows, likely = written[:, 1:].tolist(), torch.stack(chances, 1).tolist()
    words = [words_of_numbers(row, plan.vocabulary) for row in rows]
    return [Sentence(one, chance[: len(one)]) for one, chance in zip(words, likely, strict=True)]


def _scores(plan: WritingPlan, module: Any, given: Mapping[str, Tensor], written: Tensor) -> Tensor:
    """Of the next word, on the CPU: N × words."""
    place, fed = written.shape[1] - 1, written
    if plan.is_fixed:
        fed = torch.nn.functional.pad(written, (0, plan.length - written.shape[1]))
    result = module(*(fed if name == WRITTEN else given[name] for name in plan.fields))
    scores = result if isinstance(result, Tensor) else result[plan.output]
    return as_scores(scores[:, place].float().cpu())


def written_and_right(
    plan: WritingPlan, module: Any, data: DataSet, rows: Tensor, device: torch.device
) -> tuple[list[list[str]], list[list[str]]]:
    """What the network writes for some samples of the data, and what was right."""
    loader = Loader(data, plan.given, device)
    given = dict(zip(plan.given, loader.batch(loader.rows(rows)), strict=True))
    sentences = [sentence.words for sentence in write_sentences(plan, module, given)]
    assert data.target is not None
    right = data.columns[data.target.name][rows.cpu()].tolist()
    return sentences, [words_of_numbers(row, plan.vocabulary) for row in right]
