"""Classes of unequal size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight

from nodes.boundary import Input
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss
from nodes.spec.shapes import Shape
from runtime.data.balance import balanced_order, class_weights, counts_of, note_on, weighed
from runtime.data.choice import DataChoice
from runtime.data.dataset import DataSet, Field, Loaded, as_dataset
from runtime.data.open import open_data
from runtime.runs import TrainingError
from tests.runtime.networks import chained

LABELS = np.repeat([0, 1, 2], [10, 30, 60])
CHOICE = DataChoice(validation=0.0, test=0.0)


def unequal() -> DataSet:
    fields = (Field("x", Shape(2)), Field("label", Shape(values="index"), ("few", "some", "many"), is_target=True))
    return as_dataset(Loaded(fields, {"x": np.zeros((100, 2), np.float32), "label": LABELS}), CHOICE)


def scores(classes: int = 3, loss: CrossEntropyLoss | None = None):  # type: ignore[no-untyped-def]
    return chained(Input(kind="vector", size=(2,)), ("fc", Linear(out_features=classes)), loss=loss)


def test_weights_are_scikit_learns_balanced_ones() -> None:
    expected = compute_class_weight("balanced", classes=np.arange(3), y=LABELS)
    assert np.allclose(class_weights(counts_of(unequal(), "class weights")), expected)


def test_a_class_without_samples_weighs_one() -> None:
    assert class_weights([10, 0, 30]) == (2.0, 1.0, pytest.approx(2 / 3))


def test_losses_get_the_weights_unless_they_have_their_own() -> None:
    """A network may have more scores than the data have classes."""
    graph = weighed(scores(4), [10, 30, 60])
    assert graph.nodes["loss"].settings.class_weight == pytest.approx((10 / 3, 10 / 9, 5 / 9, 1.0))
    own = CrossEntropyLoss(class_weight=(1.0, 2.0, 3.0))
    assert weighed(scores(3, own), [10, 30, 60]).nodes["loss"].settings.class_weight == (1.0, 2.0, 3.0)


def test_sampling_draws_every_class_equally_often() -> None:
    data = unequal()
    drawn = torch.cat([balanced_order(data, 0, epoch) for epoch in range(60)])
    counts = torch.bincount(data.columns["label"][drawn])
    assert len(drawn) == 6000
    assert (counts - 2000).abs().max() < 150
    assert balanced_order(data, 0, 1).equal(balanced_order(data, 0, 1))
    assert not balanced_order(data, 0, 1).equal(balanced_order(data, 1, 1))


def test_pixels_are_counted_without_those_that_count_for_nothing() -> None:
    masks = np.array([[[0, 0], [0, 1]], [[0, -100], [-100, 1]]], np.int8)
    fields = (
        Field("image", Shape(1, 2, 2), high=255.0),
        Field("mask", Shape(2, 2, axes="HW", values="index"), ("road", "sky"), is_target=True),
    )
    data = as_dataset(Loaded(fields, {"image": np.zeros((2, 1, 2, 2), np.uint8), "mask": masks}), CHOICE)
    assert counts_of(data, "class weights") == [4, 2]
    with pytest.raises(
        TrainingError, match=r"many classes in mask cannot be drawn .* Set balancing to class weights"
    ):
        counts_of(data, "sampling")


def test_targets_without_classes(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n" + "".join(f"{n},{n / 7}\n" for n in range(40)))
    data = open_data(DataChoice(source=str(tmp_path / "t.csv")))
    with pytest.raises(TrainingError, match=r"the target of the data has none\. Set balancing to none"):
        counts_of(data, "sampling")


def test_the_counts_are_told() -> None:
    assert "few 10, some 30, many 60" in note_on("sampling", unequal())
    assert "from 0.556 to 3.33 in the losses" in note_on("class weights", unequal())
