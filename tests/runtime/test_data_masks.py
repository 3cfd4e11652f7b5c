"""Pictures with masks: layouts, numbers and colours, pixels that count for nothing, and a network that learns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from nodes.activation import ReLU
from nodes.boundary import Output
from nodes.conv import Conv2d
from nodes.graph.model import Network
from nodes.loss import CrossEntropyLoss
from nodes.merge import Concat
from nodes.pooling import MaxPool2d
from nodes.reshape_resize import Upsample
from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import DataSet
from runtime.data.loader import Loader
from runtime.data.open import open_data
from runtime.runs import Progress, create_run
from runtime.train import train
from tests.networks.drawn.sketch import Sketch, image

CAMVID = Path("../shared/data/camvid-small")
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def write(path: Path, pixels: object, mode: str = "L") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.array(pixels, dtype=np.uint8)).convert(mode).save(path)


def mask_folder(root: Path, mask: object = ((0, 1), (2, 255)), count: int = 4) -> Path:
    mode = "RGB" if np.ndim(mask) == 3 else "L"
    for number in range(count):
        write(root / "images" / f"{number}.png", np.full((2, 2, 3), 10 * number), "RGB")
        write(root / "masks" / f"{number}.png", mask, mode)
    return root


def opened(source: Path, **rest: object) -> DataSet:
    return open_data(DataChoice.read({"source": str(source), **rest}))


def test_a_mask_gives_a_class_for_every_pixel_and_255_counts_for_nothing(tmp_path: Path) -> None:
    data = opened(mask_folder(tmp_path))
    picture, mask = data.fields
    assert (picture.shape, mask.shape.axes, mask.shape.values) == ((3, 2, 2), "HW", "index")
    assert (mask.classes, mask.is_target) == (("0", "1", "2"), True)
    _, masks = Loader(data, ["image", "mask"], torch.device("cpu")).batch(torch.tensor([0]))
    assert masks.tolist() == [[[0, 1], [2, -100]]]


def test_another_number_can_count_for_nothing(tmp_path: Path) -> None:
    data = opened(mask_folder(tmp_path), ignore=2)
    assert data.fields[1].classes == ("0", "1")
    assert data.columns["mask"][0].tolist() == [[0, 1], [-100, -100]]


def test_each_colour_is_a_class(tmp_path: Path) -> None:
    data = opened(mask_folder(tmp_path, ((BLUE, GREEN), (RED, GREEN))))
    assert data.fields[1].classes == ("#0000ff", "#00ff00", "#ff0000")
    assert data.columns["mask"][0].tolist() == [[0, 1], [2, 1]]


def test_a_colour_that_training_never_has_counts_for_nothing(tmp_path: Path) -> None:
    mask_folder(tmp_path / "train", ((BLUE, GREEN), (BLUE, GREEN)))
    mask_folder(tmp_path / "test", ((BLUE, RED), (BLUE, GREEN)))
    data = opened(tmp_path)
    assert data.fields[1].classes == ("#0000ff", "#00ff00")
    assert data.columns["mask"][data.test[0]].tolist() == [[0, -100], [0, 1]]


@pytest.mark.parametrize(
    "names", [("train", "trainannot"), ("images/train", "masks/train"), ("train/imgs", "train/labels")]
)
def test_layouts_of_folders(tmp_path: Path, names: tuple[str, str]) -> None:
    for number in range(3):
        write(tmp_path / names[0] / f"{number}.png", np.zeros((2, 2)))
        write(tmp_path / names[1] / f"{number}.png", np.zeros((2, 2)))
    assert opened(tmp_path).columns["mask"].shape == (3, 2, 2)


def test_pictures_without_a_mask_are_left_out_and_counted(tmp_path: Path) -> None:
    (mask_folder(tmp_path) / "masks" / "3.png").unlink()
    data = opened(tmp_path)
    assert len(data.columns["image"]) == 3
    assert data.notes == ("1 picture without a mask was left out.",)


@pytest.mark.parametrize("memory", [None, 0.0])
def test_a_mask_of_another_size_is_left_out_and_named(tmp_path: Path, memory: float | None) -> None:
    write(mask_folder(tmp_path) / "masks" / "1.png", np.zeros((2, 3)))
    data = opened(tmp_path, memory=memory, workers=0)
    assert len(data.columns["image"]) == len(data.columns["mask"]) == 3
    assert data.notes[-1] == (
        f"1 picture could not be read and was left out: {Path('masks') / '1.png'} "
        "(it has 3 × 2 pixels, its picture 2 × 2)."
    )


@pytest.mark.parametrize("memory", [None, 0.0])
def test_masks_that_all_have_another_size_are_no_slip(tmp_path: Path, memory: float | None) -> None:
    mask_folder(tmp_path)
    for path in (tmp_path / "masks").iterdir():
        write(path, np.zeros((1, 1)))
    with pytest.raises(DataError, match=r"4 of 4 masks have another size .*: it has 1 × 1 .* Bring each mask to"):
        opened(tmp_path, memory=memory, workers=0)


def test_masks_with_too_many_colours(tmp_path: Path) -> None:
    mask = np.arange(3 * 256).reshape(16, 16, 3) % 251
    for number in range(3):
        write(tmp_path / "images" / f"{number}.png", np.zeros((16, 16)))
        write(tmp_path / "masks" / f"{number}.png", mask, "RGB")
    with pytest.raises(
        DataError, match=r"have 251 colours; 126 classes can be told apart\. Save them without smooth"
    ):
        opened(tmp_path)


def test_a_folder_without_masks(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"has no folder of pictures with one of masks beside it\. Name them train"):
        opened(tmp_path, form="masks")


def small_u() -> Network:
    """Down once and up once, and beside it what was there before."""
    sketch = Sketch(image=image(3, 120, 160)).then(
        conv1=Conv2d(8, padding=(1, 1)), relu1=ReLU(), pool=MaxPool2d((4, 4), (4, 4))
    )
    sketch.then(conv2=Conv2d(16, padding=(1, 1)), relu2=ReLU(), up=Upsample(scale_factor=4))
    sketch.put("both", Concat(), "relu1", "up").then(scores=Conv2d(11, (1, 1)))
    sketch.put("label", Output(), "scores").put("loss", CrossEntropyLoss(), "scores")
    return Network(sketch.drawn(), "Small U")


@pytest.mark.skipif(not CAMVID.is_dir(), reason="CamVid is not beside the project")
def test_a_small_u_learns_from_real_roads(tmp_path: Path) -> None:
    choice = DataChoice(source=str(CAMVID), ignore=11)
    data = open_data(choice)
    assert [len(data.part(part)) for part in ("train", "validation", "test")] == [367, 101, 233]
    few = DataSet(data.choice, data.fields, data.columns, data.train[:64], data.validation[:8], data.test[:8])
    network = small_u()
    recipe = {"optimizer": "Adam", "learning_rate": 0.01, "epochs": 2, "batch_size": 8, "device": "cpu"}
    run = create_run(tmp_path, Network(network.graph, data=choice.written(), recipe=recipe))
    entries: list[object] = []
    summary = train(run, prepared=few, on_entry=entries.append)
    losses = [loss for entry in entries if isinstance(entry, Progress) for loss in entry.loss]
    assert len(losses) == 16
    assert sum(losses[-3:]) < 0.8 * sum(losses[:3])
    assert set(summary.test_metrics) == {"accuracy", "precision", "recall", "iou", "dice"}
