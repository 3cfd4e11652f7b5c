import math
from typing import Any

import pytest
import torch

from nodes.boundary import Input, Output
from nodes.graph.model import Node
from nodes.loss import CrossEntropyLoss, Loss, MSELoss, MultiMarginLoss
from nodes.spec.shapes import Shape, ShapeError
from runtime.compile import build
from tests.nodes.drawing import chain, joined

SCORES = {"cat": ([3.2, 5.1, -1.7], 0), "car": ([1.3, 4.9, 2.0], 1), "frog": ([2.2, 2.5, -3.1], 2)}
INDEX = Shape(values="index")


def value(loss: Loss, scores: list[float], right: int) -> float:
    graph = chain(scores=Input("vector", (len(scores),)), out=Output()).with_node("loss", Node(loss))
    module: Any = build(joined(graph, {"scores.output": "loss.prediction"}))
    total, _ = module.losses(torch.tensor([scores]), torch.tensor([right]))
    return float(total)


@pytest.mark.parametrize(("picture", "hinge"), [("cat", 2.9), ("car", 0.0), ("frog", 12.9)])
def test_svm_loss_of_the_lectures(picture: str, hinge: float) -> None:
    assert value(MultiMarginLoss(), *SCORES[picture]) == pytest.approx(hinge / 3)  # PyTorch divides by the classes


def test_softmax_loss_of_the_lectures() -> None:
    cat = value(CrossEntropyLoss(), *SCORES["cat"])
    assert cat == pytest.approx(2.04, abs=0.005)
    assert cat / math.log(10) == pytest.approx(0.89, abs=0.005)


def test_first_loss_to_expect_of_ten_classes() -> None:
    assert CrossEntropyLoss().arithmetic(Shape(10))[0].lines == ("ln 10 = 2.303",)
    assert MultiMarginLoss().arithmetic(Shape(10))[0].lines == ("(10 − 1) / 10 = 0.900",)
    assert value(CrossEntropyLoss(), [0.0] * 10, 3) == pytest.approx(2.303, abs=0.0005)


def test_the_weight_scales_the_loss() -> None:
    assert value(CrossEntropyLoss(weight=0.5), *SCORES["cat"]) == pytest.approx(2.04 / 2, abs=0.005)


def test_class_weights_wait_on_the_device_in_a_layer_that_is_not_saved() -> None:
    loss = CrossEntropyLoss(class_weight=(1, 2))
    assert loss.module(Shape(2)) == "FixedValue(torch.tensor([1.0, 2.0]))"
    assert loss.expression("self.loss", "fc3", "target") == "F.cross_entropy(fc3, target, weight=self.loss.value)"
    graph = chain(scores=Input("vector", (2,)), out=Output()).with_node("loss", Node(loss))
    module: Any = build(joined(graph, {"scores.output": "loss.prediction"}))
    assert not module.state_dict()
    total, _ = module.losses(torch.tensor([[0.0, 0.0], [0.0, 2.0]]), torch.tensor([0, 1]))
    assert float(total) == pytest.approx((math.log(2) + 2 * math.log(1 + math.exp(-2))) / 3)


def test_settings_that_differ_are_written() -> None:
    loss = CrossEntropyLoss(label_smoothing=0.1, ignore_index=0, reduction="sum")
    assert loss.expression("", "fc3", "target") == (
        "F.cross_entropy(fc3, target, reduction='sum', label_smoothing=0.1, ignore_index=0)"
    )


def test_a_sequence_is_judged_at_every_step() -> None:
    loss, steps = CrossEntropyLoss(), Shape("L", 65)
    assert loss.shape(steps, Shape("L", axes="L", values="index")) == ()
    assert loss.expression("", "fc", "target", inputs=(steps, None)) == "F.cross_entropy(fc.movedim(2, 1), target)"


def test_an_image_of_scores_is_judged_at_every_pixel() -> None:
    pixels = Shape(8, 8, axes="HW", values="index")
    assert CrossEntropyLoss().shape(Shape(11, 8, 8), pixels) == ()


def test_as_many_class_weights_as_classes() -> None:
    with pytest.raises(ShapeError, match="There are 2 class weights for 10 classes") as refused:
        MultiMarginLoss(class_weight=(1, 2)).shape(Shape(10))
    assert refused.value.parameter == "class_weight"


def test_the_target_has_to_fit() -> None:
    with pytest.raises(ShapeError, match=r"compares a vector \(10\) with a single index"):
        CrossEntropyLoss().shape(Shape(10), Shape(3, axes="L", values="index"))
    with pytest.raises(ShapeError, match="values of the same sizes, got 10 and 9"):
        MSELoss().shape(Shape(10), Shape(9))


def test_an_autoencoder_compares_with_its_input() -> None:
    image = Shape(1, 28, 28)
    assert MSELoss().shape(image, image) == ()
    assert MSELoss().expression("", "decoded", "image") == "F.mse_loss(decoded, image)"


def test_probabilities_as_target_cannot_ignore_an_index() -> None:
    assert CrossEntropyLoss().shape(Shape(10), Shape(10)) == ()
    with pytest.raises(ShapeError, match="no index can be ignored"):
        CrossEntropyLoss(ignore_index=0).shape(Shape(10), Shape(10))


def test_losses_are_marked_as_such() -> None:
    assert CrossEntropyLoss.is_loss
    assert CrossEntropyLoss().module(Shape(10), INDEX) == ""
