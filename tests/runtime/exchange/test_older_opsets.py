"""Opsets older than those that the rules write: proven like the others, or refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest

from nodes.activation import GLU, Hardswish, Mish
from nodes.attention import ClassToken
from nodes.boundary import Input, Output
from nodes.graph.model import Graph
from nodes.normalization import LayerNorm
from nodes.spec.node_type import NodeType
from nodes.transformer import TransformerEncoderLayer
from runtime.exchange import ExportError
from runtime.exchange.onnx import older_operators, speed
from runtime.exchange.onnx.options import Options
from runtime.exchange.onnx_file import Given, write_model
from tests.nodes.drawing import chain
from tests.runtime.exchange.examples import NETWORKS, built, graph_of


@pytest.fixture(autouse=True)
def measured_briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "SECONDS", 0.0)


def written(graph: Graph, out: Path, opset: int) -> onnx.ModelProto:
    write_model(graph, built(graph), out, Given(), {}, Options(opset=opset))
    model = onnx.load(out)
    onnx.checker.check_model(model, full_check=True)
    return model


@pytest.mark.parametrize("opset", [13, 16, 17])
@pytest.mark.parametrize("name", ["resnet20", "char_lstm", "squeezenet1_1"])
def test_an_example_is_proven_at_an_older_opset_with_the_names_of_its_nodes(
    name: str, opset: int, tmp_path: Path
) -> None:
    graph = graph_of(next(path for path in NETWORKS if path.stem == name))
    model = written(graph, tmp_path / "old.onnx", opset)
    assert [one.version for one in model.opset_import] == [opset]
    newer = written(graph, tmp_path / "new.onnx", 18)
    assert {tensor.name for tensor in newer.graph.initializer} >= {
        tensor.name for tensor in model.graph.initializer if "." in tensor.name
    }
    assert {node.name for node in model.graph.node} == {node.name for node in newer.graph.node}


@pytest.mark.parametrize("opset", [13, 14, 15, 16, 17])
@pytest.mark.parametrize(
    "layers",
    [(LayerNorm(),), (LayerNorm(bias=False), Mish()), (Hardswish(), GLU()), (ClassToken(),),
     (TransformerEncoderLayer(nhead=2, dim_feedforward=8, activation="gelu"),)],
    ids=lambda layers: layers[0].type_id,
)  # fmt: skip
def test_what_an_older_opset_has_no_operator_for_is_said_by_others(
    layers: tuple[NodeType, ...], opset: int, tmp_path: Path
) -> None:
    """``written`` proves each by onnxruntime at three sizes of the batch and two lengths."""
    named = {f"n{number}": layer for number, layer in enumerate(layers)}
    graph = chain(vector=Input(kind="sequence", size=("L", 8)), **named, y=Output())
    model = written(graph, tmp_path / "old.onnx", opset)
    newer = written(graph, tmp_path / "new.onnx", 18)
    assert {node.name for node in newer.graph.node} <= {node.name for node in model.graph.node}
    assert len({node.name for node in model.graph.node}) == len(model.graph.node)


@pytest.mark.parametrize("name", ["vit_digits", "char_transformer"])
def test_a_transformer_is_proven_at_the_oldest_opset(name: str, tmp_path: Path) -> None:
    written(graph_of(next(path for path in NETWORKS if path.stem == name)), tmp_path / "old.onnx", 13)


def test_an_operator_that_no_others_can_say_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = chain(vector=Input(kind="sequence", size=(4, 8)), norm=LayerNorm(), y=Output())
    written(graph, tmp_path / "new.onnx", 17)
    monkeypatch.setattr(older_operators, "WAYS", {})
    with pytest.raises(ExportError, match=r"Opset 16 cannot say .*: it has no LayerNorm.*Choose 18 or more"):
        written(graph, tmp_path / "old.onnx", 16)
    assert not (tmp_path / "old.onnx").exists()
