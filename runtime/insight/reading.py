"""What a network that reads sequences makes of one, step by step: hidden units, attention, and how sure it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from nodes.attention import ScaledDotProductAttention
from runtime.data.dataset import Field
from runtime.data.texts import words_of
from runtime.faults import RefusalError
from runtime.insight.seen import look
from runtime.insight.trained import Trained
from runtime.sequences.sampling import as_scores

MOST_STEPS = 400  # of a sequence that is read
MOST_LOOKED_AT = 96  # steps whose attention is told, so that every pair can be seen
LIVELIEST = 8


def text_field(trained: Trained) -> Field | None:
    """The field of indices that it reads alone; None where it reads something else."""
    names = trained.binding.forward
    field = trained.data.field(names[0]) if len(names) == 1 else None
    return field if field is not None and field.classes and field.shape.axes == "L" else None


def recurrent_layers(trained: Trained) -> list[dict[str, Any]]:
    """Layers with a state that goes from step to step, and how many units they give."""
    found = []
    for path, layer in trained.module.named_modules():
        if isinstance(layer, nn.RNNBase):
            found.append({"path": path, "units": layer.hidden_size * (2 if layer.bidirectional else 1)})
    return found


def attends(trained: Trained) -> bool:
    """Is there attention in it?"""
    nodes = trained.network.graph.nodes.values()
    return any(isinstance(layer, nn.MultiheadAttention) for layer in trained.module.modules()) or any(
        isinstance(node.settings, ScaledDotProductAttention) for node in nodes
    )


def hidden_units(trained: Trained, path: str, unit: int, text: str, row: int) -> dict[str, Any]:
    """What a unit of a recurrent layer gives after each step; ``unit`` −1 the liveliest. Raises RefusalError."""
    numbers, tokens = _read(trained, text, row, MOST_STEPS)
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


def attention(trained: Trained, text: str, row: int) -> dict[str, Any]:
    """The weights of every attention for one sample: each step's shares of the steps it looks at."""
    field = text_field(trained)
    if field is not None:
        numbers, tokens = _read(trained, text, row, MOST_LOOKED_AT)
        inputs = [numbers]
    else:
        inputs, tokens = trained.inputs(torch.tensor([row]) if row >= 0 else trained.some_rows(1)), []
    with _watched(trained) as watching, torch.no_grad():
        trained.module(*inputs)
    if not watching.maps:
        raise RefusalError("Nothing in this network looks at steps.", "Look into a network with attention.")
    layers = [
        {
            "path": path,
            "heads": weights.shape[0],
            "queries": weights.shape[1],
            "keys": weights.shape[2],
            "weights": weights[:, :MOST_LOOKED_AT, :MOST_LOOKED_AT].tolist(),
        }
        for path, weights in watching.maps
    ]
    return {"tokens": tokens, "layers": layers}


class _Watching(TorchFunctionMode):
    """Keeps the weights of attention (heads × L × S of the first sample) while a network calculates."""

    def __init__(self, plain: Sequence[str]) -> None:
        super().__init__()
        self.maps: list[tuple[str, Tensor]] = []
        self.path = ""  # of the module whose turn it is
        self._plain = iter(plain)  # nodes that call the function itself

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        if func is functional.multi_head_attention_forward:
            wants = kwargs.pop("need_weights", True)
            kwargs.pop("average_attn_weights", None)
            output, weights = func(*args, **kwargs, need_weights=True, average_attn_weights=False)
            self.maps.append((self.path or "attention", weights[0].detach()))
            return output, weights.mean(1) if wants else None
        if func is functional.scaled_dot_product_attention:
            self.maps.append((next(self._plain, "attention"), _weights(*args, **kwargs)))
        return func(*args, **kwargs)


def _weights(query: Tensor, key: Tensor, *_rest: Any, **settings: Any) -> Tensor:
    """softmax(q·kᵀ·scale), with the mask, of the first sample: heads × L × S. Vaswani et al. 2017, equation 1."""
    scale = settings.get("scale") or query.shape[-1] ** -0.5
    scores = query @ key.transpose(-1, -2) * scale
    if settings.get("is_causal"):
        later = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
        scores = scores.masked_fill(later, float("-inf"))
    weights: Tensor = scores.softmax(-1)[0].detach()
    return weights if weights.dim() == 3 else weights[None]


@contextmanager
def _watched(trained: Trained) -> Iterator[_Watching]:
    """In evaluation, with what is calculated in Python: the joined kernels tell no weights."""
    graph = trained.network.graph
    plain = [n for n in graph.topology.order if isinstance(graph.nodes[n].settings, ScaledDotProductAttention)]
    watching = _Watching(plain)

    def enter(path: str) -> Callable[..., None]:
        def note(*_: Any) -> None:
            watching.path = path

        return note

    layers = [(p, m) for p, m in trained.module.named_modules() if isinstance(m, nn.MultiheadAttention)]
    handles = [layer.register_forward_pre_hook(enter(path)) for path, layer in layers]
    try:
        with watching:
            yield watching
    finally:
        for handle in handles:
            handle.remove()


def _read(trained: Trained, text: str, row: int, most: int) -> tuple[Tensor, list[str]]:
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
