"""Ready sets through torchvision's own download code, from a server on this computer with tiny archives."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import pickle
import struct
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.error import URLError

import numpy as np
import pytest
import torch
from PIL import Image
from rich.console import Console
from scipy.io import savemat
from torchvision import datasets

from runtime import protocol
from runtime.data import downloads, ready
from runtime.data.choice import DataChoice, DataError
from runtime.data.open import open_data
from runtime.download_bar import shown_on
from runtime.engine import replies_to, reply_to
from runtime.protocol import Answer, Partly, Refused
from runtime.questions.basic import DescribeData

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
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
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


class GivesRest(Quiet):
    """Answers requests for the rest of a file, as real servers do; notes from where."""

    begins: ClassVar[list[int]] = []
    room: ClassVar[int] = 1 << 40  # bytes until the connection breaks

    def do_GET(self) -> None:
        content = Path(self.translate_path(self.path)).read_bytes()
        begin = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        self.begins.append(begin)
        if begin >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", str(len(content) - begin))
        self.end_headers()
        self.wfile.write(content[begin : begin + self.room])


@pytest.fixture
def resuming(tmp_path: Path) -> Iterator[str]:
    """The address of a file of 200,000 bytes."""
    (tmp_path / "file").write_bytes(bytes(range(250)) * 800)
    GivesRest.begins, GivesRest.room = [], 1 << 40
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(GivesRest, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/file"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_download_that_was_cut_off_goes_on_where_it_ended(resuming: str, tmp_path: Path) -> None:
    GivesRest.room = 90_000
    kept = tmp_path / "kept"
    with pytest.raises(URLError, match="the connection ended after 90,000 of 200,000 bytes of kept"):
        downloads.fetch(resuming, kept)
    assert not kept.exists()
    GivesRest.room = 1 << 40
    downloads.fetch(resuming, kept)
    assert GivesRest.begins == [0, 90_000]
    assert kept.read_bytes() == bytes(range(250)) * 800
    assert not (tmp_path / "kept.part").exists()


def test_a_rest_that_the_server_does_not_have_is_fetched_whole(resuming: str, tmp_path: Path) -> None:
    (tmp_path / "kept.part").write_bytes(bytes(300_000))
    downloads.fetch(resuming, tmp_path / "kept")
    assert GivesRest.begins == [300_000, 0]
    assert (tmp_path / "kept").stat().st_size == 200_000


def test_a_download_is_told_and_can_be_ended(resuming: str, tmp_path: Path) -> None:
    told: list[downloads.Fetched] = []

    def hear(fetched: downloads.Fetched) -> None:
        told.append(fetched)
        if fetched.bytes > 100_000:
            raise downloads.CancelledDownloadError

    with downloads.heard_by(hear), pytest.raises(downloads.CancelledDownloadError):
        downloads.fetch(resuming, tmp_path / "kept")
    assert told[0].file == "kept"
    assert {fetched.total for fetched in told} == {200_000}
    downloads.fetch(resuming, tmp_path / "kept")
    assert GivesRest.begins[1] > 100_000


def test_the_engine_tells_how_far_it_is(served: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    serve_mnist(*served, monkeypatch)
    line = protocol.encode(DescribeData(3, {"source": "torchvision:MNIST"}, "."))
    *parts, answer = replies_to(line)
    assert isinstance(answer, Answer)
    assert answer.result["samples"]["test"] == 4
    files = [part.result["file"] for part in parts if isinstance(part, Partly)]
    assert files[0] == "train-images-idx3-ubyte.gz"
    assert files[-1] == "t10k-labels-idx1-ubyte.gz"
    assert all(part.result["bytes"] <= part.result["total"] for part in parts if isinstance(part, Partly))


def test_the_console_shows_a_download(
    served: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    serve_mnist(*served, monkeypatch)
    with shown_on(Console(force_terminal=True, width=100)):
        open_data(DataChoice(source="torchvision:MNIST"))
    assert "Downloading t10k-images-idx3-ubyte.gz" in capsys.readouterr().out


def test_the_engine_ends_a_download_when_it_is_told(
    served: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve_mnist(*served, monkeypatch)
    (tmp_path / "halt").touch()
    line = protocol.encode(DescribeData(3, {"source": "torchvision:MNIST"}, ".", str(tmp_path / "halt")))
    refused = reply_to(line)
    assert isinstance(refused, Refused)
    assert refused.fact == "The download of MNIST was ended."
    assert refused.remedy == "Begin it again: it goes on where it ended."


def test_pictures_of_usps_and_emnist(served: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    files, address = served
    pixels = " ".join(f"{number + 1}:{2 * number / 255 - 1:.5f}" for number in range(256))
    listed = {}
    for part, name in (("train", "usps.bz2"), ("test", "usps.t.bz2")):
        (files / name).write_bytes(bz2.compress(f"1 {pixels}\n10 {pixels}\n3 {pixels}\n".encode()))
        listed[part] = [address + name, name, digest(files / name)]
    monkeypatch.setattr(datasets.USPS, "split_list", listed)
    usps = open_data(DataChoice(source="torchvision:USPS", validation=0.0))
    assert usps.columns["image"].shape == (6, 1, 16, 16)
    assert usps.columns["label"].tolist() == [0, 9, 2, 0, 9, 2]
    lying = np.arange(784, dtype=np.uint32).astype(np.uint8).reshape(1, 28, 28)
    with zipfile.ZipFile(files / "gzip.zip", "w") as archive:
        for part in ("train", "test"):
            for kind, content in (
                ("images-idx3", struct.pack(">4B3I", 0, 0, 8, 3, 2, 28, 28) + 2 * lying.tobytes()),
                ("labels-idx1", struct.pack(">4BI", 0, 0, 8, 1, 2) + bytes([46, 0])),
            ):
                archive.writestr(f"gzip/emnist-balanced-{part}-{kind}-ubyte.gz", gzip.compress(content))
    monkeypatch.setattr(datasets.EMNIST, "url", address + "gzip.zip")
    monkeypatch.setattr(datasets.EMNIST, "md5", digest(files / "gzip.zip"))
    monkeypatch.setattr(datasets.EMNIST, "splits", ("balanced",))
    emnist = open_data(DataChoice(source="torchvision:EMNIST", validation=0.0))
    assert emnist.columns["image"][0, 0].equal(torch.from_numpy(lying[0].T.copy()))  # upright
    assert (len(emnist.fields[1].classes or ()), emnist.columns["label"].tolist()) == (47, [46, 0, 46, 0])


def jpeg(side: int) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (side, side + 4), (side, 0, 0)).save(content, "JPEG")
    return content.getvalue()


def packed(path: Path, contents: dict[str, bytes]) -> tuple[str, str]:
    """Name and checksum of an archive."""
    with tarfile.open(path, "w:gz") as archive:
        for name, content in contents.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path.name, digest(path)


@pytest.mark.parametrize("memory", [None, 0.0])
def test_photographs_are_brought_to_one_size(
    served: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, memory: float | None
) -> None:
    files, address = served
    names = [f"Abyssinian_{number}" for number in range(4)]
    lists = {"trainval": names[:3], "test": names[3:]}
    resources = [
        packed(files / "images.tar.gz", {f"images/{name}.jpg": jpeg(20 + n) for n, name in enumerate(names)}),
        packed(
            files / "annotations.tar.gz",
            {
                f"annotations/{part}.txt": "".join(f"{name} 1 1 1\n" for name in listed).encode()
                for part, listed in lists.items()
            },
        ),
    ]
    monkeypatch.setattr(datasets.OxfordIIITPet, "_RESOURCES", [(address + name, sum_) for name, sum_ in resources])
    choice = {"source": "torchvision:OxfordIIITPet", "picture_size": [16, 16], "validation": 0.3, "memory": memory}
    data = open_data(DataChoice.read(choice))
    assert data.columns["image"].shape == (4, 3, 16, 16)
    assert (data.test.tolist(), len(data.train), len(data.validation)) == ([3], 2, 1)
    assert (data.fields[1].classes or ())[:2] == ("Abyssinian", "1")  # of 37, one is in these files
    assert data.columns["label"].tolist() == [0, 0, 0, 0]


def test_flowers_have_three_parts_of_their_own(served: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    files, address = served
    image = packed(files / "102flowers.tgz", {f"jpg/image_{number:05d}.jpg": jpeg(20) for number in range(1, 5)})
    savemat(files / "imagelabels.mat", {"labels": [1, 102, 3, 4]})
    savemat(files / "setid.mat", {"trnid": [1, 2], "valid": [3, 3], "tstid": [4, 4]})
    listed = {"image": image} | {
        kind: (name, digest(files / name)) for kind, name in (("label", "imagelabels.mat"), ("setid", "setid.mat"))
    }
    monkeypatch.setattr(datasets.Flowers102, "_file_dict", listed)
    monkeypatch.setattr(datasets.Flowers102, "_download_url_prefix", address)
    data = open_data(DataChoice(source="torchvision:Flowers102"))
    assert data.columns["image"].shape == (6, 3, 224, 224)
    assert data.columns["label"].tolist() == [0, 101, 2, 2, 3, 3]
    assert [len(data.part(part)) for part in ("train", "validation", "test")] == [2, 2, 2]


def test_a_set_that_there_is_not() -> None:
    with pytest.raises(DataError, match=r"There is no ready set Mnist\. Choose torchvision:MNIST, torchvision:Fash"):
        open_data(DataChoice(source="torchvision:Mnist"))
