"""Activations and arithmetic of ONNX, with the patterns that say one layer in several steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nodes.activation import (
    CELU,
    ELU,
    GELU,
    SELU,
    Hardsigmoid,
    Hardswish,
    Hardtanh,
    LeakyReLU,
    LogSoftmax,
    Mish,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
)  # fmt: skip
from nodes.arithmetic import Abs, AddScalar, Clamp, Exp, Log, MultiplyScalar, Negate, Power, Reciprocal, Sqrt
from nodes.dropout import Dropout
from nodes.merge import Add, Average, Divide, Maximum, Minimum, Multiply, Subtract
from nodes.normalization import BatchNorm1d, BatchNorm2d, BatchNorm3d, LayerNorm
from nodes.reshape_over import Mean
from nodes.spec.node_type import NodeType
from runtime.exchange.importing.arranging import letters_of
from runtime.exchange.importing.drawing import UnsayableError, Value
from runtime.exchange.importing.onnx_layers import with_bias
from runtime.exchange.importing.onnx_step import OnnxStep, scalar, tensor_of

CLOSE = 1e-4
FARTHEST = 1e6  # what the catalogue takes as a bound


@dataclass(frozen=True)
class GeluPart:
    """A part of ½·x·(1 + erf(x / √2)): erf so far, with 1 added or not, times x or not, and a factor."""

    x: Value
    has_one: bool = False
    has_x: bool = False
    factor: float = 1.0


def _each(settings: NodeType) -> Callable[[OnnxStep], Value]:
    return lambda step: step.add(settings, step.value())


def _erf(step: OnnxStep) -> GeluPart:
    item = step.item(step.value())
    if item is not None and isinstance(item.settings, MultiplyScalar) and _is(item.settings.other, math.sqrt(0.5)):
        return GeluPart(next(iter(item.inputs.values())))
    raise UnsayableError("Erf has no node")


def _is(number: float | None, wanted: float) -> bool:
    return number is not None and abs(number - wanted) <= CLOSE * max(abs(wanted), 1.0)


def _add(step: OnnxStep) -> Any:
    one, other = step.given[0], step.given[1]
    for part, rest in ((one, other), (other, one)):
        if isinstance(part, GeluPart) and _is(scalar(rest), 1.0) and not part.has_one and part.factor == 1:
            return GeluPart(part.x, True)
    for place, (x, array) in enumerate(((one, other), (other, one))):
        if isinstance(x, Value) and isinstance(array, np.ndarray):
            found = _onto_averages(step, x, array, place, is_scale=False) or with_bias(step, x, array, place)
            if found is not None:
                return found
    return _of_two(step, Add, AddScalar)


def _multiply(step: OnnxStep) -> Any:
    one, other = step.given[0], step.given[1]
    for part, rest in ((one, other), (other, one)):
        if isinstance(part, GeluPart):
            return _gelu(step, part, rest)
    for x, gate in ((one, other), (other, one)):
        item = step.item(gate)
        is_gate = item is not None and isinstance(item.settings, Sigmoid | Hardsigmoid)
        if item is not None and is_gate and item.inputs.get("x") == x:
            assert isinstance(x, Value)
            return step.add(SiLU() if isinstance(item.settings, Sigmoid) else Hardswish(), x)
    for place, (x, array) in enumerate(((one, other), (other, one))):
        if isinstance(x, Value) and isinstance(array, np.ndarray) and array.size > 1:
            found = _onto_averages(step, x, array, place, is_scale=True) or _with_scale(step, x, array, place)
            if found is not None:
                return found
    return _of_two(step, Multiply, MultiplyScalar)


def _gelu(step: OnnxStep, part: GeluPart, rest: Any) -> Any:
    """One more factor of a Gelu in parts."""
    if not part.has_one:
        raise UnsayableError("Erf has no node")
    number = scalar(rest)
    if number is not None:
        part = GeluPart(part.x, True, part.has_x, part.factor * number)
    elif isinstance(rest, Value) and not part.has_x:
        item = step.item(rest)
        halved = item is not None and isinstance(item.settings, MultiplyScalar) and item.inputs.get("x") == part.x
        if rest != part.x and not halved:
            raise UnsayableError("Erf has no node")
        factor = item.settings.other if halved and item is not None else 1.0  # type: ignore[attr-defined]
        part = GeluPart(part.x, True, True, part.factor * factor)
    else:
        raise UnsayableError("Erf has no node")
    return step.add(GELU(), part.x) if part.has_x and _is(part.factor, 0.5) else part


def _onto_averages(step: OnnxStep, x: Value, array: Any, place: int, is_scale: bool) -> Value | None:
    """A factor or an offset for each channel, taken into the batch normalisation before it, as Caffe wrote them."""
    item = step.item(x)
    if item is None or not isinstance(item.settings, BatchNorm1d | BatchNorm2d | BatchNorm3d):
        return None
    channels = item.weights["weight"].shape[0]
    wanted = (channels, *([1] * (len(x.shape) - 1)))
    sizes = np.shape(array)[1:] if np.ndim(array) == len(wanted) + 1 else np.shape(array)
    if (
        not step.is_alone(place)
        or tuple(sizes) != wanted
        or (np.ndim(array) > len(wanted) and np.shape(array)[0] != 1)
    ):
        return None
    numbers = tensor_of(np.reshape(array, -1))
    weight, bias = item.weights["weight"], item.weights["bias"]
    changed = {"weight": weight * numbers, "bias": bias * numbers} if is_scale else {"bias": bias + numbers}
    return step.changed(x, item.settings, changed)


def _with_scale(step: OnnxStep, x: Value, array: Any, place: int) -> Value | None:
    """The scale of a layer normalisation that was written in steps."""
    item = step.item(x)
    if item is None or not isinstance(item.settings, LayerNorm) or item.settings.elementwise_affine:
        return None
    if not step.is_alone(place) or np.ndim(array) != 1 or np.size(array) != x.shape[-1]:
        return None
    settings = item.settings.replaced(elementwise_affine=True, bias=False)
    return step.changed(x, settings, {"weight": tensor_of(array)})


def _subtract(step: OnnxStep) -> Value:
    return _of_two(step, Subtract, lambda number: AddScalar(-number), swapped=False)


def _divide(step: OnnxStep) -> Value:
    found = _layer_norm(step)
    return found or _of_two(step, Divide, lambda number: MultiplyScalar(1 / number), swapped=False)


def _layer_norm(step: OnnxStep) -> Value | None:
    """(x − mean) / √(mean((x − mean)²) + eps), as older files write layer normalisation."""
    top, root = step.item(step.given[0]), step.item(step.given[1])
    if top is None or root is None or not isinstance(top.settings, Subtract) or not isinstance(root.settings, Sqrt):
        return None
    shifted = step.item(root.inputs["x"])
    spread = step.item(shifted.inputs["x"]) if shifted and isinstance(shifted.settings, AddScalar) else None
    square = step.item(spread.inputs["x"]) if spread and isinstance(spread.settings, Mean) else None
    x, mean = top.inputs["x1"], step.item(top.inputs["x2"])
    if square is None or mean is None or not isinstance(mean.settings, Mean) or mean.inputs.get("x") != x:
        return None
    is_square = isinstance(square.settings, Power) and square.settings.exponent == 2
    is_square = is_square and square.inputs["x"] == step.given[0]
    if not is_square or mean.settings.dim != x.shape.axes[-1] or spread is None or spread.settings != mean.settings:
        return None
    assert shifted is not None
    assert isinstance(shifted.settings, AddScalar)
    return step.add(LayerNorm(1, shifted.settings.other, False, True), x)


def _of_two(
    step: OnnxStep, values: type[NodeType], number: Callable[[float], NodeType], swapped: bool = True
) -> Value:
    """Arithmetic of two values, or of one with a constant."""
    one, other = step.given[0], step.given[1]
    if isinstance(one, Value) and isinstance(other, Value):
        if len(one.shape) != len(other.shape):
            raise UnsayableError("Values with more and with fewer axes meet in no node")
        if one.shape.axes != other.shape.axes:
            kinds = {1: "vector", 2: "sequence", 3: "image", 4: "volume"}
            one, other = (step.relabelled(value, kinds[len(value.shape)]) for value in (one, other))
        return step.add(values(), one, other)
    if isinstance(one, Value):
        single = scalar(other)
        if single is not None and np.ndim(other) <= len(one.shape) + 1:
            return step.add(number(single), one)
        return step.add(values(), one, step.held(1, one.shape))
    x, single = step.value(1), scalar(one)
    if single is not None and swapped and np.ndim(one) <= len(x.shape) + 1:
        return step.add(number(single), x)
    if single is not None and single == 1 and values is Divide:
        return step.add(Reciprocal(), x)
    if single is not None and values is Subtract:
        return step.add(AddScalar(single), step.add(Negate(), x))
    return step.add(values(), step.held(0, x.shape), x)


def _many(kind: type[NodeType]) -> Callable[[OnnxStep], Value]:
    def rule(step: OnnxStep) -> Value:
        if len(step.given) == 1:
            return step.value()
        like = next((one for one in step.given if isinstance(one, Value)), None)
        if like is None:
            raise UnsayableError(f"{step.operator} of constants has no node")
        values = [
            one if isinstance(one, Value) else step.held(place, like.shape) for place, one in enumerate(step.given)
        ]
        if len({len(value.shape) for value in values}) > 1:
            raise UnsayableError("Values with more and with fewer axes meet in no node")
        return step.add(kind(), *values)

    return rule


def _power(step: OnnxStep) -> Value:
    exponent = scalar(step.required(1))
    if exponent is None:
        raise UnsayableError("Several exponents have no node")
    if exponent == 0.5:
        return step.add(Sqrt(), step.value())
    return step.add(Power(exponent), step.value())


def _clip(step: OnnxStep) -> Value:
    a = step.attributes
    low = a.get("min") if len(step.given) < 2 or step.given[1] is None else scalar(step.required(1))
    high = a.get("max") if len(step.given) < 3 or step.given[2] is None else scalar(step.required(2))
    low = None if low is None or low < -FARTHEST else low
    high = None if high is None or high > FARTHEST else high
    if low == 0 and high is None:
        return step.add(ReLU(), step.value())
    if low == 0 and high == 6:
        return step.add(ReLU6(), step.value())
    if low is None and high is None:
        return step.value()
    if low is not None and high is not None and low < high:
        return step.add(Hardtanh(min_val=low, max_val=high), step.value())
    if low is not None and high is not None:
        raise UnsayableError("Bounds that cross have no node")
    return step.add(Clamp(-FARTHEST if low is None else low, FARTHEST if high is None else high), step.value())


def _hard_sigmoid(step: OnnxStep) -> Value:
    slope, offset = step.attributes.get("alpha", 0.2), step.attributes.get("beta", 0.5)
    x = step.value()
    if _is(slope, 1 / 6) and _is(offset, 0.5):
        return step.add(Hardsigmoid(), x)
    return step.add(
        Hardtanh(min_val=0.0, max_val=1.0), step.add(AddScalar(offset), step.add(MultiplyScalar(slope), x))
    )


def _softmax(kind: type[Softmax] | type[LogSoftmax]) -> Callable[[OnnxStep], Value]:
    def rule(step: OnnxStep) -> Value:
        x = step.value()
        axis = int(step.attributes.get("axis", 1 if step.version < 13 else -1)) % (len(x.shape) + 1)
        if step.version < 13 and any(size != 1 for size in x.shape[axis:]):
            raise UnsayableError("A softmax over several axes has no node")
        return step.add(kind(letters_of(x.shape, [axis - 1])), x)

    return rule


def _dropout(step: OnnxStep) -> Value:
    if step.outputs > 1:
        raise UnsayableError("Dropout that gives its mask has no node")
    share = step.attributes.get("ratio", 0.5)
    if len(step.given) > 1 and step.given[1] is not None:
        share = scalar(step.required(1)) or 0.0
    if len(step.given) > 2 and step.given[2] is not None and np.any(step.required(2)):
        raise UnsayableError("Dropout that works outside training has no node")
    return step.add(Dropout(p=float(share)), step.value())


def _cast(step: OnnxStep) -> Value:
    x = step.value()
    if int(step.attributes.get("to", 1)) in (1, 10, 11) and x.shape.values == "real":
        return x
    if int(step.attributes.get("to", 1)) in (6, 7) and x.shape.values == "index":
        return x
    raise UnsayableError("A change of the kind of numbers has no node")


def _selu(step: OnnxStep) -> Value:
    if not _is(step.attributes.get("alpha", 1.6732632), 1.6732632) or not _is(
        step.attributes.get("gamma", 1.050701), 1.050701
    ):
        raise UnsayableError("This Selu is another one than PyTorch's")
    return step.add(SELU(), step.value())


RULES: Mapping[str, Callable[[OnnxStep], Any]] = {
    "Add": _add,
    "Mul": _multiply,
    "Sub": _subtract,
    "Div": _divide,
    "Sum": _many(Add),
    "Mean": _many(Average),
    "Max": _many(Maximum),
    "Min": _many(Minimum),
    "Pow": _power,
    "Erf": _erf,
    "Clip": _clip,
    "HardSigmoid": _hard_sigmoid,
    "Softmax": _softmax(Softmax),
    "LogSoftmax": _softmax(LogSoftmax),
    "Dropout": _dropout,
    "Cast": _cast,
    "Identity": lambda step: step.given[0],
    "Relu": _each(ReLU()),
    "Sigmoid": _each(Sigmoid()),
    "Tanh": _each(Tanh()),
    "HardSwish": _each(Hardswish()),
    "Softplus": _each(Softplus()),
    "Softsign": _each(Softsign()),
    "Mish": _each(Mish()),
    "Exp": _each(Exp()),
    "Log": _each(Log()),
    "Sqrt": _each(Sqrt()),
    "Neg": _each(Negate()),
    "Abs": _each(Abs()),
    "Reciprocal": _each(Reciprocal()),
    "Elu": lambda step: step.add(ELU(alpha=step.attributes.get("alpha", 1.0)), step.value()),
    "Celu": lambda step: step.add(CELU(alpha=step.attributes.get("alpha", 1.0)), step.value()),
    "LeakyRelu": lambda step: step.add(LeakyReLU(negative_slope=step.attributes.get("alpha", 0.01)), step.value()),
    "Gelu": lambda step: step.add(GELU(step.attributes.get("approximate", "none")), step.value()),
    "Selu": _selu,
}
