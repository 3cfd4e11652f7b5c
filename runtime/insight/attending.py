"""What attention looks at: of words at words, of words at places of a picture, of places at places."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from nodes.attention import ScaledDotProductAttention
from nodes.graph.analysis import layers
from nodes.graph.infer import infer
from nodes.graph.muting import without_muted
from nodes.visual_attention import SoftSpatialAttention
from runtime.data.dataset import Field
from runtime.data.texts import numbered, words_of
from runtime.data.written import END, PADDING, SPECIAL, START, WRITTEN
from runtime.faults import RefusalError
from runtime.insight.reading import read_text, text_field
from runtime.insight.tiles import as_pictures, write_sheet
from runtime.insight.trained import Trained
from runtime.insight.watching_attention import Looked, watched
from runtime.sequences.sentences import WritingPlan, write_sentences, writing_plan

MOST_WORDS = 96  # of a text, so that every pair can be seen
MOST_PLACES = 400  # of a picture: 20 × 20
DIGITS = 4  # of a weight that is told


class _Given(NamedTuple):
    """What goes in, the words of each field of texts, and the picture of the sample."""

    inputs: list[Tensor]
    words: dict[str, list[str]]
    picture: Tensor | None


def attends(trained: Trained) -> bool:
    """Is there attention in it?"""
    rows = layers(trained.inference, expanded=True)
    return any(isinstance(layer, nn.MultiheadAttention) for layer in trained.module.modules()) or any(
        isinstance(row.settings, ScaledDotProductAttention | SoftSpatialAttention) for row in rows
    )


def reads_sentence(trained: Trained) -> bool:
    """Can a text be written for it: is the one thing that it is given one?"""
    return _sentence_field(trained) is not None


def attention(trained: Trained, text: str, row: int, number: int, folder: Path) -> dict[str, Any]:
    """Of one sample, or of a text: which attention there is, and the weights of that ``number``.

    Raises RefusalError.
    """
    given = _given(trained, text, row)
    with watched(trained) as watching, torch.no_grad():
        trained.module(*given.inputs)
    if not watching.maps:
        raise RefusalError("Nothing in this network looks at steps.", "Look into a network with attention.")
    number = min(max(number, 0), len(watching.maps) - 1)
    told = _told(trained, watching.maps[number], given) | {
        "layers": [{"path": looked.path, "heads": len(looked.weights)} for looked in watching.maps],
        "layer": number,
    }
    if given.picture is not None:
        told["picture"] = write_sheet(given.picture, folder / "attended.png").written()
    return told


def _told(trained: Trained, looked: Looked, given: _Given) -> dict[str, Any]:
    queries, keys = looked.weights.shape[1:]
    by_length = {len(words): words for name, words in given.words.items() if name != WRITTEN}
    written = given.words.get(WRITTEN, [])
    is_self = looked.is_self or (looked.is_self is None and queries == keys)
    query_words = written if len(written) == queries else by_length.get(queries, [])
    are_places = given.picture is not None and not (is_self and query_words)
    key_grid = (looked.grid or _grid(trained, keys)) if are_places else None
    query_grid = key_grid if is_self else None
    key_words = query_words if is_self else by_length.get(keys, written if len(written) == keys else [])
    kept = [MOST_PLACES if grid else MOST_WORDS for grid in (query_grid, key_grid)]
    weights = looked.weights[:, : kept[0], : kept[1]]
    return {
        "query_words": query_words[: kept[0]],
        "key_words": key_words[: kept[1]],
        "is_self": is_self,
        "query_grid": query_grid,
        "key_grid": key_grid,
        "weights": [[[round(value, DIGITS) for value in each] for each in head] for head in weights.tolist()],
    }


def _grid(trained: Trained, count: int) -> list[int] | None:
    """Rows, columns, and steps in front of the places, where that many steps are places of a picture.

    A class token is a step in front of them.
    """
    if count > MOST_PLACES + 1:
        return None
    graph = without_muted(trained.network.graph)
    found = None
    for row in layers(infer(graph), expanded=True):
        for shape in row.outputs.values():
            if shape.axes == "CHW" and isinstance(shape[1], int) and isinstance(shape[2], int):
                height, width = shape[1], shape[2]
                before = count - height * width
                if height * width > 1 and before in (0, 1):
                    found = [height, width, before]
    return found


# --- what goes in


def _given(trained: Trained, text: str, row: int) -> _Given:
    if text_field(trained) is not None:
        numbers, tokens = read_text(trained, text, row, MOST_WORDS)
        return _Given([numbers], {trained.binding.forward[0]: tokens}, None)
    names, fields = trained.binding.forward, [trained.data.field(name) for name in trained.binding.forward]
    rows = torch.tensor([row]) if row >= 0 else trained.some_rows(1)
    inputs = dict(zip(names, trained.inputs(rows), strict=True))
    words: dict[str, list[str]] = {}
    for field in fields:
        if field.classes and field.shape.axes == "L" and field.name != WRITTEN:
            inputs[field.name], words[field.name] = _sentence(field, inputs[field.name], text)
    plan = writing_plan(trained.inference, trained.binding, trained.data)
    if plan is not None:
        inputs[WRITTEN], words[WRITTEN] = _written(trained, plan, inputs)
    picture = next((field for field in fields if field.shape.axes == "CHW"), None)
    shown = None if picture is None else as_pictures(trained.data.columns[picture.name][rows], picture.high)
    return _Given([inputs[name] for name in names], words, shown)


def _sentence(field: Field, numbers: Tensor, text: str) -> tuple[Tensor, list[str]]:
    """Without what fills it up; of a text that somebody wrote where there is one."""
    known = field.classes or ()
    if text.strip():
        words = words_of(text)[:MOST_WORDS]
        return torch.from_numpy(numbered([words], known, len(words))).long(), words
    numbers = numbers.long()
    if PADDING in known:
        numbers = numbers[:, numbers[0] != known.index(PADDING)]
    return numbers, [known[n] for n in numbers[0].tolist()]


def _written(trained: Trained, plan: WritingPlan, inputs: dict[str, Tensor]) -> tuple[Tensor, list[str]]:
    """What it writes itself, as it is fed back; each place is named by the word that is told there."""
    [sentence] = write_sentences(plan, trained.module, {name: inputs[name] for name in plan.given})
    places = {word: number for number, word in enumerate(plan.vocabulary)}
    numbers = [SPECIAL.index(START), *(places[word] for word in sentence.words)]
    told = [*sentence.words, END]
    if plan.is_fixed:
        numbers = (numbers + [SPECIAL.index(PADDING)] * plan.length)[: plan.length]
        told = (told + [PADDING] * plan.length)[: plan.length]
    return torch.tensor([numbers]), told


def _sentence_field(trained: Trained) -> Field | None:
    names = [name for name in trained.binding.forward if name != WRITTEN]
    field = trained.data.field(names[0]) if len(names) == 1 else None
    return field if field is not None and field.classes and field.shape.axes == "L" else None
