"""torchvision's partition attention, which MaxViT is made of, as the nodes that say it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from nodes.dropout import StochasticDepth
from nodes.merge import Add
from nodes.reshape import Permute
from nodes.window_attention import ShiftedWindowAttention
from runtime.exchange.importing.drawing import Drawing, Path, Value
from runtime.exchange.importing.torch_modules import Said, said


def is_partitioned(module: nn.Module) -> bool:
    """Is this torchvision's layer that lays an image out in windows or a grid, and attends in each part?"""
    kind = type(module)
    return (kind.__module__, kind.__name__) == ("torchvision.models.maxvit", "PartitionAttentionLayer")


def partitioned(drawing: Drawing, path: Path, layer: Any, x: Value) -> Value:
    """C × H × W to the same. What is not attention works on each place by itself, wherever that is laid out.

    Raises UnsayableError, ShapeError, SettingError.
    """

    def placed(module: nn.Module, known: Said, value: Value, name: str) -> Value:
        settings, weights = known
        origin = type(module).__name__
        [output] = drawing.add(settings, [value], path=path, name=name, weights=weights, origin=origin).values()
        return output

    def through(module: nn.Module, value: Value, name: str) -> Value:
        return placed(module, said(module, value.shape), value, name)

    def added(value: Value, other: Value) -> Value:
        depth = StochasticDepth(layer.stochastic_dropout.p, layer.stochastic_dropout.mode)
        return drawing.one(Add(), value, drawing.one(depth, other, path=path), path=path)

    norm, attention, dropout = layer.attn_layer
    places = drawing.one(Permute("HWC"), x, path=path)
    window = (attention.size, attention.size)
    known = (
        ShiftedWindowAttention(attention.n_heads, window, grid=layer.partition_type == "grid"),
        _weights(attention),
    )
    attended = placed(attention, known, through(norm, places, "norm"), "attn")
    places = added(places, through(dropout, attended, "dropout"))
    value = places
    for number, module in enumerate(layer.mlp_layer):
        value = through(module, value, f"mlp{number}")
    return drawing.one(Permute("CHW"), added(places, value), path=path)


def _weights(attention: Any) -> dict[str, Tensor]:
    """Its scores are divided by the root of all channels, ours by that of a head's: the queries make up for it."""
    scale = torch.tensor([[attention.scale_factor * attention.head_dim**0.5], [1.0], [1.0]])
    weight, bias = attention.to_qkv.weight.detach(), attention.to_qkv.bias.detach()
    return {
        "qkv.weight": (weight.view(3, -1) * scale).view_as(weight),
        "qkv.bias": (bias.view(3, -1) * scale).view_as(bias),
        "proj.weight": attention.merge.weight.detach(),
        "proj.bias": attention.merge.bias.detach(),
        "relative_position_bias_table": attention.relative_position_bias_table.detach(),
    }
