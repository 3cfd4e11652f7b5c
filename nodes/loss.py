"""Losses: what training lowers, and the three that most networks use. Left out of what is exported."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from nodes.spec.fixes import insert, replace_by, set_to
from nodes.spec.node_type import Arithmetic, NodeType, Room, call_with, node_type
from nodes.spec.settings import choice, integer, numbers, real
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import Size

PROBABILITIES = (0.0, 1.0)
NUMBERS = (Shape(10), Shape(10))
SCORES = (Shape(10), Shape(values="index"))


@dataclass(frozen=True)
class Loss(NodeType):
    """What the losses share. A target without a link is the target of the data set."""

    is_loss: ClassVar[bool] = True
    judges_classes: ClassVar[bool] = False  # its prediction holds one score for each class of the data

    weight: float = real(1.0, low=0.0, high=1e6, doc="The training loss is the sum of all losses, each times this.")
    reduction: str = choice("mean", "mean", "sum", doc="What becomes of the losses of a batch.")

    def summary(self) -> str:
        return self.torch_name if self.weight == 1 else f"{self.torch_name} · {self.weight:g} ×"

    def target_range(self) -> tuple[float, float] | None:
        """Between which real numbers of a target lie, where they mean something as they are; None: any do."""
        return None

    def _call(self, function: str, *values: str, skip: tuple[str, ...] = ()) -> str:
        """Source of the call with those settings that differ from PyTorch's own."""
        named = call_with(self, "", skip=("weight", "class_weight", *skip))[1:-1]
        return f"{function}({', '.join(filter(None, (*values, named)))})"


def require_same_sizes(title: str, prediction: Shape, other: Shape | None, port: str = "target") -> None:
    """Checks that what is compared number by number has one size. Raises ShapeError."""
    prediction.as_real(title)
    if other is None:
        return
    if other.values == "index":
        raise ShapeError(
            f"{title} compares with real numbers, got {other.described()}.",
            "Use CrossEntropyLoss, which takes classes as indices, or turn them into numbers by a one-hot.",
            port=port,
            kind="values",
            fixes=(replace_by("cross_entropy_loss"),),
        )
    if tuple(other) != tuple(prediction):
        raise ShapeError(
            f"{title} compares values of the same sizes, got {prediction} and {other}.",
            f"Connect a {port} of {prediction}.",
            port=port,
            kind="sizes",
        )


@dataclass(frozen=True)
class Comparison(Loss):
    """A loss that compares number with number."""

    function: ClassVar[str]

    def shape(self, prediction: Shape, target: Shape | None = None) -> Shape:
        require_same_sizes(self.title, prediction, target)
        return Shape()

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        return self._call(self.function, *values)


@node_type(
    "mse_loss", title="Mean squared error", torch_name="MSELoss", example=NUMBERS, stem="loss",
    also=("L2", "regression", "reconstruction", "autoencoder", "least squares", "Euclidean"),
)  # fmt: skip
class MSELoss(Comparison):
    """Lowers the squared difference between prediction and target. Outliers weigh much.

    With the network's input wired to ``target`` it makes an autoencoder.

    Shape:   any value and another of the same sizes -> one number.
    Weights: none.
    Errors:  the sizes differ; a target of indices.
    """

    function: ClassVar[str] = "F.mse_loss"


