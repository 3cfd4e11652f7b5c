"""What a network that reads sequences makes of one, step by step: hidden units, and how sure it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from runtime.data.dataset import Field
from runtime.data.texts import words_of
from runtime.data.written import PADDING, WRITTEN
from runtime.faults import RefusalError
from runtime.insight.seen import look
from runtime.insight.trained import Trained
from runtime.sequences.sampling import as_scores

MOST_STEPS = 400  # of a sequence that is read
LIVELIEST = 8
BEGINNING = 80  # letters of a text that are told to choose it by


def text_field(trained: Trained) -> Field | None:
    """The field of indices that it reads alone; None where it reads something else."""
    names = trained.binding.forward
    field = trained.data.field(names[0]) if len(names) == 1 else None
    return field if field is not None and field.classes and field.shape.axes == "L" else None


def beginnings(trained: Trained, rows: Tensor) -> list[str]:
    """The first words or letters of samples; nothing where they are no texts."""
    fields = [trained.data.field(name) for name in trained.binding.forward]
    field = next((f for f in fields if f.classes and f.shape.axes == "L" and f.name != WRITTEN), None)
    if field is None or field.classes is None:
        return []
    known, gap = field.classes, "" if trained.data.choice.reads_as == "characters" else " "
    most = BEGINNING // (5 if gap else 1)
    read = ([known[n] for n in numbers] for numbers in trained.data.columns[field.name][rows].tolist())
    return [gap.join([piece for piece in pieces if piece != PADDING][:most]) for pieces in read]


def recurrent_layers(trained: Trained) -> list[dict[str, Any]]:
    """Layers with a state that goes from step to step, and how many units they give."""
    found = []
    for path, layer in trained.module.named_modules():
        if isinstance(layer, nn.RNNBase):
            found.append({"path": path, "units": layer.hidden_size * (2 if layer.bidirectional else 1)})
    return found


def hidden_units(trained: Trained, path: str, unit: int, text: str, row: int) -> dict[str, Any]:
    """What a unit of a recurrent layer gives after each step; ``unit`` −1 the liveliest. Raises RefusalError."""
    numbers, tokens = read_text(trained, text, row, MOST_STEPS)
    seen = look(trained, [numbers], [path])
    values = seen[path][0].detach().float()  # L × H
    if values.dim() != 2 or len(values) != len(tokens):
        raise RefusalError(f"{path} gives no value for each step.", "Choose a recurrent layer.")
    order = values.std(0).argsort(descending=True)[:LIVELIEST].tolist()
    chosen = order[0] if unit < 0 else unit
    if chosen >= values.shape[1]:
        raise RefusalError(f"{path} has {values.shape[1]} units.", f"Choose one from 0 to {values.shape[1] - 1}.")
    return {
        "tokens": tokens,
        "unit": chosen,
        "units": values.shape[1],
        "liveliest": order,
        "values": values[:, chosen].tolist(),
        "probabilities": chances_of(seen.outputs, numbers),
    }


def read_text(trained: Trained, text: str, row: int, most: int) -> tuple[Tensor, list[str]]:
    """A text as numbers 1 × L, with the pieces it was cut into. Without a text, a sample of the data."""
    field = text_field(trained)
    if field is None or field.classes is None:
        raise RefusalError("This network does not read a text alone.", "Choose a sample of its data instead.")
    if not text:
        rows = torch.tensor([row]) if row >= 0 else trained.some_rows(1)
        numbers = trained.data.columns[field.name][rows][:, :most].long()
        return numbers, [field.classes[n] for n in numbers[0].tolist()]
    known = {piece: number for number, piece in enumerate(field.classes)}
    is_letters = all(len(piece) == 1 for piece in field.classes)
    pieces = list(text) if is_letters else words_of(text)
    strange = sorted({piece for piece in pieces if piece not in known})
    if strange:
        raise RefusalError(f"The data that it learned from have no {' '.join(strange[:10])}.", "Write other text.")
    kept = pieces[:most]
    return torch.tensor([[known[piece] for piece in kept]]), kept


def chances_of(outputs: Sequence[Tensor], numbers: Tensor) -> list[float]:
    """How likely each step was thought to come, where an output scores the next; nothing where none does."""
    scores = next((o[0] for o in outputs if o.dim() == 3 and o.shape[1] == numbers.shape[1]), None)
    if scores is None or scores.shape[1] <= int(numbers.max()):
        return []
    chances = as_scores(scores).softmax(-1)[:-1].gather(1, numbers[0, 1:, None])[:, 0]
    return [0.0, *chances.tolist()]
