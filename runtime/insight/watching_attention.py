"""The weights of attention while a network calculates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from nodes.attention import ScaledDotProductAttention
from nodes.graph.analysis import layers
from nodes.graph.infer import infer
from nodes.graph.muting import without_muted
from nodes.visual_attention import SoftSpatialAttention
from runtime.insight.trained import Trained


class Looked(NamedTuple):
    """One attention: heads × L × S of the first sample."""

    path: str
    weights: Tensor
    is_self: bool | None = None  # does it look at what it comes from? None where that is not known
    grid: list[int] | None = None  # rows and columns of what is looked at, and steps in front of them


class Watching(TorchFunctionMode):
    """Keeps the weights of attention (heads × L × S of the first sample) while a network calculates."""

    def __init__(self, plain: Sequence[str]) -> None:
        super().__init__()
        self.maps: list[Looked] = []
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
            self.maps.append(Looked(self.path or "attention", weights[0].detach(), args[0] is args[1]))
            return output, weights.mean(1) if wants else None
        if func is functional.scaled_dot_product_attention:
            self.maps.append(Looked(next(self._plain, "attention"), _weights(*args, **kwargs)))
        return func(*args, **kwargs)


def _weights(query: Tensor, key: Tensor, *_rest: Any, **settings: Any) -> Tensor:
    """softmax(q·kᵀ·scale), with the mask, of the first sample: heads × L × S. Vaswani et al. 2017, equation 1."""
    scale = settings.get("scale") or query.shape[-1] ** -0.5
    scores = query @ key.transpose(-1, -2) * scale
    if settings.get("is_causal"):
        later = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
        scores = scores.masked_fill(later, float("-inf"))
    mask: Tensor | None = settings.get("attn_mask")
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf")) if mask.dtype == torch.bool else scores + mask
    weights: Tensor = scores.softmax(-1)[0].nan_to_num().detach()
    return weights if weights.dim() == 3 else weights[None]


@contextmanager
def watched(trained: Trained) -> Iterator[Watching]:
    """In evaluation, with what is calculated in Python: the joined kernels tell no weights."""
    rows = layers(infer(without_muted(trained.network.graph)), expanded=True)
    watching = Watching([row.path for row in rows if isinstance(row.settings, ScaledDotProductAttention)])

    def enter(path: str) -> Callable[..., None]:
        def note(*_: Any) -> None:
            watching.path = path

        return note

    def glance(path: str) -> Callable[..., None]:
        def note(_layer: nn.Module, _given: object, result: tuple[Tensor, Tensor]) -> None:
            weights = result[1].detach()  # steps of the first sample × H × W
            watching.maps.append(Looked(path, weights.flatten(1)[None], False, [*weights.shape[1:], 0]))

        return note

    handles = []
    for path, layer in trained.module.named_modules():
        if isinstance(layer, nn.MultiheadAttention):
            handles.append(layer.register_forward_pre_hook(enter(path)))
        elif type(layer).__name__ == SoftSpatialAttention.torch_name:  # written into the source
            handles.append(layer.register_forward_hook(glance(path)))
    try:
        with watching:
            yield watching
    finally:
        for handle in handles:
            handle.remove()