@dataclass(frozen=True)
class ClassLoss(Loss):
    """A loss that compares scores of classes with the right class."""

    judges_classes: ClassVar[bool] = True

    class_weight: tuple[float, ...] = numbers(
        low=0.0,
        high=1e6,
        doc="One factor for each class, for classes that are rare; empty: all alike.",
        advanced=True,
    )

    def shape(self, prediction: Shape, target: Shape | None = None) -> Shape:
        self._classes(prediction)
        if target is not None:
            self._require_class_target(prediction, target)
        return Shape()

    def buffers(self, prediction: Shape, target: Shape | None = None) -> dict[str, Shape]:
        return {"value": Shape(len(self.class_weight))} if self.class_weight else {}

    def module(self, prediction: Shape, target: Shape | None = None) -> str:
        # A layer holds them, so that they move to the device once and not at every step.
        return f"FixedValue(torch.tensor({list(self.class_weight)!r}))" if self.class_weight else ""

    def _weighted(self, layer: str) -> str:
        """The class weights as an argument."""
        return f"weight={layer}.value" if self.class_weight else ""

    def _classes(self, prediction: Shape) -> Size:
        """How many classes there are, after checking that there is a weight for each."""
        prediction.as_real(self.title)
        if "C" not in prediction.axes:
            raise ShapeError(
                f"{self.title} expects scores of classes, got {prediction.described()}.",
                "Feed it a vector with one score for each class, such as the output of a Linear.",
                port="prediction",
                kind="rank",
                fixes=(insert("flatten", port="prediction"),) if prediction else (),
            )
        classes = prediction[prediction.axes.index("C")]
        if self.class_weight and len(self.class_weight) != classes:
            raise ShapeError(
                f"There are {len(self.class_weight)} class weights for {classes} classes.",
                f"Set class_weight to {classes} numbers, or to none.",
                parameter="class_weight",
                kind="setting",
                fixes=(set_to(class_weight=()),),
            )
        return classes

    def _require_class_target(self, prediction: Shape, target: Shape) -> None:
        """One index wherever there are scores."""
        kept = [number for number, axis in enumerate(prediction.axes) if axis != "C"]
        wanted = Shape(*(prediction[n] for n in kept), axes="".join(prediction.axes[n] for n in kept), values="index")
        if tuple(target) == wanted and target.values == "index":
            return
        is_single = not target and target.values == "index"  # one class for a whole picture
        raise ShapeError(
            f"{self.title} compares {prediction.described()} with {wanted.described()}, got {target.described()}.",
            "Connect the right classes as indices, or leave target open for that of the data set.",
            port="prediction" if is_single else "target",
            kind="values" if target.values != "index" else "sizes",
            fixes=(insert("flatten", port="prediction"), insert("mean", port="prediction", dim="HW"))
            if is_single and prediction.axes == "CHW"
            else (replace_by("mse_loss"),)
            if target == tuple(prediction)
            else (),
        )


def classes_first(value: str, shape: Shape | None) -> str:
    """Source that brings the axis of classes right behind the batch, where PyTorch wants it."""
    axis = shape.axes.index("C") if shape is not None else 0
    return f"{value}.movedim({axis + 1}, 1)" if axis else value


@node_type(
    "cross_entropy_loss", title="Cross-entropy loss", torch_name="CrossEntropyLoss", example=SCORES, stem="loss",
    also=("softmax classifier", "log loss", "classification", "segmentation", "log likelihood", "logistic"),
)  # fmt: skip
class CrossEntropyLoss(ClassLoss):
    """Lowers −ln of the probability that softmax gives the right class: the softmax classifier's loss.

    It takes scores as they come: put no Softmax before it.

    Shape:   C scores and one index, or C probabilities, -> one number. A sequence or an image of scores is judged
             at every position, against indices L or H × W.
    Weights: none.
    Errors:  no axis of classes; a target that does not fit the prediction; class weights of another number.
    """

    keeps_input: ClassVar[bool] = False  # but the logarithms of the probabilities

    label_smoothing: float = real(
        0.0, low=0.0, high=1.0, doc="Share of the right class's probability that is spread over all."
    )
    ignore_index: int = integer(
        -100, low=-1_000_000, high=1_000_000, doc="Targets with this index count nothing.", advanced=True
    )

    def target_range(self) -> tuple[float, float] | None:
        return PROBABILITIES

    def shape(self, prediction: Shape, target: Shape | None = None) -> Shape:
        self._classes(prediction)
        if target is None:
            return Shape()
        if target.values == "index":
            self._require_class_target(prediction, target)
        elif target != tuple(prediction):
            raise ShapeError(
                f"{self.title} compares {prediction.described()} with as many probabilities, "
                f"got {target.described()}.",
                "Connect one probability for each score, or the right classes as indices.",
                port="target",
                kind="sizes",
            )
        elif self.ignore_index >= 0:
            raise ShapeError(
                "Where the target holds probabilities, no index can be ignored.",
                "Set ignore_index to −100, or feed the right classes as indices.",
                parameter="ignore_index",
                kind="setting",
                fixes=(set_to(ignore_index=-100),),
            )
        return Shape()

    def kept_bytes(self, prediction: Shape, target: Shape | None = None) -> Size:
        return prediction.bytes

    def room(self, prediction: Shape, target: Shape | None = None) -> Room:
        """The gradient of the logarithms, before it becomes that of the scores."""
        return Room(per_sample=prediction.bytes)

    def arithmetic(self, prediction: Shape, target: Shape | None = None) -> tuple[Arithmetic, ...]:
        return first_loss(self._classes(prediction))

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        prediction, target = values
        scores, wanted = (*inputs, None, None)[:2]
        if wanted is not None and wanted.values == "real":
            target = classes_first(target, scores)
        return self._call("F.cross_entropy", classes_first(prediction, scores), target, self._weighted(layer))


