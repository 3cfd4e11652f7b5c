"""The rule for attention within windows of an image."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from runtime.exchange.onnx.rules import NoRuleError, Place, rule
from runtime.layers.windows import window_mask, window_shift

LEAST_LENGTH = 1e-12  # that PyTorch divides by
LARGEST_SCALE = 100.0

Step = Callable[[str, str], str]  # from a value to the next, whose name is given


@rule("shifted_window_attention")
def shifted_window_attention(here: Place) -> str:
    """Windows stand beside the batch: N × windows × places × C. A shift takes rows and columns in another order."""
    settings = here.settings
    height, width, channels = (here.shape[here.shape.axes.index(letter)] for letter in "HWC")
    if not (isinstance(height, int) and isinstance(width, int) and isinstance(channels, int)):
        raise NoRuleError("windows of an image whose size is open")
    high, wide = settings.window_size
    rows, columns = -(-height // high), -(-width // wide)
    full = rows * high, columns * wide
    shift = window_shift(full, settings.window_size, settings.shift_size)
    is_first = here.shape.axes == "CHW"

    x = here.op("Transpose", here.x, part="channels_last", perm=[0, 2, 3, 1]) if is_first else here.x
    if full != (height, width):
        beyond = here.ints([0, 0, 0, 0, 0, full[0] - height, full[1] - width, 0], "beyond")
        x = here.op("Pad", x, beyond, part="padded")
    for axis, (size, by) in enumerate(zip(full, shift, strict=True), start=1):
        if by:
            x = _taken(here, axis, [(place + by) % size for place in range(size)], x, f"shifted{axis}")
    split = [high, rows, wide, columns] if settings.grid else [rows, high, columns, wide]
    there, back = ([0, 2, 4, 1, 3, 5], [0, 3, 1, 4, 2, 5]) if settings.grid else ([0, 1, 3, 2, 4, 5],) * 2
    x = _laid_out(here, [*split, channels], x, "split")
    x = here.op("Transpose", x, part="windows", perm=there)
    x = _laid_out(here, [rows * columns, high * wide, channels], x, "places")
    mask = window_mask(*full, settings.window_size, shift, torch.device("cpu")) if any(shift) else None
    x = _attended(here, x, [rows * columns, high * wide, channels], mask)

    ends: list[Step] = [
        partial(_laid_out, here, [rows, columns, high, wide, channels]),
        lambda value, part: here.op("Transpose", value, part=part, perm=back),
        partial(_laid_out, here, [*full, channels]),
    ]
    for axis, (size, by, kept) in enumerate(zip(full, shift, (height, width), strict=True), start=1):
        if by or size != kept:
            ends.append(partial(_taken, here, axis, [(place - by) % size for place in range(kept)]))
    if is_first:
        ends.append(lambda value, part: here.op("Transpose", value, part=part, perm=[0, 3, 1, 2]))
    for number, end in enumerate(ends, start=1):
        x = end(x, "" if number == len(ends) else f"joined{number}")
    return x


def _attended(here: Place, x: str, sizes: Sequence[int], mask: Tensor | None) -> str:
    """From N × windows × places × C to the same."""
    layer: Any = here.layer
    heads = here.settings.num_heads
    windows, places, channels = sizes
    joined = _projected(here, x, layer.qkv.weight, layer.offsets(), "qkv")
    parts = here.ops("Split", [joined, here.ints([channels] * 3, "thirds")], ["q", "k", "v"], axis=-1)
    orders = {"query": [0, 1, 3, 2, 4], "key": [0, 1, 3, 4, 2], "value": [0, 1, 3, 2, 4]}
    by_head = [
        _laid_out(here, [windows, places, heads, channels // heads], p, f"heads{n}") for n, p in enumerate(parts)
    ]
    query, key, value = (
        here.op("Transpose", one, part=name, perm=order)
        for one, (name, order) in zip(by_head, orders.items(), strict=True)
    )
    if here.settings.cosine:
        query, key = _unit(here, query, -1, "query"), _unit(here, key, -2, "key")
        largest = layer.logit_scale.detach().exp().clamp(max=LARGEST_SCALE)
        scores = here.op("Mul", here.op("MatMul", query, key, part="cosines"), here.weight("logit_scale", largest),
                         part="scores")  # fmt: skip
    else:
        query = here.op("Mul", query, here.real((channels // heads) ** -0.5, "scale"), part="scaled")
        scores = here.op("MatMul", query, key, part="scores")
    bias = layer.position_bias().detach().contiguous()
    scores = here.op("Add", scores, here.weight("relative_position_bias", bias), part="with_bias")
    if mask is not None:
        numbers = here.writer.constant(mask.numpy(), f"{here.path}.mask", np.float32)
        scores = here.op("Add", scores, numbers, part="masked")
    mixed = here.op("MatMul", here.op("Softmax", scores, part="weights", axis=-1), value, part="mixed")
    mixed = here.op("Transpose", mixed, part="mixed_places", perm=[0, 1, 3, 2, 4])
    mixed = _laid_out(here, sizes, mixed, "mixed_heads")
    return _projected(here, mixed, layer.proj.weight, layer.proj.bias, "proj")


def _projected(here: Place, x: str, weight: Tensor, bias: Tensor | None, part: str) -> str:
    product = here.op("MatMul", x, here.weight(f"{part}.weight", weight.detach().t()), part=part)
    return product if bias is None else here.op("Add", product, here.weight(f"{part}.bias", bias.detach()),
                                                part=f"{part}_offset")  # fmt: skip


def _unit(here: Place, x: str, axis: int, part: str) -> str:
    """Vectors along an axis, of length 1."""
    squares = here.op("ReduceSum", here.op("Mul", x, x, part=f"{part}_squares"), here.ints([axis], f"{part}_axis"),
                      part=f"{part}_sums", keepdims=1)  # fmt: skip
    length = here.op("Max", here.op("Sqrt", squares, part=f"{part}_root"), here.real(LEAST_LENGTH, "least"),
                     part=f"{part}_length")  # fmt: skip
    return here.op("Div", x, length, part=f"{part}_unit")


def _laid_out(here: Place, sizes: Sequence[int], x: str, part: str) -> str:
    return here.op("Reshape", x, here.ints([0, *sizes], "sizes"), part=part)


def _taken(here: Place, axis: int, order: Sequence[int], x: str, part: str) -> str:
    return here.op("Gather", x, here.ints(order, "order"), part=part, axis=axis)
