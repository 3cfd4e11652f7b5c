"""Ready sets through torchvision's own code: their published addresses lead to a server here, with tiny archives."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torchvision.datasets import utils

from nodes.spec.shapes import Shape
from runtime.data import downloads
from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import DataSet
from runtime.data.forms import MASKED, PHOTOGRAPHS, READY_SETS
from runtime.data.glance import glance
from runtime.data.open import open_data
from tests.runtime.test_data_ready import served

__all__ = ["served"]
Contents = Mapping[str, bytes]
Serve = Callable[[str, Contents], None]


@pytest.fixture
def serve(served: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Packs an archive by the name that it is published under; its checksum is that of what is served."""
    files, address = served
    fetch, asked = downloads.fetch, []

    def from_here(url: str, path: Path) -> None:
        asked.append(url)
        fetch(address + url.rpartition("/")[2], path)

    def is_whole(path: str | Path, md5: str | None = None) -> bool:
        there = files / Path(path).name
        return Path(path).is_file() and there.is_file() and digest(Path(path)) == digest(there)

    monkeypatch.setattr(downloads, "fetch", from_here)
    monkeypatch.setattr(utils, "_get_redirect_url", lambda url, max_hops=3: url)
    monkeypatch.setattr(utils, "check_integrity", is_whole)
    monkeypatch.setattr("torchvision.datasets.semeion.check_integrity", is_whole)

    def pack(name: str, contents: Contents) -> None:
        (files / name).write_bytes(packed(name, contents))

    return pack


def digest(path: Path) -> str:
    return hashlib.md5(path.read_bytes()).hexdigest()


def packed(name: str, contents: Contents) -> bytes:
    made = io.BytesIO()
    if name.endswith(".zip"):
        with zipfile.ZipFile(made, "w") as archive:
            for file, content in contents.items():
                archive.writestr(file, content)
    elif ".t" in name:
        with tarfile.open(fileobj=made, mode="w" if name.endswith(".tar") else "w:gz") as tar:
            for file, content in contents.items():
                entry = tarfile.TarInfo(file)
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
    else:
        (content,) = contents.values()
        made.write(gzip.compress(content) if name.endswith(".gz") else content)
    return made.getvalue()


def picture(form: str = "JPEG", side: int = 12) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (side, side + 4), (200, 10, 10)).save(made, form)
    return made.getvalue()


def mask(*numbers: int) -> bytes:
    made = io.BytesIO()
    rows = np.repeat(np.array(numbers, dtype=np.uint8), 4)[None].repeat(16, 0)
    Image.fromarray(rows).save(made, "PNG")
    return made.getvalue()


def lines(*words: str) -> bytes:
    return "\n".join(words).encode()


def dtd() -> dict[str, Contents]:
    parts = {"train": ["banded/banded_1.jpg", "zigzagged/zigzagged_1.jpg"], "val": ["banded/banded_2.jpg"],
             "test": ["zigzagged/zigzagged_2.jpg"]}  # fmt: skip
    parts = {part: [*names, "banded/banded_9.jpg", "zigzagged/zigzagged_9.jpg"] for part, names in parts.items()}
    return {
        "dtd-r1.0.1.tar.gz": {f"dtd/labels/{part}1.txt": lines(*names) for part, names in parts.items()}
        | {f"dtd/images/{name}": picture() for names in parts.values() for name in names}
    }


def food() -> dict[str, Contents]:
    listed = {"train": {"apple_pie": ["apple_pie/1"], "waffles": ["waffles/1"]},
              "test": {"apple_pie": ["apple_pie/2"], "waffles": []}}  # fmt: skip
    return {
        "food-101.tar.gz": {f"food-101/meta/{part}.json": json.dumps(told).encode() for part, told in listed.items()}
        | {f"food-101/images/{name}.jpg": picture() for told in listed.values() for n in told.values() for name in n}
    }


def aircraft() -> dict[str, Contents]:
    top = "fgvc-aircraft-2013b/data"
    listed = {"train": ["1 A300", "2 Boeing 707"], "val": ["3 A300"], "test": ["4 Boeing 707"]}
    return {
        "fgvc-aircraft-2013b.tar.gz": {f"{top}/variants.txt": lines("A300", "Boeing 707")}
        | {f"{top}/images_variant_{part}.txt": lines(*told) for part, told in listed.items()}
        | {f"{top}/images/{number}.jpg": picture() for number in range(1, 5)}
    }


