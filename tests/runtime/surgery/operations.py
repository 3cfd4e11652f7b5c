"""Operations in tests: done on a network whose weights and averages are drawn, and compared on random inputs."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from nodes.graph.model import Graph
from nodes.graph.scope import Way
from nodes.graph.surgery import operated
from runtime.compile import build
from runtime.exchange.example import fitting_sizes, random_inputs
from runtime.surgery.weights import Carried


class Done(NamedTuple):
    """What an operation led to; both modules are in evaluation."""

    graph: Graph
    before: nn.Module
    after: nn.Module
    kept: int
    weights: int
    is_exact: bool


def done(graph: Graph, operation: str, node: str = "", value: str = "", ways: tuple[Way, ...] = ((),)) -> Done:
    surgery = operated(graph, operation, ways, node, value)
    before = drawn(graph)
    carried = Carried(before.state_dict())
    for step in surgery.steps:
        carried.step(step)
    after = build(surgery.graph)
    kept, count = carried.into(after)
    return Done(surgery.graph, before, after.eval(), kept, count, surgery.is_exact)


def drawn(graph: Graph) -> nn.Module:
    """A module whose normalisations are anything but the identity."""
    torch.manual_seed(0)
    module = build(graph)
    for layer in module.modules():
        if isinstance(layer, nn.modules.batchnorm._BatchNorm) and layer.track_running_stats:
            assert isinstance(layer.running_mean, Tensor)
            assert isinstance(layer.running_var, Tensor)
            layer.running_mean.uniform_(-0.5, 0.5)
            layer.running_var.uniform_(0.5, 2.0)
            if layer.affine:
                nn.init.uniform_(layer.weight, 0.5, 1.5)
                nn.init.uniform_(layer.bias, -0.5, 0.5)
    return module.eval()


@torch.inference_mode()
def difference(one: Done) -> float:
    """The largest of all outputs, in proportion to the largest number there."""
    torch.manual_seed(1)
    inputs = [*random_inputs(one.graph, 4, next(fitting_sizes(one.graph), {})).values()]
    told = [_several(module(*inputs)) for module in (one.before, one.after)]
    return max(float((a - b).abs().max() / a.abs().max().clamp(min=1e-3)) for a, b in zip(*told, strict=True))


def _several(value: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (value,) if isinstance(value, Tensor) else value
