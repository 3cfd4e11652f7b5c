import math
from typing import Any

import pytest
import torch

from nodes.boundary import Input, Output
from nodes.graph.model import Graph, Link, Node
from nodes.loss import CrossEntropyLoss, Loss, MSELoss, MultiMarginLoss
from nodes.loss_classes import CTCLoss, DiceLoss, FocalLoss
from nodes.loss_numbers import GaussianKLLoss, HuberLoss, KLDivLoss, L1Loss, SmoothL1Loss
from nodes.loss_pairs import BCELoss, BCEWithLogitsLoss, CosineEmbeddingLoss, GIoULoss, TripletMarginLoss
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


def losses(loss: Loss, *values: torch.Tensor, kinds: tuple[Input, ...]) -> float:
    """The loss through the source, with every port wired to an input."""
    graph = Graph().with_node("loss", Node(loss)).with_node("out", Node(Output()))
    for port, kind in zip(loss.inputs(), kinds, strict=True):
        graph = graph.with_node(f"in_{port.name}", Node(kind)).with_link(
            Link(f"in_{port.name}", "output", "loss", port.name)
        )
    graph = joined(graph, {f"in_{loss.inputs()[0].name}.output": "out.x"})
    module: Any = build(graph)
    return float(module.losses(*values)[0])


VECTORS = (Input("vector", (2,)), Input("vector", (2,)))


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (MSELoss(), (1 + 9) / 2),
        (L1Loss(), (1 + 3) / 2),
        (SmoothL1Loss(beta=2), (1 / 4 + 2) / 2),
        (HuberLoss(delta=2), (1 / 2 + 2 * 2) / 2),
        (MSELoss(reduction="sum"), 10),
    ],
)
def test_numbers_are_compared_as_the_formulas_say(loss: Loss, expected: float) -> None:
    prediction, target = torch.tensor([[1.0, 3.0]]), torch.zeros(1, 2)
    assert losses(loss, prediction, target, kinds=VECTORS) == pytest.approx(expected)


def test_yes_and_no_begin_at_ln_2() -> None:
    answers = torch.tensor([[0.0, 1.0]])
    assert losses(BCEWithLogitsLoss(), torch.zeros(1, 2), answers, kinds=VECTORS) == pytest.approx(math.log(2))
    assert losses(BCELoss(), torch.full((1, 2), 0.5), answers, kinds=VECTORS) == pytest.approx(math.log(2))
    weighted = BCEWithLogitsLoss(pos_weight=(3,))
    assert losses(weighted, torch.zeros(1, 2), answers, kinds=VECTORS) == pytest.approx(2 * math.log(2))


def test_a_code_of_mean_1_and_variance_1_is_half_away_in_each_number() -> None:
    codes = torch.ones(4, 2), torch.zeros(4, 2)
    assert losses(GaussianKLLoss(), *codes, kinds=VECTORS) == pytest.approx(1)
    assert losses(GaussianKLLoss(reduction="sum"), *codes, kinds=VECTORS) == pytest.approx(4)


def test_equal_distributions_do_not_diverge_and_others_do() -> None:
    half, sure = torch.full((3, 2), 0.5), torch.tensor([[0.25, 0.75]] * 3)
    assert losses(KLDivLoss(), half.log(), half, kinds=VECTORS) == pytest.approx(0)
    expected = 0.25 * math.log(0.5) + 0.75 * math.log(1.5)
    assert losses(KLDivLoss(), half.log(), sure, kinds=VECTORS) == pytest.approx(expected)


def test_focal_loss_counts_less_what_is_right() -> None:
    scores, right = torch.tensor([[3.2, 5.1, -1.7]]), torch.tensor([0])
    kinds = (Input("vector", (3,)), Input("index", ()))
    plain = losses(FocalLoss(gamma=0), scores, right, kinds=kinds)
    p = math.exp(-plain)
    assert plain == pytest.approx(2.04, abs=0.005)
    assert losses(FocalLoss(gamma=2), scores, right, kinds=kinds) == pytest.approx((1 - p) ** 2 * plain)


def test_dice_is_nothing_for_the_right_map_and_all_for_the_wrong_one() -> None:
    kinds = (Input("image", (2, 2, 2)), Input("map", (2, 2), "index"))
    scores = torch.full((1, 2, 2, 2), -50.0)
    scores[:, 1] = 50.0
    loss = DiceLoss(smooth=0)
    assert losses(loss, scores, torch.ones(1, 2, 2, dtype=torch.long), kinds=kinds) == pytest.approx(0.5)
    assert losses(loss, scores, torch.zeros(1, 2, 2, dtype=torch.long), kinds=kinds) == pytest.approx(1)


def test_ctc_leaves_out_what_fills_the_target_up() -> None:
    scores = torch.randn(2, 6, 4, generator=torch.Generator().manual_seed(0))
    kinds = (Input("sequence", (6, 4)), Input("indices", (3,)))
    expected = torch.nn.functional.ctc_loss(
        scores.log_softmax(2).transpose(0, 1), torch.tensor([1, 2, 3]), (6, 6), (2, 1), reduction="sum"
    )
    for filling in (0, -1):
        target = torch.tensor([[1, 2, filling], [3, filling, filling]])
        got = losses(CTCLoss(reduction="sum"), scores, target, kinds=kinds)
        assert got == pytest.approx(float(expected), rel=1e-5)


def test_a_triplet_is_settled_once_the_negative_is_a_margin_further_away() -> None:
    kinds = (*VECTORS, Input("vector", (2,)))
    anchor, near, far = torch.zeros(1, 2), torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 2.5]])
    assert losses(TripletMarginLoss(), anchor, near, far, kinds=kinds) == pytest.approx(0, abs=1e-5)
    assert losses(TripletMarginLoss(), anchor, far, near, kinds=kinds) == pytest.approx(2.5, abs=1e-4)


def test_pairs_that_are_not_alike_may_stand_at_right_angles() -> None:
    kinds = (*VECTORS, Input("number", ()))
    first, second = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    assert losses(CosineEmbeddingLoss(), first, second, torch.tensor([1.0]), kinds=kinds) == pytest.approx(1)
    assert losses(CosineEmbeddingLoss(), first, second, torch.tensor([-1.0]), kinds=kinds) == pytest.approx(0)


def test_boxes_that_overlap_by_a_third_of_their_union() -> None:
    kinds = (Input("vector", (4,)), Input("vector", (4,)))
    first, second = torch.tensor([[0.0, 0, 2, 2]]), torch.tensor([[1.0, 0, 3, 2]])
    assert losses(GIoULoss(), first, second, kinds=kinds) == pytest.approx(1 - 1 / 3, abs=1e-5)
