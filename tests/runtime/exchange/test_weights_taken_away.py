"""A network file that starts from weights is exported with them: what came in by an import goes out again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import onnxruntime
import pytest
import torch
from safetensors.torch import load_file, save_file

from nodes.graph.files import load, save, write
from runtime.answers.exchange import export
from runtime.commands import run
from runtime.exchange.onnx import speed
from runtime.exchange.subject import open_subject
from runtime.questions.exchange import Export

NETWORKS = Path(__file__).parents[3] / "resources" / "networks"


@pytest.fixture(autouse=True)
def measured_briefly(monkeypatch):
    monkeypatch.setattr(speed, "SECONDS", 0.0)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ONNX file whose weights no seed of ours gives."""
    folder = tmp_path_factory.mktemp("exported")
    subject = open_subject(NETWORKS / "digits.netw")
    generator = torch.Generator().manual_seed(11)
    weights = {
        name: torch.rand(value.shape, generator=generator) if value.is_floating_point() else value
        for name, value in subject.module.state_dict().items()
    }
    save_file(weights, folder / "learned.safetensors")
    network = load(NETWORKS / "digits.netw").network
    save(replace(network, recipe={**network.recipe, "start_from": "learned.safetensors"}), folder / "digits.netw")
    assert run(["export", str(folder / "digits.netw"), "--onnx", str(folder / "first.onnx")]) == 0
    return folder / "first.onnx"


@pytest.fixture(scope="module")
def imported(exported: Path) -> Path:
    network = exported.with_name("imported.netw")
    assert run(["import", str(exported), "-o", str(network)]) == 0
    return network


def outputs(file: Path) -> torch.Tensor:
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    [given] = session.get_inputs()
    sizes = [size if isinstance(size, int) else 3 for size in given.shape]
    x = torch.randn(sizes, generator=torch.Generator().manual_seed(0))
    return torch.from_numpy(session.run(None, {given.name: x.numpy()})[0])


def test_an_imported_network_is_exported_with_its_weights(
    exported: Path, imported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["export", str(imported), "--onnx", str(tmp_path / "again.onnx")]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "begin as in imported.safetensors" in told
    assert "fresh" not in told
    torch.testing.assert_close(outputs(tmp_path / "again.onnx"), outputs(exported))


def test_source_program_and_weights_have_them_too(imported: Path, tmp_path: Path) -> None:
    files = {kind: tmp_path / f"out{ending}" for kind, ending in
             (("python", ".py"), ("torch", ".pt2"), ("weights", ".safetensors"))}  # fmt: skip
    wanted = [word for kind, file in files.items() for word in (f"--{kind}", str(file))]
    assert run(["export", str(imported), *wanted]) == 0
    theirs = load_file(imported.with_suffix(".safetensors"))
    program = torch.export.load(files["torch"]).state_dict
    for found in (load_file(tmp_path / "out.safetensors"), program):
        assert all(torch.equal(found[name], value) for name, value in theirs.items() if "num_batches" not in name)
    assert any(file.suffix in (".safetensors", ".pt") and file.stem == "out" for file in tmp_path.iterdir())


def test_the_window_exports_them_from_the_folder_of_the_drawing(exported: Path, imported: Path, tmp_path) -> None:
    text = write(load(imported).network).decode()
    asked = Export(id=1, kind="onnx", out=str(tmp_path / "w.onnx"), network=text, base=str(imported.parent))
    assert export(asked)["is_trained"]
    torch.testing.assert_close(outputs(tmp_path / "w.onnx"), outputs(exported))


def test_weights_that_are_gone_are_no_silent_fresh_ones(imported: Path, tmp_path: Path, capsys) -> None:
    alone = tmp_path / "alone.netw"
    alone.write_bytes(imported.read_bytes())
    assert run(["export", str(alone), "--onnx", str(tmp_path / "alone.onnx")]) == 2
    assert "to start from" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "alone.onnx").exists()


def test_a_new_head_is_said_to_be_fresh(imported: Path, tmp_path: Path, capsys) -> None:
    network = load(imported).network
    head = [name for name in load_file(imported.with_suffix(".safetensors")) if name.endswith("weight")][-1]
    recipe = {"start_from": str(imported.with_suffix(".safetensors")), "fresh": head.split(".")[0]}
    save(replace(network, recipe={**network.recipe, **recipe}), tmp_path / "n.netw")
    assert run(["export", str(tmp_path / "n.netw"), "--onnx", str(tmp_path / "n.onnx"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert not told["is_trained"]
    assert f"fresh: {head.split('.')[0]}." in " ".join(told["lines"])
