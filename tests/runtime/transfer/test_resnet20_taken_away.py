"""The shared ResNet-20, trained a little further, is as good in onnxruntime as it is in PyTorch."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import onnxruntime
import pytest
import torch

import resources
from nodes.graph.files import load
from runtime.checkpoint import load_run
from runtime.exchange.onnx import speed
from runtime.exchange.subject import open_subject, write_onnx
from runtime.runs import create_run
from runtime.train import train
from tests.runtime.transfer.test_resnet20 import MEAN, PICTURES, STD, WEIGHTS

EXAMPLE = Path(resources.__file__).parent / "networks" / "resnet20.netw"

pytestmark = pytest.mark.skipif(not (WEIGHTS.is_file() and PICTURES.is_dir()), reason="The shared data are not here.")


def test_after_fine_tuning_onnxruntime_is_right_as_often_as_pytorch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "SECONDS", 0.0)
    network = dataclasses.replace(
        load(EXAMPLE).network,
        data={"source": str(PICTURES.absolute())},
        recipe={"start_from": str(WEIGHTS.absolute()), "learning_rate": 0.01, "max_steps": 12, "device": "cpu"},
    )
    run = create_run(tmp_path, network)
    told = train(run).test_accuracy
    report = write_onnx(open_subject(run), tmp_path / "tuned.onnx")
    assert report["is_proven_on_data"]
    data = load_run(run).dataset
    pictures, labels = data.columns["image"][data.test], data.columns["label"][data.test]
    affine = data.affine("image")
    assert affine is not None
    assert torch.allclose(affine.offset.flatten(), (-MEAN / STD).flatten(), atol=0.5)
    x = pictures.float() * affine.scale + affine.offset
    session = onnxruntime.InferenceSession(tmp_path / "tuned.onnx", providers=["CPUExecutionProvider"])
    [scores] = session.run(None, {session.get_inputs()[0].name: x.numpy()})
    with torch.inference_mode():
        ours = open_subject(run).module(x)
    chosen = torch.from_numpy(scores).argmax(1)
    assert chosen.equal(ours.argmax(1))
    assert chosen.eq(labels).float().mean().item() == pytest.approx(told, abs=1e-6)
    assert told is not None
    assert told > 0.7
