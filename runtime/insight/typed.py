"""What a network makes of a text that is typed: its class and the words that speak for it, or what comes next."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from runtime.data.texts import numbered, words_of
from runtime.data.written import PADDING, UNKNOWN
from runtime.faults import RefusalError
from runtime.insight.attribution import scores_of, told
from runtime.insight.reading import MOST_STEPS, chances_of, text_field
from runtime.insight.seen import look
from runtime.insight.trained import Trained
from runtime.sequences.sampling import as_scores, fixed_length

MOST_NEXT = 24  # characters that are told, the likeliest first


class Text(NamedTuple):
    """``numbers`` 1 × L as the network takes them; ``tokens`` stand from ``first`` on, the rest is filled up."""

    numbers: Tensor
    tokens: list[str]
    first: int


def judged_text(trained: Trained, text: str, row: int, target: int = -1) -> dict[str, Any]:
    """Of a text, or without one of a sample of the data. Raises RefusalError."""
    if trained.classes:
        return _classified(trained, _read(trained, text, row), target)
    return _continued(trained, _read(trained, text, row))


def _read(trained: Trained, text: str, row: int) -> Text:
    field = text_field(trained)
    if field is None or field.classes is None:
        raise RefusalError("This network does not read a text alone.", "Look into one that was trained on texts.")
    is_letters = trained.data.choice.reads_as == "characters"
    if not text.strip() and not (is_letters and text):
        rows = torch.tensor([row]) if row >= 0 else trained.some_rows(1)
        numbers = trained.inputs(rows)[0].long()
        filled = int((numbers[0] != 0).int().argmax()) if field.classes[0] == PADDING else 0
        return Text(numbers, [field.classes[n] for n in numbers[0, filled:].tolist()], filled)
    if is_letters:
        return _letters(trained, text, field.classes)
    length = int(trained.data.columns[field.name].shape[1])
    words = words_of(text)[:length]
    if not words:
        raise RefusalError("There is no word to read.", "Write a text.")
    return Text(torch.from_numpy(numbered([words], field.classes, length)).long(), words, length - len(words))


def _letters(trained: Trained, text: str, known: tuple[str, ...]) -> Text:
    """The last ones, as many as it reads."""
    places = {letter: number for number, letter in enumerate(known)}
    strange = sorted({letter for letter in text if letter not in places})
    if strange:
        raise RefusalError(f"The text that it learned from has no {' '.join(strange[:10])}.", "Write other text.")
    fixed = fixed_length(trained.network.graph)
    kept = text[-(fixed or MOST_STEPS) :]
    numbers = [places[letter] for letter in kept]
    return Text(torch.tensor([[*numbers, *[0] * (fixed - len(kept))]]), list(kept), 0)


def _classified(trained: Trained, text: Text, target: int) -> dict[str, Any]:
    """With what each word adds to the score of the class, to first order: gradient · vector of the word.

    Source: Denil et al. 2014, arXiv:1412.6815, section 4.2.
    """
    field = text_field(trained)
    assert field is not None
    embedding = next((p for p, layer in trained.module.named_modules() if isinstance(layer, nn.Embedding)), "")
    seen = look(trained, [text.numbers], [embedding] if embedding else [], with_gradients=True)
    predicted = told(trained, [value.detach() for value in seen.outputs])
    target = target if 0 <= target < len(predicted) else int(predicted[0]["index"])
    saliency: list[float] = []
    if embedding:
        vectors = seen[embedding]
        [gradient] = torch.autograd.grad(scores_of(trained, seen.outputs)[0, target], vectors)
        parts = (gradient * vectors).sum(-1)[0, text.first :].detach()
        saliency = (parts / parts.abs().max().clamp(min=1e-12)).tolist()
    known = {word: number for number, word in enumerate(field.classes or ())}
    unknown = known.get(UNKNOWN, -1)
    return {
        "kind": "classes",
        "tokens": text.tokens,
        "saliency": saliency,
        "unknown": [n for n, word in enumerate(text.tokens) if known.get(word, unknown) == unknown],
        "target": target,
        "predicted": predicted,
    }


@torch.no_grad()
def _continued(trained: Trained, text: Text) -> dict[str, Any]:
    """How likely each character was thought before it came, and what is thought to come next."""
    field = text_field(trained)
    assert field is not None
    letters = field.classes or ()
    outputs = look(trained, [text.numbers], ()).outputs
    scores = next((o for o in outputs if o.dim() == 3 and o.shape[1:] == (text.numbers.shape[1], len(letters))), None)
    if scores is None:
        raise RefusalError("This network tells neither a class nor what comes next.", "Choose another view.")
    coming = as_scores(scores[0, len(text.tokens) - 1]).softmax(0)
    order = coming.argsort(descending=True)[:MOST_NEXT].tolist()
    return {
        "kind": "characters",
        "tokens": text.tokens,
        "probabilities": chances_of(outputs, text.numbers)[: len(text.tokens)],
        "next": [{"name": letters[n], "probability": float(coming[n])} for n in order],
    }
