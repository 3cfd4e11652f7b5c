"""The function of every activation, number by number, with the settings of its node."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from nodes.spec.node_type import NodeType

Function = Callable[[float], float]
STEP = 1e-4  # for the slope


def function_of(settings: NodeType) -> Function | None:
    """The curve of an activation that works number by number; None for those that look at several."""
    make = FUNCTIONS.get(settings.type_id)
    return make(settings) if make is not None else None


def slope_of(function: Function) -> Function:
    """The derivative, from two values beside each place."""
    return lambda x: (function(x + STEP) - function(x - STEP)) / (2 * STEP)


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _elu(alpha: float) -> Function:
    return lambda x: x if x > 0 else alpha * math.expm1(x)


def _selu(x: float) -> float:
    scale, alpha = 1.0507009873554805, 1.6732632423543772
    return scale * (x if x > 0 else alpha * math.expm1(x))


def _celu(alpha: float) -> Function:
    return lambda x: max(0.0, x) + min(0.0, alpha * math.expm1(x / alpha)) if alpha else max(0.0, x)


def _gelu(approximate: str) -> Function:
    if approximate == "tanh":
        return lambda x: 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return lambda x: 0.5 * x * (1 + math.erf(x / math.sqrt(2)))


def _softplus(beta: float, threshold: float) -> Function:
    return lambda x: x if x * beta > threshold else math.log1p(math.exp(x * beta)) / beta


def _clipped(low: float, high: float) -> Function:
    return lambda x: min(max(x, low), high)


def _leaky(slope: float) -> Function:
    return lambda x: x if x > 0 else slope * x


FUNCTIONS: dict[str, Callable[[Any], Function]] = {
    "relu": lambda _: _leaky(0.0),
    "leaky_relu": lambda s: _leaky(s.negative_slope),
    "prelu": lambda s: _leaky(s.init),
    "elu": lambda s: _elu(s.alpha),
    "selu": lambda _: _selu,
    "celu": lambda s: _celu(s.alpha),
    "gelu": lambda s: _gelu(s.approximate),
    "silu": lambda _: lambda x: x * sigmoid(x),
    "mish": lambda _: lambda x: x * math.tanh(_softplus(1.0, 20.0)(x)),
    "sigmoid": lambda _: sigmoid,
    "tanh": lambda _: math.tanh,
    "hardswish": lambda _: lambda x: x * min(max(x + 3, 0.0), 6.0) / 6,
    "hardsigmoid": lambda _: lambda x: min(max(x + 3, 0.0), 6.0) / 6,
    "hardtanh": lambda s: _clipped(s.min_val, s.max_val),
    "relu6": lambda _: _clipped(0.0, 6.0),
    "softplus": lambda s: _softplus(s.beta, s.threshold),
    "softsign": lambda _: lambda x: x / (1 + abs(x)),
    "identity": lambda _: lambda x: x,
}
