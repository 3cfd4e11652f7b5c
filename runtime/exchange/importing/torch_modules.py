"""What each module of torch.nn is in the catalogue, with its trained numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from torch import Tensor, nn

from nodes.activation import GLU, LogSoftmax, PReLU, Softmax
from nodes.attention import MultiheadAttention
from nodes.catalogue import catalogue
from nodes.normalization import LayerNorm, RMSNorm
from nodes.recurrent import GRU, LSTM, RNN
from nodes.reshape import Flatten
from nodes.reshape_resize import Upsample
from nodes.spec.node_type import NodeType, setting_kinds
from nodes.spec.settings import Integer, Sizes
from nodes.spec.shapes import Shape
from nodes.window_attention import ShiftedWindowAttention
from runtime.exchange.importing.drawing import UnsayableError

ALIKE = (
    "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d", "MaxPool1d", "MaxPool2d",
    "MaxPool3d", "AvgPool1d", "AvgPool2d", "AvgPool3d", "AdaptiveAvgPool1d", "AdaptiveAvgPool2d",
    "AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "AdaptiveAvgPool3d", "AdaptiveMaxPool3d", "Linear", "Bilinear",
    "ReLU", "LeakyReLU", "ELU", "Sigmoid", "Tanh", "ReLU6", "SELU", "CELU", "GELU", "SiLU", "Mish", "Hardswish",
    "Hardsigmoid", "Hardtanh", "Softplus", "Softsign", "Identity", "BatchNorm1d", "BatchNorm2d", "BatchNorm3d",
    "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d", "GroupNorm", "Dropout", "Dropout1d", "Dropout2d",
    "Dropout3d", "AlphaDropout", "LocalResponseNorm", "Embedding", "PixelShuffle", "PixelUnshuffle",
    "ChannelShuffle", "LPPool1d", "LPPool2d",
)  # fmt: skip
"""Modules whose settings the catalogue has by the same names."""

WINDOWED = ("ShiftedWindowAttention", "ShiftedWindowAttentionV2")

Said = tuple[NodeType, Mapping[str, Tensor]]


def said(module: nn.Module, x: Shape) -> Said:
    """A module of torch.nn as a node. Raises UnsayableError, ShapeError, SettingError."""
    kind = type(module).__name__
    if is_windowed(module):
        return _windowed(module), dict(module.named_parameters())
    own = dict(module.state_dict())
    if not type(module).__module__.startswith("torch.nn."):
        raise UnsayableError(f"There is no node for {kind}")
    if kind in ALIKE:
        return _alike(module, kind), own
    rule = RULES.get(kind)
    if rule is None:
        raise UnsayableError(f"There is no node for {kind}")
    return rule(module, x), own


def is_windowed(module: nn.Module) -> bool:
    """Is this torchvision's attention within windows, of either version?"""
    kind = type(module)
    return kind.__module__ == "torchvision.models.swin_transformer" and kind.__name__ in WINDOWED


def _windowed(module: Any) -> NodeType:
    return ShiftedWindowAttention(
        num_heads=module.num_heads,
        window_size=tuple(module.window_size),
        shift_size=tuple(module.shift_size),
        cosine=hasattr(module, "logit_scale"),
        qkv_bias=module.qkv.bias is not None,
        proj_bias=module.proj.bias is not None,
        attention_dropout=module.attention_dropout,
        dropout=module.dropout,
    )


def _alike(module: nn.Module, kind: str) -> NodeType:
    declared = _declared(kind)
    given: dict[str, Any] = {}
    for name, setting in setting_kinds(declared).items():
        if name == "inplace" or not hasattr(module, name):
            continue
        value = getattr(module, name)
        if name in ("bias", "affine") and not isinstance(value, bool):
            value = value is not None
        if isinstance(setting, Sizes) and not isinstance(value, str) and value is not None:
            value = _sizes(value, len(setting.axes))
        if isinstance(setting, Integer) and isinstance(value, tuple):
            value = value[0]
        given[name] = value
    if not given.get("affine", True):
        given.pop("bias", None)  # there is no scale that it could stand beside
    if isinstance(given.get("momentum", 0.1), type(None)):
        raise UnsayableError("A batch normalisation that averages over all batches has no node")
    return declared(**given)


