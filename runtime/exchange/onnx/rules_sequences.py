"""Rules for recurrent layers, attention and transformer layers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn

from nodes.spec.shapes import Shape
from runtime.exchange.onnx.rules import NoRuleError, Place, rule
from runtime.exchange.onnx.rules_layers import layer_norm_of, linear_of, projected
from runtime.exchange.onnx.rules_simple import gelu_of
from runtime.exchange.recurrent_onnx import onnx_weights


@rule("lstm", "gru", "rnn")
def recurrent(here: Place) -> Sequence[str]:
    """One operator for each stacked layer. ONNX has the steps first and its states by direction."""
    settings, layer = here.settings, here.layer
    assert isinstance(layer, nn.RNNBase)
    if settings.skip_padding:
        raise NoRuleError("steps that are passed over")
    ways = 1 + settings.bidirectional
    starts = [_started(here, number) for number in range(1, len(here.values))]
    x = here.op("Transpose", here.x, part="steps_first", perm=[1, 0, 2])
    ends: list[list[str]] = []
    for number in range(settings.num_layers):
        parts = [_part_of(here, value, number, ways) for value in starts if value]
        x, *last = _one_layer(here, layer, number, x, parts)
        ends.append(last)
    found = {"output": here.op("Transpose", x, part=_own(here, "output"), perm=[1, 0, 2])}
    for number, port in enumerate(settings.outputs()[1:]):
        if port in here.used:
            found[port] = _state(here, [end[number] for end in ends], port)
    return [found.get(port, "") for port in settings.outputs()]


def _own(here: Place, port: str) -> str:
    """The last value bears the node's name where it has no others."""
    return "" if here.used == (port,) else port


def _one_layer(here: Place, layer: nn.RNNBase, number: int, x: str, starts: list[str]) -> list[str]:
    mode = layer.mode
    operator = mode.removesuffix("_TANH").removesuffix("_RELU")
    ways, within = 1 + layer.bidirectional, f"layer{number}." if layer.num_layers > 1 else ""
    made = onnx_weights(layer, number)
    weights = [here.weight(n, made[n], f"{within}{n}") for n in ("input", "recurrent", "bias")]
    if layer.proj_size and starts:  # a first state that the projection would bring down to the given one
        up = here.weight("unprojection", made["unprojection"], f"{within}unprojection")
        starts = [here.op("MatMul", starts[0], up, part=f"{within}start_full"), *starts[1:]]
    more: dict[str, object] = {"linear_before_reset": 1} if operator == "GRU" else {}
    if mode == "RNN_RELU":
        more["activations"] = ["Relu"] * ways
    parts = [f"{within}steps", *(f"{within}{port}_end" for port in here.settings.outputs()[1:])]
    results = here.ops(
        operator, [x, *weights, None, *starts], parts, f"{here.path}.{within}".rstrip("."),
        hidden_size=layer.hidden_size,
        direction="bidirectional" if ways == 2 else None, **more,
    )  # fmt: skip
    if layer.proj_size:
        down = here.weight("projection", made["projection"], f"{within}projection")
        brought = [here.op("MatMul", one, down, part=f"{within}projected") for one in results[:2]]
        results = [*brought, *results[2:]]
    if ways == 1:
        joined = here.op("Squeeze", results[0], here.ints([1], "direction"), part=f"{within}joined")
    else:
        turned = here.op("Transpose", results[0], part=f"{within}turned", perm=[0, 2, 1, 3])
        joined = here.op("Reshape", turned, here.ints([0, 0, -1], "joined"), part=f"{within}joined")
    return [joined, *results[1:]]


def _started(here: Place, number: int) -> str | None:
    """A first state N × layers·directions × hidden, or N × hidden, as ONNX has it: directions × N × hidden."""
    value, shape = here.values[number], here.shapes[number]
    if value is None or shape is None:
        return None
    if shape.axes == "C":
        return here.op("Unsqueeze", value, here.ints([0], "direction"), part=f"start{number}")
    return here.op("Transpose", value, part=f"start{number}", perm=[1, 0, 2])


def _part_of(here: Place, value: str, number: int, ways: int) -> str:
    if here.settings.num_layers == 1:
        return value
    ends = (here.ints([number * ways], "from"), here.ints([(number + 1) * ways], "to"), here.ints([0], "axis"))
    return here.op("Slice", value, *ends, part=f"layer{number}.start")


def _state(here: Place, ends: list[str], port: str) -> str:
    whole = ends[0] if len(ends) == 1 else here.op("Concat", *ends, part=f"{port}_all", axis=0)
    return here.op("Transpose", whole, part=_own(here, port), perm=[1, 0, 2])


@rule("positional_encoding")
def positions(here: Place) -> str:
    length, channels = here.shape
    assert isinstance(channels, int)
    assert here.layer is not None
    table = (
        here.layer.get_buffer("table") if here.settings.kind == "sinusoidal" else here.layer.get_parameter("weight")
    )
    if isinstance(length, int):
        return here.op("Add", here.x, here.weight("table", table.detach()[:length]))
    count = here.op("Shape", here.x, part="length", start=1, end=2)
    ends = (here.ints([0], "start"), count, here.ints([0], "axis"))
    return here.op("Add", here.x, here.op("Slice", here.weight("table", table), *ends, part="positions"))