def by_folder(top: str, parts: tuple[str, ...], classes: tuple[str, ...], suffix: str) -> dict[str, bytes]:
    form = {"jpg": "JPEG", "jpeg": "JPEG", "png": "PNG", "ppm": "PPM"}[suffix]
    return {f"{top}{part}{name}/{n}.{suffix}": picture(form) for part in parts for name in classes for n in (1, 2)}


def caltech101() -> dict[str, Contents]:
    names = {"BACKGROUND_Google": 1, "accordion": 2, "yin_yang": 3}
    pictures = {f"101_ObjectCategories/{name}/image_{n + 1:04d}.jpg": picture() for name, count in names.items()
                for n in range(count)}  # fmt: skip
    return {"caltech-101.zip": {"caltech-101/101_ObjectCategories.tar.gz": packed("x.tar.gz", pictures)}}


def caltech256() -> dict[str, Contents]:
    names = ("001.ak47", "002.american-flag")
    return {
        "256_ObjectCategories.tar": {
            f"256_ObjectCategories/{name}/{name[:3]}_{n:04d}.jpg": picture() for name in names for n in (1, 2)
        }
    }


def gtsrb() -> dict[str, Contents]:
    return {
        "GTSRB-Training_fixed.zip": by_folder("GTSRB/Training/", ("",), ("00000", "00001"), "ppm"),
        "GTSRB_Final_Test_Images.zip": {f"GTSRB/Final_Test/Images/0000{n}.ppm": picture("PPM") for n in range(2)},
        "GTSRB_Final_Test_GT.zip": {"GT-final_test.csv": lines("Filename;ClassId", "00000.ppm;1", "00001.ppm;0")},
    }


PARTS3 = ("train/", "valid/", "test/")
SETS: dict[str, tuple[dict[str, Contents], tuple[str, ...], tuple[int, int, int]]] = {
    "DTD": (dtd(), ("banded", "zigzagged"), (4, 3, 3)),
    "Food101": (food(), ("apple_pie", "waffles"), (2, 0, 1)),
    "FGVCAircraft": (aircraft(), ("A300", "Boeing 707"), (2, 1, 1)),
    "Country211": (
        {"country211.tgz": by_folder("country211/", PARTS3, ("AD", "ZW"), "jpg")},
        ("AD", "ZW"),
        (4, 4, 4),
    ),
    "Imagenette": (
        {
            "imagenette2-320.tgz": by_folder(
                "imagenette2-320/", ("train/", "val/"), ("n01440764", "n03888257"), "jpeg"
            )
        },
        ("tench", "parachute"),
        (4, 0, 4),
    ),
    "Caltech101": (caltech101(), ("accordion", "yin_yang"), (5, 0, 0)),
    "Caltech256": (caltech256(), ("ak47", "american-flag"), (4, 0, 0)),
    "EuroSAT": (
        {"EuroSAT.zip": by_folder("2750/", ("",), ("Forest", "River"), "jpg")},
        ("Forest", "River"),
        (4, 0, 0),
    ),
    "GTSRB": (gtsrb(), ("0", "1"), (4, 0, 2)),
    "RenderedSST2": (
        {"rendered-sst2.tgz": by_folder("rendered-sst2/", PARTS3, ("negative", "positive"), "png")},
        ("negative", "positive"),
        (4, 4, 4),
    ),
}


def opened(name: str, **rest: object) -> DataSet:
    choice = {"source": f"torchvision:{name}", "validation": 0.0, "test": 0.0, **rest}
    return open_data(DataChoice.read(choice))


@pytest.mark.parametrize("name", SETS)
def test_photographs_come_with_their_classes_and_parts(name: str, serve: Serve, served: tuple[Path, str]) -> None:
    archives, classes, counts = SETS[name]
    for archive, contents in archives.items():
        serve(archive, contents)
    data = opened(name)
    count, side = PHOTOGRAPHS[name]
    assert data.field("image").shape == (3, side, side)
    assert (data.field("label").classes or ())[: len(classes)] == classes
    assert len(data.field("label").classes or ()) == count
    assert (len(data.train), len(data.validation), len(data.test)) == counts
    assert set(data.columns["label"].tolist()) == {0, 1}
    assert data.columns["image"].float().mean((0, 2, 3)).round().tolist() == pytest.approx([200, 10, 10], abs=3)
    for file in served[0].iterdir():
        file.unlink()
    assert opened(name).columns["label"].equal(data.columns["label"])  # nothing is fetched twice


def test_every_set_of_photographs_is_tried() -> None:
    assert set(PHOTOGRAPHS) == {*SETS, "Flowers102", "OxfordIIITPet"}


