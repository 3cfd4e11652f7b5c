"""Every form in which a network is taken away, and what ONNX files can be asked to be."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import onnx
import onnxruntime
import pytest
import torch
from safetensors.torch import load_file

from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.graph.files import load
from nodes.graph.model import Network
from nodes.opaque import OpaqueOnnx
from runtime.compile import build
from runtime.exchange import ExportError, onnx_file
from runtime.exchange.example import random_inputs
from runtime.exchange.kinds import Wishes, write
from runtime.exchange.layer_texts import as_tabular, tikz
from runtime.exchange.onnx import half, smaller, speed
from runtime.exchange.onnx.build import build_model
from runtime.exchange.onnx.light import filled
from runtime.exchange.onnx.options import Options
from runtime.exchange.onnx.saved import kept
from runtime.exchange.onnx_file import Given, output_shapes, write_model
from runtime.exchange.subject import Subject, untrained
from tests.nodes.drawing import chain

NETWORKS = Path(__file__).parents[3] / "resources" / "networks"


@pytest.fixture(scope="module")
def digits() -> Subject:
    subject = untrained(load(NETWORKS / "digits.netw"), NETWORKS)
    assert subject.dataset is not None
    return subject


@pytest.fixture(autouse=True)
def measured_briefly(monkeypatch):
    """How fast a file is tells nothing here, and takes a moment for each."""
    monkeypatch.setattr(speed, "SECONDS", 0.0)


def session(path: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def test_folding_leaves_no_batch_normalisation_and_no_filler(digits):
    graph = digits.network.graph
    kinds = [
        Counter(n.op_type for n in build_model(graph, digits.module, output_shapes(graph), folded=f).graph.node)
        for f in (False, True)
    ]
    assert kinds[0]["BatchNormalization"] == kinds[0]["Conv"] > 0
    assert kinds[1]["BatchNormalization"] == 0
    assert not kinds[1].keys() & {"Identity", "Constant"}


def test_operators_and_weights_bear_the_names_of_nodes_within_blocks():
    graph = load(NETWORKS / "resnet20.netw").network.graph
    module = build(graph, losses=False).eval()
    model = build_model(graph, module, output_shapes(graph))
    weights = dict(module.named_parameters())
    names = {tensor.name for tensor in model.graph.initializer}
    assert {name for name in weights if "conv" in name} <= names
    assert any("." in node.name for node in model.graph.node if node.op_type == "Conv")


def test_a_prepared_file_takes_bytes_and_names_the_class(digits, tmp_path):
    report = write(digits, "onnx", tmp_path / "m.onnx", Wishes(prepared=True))
    assert report["proof_max_abs_diff"] <= 1e-5
    pictures = torch.randint(0, 255, (3, 8, 8, 1), dtype=torch.uint8).numpy()
    probabilities, names = session(tmp_path / "m.onnx").run(["probabilities", "class"], {"picture": pictures})
    assert probabilities.sum(1) == pytest.approx([1.0] * 3, abs=1e-5)
    assert [str(row.argmax()) for row in probabilities] == list(names)


def test_a_failed_proof_of_a_prepared_file_names_the_node(tmp_path):
    subject = untrained(load(NETWORKS / "digits.netw"), NETWORKS)
    subject.module.conv2.register_forward_hook(lambda layer, given, result: result * 1.5)
    with pytest.raises(ExportError, match=r"It begins at conv2\."):
        write(subject, "onnx", tmp_path / "m.onnx", Wishes(prepared=True))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("precision", "share"), [("float16", 0.65), ("int8", 0.6)])
def test_a_smaller_precision_tells_its_cost_on_real_samples(digits, tmp_path, precision, share):
    plain = write(digits, "onnx", tmp_path / "plain.onnx", Wishes())
    report = write(digits, "onnx", tmp_path / "small.onnx", Wishes(precision=precision))
    assert report["onnx_bytes"] < share * plain["onnx_bytes"]
    assert report["cost"]["samples"] == len(digits.dataset.test) > 300
    assert report["cost"]["largest_difference"] > 0
    assert len(report["cost"]["accuracy"]) == 2
    assert "accuracy" in " ".join(report["lines"])


def test_the_cost_is_measured_for_a_while_and_says_on_how_many(digits, tmp_path, monkeypatch):
    monkeypatch.setattr(smaller, "SECONDS", 0.0)
    report = write(digits, "onnx", tmp_path / "small.onnx", Wishes(precision="float16"))
    assert (report["cost"]["samples"], report["cost"]["available"]) == (64, len(digits.dataset.test))
    assert "float16 on 64 of 359 samples" in " ".join(report["lines"])


@pytest.mark.parametrize("prepared", [False, True])
@pytest.mark.parametrize("precision", ["float16", "int8"])
def test_a_smaller_precision_is_a_valid_file_and_the_certificate_tells_of_that_file(
    digits, tmp_path, precision, prepared, monkeypatch
):
    seen = []
    checker = onnx.checker.check_model
    monkeypatch.setattr(onnx.checker, "check_model", lambda m, **k: (seen.append(len(m.graph.node)), checker(m, **k)))
    write(digits, "onnx", tmp_path / "m.onnx", Wishes(precision=precision, prepared=prepared))
    checker(tmp_path / "m.onnx", full_check=True)
    assert seen[-1] == len(onnx.load(tmp_path / "m.onnx").graph.node)
    facts = json.loads((tmp_path / "m.certificate.json").read_text())
    assert facts["checker"].startswith("passed")


def test_a_smaller_file_that_the_checker_refuses_is_not_written(digits, tmp_path, monkeypatch):
    monkeypatch.setattr(half, "put_in_order", lambda graph: None)
    with pytest.raises(ExportError, match="topologically sorted"):
        write(digits, "onnx", tmp_path / "m.onnx", Wishes(precision="float16"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["char_lstm", "char_gru", "char_rnn"])
def test_recurrent_layers_stay_in_float32_where_the_rest_is_float16(name, tmp_path):
    graph = load(NETWORKS / f"{name}.netw").network.graph
    module = build(graph, losses=False).eval()
    options = Options(precision="float16")
    report = write_model(graph, module, tmp_path / "m.onnx", Given(), {}, options)
    model = onnx.load(tmp_path / "m.onnx")
    onnx.checker.check_model(model, full_check=True)
    kinds = {tensor.name: tensor.data_type for tensor in model.graph.initializer}
    weights = [kinds[i] for n in model.graph.node if n.op_type in half.RECURRENT for i in n.input[1:4]]
    assert weights
    assert set(weights) == {onnx.TensorProto.FLOAT}
    assert onnx.TensorProto.FLOAT16 in kinds.values()
    assert not {"Transpose", "Squeeze"} & {n.op_type for n in model.graph.node if _is_half(model, n.output[0])}
    assert report.cost.largest_difference < 0.01


def _is_half(model: onnx.ModelProto, name: str) -> bool:
    kinds = {
        one.name: one.type.tensor_type.elem_type for one in onnx.shape_inference.infer_shapes(model).graph.value_info
    }
    return kinds.get(name) == onnx.TensorProto.FLOAT16


def test_int8_without_samples_is_refused_and_writes_nothing(tmp_path):
    graph = load(NETWORKS / "digits.netw").network.graph
    module = build(graph, losses=False).eval()
    with pytest.raises(ExportError, match="int8 needs samples"):
        write_model(graph, module, tmp_path / "m.onnx", Given(), {}, Options(precision="int8"))
    assert list(tmp_path.iterdir()) == []


def test_what_is_too_large_for_one_file_lies_beside_it(digits, tmp_path):
    graph, out = digits.network.graph, tmp_path / "m.onnx"
    write_model(graph, digits.module, out, Given(), {}, Options(largest_file=1000))
    assert (tmp_path / "m.onnx.data").stat().st_size > 10 * out.stat().st_size
    inputs = random_inputs(graph, 2, {})
    [got] = session(out).run(None, {name: value.numpy() for name, value in inputs.items()})
    with torch.inference_mode():
        assert torch.allclose(torch.from_numpy(got), digits.module(*inputs.values()), atol=1e-5)


def test_a_smaller_precision_of_what_lies_beside_its_file_has_its_numbers(digits, tmp_path):
    options = Options(largest_file=1000, precision="float16")
    written = write_model(digits.network.graph, digits.module, tmp_path / "m.onnx", Given(), {}, options)
    assert (tmp_path / "m.onnx.data").exists()
    assert written.cost.largest_difference < 0.05


def test_a_file_written_from_the_weights_is_the_model_with_its_numbers_in_it(digits, tmp_path):
    graph, aside = digits.network.graph, {}
    model = build_model(graph, digits.module, output_shapes(graph), aside=aside)
    assert {"conv2.weight", "fc1.weight"} == aside.keys()
    assert sum(len(tensor.raw_data) for tensor in model.graph.initializer) < 4096
    with kept(model, tmp_path / "m.onnx", 2**31, aside) as place:
        assert place.parent != tmp_path
    whole = onnx.load(tmp_path / "m.onnx")
    assert whole == build_model(graph, digits.module, output_shapes(graph)) == filled(model, aside)
    assert [path.name for path in tmp_path.iterdir()] == ["m.onnx"]


def test_large_weights_are_opened_once(digits, tmp_path, monkeypatch):
    opened, session_class = [], onnxruntime.InferenceSession
    monkeypatch.setattr(
        onnxruntime, "InferenceSession", lambda *a, **k: (opened.append(1), session_class(*a, **k))[1]
    )
    write(digits, "onnx", tmp_path / "m.onnx", Wishes())
    assert len(opened) == 2
    monkeypatch.setattr(onnx_file, "OPENED_ONCE", 1000)
    write(digits, "onnx", tmp_path / "m.onnx", Wishes())
    assert len(opened) == 3


def test_the_certificate_tells_inputs_differences_and_speed(digits, tmp_path):
    write(digits, "onnx", tmp_path / "m.onnx", Wishes(opset=19))
    facts = json.loads((tmp_path / "m.certificate.json").read_text())
    assert facts["opset"] == 19
    assert facts["inputs"][1] == {"image": [7, 1, 8, 8]}
    assert facts["mean_differences"].keys() == facts["outputs"].keys()
    assert facts["speed"]["onnx_ms"] > 0
    assert facts["data_fingerprint"] == digits.dataset.fingerprint
    assert "Checker: passed" in (tmp_path / "m.certificate.md").read_text()
    assert onnx.load(tmp_path / "m.onnx").opset_import[0].version == 19


def test_a_program_gives_the_same_for_any_batch(digits, tmp_path):
    report = write(digits, "program", tmp_path / "m.pt2", Wishes())
    assert report["program_max_abs_diff"] <= 1e-6


def test_a_program_without_what_onnxruntime_runs_is_refused_with_the_node(digits, tmp_path):
    body = chain(x=Input(kind="vector", size=(8,)), part=OpaqueOnnx(), y=Output())
    graph = chain(vector=Input(kind="vector", size=(8,)), block=Block(name="Inner", body=body), y=Output())
    subject = Subject(Network(graph, "Parted", "", {}, {}), tmp_path)
    with pytest.raises(
        ExportError, match=r"block\.part is a part of an ONNX file \(Relu\).*Export as ONNX"
    ) as refused:
        write(subject, "program", tmp_path / "m.pt2", Wishes())
    assert refused.value.node == "block"
    assert "Export as ONNX" in refused.value.remedy
    assert list(tmp_path.iterdir()) == []
    write(subject, "onnx", tmp_path / "m.onnx", Wishes())


def test_weights_bear_the_names_of_the_nodes_where_torchvision_has_no_such_network(digits, tmp_path):
    assert write(digits, "weights", tmp_path / "w.safetensors", Wishes())["torchvision"] == ""
    assert load_file(tmp_path / "w.safetensors").keys() == digits.module.state_dict().keys()


def test_layer_tables_and_figures_are_safe_for_latex(digits, tmp_path):
    assert (
        as_tabular([["a_b", "5 %"], ["x", "1"], ["Total", "2"]], [False, True]).splitlines()[3] == r"a\_b & 5 \% \\"
    )
    drawn = tikz(digits.network.graph, "T")
    assert drawn.count(r"\node[layer") == len(digits.network.graph.nodes)
    assert drawn.count(r"\draw[link]") == len(digits.network.graph.links)
    for name in ("l.csv", "l.md", "l.tex"):
        write(digits, "table", tmp_path / name, Wishes())
        assert "conv1" in (tmp_path / name).read_text()


def test_a_name_with_another_ending_is_refused(digits, tmp_path):
    with pytest.raises(ExportError, match=r"m\.txt does not end in \.onnx\. Name it m\.onnx\."):
        write(digits, "onnx", tmp_path / "m.txt", Wishes())
