"""A model without the numbers of its weights: for what looks at its structure alone, and to spare copies of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import onnx
import torch
from onnx import TensorProto, helper
from torch import Tensor

SMALL_TENSOR = 4096  # bytes: larger ones are weights, which no rule of the checker or of a conversion reads


def without_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same nodes and values; large initialisers have become inputs."""
    light = onnx.ModelProto(ir_version=model.ir_version)
    light.functions.extend(model.functions)
    light.opset_import.extend(model.opset_import)
    light.graph.name = model.graph.name
    light.graph.node.extend(model.graph.node)
    for part in ("input", "output", "value_info"):
        getattr(light.graph, part).extend(getattr(model.graph, part))
    for tensor in model.graph.initializer:
        if is_weight(tensor):
            light.graph.input.append(helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims))
        else:
            light.graph.initializer.append(tensor)
    return light


def changed(model: onnx.ModelProto, change: Callable[[onnx.ModelProto], onnx.ModelProto]) -> onnx.ModelProto:
    """The model after a change that does not look at the numbers of weights."""
    weights = [tensor for tensor in model.graph.initializer if is_weight(tensor)]
    names = {tensor.name for tensor in weights}
    found = change(without_weights(model))
    given = [one for one in found.graph.input if one.name not in names]
    del found.graph.input[:]
    found.graph.input.extend(given)
    found.graph.initializer.extend(weights)
    return found


def is_weight(tensor: TensorProto) -> bool:
    return byte_count(tensor) > SMALL_TENSOR


def byte_count(tensor: TensorProto) -> int:
    """Of the raw numbers, in the tensor or beside it. To ask for their length would copy them."""
    if not (tensor.HasField("raw_data") or is_aside(tensor)):
        return 0
    size = helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
    return int(size) * math.prod(map(int, tensor.dims))


def is_aside(tensor: TensorProto) -> bool:
    """Are its numbers somewhere else?"""
    return bool(tensor.data_location == TensorProto.EXTERNAL)


def bytes_of(value: Tensor) -> memoryview:
    """The numbers of a tensor as ONNX keeps them, without a copy where they lie in one piece on the CPU."""
    kept = value.detach().cpu().contiguous()
    raw = kept.reshape(-1).view(torch.uint8) if kept.numel() else kept.new_empty(0, dtype=torch.uint8)
    return raw.numpy().data


def filled(model: onnx.ModelProto, aside: Mapping[str, Tensor]) -> onnx.ModelProto:
    """The model with the numbers that lie beside it."""
    whole = onnx.ModelProto()
    whole.CopyFrom(model)
    for tensor in whole.graph.initializer:
        if tensor.name in aside:
            tensor.ClearField("data_location")
            tensor.raw_data = bytes_of(aside[tensor.name]).tobytes()
    return whole
