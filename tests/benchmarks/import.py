"""Import of torchvision's networks: weights, outputs, and the way to ONNX and back; the time of ResNet-152."""  # noqa: N999

from __future__ import annotations

import sys
import time
from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torchvision import models

from nodes.spec.shapes import Shape
from runtime.compile import build
from runtime.exchange.importing.imported import Imported, Told, finished
from runtime.exchange.importing.onnx_graph import RULES
from runtime.exchange.importing.sources import WITHOUT_HELPERS, import_source, importable
from runtime.exchange.importing.torch_trace import drawn
from runtime.exchange.onnx.build import build_model
from runtime.exchange.onnx_file import output_shapes
from tests.benchmarks.figures import Figure
from tests.runtime.importing.models import LIGHT, imported, module_of

LARGEST = 150_000_000  # weights; larger ones are imported and compared, but not taken to ONNX
SIDES = {"inception_v3": 299}
SEGMENTED_SIDE = 128  # px


def run() -> Iterable[Figure]:
    yield from _resnet()
    yield _operators()
    names = importable()
    same = back = whole = 0
    for name in names:
        there, again, code = _row(name)
        same, back, whole = same + (there <= 1e-5), back + (0 <= again <= 1e-5), whole + (not code)
        came = f"{again:.1e}" if again >= 0 else "–"
        sys.stderr.write(f"{name:32} import {there:.1e}   ONNX and back {came}   {code} parts as code\n")
    yield Figure(
        "import: torchvision networks with the same weights and outputs to 1e-5", same, "of 86", 86.0, "higher"
    )
    yield Figure("import: of them without Python code", whole, "of 86", 74.0, "higher")
    yield Figure("import: of them to ONNX and back, the same to 1e-5", back, "of 86", 74.0, "higher")


def _resnet() -> Iterable[Figure]:
    import_source("torchvision:resnet18", "none")
    began = time.perf_counter()
    import_source("torchvision:resnet152", "none")
    yield Figure("import: ResNet-152, drawn, laid out and checked", time.perf_counter() - began, "s", 2.0)


def _operators() -> Figure:
    import onnx

    used = {node.op_type for file in LIGHT.glob("*.onnx") for node in onnx.load(file).graph.node}
    said = [operator for operator in used if operator in RULES or operator == "ConstantOfShape"]
    share = 100 * len(said) / len(used)
    return Figure("import: operators of the light networks that nodes say", share, "%", 80.0, "higher")


def _row(name: str) -> tuple[float, float, int]:
    """Largest relative difference after import, after ONNX and back (−1: not done), and parts kept as code."""
    torch.manual_seed(0)
    segments = name in models.list_models(module=models.segmentation)
    more = {"weights_backbone": None} if segments else dict(WITHOUT_HELPERS.get(name, {}))
    theirs = models.get_model(name, weights=None, **more).eval()
    side = SEGMENTED_SIDE if segments else SIDES.get(name, 224)
    found = finished(drawn(theirs, {"input": Shape(3, side, side)}), name, Told())
    ours, x = module_of(found), torch.rand(1, 3, side, side)
    if _count(ours) != _count(theirs):
        return float("inf"), -1.0, 0
    code = len(found.report["python_code"])
    there = _difference(theirs, ours, x)
    return there, -1.0 if code or _count(ours) > LARGEST else _round_trip(found, ours, x), code


def _round_trip(found: Imported, module: nn.Module, x: Tensor) -> float:
    graph = found.network.graph
    again = imported(build_model(graph, module, output_shapes(graph)))
    back = build(again.network.graph, losses=False).eval()
    back.load_state_dict(dict(again.weights), strict=False)
    return _difference(module, back, x) if _count(back) == _count(module) else float("inf")


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
