"""The matrix product of two values."""

from __future__ import annotations

from typing import Any, ClassVar

from nodes.spec.fixes import insert
from nodes.spec.node_type import EVERYTHING, Arithmetic, Halved, NodeType, node_type
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import Size, spaced


@node_type(
    "matmul",
    title="Matrix product",
    torch_name="MatMul",
    example=(Shape(20, 64), Shape(64, 20, axes="CL")),
    stem="matmul",
    also=("matrix multiplication", "bmm", "dot product", "@", "outer product"),
)
class MatMul(NodeType):
    """Multiplies two matrices, each sample by itself: rows of x1 times columns of x2.

    Attention compares every step with every other by the product of a sequence L × C and one turned to C × L.
    A vector counts as one column behind x2, or as one row before x1, as torch.matmul takes it; two vectors give
    their dot product. Axes before the last two have to agree, where a size of 1 is repeated.

    Shape:   … × I × J and … × J × K -> … × I × K.
    Weights: none. Multiply-adds: I · J · K for each matrix.
    Errors:  the J of both differ; numbers instead of matrices; other axes differ.
    """

    halved: ClassVar[Halved] = "all"

    def shape(self, x1: Shape, x2: Shape) -> Shape:
        for port, x in (("x1", x1), ("x2", x2)):
            x.as_real(self.title)
            if not x:
                raise ShapeError(
                    f"{self.title} expects a matrix or a vector, got a single number.",
                    "Use Multiply for single numbers.",
                    port=port,
                    kind="rank",
                )
        self._require_meeting(x1, x2)
        leading = self._leading(x1, x2)
        if len(x1) == 1 or len(x2) == 1:
            return Shape(*x1[:-1], *(x2[-1:] if len(x2) > 1 else ()))
        return Shape(*leading, x1[-2], x2[-1], axes=self._axes(x1, x2))

    def multiply_adds(self, x1: Shape, x2: Shape) -> Size:
        return self.shape(x1, x2).numel * x1[-1]

    def kept_bytes(self, x1: Shape, x2: Shape) -> Size:
        """A matrix that is repeated is copied for each of those it meets."""
        copied: Size = 0
        for x, other in ((x1, x2), (x2, x1)):
            leading = self._leading(x, other)
            if leading != x[:-2]:
                copied = copied + Shape(*leading, *x[-2:], axes="?" * len(x)).numel * 4
        return copied

    def window(self, x1: Shape, x2: Shape) -> str:
        return EVERYTHING

    def arithmetic(self, x1: Shape, x2: Shape) -> tuple[Arithmetic, ...]:
        total = self.multiply_adds(x1, x2)
        if not isinstance(total, int):
            return ()
        factors = " · ".join(map(str, (*self.shape(x1, x2), x1[-1])))
        return (Arithmetic("Multiply-adds", (f"{factors} = {spaced(total)}",)),)

    def size_sums(self, x1: Shape, x2: Shape) -> tuple[str, ...]:
        return (f"({x1})·({x2}) = {self.shape(x1, x2)}",)

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        first, second = values
        one, other = (*inputs, None, None)[:2]
        is_row, is_column = one is not None and len(one) == 1, other is not None and len(other) == 1
        if is_row and is_column:
            return f"({first} * {second}).sum(dim=1)"
        if is_column:
            return f"({first} @ {second}.unsqueeze(-1)).squeeze(-1)"
        if is_row:
            return f"({first}.unsqueeze(-2) @ {second}).squeeze(-2)"
        return f"{first} @ {second}"

    def summary(self) -> str:
        return "x1 · x2"

    def _require_meeting(self, x1: Shape, x2: Shape) -> None:
        inner = x2[-1] if len(x2) == 1 else x2[-2]
        if x1[-1] == inner:
            return
        is_turned = len(x2) > 1 and x1[-1] == x2[-1]
        turned = x2.axes[:-2] + x2.axes[-1:] + x2.axes[-2:-1]
        raise ShapeError(
            f"{self.title} needs as many columns in x1 as rows in x2, got {x1[-1]} and {inner}.",
            f"Insert a Permute to {turned} before x2." if is_turned else f"Give x2 {x1[-1]} rows.",
            port="x2",
            kind="sizes",
            fixes=(insert("permute", port="x2", order=turned),) if is_turned else (),
        )

    def _leading(self, x1: Shape, x2: Shape) -> tuple[Size, ...]:
        """The sizes before the matrices."""
        before, after = x1[:-2], x2[:-2]
        if len(before) == len(after) and all(a == b or 1 in (a, b) for a, b in zip(before, after, strict=True)):
            return tuple(b if a == 1 else a for a, b in zip(before, after, strict=True))
        raise ShapeError(
            f"{self.title} multiplies matrices one with one, got {x1.described()} and {x2.described()}.",
            "Give both the same axes before their last two.",
            port="x2",
            kind="sizes" if len(before) == len(after) else "rank",
        )

    @staticmethod
    def _axes(x1: Shape, x2: Shape) -> str:
        """Letters of rows and columns; a matrix of equal letters is read as a sequence, row by row."""
        axes = x1.axes[:-1] + x2.axes[-1]
        if len(set(axes)) == len(axes):
            return axes
        return "LC" if len(axes) == 2 else x1.axes
