"""ONNX files become drawings that give what onnxruntime gives."""

from __future__ import annotations

import stat
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import helper, numpy_helper

from nodes.activation import GELU, SiLU
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.graph.files import load
from nodes.linear import Linear
from nodes.normalization import LayerNorm
from nodes.opaque import OpaqueOnnx
from nodes.recurrent import GRU, LSTM, RNN
from nodes.reshape_sizes import ChannelShuffle
from runtime.compile import build
from runtime.exchange.example import fitting_sizes, random_inputs
from runtime.exchange.importing import onnx_graph
from runtime.exchange.importing.imported import write
from runtime.exchange.importing.onnx_graph import RULES, OnnxReader
from runtime.exchange.importing.onnx_reading import decoded
from runtime.exchange.onnx.build import build_model
from runtime.exchange.onnx_file import output_shapes
from runtime.exchange.onnx_names import read_by
from runtime.transfer.read import read_weights
from tests.nodes.drawing import chain
from tests.runtime.importing.models import CONVERTED, LIGHT, filled, imported, model_of, module_of, outputs_of

UNSAID_CONVERTED = {"test_PixelShuffle", "test_PoissonNLLLLoss_no_reduce"}  # six axes; a number for each sample
LAYERS = {
    "light_bvlc_alexnet": (60_965_224, {"Conv2d": 5, "Linear": 3}),
    "light_densenet121": (7_978_856, {"Conv2d": 121, "BatchNorm2d": 121}),
    "light_inception_v1": (6_998_552, {"Conv2d": 57, "Linear": 1}),
    "light_inception_v2": (11_194_984, {"Conv2d": 69, "BatchNorm2d": 69}),
    "light_resnet50": (25_557_032, {"Conv2d": 53, "BatchNorm2d": 53, "Linear": 1}),
    "light_shufflenet": (1_393_320, {"Conv2d": 49, "ChannelShuffle": 16}),
    "light_squeezenet": (1_235_496, {"Conv2d": 26}),
    "light_vgg19": (143_667_240, {"Conv2d": 16, "Linear": 3}),
    "light_zfnet512": (87_250_536, {"Conv2d": 5, "Linear": 3}),
}


@pytest.mark.parametrize("name", LAYERS)
def test_the_light_networks_have_their_layers_and_weights(name: str) -> None:
    found = imported(onnx.load(LIGHT / f"{name}.onnx"))
    weights, layers = LAYERS[name]
    became = Counter({row["to"]: row["count"] for row in found.report["became"]})
    assert found.report["weights"] == weights
    assert {kind: became[kind] for kind in layers} == layers
    assert not found.report["opaque"]
    assert not found.report["problems"]


@pytest.mark.parametrize("name", LAYERS)
def test_with_random_weights_a_light_network_gives_what_onnxruntime_gives(name: str) -> None:
    model = filled(onnx.load(LIGHT / f"{name}.onnx"))
    x = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    expected = run(model, x)
    [found] = outputs_of(imported(model), x)
    closeness = 5e-5 * float(np.abs(expected).max())
    np.testing.assert_allclose(found.numpy().reshape(expected.shape), expected, rtol=0, atol=closeness)


