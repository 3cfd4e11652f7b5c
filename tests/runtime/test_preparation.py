"""What exports carry of the preparation of raw values: constants, matrices beside the file, sizes of pictures."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from runtime.data.choice import DataChoice
from runtime.data.loader import Loader
from runtime.data.open import open_data
from runtime.exchange.preparation import sizes_of
from runtime.exchange.subject import open_subject, write_onnx, write_python
from runtime.train import train
from tests.runtime.networks import digits_run

CPU = torch.device("cpu")


def imported(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("normalise", "has_file"),
    [("standardise", False), ("mean channel", False), ("mean picture", True), ("ZCA whitening", True), ("PCA", True)],
)
def test_exported_source_prepares_raw_values_as_training_did(normalise: str, has_file: bool, tmp_path: Path) -> None:
    run = digits_run(tmp_path, {"normalise": normalise}, epochs=1)
    train(run)
    subject, out = open_subject(run), tmp_path / "model.py"
    report = write_python(subject, out)
    assert bool(report["preparation_path"]) == has_file == (tmp_path / "model.preparation.safetensors").is_file()
    data = subject.dataset
    assert data is not None
    rows = data.test[:5]
    found = imported(out).prepare_image(data.columns["image"][rows])
    assert torch.allclose(found, Loader(data, ["image"], CPU).batch(rows)[0], atol=1e-4)


def test_an_untrained_network_is_exported_without_its_data(tmp_path: Path) -> None:
    run = digits_run(tmp_path)
    write_python(open_subject(run / "network.netw"), tmp_path / "model.py")
    assert "prepare_" not in (tmp_path / "model.py").read_text()


def test_an_onnx_file_says_where_its_matrix_is(tmp_path: Path) -> None:
    """Prepared by hand from the file beside it, raw digits give the scores of the run."""
    run = digits_run(tmp_path, {"normalise": "ZCA whitening"}, epochs=1)
    train(run)
    subject, out = open_subject(run), tmp_path / "model.onnx"
    report = write_onnx(subject, out)
    told = {entry.key: entry.value for entry in onnx.load(out).metadata_props}
    assert told["preparation_file"] == "model.preparation.safetensors" == Path(report["preparation_path"]).name
    assert told["whitening"] == "x = (value − mean) · matrix, all numbers of a sample in a row"
    assert "mean" not in told
    tensors, data = load_file(tmp_path / told["preparation_file"]), subject.dataset
    assert data is not None
    raw = data.columns["image"][data.test[:4]].flatten(1).float()
    image = ((raw - tensors["image.mean"]) @ tensors["image.matrix"]).view(-1, 1, 8, 8)
    (scores,) = onnxruntime.InferenceSession(out).run(None, {"image": image.numpy()})
    expected = subject.module(Loader(data, ["image"], CPU).batch(data.test[:4])[0])
    assert np.allclose(scores, expected.detach().numpy(), atol=1e-3)


def test_sizes_of_pictures_are_told(tmp_path: Path) -> None:
    for n in range(8):
        folder = tmp_path / "pictures" / "ab"[n % 2]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((12, 14), 30 * n, np.uint8)).save(folder / f"{n}.png")
    choice = {"source": str(tmp_path / "pictures"), "picture_size": [8, 8], "validation": 0.0, "test": 0.0}
    assert sizes_of(open_data(DataChoice.read({**choice, "shorter_side": 10}))) == {
        "picture_size": [8, 8], "fit": "crop", "shorter_side": 10,
    }  # fmt: skip
    assert sizes_of(open_data(DataChoice.read({**choice, "fit": "stretch"}))) == {
        "picture_size": [8, 8], "fit": "stretch",
    }  # fmt: skip
    assert sizes_of(open_data(DataChoice())) == {}
