"""Which field of the data a network takes, and what its losses compare with."""

from __future__ import annotations

import pytest
import torch

from nodes.boundary import Input, Output
from nodes.conv import Conv2d
from nodes.graph.model import Graph, Node
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss, Loss, MSELoss, MultiMarginLoss
from nodes.loss_classes import DiceLoss, FocalLoss, NLLLoss
from nodes.loss_pairs import BCEWithLogitsLoss, TripletMarginLoss
from nodes.spec.shapes import Shape
from runtime.compile import build
from runtime.data.binding import bind
from runtime.data.choice import DataChoice, DataError
from runtime.data.dataset import DataSet, Field
from tests.nodes.drawing import chain, joined

CLASSES = ("cat", "car", "frog")


def data(target: Shape, classes: tuple[str, ...] = CLASSES) -> DataSet:
    fields = (Field("image", Shape(3, 8, 8)), Field("label", target, is_target=True, classes=classes))
    return DataSet(DataChoice(), fields, {}, torch.arange(0), torch.arange(0), torch.arange(0))


def scored(loss: Loss, scores: int) -> Graph:
    graph = chain(vector=Input("vector", (4,)), fc=Linear(scores), out=Output()).with_node("loss", Node(loss))
    return joined(graph, {"fc.output": f"loss.{loss.inputs()[0].name}"})


def vectors(classes: tuple[str, ...] = CLASSES) -> DataSet:
    fields = (Field("vector", Shape(4)), Field("label", Shape(values="index"), is_target=True, classes=classes))
    return DataSet(DataChoice(), fields, {}, torch.arange(0), torch.arange(0), torch.arange(0))


@pytest.mark.parametrize("loss", [CrossEntropyLoss(), MultiMarginLoss(), NLLLoss(), FocalLoss()])
def test_each_class_of_the_data_needs_a_score(loss: Loss) -> None:
    assert bind(scored(loss, 3), vectors()).classifier == "loss"
    with pytest.raises(
        DataError, match=r"gives 10 scores \(fc\) but the data has 3 classes. Set out_features of fc to 3"
    ):
        bind(scored(loss, 10), vectors())


def pixels(loss: Loss, channels: int) -> Graph:
    graph = chain(image=Input("image", (3, 8, 8)), conv=Conv2d(channels, (1, 1)), out=Output())
    return joined(graph.with_node("loss", Node(loss)), {"conv.output": "loss.prediction"})


@pytest.mark.parametrize("loss", [CrossEntropyLoss(), DiceLoss()])
def test_each_class_needs_a_score_at_every_pixel(loss: Loss) -> None:
    masks = data(Shape(8, 8, axes="HW", values="index"))
    assert bind(pixels(loss, 3), masks).classifier == ""
    with pytest.raises(DataError, match=r"gives 5 scores \(conv\) .* Set out_channels of conv to 3"):
        bind(pixels(loss, 5), masks)


def test_an_image_of_scores_wants_more_than_one_class() -> None:
    with pytest.raises(DataError, match=r"compares an image \(3 × 8 × 8\) with a map of indices \(8 × 8\)"):
        bind(pixels(CrossEntropyLoss(), 3), data(Shape(values="index")))


def test_one_score_tells_two_classes_apart() -> None:
    graph = scored(BCEWithLogitsLoss(), 1)
    assert bind(graph, vectors(("no", "yes"))).target == "label"
    total, _ = build(graph).losses(torch.zeros(2, 4), torch.tensor([0, 1]))  # type: ignore[operator]
    assert total.isfinite()
    with pytest.raises(DataError, match="Give the last layer 1 number for two classes"):
        bind(scored(BCEWithLogitsLoss(), 3), vectors())


def test_classes_are_no_numbers_to_compare_with() -> None:
    with pytest.raises(DataError, match=r"compares with real numbers, got a single index\. Use CrossEntropyLoss"):
        bind(scored(MSELoss(), 3), vectors())


def test_a_triplet_needs_no_target() -> None:
    graph = scored(TripletMarginLoss(), 3)
    graph = joined(graph, {"fc.output": "loss.positive"})
    graph = joined(graph, {"fc.output": "loss.negative"})
    assert bind(graph, vectors()).target == ""
