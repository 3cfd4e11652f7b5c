"""Losses of yes and no, of pairs and triplets, and of boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from nodes.loss import NUMBERS, PROBABILITIES, Comparison, Loss, require_same_sizes
from nodes.spec.fixes import insert, set_to
from nodes.spec.node_type import Arithmetic, node_type
from nodes.spec.settings import choice, flag, numbers, real
from nodes.spec.shapes import Shape, ShapeError


@dataclass(frozen=True)
class YesOrNo(Comparison):
    """A loss that compares each number with 0 or 1. Indices serve as target where there are as many of them."""

    yes: ClassVar[float] = 0.0  # a larger number means it

    def target_range(self) -> tuple[float, float] | None:
        return PROBABILITIES

    def shape(self, prediction: Shape, target: Shape | None = None) -> Shape:
        prediction.as_real(self.title)
        without_channel = tuple(size for size, axis in zip(prediction, prediction.axes, strict=True) if axis != "C")
        is_one = "C" in prediction.axes and prediction[prediction.axes.index("C")] == 1
        if target is not None and target.values == "index":
            if tuple(target) == tuple(prediction) or (is_one and tuple(target) == without_channel):
                return Shape()
            raise ShapeError(
                f"{self.title} compares {prediction.described()} with a 0 or 1 for each number, "
                f"got {target.described()}.",
                "Give the last layer 1 number for two classes, or use CrossEntropyLoss for more.",
                port="prediction",
                kind="sizes",
                fixes=(insert("linear", port="prediction", out_features=1),) if prediction.axes == "C" else (),
            )
        require_same_sizes(self.title, prediction, target)
        return Shape()

    def _target(self, values: tuple[Any, ...], inputs: tuple[Shape | None, ...]) -> str:
        """The target as the call wants it: real numbers laid out like the prediction."""
        scores, target = (*inputs, None, None)[:2]
        if target is not None and target.values == "real":
            return str(values[1])
        if scores is not None and target is not None:
            self.shape(scores, target)  # laid out anew, any target of as many numbers would pass
        return f"as_judged({values[1]}, {values[0]})"

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        return self._call(self.function, values[0], self._target(values, inputs))


@node_type(
    "bce_with_logits_loss", title="Binary cross-entropy of scores", torch_name="BCEWithLogitsLoss", example=NUMBERS,
    stem="loss",
    also=("sigmoid", "binary classification", "multi-label", "GAN", "discriminator", "logistic regression"),
)  # fmt: skip
class BCEWithLogitsLoss(YesOrNo):
    """Lowers −ln of the probability that sigmoid gives the right answer, yes or no, for each number by itself.

    For two classes one score is enough; for tags give one score each. It takes scores as they come: put no Sigmoid
    before it.

    Shape:   any value and zeros and ones of the same sizes -> one number. One score takes an index 0 or 1 too.
    Weights: none.
    Errors:  the sizes differ; pos_weight of another number.
    """

    function: ClassVar[str] = "F.binary_cross_entropy_with_logits"

    pos_weight: tuple[float, ...] = numbers(
        low=0.0, high=1e6, doc="How much a yes counts: one factor, or one for each channel; empty: 1.", advanced=True
    )

    def shape(self, prediction: Shape, target: Shape | None = None) -> Shape:
        count = prediction[prediction.axes.index("C")] if "C" in prediction.axes else 1
        if len(self.pos_weight) > 1 and len(self.pos_weight) != count:
            raise ShapeError(
                f"pos_weight has {len(self.pos_weight)} factors for {count} channels.",
                f"Set pos_weight to {count} numbers, to one or to none.",
                parameter="pos_weight",
                kind="setting",
                fixes=(set_to(pos_weight=()), set_to(pos_weight=self.pos_weight[:1])),
            )
        return super().shape(prediction, target)

    def buffers(self, prediction: Shape, target: Shape | None = None) -> dict[str, Shape]:
        return (
            {"value": Shape(*self._sizes(prediction), axes="C" * len(self._sizes(prediction)))}
            if self.pos_weight
            else {}
        )

    def module(self, prediction: Shape, target: Shape | None = None) -> str:
        if not self.pos_weight:
            return ""
        sizes = self._sizes(prediction)
        laid_out = f".reshape({sizes})" if len(sizes) > 1 else ""
        return f"FixedValue(torch.tensor({list(self.pos_weight)!r}){laid_out})"

    def arithmetic(self, prediction: Shape, target: Shape | None = None) -> tuple[Arithmetic, ...]:
        return (Arithmetic("First loss to expect", ("ln 2 = 0.693",)),)

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        weighted = f"pos_weight={layer}.value" if self.pos_weight else ""
        return self._call(self.function, values[0], self._target(values, inputs), weighted, skip=("pos_weight",))

    def _sizes(self, prediction: Shape) -> tuple[int, ...]:
        """The factors laid out so that they meet the channels."""
        behind = len(prediction) - 1 - prediction.axes.index("C") if "C" in prediction.axes else 0
        return (len(self.pos_weight), *[1] * (behind if len(self.pos_weight) > 1 else 0))


@node_type(
    "bce_loss", title="Binary cross-entropy", torch_name="BCELoss", example=NUMBERS, stem="loss",
    also=("sigmoid", "binary classification", "reconstruction"),
)  # fmt: skip
class BCELoss(YesOrNo):
    """Lowers −ln of the probability of the right answer, yes or no, for each number by itself.

    The prediction holds probabilities, as Sigmoid gives them. BCEWithLogitsLoss takes the scores before it, which
    is more exact.

    Shape:   any value and zeros and ones of the same sizes -> one number. One probability takes an index too.
    Weights: none.
    Errors:  the sizes differ.
    """

    yes: ClassVar[float] = 0.5
    function: ClassVar[str] = "F.binary_cross_entropy"

    def arithmetic(self, prediction: Shape, target: Shape | None = None) -> tuple[Arithmetic, ...]:
        return (Arithmetic("First loss to expect", ("ln 2 = 0.693",)),)


@node_type(
    "sigmoid_focal_loss", title="Focal loss of yes and no", torch_name="SigmoidFocalLoss", example=NUMBERS,
    stem="loss", also=("RetinaNet", "imbalance", "detection"),
)  # fmt: skip
class SigmoidFocalLoss(YesOrNo):
    """Lowers the binary cross-entropy of scores times (1 − p)^gamma: what is right already counts little.

    It takes scores as they come: put no Sigmoid before it.

    Shape:   any value and zeros and ones of the same sizes -> one number.
    Weights: none.
    Errors:  the sizes differ.
    Source:  Lin, Goyal, Girshick, He & Dollár 2017, arXiv:1708.02002.
    """

    function: ClassVar[str] = "ops.sigmoid_focal_loss"

    alpha: float = real(0.25, low=0.0, high=1.0, doc="How much a yes counts; a no counts 1 − alpha.")
    gamma: float = real(2.0, low=0.0, high=10.0, doc="How much less counts what is right already.")

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        # torchvision gives the loss of each number unless it is told otherwise
        reduction = f"reduction={self.reduction!r}"
        return self._call(self.function, values[0], self._target(values, inputs), reduction, skip=("reduction",))


@node_type(
    "cosine_embedding_loss", title="Cosine embedding loss", torch_name="CosineEmbeddingLoss",
    example=(Shape(64), Shape(64), Shape()), stem="loss",
    also=("similarity", "siamese", "metric learning", "contrastive"),
)  # fmt: skip
class CosineEmbeddingLoss(Loss):
    """Brings vectors of alike pairs to the same direction, and others further apart than margin.

    The target is 1 for a pair that is alike, −1 for one that is not: 1 − cos or max(0, cos − margin).

    Shape:   C and C, and one number 1 or −1 -> one number.
    Weights: none.
    Errors:  not vectors of one length; a target that is not a single number.
    """

    margin: float = real(0.0, low=-1.0, high=1.0, doc="The cosine below which other pairs count nothing.")

    def shape(self, x1: Shape, x2: Shape, target: Shape | None = None) -> Shape:
        for port, x in (("x1", x1), ("x2", x2)):
            if x.as_real(self.title).axes != "C":
                raise ShapeError(
                    f"{self.title} compares vectors, got {x.described()}.",
                    "Insert a Flatten before it.",
                    port=port,
                    kind="rank",
                    fixes=(insert("flatten", port=port),) if x else (),
                )
        require_same_sizes(self.title, x1, x2, "x2")
        if target is not None and target:
            raise ShapeError(
                f"{self.title} wants a single number, 1 or −1, for each pair, got {target.described()}.",
                "Connect a single number.",
                port="target",
                kind="sizes",
            )
        return Shape()

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        return self._call("F.cosine_embedding_loss", *values)


@node_type(
    "triplet_margin_loss", title="Triplet loss", torch_name="TripletMarginLoss",
    example=(Shape(64), Shape(64), Shape(64)), stem="loss",
    also=("FaceNet", "siamese", "metric learning", "contrastive", "anchor"),
)  # fmt: skip
class TripletMarginLoss(Loss):
    """Lowers max(0, d(anchor, positive) − d(anchor, negative) + margin): like comes closer than unlike.

    All three usually come from one network with shared weights. It compares with no target.

    Shape:   three vectors of one length -> one number.
    Weights: none.
    Errors:  not vectors of one length.
    Source:  Schroff, Kalenichenko & Philbin 2015, arXiv:1503.03832.
    """

    margin: float = real(1.0, low=1e-6, high=1e6, doc="How much further away the negative has to be.")
    p: float = real(2.0, low=1.0, high=100.0, doc="Power of the distance: 2 is the usual one.")
    eps: float = real(
        1e-6, low=0.0, high=1.0, doc="Added to differences, so that distances have a slope.", advanced=True
    )
    swap: bool = flag(
        False, doc="Take the distance of positive and negative where it is shorter than the anchor's.", advanced=True
    )

    def shape(self, anchor: Shape, positive: Shape, negative: Shape) -> Shape:
        for port, x in (("positive", positive), ("negative", negative)):
            require_same_sizes(self.title, anchor, x, port)
        if anchor.axes != "C":
            raise ShapeError(
                f"{self.title} compares vectors, got {anchor.described()}.",
                "Insert a Flatten before it.",
                port="anchor",
                kind="rank",
                fixes=(insert("flatten", port="anchor"),) if anchor else (),
            )
        return Shape()

    def arithmetic(self, anchor: Shape, positive: Shape, negative: Shape) -> tuple[Arithmetic, ...]:
        return (Arithmetic("First loss to expect", (f"margin = {self.margin:g}, while all distances are alike",)),)

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        return self._call("F.triplet_margin_loss", *values)


@node_type(
    "giou_loss", title="Box overlap loss (GIoU)", torch_name="GIoULoss", example=(Shape(16, 4), Shape(16, 4)),
    stem="loss", also=("IoU", "detection", "bounding box", "localisation", "YOLO"),
)  # fmt: skip
class GIoULoss(Loss):
    """Lowers 1 − overlap / union of two boxes, and tells boxes apart that do not touch by the gap between them.

    Boxes are x1, y1, x2, y2 in pixels of the input.

    Shape:   L × 4, or one box of 4, and as many -> one number.
    Weights: none.
    Errors:  not four numbers for each box; another number of boxes.
    Source:  Rezatofighi et al. 2019, arXiv:1902.09630.
    """

    reduction: str = choice("mean", "mean", "sum", doc="What becomes of the losses of a batch.")

    def shape(self, prediction: Shape, target: Shape | None = None) -> Shape:
        if prediction.as_real(self.title).axes not in ("C", "LC") or prediction[-1] != 4:
            raise ShapeError(
                f"{self.title} expects boxes of 4 numbers, got {prediction.described()}.",
                "Give the last layer 4 numbers for each box: x1, y1, x2, y2.",
                port="prediction",
                kind="boxes",
                fixes=(insert("linear", port="prediction", out_features=4),)
                if prediction.axes in ("C", "LC")
                else (),
            )
        require_same_sizes(self.title, prediction, target)
        return Shape()

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        reduction = f"reduction={self.reduction!r}"
        return self._call("ops.generalized_box_iou_loss", *values, reduction, skip=("reduction",))
