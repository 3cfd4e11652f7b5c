"""What repeats in an ONNX file becomes blocks: by the modules that it tells of, else by how it is wired."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import helper
from torch import Tensor
from torchvision import models

from nodes.activation import ReLU
from nodes.block import Block
from nodes.boundary import Input
from nodes.graph.files import load
from nodes.graph.model import Graph
from nodes.linear import Linear
from nodes.merge import Add
from runtime.exchange.importing.drawing import Drawing
from runtime.exchange.importing.imported import write
from runtime.exchange.importing.repeats import with_repeats
from runtime.exchange.importing.sources import import_onnx
from tests.runtime.importing.models import LIGHT, imported, model_of, module_of, outputs_of

WIDTH = 8


def blocks(graph: Graph) -> dict[str, tuple[int, int]]:
    """How often each block of a graph repeats, and how many nodes it has beside inputs and outputs."""
    found = {name: node.settings for name, node in graph.nodes.items()}
    return {
        name: (one.repeat, sum(node.settings.family != "boundary" for node in one.body.nodes.values()))
        for name, one in found.items()
        if isinstance(one, Block)
    }


def run(model: onnx.ModelProto, x: Tensor) -> Sequence[Any]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x.numpy()})


class Steps:
    """An ONNX graph of vectors, step by step, without names."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: dict[str, Any] = {}
        self.random = np.random.default_rng(0)

    def __call__(self, operator: str, *given: str) -> str:
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, given, [name]))
        return name

    def linear(self, x: str, width: int = WIDTH) -> str:
        weight = f"w{len(self.weights)}"
        self.weights[weight] = self.random.standard_normal((WIDTH, width)).astype(np.float32) / 4
        return self("MatMul", x, weight)

    def model(self, output: str) -> onnx.ModelProto:
        return model_of(self.nodes, ["N", WIDTH], self.weights, output)


def residual(steps: Steps, x: str, inner: str = "Relu") -> str:
    """Two layers and what they got."""
    return steps("Relu", steps("Add", steps.linear(steps(inner, steps.linear(x))), x))


def same(model: onnx.ModelProto, x: Tensor) -> Graph:
    """The graph of a model, which gives what onnxruntime gives."""
    found = imported(model)
    for one, other in zip(outputs_of(found, x), run(model, x), strict=True):
        np.testing.assert_allclose(one.numpy(), other, rtol=1e-4, atol=1e-5)
    return found.network.graph


def test_residual_blocks_without_names_are_one_block_that_repeats() -> None:
    steps = Steps()
    value = steps("Tanh", steps.linear("x"))
    for _ in range(4):
        value = residual(steps, value)
    graph = same(steps.model(steps.linear(value)), torch.randn(3, WIDTH))
    assert blocks(graph) == {"block1": (4, 5)}
    body = graph.nodes["block1"].settings.body  # type: ignore[attr-defined]
    kinds = [type(node.settings) for node in body.nodes.values() if node.settings.family != "boundary"]
    assert kinds == [Linear, ReLU, Linear, Add, ReLU]


def test_steps_in_any_order_of_the_file_repeat() -> None:
    """Exporters may write the steps of several branches in turn; here the second layer of each block comes late."""
    steps = Steps()
    value = "x"
    for _ in range(3):
        left, right = steps.linear(value), steps.linear(value)
        left, right = steps("Relu", left), steps("Tanh", right)
        value = steps("Add", left, right)
    assert blocks(same(steps.model(steps("Sigmoid", value)), torch.randn(2, WIDTH))) == {"block1": (3, 5)}


def test_what_repeats_within_what_repeats_is_a_block_within_a_block() -> None:
    steps = Steps()
    value = "x"
    for _ in range(2):
        for _ in range(3):
            value = residual(steps, value)
        value = steps("Sigmoid", steps.linear(value))
    graph = same(steps.model(value), torch.randn(2, WIDTH))
    assert blocks(graph) == {"block1": (2, 3)}
    assert blocks(graph.nodes["block1"].settings.body) == {"block1_1": (3, 5)}  # type: ignore[attr-defined]


def test_a_value_that_is_read_elsewhere_too_ends_a_repeat() -> None:
    """The output of the second block also goes around the third and fourth."""
    steps = Steps()
    second = residual(steps, residual(steps, "x"))
    fourth = residual(steps, residual(steps, second))
    graph = same(steps.model(steps("Add", fourth, second)), torch.randn(2, WIDTH))
    assert blocks(graph) == {"block1": (2, 5), "block2": (2, 5)}


def test_an_output_between_two_repeats_parts_them() -> None:
    steps = Steps()
    first = residual(steps, residual(steps, "x"))
    model = steps.model(residual(steps, residual(steps, first)))
    model.graph.output.append(helper.make_tensor_value_info(first, onnx.TensorProto.FLOAT, None))
    assert blocks(same(model, torch.randn(2, WIDTH))) == {"block1": (2, 5), "block2": (2, 5)}


