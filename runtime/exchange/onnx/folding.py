"""Batch normalisation into the weights of the layer before: the same numbers with fewer operators."""

from __future__ import annotations

import onnx
import torch
from torch import Tensor

from runtime.exchange.onnx.writer import Writer

CHANNELS = {"Conv": 0, "ConvTranspose": 1, "Gemm": 0}  # the axis of the weight that holds what comes out


def fold(writer: Writer, outputs: set[str]) -> int:
    """Folds what can be folded, and says how many. A value that something else reads too stays as it is."""
    makers = {value: node for node in writer.nodes for value in node.output}
    reads: dict[str, int] = {}
    for node in writer.nodes:
        for value in node.input:
            reads[value] = reads.get(value, 0) + 1
    folded = []
    for norm in writer.nodes:
        if norm.op_type != "BatchNormalization":
            continue
        layer = makers.get(norm.input[0])
        if layer is None or reads[norm.input[0]] > 1 or norm.input[0] in outputs or not _fits(writer, layer, reads):
            continue
        _fold(writer, layer, norm)
        folded.append(norm.name)
        makers[norm.output[0]] = layer
    gone = set(folded)
    writer.nodes[:] = [n for n in writer.nodes if not (n.op_type == "BatchNormalization" and n.name in gone)]
    return len(folded)


def _fits(writer: Writer, layer: onnx.NodeProto, reads: dict[str, int]) -> bool:
    if layer.op_type not in CHANNELS or any(reads[name] > 1 for name in layer.input[1:] if name):
        return False
    group = next((a.i for a in layer.attribute if a.name == "group"), 1)
    return layer.op_type != "ConvTranspose" or group == 1


def _fold(writer: Writer, layer: onnx.NodeProto, norm: onnx.NodeProto) -> None:
    """weight · γ/√(σ² + ε), and (bias − μ) · γ/√(σ² + ε) + β; what is one number a channel in double precision."""
    scale, shift, mean, variance = (_tensor(writer, name).double() for name in norm.input[1:5])
    epsilon = next(a.f for a in norm.attribute if a.name == "epsilon")
    factor = scale / torch.sqrt(variance + epsilon)
    weight = _tensor(writer, layer.input[1])
    ones = [1] * weight.dim()
    ones[CHANNELS[layer.op_type]] = -1
    bias = _tensor(writer, layer.input[2]).double() if len(layer.input) > 2 and layer.input[2] else 0.0
    writer.initializers[layer.input[1]] = weight * factor.view(ones).to(weight.dtype)
    name = layer.input[2] if len(layer.input) > 2 and layer.input[2] else writer.fresh(f"{layer.name}.bias")
    writer.initializers[name] = ((bias - mean) * factor + shift).to(weight.dtype)
    layer.input[:] = [*layer.input[:2], name]
    layer.output[0] = norm.output[0]


def _tensor(writer: Writer, name: str) -> Tensor:
    value = writer.initializers[name]
    assert isinstance(value, Tensor)
    return value.detach()
