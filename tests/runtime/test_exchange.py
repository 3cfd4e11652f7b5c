"""ONNX and Python exports give what the network gives."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from functools import reduce
from pathlib import Path

import onnx
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from nodes.boundary import AXES_BY_KIND, Input, Output
from nodes.catalogue import catalogue
from nodes.conv import Conv2d
from nodes.embedding import Embedding
from nodes.graph.model import Graph, Link, Node
from nodes.linear import Linear
from nodes.merge import Add
from nodes.recurrent import GRU, LSTM, RNN
from nodes.reshape import Flatten
from nodes.reshape_parts import SelectLast
from nodes.spec.shapes import Shape
from runtime.compile import build
from runtime.exchange import ExportError, onnx_file, proof
from runtime.exchange.example import fitting_sizes, random_inputs
from runtime.exchange.onnx import speed
from runtime.exchange.onnx.options import Options
from runtime.exchange.onnx_file import export_onnx
from runtime.exchange.proof import differs, prove, relative, session_of
from runtime.exchange.python_file import export_python
from tests.nodes.drawing import chain, joined

NOT_ALONE = ("input", "output", "block", "opaque_onnx")
EXPORTABLE = [t for t in catalogue() if not t.is_loss and t.type_id not in NOT_ALONE]


@pytest.fixture(autouse=True)
def measured_briefly(monkeypatch):
    """How fast a file is tells nothing here, and takes a moment for each."""
    monkeypatch.setattr(speed, "SECONDS", 0.0)


def built(graph: Graph) -> nn.Module:
    torch.manual_seed(0)
    return build(graph, losses=False).eval()


def single(settings: object, shapes: tuple[Shape, ...]) -> Graph:
    """One node between as many inputs and outputs as it has."""
    kinds = {axes: kind for kind, axes in AXES_BY_KIND.items()}
    graph = Graph().with_node("layer", Node(settings))  # type: ignore[arg-type]
    ports = settings.inputs()  # type: ignore[attr-defined]
    for number, shape in enumerate(shapes):
        port = f"{ports[0].name}{number + 1}" if ports[0].variadic else ports[number].name
        entry = Input(kind=kinds[shape.axes], size=tuple(shape), values=shape.values)
        graph = graph.with_node(f"in_{port}", Node(entry)).with_link(Link(f"in_{port}", "output", "layer", port))
    if not ports:  # what comes from no data meets something that does
        graph = graph.with_node("in_x", Node(Input("number", ()))).with_node("sum", Node(Add()))
        links = [("in_x", "sum", "x1"), ("layer", "sum", "x2"), ("sum", "out", "x")]
        graph = graph.with_node("out", Node(Output()))
        return reduce(lambda drawn, ends: drawn.with_link(Link(ends[0], "output", *ends[1:])), links, graph)
    for port in settings.outputs():  # type: ignore[attr-defined]
        graph = graph.with_node(f"out_{port}", Node(Output())).with_link(Link("layer", port, f"out_{port}", "x"))
    return graph


def text_model(recurrent: object) -> Graph:
    return chain(
        tokens=Input(kind="indices", size=("L",)),
        embed=Embedding(num_embeddings=30, embedding_dim=8),
        recurrent=recurrent,
        last=SelectLast(),
        fc=Linear(out_features=5),
        scores=Output(),
    )  # type: ignore[arg-type]


def of_onnx(path: Path, inputs: dict[str, Tensor]) -> list[Tensor]:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return [torch.from_numpy(value) for value in session.run(None, {n: v.numpy() for n, v in inputs.items()})]


@pytest.mark.parametrize("node_type", EXPORTABLE, ids=lambda t: t.type_id)
def test_every_node_type_is_exported(node_type, tmp_path):
    graph = single(node_type(), node_type.example)
    proof = export_onnx(graph, built(graph), tmp_path / "model.onnx")
    assert proof.samples >= 8


def test_a_part_of_another_onnx_file_is_written_as_it_was(tmp_path):
    part = next(t for t in catalogue() if t.type_id == "opaque_onnx")
    graph = single(part(), part.example)
    assert export_onnx(graph, built(graph), tmp_path / "model.onnx").max_abs_diff == 0
    assert [node.op_type for node in onnx.load(tmp_path / "model.onnx").graph.node] == ["Relu"]


@pytest.mark.filterwarnings("ignore:LSTM with projections")  # torch says so at every call
@pytest.mark.parametrize(
    "settings",
    [
        LSTM(hidden_size=6, num_layers=2, bidirectional=True),
        LSTM(hidden_size=6, bias=False),
        LSTM(hidden_size=6, proj_size=4, num_layers=2, bidirectional=True),
        GRU(hidden_size=6, num_layers=2, bidirectional=True),
        RNN(hidden_size=6, num_layers=2),
        RNN(hidden_size=6, nonlinearity="relu", bidirectional=True),
    ],
    ids=lambda s: s.summary(),
)
def test_a_sequence_may_have_any_length(settings, tmp_path):
    graph, file = text_model(settings), tmp_path / "model.onnx"
    module = built(graph)
    proof = export_onnx(graph, module, file)
    assert proof.max_abs_diff <= 1e-5
    for batch, length in ((1, 3), (7, 41)):
        tokens = torch.randint(30, (batch, length))
        assert torch.allclose(of_onnx(file, {"tokens": tokens})[0], module(tokens), atol=1e-5)


@pytest.mark.filterwarnings("ignore:LSTM with projections")
@pytest.mark.parametrize("proj_size", [0, 3])
def test_states_go_from_one_layer_to_another(proj_size, tmp_path):
    graph = chain(
        sequence=Input(kind="sequence", size=("L", 4)),
        first=LSTM(hidden_size=5, proj_size=proj_size),
        second=LSTM(hidden_size=5, proj_size=proj_size),
        y=Output(),
    )
    graph = joined(graph, {"first.hidden": "second.initial", "first.cell": "second.initial_cell"})
    assert export_onnx(graph, built(graph), tmp_path / "model.onnx").max_abs_diff <= 1e-5


def test_names_are_those_of_the_nodes_and_open_sizes_are_dynamic(tmp_path):
    # The names are the ones torch gives to values of its own.
    graph = chain(linear=Input(size=(3, "H", "W")), conv2d=Conv2d(out_channels=4, padding=(1, 1)), relu=Output())
    export_onnx(graph, built(graph), tmp_path / "model.onnx", metadata={"classes": ["a", "b"]})
    model = onnx.load(tmp_path / "model.onnx")
    (entry,), (leave,) = model.graph.input, model.graph.output
    assert (entry.name, leave.name) == ("linear", "relu")
    assert [d.dim_param or d.dim_value for d in entry.type.tensor_type.shape.dim] == ["batch", 3, "H", "W"]
    assert [d.dim_param or d.dim_value for d in leave.type.tensor_type.shape.dim] == ["batch", 4, "H", "W"]
    assert model.producer_name == "netwright"
    assert json.loads({p.key: p.value for p in model.metadata_props}["classes"]) == ["a", "b"]


def test_one_value_may_leave_by_two_outputs_and_an_input_by_one(tmp_path):
    graph = joined(
        chain(image=Input(size=(1, 6, 6)), conv=Conv2d(out_channels=2), a=Output())
        .with_node("b", Node(Output()))
        .with_node("same", Node(Output())),
        {"conv.output": "b.x", "image.output": "same.x"},
    )
    proof = export_onnx(graph, built(graph), tmp_path / "model.onnx")
    assert list(proof.outputs) == ["a", "b", "same"]


def test_the_proof_runs_on_the_samples_given(tmp_path):
    graph = chain(vector=Input(kind="vector", size=(4,)), fc=Linear(out_features=3), y=Output())
    proof = export_onnx(graph, built(graph), tmp_path / "model.onnx", {"vector": torch.randn(20, 4)})
    assert proof.real
    assert proof.samples == 1 + 7 + 20


def test_a_proof_allows_a_hundred_thousandth_of_the_largest_number():
    ours = torch.tensor([1000.0, 0.0])
    assert Options().tolerance == 1e-5
    assert not differs(ours, ours + 0.009, 1e-5)
    assert differs(ours, ours + 0.011, 1e-5)
    assert differs(ours / 1e6, ours / 1e6 + 2e-7, 1e-5)
    assert not differs(ours * 0, ours * 0 + 1e-7, 1e-5)  # what rounding leaves of numbers that cancel out
    assert differs(ours, torch.tensor([1000.0, float("nan")]), 1e-5)
    assert relative(ours, ours + 1) == pytest.approx(1e-3)


def test_large_networks_are_proven_on_batches_of_1_and_7_and_more(monkeypatch):
    monkeypatch.setattr(onnx_file, "WORK", 10.0)
    graph = chain(vector=Input(kind="vector", size=(4,)), fc=Linear(out_features=3), y=Output())
    counts = [len(batch["vector"]) for batch in onnx_file._batches(graph, {})]
    assert counts == [1, 7, 8]


def test_a_failed_proof_is_refused_and_leaves_no_file(tmp_path):
    graph = chain(vector=Input(kind="vector", size=(4,)), fc=Linear(out_features=3), y=Output())
    module = built(graph)
    export_onnx(graph, module, tmp_path / "model.onnx")
    with torch.no_grad():
        module.fc.bias[1] += 0.01
    with pytest.raises(ExportError, match=r"output y differs by 1\.0e-02"):
        prove(
            session_of((tmp_path / "model.onnx").read_bytes(), ["y"]),
            module,
            ["y"],
            [random_inputs(graph, 2, {})],
            real=False,
        )
    assert module.fc is not None
    module.fc.register_forward_hook(lambda layer, given, result: result + 0.01)
    with pytest.raises(ExportError, match=r"It begins at fc\."):
        export_onnx(graph, module, tmp_path / "wrong.onnx")
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith("wrong")] == []


def test_a_model_that_onnxruntime_cannot_run_is_refused(tmp_path):
    graph = chain(vector=Input(kind="vector", size=(4,)), fc=Linear(out_features=3), y=Output())
    module = built(graph)
    with pytest.raises(ExportError, match="onnxruntime cannot run"):
        prove(session_of(b"no model", ["y"]), module, ["y"], [random_inputs(graph, 2, {})], real=False)
    export_onnx(graph, module, tmp_path / "model.onnx")
    with pytest.raises(ExportError, match="onnxruntime cannot run"):
        prove(
            session_of((tmp_path / "model.onnx").read_bytes(), ["y"]),
            module,
            ["y"],
            [{"vector": torch.zeros(2, 3, 4)}],
            real=False,
        )


def test_what_a_proof_compares_it_compares_once(monkeypatch):
    graph = chain(vector=Input(kind="vector", size=(4,)), fc=Linear(out_features=3), y=Output())
    compared, distance = [], proof.distance
    monkeypatch.setattr(proof, "distance", lambda *values: (compared.append(1), distance(*values))[1])
    batches = [random_inputs(graph, count, {}) for count in (1, 7)]
    module = built(graph)
    found = proof.prove(lambda batch: [*proof.of_torch(module, batch)], module, ["y"], batches, real=False)
    assert (found.max_abs_diff, len(compared)) == (0, 2)


def test_sizes_are_found_for_a_network_that_needs_large_pictures():
    graph = chain(image=Input(size=(1, "H", "W")), conv=Conv2d(kernel_size=(61, 61)), y=Output())
    sizes = next(fitting_sizes(graph))
    assert sizes["H"] >= 61
    assert sizes["W"] >= 61


def test_python_file_runs_without_netwright_and_gives_the_same(tmp_path):
    graph = chain(
        image=Input(size=(1, 8, 8)),
        conv=Conv2d(out_channels=3),
        flatten=Flatten(),
        fc=Linear(out_features=4),
        y=Output(),
    )
    module = built(graph)
    export_python(graph, "Small net", tmp_path / "model.py", module.state_dict())
    image = torch.randn(5, 1, 8, 8)
    torch.save(image, tmp_path / "image.pt")
    script = (
        "import sys, torch\n"
        "from model import SmallNet\n"
        "from safetensors.torch import load_file\n"
        "model = SmallNet(); model.load_state_dict(load_file('model.safetensors')); model.eval()\n"
        "torch.save(model(torch.load('image.pt')).detach(), 'result.pt')\n"
        "assert not {'nodes', 'runtime', 'designer'} & set(sys.modules)\n"
    )
    # Isolated from this folder: neither PYTHONPATH nor the source tree is seen.
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, '.')\n{script}"]
    subprocess.run(command, cwd=tmp_path, env={"OMP_NUM_THREADS": "1"}, check=True)
    assert torch.allclose(torch.load(tmp_path / "result.pt"), module(image), atol=1e-6)


def test_python_file_started_by_itself_calls_the_network(tmp_path):
    graph = text_model(GRU(hidden_size=6))
    export_python(graph, "", tmp_path / 'odd"name.py', built(graph).state_dict())
    ended = subprocess.run([sys.executable, 'odd"name.py'], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ended.stdout.startswith("tensor([[")


def test_python_file_of_an_untrained_network_has_no_weights_beside_it(tmp_path):
    graph = chain(vector=Input(kind="vector", size=(4,)), fc=Linear(out_features=3), y=Output())
    written = export_python(graph, "Net", tmp_path / "model.py")
    assert written.weights_path is None
    assert [path.name for path in tmp_path.iterdir()] == ["model.py"]
    spec = importlib.util.spec_from_file_location("model", written.path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert getattr(module, written.class_name)()(torch.zeros(1, 4)).shape == (1, 3)