def test_pairs_and_stretches_without_weights_stay_as_they_are() -> None:
    steps = Steps()
    value = "x"
    for _ in range(4):
        value = steps("Relu", steps.linear(value))
    for _ in range(3):
        value = steps("Sigmoid", steps("Tanh", steps("Neg", value)))
    assert blocks(same(steps.model(value), torch.randn(2, WIDTH))) == {}


def test_steps_that_differ_in_a_setting_or_in_a_link_do_not_repeat() -> None:
    steps = Steps()
    value = residual(steps, residual(steps, "x", "Relu"), "Tanh")
    hidden = steps.linear(value)
    wired = steps("Relu", steps("Add", steps.linear(steps("Relu", hidden)), hidden))
    assert blocks(same(steps.model(residual(steps, wired)), torch.randn(2, WIDTH))) == {}


LIGHT_REPEATS = {
    "light_resnet50": [(2, 10), (3, 10), (5, 10), (2, 10)],
    "light_shufflenet": [(3, 10), (7, 10), (3, 10)],
    "light_vgg19": [],
}


@pytest.mark.parametrize("name", LIGHT_REPEATS)
def test_the_blocks_of_a_light_network_repeat(name: str, tmp_path: Path) -> None:
    found = import_onnx(LIGHT / f"{name}.onnx")
    repeats = blocks(found.network.graph)
    assert list(repeats.values()) == LIGHT_REPEATS[name]
    said = "; ".join(found.report["notes"])
    assert all(f"{block} × {count} of {size} nodes" in said for block, (count, size) in repeats.items())
    assert not found.report["problems"]
    write(replace(found, weights={}), tmp_path / "one.netw")
    opened = load(tmp_path / "one.netw")
    assert not opened.faults
    assert opened.network.graph.structure == found.network.graph.structure


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("is_told", [True, False], ids=["scopes", "names stripped"])
def test_a_network_of_torchvision_has_its_blocks_once_and_their_times(is_told: bool, tmp_path: Path) -> None:
    torch.manual_seed(0)
    module, x, file = models.resnet50().eval(), torch.randn(1, 3, 64, 64), tmp_path / "m.onnx"
    torch.onnx.export(module, (x,), file, dynamo=False, opset_version=17, input_names=["x"])
    if not is_told:
        strip(file)
    found = import_onnx(file)
    with torch.no_grad():
        torch.testing.assert_close(outputs_of(found, x)[0], module(x), rtol=1e-4, atol=1e-4)
    graph = found.network.graph
    stages = [graph.nodes[f"layer{n}"].settings.body for n in range(1, 5)] if is_told else [graph]  # type: ignore
    assert [repeat for stage in stages for repeat, _ in blocks(stage).values() if repeat > 1] == [2, 3, 5, 2]
    assert sum(w.numel() for w in module_of(found).parameters()) == found.report["weights"]


def strip(file: Path) -> None:
    """Takes the names of modules out of a file, those in the names of weights too."""
    model = onnx.load(file)
    names: Mapping[str, str] = {tensor.name: f"w{n}" for n, tensor in enumerate(model.graph.initializer)}
    for tensor in model.graph.initializer:
        tensor.name = names[tensor.name]
    for n, node in enumerate(model.graph.node):
        node.name = f"n{n}"
        node.input[:] = [names.get(name, name) for name in node.input]
    onnx.save(model, file)


def test_more_times_than_a_block_can_repeat_are_several_blocks() -> None:
    steps = Steps()
    value = "x"
    for _ in range(1003):
        value = steps("Tanh", steps("Relu", steps.linear(value)))
    assert blocks(imported(steps.model(value)).network.graph) == {"block1": (1000, 3), "block2": (3, 3)}


def test_a_search_through_many_steps_ends_soon() -> None:
    drawing = Drawing()
    value = drawing.one(Input("vector", (4,)))
    for n in range(3000):
        value = drawing.one(ReLU(), value)
        if n % 7 in (0, 3):
            wide = drawing.add(Linear(4, False), [value], weights={"weight": torch.zeros(4, 4)})
            [value] = wide.values()
    drawing.results["y"] = value
    started = time.perf_counter()
    _, told = with_repeats(drawing)
    assert time.perf_counter() - started < 5
    assert told == ["Steps that repeat became blocks: block1 × 428 of 9 nodes."]


def test_the_blocks_of_a_module_with_a_sum_of_its_own_repeat() -> None:
    """A sum in module.N itself, beside layers in module.N.fc, belongs to that block."""
    nodes, value, weights = [], "x", {}
    for n in range(3):
        weights[f"w{n}"] = np.eye(WIDTH, dtype=np.float32)
        nodes.append(helper.make_node("MatMul", [value, f"w{n}"], [f"a{n}"], name=f"/stage/stage.{n}/fc/MatMul"))
        nodes.append(helper.make_node("Add", [f"a{n}", value], [f"b{n}"], name=f"/stage/stage.{n}/Add"))
        value = f"b{n}"
    graph = same(model_of(nodes, ["N", WIDTH], weights, value), torch.randn(2, WIDTH))
    assert blocks(graph) == {"stage": (3, 2)}
