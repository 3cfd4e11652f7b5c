"""A model without the numbers of its weights, for what looks at its structure alone."""

from __future__ import annotations

import onnx
from onnx import helper

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


def is_weight(tensor: onnx.TensorProto) -> bool:
    return len(tensor.raw_data) > SMALL_TENSOR
