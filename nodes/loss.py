"""Losses: what training lowers. Left out of what is exported."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from nodes.spec.node_type import Arithmetic, NodeType, call_with, node_type
from nodes.spec.settings import choice, integer, numbers, real
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import Size


@dataclass(frozen=True)
class Loss(NodeType):
    """What the losses share. A target without a link is the target of the data set."""

    is_loss: ClassVar[bool] = True

    weight: float = real(1.0, low=0.0, high=1e6, doc="The training loss is the sum of all losses, each times this.")
    reduction: str = choice("mean", "mean", "sum", doc="What becomes of the losses of a batch.")

    def summary(self) -> str:
        return self.torch_name if self.weight == 1 else f"{self.torch_name} · {self.weight:g} ×"

    def _call(self, function: str, *values: str) -> str:
        """Source of the call with those settings that differ from PyTorch's own."""
        named = call_with(self, "", skip=("weight", "class_weight"))[1:-1]
        return f"F.{function}({', '.join(filter(None, (*values, named)))})"


@dataclass(frozen=True)
class ClassLoss(Loss):
    """A loss that compares scores of classes with the right class."""

    class_weight: tuple[float, ...] = numbers(
        low=0.0,
        high=1e6,
        doc="One factor for each class, for classes that are rare; empty: all alike.",
        advanced=True,
    )

    def _classes(self, prediction: Shape) -> Size:
        """How many classes there are, after checking that there is a weight for each."""
        prediction.as_real(self.title)
        if "C" not in prediction.axes:
            raise ShapeError(
                f"{self.title} expects scores of classes, got {prediction.described()}.",
                "Feed it a vector with one score for each class, such as the output of a Linear.",
                port="prediction",
            )
        classes = prediction[prediction.axes.index("C")]
        if self.class_weight and len(self.class_weight) != classes:
            raise ShapeError(
                f"There are {len(self.class_weight)} class weights for {classes} classes.",
                f"Set class_weight to {classes} numbers, or to none.",
                parameter="class_weight",
            )
        return classes

    def _require_class_target(self, prediction: Shape, target: Shape) -> None:
        """One index wherever there are scores."""
        kept = [number for number, axis in enumerate(prediction.axes) if axis != "C"]
        wanted = Shape(*(prediction[n] for n in kept), axes="".join(prediction.axes[n] for n in kept), values="index")
        if tuple(target) != wanted or target.values != "index":
            raise ShapeError(
                f"{self.title} compares {prediction.described()} with {wanted.described()}, "
                f"got {target.described()}.",
                "Connect the right classes as indices, or leave target open for that of the data set.",
                port="target",
            )

    def _weighted(self, prediction: str) -> str:
        """The class weights, on the device of the prediction."""
        return f"weight={prediction}.new_tensor({list(self.class_weight)!r})" if self.class_weight else ""


@node_type(
    "cross_entropy_loss",
    title="Cross-entropy loss",
    torch_name="CrossEntropyLoss",
    example=(Shape(10), Shape(values="index")),
    stem="loss",
)
class CrossEntropyLoss(ClassLoss):
    """Lowers −ln of the probability that softmax gives the right class: the softmax classifier's loss.

    It takes scores as they come: put no Softmax before it.

    Shape:   C scores and one index, or C probabilities, -> one number. A sequence or an image of scores is judged
             at every position.
    Weights: none.
    Errors:  no axis of classes; a target that does not fit the prediction; class weights of another number.
    """

    label_smoothing: float = real(
        0.0, low=0.0, high=1.0, doc="Share of the right class's probability that is spread over all."
    )
    ignore_index: int = integer(
        -100, low=-1_000_000, high=1_000_000, doc="Targets with this index count nothing.", advanced=True
    )

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
            )
        elif self.ignore_index >= 0:
            raise ShapeError(
                "Where the target holds probabilities, no index can be ignored.",
                "Set ignore_index to −100, or feed the right classes as indices.",
                parameter="ignore_index",
            )
        return Shape()

    def arithmetic(self, prediction: Shape, target: Shape | None = None) -> tuple[Arithmetic, ...]:
        classes = self._classes(prediction)
        if not isinstance(classes, int):
            return ()
        return (Arithmetic("First loss to expect", (f"ln {classes} = {math.log(classes):.3f}",)),)

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        prediction, target = values
        scores, wanted = (*inputs, None, None)[:2]
        axis = scores.axes.index("C") if scores is not None else 0
        moved = f".movedim({axis + 1}, 1)" if axis else ""  # PyTorch wants the classes right behind the batch
        if wanted is not None and wanted.values == "real":
            target += moved
        return self._call("cross_entropy", f"{prediction}{moved}", target, self._weighted(prediction))


@node_type(
    "multi_margin_loss",
    title="Multi-class hinge loss",
    torch_name="MultiMarginLoss",
    example=(Shape(10), Shape(values="index")),
    stem="loss",
)
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
        weighted = self._weighted(prediction)
        if inputs and inputs[0] is not None and inputs[0].axes == "LC":
            prediction, target = f"{prediction}.flatten(0, 1)", f"{target}.flatten()"
        return self._call("multi_margin_loss", prediction, target, weighted)


@node_type("mse_loss", title="Mean squared error", torch_name="MSELoss", example=(Shape(10), Shape(10)), stem="loss")
class MSELoss(Loss):
    """Lowers the squared difference between prediction and target.

    With the network's input wired to ``target`` it makes an autoencoder.

    Shape:   any value and another of the same sizes -> one number.
    Weights: none.
    Errors:  the sizes differ.
    """

    def shape(self, prediction: Shape, target: Shape | None = None) -> Shape:
        prediction.as_real(self.title)
        if target is not None and target.as_real(self.title) != tuple(prediction):
            raise ShapeError(
                f"{self.title} compares values of the same sizes, got {prediction} and {target}.",
                f"Connect a target of {prediction}.",
                port="target",
            )
        return Shape()

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        return self._call("mse_loss", *values)