@rule("class_token")
def class_token(here: Place) -> str:
    batch = here.op("Shape", here.x, part="batch", start=0, end=1)
    sizes = here.op("Concat", batch, here.ints([1, 1], "ones"), part="sizes", axis=0)
    return here.op("Concat", here.op("Expand", here.weight("token"), sizes, part="step"), here.x, axis=1)


def heads_of(here: Place, value: str, heads: int, part: str, *, is_key: bool = False) -> str:
    """N × L × C -> N × heads × L × C / heads; a key stands with its steps last."""
    split = here.op("Reshape", value, here.ints([0, 0, heads, -1], "heads"), part=f"{part}_heads")
    return here.op("Transpose", split, part=f"{part}_turned", perm=[0, 2, 3, 1] if is_key else [0, 2, 1, 3])


def masked(here: Place, scores: str, query: Shape, key: Shape, part: str) -> str:
    """Scores … × L × S without those of later steps."""
    length, steps = query[0], key[0]
    if isinstance(length, int) and isinstance(steps, int):
        table = torch.full((length, steps), -math.inf).triu(1)
        return here.op("Add", scores, here.weight("mask", table), part=part)
    size = here.op("Slice", here.op("Shape", scores, part="sizes"), here.ints([-2], "from"),
                   here.ints([2**31], "to"), part="matrix")  # fmt: skip
    full = here.op("Expand", here.real([-math.inf], "never"), size, part="full")
    return here.op("Add", scores, here.op("Trilu", full, here.ints(1, "above"), part="later", upper=1), part=part)