@pytest.mark.parametrize("folder", sorted(path.name for path in CONVERTED.iterdir()))
def test_networks_that_pytorch_converted_give_their_recorded_outputs(folder: str) -> None:
    if folder in UNSAID_CONVERTED:
        return
    found = imported(onnx.load(CONVERTED / folder / "model.onnx"))
    data = CONVERTED / folder / "test_data_set_0"
    given, wanted = (
        [
            torch.from_numpy(numpy_helper.to_array(onnx.load_tensor(p)).copy())
            for p in sorted(data.glob(f"{kind}_*.pb"))
        ]
        for kind in ("input", "output")
    )
    assert not found.report["opaque"]
    for one, other in zip(outputs_of(found, *given), wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_most_operators_of_the_light_networks_have_a_rule() -> None:
    used = {node.op_type for file in LIGHT.glob("*.onnx") for node in onnx.load(file).graph.node}
    said = {operator for operator in used if operator in RULES or operator == "ConstantOfShape"}
    assert len(said) / len(used) >= 0.8


def test_an_operator_without_a_node_runs_as_it_is_and_says_so(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Relu", ["x"], ["a"]),
        helper.make_node("Sinh", ["a"], ["b"]),
        helper.make_node("Gemm", ["b", "w"], ["y"], transB=1),
    ]
    model = model_of(nodes, ["N", 8], {"w": np.random.default_rng(0).random((5, 8), np.float32)})
    found = imported(model)
    x = torch.randn(3, 8)
    np.testing.assert_allclose(outputs_of(found, x)[0].numpy(), run(model, x), rtol=1e-5)
    assert found.report["opaque"] == ["Sinh"]
    assert "Sinh" in found.report["reasons"]
    kinds = {type(node.settings) for node in found.network.graph.nodes.values()}
    assert {OpaqueOnnx, Linear} <= kinds


def test_what_steps_read_is_worked_out_once_however_many_have_no_node(monkeypatch: pytest.MonkeyPatch) -> None:
    values = ["x", *(f"v{n}" for n in range(20)), "y"]
    nodes = [helper.make_node("Sinh", [one], [other]) for one, other in pairwise(values)]
    asked: list[str] = []

    def counted(node: onnx.NodeProto) -> list[str]:
        asked.append(node.output[0])
        return read_by(node)

    monkeypatch.setattr(onnx_graph, "read_by", counted)
    assert len(imported(model_of(nodes, ["N", 4])).report["opaque"]) == len(nodes)
    assert asked == values[1:]


def test_what_needs_several_steps_to_be_a_value_again_is_one_part() -> None:
    nodes = [
        helper.make_node("Reshape", ["x", "rows"], ["a"]),  # takes the samples apart
        helper.make_node("Sin", ["a"], ["b"]),
        helper.make_node("Reshape", ["b", "back"], ["y"]),
    ]
    model = model_of(nodes, ["N", 8], {"rows": np.array([-1, 2], np.int64), "back": np.array([-1, 8], np.int64)})
    found = imported(model)
    assert found.report["opaque"] == ["Reshape, Sin"]
    x = torch.randn(3, 8)
    np.testing.assert_allclose(outputs_of(found, x)[0].numpy(), run(model, x), rtol=1e-5)


def test_a_gelu_in_five_steps_is_one_node() -> None:
    nodes = [
        helper.make_node("Div", ["x", "root"], ["a"]),
        helper.make_node("Erf", ["a"], ["b"]),
        helper.make_node("Add", ["b", "one"], ["c"]),
        helper.make_node("Mul", ["x", "c"], ["d"]),
        helper.make_node("Mul", ["d", "half"], ["y"]),
    ]
    numbers = {"root": np.float32(2**0.5), "one": np.float32(1), "half": np.float32(0.5)}
    assert only_node(model_of(nodes, ["N", 8], numbers)) == GELU()


def test_a_layer_norm_in_nine_steps_is_one_node() -> None:
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["m"], axes=[-1], keepdims=1),
        helper.make_node("Sub", ["x", "m"], ["d"]),
        helper.make_node("Pow", ["d", "two"], ["s"]),
        helper.make_node("ReduceMean", ["s"], ["v"], axes=[-1], keepdims=1),
        helper.make_node("Add", ["v", "eps"], ["e"]),
        helper.make_node("Sqrt", ["e"], ["r"]),
        helper.make_node("Div", ["d", "r"], ["n"]),
        helper.make_node("Mul", ["n", "scale"], ["t"]),
        helper.make_node("Add", ["t", "shift"], ["y"]),
    ]
    numbers = {"two": np.float32(2), "eps": np.float32(1e-5)}
    vectors = {"scale": np.arange(8, dtype=np.float32), "shift": np.ones(8, np.float32)}
    model = model_of(nodes, ["N", 4, 8], {**numbers, **vectors})
    settings = only_node(model)
    assert isinstance(settings, LayerNorm)
    assert settings.bias
    x = torch.randn(2, 4, 8)
    np.testing.assert_allclose(outputs_of(imported(model), x)[0].numpy(), run(model, x), rtol=1e-4, atol=1e-5)


def test_x_times_its_sigmoid_is_silu_and_matmul_plus_bias_is_linear() -> None:
    gate = [helper.make_node("Sigmoid", ["x"], ["s"]), helper.make_node("Mul", ["x", "s"], ["y"])]
    assert only_node(model_of(gate, ["N", 8])) == SiLU()
    product = [helper.make_node("MatMul", ["x", "w"], ["a"]), helper.make_node("Add", ["a", "b"], ["y"])]
    weights = {"w": np.ones((8, 3), np.float32), "b": np.ones(3, np.float32)}
    assert only_node(model_of(product, ["N", 8], weights)) == Linear(3, True)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("kind", [LSTM, GRU, RNN])
def test_recurrent_layers_come_back_with_their_gates_in_order(
    kind: type[LSTM] | type[GRU] | type[RNN], bidirectional: bool
) -> None:
    settings = kind(hidden_size=6, bidirectional=bidirectional)
    graph = chain(steps=Input("sequence", (5, 3)), layer=settings, result=Output())
    module = build(graph).eval()
    found = imported(build_model(graph, module, output_shapes(graph)))
    x = torch.randn(2, 5, 3)
    with torch.no_grad():
        torch.testing.assert_close(outputs_of(found, x)[0], module(x), rtol=1e-5, atol=1e-6)
    assert not found.report["opaque"]


