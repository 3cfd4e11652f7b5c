"""Answers to the basic questions: compile, describe data, predict."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from runtime.answers.network_text import opened
from runtime.questions import basic


def check_compiles(request: basic.CompileCheck) -> dict[str, Any]:
    """Compiles the network, and sends two samples of zeros through it."""
    import torch

    from runtime.compile import build
    from runtime.exchange.example import fitting_sizes, random_inputs
    from runtime.exchange.onnx_file import output_shapes

    began = time.perf_counter()
    graph = opened(request.network).network.graph
    module = build(graph).eval()
    sizes = next(fitting_sizes(graph), {})
    zeros = [value.zero_() for value in random_inputs(graph, 2, sizes).values()]
    with torch.inference_mode():
        result = module(*zeros)
    results = (result,) if isinstance(result, torch.Tensor) else result
    return {
        "outputs": {name: list(value.shape[1:]) for name, value in zip(output_shapes(graph), results, strict=True)},
        "weights": sum(weight.numel() for weight in module.parameters()),
        "seconds": time.perf_counter() - began,
    }


def describe_data(request: basic.DescribeData) -> Any:
    """Fields, counts and moments of what a data choice gives; of ready sets also how far a download is, in parts."""
    from runtime.answers.downloading import described_telling
    from runtime.data.choice import DataChoice
    from runtime.data.forms import TORCHVISION
    from runtime.data.open import open_data
    from runtime.data.record import description

    choice, base = DataChoice.read(request.data), Path(request.base)
    if choice.source.startswith(TORCHVISION):
        return described_telling(choice, base, request.stop_file)
    return description(open_data(choice, base))


def predict(request: basic.Predict) -> dict[str, Any]:
    from runtime.predict import Predictor

    return Predictor(Path(request.run)).predict(Path(request.input))


def find_shape(request: basic.FindShape) -> dict[str, Any]:
    from nodes.spec.shapes import Shape
    from runtime.user_code import tried

    trials = [[Shape(*one.size, axes=one.axes, values=one.values) for one in trial] for trial in request.trials]
    return {"answers": tried(request.code, trials)}