def test_qmnist_and_semeion(serve: Serve) -> None:
    for part in ("train", "test"):
        pixels = np.arange(3 * 784, dtype=np.uint32).astype(np.uint8)
        told = np.array([[4, 0, 0], [9, 0, 0], [1, 0, 0]], dtype=">i4")
        images = struct.pack(">4B3I", 0, 0, 8, 3, 3, 28, 28) + pixels.tobytes()
        serve(f"qmnist-{part}-images-idx3-ubyte.gz", {"": images})
        labels = struct.pack(">4B2I", 0, 0, 12, 2, 3, 3) + told.tobytes()
        serve(f"qmnist-{part}-labels-idx2-int.gz", {"": labels})
    data = opened("QMNIST")
    assert data.columns["label"].tolist() == [4, 9, 1, 4, 9, 1]
    assert (data.field("image").shape, data.test.tolist()) == ((1, 28, 28), [3, 4, 5])
    rows = [
        " ".join(["1.0", *["0.0"] * 255, *["1" if n == digit else "0" for n in range(10)]]) for digit in (3, 7, 3)
    ]
    serve("semeion.data", {"": lines(*rows)})
    semeion = opened("SEMEION", test=0.34)
    assert semeion.columns["label"].tolist() == [3, 7, 3]
    assert semeion.columns["image"][0].flatten()[:2].tolist() == [255, 0]
    assert (len(semeion.train), len(semeion.test)) == (2, 1)


@pytest.mark.parametrize("memory", [None, 0.0])
def test_masks_of_pascal_voc(serve: Serve, served: tuple[Path, str], memory: float | None) -> None:
    top = "VOCdevkit/VOC2012"
    listed = {"train": ["2007_1", "2007_2"], "val": ["2007_3"]}
    serve(
        "VOCtrainval_11-May-2012.tar",
        {f"{top}/ImageSets/Segmentation/{part}.txt": lines(*names) for part, names in listed.items()}
        | {f"{top}/JPEGImages/2007_{n}.jpg": picture() for n in (1, 2, 3)}
        | {f"{top}/SegmentationClass/2007_{n}.png": mask(0, 15, 255) for n in (1, 2, 3)},
    )
    data = opened("VOCSegmentation", picture_size=[16, 12], memory=memory, workers=0)
    assert (data.field("mask").classes or ())[15] == "person"
    assert len(data.field("mask").classes or ()) == MASKED["VOCSegmentation"]
    assert data.columns["mask"][0][0].tolist() == [0] * 4 + [15] * 4 + [-100] * 4
    assert (data.train.tolist(), data.test.tolist()) == ([0, 1], [2])
    shutil.rmtree(served[0])
    assert opened("VOCSegmentation").field("image").shape == (3, 224, 224)


def test_masks_of_pets(serve: Serve) -> None:
    serve("images.tar.gz", {f"images/{name}.jpg": picture() for name in ("Bengal_1", "pug_1")})
    listed = {"trainval": "Bengal_1 6 1 1", "test": "pug_1 30 2 1"}
    serve(
        "annotations.tar.gz",
        {f"annotations/{part}.txt": lines(told) for part, told in listed.items()}
        | {f"annotations/trimaps/{name}.png": mask(1, 2, 3) for name in ("Bengal_1", "pug_1")},
    )
    data = opened("OxfordIIITPetSegmentation", picture_size=[16, 12])
    assert data.field("mask").classes == ("pet", "background", "border")
    assert data.columns["mask"][1][0].tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert (data.train.tolist(), data.test.tolist()) == ([0], [1])


def test_what_is_known_before_a_download() -> None:
    for name, classes in {**{n: c for n, (c, _) in PHOTOGRAPHS.items()}, **MASKED}.items():
        facts = glance({"source": f"torchvision:{name}"}, Path())
        assert facts is not None
        assert facts.classes == classes
    facts = glance({"source": "torchvision:SEMEION"}, Path())
    assert facts is not None
    assert facts.fields["image"] == Shape(1, 16, 16)


@pytest.mark.parametrize("name", ["PCAM", "VOCSegmentations", "DTDs"])
def test_sets_that_there_are_not(name: str) -> None:
    with pytest.raises(DataError, match=f"There is no ready set {name}\\. Choose torchvision:"):
        opened(name)


def test_all_ready_sets_are_those_of_torchvision() -> None:
    from torchvision import datasets

    for name in (*READY_SETS, *PHOTOGRAPHS, "VOCSegmentation"):
        assert hasattr(datasets, name)
