"""Weights from elsewhere: what is read, and what is refused with a sentence."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torchvision import models

from nodes.graph.files import load
from runtime.runs import NETWORK, TrainingError
from runtime.train import train
from runtime.transfer.match import match
from runtime.transfer.read import read_weights
from tests.runtime.networks import digits_run

LAYER = nn.Linear(3, 2)


def refused(source: Path | str) -> str:
    with pytest.raises(TrainingError) as caught:
        read_weights(str(source))
    return str(caught.value)


def test_a_run_gives_its_best_weights_in_the_order_of_its_layers(tmp_path: Path) -> None:
    run = digits_run(tmp_path, epochs=1)
    train(run)
    assert list(read_weights(str(run)).weights) == ["conv.weight", "conv.bias", "fc.weight", "fc.bias"]


@pytest.mark.parametrize("within", [None, "state_dict", "model"])
def test_a_pytorch_file_gives_its_state_dict(tmp_path: Path, within: str | None) -> None:
    weights = LAYER.state_dict()
    torch.save({within: weights, "epoch": 3} if within else weights, tmp_path / "w.pt")
    found = read_weights(str(tmp_path / "w.pt")).weights
    assert list(found) == ["weight", "bias"]
    assert found["weight"].equal(LAYER.weight)


def test_a_safetensors_file_gives_its_weights_in_the_order_of_numbers(tmp_path: Path) -> None:
    save_file({f"layers.{n}.weight": torch.full((1,), float(n)) for n in (10, 2)}, tmp_path / "w.safetensors")
    assert list(read_weights(str(tmp_path / "w.safetensors")).weights) == ["layers.2.weight", "layers.10.weight"]


def test_a_pickled_module_is_not_opened(tmp_path: Path) -> None:
    torch.save(LAYER, tmp_path / "whole.pt")
    assert "so it is not opened: it could run code. Save its state_dict() by itself" in refused(tmp_path / "whole.pt")


def test_what_is_not_there_or_no_weights_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "torn.safetensors").write_bytes(b"12345678{")
    (tmp_path / "torn.pt").write_bytes(b"PK\3\4 no archive")
    torch.save({"epoch": 3}, tmp_path / "nothing.pt")
    assert "There is no" in refused(tmp_path / "gone.pt")
    assert "it is no run. Name a run's folder or a file of weights" in refused(tmp_path / "empty")
    for name in ("20260101-digits", "20260102-digits"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "network.netw").touch()
    newest = tmp_path / "runs" / "20260102-digits"
    assert f"Name one of the runs in it, such as {newest}." in refused(tmp_path / "runs")
    assert "cannot be read" in refused(tmp_path / "torn.safetensors")
    assert "cannot be read" in refused(tmp_path / "torn.pt")
    assert "holds no weights" in refused(tmp_path / "nothing.pt")
    assert "torchvision has no weights for a network resnet19" in refused("torchvision:resnet19")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that is served in place of PyTorch's; weights are kept beside it."""
    files = tmp_path / "served"
    files.mkdir()
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "kept"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(files)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    (files / "address").write_text(f"http://127.0.0.1:{server.server_port}/")
    yield files
    server.shutdown()
    thread.join()
    server.server_close()


def serve(files: Path, monkeypatch: pytest.MonkeyPatch, module: nn.Module) -> None:
    """SqueezeNet's weights at an address with their checksum in the name, as PyTorch's server has them."""
    torch.save(module.state_dict(), files / "weights.pth")
    digest = hashlib.sha256((files / "weights.pth").read_bytes()).hexdigest()[:8]
    (files / "weights.pth").rename(files / f"squeezenet1_1-{digest}.pth")
    url = (files / "address").read_text() + f"squeezenet1_1-{digest}.pth"
    monkeypatch.setitem(models.SqueezeNet1_1_Weights.DEFAULT.value.__dict__, "url", url)


def test_weights_of_torchvision_are_fetched_once_by_its_own_code(
    served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = models.squeezenet1_1()
    serve(served, monkeypatch, theirs)
    for _ in range(2):  # the second time from where they are kept
        found = read_weights("torchvision:squeezenet1_1")
        assert all(value.equal(found.weights[name]) for name, value in theirs.state_dict().items())
        for path in served.glob("*.pth"):
            path.unlink()
    assert len(list((tmp_path / "kept" / "hub" / "checkpoints").glob("*.pth"))) == 1


def test_weights_that_cannot_be_fetched_are_told_with_their_address(
    served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(served, monkeypatch, models.squeezenet1_1())
    for path in served.glob("*.pth"):
        path.unlink()
    sentence = refused("torchvision:squeezenet1_1")
    assert "The weights of squeezenet1_1 cannot be fetched from http://127.0.0.1" in sentence
    assert f"put that file into {tmp_path / 'kept' / 'hub' / 'checkpoints'}" in sentence


def test_relative_paths_of_a_run_are_kept_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = digits_run(tmp_path / "runs", start_from="old/w.pt")
    assert load(run / NETWORK).network.recipe["start_from"] == str(tmp_path / "old" / "w.pt")


def test_the_rows_of_a_table_say_where_each_weight_comes_from() -> None:
    [weight, bias] = match(nn.Sequential(nn.Linear(3, 2)).state_dict(), LAYER.state_dict())
    assert (weight.node, weight.weight, weight.shape, weight.source, weight.state) == (
        "0", "weight", [2, 3], "weight", "by order",
    )  # fmt: skip
    assert bias.source == "bias"
