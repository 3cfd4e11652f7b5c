"""Rules for convolutions, linear layers, normalisations and embeddings."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from runtime.exchange.onnx.rules import NoRuleError, Place, rule
from runtime.exchange.onnx.rules_shapes import padded


@rule("conv1d", "conv2d", "conv3d")
def convolution(here: Place) -> str:
    settings, layer = here.settings, here.layer
    assert isinstance(layer, nn.Conv1d | nn.Conv2d | nn.Conv3d)
    pads = settings._pads()
    value = here.x
    if settings.padding_mode != "zeros" and any(map(any, pads)):
        value = padded(here, value, [(0, 0), *pads], settings.padding_mode, part="padded")
        pads = [(0, 0)] * len(pads)
    return here.op(
        "Conv",
        value,
        here.weight("weight"),
        here.weight("bias") if settings.bias else None,
        kernel_shape=list(settings.kernel_size),
        strides=_unless_ones(settings.stride),
        pads=[p[0] for p in pads] + [p[1] for p in pads] if any(map(any, pads)) else None,
        dilations=_unless_ones(settings.dilation),
        group=settings.groups if settings.groups > 1 else None,
    )


@rule("conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
def transposed(here: Place) -> str:
    settings = here.settings
    more, stride = settings.output_padding, settings.stride
    is_beyond = any(extra >= step for extra, step in zip(more, stride, strict=True) if extra)
    ends = [pad - extra for pad, extra in zip(settings.padding, more, strict=True)] if is_beyond else settings.padding
    bias = here.weight("bias") if settings.bias and not is_beyond else None
    result = here.op(
        "ConvTranspose",
        here.x,
        here.weight("weight"),
        bias,
        part="within" if is_beyond else "",
        kernel_shape=list(settings.kernel_size),
        strides=_unless_ones(stride),
        pads=[*settings.padding, *(max(0, end) for end in ends)] if any(settings.padding) else None,
        dilations=_unless_ones(settings.dilation),
        output_padding=list(more) if any(more) and not is_beyond else None,
        group=settings.groups if settings.groups > 1 else None,
    )
    return _beyond(here, result, [max(0, -end) for end in ends]) if is_beyond else result


def _beyond(here: Place, value: str, ends: list[int]) -> str:
    """Adds what lies beyond the reach of the filters, which onnxruntime does not give: there is only the bias."""
    value = padded(here, value, [(0, 0), *((0, end) for end in ends)], "zeros", part="longer")
    offset = torch.zeros(1) if here.layer is None or not here.settings.bias else here.layer.get_parameter("bias")
    return here.op("Add", value, here.weight("bias", offset.detach().view(-1, *[1] * len(ends))))


def _unless_ones(values: tuple[int, ...]) -> list[int] | None:
    return list(values) if set(values) != {1} else None


@rule("linear")
def linear(here: Place) -> str:
    return linear_of(here, here.x, here.layer, len(here.shape), "")


def linear_of(here: Place, x: str, layer: object, rank: int, part: str, prefix: str = "") -> str:
    """A linear layer over the last of ``rank`` axes behind the batch."""
    assert isinstance(layer, nn.Linear)
    if rank > 1:
        return projected(here, x, layer.weight, layer.bias, part, prefix)
    bias = None if layer.bias is None else here.weight("bias", layer.bias, f"{prefix}bias")
    return here.op("Gemm", x, here.weight("weight", layer.weight, f"{prefix}weight"), bias, part=part, transB=1)


def projected(here: Place, x: str, weight: Tensor, bias: Tensor | None, part: str, prefix: str) -> str:
    """The last axis times a weight, rows for what comes out, and what is added."""
    turned = here.weight("weight", weight.detach().t(), f"{prefix}weight")
    product = here.op("MatMul", x, turned, part=part if bias is None else f"{prefix}product")
    return product if bias is None else here.op("Add", product, here.weight("bias", bias, f"{prefix}bias"), part=part)


@rule("maxout")
def maxout(here: Place) -> str:
    settings = here.settings
    if settings.over != "features":
        return _of_groups(here)
    rows = linear_of(here, here.x, here.layer, len(here.shape), "pieces")
    before = [*here.shape[:-1], settings.out_features * settings.pieces]
    split = here.reshaped(rows, [*here.shape[:-1], settings.out_features, settings.pieces], before, "grouped")
    return here.op("ReduceMax", split, here.ints([-1], "axes"), keepdims=0)


def _of_groups(here: Place) -> str:
    axis = here.at("C")
    channels = here.shape[axis - 1]
    if not isinstance(channels, int):
        raise NoRuleError("channels that are open")
    before, after = here.shape[: axis - 1], here.shape[axis:]
    count = here.settings.pieces
    grouped = here.reshaped(here.x, [*before, channels // count, count, *after], here.shape, "grouped")
    return here.op("ReduceMax", grouped, here.ints([axis + 1], "axes"), keepdims=0)


@rule("batch_norm1d", "batch_norm2d", "batch_norm3d")
def batch_norm(here: Place) -> str:
    layer = here.layer
    if not isinstance(layer, nn.modules.batchnorm._BatchNorm) or layer.running_mean is None:
        raise NoRuleError("the averages of each batch")
    assert layer.running_var is not None
    count = len(layer.running_mean)
    return here.op(
        "BatchNormalization",
        here.x,
        here.weight("weight", *_or_full(layer.weight, count, 1.0)),
        here.weight("bias", *_or_full(layer.bias, count, 0.0)),
        here.weight("running_mean", layer.running_mean),
        here.weight("running_var", layer.running_var),
        epsilon=layer.eps,
    )


def _or_full(value: torch.Tensor | None, count: int, number: float) -> tuple[torch.Tensor]:
    return (torch.full((count,), number) if value is None else value,)


@rule("instance_norm1d", "instance_norm2d", "instance_norm3d")
def instance_norm(here: Place) -> str:
    layer = here.layer
    assert isinstance(layer, nn.modules.instancenorm._InstanceNorm)
    if layer.running_mean is not None:  # kept averages serve as those of a batch normalisation
        assert layer.running_var is not None
        weights = [layer.running_mean, layer.running_var]
        names = [here.weight(n, v) for n, v in zip(("running_mean", "running_var"), weights, strict=True)]
        scale, shift = _affine(here, layer, len(weights[0]))
        return here.op("BatchNormalization", here.x, scale, shift, *names, epsilon=layer.eps)
    scale, shift = _affine(here, layer, layer.num_features)
    return here.op("InstanceNormalization", here.x, scale, shift, epsilon=layer.eps)


def _affine(here: Place, layer: nn.Module, count: int) -> tuple[str, str]:
    weight, bias = getattr(layer, "weight", None), getattr(layer, "bias", None)
    return (
        here.weight("weight", *_or_full(weight, count, 1.0)),
        here.weight("bias", *_or_full(bias, count, 0.0)),
    )


@rule("layer_norm")
def layer_norm(here: Place) -> str:
    return layer_norm_of(here, here.x, here.layer, "")


def layer_norm_of(here: Place, x: str, layer: object, part: str, prefix: str = "") -> str:
    assert isinstance(layer, nn.LayerNorm)
    shape = layer.normalized_shape
    weight = torch.ones(shape) if layer.weight is None else layer.weight
    bias = None if layer.bias is None else here.weight("bias", layer.bias, f"{prefix}bias")
    scale = here.weight("weight", weight, f"{prefix}weight")
    return here.op("LayerNormalization", x, scale, bias, part=part, axis=-len(shape), epsilon=layer.eps)


@rule("rms_norm")
def rms_norm(here: Place) -> str:
    layer = here.layer
    assert isinstance(layer, nn.RMSNorm)
    axes = list(range(-len(layer.normalized_shape), 0))
    eps = torch.finfo(torch.float32).eps if layer.eps is None else layer.eps
    if here.opset >= 23:
        weight = torch.ones(layer.normalized_shape) if layer.weight is None else layer.weight
        return here.op("RMSNormalization", here.x, here.weight("weight", weight), axis=axes[0], epsilon=eps)
    square = here.op("Mul", here.x, here.x, part="square")
    mean = here.op("ReduceMean", square, here.ints(axes, "axes"), part="mean", keepdims=1)
    root = here.op("Sqrt", here.op("Add", mean, here.real(eps, "eps"), part="shifted"), part="root")
    if layer.weight is None:
        return here.op("Div", here.x, root)
    return here.op("Mul", here.op("Div", here.x, root, part="normalised"), here.weight("weight"))


@rule("group_norm")
def group_norm(here: Place) -> str:
    layer = here.layer
    assert isinstance(layer, nn.GroupNorm)
    groups, channels = layer.num_groups, layer.num_channels
    if here.opset >= 21 and len(here.shape) > 1:
        scale, shift = _affine(here, layer, channels)
        return here.op("GroupNormalization", here.x, scale, shift, num_groups=groups, epsilon=layer.eps)
    rows = here.op("Reshape", here.x, here.ints([0, groups, -1], "groups"), part="grouped")
    one, nothing = here.real([1.0] * groups, "one"), here.real([0.0] * groups, "nothing")
    rows = here.op("InstanceNormalization", rows, one, nothing, part="normalised", epsilon=layer.eps)
    if len(here.shape.names()) == 1:  # one open size is what is left
        back = here.reshaped(rows, here.shape, [groups], "ungrouped" if layer.affine else "")
    else:
        sizes = here.op("Shape", here.x, part="sizes")
        back = here.op("Reshape", rows, sizes, part="ungrouped" if layer.affine else "")
    if not layer.affine:
        return back
    ones = [1] * (len(here.shape) - 1)
    is_last = layer.bias is None
    scale = here.weight("weight", layer.weight.detach().view(-1, *ones))
    scaled = here.op("Mul", back, scale, part="" if is_last else "scaled")
    if is_last:
        return scaled
    return here.op("Add", scaled, here.weight("bias", layer.bias.detach().view(-1, *ones)))


@rule("local_response_norm")
def local_response_norm(here: Place) -> str:
    """PyTorch's window of an even size lies one channel further back than ONNX's."""
    settings = here.settings
    if settings.size % 2 == 0:
        raise NoRuleError("a window of even size")
    rank = len(here.shape)
    kind = {"size": settings.size, "alpha": settings.alpha, "beta": settings.beta, "bias": settings.k}
    if rank == 3:
        return here.op("LRN", here.x, **kind)
    if rank != 2:
        raise NoRuleError("onnxruntime takes pictures alone")
    raised = here.op("Unsqueeze", here.x, here.ints([3], "column"), part="picture")
    return here.op("Squeeze", here.op("LRN", raised, part="normalised", **kind), here.ints([3], "column"))


@rule("l2_normalize")
def l2_normalize(here: Place) -> str:
    return of_unit_length(here, here.x, here.at(here.settings.dim), here.settings.eps)


def of_unit_length(here: Place, x: str, axis: int, eps: float, part: str = "", prefix: str = "") -> str:
    """x / max(‖x‖, eps): LpNormalization would not know of eps."""
    length = here.op("ReduceL2", x, here.ints([axis], "axes"), part=f"{prefix}length", keepdims=1)
    return here.op("Div", x, here.op("Max", length, here.real(eps, "eps"), part=f"{prefix}divisor"), part=part)


@rule("embedding")
def embedding(here: Place) -> str:
    return here.op("Gather", here.weight("weight", _table(here)), here.x)


def _table(here: Place) -> torch.Tensor:
    """The vectors, as long as max_norm lets them be: PyTorch shortens them when they are looked up."""
    layer = here.layer
    assert isinstance(layer, nn.Embedding | nn.EmbeddingBag)
    weight = layer.weight.detach()
    if layer.max_norm is None:
        return weight
    length = weight.norm(layer.norm_type, dim=1, keepdim=True)
    return torch.where(length > layer.max_norm, weight * (layer.max_norm / (length + 1e-7)), weight)


@rule("embedding_bag")
def embedding_bag(here: Place) -> str:
    layer = here.layer
    assert isinstance(layer, nn.EmbeddingBag)
    if layer.padding_idx is not None:
        raise NoRuleError("entries that do not count")
    rows = here.op("Gather", here.weight("weight", _table(here)), here.x, part="rows")
    operator = {"mean": "ReduceMean", "sum": "ReduceSum", "max": "ReduceMax"}[layer.mode]
    return here.op(operator, rows, here.ints([1], "axes"), keepdims=0)


@rule("one_hot")
def one_hot(here: Place) -> str:
    axis = here.settings.shape(here.shape).axes.index("C") + 1
    count = here.ints(here.settings.num_classes, "classes")
    return here.op("OneHot", here.x, count, here.real([0.0, 1.0], "values"), axis=axis)
