"""Opsets older than those that the rules write: proven like the others, or refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest

from nodes.boundary import Input, Output
from nodes.graph.model import Graph
from nodes.normalization import LayerNorm
from runtime.exchange import ExportError
from runtime.exchange.onnx import speed
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


def test_an_operator_that_an_opset_does_not_have_is_said(tmp_path: Path) -> None:
    graph = chain(vector=Input(kind="sequence", size=(4, 8)), norm=LayerNorm(), y=Output())
    written(graph, tmp_path / "new.onnx", 17)
    with pytest.raises(ExportError, match=r"Opset 16 cannot say .*: it has no LayerNorm.*Choose 18 or more"):
        written(graph, tmp_path / "old.onnx", 16)
    assert not (tmp_path / "old.onnx").exists()
