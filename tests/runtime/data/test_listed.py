"""Pictures listed in tables: classes, numbers, boxes that follow their pictures, and training on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from nodes.activation import ReLU
from nodes.boundary import Input, Output
from nodes.conv import Conv2d
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.loss_numbers import SmoothL1Loss
from nodes.reshape import Flatten
from runtime.augmentation.augmenter import Augmenter
from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import DataSet
from runtime.data.loader import Loader
from runtime.data.open import open_data
from runtime.runs import Progress, create_run, read_entries
from runtime.train import train
from tests.networks.drawn.sketch import Sketch, image
from tests.runtime.augmentation.fixed import settings

SIDE = 16


def squares(root: Path, count: int = 120) -> Path:
    """Pictures with one blue square or wide red bar each, and a table that says what it is and where."""
    values, lines = np.random.RandomState(0), ["image,x1,y1,x2,y2,shape"]
    (root / "pictures").mkdir(parents=True)
    for number in range(count):
        wide, high = (5, 5) if number % 2 else (8, 3)
        left, top = values.randint(0, SIDE - wide), values.randint(0, SIDE - high)
        pixels = values.randint(0, 60, (SIDE, SIDE, 3)).astype(np.uint8)
        pixels[top : top + high, left : left + wide, 2 * (number % 2)] = 250
        Image.fromarray(pixels).save(root / "pictures" / f"{number}.png")
        name = "square" if number % 2 else "bar"
        lines.append(f"pictures/{number}.png,{left},{top},{left + wide},{top + high},{name}")
    (root / "list.csv").write_text("\n".join(lines))
    return root / "list.csv"


def listed(root: Path, text: str, size: tuple[int, int] = (8, 4)) -> Path:
    for name in ("a", "b", "c"):
        Image.new("RGB", size).save(root / f"{name}.png")
    (root / "list.csv").write_text(text)
    return root / "list.csv"


def opened(path: Path, **rest: Any) -> DataSet:
    whole = {"validation": 0.0, "test": 0.0}
    return open_data(DataChoice.read({"source": str(path), "form": "listed", **whole, **rest}))


def test_classes_and_numbers(tmp_path: Path) -> None:
    path = listed(tmp_path, "file,height,kind\na.png,1.5,cat\nb.png,2.5,dog\nc.png,3.5,cat\n")
    data = opened(path)
    assert [field.name for field in data.fields] == ["image", "label"]
    assert (data.columns["image"].shape, data.columns["label"].tolist()) == ((3, 3, 4, 8), [0, 1, 0])
    numbers = opened(path, targets="height")
    assert numbers.columns["target"].tolist() == [[1.5], [2.5], [3.5]]


def test_several_boxes_of_a_picture_fill_up_with_zeros_and_no_class(tmp_path: Path) -> None:
    data = opened(
        listed(
            tmp_path,
            "image,x1,y1,x2,y2,kind\na.png,0,0,4,4,cat\nb.png,1,1,2,2,dog\na.png,2,0,8,3,dog\nc.png,,,,,cat\n",
        )
    )
    assert [(field.name, tuple(field.shape)) for field in data.fields[1:]] == [("boxes", (2, 4)), ("labels", (2,))]
    assert data.columns["boxes"].tolist() == [
        [[0, 0, 4, 4], [2, 0, 8, 3]],
        [[1, 1, 2, 2], [0, 0, 0, 0]],
        [[0, 0, 0, 0], [0, 0, 0, 0]],
    ]
    assert data.columns["labels"].tolist() == [[0, 1], [1, -100], [0, -100]]


@pytest.mark.parametrize(
    ("fit", "units", "box"),
    [("stretch", "pixels", [1, 2, 2, 4]), ("crop", "pixels", [0, 2, 2, 4]), ("crop", "shares", [0, 0.5, 0.5, 1])],
)
def test_boxes_follow_their_picture_to_its_size(tmp_path: Path, fit: str, units: str, box: list[float]) -> None:
    """8 × 4 px to 4 × 4: stretched its width is halved; of the middle, 2 px are cut away left and right."""
    path = listed(tmp_path, "image,x1,y1,x2,y2\na.png,2,2,4,4\nb.png,2,2,4,4\nc.png,2,2,4,4\n")
    data = opened(path, picture_size=[4, 4], fit=fit, box_units=units)
    assert data.columns["box"][0].tolist() == box
    (given,) = Loader(data, ["box"], torch.device("cpu")).batch(torch.tensor([0]))
    assert given[0].tolist() == box  # never normalised


def test_shares_follow_a_flipped_picture(tmp_path: Path) -> None:
    path = listed(tmp_path, "image,x1,y1,x2,y2\na.png,2,0,4,4\nb.png,2,0,4,4\nc.png,2,0,4,4\n")
    data = opened(path, box_units="shares")
    augmenter = Augmenter(settings(horizontal_flip=1.0), 0, data, ["image", "box"], torch.device("cpu"))
    _, boxes = Loader(data, ["image", "box"], torch.device("cpu")).batch(data.train, augmenter)
    assert boxes[0].tolist() == pytest.approx([0.5, 0.0, 0.75, 1.0])


def locating() -> Network:
    """What is there and where, as classify_and_locate draws it, on a trunk of one convolution."""
    sketch = Sketch(image=image(3, SIDE, SIDE), right_box=Input("vector", (4,), field="box")).at("image")
    sketch.then(conv=Conv2d(6, (3, 3), padding=(1, 1), stride=(2, 2)), relu=ReLU(), flatten=Flatten())
    sketch.then(scores=Linear(2)).judged("label", name="loss_class").at("flatten").then(box=Linear(4))
    sketch.put("place", Output(), "box").put("loss_box", SmoothL1Loss(weight=5.0, beta=0.1), "box", "right_box")
    return Network(sketch.drawn(), "Locating")


def test_a_network_learns_what_is_there_and_where_from_pictures_on_disk(tmp_path: Path) -> None:
    data = {"source": str(squares(tmp_path)), "form": "listed", "box_units": "shares", "memory": 0.0, "workers": 1}
    recipe = {"epochs": 8, "batch_size": 16, "device": "cpu", "optimizer": "Adam", "learning_rate": 0.01}
    run = create_run(tmp_path, Network(locating().graph, "Locating", data=data, recipe=recipe))
    summary = train(run)
    losses = [loss for entry in read_entries(run)[0] if isinstance(entry, Progress) for loss in entry.loss]
    assert losses[-1] < losses[0] / 2
    assert summary.test_accuracy is not None
    assert summary.test_accuracy > 0.8


@pytest.mark.parametrize(
    ("text", "rest", "words"),
    [
        (
            "file,kind\nd.png,cat\n",
            {},
            r"lists d\.png in its column file, which is not in .*\. Write paths that start",
        ),
        ("file\na.png\nb.png\n", {}, r"says nothing of its pictures\. Give it a column of classes"),
        (
            "file,kind\na.png,cat\na.png,dog\n",
            {},
            r"lists a\.png in 2 rows, and has no boxes\. Give each picture one",
        ),
        ("file,x1,y1,x2,y2\na.png,3,0,1,4\n", {}, r"box of row 1 ends before it begins \(3, 0, 1, 4\)"),
        ("file,kind\na.png,cat\nb.png,\n", {}, r"Column kind has rows without a value"),
        ("file,kind\na.png,cat\n", {"boxes": "a,b"}, r"has no column a\. Set boxes to some of file, kind"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path: Path, text: str, rest: dict[str, str], words: str) -> None:
    with pytest.raises(DataError, match=words):
        opened(listed(tmp_path, text), **rest)


def test_files_that_are_not_there_are_left_out_and_named(tmp_path: Path) -> None:
    data = opened(listed(tmp_path, "file,kind\na.png,cat\ngone.png,dog\nb.png,dog\n"))
    assert data.columns["label"].tolist() == [0, 1]
    assert data.notes[0] == "1 picture could not be read and was left out: gone.png (No such file or directory)."