@cache
def _declared(kind: str) -> type[NodeType]:
    return next(declared for declared in catalogue() if declared.torch_name == kind)


def _sizes(value: Any, axes: int) -> tuple[int | None, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,) * axes


def _layer_norm(module: Any, x: Shape) -> NodeType:
    if isinstance(module, nn.RMSNorm):
        return RMSNorm(len(module.normalized_shape), module.eps, module.elementwise_affine)
    bias = module.bias is not None or not module.elementwise_affine
    return LayerNorm(len(module.normalized_shape), module.eps, module.elementwise_affine, bias)


def _attention(module: Any, x: Shape) -> NodeType:
    if not module.batch_first:
        raise UnsayableError("Attention with the batch as second axis has no node")
    return MultiheadAttention(
        num_heads=module.num_heads,
        dropout=module.dropout,
        bias=module.in_proj_bias is not None,
        add_bias_kv=module.bias_k is not None,
        add_zero_attn=module.add_zero_attn,
    )


def letter(x: Shape, dim: int) -> str:
    """The letter of an axis that PyTorch counts, the batch included. Raises UnsayableError for the batch's."""
    place = dim if dim >= 0 else dim + len(x) + 1
    if not 1 <= place <= len(x):
        raise UnsayableError(f"Axis {dim} of {x.described()} is the batch's, or none")
    return x.axes[place - 1]


def _along(kind: type[Softmax] | type[LogSoftmax] | type[GLU]) -> Callable[[Any, Shape], NodeType]:
    return lambda module, x: kind(letter(x, -1 if module.dim is None else module.dim))


def _flatten(module: Any, x: Shape) -> NodeType:
    return flattened(x, module.start_dim, module.end_dim)


def flattened(x: Shape, start: int, end: int) -> NodeType:
    """A Flatten by PyTorch's axes; after global pooling it is one too. Raises UnsayableError for the batch."""
    rank = len(x) + 1
    start, end = start % rank, end % rank
    if start < 1:
        raise UnsayableError("The batch cannot be flattened")
    return Flatten(start, -1 if end == rank - 1 else end)


def _upsample(module: Any, x: Shape) -> NodeType:
    return resized(
        x,
        module.size,
        module.scale_factor,
        mode=module.mode,
        align_corners=bool(module.align_corners),
        recompute_scale_factor=bool(module.recompute_scale_factor),
    )


def resized(x: Shape, size: Any, scale: Any, **more: Any) -> NodeType:
    """An Upsample to a size or by factors."""
    if size is not None:
        sizes = tuple(size) if isinstance(size, tuple | list) else (size,) * (len(x) - 1)
        return Upsample(size=tuple(int(part) for part in sizes), **more)
    factors = tuple(map(float, scale)) if isinstance(scale, tuple | list) else (float(scale),)
    return Upsample(scale_factor=factors[:1] if len(set(factors)) == 1 else factors, **more)


def _recurrent(kind: type[LSTM] | type[GRU] | type[RNN]) -> Callable[[Any, Shape], NodeType]:
    def rule(module: Any, x: Shape) -> NodeType:
        if not module.batch_first:
            raise UnsayableError("A recurrent layer with the batch as second axis has no node")
        more = {"nonlinearity": module.nonlinearity} if kind is RNN else {}
        more |= {"proj_size": module.proj_size} if kind is LSTM else {}
        return kind(
            hidden_size=module.hidden_size,
            num_layers=module.num_layers,
            bias=module.bias,
            dropout=module.dropout,
            bidirectional=module.bidirectional,
            **more,
        )

    return rule


def _slopes(module: Any, x: Shape) -> NodeType:
    return PReLU("1" if module.num_parameters == 1 else "channels")


RULES: Mapping[str, Callable[[Any, Shape], NodeType]] = {
    "LayerNorm": _layer_norm,
    "RMSNorm": _layer_norm,
    "MultiheadAttention": _attention,
    "Softmax": _along(Softmax),
    "LogSoftmax": _along(LogSoftmax),
    "GLU": _along(GLU),
    "Flatten": _flatten,
    "Upsample": _upsample,
    "LSTM": _recurrent(LSTM),
    "GRU": _recurrent(GRU),
    "RNN": _recurrent(RNN),
    "PReLU": _slopes,
    "Softmax2d": lambda module, x: Softmax("C"),
}
