"""Reshaping: the same numbers in another order or fewer of them; nothing is calculated."""

from __future__ import annotations

from typing import Any, ClassVar

from nodes.spec.node_type import NodeType, call_with, node_type
from nodes.spec.settings import integer
from nodes.spec.shapes import Shape, ShapeError


@node_type("flatten", title="Flatten", example=(Shape(16, 5, 5),), stem="flatten")
class Flatten(NodeType):
    """Lays all numbers of a value in one row, as a Linear layer wants them.

    Shape:   C × H × W -> C·H·W. With other dims only the axes from start_dim to end_dim become one.
             The axes count from 1, as PyTorch counts them behind the batch; −1 is the last.
    Weights: none.
    Errors:  no such axis; start_dim behind end_dim.
    """

    is_view: ClassVar[bool] = True

    start_dim: int = integer(1, low=1, high=8, doc="The first axis to flatten, from 1; the batch is never flattened.")
    end_dim: int = integer(-1, low=-8, high=8, doc="The last axis to flatten; −1 is the last one there is.")

    def shape(self, x: Shape) -> Shape:
        first, last = self._range(x)
        merged = Shape(*x[first : last + 1], axes=x.axes[first : last + 1]).numel
        sizes = (*x[:first], merged, *x[last + 1 :])
        return Shape(*sizes, axes=self._axes(x, first, last), values=x.values)

    def module(self, x: Shape) -> str:
        return call_with(self, "nn.Flatten")

    def summary(self) -> str:
        if self.start_dim == 1 and self.end_dim == -1:
            return "to a vector"
        return f"axes {self.start_dim} to {'the last' if self.end_dim == -1 else self.end_dim}"

    def _range(self, x: Shape) -> tuple[int, int]:
        """Indices of the first and the last axis, without the batch."""
        if not x:
            raise ShapeError("Flatten needs an axis, got a single number.", "Leave the Flatten out.")
        last = self.end_dim + len(x) if self.end_dim < 0 else self.end_dim - 1
        for parameter, value, index in (
            ("start_dim", self.start_dim, self.start_dim - 1),
            ("end_dim", self.end_dim, last),
        ):
            if not 0 <= index < len(x):
                raise ShapeError(
                    f"{parameter} {value} is no axis of {x.described()}.",
                    f"Set {parameter} to a number from 1 to {len(x)}{', or −1' if parameter == 'end_dim' else ''}.",
                    parameter=parameter,
                )
        if last < self.start_dim - 1:
            raise ShapeError(
                f"end_dim {self.end_dim} lies before start_dim {self.start_dim}.",
                f"Set end_dim to −1, or start_dim to {last + 1} or less.",
                parameter="end_dim",
            )
        return self.start_dim - 1, last

    @staticmethod
    def _axes(x: Shape, first: int, last: int) -> str:
        """What the axes mean afterwards: what was rows and columns becomes positions in a row."""
        merged = x.axes[first : last + 1]
        if len(merged) > 1:
            merged = "C" if "C" in merged or (len(merged) == len(x) and x.values == "real") else "L"
        axes = x.axes[:first] + merged + x.axes[last + 1 :]
        return {"CW": "CL", "CDL": "CHW", "CLW": "CHW"}.get(axes, axes)


@node_type("select_last", title="Select last", example=(Shape(20, 64),), torch_name="SelectLast", stem="last")
class SelectLast(NodeType):
    """Takes the last step of a sequence: what a recurrent layer knows after reading all of it.

    Of a recurrent layer's states it takes that of the last layer.

    Shape:   L × C -> C.
    Weights: none.
    Errors:  not a sequence.
    """

    is_view: ClassVar[bool] = True

    def shape(self, x: Shape) -> Shape:
        _, channels = x.as_sequence(self.title)
        return Shape(channels)

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        return f"{values[0]}[:, -1]"

    def summary(self) -> str:
        return "last step"