def attended(
    here: Place, query: str, key: str, value: str, shapes: tuple[Shape, Shape], heads: int, *, causal: bool, part: str
) -> tuple[str, str]:
    """softmax(Q·Kᵀ / √C)·V over several heads, and the weights N × heads × L × S; each N × L × C."""
    query_shape, key_shape = shapes
    channels = query_shape[1]
    assert isinstance(channels, int)
    q = heads_of(here, query, heads, f"{part}query")
    k = heads_of(here, key, heads, f"{part}key", is_key=True)
    v = heads_of(here, value, heads, f"{part}value")
    scaled = here.op("Mul", q, here.real((channels // heads) ** -0.5, "scale"), part=f"{part}scaled")
    scores = here.op("MatMul", scaled, k, part=f"{part}scores")
    if causal:
        scores = masked(here, scores, query_shape, key_shape, f"{part}masked")
    weights = here.op("Softmax", scores, part=f"{part}weights", axis=-1)
    mixed = here.op("MatMul", weights, v, part=f"{part}mixed")
    back = here.op("Transpose", mixed, part=f"{part}back", perm=[0, 2, 1, 3])
    return here.op("Reshape", back, here.ints([0, 0, -1], "joined"), part=f"{part}joined"), weights


def attention_of(
    here: Place, layer: nn.Module, values: tuple[str, str, str], shapes: tuple[Shape, Shape], *,
    causal: bool, part: str, prefix: str = "",
) -> tuple[str, str]:  # fmt: skip
    """What an nn.MultiheadAttention gives, and the weights of its heads."""
    assert isinstance(layer, nn.MultiheadAttention)
    if layer.bias_k is not None or layer.add_zero_attn:
        raise NoRuleError("steps added to the keys")
    if layer.in_proj_weight is not None:
        weights = layer.in_proj_weight.detach().chunk(3)
    else:
        weights = (layer.q_proj_weight, layer.k_proj_weight, layer.v_proj_weight)
    biases = (None,) * 3 if layer.in_proj_bias is None else layer.in_proj_bias.detach().chunk(3)
    query, key, value = (
        projected(here, one, weight, bias, f"{prefix}{name}", f"{prefix}{name}.")
        for one, weight, bias, name in zip(values, weights, biases, ("query", "key", "value"), strict=True)
    )
    mixed, seen = attended(here, query, key, value, shapes, layer.num_heads, causal=causal, part=prefix)
    return linear_of(here, mixed, layer.out_proj, 2, part, f"{prefix}out_proj."), seen


def require_no_padding(here: Place) -> None:
    ports = here.settings.inputs()
    if any(value is not None for port, value in zip(ports, here.values, strict=False) if "padding" in port.name):
        raise NoRuleError("steps that are not looked at")


@rule("multihead_attention")
def multihead_attention(here: Place) -> Sequence[str]:
    assert here.layer is not None
    require_no_padding(here)
    query, key, value = (*here.values, None, None)[:3]
    assert query is not None
    key = key or query
    shapes = (here.shape, here.shapes[1] or here.shape if here.shapes[1:] else here.shape)
    wants = "weights" in here.used
    mixed, seen = attention_of(
        here, here.layer, (query, key, value or key), shapes, causal=here.settings.causal,
        part="output" if wants else "",
    )  # fmt: skip
    if not wants:
        return [mixed]
    return [mixed, here.op("ReduceMean", seen, here.ints([1], "heads_axis"), part="weights", keepdims=0)]


@rule("scaled_dot_product_attention")
def dot_product_attention(here: Place) -> str:
    query, key, value, mask = (*here.values, None)[:4]
    query_shape, key_shape, _, mask_shape = (*here.shapes, None)[:4]
    if mask_shape is not None and mask_shape.values == "index":
        raise NoRuleError("steps that may look at nothing")
    assert query_shape is not None
    assert key_shape is not None
    channels = query_shape[1]
    assert isinstance(channels, int)
    scale = channels**-0.5 if here.settings.scale is None else here.settings.scale
    scaled = here.op("Mul", query, here.real(scale, "scale"), part="scaled")
    scores = here.op("MatMul", scaled, here.op("Transpose", key, part="turned", perm=[0, 2, 1]), part="scores")
    if here.settings.is_causal:
        scores = masked(here, scores, query_shape, key_shape, "masked")
    if mask is not None:
        scores = here.op("Add", scores, mask, part="masked")
    return here.op("MatMul", here.op("Softmax", scores, part="weights", axis=-1), value)


@rule("transformer_encoder_layer")
def encoder_layer(here: Place) -> str:
    layer = here.layer
    assert isinstance(layer, nn.TransformerEncoderLayer)
    require_no_padding(here)
    parts = [
        ("norm1", lambda x: _self_attention(here, layer, x)),
        ("norm2", lambda x: _feed_forward(here, layer, x)),
    ]
    return _with_shortcuts(here, layer, parts)


@rule("transformer_decoder_layer")
def decoder_layer(here: Place) -> str:
    layer, memory = here.layer, here.values[1]
    assert isinstance(layer, nn.TransformerDecoderLayer)
    require_no_padding(here)
    assert memory is not None
    other = here.shapes[1]
    assert other is not None

    def cross(x: str) -> str:
        shapes, prefix = (here.shape, other), "multihead_attn."
        return attention_of(
            here,
            layer.multihead_attn,
            (x, memory, memory),
            shapes,
            causal=False,
            part="multihead_attn",
            prefix=prefix,
        )[0]

    parts = [
        ("norm1", lambda x: _self_attention(here, layer, x)),
        ("norm2", cross),
        ("norm3", lambda x: _feed_forward(here, layer, x)),
    ]
    return _with_shortcuts(here, layer, parts)


def _self_attention(here: Place, layer: nn.Module, x: str) -> str:
    attention = layer.get_submodule("self_attn")
    shapes, causal = (here.shape, here.shape), here.settings.causal
    return attention_of(here, attention, (x, x, x), shapes, causal=causal, part="self_attn", prefix="self_attn.")[0]


def _feed_forward(here: Place, layer: nn.Module, x: str) -> str:
    x = linear_of(here, x, layer.get_submodule("linear1"), 2, "linear1", "linear1.")
    is_gelu = here.settings.activation == "gelu"
    x = gelu_of(here, x, part="activation") if is_gelu else here.op("Relu", x, part="activation")
    return linear_of(here, x, layer.get_submodule("linear2"), 2, "linear2", "linear2.")


def _with_shortcuts(here: Place, layer: nn.Module, parts: Sequence[tuple[str, object]]) -> str:
    """Each part with a shortcut around it, and a normalisation before it or behind both."""
    x = here.x
    first = here.settings.norm_first
    for number, (norm, part) in enumerate(parts, start=1):
        assert callable(part)
        is_last = number == len(parts)
        normalise = layer.get_submodule(norm)
        entry = layer_norm_of(here, x, normalise, norm, f"{norm}.") if first else x
        x = here.op("Add", x, part(entry), part="" if is_last and first else f"sum{number}")
        if not first:
            x = layer_norm_of(here, x, normalise, "" if is_last else norm, f"{norm}.")
    return x


@rule("squeeze_excitation")
def squeeze_excitation(here: Place) -> str:
    layer, settings = here.layer, here.settings
    assert layer is not None
    pooled = here.op("GlobalAveragePool", here.x, part="avgpool")
    x = _conv_of(here, pooled, layer.get_submodule("fc1"), "fc1")
    if settings.activation == "ReLU":
        x = here.op("Relu", x, part="activation")
    else:
        x = here.op("Mul", x, here.op("Sigmoid", x, part="sigmoid"), part="activation")
    x = _conv_of(here, x, layer.get_submodule("fc2"), "fc2")
    if settings.scale_activation == "Sigmoid":
        scale = here.op("Sigmoid", x, part="scale")
    elif settings.scale_activation == "Hardsigmoid":
        scale = here.op("HardSigmoid", x, part="scale", alpha=1 / 6, beta=0.5)
    else:
        raise NoRuleError(settings.scale_activation)
    return here.op("Mul", scale, here.x)


def _conv_of(here: Place, x: str, layer: nn.Module, name: str) -> str:
    weights = [here.weight(n, getattr(layer, n), f"{name}.{n}") for n in ("weight", "bias")]
    return here.op("Conv", x, *weights, part=name, kernel_shape=[1, 1])
