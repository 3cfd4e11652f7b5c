"""Pictures of more than bytes keep their numbers, and pictures that a camera turned stand upright."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from nodes.boundary import Input
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.reshape import Flatten
from runtime.data.choice import DataChoice
from runtime.data.dataset import DataSet
from runtime.data.loader import Loader
from runtime.data.open import open_data
from runtime.data.pixels import Fit, read_picture
from runtime.exchange.onnx.options import Options
from runtime.exchange.subject import open_subject, write_onnx
from runtime.predict import Predictor, picture_value
from runtime.runs import create_run
from runtime.train import train
from tests.networks.drawn.sketch import Sketch

CPU = torch.device("cpu")
FINE = (np.arange(48).reshape(6, 8) * 1300 + 100).astype(np.uint16)  # 100 … 61,200
KINDS: dict[str, tuple[str, NDArray[Any], float | None]] = {
    "16 bits": ("png", FINE, 65_535.0),
    "16 bits in TIFF": ("tif", FINE, 65_535.0),
    "16 bits in PGM": ("pgm", FINE, 65_535.0),
    "whole numbers": ("tif", FINE.astype(np.int32) * 3 - 70_000, None),
    "real numbers": ("tif", FINE.astype(np.float32) / 1000 - 20, None),
}


def folder(root: Path, suffix: str, pixels: NDArray[Any]) -> Path:
    for label, name in enumerate(("a", "b")):
        (root / name).mkdir(parents=True)
        for number in range(6):
            Image.fromarray(pixels[::-1] if label else pixels).save(root / name / f"{number}.{suffix}")
    return root


def opened(root: Path, **rest: object) -> DataSet:
    return open_data(DataChoice.read({"source": str(root), **rest}))


@pytest.mark.parametrize("memory", [None, 0.0])
@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_of_fine_pictures_keeps_their_numbers(tmp_path: Path, kind: str, memory: float | None) -> None:
    suffix, pixels, white = KINDS[kind]
    data = opened(folder(tmp_path / "d", suffix, pixels), memory=memory, workers=0)
    column = data.columns["image"]
    assert data.field("image").high == white
    assert column.dtype == torch.float32
    assert column[0][0].numpy() == pytest.approx(pixels)
    (values,) = Loader(data, ["image"], CPU).batch(data.train)
    assert values.std() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_and_a_prediction_meet_the_same_numbers(tmp_path: Path, kind: str) -> None:
    suffix, pixels, _ = KINDS[kind]
    folder(tmp_path / "d", suffix, pixels)
    names = [f"{name}/{number}.{suffix},{name}" for name in "ab" for number in range(6)]
    (tmp_path / "d" / "list.csv").write_text("\n".join(["file,label", *names]))
    data = opened(tmp_path / "d" / "list.csv", form="listed", picture_size=[3, 4], fit="stretch")
    assert data.columns["image"].max() > 0.6 * pixels.max()
    (wanted,) = Loader(data, ["image"], CPU).batch(torch.tensor([0]))
    found = picture_value(data, data.field("image"), tmp_path / "d" / "a" / f"0.{suffix}")
    assert torch.allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize("memory", [None, 0.0])
def test_bytes_among_16_bits_are_as_bright(tmp_path: Path, memory: float | None) -> None:
    folder(tmp_path / "d", "png", FINE)
    Image.fromarray((FINE >> 8).astype(np.uint8)).save(tmp_path / "d" / "a" / "0.png")
    column = opened(tmp_path / "d", memory=memory, workers=0).columns["image"]
    assert column[0][0].numpy() == pytest.approx(FINE, abs=256)
    assert column[1][0].numpy() == pytest.approx(FINE)


def test_a_fine_picture_is_brought_to_the_range_of_bytes_and_back(tmp_path: Path) -> None:
    Image.fromarray(FINE).save(tmp_path / "fine.png")
    Image.fromarray((FINE >> 8).astype(np.uint8)).save(tmp_path / "coarse.png")
    fit = Fit(6, 8, False)
    assert read_picture(tmp_path / "fine.png", 1, fit)[0] == pytest.approx(FINE / 257)
    assert read_picture(tmp_path / "coarse.png", 1, fit, 65_535.0)[0] == pytest.approx((FINE >> 8) * 257.0)
    assert read_picture(tmp_path / "fine.png", 3, fit).shape == (3, 6, 8)


def test_fine_masks_keep_their_classes(tmp_path: Path) -> None:
    for kind in ("images", "masks"):
        (tmp_path / kind).mkdir()
        for number in range(4):
            Image.fromarray(FINE if kind == "images" else (FINE % 3).astype(np.uint16)).save(
                tmp_path / kind / f"{number}.png"
            )
    data = opened(tmp_path, validation=0.0, test=0.0)
    assert data.columns["mask"][0].tolist() == (FINE % 3).tolist()
    assert data.field("image").high == 65_535.0


def test_a_network_of_16_bits_predicts_and_takes_16_bits_once_exported(tmp_path: Path) -> None:
    folder(tmp_path / "d", "png", FINE)
    graph = Sketch(image=Input("image", (1, 6, 8))).then(Flatten(), Linear(2)).judged("scores").drawn()
    recipe = {"epochs": 12, "batch_size": 4, "device": "cpu", "learning_rate": 0.1}
    run = create_run(tmp_path, Network(graph, data={"source": str(tmp_path / "d"), "test": 0.25}, recipe=recipe))
    train(run)
    answer = Predictor(run).predict(tmp_path / "d" / "b" / "0.png")
    assert answer["class_name"] == "b"
    write_onnx(open_subject(run), tmp_path / "m.onnx", Options(prepared=True))
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx")
    assert session.get_inputs()[0].type == "tensor(uint16)"
    probabilities, names = session.run(None, {"picture": FINE[::-1][None, :, :, None]})
    assert names[0] == "b"
    assert probabilities[0, 1] == pytest.approx(answer["probability"], abs=1e-4)


TURNED = np.zeros((4, 6, 3), np.uint8)
TURNED[:2, :3, 0] = 255  # red in the corner that a viewer shows at the top right, once it is turned


@pytest.fixture
def photo() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter to the right
    return exif


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
@pytest.mark.parametrize("memory", [None, 0.0])
def test_a_turned_photograph_stands_upright(
    tmp_path: Path, photo: Image.Exif, suffix: str, memory: float | None
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for number in range(3):
            Image.fromarray(TURNED).save(tmp_path / name / f"{number}.{suffix}", exif=photo)
    data = opened(tmp_path, memory=memory, workers=0, normalise="none")
    image = data.columns["image"][0].int()
    assert tuple(image.shape) == (3, 6, 4)
    assert image[0, :3, 2:].min() > 120 > 90 > image[0, 4:].max()
    found = picture_value(data, data.field("image"), tmp_path / "a" / f"0.{suffix}")
    assert found[0].int().tolist() == image.tolist()


def test_boxes_are_told_of_the_upright_picture(tmp_path: Path, photo: Image.Exif) -> None:
    Image.fromarray(TURNED).save(tmp_path / "a.jpg", exif=photo)
    Image.fromarray(TURNED).save(tmp_path / "b.jpg", exif=photo)
    (tmp_path / "list.csv").write_text("image,x1,y1,x2,y2,kind\na.jpg,2,0,4,3,r\nb.jpg,2,0,4,3,s\n")
    whole = {"validation": 0.0, "test": 0.0, "form": "listed", "fit": "stretch"}
    assert opened(tmp_path / "list.csv", **whole).columns["box"][0].tolist() == [2, 0, 4, 3]
    assert opened(tmp_path / "list.csv", picture_size=[12, 4], **whole).columns["box"][0].tolist() == [2, 0, 4, 6]
