"""The contact sheet, from Python, from the command line and from the engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nodes.graph.files import save
from nodes.graph.model import Graph, Network
from nodes.spec.shapes import Shape
from runtime import commands
from runtime.answers.augmentation import draw_sheet as answered
from runtime.augmentation.sheet import BOX, CLASS_COLOURS, GAP, HEADING, draw_sheet
from runtime.data.choice import DataChoice
from runtime.data.dataset import DataSet, Field, Loaded, as_dataset
from runtime.data.open import open_data
from runtime.protocol import decode_request, encode
from runtime.questions.augmentation import AugmentationSheet
from runtime.recipe import Recipe


def pixels_of(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture, dtype=np.float32)


def cell(path: Path, row: int, column: int, side: int = 112, caption: int = 20) -> np.ndarray:
    pixels = pixels_of(path)
    top, left = HEADING + row * (side + GAP + caption), GAP + column * (side + GAP)
    return pixels[top : top + side, left : left + side]


def test_the_first_column_is_the_sample_and_the_others_are_its_epochs(tmp_path: Path) -> None:
    """Digits of 8 × 8 pixels are shown fourteen times as large; with a flip of 1 every epoch mirrors them."""
    data = open_data(DataChoice())
    report = draw_sheet(data, Recipe(horizontal_flip=1.0), tmp_path / "s.png", samples=2, draws=3)
    assert (report["samples"], report["draws"], report["is_varied"]) == (2, 3, True)
    assert pixels_of(tmp_path / "s.png").shape == (report["height"], report["width"], 3)
    rows = data.train[:: len(data.train) // 2]
    for row in range(2):
        digit = (data.columns["image"][rows[row], 0].float() * 255 / 16).round().numpy()
        assert np.array_equal(cell(tmp_path / "s.png", row, 0)[::14, ::14, 0], digit)
        assert np.array_equal(cell(tmp_path / "s.png", row, 2)[::14, ::14, 1], digit[:, ::-1])


def masked() -> DataSet:
    fields = (
        Field("image", Shape(3, 16, 16), high=255.0),
        Field("mask", Shape(16, 16, axes="HW", values="index"), ("a", "b"), is_target=True),
        Field("boxes", Shape(2, 4, axes="LC"), is_boxes=True),
    )
    masks = np.full((4, 16, 16), -100, np.int8)
    masks[:, 8:], masks[:, 12:] = 0, 1
    boxes = np.tile(np.array([[[2.0, 1, 7, 5], [0, 0, 0, 0]]], np.float32), (4, 1, 1))
    columns = {"image": np.zeros((4, 3, 16, 16), np.uint8), "mask": masks, "boxes": boxes}
    return as_dataset(Loaded(fields, columns), DataChoice(validation=0.0, test=0.0))


def test_masks_lie_over_the_picture_and_boxes_are_drawn(tmp_path: Path) -> None:
    """Seven pixels a pixel; half of each class colour over black; nothing where nothing counts."""
    draw_sheet(masked(), Recipe(vertical_flip=1.0), tmp_path / "s.png", samples=1, draws=1)
    shown, turned = (cell(tmp_path / "s.png", 0, column, caption=0) for column in (0, 1))
    assert np.abs(shown[8 * 7 + 3, 3] - CLASS_COLOURS[0] / 2).max() <= 1
    assert np.abs(shown[15 * 7, 3] - CLASS_COLOURS[1] / 2).max() <= 1
    assert np.array_equal(shown[7 * 7, 100], (0, 0, 0))
    pink = tuple(int(BOX[n : n + 2], 16) for n in (1, 3, 5))
    assert tuple(shown[1 * 7, 4 * 7]) == pink == tuple(turned[11 * 7, 4 * 7])
    assert (shown == pink).all(-1).sum() == 2 * 2 * (35 + 28) - 16  # the outline of one box, two pixels wide


def test_the_command_draws_a_network_file_with_its_recipe(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "n.netw"
    save(Network(Graph(), "digits", data={"source": "digits"}, recipe={"mixup": 0.5}), file)
    assert commands.run(["data", str(file), "--sheet", str(tmp_path / "s.png")]) == 0
    assert "s.png: 986 × 883 px" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["data", "toy:moons", "--sheet", "s.png"], "toy:moons has no pictures."),
        (["data", "digits", "--sheet", "s.jpg"], "Name it s.png."),
        (["data", "--sheet", "s.png"], "Name a source or a network file"),
        (["data", "toy:moons", "--sheet", "s.png", "--set", "recipe.hue=0.1"], "Turn hue off."),
    ],
)
def test_what_cannot_be_drawn_is_said(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.run(arguments) == 2
    assert said in capsys.readouterr().err


def test_the_engine_answers_with_a_file(tmp_path: Path) -> None:
    out = tmp_path / "s.png"
    asked = AugmentationSheet(
        1, data={}, recipe={"rotation": 20.0}, out=str(out), samples=2, draws=1, ink=("#102030", "#fff", "#ccc")
    )
    request = decode_request(encode(asked))
    assert isinstance(request, AugmentationSheet)
    report = answered(request)
    assert (report["path"], report["samples"], report["draws"]) == (str(out), 2, 1)
    pixels = pixels_of(out)
    assert pixels.shape == (report["height"], report["width"], 3)
    assert pixels[0, 0].tolist() == [16, 32, 48]  # the ground of the window's own colours