@pytest.mark.parametrize("name", ["resnet20", "lenet5", "char_lstm", "squeezenet1_1"])
def test_an_example_goes_to_onnx_and_comes_back_the_same(name: str) -> None:
    graph = load(Path(__file__).parents[3] / "resources" / "networks" / f"{name}.netw").network.graph
    module = build(graph, losses=False).eval()
    found = imported(build_model(graph, module, output_shapes(graph)))
    back = module_of(found)
    assert sum(w.numel() for w in back.parameters()) == sum(w.numel() for w in module.parameters())
    values = list(random_inputs(graph, 2, next(fitting_sizes(graph), {})).values())
    with torch.no_grad():
        torch.testing.assert_close(back(*values), module(*values), rtol=1e-4, atol=1e-5)


def test_names_with_dots_become_blocks_and_equal_ones_repeat() -> None:
    nodes, value = [], "x"
    for n in range(3):
        for step, operator in enumerate(("Relu", "Tanh")):
            nodes.append(helper.make_node(operator, [value], [f"v{n}{step}"], name=f"stage.{n}.{operator.lower()}"))
            value = f"v{n}{step}"
    graph = imported(model_of(nodes, ["N", 8], output=value)).network.graph
    settings = graph.nodes["stage"].settings
    assert isinstance(settings, Block)
    assert settings.repeat == 3
    assert {"relu", "tanh"} <= set(settings.body.nodes)


def test_grouped_turned_and_joined_channels_are_one_shuffle() -> None:
    nodes = [
        helper.make_node("Reshape", ["x", "a"], ["b"]),
        helper.make_node("Transpose", ["b"], ["c"], perm=[0, 2, 1, 3, 4]),
        helper.make_node("Reshape", ["c", "d"], ["y"]),
    ]
    sizes = {"a": np.array([0, 2, 3, 4, 4], np.int64), "d": np.array([0, 6, 4, 4], np.int64)}
    assert only_node(model_of(nodes, ["N", 6, 4, 4], sizes)) == ChannelShuffle(2)


def test_a_written_network_starts_from_the_weights_beside_it(tmp_path: Path) -> None:
    model = model_of(
        [helper.make_node("Gemm", ["x", "w"], ["y"], transB=1)], ["N", 4], {"w": np.eye(3, 4, dtype=np.float32)}
    )
    report = write(imported(model), tmp_path / "one.netw")
    opened = load(tmp_path / "one.netw")
    assert not opened.faults
    assert opened.network.recipe["start_from"] == "one.safetensors"
    assert stat.S_IMODE((tmp_path / "one.safetensors").stat().st_mode) == 0o644
    [(name, value)] = read_weights(report["weights_path"]).weights.items()
    assert name.endswith(".weight")
    torch.testing.assert_close(value, torch.eye(3, 4))


def test_a_weight_that_two_layers_share_is_told_of() -> None:
    weight = np.random.default_rng(0).standard_normal((8, 8), dtype=np.float32)
    nodes = [helper.make_node("MatMul", ["x", "w"], ["a"]), helper.make_node("MatMul", ["a", "w"], ["y"])]
    model = model_of(nodes, ["N", 8], {"w": weight})
    reader = OnnxReader(decoded(model.SerializeToString(), "m.onnx"), Path(), "m.onnx")
    reader.drawn()
    assert "share a weight (w)" in " ".join(reader.notes)
    x = torch.randn(2, 8)
    torch.testing.assert_close(outputs_of(imported(model), x)[0].numpy(), run(model, x))
    apart = model_of([helper.make_node("MatMul", ["x", "w"], ["y"])], ["N", 8], {"w": weight})
    reader = OnnxReader(decoded(apart.SerializeToString(), "m.onnx"), Path(), "m.onnx")
    reader.drawn()
    assert reader.notes == []


def only_node(model: onnx.ModelProto) -> object:
    """The settings of the one node between input and output."""
    graph = imported(model).network.graph
    [found] = [n.settings for n in graph.nodes.values() if n.settings.inputs() and n.settings.family != "boundary"
               and not n.settings.is_loss]  # fmt: skip
    return found


def run(model: onnx.ModelProto, x: torch.Tensor) -> np.ndarray:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    result = session.run(None, {session.get_inputs()[0].name: x.numpy()})[0]
    assert isinstance(result, np.ndarray)
    return result
