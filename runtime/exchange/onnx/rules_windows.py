"""The rule for attention within windows of an image."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from runtime.exchange.onnx.rules import NoRuleError, Place, rule
from runtime.exchange.onnx.rules_layers import linear_of, of_unit_length, projected
from runtime.layers.windows import window_layout, window_mask, window_shift

LEAST_LENGTH = 1e-12  # that PyTorch divides by

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
    split, there, back = window_layout(rows, high, columns, wide, settings.grid)
    x = here.reshaped(x, [*split, channels], (), "split")
    x = here.op("Transpose", x, part="windows", perm=there)
    x = here.reshaped(x, [rows * columns, high * wide, channels], (), "places")
    mask = window_mask(*full, settings.window_size, shift, torch.device("cpu")) if any(shift) else None
    x = _attended(here, x, [rows * columns, high * wide, channels], mask)

    ends: list[Step] = [
        lambda value, part: here.reshaped(value, [rows, columns, high, wide, channels], (), part),
        lambda value, part: here.op("Transpose", value, part=part, perm=back),
        lambda value, part: here.reshaped(value, [*full, channels], (), part),
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
    joined = projected(here, x, layer.qkv.weight, layer.offsets(), "qkv", "qkv.")
    parts = here.ops("Split", [joined, here.ints([channels] * 3, "thirds")], ["q", "k", "v"], axis=-1)
    orders = {"query": [0, 1, 3, 2, 4], "key": [0, 1, 3, 4, 2], "value": [0, 1, 3, 2, 4]}
    each = [windows, places, heads, channels // heads]
    by_head = [here.reshaped(part, each, (), f"heads{number}") for number, part in enumerate(parts)]
    query, key, value = (
        here.op("Transpose", one, part=name, perm=order)
        for one, (name, order) in zip(by_head, orders.items(), strict=True)
    )
    if here.settings.cosine:
        query = of_unit_length(here, query, 4, LEAST_LENGTH, "query_unit", "query_")
        key = of_unit_length(here, key, 3, LEAST_LENGTH, "key_unit", "key_")
        scales = here.weight("logit_scale", layer.scales().detach())
        scores = here.op("Mul", here.op("MatMul", query, key, part="cosines"), scales, part="scores")
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
    return linear_of(here, here.reshaped(mixed, sizes, (), "mixed_heads"), layer.proj, 3, "proj", "proj.")


def _taken(here: Place, axis: int, order: Sequence[int], x: str, part: str) -> str:
    return here.op("Gather", x, here.ints(order, "order"), part=part, axis=axis)
