"""A network of torchvision into a drawing, from there to ONNX and back again: how far its outputs are apart."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torchvision import models

from nodes.spec.shapes import Shape
from runtime.compile import build
from runtime.exchange.importing.imported import Imported, Told, finished
from runtime.exchange.importing.onnx_graph import OnnxReader
from runtime.exchange.importing.onnx_reading import read_model
from runtime.exchange.importing.torch_trace import drawn
from runtime.exchange.importing.torchvision_networks import WITHOUT_HELPERS
from runtime.exchange.onnx.build import build_model
from runtime.exchange.onnx.options import LARGEST_FILE
from runtime.exchange.onnx.saved import kept
from runtime.exchange.onnx_file import output_shapes
from tests.runtime.importing.models import module_of

FAR = float("inf")


@dataclass(frozen=True)
class RoundTrip:
    """Largest differences as shares of the largest number of an output; infinite where weights are lost."""

    there: float  # after import
    back: float  # after ONNX and back
    code: int  # parts that are kept as Python code


def round_trip(name: str, side: int) -> RoundTrip:
    """Of a network with fresh weights, on one random picture with sides of so many pixels."""
    torch.manual_seed(0)
    segments = name in models.list_models(module=models.segmentation)
    more = {"weights_backbone": None} if segments else dict(WITHOUT_HELPERS.get(name, {}))
    theirs = models.get_model(name, weights=None, **more).eval()
    found = finished(drawn(theirs, {"input": Shape(3, side, side)}), name, Told())
    ours, x = module_of(found), torch.rand(1, 3, side, side)
    code = len(found.report["python_code"])
    if _count(ours) != _count(theirs):
        return RoundTrip(FAR, FAR, code)
    return RoundTrip(_difference(theirs, ours, x), _through_onnx(found, ours, x), code)


def _through_onnx(found: Imported, module: nn.Module, x: Tensor) -> float:
    graph, weights = found.network.graph, {}
    model = build_model(graph, module, output_shapes(graph), aside=weights)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.onnx"
        with kept(model, file, LARGEST_FILE, weights):
            pass  # it is put in its place after the block
        reader = OnnxReader(read_model(file), file.parent, file.name)
        again = finished(reader.drawn(), "model", Told((), reader.unsaid, reader.folded))
    del model
    back = build(again.network.graph, losses=False).eval()
    back.load_state_dict(dict(again.weights), strict=False)
    is_whole = _count(back) == _count(module) or again.report["opaque"]  # which runs, but has no weights to train
    return _difference(module, back, x) if is_whole else FAR


def _count(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


def _difference(one: nn.Module, other: nn.Module, x: Tensor) -> float:
    with torch.no_grad():
        first, second = _tensors(one(x)), _tensors(other(x))
    pairs = zip(first, second, strict=True)
    return max(float((a - b).abs().max() / a.abs().max().clamp(min=1e-9)) for a, b in pairs)


def _tensors(result: object) -> list[Tensor]:
    if isinstance(result, Tensor):
        return [result]
    values = result.values() if isinstance(result, dict) else result
    return [value for value in values if isinstance(value, Tensor)]  # type: ignore[attr-defined]
