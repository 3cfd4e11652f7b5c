"""Layers of ONNX with weights and windows: convolution, pooling, normalisation, Gemm and MatMul."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace as replaced
from typing import Any

import numpy as np

from nodes.activation import PReLU, SiLU
from nodes.conv import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from nodes.embedding import Embedding
from nodes.linear import Linear
from nodes.merge_matmul import MatMul
from nodes.normalization import (
    BatchNorm1d,
    BatchNorm2d,
    BatchNorm3d,
    GroupNorm,
    InstanceNorm1d,
    InstanceNorm2d,
    InstanceNorm3d,
    LayerNorm,
    LocalResponseNorm,
    RMSNorm,
)  # fmt: skip
from nodes.pooling import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveAvgPool3d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    AdaptiveMaxPool3d,
    AvgPool1d,
    AvgPool2d,
    AvgPool3d,
    MaxPool1d,
    MaxPool2d,
    MaxPool3d,
)  # fmt: skip
from nodes.reshape import Flatten
from runtime.exchange.importing.arranging import padded, reshaped
from runtime.exchange.importing.drawing import UnsayableError, Value
from runtime.exchange.importing.onnx_step import OnnxStep, tensor_of

BY_RANK = {1: "signal", 2: "image", 3: "volume"}
LOWEST = -1e6  # what is padded before a maximum is taken
Pads = list[tuple[int, int]]


def _spatial(step: OnnxStep) -> tuple[Value, int]:
    """The input as a signal, an image or a volume, and how many axes of positions it has."""
    x = step.value()
    rank = len(x.shape) - 1
    if rank not in BY_RANK:
        raise UnsayableError(f"{step.operator} of {x.shape.described()} has no node")
    return step.relabelled(x, BY_RANK[rank]), rank


def _window(step: OnnxStep, x: Value, kernel: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...], Pads]:
    """Stride, dilation, and padding before and behind each axis."""
    rank = len(kernel)
    strides = tuple(step.attributes.get("strides", [1] * rank))
    dilations = tuple(step.attributes.get("dilations", [1] * rank))
    auto = step.attributes.get("auto_pad", "NOTSET")
    pads = list(step.attributes.get("pads", [0] * 2 * rank))
    sides = list(zip(pads[:rank], pads[rank:], strict=True))
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        sides = []
        for size, k, s, d in zip(x.shape[1:], kernel, strides, dilations, strict=True):
            if not isinstance(size, int):
                raise UnsayableError("Padding to the same size needs known sizes")
            total = max((-(-size // s) - 1) * s + (k - 1) * d + 1 - size, 0)
            less = total // 2
            sides.append((less, total - less) if auto == "SAME_UPPER" else (total - less, less))
    elif auto == "VALID":
        sides = [(0, 0)] * rank
    return strides, dilations, sides


def _conv(step: OnnxStep) -> Value:
    x, rank = _spatial(step)
    weight, bias = step.required(1), step.constant(2)
    strides, dilations, sides = _window(step, x, weight.shape[2:])
    kind = {1: Conv1d, 2: Conv2d, 3: Conv3d}[rank]
    is_even = all(before == behind for before, behind in sides)
    settings = kind(
        out_channels=weight.shape[0],
        kernel_size=tuple(weight.shape[2:]),
        stride=strides,
        padding=tuple(before for before, _ in sides) if is_even else tuple(n for side in sides for n in side),
        dilation=dilations,
        groups=step.attributes.get("group", 1),
        bias=bias is not None,
    )
    return step.add(settings, x, weights=_weights(weight, bias))


def _weights(weight: Any, bias: Any) -> dict[str, Any]:
    return {"weight": tensor_of(weight)} | ({} if bias is None else {"bias": tensor_of(bias)})


def _conv_transpose(step: OnnxStep) -> Value:
    x, rank = _spatial(step)
    weight, bias = step.required(1), step.constant(2)
    if "output_shape" in step.attributes or step.attributes.get("auto_pad", "NOTSET") != "NOTSET":
        raise UnsayableError("A transposed convolution to a given size has no node")
    strides, dilations, sides = _window(step, x, weight.shape[2:])
    if any(before != behind for before, behind in sides):
        raise UnsayableError("A transposed convolution with uneven padding has no node")
    kind = {1: ConvTranspose1d, 2: ConvTranspose2d, 3: ConvTranspose3d}[rank]
    groups = step.attributes.get("group", 1)
    settings = kind(
        out_channels=weight.shape[1] * groups,
        kernel_size=tuple(weight.shape[2:]),
        stride=strides,
        padding=tuple(before for before, _ in sides),
        output_padding=tuple(step.attributes.get("output_padding", [0] * rank)),
        groups=groups,
        bias=bias is not None,
        dilation=dilations,
    )
    return step.add(settings, x, weights=_weights(weight, bias))


def _pool(step: OnnxStep) -> Value:
    x, rank = _spatial(step)
    kernel = tuple(step.attributes["kernel_shape"])
    strides, dilations, sides = _window(step, x, kernel)
    is_max, ceil = step.operator == "MaxPool", bool(step.attributes.get("ceil_mode", 0))
    if step.outputs > 1 or step.attributes.get("storage_order", 0):
        raise UnsayableError("Pooling that gives indices counts them otherwise than PyTorch")
    counts = bool(step.attributes.get("count_include_pad", 0))
    if not is_max and not counts and _covers(x, kernel, strides, sides):
        return step.add({1: AdaptiveAvgPool1d, 2: AdaptiveAvgPool2d, 3: AdaptiveAvgPool3d}[rank]((1,) * rank), x)
    is_even = all(a == b and 2 * a <= k for (a, b), k in zip(sides, kernel, strict=True))
    if not is_even:
        if not is_max and not counts:
            raise UnsayableError("A mean that leaves out uneven padding has no node")
        if ceil:
            raise UnsayableError("Pooling with uneven padding and a rounded up size has no node")
        x = padded(step.drawing, x, [(0, 0), *sides], "constant", LOWEST if is_max else 0.0, step.path)
        sides = [(0, 0)] * rank
    padding = tuple(before for before, _ in sides)
    if is_max:
        pool = {1: MaxPool1d, 2: MaxPool2d, 3: MaxPool3d}[rank]
        return step.add(pool(kernel, strides, padding, ceil, dilations), x)
    if any(d != 1 for d in dilations) or (ceil and (counts or any(padding))):
        raise UnsayableError("A mean over positions apart has no node")
    return step.add({1: AvgPool1d, 2: AvgPool2d, 3: AvgPool3d}[rank](kernel, strides, padding, ceil, counts), x)


def _covers(x: Value, kernel: Sequence[int], strides: Sequence[int], sides: Pads) -> bool:
    """Whether one window lies over all there is, with padding that does not count."""
    return all(
        isinstance(size, int) and before + size <= k and (before + size + behind - k) // s == 0
        for size, k, s, (before, behind) in zip(x.shape[1:], kernel, strides, sides, strict=True)
    )


def _global(step: OnnxStep) -> Value:
    x, rank = _spatial(step)
    means = {1: AdaptiveAvgPool1d, 2: AdaptiveAvgPool2d, 3: AdaptiveAvgPool3d}
    largest = {1: AdaptiveMaxPool1d, 2: AdaptiveMaxPool2d, 3: AdaptiveMaxPool3d}
    kinds: Mapping[int, Any] = means if step.operator == "GlobalAveragePool" else largest
    return step.add(kinds[rank]((1,) * rank), x)


def _batch_norm(step: OnnxStep) -> Value:
    x = step.value()
    scale, shift, mean, variance = (step.required(place) for place in range(1, 5))
    if step.attributes.get("training_mode", 0) or step.outputs > 1 or not step.attributes.get("spatial", 1):
        raise UnsayableError("Batch normalisation of training has no node")
    rank = len(x.shape)
    if rank > 1:
        x = step.relabelled(x, BY_RANK.get(rank - 1, "image"))
    kind = {1: BatchNorm1d, 2: BatchNorm1d, 3: BatchNorm2d, 4: BatchNorm3d}[rank]
    weights = {"weight": scale, "bias": shift, "running_mean": mean, "running_var": variance}
    momentum = min(max(1.0 - float(step.attributes.get("momentum", 0.9)), 0.0), 1.0)
    settings = kind(eps=float(step.attributes.get("epsilon", 1e-5)), momentum=round(momentum, 6))
    return step.add(settings, x, weights={name: tensor_of(value) for name, value in weights.items()})


def _instance_norm(step: OnnxStep) -> Value:
    x, rank = _spatial(step)
    kind = {1: InstanceNorm1d, 2: InstanceNorm2d, 3: InstanceNorm3d}[rank]
    settings = kind(eps=float(step.attributes.get("epsilon", 1e-5)), affine=True)
    return step.add(settings, x, weights=_weights(step.required(1), step.required(2)))


def _group_norm(step: OnnxStep) -> Value:
    scale, shift = step.required(1), step.required(2)
    groups, x = int(step.attributes["num_groups"]), step.value()
    channels = x.shape[0]
    if scale.shape != (channels,):
        raise UnsayableError("Group normalisation with a scale for each group has no node")
    settings = GroupNorm(groups, float(step.attributes.get("epsilon", 1e-5)))
    return step.add(settings, x, weights=_weights(scale, shift))


def _layer_norm(step: OnnxStep) -> Value:
    x, scale, shift = step.value(), step.required(1), step.constant(2)
    axis = int(step.attributes.get("axis", -1)) % (len(x.shape) + 1)
    if axis == 0 or step.outputs > 1 or tuple(scale.shape) != tuple(x.shape[axis - 1 :]):
        raise UnsayableError("Normalisation over the batch, or with a scale of other sizes, has no node")
    count, eps = len(x.shape) + 1 - axis, float(step.attributes.get("epsilon", 1e-5))
    if step.operator == "RMSNormalization":
        return step.add(RMSNorm(count, eps), x, weights={"weight": tensor_of(scale)})
    return step.add(LayerNorm(count, eps, True, shift is not None), x, weights=_weights(scale, shift))


def _gemm(step: OnnxStep) -> Value:
    x, weight = step.value(), step.required(1)
    bias = step.constant(2)
    alpha, beta = float(step.attributes.get("alpha", 1.0)), float(step.attributes.get("beta", 1.0))
    if step.attributes.get("transA", 0) or weight.ndim != 2:
        raise UnsayableError("Gemm that turns its input has no node")
    if not step.attributes.get("transB", 0):
        weight = weight.T
    if len(x.shape) > 1:
        x = step.drawing.one(Flatten(), x, path=step.path)
    count = weight.shape[0]
    if bias is not None:
        if bias.size not in (1, count) or (bias.ndim > 1 and bias.shape[-1] not in (1, count)):
            raise UnsayableError("Gemm with an offset for each sample has no node")
        bias = np.broadcast_to(bias.reshape(-1), (count,)) * (beta if beta != 1 else 1)
    scaled = weight if alpha == 1 else weight * alpha
    return step.add(Linear(count, bias is not None), x, weights=_weights(scaled, bias))


def _matmul(step: OnnxStep) -> Value:
    x = step.value()
    if isinstance(step.given[1], Value):
        return step.add(MatMul(), x, step.value(1))
    weight = step.required(1)
    if weight.ndim != 2 or not len(x.shape):
        raise UnsayableError("The product with a constant of other axes has no node")
    linear, weights = Linear(weight.shape[1], False), {"weight": tensor_of(weight.T)}
    if x.shape.axes.endswith("C"):
        return step.add(linear, x, weights=weights)
    if len(x.shape) == 1:
        return step.add(linear, step.relabelled(x, "vector"), weights=weights)
    if len(x.shape) == 2:
        return step.add(linear, step.relabelled(x, "sequence"), weights=weights)
    rows = reshaped(step.drawing, x, (-1, x.shape[-1]), step.path)
    found = step.add(linear, step.relabelled(rows, "sequence"), weights=weights)
    return reshaped(step.drawing, found, (*x.shape[:-1], weight.shape[1]), step.path)


def with_bias(step: OnnxStep, x: Value, array: Any, place: int) -> Value | None:
    """The Linear before an Add of one number for each output, with that as its bias; None where it is not so."""
    item = step.item(x)
    if item is None or not step.is_alone(place) or np.ndim(array) < 1 or np.size(array) != np.shape(array)[-1]:
        return None
    if isinstance(item.settings, Linear) and not item.settings.bias and np.size(array) == item.settings.out_features:
        bias = {"bias": tensor_of(np.reshape(array, -1))}
        return step.changed(x, replaced(item.settings, bias=True), bias)
    is_plain = isinstance(item.settings, LayerNorm) and item.settings.elementwise_affine and not item.settings.bias
    if is_plain and tuple(item.weights["weight"].shape) == (np.size(array),):
        return step.changed(x, item.settings.replaced(bias=True), {"bias": tensor_of(np.reshape(array, -1))})
    return None


def _lrn(step: OnnxStep) -> Value:
    a = step.attributes
    size = int(a["size"])
    if size % 2 == 0:
        raise UnsayableError("Normalisation over an even number of channels is another one in PyTorch")
    settings = LocalResponseNorm(size, a.get("alpha", 1e-4), a.get("beta", 0.75), a.get("bias", 1.0))
    return step.add(settings, step.value())


def _prelu(step: OnnxStep) -> Value:
    x, slope = step.value(), step.required(1)
    if slope.size == 1:
        return step.add(PReLU("1"), x, weights={"weight": tensor_of(slope.reshape(1))})
    if not len(x.shape) or slope.size != x.shape[0] or (slope.ndim > 1 and slope.shape[-len(x.shape)] != slope.size):
        raise UnsayableError("Slopes for other axes than channels have no node")
    if len(x.shape) == 2:
        x = step.relabelled(x, "signal")
    return step.add(PReLU("channels"), x, weights={"weight": tensor_of(slope.reshape(-1))})


def embedded(step: OnnxStep, table: Any, indices: Value) -> Value:
    """A Gather from rows of a table of weights."""
    if table.ndim != 2 or int(step.attributes.get("axis", 0)):
        raise UnsayableError("Gathering along other axes has no node")
    return step.add(Embedding(table.shape[0], table.shape[1]), indices, weights={"weight": tensor_of(table)})


def _swish(step: OnnxStep) -> Value:
    if abs(float(step.attributes.get("alpha", 1.0)) - 1) > 1e-6:
        raise UnsayableError("A Swish of another slope has no node")
    return step.add(SiLU(), step.value())


RULES: Mapping[str, Callable[[OnnxStep], Any]] = {
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "MaxPool": _pool,
    "AveragePool": _pool,
    "GlobalAveragePool": _global,
    "GlobalMaxPool": _global,
    "BatchNormalization": _batch_norm,
    "InstanceNormalization": _instance_norm,
    "GroupNormalization": _group_norm,
    "LayerNormalization": _layer_norm,
    "RMSNormalization": _layer_norm,
    "Gemm": _gemm,
    "MatMul": _matmul,
    "LRN": _lrn,
    "PRelu": _prelu,
    "Swish": _swish,
}
