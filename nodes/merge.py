"""Merging: several values become one."""

from __future__ import annotations

from typing import Any

from nodes.spec.node_type import NodeType, node_type
from nodes.spec.settings import choice
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import Size


@node_type("add", title="Add", example=(Shape(64, 56, 56), Shape(64, 56, 56)), stem="add")
class Add(NodeType):
    """Adds values number by number, as a residual connection does. An axis of size 1 is repeated.

    Shape:   that of the inputs.
    Weights: none.
    Errors:  inputs of different kinds or sizes.
    """

    def shape(self, *x: Shape) -> Shape:
        for number, one in enumerate(x, start=1):
            one.as_real(self.title)
            _require_same_kind(self.title, x[0], one, number)
        return x[0].resized(
            *(self._common(axis, sizes) for axis, sizes in zip(x[0].axes, zip(*x, strict=True), strict=True))
        )

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        return " + ".join(values)

    def remarks(self, *x: Shape) -> tuple[str, ...]:
        out = self.shape(*x)
        return tuple(
            f"Input x{number} ({one}) is repeated to {out}." for number, one in enumerate(x, start=1) if one != out
        )

    def summary(self) -> str:
        return "sum"

    def _common(self, axis: str, sizes: tuple[Size, ...]) -> Size:
        different = [size for size in dict.fromkeys(sizes) if size != 1]
        if len(different) > 1:
            number = sizes.index(different[1]) + 1
            raise ShapeError(
                f"Add cannot add {different[0]} and {different[1]} along {axis}.",
                f"Give both branches the same {axis}; a 1 × 1 convolution changes the number of channels."
                if axis == "C"
                else f"Give both branches the same {axis}: compare their strides and paddings.",
                port=f"x{number}",
            )
        return different[0] if different else 1


@node_type("concat", title="Concatenate", torch_name="Concat", example=(Shape(64, 28, 28), Shape(32, 28, 28)))
class Concat(NodeType):
    """Puts values behind each other along one axis; usually their channels.

    Shape:   the sizes along dim are added up, all others must agree.
    Weights: none.
    Errors:  inputs of different kinds; other sizes differ; no axis of that letter.
    """

    dim: str = choice(
        "C", "C", "L", "D", "H", "W", doc="The axis along which they follow each other, by its letter: C channels."
    )

    def shape(self, *x: Shape) -> Shape:
        for number, one in enumerate(x, start=1):
            _require_same_kind(self.title, x[0], one, number)
        if self.dim not in x[0].axes:
            raise ShapeError(
                f"Concatenate along {self.dim} needs an axis {self.dim}, got {x[0].described()}.",
                f"Set dim to {' or '.join(x[0].axes)}." if x[0] else "Feed it vectors.",
                parameter="dim",
            )
        return x[0].resized(
            *(self._joined(axis, sizes) for axis, sizes in zip(x[0].axes, zip(*x, strict=True), strict=True))
        )

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        axis = inputs[0].axes.index(self.dim) if inputs and inputs[0] is not None else 0
        return f"torch.cat([{', '.join(values)}], dim={axis + 1})"

    def summary(self) -> str:
        return f"along {self.dim}"

    def _joined(self, axis: str, sizes: tuple[Size, ...]) -> Size:
        if axis == self.dim:
            total: Size = 0
            for size in sizes:
                total = total + size
            return total
        for number, size in enumerate(sizes, start=1):
            if size != sizes[0]:
                raise ShapeError(
                    f"Concatenate along {self.dim} needs the same {axis} everywhere, got {sizes[0]} and {size}.",
                    "Give all branches the same stride, and padding same.",
                    port=f"x{number}",
                )
        return sizes[0]


def _require_same_kind(title: str, first: Shape, other: Shape, number: int) -> None:
    if (first.axes, first.values) != (other.axes, other.values):
        raise ShapeError(
            f"{title} expects inputs of one kind, got {first.described()} and {other.described()}.",
            "Bring them to the same kind, such as with a Flatten in the larger branch.",
            port=f"x{number}",
        )
