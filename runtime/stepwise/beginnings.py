"""Activations and gradients of every layer before the first step: the course's experiment on how weights begin.

Source: Glorot & Bengio 2010; He et al. 2015, arXiv:1502.01852.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import torch
from torch import Tensor

from runtime.questions.stepwise import Chart, CheckResult, LayerBeginning, Verdict
from runtime.runs import LayerNumbers
from runtime.stepwise.subject import Subject, same_random
from runtime.watching.probe import MOST_NUMBERS, Probe
from runtime.watching.watched_layers import WatchedLayer, watched_layers

SAMPLES = 128
BINS = 30
SATURATED, SILENT = 0.5, 0.9  # shares
COLLAPSED, GROWN = 0.02, 50.0  # times the spread of the layer before
UNEVEN = 3e-4  # gradient beside weights, beside the largest of all layers
TITLE = "Layers before the first step"


@dataclass(frozen=True)
class Fault:
    """What is wrong with one layer."""

    verdict: Verdict
    sentence: str
    remedy: str
    layer: LayerBeginning


def beginnings(subject: Subject) -> CheckResult:
    """Mean, spread, zeros, saturation, gradient and histogram of every layer, for one batch."""
    layers = measured(subject)
    moving = [layer for layer in layers if not _is_constant(subject, layer)]
    if len(moving) < len(layers):  # what leads to weights of 0 has no gradient yet
        moving = [msgspec.structs.replace(one, gradient_norm=one.gradient_norm or None) for one in moving]
    fault = _fault(moving, _of_input(subject))
    charts = _charts(layers)
    if fault is None:
        spreads = [layer.std for layer in layers if layer.std]
        sentence = f"The spread of {len(layers)} layers lies between {min(spreads, default=0):.2g} and "
        sentence += f"{max(spreads, default=0):.2g}; none collapses, grows, is saturated or silent."
        return CheckResult("beginnings", TITLE, "green", sentence, charts=charts, layers=layers)
    return CheckResult(
        "beginnings", TITLE, fault.verdict, fault.sentence, fault.remedy, fault.layer.node, charts, layers
    )


def measured(subject: Subject) -> list[LayerBeginning]:
    """The layers in the order of calculation."""
    module = subject.module().train()
    layers = [one for one in watched_layers(subject.network.graph, module) if not one.is_block]
    probe = Probe(layers)
    counts: dict[str, tuple[Tensor, Tensor, Tensor]] = {}
    probe.attach()
    handles = [layer.module.register_forward_hook(_counter(layer, counts)) for layer in layers]
    with same_random():
        loss, _ = module.losses(*subject.batch(SAMPLES))
    torch.autograd.backward(loss)
    probe.gradients()
    probe.detach()
    for handle in handles:
        handle.remove()
    numbers = probe.fetch()
    return [_told(layer, numbers[layer.path], counts) for layer in layers if layer.path in counts]


def _told(
    layer: WatchedLayer, numbers: LayerNumbers, counts: dict[str, tuple[Tensor, Tensor, Tensor]]
) -> LayerBeginning:
    bins, low, high = counts[layer.path]
    return LayerBeginning(
        layer.path,
        layer.node,
        numbers.mean,
        numbers.std,
        numbers.zeros,
        numbers.saturated,
        numbers.gradient_norm,
        numbers.weight_norm,
        low.item(),
        high.item(),
        bins.int().tolist(),
    )


def _counter(layer: WatchedLayer, counts: dict[str, tuple[Tensor, Tensor, Tensor]]) -> Any:
    def count(module: Any, inputs: Any, output: Any) -> None:
        value = output[0] if isinstance(output, tuple) else output
        if layer.path in counts or not isinstance(value, Tensor) or not value.is_floating_point():
            return
        some = value.detach()[: max(1, MOST_NUMBERS * len(value) // max(1, value.numel()))].float().flatten()
        some = torch.nan_to_num(some)
        low, high = torch.aminmax(some)
        counts[layer.path] = torch.histc(some, BINS, low.item(), high.item()), low, high

    return count


def _is_constant(subject: Subject, layer: LayerBeginning) -> bool:
    """Whether its weights were told to begin all alike: that is meant, as in a spatial transformer."""
    node = subject.network.graph.nodes.get(layer.node)
    return node is not None and node.training.weight_init in ("zeros", "constant")


def _of_input(subject: Subject) -> LayerBeginning | None:
    """The first input of real numbers, as the layers are told."""
    for name, value in zip(subject.job.binding.inputs, subject.batch(SAMPLES), strict=False):
        if value.is_floating_point():
            std = value.float().std(correction=0).item()
            return LayerBeginning(name, name, None, std, None, None, None, None, 0.0, 0.0, [])
    return None


def _fault(layers: list[LayerBeginning], before: LayerBeginning | None) -> Fault | None:
    """The first layer at which something goes wrong, in the order of calculation; ``before`` is what goes in."""
    for layer in layers:
        fault = _of_one(layer, before)
        if fault:
            return fault
        before = layer if layer.std else before
    return _uneven(layers)


def _of_one(layer: LayerBeginning, before: LayerBeginning | None) -> Fault | None:
    if layer.std is None:
        return Fault("red", f"{layer.path} gives numbers that are not finite.", "Look at what it is given.", layer)
    if (layer.saturated or 0) > SATURATED:
        told = f"{layer.saturated:.0%} of the results of {layer.path} are saturated: no gradient comes through."
        return Fault("red", told, "Let the weights before it begin smaller: xavier_normal.", layer)
    if (layer.zeros or 0) > SILENT:
        told = f"{layer.zeros:.0%} of the results of {layer.path} are 0."
        return Fault("red", told, "Let the layer before it begin with kaiming_normal and biases of 0.", layer)
    if before is None or not before.std:
        return None
    gain = layer.std / before.std
    if gain < COLLAPSED:
        told = f"The results of {layer.path} spread by {layer.std:.2g} only, {gain:.1%} of those of {before.path}."
        return Fault("red", told, "Begin with xavier_normal, or kaiming_normal before a ReLU.", layer)
    if gain > GROWN:
        told = f"The results of {layer.path} spread by {layer.std:.3g}, {gain:.0f} times those of {before.path}."
        return Fault("red", told, "Begin with kaiming_normal, or insert a batch normalization.", layer)
    return None


def _uneven(layers: list[LayerBeginning]) -> Fault | None:
    """Layers whose gradients differ by orders of magnitude."""
    told = [layer for layer in layers if layer.gradient_norm is not None and layer.weight_norm]
    if len(told) < 2:
        return None
    least, most = min(told, key=_beside_weights), max(told, key=_beside_weights)
    low, high = _beside_weights(least), _beside_weights(most)
    if low >= UNEVEN * high:
        return None
    sentence = f"Beside its weights the gradient of {least.path} is {low:.1e}, that of {most.path} {high:.1e}."
    remedy = f"Insert a batch normalization behind {least.path}, use ReLU instead of sigmoids, or kaiming_normal."
    return Fault("amber" if low else "red", sentence, remedy, least)


def _beside_weights(layer: LayerBeginning) -> float:
    return (layer.gradient_norm or 0.0) / (layer.weight_norm or 1.0)


def _charts(layers: list[LayerBeginning]) -> list[Chart]:
    names = [layer.path for layer in layers]
    spread = {"mean": [layer.mean or 0.0 for layer in layers], "std": [layer.std or 0.0 for layer in layers]}
    weighted = [layer for layer in layers if layer.gradient_norm is not None]
    return [
        Chart("Results by layer", "bars", spread, labels=names),
        Chart(
            "Gradient by layer",
            "bars",
            {"norm": [layer.gradient_norm or 0.0 for layer in weighted]},
            labels=[layer.path for layer in weighted],
            is_logarithmic=True,
        ),
    ]
