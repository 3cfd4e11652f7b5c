"""ONNX written from the graph against PyTorch's own exporter: time, operators and latency, in the same run and warm.

Both make a model in memory; the proof is the same for both and is left out. Latencies take turns.
"""

from __future__ import annotations

import collections
import contextlib
import io
import statistics
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from nodes.boundary import Input, Output
from nodes.graph.files import load
from nodes.graph.model import Graph
from nodes.linear import Linear
from nodes.recurrent import LSTM
from nodes.reshape_parts import SelectLast
from runtime.compile import build
from runtime.exchange.example import random_inputs
from runtime.exchange.onnx.build import OPSET, build_model
from runtime.exchange.onnx_file import output_shapes
from runtime.exchange.proof import session_of
from tests.benchmarks.figures import Figure
from tests.nodes.drawing import chain

NETWORKS = Path(__file__).parents[2] / "resources" / "networks"
FASTER, SLOWER = 1 / 12, 1.02
ROUNDS = 15
FILLER = ("Identity", "Constant")


def run() -> Iterable[Figure]:
    for title, graph, sizes in (
        ("ResNet-18", load(NETWORKS / "resnet18.netw").network.graph, {}),
        ("ResNet-152", load(NETWORKS / "resnet152.netw").network.graph, {}),
        ("LSTM, 2 layers", recurrent(), {"L": 20}),
    ):
        torch.manual_seed(0)
        yield from _compared(title, graph, build(graph, losses=False).eval(), sizes)


def recurrent() -> Graph:
    """A sequence of any length through two layers."""
    return chain(
        x=Input(kind="sequence", size=("L", 64)),
        lstm=LSTM(hidden_size=128, num_layers=2),
        last=SelectLast(),
        fc=Linear(out_features=10),
        y=Output(),
    )


def _compared(title: str, graph: Graph, module: nn.Module, sizes: Mapping[str, int]) -> Iterable[Figure]:
    outputs, inputs = output_shapes(graph), random_inputs(graph, 3, sizes)
    ours_s, ours = _best(lambda: build_model(graph, module, outputs, folded=True))
    theirs_s, theirs = _best(lambda: _by_torch(module, inputs, list(outputs)))
    yield Figure(f"{title}: export_s", ours_s, "s")
    yield Figure(f"{title}: torch.onnx.export_s", theirs_s, "s")
    yield Figure(f"{title}: export / torch.onnx", ours_s / theirs_s, "×", FASTER)
    kinds = collections.Counter(node.op_type for node in ours.graph.node)
    yield Figure(f"{title}: operators / torch.onnx", len(ours.graph.node) / len(theirs.graph.node), "×", 1.0)
    yield Figure(f"{title}: Identity and Constant", sum(kinds[kind] for kind in FILLER), "operators", 0)
    yield Figure(f"{title}: latency / torch.onnx", _latencies(ours, theirs, list(outputs), inputs), "×", SLOWER)


def _best(made: Callable[[], onnx.ModelProto]) -> tuple[float, onnx.ModelProto]:
    """The shorter of two, so that neither pays for what is imported and set up once."""
    times = []
    for _ in range(2):
        began = time.perf_counter()
        model = made()
        times.append(time.perf_counter() - began)
    return min(times), model


def _by_torch(module: nn.Module, inputs: Mapping[str, Tensor], outputs: list[str]) -> onnx.ModelProto:
    axes = [{0: "batch"} for _ in inputs]  # of an LSTM it can only write the length that it was shown
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module, tuple(inputs.values()), dynamo=True, input_names=list(inputs), output_names=outputs,
            dynamic_shapes=tuple(axes), opset_version=OPSET, verbose=False,
        )  # fmt: skip
    assert program is not None
    return program.model_proto


def _latencies(
    ours: onnx.ModelProto, theirs: onnx.ModelProto, outputs: list[str], inputs: Mapping[str, Tensor]
) -> float:
    """The median of the rounds' ratios, for one sample alone on one thread."""
    runs = [session_of(model.SerializeToString(), outputs, threads=1) for model in (ours, theirs)]
    one = {name: value[:1] for name, value in inputs.items()}
    calls = max(1, int(0.02 / _timed(lambda: runs[0](one), 2)))
    ratios = []
    for _ in range(ROUNDS):
        first, second = (_timed(lambda run=run: run(one), calls) for run in runs)
        ratios.append(first / second)
    return statistics.median(ratios)


def _timed(call: Callable[[], object], calls: int) -> float:
    began = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - began) / calls
