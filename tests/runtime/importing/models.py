"""Small ONNX models, and running what was imported of them beside onnxruntime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from runtime.compile import build
from runtime.exchange.importing.imported import Imported, Told, finished
from runtime.exchange.importing.onnx_graph import OnnxReader
from runtime.exchange.importing.onnx_reading import decoded

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
CONVERTED = Path(onnx.__file__).parent / "backend" / "test" / "data" / "pytorch-converted"


def model_of(
    nodes: Sequence[onnx.NodeProto],
    sizes: Sequence[Any],
    constants: Mapping[str, Any] | None = None,
    output: str = "y",
    opset: int = 17,
) -> onnx.ModelProto:
    """A model with the input x."""
    held = [numpy_helper.from_array(np.asarray(value), name) for name, value in (constants or {}).items()]
    graph = helper.make_graph(
        list(nodes),
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, list(sizes))],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
        held,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def imported(model: onnx.ModelProto, folder: Path = Path()) -> Imported:
    """What the importer makes of the bytes of a model."""
    reader = OnnxReader(decoded(model.SerializeToString(), "model.onnx"), folder, "model.onnx")
    return finished(reader.drawn(), "model", Told((), reader.unsaid, reader.folded))


def module_of(found: Imported) -> nn.Module:
    """The network with its weights; every weight of it has its place."""
    module = build(found.network.graph, losses=False).eval()
    known = module.state_dict()
    assert set(found.weights) <= set(known)
    module.load_state_dict(dict(found.weights), strict=False)
    return module


def outputs_of(found: Imported, *values: Tensor) -> tuple[Tensor, ...]:
    with torch.no_grad():
        result = module_of(found)(*values)
    return result if isinstance(result, tuple) else (result,)


def filled(model: onnx.ModelProto) -> onnx.ModelProto:
    """A light network with random numbers where it fills weights with one constant."""
    generator = np.random.default_rng(0)
    sizes = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    kept = []
    for node in model.graph.node:
        if node.op_type != "ConstantOfShape":
            kept.append(node)
            continue
        shape = tuple(int(size) for size in sizes[node.input[0]])
        scale = np.sqrt(2.0 / max(np.prod(shape[1:]), 1.0)) if len(shape) > 1 else 0.1
        values = generator.standard_normal(shape, dtype=np.float32) * np.float32(scale)
        if len(shape) == 1:
            values = np.abs(values) + np.float32(0.5)
        model.graph.initializer.append(numpy_helper.from_array(values, node.output[0]))
    del model.graph.node[:]
    model.graph.node.extend(kept)
    return model
