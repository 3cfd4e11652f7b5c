"""More losses of scores and classes: log-probabilities, hard samples, several right classes, areas, labels."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from nodes.loss import PROBABILITIES, SCORES, ClassLoss, Loss, classes_first, first_loss
from nodes.spec.fixes import insert, replace_by, set_to
from nodes.spec.node_type import Arithmetic, Room, node_type
from nodes.spec.settings import flag, integer, real
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import Size


@node_type(
    "nll_loss", title="Negative log-likelihood", torch_name="NLLLoss", example=SCORES, stem="loss",
    also=("log likelihood", "classification", "negative log likelihood"),
)  # fmt: skip
class NLLLoss(ClassLoss):
    """Lowers −(the number at the right class): with Log softmax before it, the cross-entropy loss.

    It takes logarithms of probabilities: without a Log softmax before it, it falls without end.

    Shape:   C logarithms and one index -> one number. A sequence or an image is judged at every position.
    Weights: none.
    Errors:  no axis of classes; a target that does not fit the prediction; class weights of another number.
    """

    ignore_index: int = integer(
        -100, low=-1_000_000, high=1_000_000, doc="Targets with this index count nothing.", advanced=True
    )

    def arithmetic(self, prediction: Shape, target: Shape | None = None) -> tuple[Arithmetic, ...]:
        return first_loss(self._classes(prediction))

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        scores = inputs[0] if inputs else None
        return self._call("F.nll_loss", classes_first(values[0], scores), values[1], self._weighted(layer))


@node_type(
    "focal_loss", title="Focal loss", torch_name="FocalLoss", example=SCORES, stem="loss",
    also=("RetinaNet", "imbalance", "hard examples"),
)  # fmt: skip
class FocalLoss(ClassLoss):
    """Lowers (1 − p)^gamma · (−ln p) for the probability p of the right class: what is easy counts little.

    With gamma 0 it is the cross-entropy loss. It takes scores as they come: put no Softmax before it.

    Shape:   C scores and one index -> one number. A sequence or an image is judged at every position.
    Weights: none.
    Errors:  no axis of classes; a target that does not fit the prediction; class weights of another number.
    Source:  Lin, Goyal, Girshick, He & Dollár 2017, arXiv:1708.02002.
    """

    keeps_input: ClassVar[bool] = False  # but the probabilities and their logarithms

    gamma: float = real(2.0, low=0.0, high=10.0, doc="How much less counts what is right already.")

    def kept_bytes(self, prediction: Shape, target: Shape | None = None) -> Size:
        return 2 * prediction.bytes

    def room(self, prediction: Shape, target: Shape | None = None) -> Room:
        return Room(per_sample=prediction.bytes)

    def arithmetic(self, prediction: Shape, target: Shape | None = None) -> tuple[Arithmetic, ...]:
        classes = self._classes(prediction)
        if not isinstance(classes, int):
            return ()
        first = (1 - 1 / classes) ** self.gamma * math.log(classes)
        return (
            Arithmetic("First loss to expect", (f"(1 − 1/{classes})^{self.gamma:g} · ln {classes} = {first:.3f}",)),
        )

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        scores = inputs[0] if inputs else None
        return self._call("focal_loss", classes_first(values[0], scores), values[1], self._weighted(layer))


@node_type(
    "multi_label_margin_loss", title="Multi-label hinge loss", torch_name="MultiLabelMarginLoss",
    example=(Shape(10), Shape(10, axes="L", values="index")), stem="loss", also=("several classes", "tags"),
)  # fmt: skip
class MultiLabelMarginLoss(Loss):
    """Lowers Σ max(0, 1 − (s_y − s_j)) / C over the right classes y and the wrong ones j: several can be right.

    The target lists the right classes and is filled up to C with −1.

    Shape:   C scores and C indices -> one number.
    Weights: none.
    Errors:  not a vector; a target that is not as many indices.
    """

    judges_classes: ClassVar[bool] = True

    def shape(self, prediction: Shape, target: Shape | None = None) -> Shape:
        if prediction.as_real(self.title).axes != "C":
            raise ShapeError(
                f"{self.title} expects a vector of scores, got {prediction.described()}.",
                "Insert a Flatten and a Linear before it.",
                port="prediction",
                kind="rank",
                fixes=(insert("flatten", port="prediction"),),
            )
        if target is not None and (target.values != "index" or not self._is_as_long(target, prediction)):
            raise ShapeError(
                f"{self.title} compares {prediction} scores with as many indices, got {target.described()}.",
                "Connect the right classes, filled up with −1; for a single right class use MultiMarginLoss.",
                port="target",
                kind="values" if target.values != "index" else "sizes",
                fixes=(replace_by("multi_margin_loss"),) if not target else (),
            )
        return Shape()

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        return self._call("F.multilabel_margin_loss", *values)

    @staticmethod
    def _is_as_long(target: Shape, prediction: Shape) -> bool:
        """Whether it can be: a length that is not known is trusted."""
        return len(target) == 1 and (target == tuple(prediction) or not target.is_known)


@node_type(
    "dice_loss", title="Dice loss", torch_name="DiceLoss",
    example=(Shape(11, 32, 32), Shape(32, 32, axes="HW", values="index")), stem="loss",
    also=("segmentation", "overlap", "F1", "V-Net"),
)  # fmt: skip
class DiceLoss(Loss):
    """Lowers 1 − 2 · overlap / (sum of both) for each class: rare classes count as much as common ones.

    It takes scores as they come. Against a map of classes it makes probabilities of them by softmax, against masks
    like the prediction by sigmoid.

    Shape:   C × H × W scores and H × W indices, or C × H × W masks, -> one number; signals and volumes likewise.
    Weights: none.
    Errors:  no positions behind the classes; a target that does not fit the prediction.
    Source:  Milletari, Navab & Ahmadi 2016, arXiv:1606.04797.
    """

    judges_classes: ClassVar[bool] = True

    smooth: float = real(
        1.0, low=0.0, high=1e6, doc="Added above and below the line, so that empty masks count well."
    )

    def target_range(self) -> tuple[float, float] | None:
        return PROBABILITIES

    def shape(self, prediction: Shape, target: Shape | None = None) -> Shape:
        if prediction.as_real(self.title).axes not in ("CL", "CHW", "CDHW"):
            raise ShapeError(
                f"{self.title} compares areas, got {prediction.described()}.",
                "Feed it an image of scores, or use CrossEntropyLoss.",
                port="prediction",
                kind="rank",
                fixes=(replace_by("cross_entropy_loss"),),
            )
        if target is None:
            return Shape()
        wanted = prediction if target.values == "real" else prediction[1:]
        if tuple(target) != tuple(wanted):
            raise ShapeError(
                f"{self.title} compares {prediction.described()} with a class or a mask at every position, "
                f"got {target.described()}.",
                "Connect a map of classes of the same height and width.",
                port="target",
                kind="sizes",
            )
        return Shape()

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        return self._call("dice_loss", *values)


@node_type(
    "ctc_loss", title="CTC loss", torch_name="CTCLoss",
    example=(Shape(50, 28), Shape(12, axes="L", values="index")), stem="loss",
    also=("connectionist temporal classification", "speech", "handwriting", "alignment"),
)  # fmt: skip
class CTCLoss(Loss):
    """Lowers −ln of the probability of a sequence of labels, over all ways of spreading it over the steps.

    It takes scores at every step of the whole sequence. The target lists the labels and is filled up with the
    blank's index (or −1): those are not counted. PyTorch's ``mean`` divides by the number of labels first.

    Shape:   L × C scores and S indices, S at most L, -> one number.
    Weights: none.
    Errors:  not a sequence; a target that is not a row of indices; blank outside the classes.
    Source:  Graves, Fernández, Gomez & Schmidhuber 2006, "Connectionist Temporal Classification".
    """

    blank: int = integer(0, low=0, high=1_000_000, doc="The class that stands for no label.")
    zero_infinity: bool = flag(False, doc="Count labels that cannot fit the steps as 0 and not as infinity.")

    def shape(self, prediction: Shape, target: Shape | None = None) -> Shape:
        _, classes = prediction.as_sequence(self.title)
        if isinstance(classes, int) and self.blank >= classes:
            raise ShapeError(
                f"blank {self.blank} is none of the {classes} classes, which count from 0.",
                f"Set blank to {classes - 1} or less.",
                parameter="blank",
                kind="setting",
                fixes=(set_to(blank=0),),
            )
        if target is not None and (target.axes != "L" or target.values != "index"):
            raise ShapeError(
                f"{self.title} compares with a row of labels, got {target.described()}.",
                "Connect the labels as indices, filled up with the blank's.",
                port="target",
                kind="values" if target.values != "index" else "rank",
            )
        return Shape()

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        return self._call("ctc_of_scores", *values)
