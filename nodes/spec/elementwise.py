"""What activations share: functions of single numbers, and of the numbers along one axis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from nodes.spec.fixes import set_to
from nodes.spec.node_type import NodeType, call, call_with
from nodes.spec.settings import choice, flag
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import Size
from nodes.spec.work import SOFTMAX, times

AXIS = ("C", "L", "D", "H", "W")


@dataclass(frozen=True)
class Elementwise(NodeType):
    """What the functions of single numbers share: the shape stays, whatever it is."""

    each: ClassVar[Mapping[str, int]] = {}  # operations for one number, by kind

    def operations(self, x: Shape) -> dict[str, Size]:
        return times(x.numel, self.each)

    def shape(self, x: Shape) -> Shape:
        return x.as_real(self.title)

    def module(self, x: Shape) -> str:
        return call_with(self, f"nn.{self.torch_name}")


@dataclass(frozen=True)
class Overwriting(Elementwise):
    """An activation that can write over its input."""

    inplace: bool = flag(
        False, doc="Write over the input, which saves memory; nothing else may use that input.", advanced=True
    )


@dataclass(frozen=True)
class AlongAxis(NodeType):
    """What works along one axis, named by its letter."""

    dim: str = choice("C", *AXIS, doc="The axis, by its letter: C channels or classes, L steps.")

    def shape(self, x: Shape) -> Shape:
        x.as_real(self.title)
        if self.dim not in x.axes:
            raise ShapeError(
                f"{self.title} over {self.dim} needs an axis {self.dim}, got {x.described()}.",
                f"Set dim to {' or '.join(x.axes)}." if x else "Feed it a vector.",
                parameter="dim",
                kind="rank",
                fixes=[set_to(dim=axis) for axis in x.axes if axis in AXIS],
            )
        return x

    def operations(self, x: Shape) -> dict[str, Size]:
        return times(x.numel, SOFTMAX)

    def module(self, x: Shape) -> str:
        return call(f"nn.{self.torch_name}", dim=x.axes.index(self.dim) + 1)

    def summary(self) -> str:
        return self.torch_name if self.dim == "C" else f"{self.torch_name} over {self.dim}"
