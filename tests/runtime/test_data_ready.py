"""Ready sets through torchvision's own download code, from a server on this computer with tiny archives."""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import struct
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from torchvision import datasets

from runtime.data import ready
from runtime.data.choice import DataChoice, DataError
from runtime.data.open import open_data

COUNTS = {"train": 12, "t10k": 4}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, str]]:
    """A folder and the address that it is served at; ready sets are kept beside it."""
    files = tmp_path / "served"
    files.mkdir()
    monkeypatch.setattr(ready, "folder", lambda: tmp_path / "kept")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(files)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield files, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def digest(path: Path) -> str:
    return hashlib.md5(path.read_bytes()).hexdigest()


def serve_mnist(files: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    resources = []
    for part, count in COUNTS.items():
        pixels = np.arange(count * 784, dtype=np.uint32).astype(np.uint8)
        for name, header, numbers in (
            (f"{part}-images-idx3-ubyte.gz", struct.pack(">4B3I", 0, 0, 8, 3, count, 28, 28), pixels),
            (f"{part}-labels-idx1-ubyte.gz", struct.pack(">4BI", 0, 0, 8, 1, count), np.arange(count) % 10),
        ):
            (files / name).write_bytes(gzip.compress(header + numbers.astype(np.uint8).tobytes()))
            resources.append((name, digest(files / name)))
    monkeypatch.setattr(datasets.MNIST, "resources", resources)
    monkeypatch.setattr(datasets.MNIST, "mirrors", [address])


def serve_cifar(files: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The layout of CIFAR-10: pickled batches in a folder in an archive."""
    contents = {
        "data_batch_1": pickle.dumps(
            {"data": np.arange(6 * 3072).reshape(6, 3072).astype(np.uint8), "labels": [0, 1] * 3}
        ),
        "test_batch": pickle.dumps({"data": np.zeros((2, 3072), np.uint8), "labels": [1, 0]}),
        "batches.meta": pickle.dumps({"label_names": ["airplane", "car"]}),
    }
    with tarfile.open(files / "cifar.tar.gz", "w:gz") as archive:
        for name, content in contents.items():
            entry = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    sums = {name: hashlib.md5(content).hexdigest() for name, content in contents.items()}
    for attribute, value in {
        "url": address + "cifar.tar.gz",
        "filename": "cifar.tar.gz",
        "tgz_md5": digest(files / "cifar.tar.gz"),
        "train_list": [["data_batch_1", sums["data_batch_1"]]],
        "test_list": [["test_batch", sums["test_batch"]]],
        "meta": {"filename": "batches.meta", "key": "label_names", "md5": sums["batches.meta"]},
    }.items():
        monkeypatch.setattr(datasets.CIFAR10, attribute, value)


def test_mnist_is_downloaded_once(served: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    files, address = served
    serve_mnist(files, address, monkeypatch)
    data = open_data(DataChoice(source="torchvision:MNIST", validation=0.25))
    assert data.fields[0].shape == (1, 28, 28)
    assert (len(data.train), len(data.validation), data.test.tolist()) == (9, 3, [12, 13, 14, 15])
    assert data.columns["image"][1].flatten()[:2].tolist() == [784 % 256, 785 % 256]
    for file in files.iterdir():
        file.unlink()
    assert open_data(DataChoice(source="torchvision:MNIST")).columns["label"].tolist()[:12] == [*range(10), 0, 1]


def test_cifar_is_unpacked_with_channels_first(served: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    serve_cifar(*served, monkeypatch)
    data = open_data(DataChoice(source="torchvision:CIFAR10"))
    assert data.columns["image"].shape == (8, 3, 32, 32)
    assert data.columns["image"][0, 1, 0, :3].tolist() == [0, 1, 2]  # number 1024 of the row
    assert data.fields[1].classes == ("airplane", "car")
    assert data.test.tolist() == [6, 7]


def test_a_file_that_is_not_the_published_one(served: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    files, address = served
    serve_cifar(files, address, monkeypatch)
    with (files / "cifar.tar.gz").open("ab") as file:
        file.write(b"more")
    with pytest.raises(DataError, match=r"CIFAR10 in .* are damaged or not the published ones.*Delete that folder"):
        open_data(DataChoice(source="torchvision:CIFAR10"))


def test_without_a_network(served: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    files, _ = served
    serve_mnist(files, "http://127.0.0.1:9/", monkeypatch)
    serve_cifar(files, "http://127.0.0.1:9/", monkeypatch)
    for name in ("MNIST", "CIFAR10"):
        with pytest.raises(
            DataError, match=rf"{name} could not be downloaded: Connection refused\. Connect to the network"
        ):
            open_data(DataChoice(source=f"torchvision:{name}"))


def test_a_set_that_there_is_not() -> None:
    with pytest.raises(DataError, match=r"There is no ready set Mnist\. Choose torchvision:MNIST, torchvision:Fash"):
        open_data(DataChoice(source="torchvision:Mnist"))
