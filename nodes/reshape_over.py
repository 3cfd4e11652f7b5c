"""Taking one number for all along some axes: mean, sum, largest, smallest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from nodes.spec.axes import places, without
from nodes.spec.node_type import EVERYTHING, NodeType, node_type
from nodes.spec.settings import flag, text
from nodes.spec.shapes import Shape
from nodes.spec.sizes import Size
from nodes.spec.sums import product


@dataclass(frozen=True)
class OverAxes(NodeType):
    """What takes one number for all along some axes, which are gone then or keep size 1."""

    keeps_input: ClassVar[bool] = False
    method: ClassVar[str]
    sort: ClassVar[str] = "add"

    dim: str = text("", longest=5, doc="The axes by their letters, such as HW for all pixels; empty: every axis.")
    keepdim: bool = flag(False, doc="Keep the axes, with size 1.")

    def shape(self, x: Shape) -> Shape:
        x.as_real(self.title)
        gone = self._places(x)
        if self.keepdim:
            return x.resized(*(1 if n in gone else size for n, size in enumerate(x)))
        return without(x, gone)

    def operations(self, x: Shape) -> dict[str, Size]:
        return {self.sort: x.numel}

    def window(self, x: Shape) -> str | None:
        return EVERYTHING if any(x.axes[n] != "C" for n in self._places(x)) else None

    def size_sums(self, x: Shape) -> tuple[str, ...]:
        gone = [x[n] for n in self._places(x)]
        return (f"{product(gone)} = {Shape(*gone, axes='?' * len(gone)).numel} numbers become one",)

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        dims = tuple(n + 1 for n in self._places(inputs[0])) if inputs and inputs[0] is not None else ()
        if not dims:
            return str(values[0])
        keep = ", keepdim=True" if self.keepdim else ""
        return f"{values[0]}.{self.method}(dim={dims[0] if len(dims) == 1 else dims}{keep})"

    def summary(self) -> str:
        return f"{self.torch_name.lower()} over {' × '.join(self.dim) or 'everything'}"

    def _places(self, x: Shape) -> tuple[int, ...]:
        return places(x, self.dim or x.axes, self.title)


@node_type("mean", title="Mean", example=(Shape(64, 7, 7),), also=("average", "global pooling", "reduce", "GAP"))
class Mean(OverAxes):
    """Averages over some axes: over H and W it is global average pooling.

    In the backward pass each number gets an equal share of the gradient.

    Shape:   any -> without the axes of dim; with keepdim they have size 1.
    Weights: none.
    Errors:  no axis of a letter.
    """

    method: ClassVar[str] = "mean"


@node_type("sum", title="Sum", example=(Shape(64, 7, 7),), also=("add up", "total", "reduce", "Σ"))
class Sum(OverAxes):
    """Adds up all numbers along some axes, or all there are: with Power 2 before it, ‖x‖².

    In the backward pass each number gets the whole gradient.

    Shape:   any -> without the axes of dim; with keepdim they have size 1. Over every axis: one number.
    Weights: none.
    Errors:  no axis of a letter.
    """

    method: ClassVar[str] = "sum"


@node_type(
    "max", title="Max over axes", example=(Shape(64, 7, 7),), also=("largest", "amax", "global max pooling", "reduce")
)
class Max(OverAxes):
    """Takes the largest number along some axes.

    In the backward pass the numbers that won share the gradient, the others get none.

    Shape:   any -> without the axes of dim; with keepdim they have size 1.
    Weights: none.
    Errors:  no axis of a letter.
    """

    keeps_input: ClassVar[bool] = True
    keeps_output: ClassVar[bool] = True
    method: ClassVar[str] = "amax"
    sort: ClassVar[str] = "compare"


@node_type("min", title="Min over axes", example=(Shape(64, 7, 7),), also=("smallest", "amin", "reduce"))
class Min(OverAxes):
    """Takes the smallest number along some axes.

    In the backward pass the numbers that won share the gradient, the others get none.

    Shape:   any -> without the axes of dim; with keepdim they have size 1.
    Weights: none.
    Errors:  no axis of a letter.
    """

    keeps_input: ClassVar[bool] = True
    keeps_output: ClassVar[bool] = True
    method: ClassVar[str] = "amin"
    sort: ClassVar[str] = "compare"