def first_loss(classes: Size) -> tuple[Arithmetic, ...]:
    """What a loss of −ln p begins with, when all classes are equally likely."""
    if not isinstance(classes, int):
        return ()
    return (Arithmetic("First loss to expect", (f"ln {classes} = {math.log(classes):.3f}",)),)


@node_type(
    "multi_margin_loss", title="Multi-class hinge loss", torch_name="MultiMarginLoss", example=SCORES, stem="loss",
    also=("SVM", "hinge", "margin"),
)  # fmt: skip
class MultiMarginLoss(ClassLoss):
    """Lowers Σ max(0, margin + s_j − s_y) over the wrong classes j, divided by the number of classes: the SVM's loss.

    The lectures do not divide: their 2.9 for three classes is 0.967 here.

    Shape:   C scores and one index -> one number. A sequence of scores is judged at every step.
    Weights: none.
    Errors:  neither a vector nor a sequence; a target that does not fit; class weights of another number.
    Source:  Weston & Watkins 1999, "Support Vector Machines for Multi-Class Pattern Recognition".
    """

    p: int = integer(1, low=1, high=2, doc="Power of each term: 1, or 2 for the squared hinge.")
    margin: float = real(1.0, low=0.0, high=1e6, doc="How far ahead the right class has to be.")

    def shape(self, prediction: Shape, target: Shape | None = None) -> Shape:
        self._classes(prediction)
        if prediction.axes not in ("C", "LC"):
            raise ShapeError(
                f"{self.title} expects a vector or a sequence of scores, got {prediction.described()}.",
                "Insert a Flatten and a Linear before it, or use CrossEntropyLoss.",
                port="prediction",
                kind="rank",
                fixes=(insert("flatten", port="prediction"), replace_by("cross_entropy_loss")),
            )
        if target is not None:
            self._require_class_target(prediction, target)
        return Shape()

    def arithmetic(self, prediction: Shape, target: Shape | None = None) -> tuple[Arithmetic, ...]:
        classes = self._classes(prediction)
        if not isinstance(classes, int):
            return ()
        first = (classes - 1) * self.margin**self.p / classes
        margin = f" · {self.margin:g}{'²' if self.p == 2 else ''}" if self.margin != 1 else ""
        return (Arithmetic("First loss to expect", (f"({classes} − 1){margin} / {classes} = {first:.3f}",)),)

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        prediction, target = values
        if inputs and inputs[0] is not None and inputs[0].axes == "LC":
            prediction, target = f"{prediction}.flatten(0, 1)", f"{target}.flatten()"
        return self._call("F.multi_margin_loss", prediction, target, self._weighted(layer))
