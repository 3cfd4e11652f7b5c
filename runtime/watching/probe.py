"""Measures layers in one step, on the device: nothing is fetched until ``numbers`` is asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.hooks import RemovableHandle

from runtime.runs import LayerNumbers
from runtime.watching.watched_layers import WatchedLayer

MOST_NUMBERS = 1 << 18  # of an output or a weight that are looked at: a part of the batch, or some of the rows
WINDOW = 8  # watched steps in which a unit has to be zero to count as dead
DIGITS = 4


class Probe:
    """Hooks that measure the outputs of layers, and functions that measure their weights around a step.

    No random number is drawn and no value changed, so that a step with a probe gives what it gives without.
    """

    def __init__(self, layers: Sequence[WatchedLayer]) -> None:
        self._layers = layers
        self._handles: list[RemovableHandle] = []
        self._values: dict[tuple[str, str], Tensor] = {}
        self._alive_at: dict[str, Tensor] = {}  # for each unit of a rectifier the last watch that found it alive
        self._before: list[tuple[str, Tensor, Tensor]] = []
        self.watches = 0

    @property
    def window(self) -> int:
        """Watched steps that ``dead`` looks back on."""
        return min(self.watches, WINDOW)

    def attach(self, *, with_outputs: bool = True) -> None:
        """Before a watched step. Without outputs no hook is set: only weights and their gradients are looked at."""
        self.watches += 1
        self._values, self._before = {}, []
        if with_outputs:
            self._handles = [layer.module.register_forward_hook(self._hook(layer)) for layer in self._layers]

    def detach(self) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles = []

    def _hook(self, layer: WatchedLayer) -> Any:
        def measure(module: Any, inputs: Any, output: Any) -> None:
            value = output[0] if isinstance(output, tuple) else output
            if isinstance(value, Tensor) and value.is_floating_point() and (layer.path, "mean") not in self._values:
                self._measure_output(layer, value.detach())

        return measure

    @torch.no_grad()
    def _measure_output(self, layer: WatchedLayer, value: Tensor) -> None:
        room = max(1, MOST_NUMBERS * len(value) // max(1, value.numel()))
        value = value[:room].float()
        variance, mean = torch.var_mean(value, correction=0)
        self._note(layer, mean=mean, std=variance.sqrt())
        if layer.is_rectifier:
            axis = min(layer.unit_axis, value.dim() - 1)
            others = [n for n in range(value.dim()) if n != axis]
            self._note(layer, zeros=(value == 0).float().mean(), dead=self._dead(layer.path, value.amax(others) > 0))
        if layer.bounds:
            low, high = layer.bounds
            self._note(layer, saturated=((value < low) | (value > high)).float().mean())

    def _dead(self, path: str, is_alive: Tensor) -> Tensor:
        """The share of units that no watched step of the window found alive."""
        last = self._alive_at.get(path)
        if last is None or last.shape != is_alive.shape:
            last = torch.full(is_alive.shape, -WINDOW, dtype=torch.int32, device=is_alive.device)
        last = torch.where(is_alive, self.watches, last)
        self._alive_at[path] = last
        return (last <= self.watches - WINDOW).float().mean()

    @torch.no_grad()
    def gradients(self, scale: float = 1.0) -> None:
        """Once gradients are there and nothing has been done to them; they are ``scale`` times too long.

        A step that moves its layers in turns tells several times.
        """
        for layer in self._layers:
            told = [weight.grad for weight in layer.weights if weight.grad is not None]
            if not told or (layer.path, "gradient_norm") in self._values:
                continue
            self._note(layer, gradient_norm=_length(told) / scale, weight_norm=_length(layer.weights))
            for weight in layer.weights:
                self._before.append((layer.path, weight, _some_rows(weight).detach().clone()))

    @torch.no_grad()
    def moved(self) -> None:
        """Once the weights have been moved."""
        by_path: dict[str, tuple[list[Tensor], list[Tensor]]] = {}
        for path, weight, before in self._before:
            moves, befores = by_path.setdefault(path, ([], []))
            moves.append(_some_rows(weight).detach() - before)
            befores.append(before)
        for path, (moves, befores) in by_path.items():
            self._values[path, "update_ratio"] = _length(moves) / _length(befores).clamp(min=1e-12)
        self._before = []

    def _note(self, layer: WatchedLayer, **values: Tensor) -> None:
        for name, value in values.items():
            self._values[layer.path, name] = value

    def fetch(self) -> dict[str, LayerNumbers]:
        """All that was measured since ``attach``, in one transfer."""
        if not self._values:
            return {}
        fetched = torch.stack([value.float() for value in self._values.values()]).tolist()
        told: dict[str, dict[str, float]] = {}
        for (path, name), value in zip(self._values, fetched, strict=True):
            told.setdefault(path, {})[name] = value
        self._values = {}
        for layer in self._layers:
            if layer.is_block:
                told.setdefault(layer.path, {}).update(_together(layer.path, told))
        return {layer.path: _numbers(told[layer.path]) for layer in self._layers if told.get(layer.path)}


def _length(tensors: Sequence[Tensor]) -> Tensor:
    """The Euclidean length of all their numbers."""
    return torch.stack(torch._foreach_norm([tensor.detach().float() for tensor in tensors])).square().sum().sqrt()


def _some_rows(weight: Tensor) -> Tensor:
    """Every so many rows of a large weight: as good as all for a ratio of lengths."""
    return weight if weight.numel() <= MOST_NUMBERS else weight[:: -(-weight.numel() // MOST_NUMBERS)]


def _together(path: str, told: dict[str, dict[str, float]]) -> dict[str, float]:
    """The numbers of a block's weights, from those of the layers within."""
    parts = [values for other, values in told.items() if other.startswith(f"{path}.") and "weight_norm" in values]
    if not parts:
        return {}
    weight = math.hypot(*(part["weight_norm"] for part in parts))
    step = math.hypot(*(part.get("update_ratio", 0.0) * part["weight_norm"] for part in parts))
    return {
        "gradient_norm": math.hypot(*(part["gradient_norm"] for part in parts)),
        "weight_norm": weight,
        "update_ratio": step / weight if weight else 0.0,
    }


def _numbers(values: dict[str, float]) -> LayerNumbers:
    kept = {name: float(f"{value:.{DIGITS}g}") for name, value in values.items() if math.isfinite(value)}
    return LayerNumbers(**kept, is_finite=len(kept) == len(values))
