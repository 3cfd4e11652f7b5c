"""Weights from one module into another that computes the same under other names, such as torchvision's into ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

import torch
from torch import Tensor, nn

Signature = tuple[object, ...]


@dataclass(frozen=True)
class Matching:
    """Which layer of the target answers to which of the source, and those of both that found no partner."""

    layers: Mapping[str, str]  # target's name -> source's name
    weights: Mapping[str, str]  # target's entry in state_dict -> source's
    left_over: tuple[str, ...]  # of the source
    missing: tuple[str, ...]  # of the target

    @property
    def is_whole(self) -> bool:
        return not (self.left_over or self.missing)

    def __str__(self) -> str:
        if self.is_whole:
            return f"All {len(self.layers)} layers with weights match."
        parts = [f"{len(self.layers)} layers with weights match."]
        if self.left_over:
            parts.append(f"Not taken over: {_listed(self.left_over)}.")
        if self.missing:
            parts.append(f"Left as they were: {_listed(self.missing)}.")
        return " ".join(parts)


def matching(source: nn.Module, target: nn.Module, *example: Tensor) -> Matching:
    """Pairs layers in the order in which they run on ``example``, where kind and shapes of their weights agree.

    Layers that do not run, such as auxiliary heads outside training, follow in the order of their declaration.
    """
    theirs, ours = _layers(source, example), _layers(target, example)
    matcher = SequenceMatcher(
        None, [_signature(layer) for layer in theirs.values()], [_signature(layer) for layer in ours.values()], False
    )
    layers: dict[str, str] = {}
    for block in matcher.get_matching_blocks():
        pairs = zip(
            list(ours)[block.b : block.b + block.size], list(theirs)[block.a : block.a + block.size], strict=True
        )
        layers.update(pairs)
    taken = set(layers.values())
    return Matching(
        layers,
        {_joined(a, entry): _joined(b, entry) for a, b in layers.items() for entry in _entries(ours[a])},
        tuple(name for name in theirs if name not in taken),
        tuple(name for name in ours if name not in layers),
    )


def copy_weights(source: nn.Module, target: nn.Module, *example: Tensor) -> Matching:
    """Copies weights, and running averages, of all layers that match; says which, and which did not."""
    found = matching(source, target, *example)
    values, places = source.state_dict(), target.state_dict()
    with torch.no_grad():
        for ours, theirs in found.weights.items():
            places[ours].copy_(values[theirs])
    return found


def _layers(module: nn.Module, example: tuple[Tensor, ...]) -> dict[str, nn.Module]:
    """The layers with weights of their own, by name, in the order in which they run."""
    names = {layer: name for name, layer in module.named_modules() if _entries(layer)}
    order: dict[nn.Module, None] = {}
    hooks = [layer.register_forward_hook(lambda ran, *_: order.setdefault(ran, None)) for layer in names]
    modes = {layer: layer.training for layer in module.modules()}
    module.eval()
    try:
        with torch.no_grad():
            module(*example)
    finally:
        for hook in hooks:
            hook.remove()
        for layer, mode in modes.items():
            layer.training = mode
    return {names[layer]: layer for layer in dict.fromkeys([*order, *names])}


def _entries(layer: nn.Module) -> dict[str, Tensor]:
    """What the layer itself, without those inside it, has in its state_dict."""
    own = [*layer.named_parameters(recurse=False), *layer.named_buffers(recurse=False)]
    return {name: value for name, value in own if name not in layer._non_persistent_buffers_set}


def _signature(layer: nn.Module) -> Signature:
    return type(layer).__name__, tuple((name, tuple(value.shape)) for name, value in _entries(layer).items())


def _joined(layer: str, entry: str) -> str:
    return f"{layer}.{entry}" if layer else entry


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
