"""``netwright surgery`` on a run that was trained on the digits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from onnxruntime import InferenceSession

from nodes.graph.files import load
from nodes.graph.model import Network
from runtime.commands import run
from runtime.exchange.onnx import speed
from runtime.runs import create_run
from runtime.train import train
from tests.runtime.networks import digits_graph


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("digits")
    trained = create_run(folder, Network(digits_graph(), "digits", recipe={"epochs": 1, "device": "cpu"}))
    train(trained)
    return trained


def test_a_wider_network_is_written_and_can_be_operated_on_again(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "wide.netw"
    assert run(["surgery", str(trained), "widen", "conv", "9", "-o", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["kept"], told["weights"], told["is_exact"]) == (4, 4, True)
    assert told["before"]["accuracy"] == told["after"]["accuracy"]
    network = load(out).network
    assert network.graph.nodes["conv"].settings.out_channels == 9  # type: ignore[attr-defined]
    assert network.recipe["start_from"] == "wide.safetensors"
    again = tmp_path / "deep.netw"
    assert run(["surgery", str(out), "deepen", "conv", "-o", str(again)]) == 0
    assert "4 of 6 weights kept, accuracy" in " ".join(capsys.readouterr().out.split())


def test_what_an_operation_wrote_is_exported_with_its_weights(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "SECONDS", 0.0)
    wide = tmp_path / "wide.netw"
    assert run(["surgery", str(trained), "widen", "conv", "9", "-o", str(wide)]) == 0
    found = []
    for number, one in enumerate((trained, wide)):
        file = tmp_path / f"{number}.onnx"
        assert run(["export", str(one), "--onnx", str(file)]) == 0
        session = InferenceSession(file, providers=["CPUExecutionProvider"])
        x = torch.randn(4, 1, 8, 8, generator=torch.Generator().manual_seed(0))
        found.append(torch.from_numpy(session.run(None, {session.get_inputs()[0].name: x.numpy()})[0]))
    torch.testing.assert_close(found[1], found[0])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nowhere", "widen"], "There is no trained network nowhere."),
        (["RUN", "melt", "conv"], "There is no operation melt."),
        (["RUN", "widen", "nobody"], "There is no node nobody to operate on."),
        (["RUN", "widen", "block.conv"], "block is no block"),
        (["RUN", "widen", "conv", "-o", "folder/that/is/not.netw"], "cannot be written."),
    ],
)
def test_what_cannot_be_done_is_said(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    given = [str(trained) if word == "RUN" else word for word in words]
    out = [] if "-o" in given else ["-o", str(tmp_path / "x.netw")]
    assert run(["surgery", *given, *out]) == 2
    assert sentence in " ".join(capsys.readouterr().err.split())
    assert not [*tmp_path.iterdir()]
