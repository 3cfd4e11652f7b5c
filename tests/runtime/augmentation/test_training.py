"""What a training meets: training samples are varied, others are not, and what does not suit is said beforehand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from nodes.boundary import Input
from nodes.graph.model import Graph, Network
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss, MultiMarginLoss
from nodes.loss_classes import FocalLoss
from nodes.reshape import Flatten
from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape
from runtime.augmentation.augmenter import Augmenter
from runtime.augmentation.crops import views_of
from runtime.augmentation.draws import Draws
from runtime.checkpoint import load_run
from runtime.data.choice import DataChoice
from runtime.data.dataset import DataSet, Field, Loaded, as_dataset
from runtime.data.loader import Loader
from runtime.data.open import open_data
from runtime.data.pixels import Fit, read_picture
from runtime.evaluate import evaluate
from runtime.job import Job, make_job
from runtime.meter import Meter
from runtime.predict import Predictor
from runtime.recipe import Recipe
from runtime.recipe_parts.augmentation import AUGMENTATIONS, MIXTURES
from runtime.runs import Started, TrainingError, create_run, read_entries
from runtime.train import train
from tests.runtime.augmentation.fixed import settings
from tests.runtime.networks import chained, digits_run

CPU = torch.device("cpu")
EACH: dict[str, Any] = {
    "horizontal_flip": 0.5, "vertical_flip": 0.5, "shift": 0.3, "crop_padding": 2, "resized_crop": 0.3, "zoom": 0.3,
    "rotation": 40.0, "brightness": 0.4, "contrast": 0.4, "saturation": 0.4, "hue": 0.2, "pca_noise": 3.0,
    "pixel_noise": 0.1, "erasing": 0.7, "cutout": 4, "mixup": 1.0, "cutmix": 1.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def digits() -> DataSet:
    return open_data(DataChoice())


@pytest.fixture(scope="module")
def coloured() -> DataSet:
    """Sixteen times the same picture of three colours."""
    picture = np.random.RandomState(0).randint(0, 256, (1, 3, 12, 12), dtype=np.uint8)
    labels = np.arange(16) % 2
    fields = (Field("image", Shape(3, 12, 12), high=255.0), Field("label", Shape(values="index"), ("a", "b"), True))
    choice = DataChoice(validation=0.0, test=0.0, normalise="none")
    return as_dataset(Loaded(fields, {"image": np.repeat(picture, 16, 0), "label": labels}), choice)


def graph_of(loss: NodeType | None = None) -> Graph:
    layers = (("flatten", Flatten()), ("fc", Linear(out_features=10)))
    return chained(Input(size=(1, 8, 8)), *layers, loss=loss)


def job_of(root: Path, data: DataSet, graph: Graph | None = None, **recipe: Any) -> Job:
    network = Network(graph or graph_of(), "digits", recipe={"batch_size": 8, "device": "cpu"} | recipe)
    return make_job(create_run(root, network), network, Recipe.read(network.recipe), CPU, data)


def varied(data: DataSet, epoch: int = 0, **given: Any) -> list[Tensor]:
    augmenter = Augmenter(settings(**given), 0, data, [field.name for field in data.fields], CPU)
    augmenter.epoch = epoch
    return Loader(data, [field.name for field in data.fields], CPU).batch(data.train, augmenter)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_pictures_of_one_batch_are_each_drawn_by_themselves(name: str, coloured: DataSet) -> None:
    """Flips have two outcomes; everything else has many. Mixed with their like, alike pictures stay as they are."""
    images = varied(coloured, **{name: EACH[name]})[0]
    outcomes = len(images.flatten(1).unique(dim=0))
    assert outcomes == {"horizontal_flip": 2, "vertical_flip": 2, "mixup": 1, "cutmix": 1}.get(name, outcomes)
    assert outcomes > 8 or name in ("horizontal_flip", "vertical_flip", "mixup", "cutmix", "erasing")
    assert images.shape == (16, 3, 12, 12)


@pytest.mark.parametrize("name", ["horizontal_flip", "rotation", "hue", "pixel_noise", "erasing"])
def test_every_epoch_draws_anew_and_comes_back_alike(name: str, coloured: DataSet) -> None:
    first, second, again = (varied(coloured, epoch, **{name: EACH[name]})[0] for epoch in (0, 1, 0))
    assert not first.equal(second)
    assert first.equal(again)


def test_one_setting_leaves_the_draws_of_the_others_alone(coloured: DataSet) -> None:
    alone, beside = varied(coloured, mixup=1.0)[1], varied(coloured, mixup=1.0, rotation=30.0, horizontal_flip=0.5)[1]
    assert alone.equal(beside)


def test_a_batch_in_parts_is_the_batch(coloured: DataSet) -> None:
    """So that several processes, or accumulated batches, see what one would see at once."""
    chosen = {name: value for name, value in EACH.items() if name not in MIXTURES}
    names = [field.name for field in coloured.fields]
    augmenter, loader = Augmenter(settings(**chosen), 0, coloured, names, CPU), Loader(coloured, names, CPU)
    whole = loader.batch(coloured.train, augmenter)
    parts = [loader.batch(rows, augmenter) for rows in (coloured.train[:5], coloured.train[5:])]
    assert torch.allclose(torch.cat([part[0] for part in parts]), whole[0], atol=1e-3)


def test_only_a_module_in_training_is_given_varied_samples(tmp_path: Path, digits: DataSet) -> None:
    job = job_of(tmp_path, digits, **EACH | {"hue": 0.0, "saturation": 0.0})
    job.order(0)
    plain = job.loader.batch(digits.train[:8])
    job.module.train()
    images, labels = job.batch(digits.train[:8])
    assert not images.equal(plain[0])
    assert labels.shape == (8, 10)
    assert torch.allclose(labels.sum(1), torch.ones(8))
    job.module.eval()
    assert all(mine.equal(theirs) for mine, theirs in zip(job.batch(digits.train[:8]), plain, strict=True))


def test_mixed_samples_are_right_where_their_larger_share_is(tmp_path: Path, digits: DataSet) -> None:
    job = job_of(tmp_path, digits, mixup=1.0)
    scores = torch.tensor([[0.0, 1.0, 0.2], [3.0, 0, 0]])
    shares = torch.tensor([[0.4, 0.6, 0.0], [0.3, 0.0, 0.7]])
    guesses = job.guesses({"loss": (torch.zeros(()), scores)}, [torch.zeros(2), shares], 1.0)
    meter = Meter()
    meter.add(torch.tensor(0.5), guesses, 2)
    assert meter.take().accuracy == [0.5]


def test_numbers_of_any_range_are_varied_within_it(tmp_path: Path) -> None:
    """Pictures from −1 to 1: half as bright is halfway to −1."""
    drawn = np.random.RandomState(0).uniform(-1, 1, (6, 1, 4, 4)).astype(np.float32)
    drawn[0, 0, 0, :2] = -1, 1
    np.savez(tmp_path / "x.npz", x=drawn, y=np.arange(6) % 2)
    choice = {"source": str(tmp_path / "x.npz"), "validation": 0.0, "test": 0.0, "normalise": "none"}
    data = open_data(DataChoice.read(choice))
    images = varied(data, brightness=0.5)[0]
    factors = Draws(0, 0, data.train).between("brightness", 0.5, 1.5)
    expected = ((torch.from_numpy(drawn) + 1) * factors.view(-1, 1, 1, 1)).clamp(0, 2) - 1
    assert torch.allclose(images, expected, atol=1e-6)
    assert varied(data, shift=0.5)[0].amin() == -1  # black


def test_masks_and_boxes_follow_and_colours_to_be_told_stay() -> None:
    """The mask is the picture's brightness; a second picture is the target's twin."""
    bright = np.zeros((8, 1, 10, 10), np.uint8)
    bright[:, :, 2:6, 3:8] = 100
    fields = (
        Field("image", Shape(1, 10, 10), high=255.0),
        Field("mask", Shape(10, 10, axes="HW", values="index"), ("no", "yes")),
        Field("boxes", Shape(1, 4, axes="LC"), is_boxes=True),
        Field("twin", Shape(1, 10, 10), is_target=True, high=255.0),
    )
    boxes = np.tile(np.array([[[3.0, 2, 8, 6]]], np.float32), (8, 1, 1))
    columns = {"image": bright, "mask": (bright[:, 0] > 0).astype(np.int8), "boxes": boxes, "twin": bright.copy()}
    choice = DataChoice(validation=0.0, test=0.0, normalise="none")
    data = as_dataset(Loaded(fields, columns), choice)
    image, mask, box, twin = varied(data, horizontal_flip=0.5, shift=0.2, brightness=0.5)
    assert image[:, 0].gt(0).equal(mask == 1)
    assert twin.equal(100.0 * mask[:, None].eq(1))
    assert not image.equal(twin)
    for one, (left, top, right, bottom) in zip(mask, box[:, 0].round().int().tolist(), strict=True):
        assert one[top:bottom, left:right].eq(1).all()
        assert one.eq(1).sum() == (right - left) * (bottom - top)


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        (MultiMarginLoss(), r"shares of classes as labels, which loss does not take\. .* CrossEntropyLoss"),
        (FocalLoss(), r"which loss does not take"),
        (CrossEntropyLoss(ignore_index=3), r"of which loss can ignore none\. .* set ignore_index to −100"),
    ],
)
def test_losses_that_take_no_shares_are_named(loss: NodeType, said: str, tmp_path: Path, digits: DataSet) -> None:
    with pytest.raises(TrainingError, match=said) as raised:
        job_of(tmp_path, digits, graph_of(loss), mixup=0.2)
    assert raised.value.node == "loss"


@pytest.mark.parametrize(("setting", "most"), [("cutout", 8), ("crop_padding", 7)])
def test_what_may_leave_nothing_of_a_picture_is_refused(
    setting: str, most: int, tmp_path: Path, digits: DataSet
) -> None:
    with pytest.raises(TrainingError, match=rf"{setting} is {most + 1} px: .* Set {setting} to {most} or"):
        job_of(tmp_path / "a", digits, **{setting: most + 1})
    assert job_of(tmp_path / "b", digits, **{setting: most}).augmenter


def test_a_network_without_pictures_is_told_so(tmp_path: Path) -> None:
    data = open_data(DataChoice(source="toy:moons"))
    graph = chained(Input(kind="vector", size=(2,)), ("fc", Linear(out_features=2)))
    with pytest.raises(TrainingError, match="rotation changes pictures, and this network takes none"):
        job_of(tmp_path / "a", data, graph, rotation=10.0)
    assert job_of(tmp_path / "b", data, graph, mixup=0.2).augmenter


def test_colours_asked_of_grey_pictures_are_noted(tmp_path: Path, digits: DataSet) -> None:
    job = job_of(tmp_path, digits, hue=0.1, saturation=0.2, contrast=0.1)
    assert job.notes == ("saturation and hue mean nothing for pictures that do not have three channels.",)


def test_what_is_off_costs_nothing(tmp_path: Path, digits: DataSet) -> None:
    assert job_of(tmp_path, digits).augmenter is None


def test_crops_average_probabilities(tmp_path: Path, digits: DataSet) -> None:
    job = job_of(tmp_path, digits, test_crops="flip")
    rows = digits.test[:50]
    images, labels = job.loader.batch(rows)
    with torch.no_grad():
        shares = [job.module.losses(x, labels)[1]["loss"][1].softmax(1) for x in (images, images.flip(3))]
    expected = (shares[0] + shares[1]).argmax(1).eq(labels).float().mean().item()
    assert evaluate(job, rows, crops=job.crops).accuracy == pytest.approx(expected)


def test_prediction_averages_the_views_that_the_test_part_is_judged_by(tmp_path: Path, digits: DataSet) -> None:
    run = digits_run(tmp_path, test_crops="ten crops", test_scales=[1.0, 1.3], epochs=1)
    train(run, prepared=digits)
    Image.fromarray((digits.columns["image"][digits.test[0], 0] * 15.9).byte().numpy()).save(tmp_path / "x.png")
    predictor = Predictor(run)
    found = predictor.predict(tmp_path / "x.png")
    raw = torch.tensor(read_picture(tmp_path / "x.png", 1, Fit(8, 8, False)))[None] * (16 / 255)
    affine = digits.affine("image")
    views = views_of(Recipe(test_crops="ten crops", test_scales=(1.0, 1.3)))
    assert affine
    with torch.no_grad():
        scores = torch.cat([load_run(run).module(affine(view.of(raw))) for view in views])
    weights = torch.tensor([view.weight for view in views])
    shares = {one["name"]: one["probability"] for one in found["classes"]}
    assert [shares[str(n)] for n in range(10)] == pytest.approx((weights @ scores.softmax(1)).tolist(), abs=1e-5)
    assert found["outputs"]["scores"] == pytest.approx((weights @ scores).tolist(), abs=1e-4)


def test_class_counts_are_told_when_a_training_starts(tmp_path: Path, digits: DataSet) -> None:
    run = digits_run(tmp_path, balancing="class weights", epochs=1)
    train(run, prepared=digits)
    (started,) = (entry for entry in read_entries(run)[0] if isinstance(entry, Started))
    (note,) = (note for note in started.notes if "weighed" in note)
    counts = ", ".join(f"{n} {count}" for n, count in enumerate(digits.class_counts("train")))
    assert counts in note
