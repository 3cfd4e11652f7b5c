"""Merging: several values become one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, ClassVar

from nodes.spec.axes import AXIS, place, with_axis
from nodes.spec.fixes import insert, set_to
from nodes.spec.meeting import addable, advice, of_one_kind, resampled
from nodes.spec.node_type import NodeType, node_type
from nodes.spec.settings import choice
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import Size

IMAGES = (Shape(64, 56, 56), Shape(64, 56, 56))


@dataclass(frozen=True)
class NumberByNumber(NodeType):
    """What merging of number with number shares: equal shapes, where an axis of size 1 is repeated."""

    keeps_input: ClassVar[bool] = False
    verb: ClassVar[str]  # what cannot be done with sizes that differ
    sort: ClassVar[str] = "add"  # what each of its elementary operations is

    def operations(self, *x: Shape) -> dict[str, Size]:
        return {self.sort: common(self, x).numel * (len(x) - 1)}

    def kept_bytes(self, *x: Shape) -> Size:
        """Where the inputs are kept, so is what two of them gave that meets a third."""
        return common(self, x).numel * (4 * max(0, len(x) - 2)) if self.keeps_input else 0


@dataclass(frozen=True)
class OfMany(NumberByNumber):
    """Merging of any number of values."""

    def shape(self, *x: Shape) -> Shape:
        return common(self, x)


@dataclass(frozen=True)
class OfTwo(NumberByNumber):
    """Merging of two values, whose order matters."""

    sign: ClassVar[str]

    def shape(self, x1: Shape, x2: Shape) -> Shape:
        return common(self, (x1, x2))

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        return f"{values[0]} {self.sign} {values[1]}"


def common(settings: NumberByNumber, x: Sequence[Shape]) -> Shape:
    """The shape that all inputs are repeated to. Raises ShapeError where they cannot meet."""
    for number, one in enumerate(x, start=1):
        one.as_real(settings.title)
        require_same_kind(settings.title, x, number)
    sizes = zip(x[0].axes, zip(*x, strict=True), strict=True)
    return x[0].resized(*(_meeting_size(settings, x, axis, along) for axis, along in sizes))


def _meeting_size(settings: NumberByNumber, x: Sequence[Shape], axis: str, sizes: tuple[Size, ...]) -> Size:
    different = [size for size in dict.fromkeys(sizes) if size != 1]
    if len(different) < 2:
        return different[0] if different else 1
    number = sizes.index(different[1]) + 1
    fixes = addable(x, number)
    raise ShapeError(
        f"{settings.title} cannot {settings.verb} {different[0]} and {different[1]} along {axis}.",
        advice(fixes, axis),
        port=f"x{number}",
        kind="sizes",
        fixes=fixes,
    )


def require_same_kind(title: str, x: Sequence[Shape], number: int) -> None:
    """Checks that input ``number`` (from 1) is the same kind of value as the first. Raises ShapeError."""
    first, other = x[0], x[number - 1]
    if (first.axes, first.values) == (other.axes, other.values):
        return
    is_mixed = first.values != other.values
    raise ShapeError(
        f"{title} expects inputs of one kind, got {first.described()} and {other.described()}.",
        "Put an Embedding or a one-hot behind the indices."
        if is_mixed
        else "Bring them to the same kind, such as with a Flatten in the larger branch.",
        port=f"x{number}",
        kind="values" if is_mixed else "rank",
        fixes=(insert("embedding", port=f"x{1 if first.values == 'index' else number}"),)
        if is_mixed
        else of_one_kind(x, number),
    )


@node_type(
    "add",
    title="Add",
    example=IMAGES,
    stem="add",
    also=("sum", "plus", "residual", "shortcut", "skip", "skip connection", "elementwise"),
)
class Add(OfMany):
    """Adds values number by number, as a residual connection does. An axis of size 1 is repeated.

    In the backward pass a sum copies its gradient to every input: that is why a shortcut lets gradients through.

    Shape:   that of the inputs.
    Weights: none.
    Errors:  inputs of different kinds or sizes.
    Source:  He, Zhang, Ren & Sun 2016, arXiv:1512.03385.
    """

    verb: ClassVar[str] = "add"

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        return " + ".join(values)

    def remarks(self, *x: Shape) -> tuple[str, ...]:
        out = self.shape(*x)
        return tuple(
            f"Input x{number} ({one}) is repeated to {out}." for number, one in enumerate(x, start=1) if one != out
        )

    def summary(self) -> str:
        return "sum"


@node_type("subtract", title="Subtract", example=IMAGES, also=("minus", "difference"))
class Subtract(OfTwo):
    """Takes the second value from the first, number by number: x1 − x2. An axis of size 1 is repeated.

    Its gradient goes to x1 as it is, and to x2 with the sign changed.

    Shape:   that of the inputs.
    Weights: none.
    Errors:  inputs of different kinds or sizes.
    """

    verb: ClassVar[str] = "subtract"
    sign: ClassVar[str] = "-"

    def summary(self) -> str:
        return "x1 − x2"


@node_type(
    "multiply",
    title="Multiply",
    example=IMAGES,
    also=("times", "product", "gate", "scale", "mask", "elementwise", "Hadamard", "attention map"),
)
class Multiply(OfMany):
    """Multiplies values number by number, as gates do. An axis of size 1 is repeated.

    Squeeze-and-excitation multiplies an image C × H × W by one factor for each channel, C × 1 × 1; a vector C
    becomes that by an Unsqueeze to CHW. In the backward pass a product swaps: each input gets the gradient times
    the other input.

    Shape:   that of the inputs.
    Weights: none.
    Errors:  inputs of different kinds or sizes.
    """

    keeps_input: ClassVar[bool] = True
    verb: ClassVar[str] = "multiply"
    sort: ClassVar[str] = "multiply"

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        return " * ".join(values)

    def summary(self) -> str:
        return "product"


@node_type("divide", title="Divide", example=IMAGES, also=("quotient", "ratio"))
class Divide(OfTwo):
    """Divides the first value by the second, number by number: x1 / x2. An axis of size 1 is repeated.

    Where x2 comes close to 0 the result and its gradient become very large.

    Shape:   that of the inputs.
    Weights: none.
    Errors:  inputs of different kinds or sizes.
    """

    keeps_input: ClassVar[bool] = True
    verb: ClassVar[str] = "divide"
    sort: ClassVar[str] = "multiply"
    sign: ClassVar[str] = "/"

    def summary(self) -> str:
        return "x1 / x2"


@dataclass(frozen=True)
class Extreme(OfMany):
    """The largest or the smallest number at each place."""

    keeps_input: ClassVar[bool] = True
    verb: ClassVar[str] = "compare"
    sort: ClassVar[str] = "compare"
    function: ClassVar[str]

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        return str(reduce(lambda first, other: f"{self.function}({first}, {other})", values))


@node_type("maximum", title="Maximum", example=IMAGES, also=("max", "maxout", "largest"))
class Maximum(Extreme):
    """Keeps the largest number at each place; maxout takes it over several linear layers.

    In the backward pass it routes the gradient to the input that won, and gives the others none.

    Shape:   that of the inputs. An axis of size 1 is repeated.
    Weights: none.
    Errors:  inputs of different kinds or sizes.
    """

    function: ClassVar[str] = "torch.maximum"

    def summary(self) -> str:
        return "largest"


@node_type("minimum", title="Minimum", example=IMAGES, also=("min", "smallest"))
class Minimum(Extreme):
    """Keeps the smallest number at each place.

    In the backward pass it routes the gradient to the input that won, and gives the others none.

    Shape:   that of the inputs. An axis of size 1 is repeated.
    Weights: none.
    Errors:  inputs of different kinds or sizes.
    """

    function: ClassVar[str] = "torch.minimum"

    def summary(self) -> str:
        return "smallest"


@node_type("average", title="Average", example=IMAGES, also=("mean", "ensemble", "join"))
class Average(OfMany):
    """Averages all inputs number by number, as an ensemble or the joins of a FractalNet do.

    Shape:   that of the inputs. An axis of size 1 is repeated.
    Weights: none.
    Errors:  inputs of different kinds or sizes.
    """

    verb: ClassVar[str] = "average"

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        return f"({' + '.join(values)}) / {len(values)}" if len(values) > 1 else str(values[0])

    def summary(self) -> str:
        return "mean of the inputs"


@node_type(
    "concat",
    title="Concatenate",
    torch_name="Concat",
    example=(Shape(64, 28, 28), Shape(32, 28, 28)),
    also=("cat", "join", "depth concatenation", "skip connection", "concatenate", "route"),
)
class Concat(NodeType):
    """Puts values behind each other along one axis; usually their channels.

    Shape:   the sizes along dim are added up, all others must agree.
    Weights: none.
    Errors:  inputs of different kinds; other sizes differ; no axis of that letter.
    """

    keeps_input: ClassVar[bool] = False

    dim: str = choice("C", *AXIS, doc="The axis along which they follow each other, by its letter: C channels.")

    def shape(self, *x: Shape) -> Shape:
        for number in range(1, len(x) + 1):
            require_same_kind(self.title, x, number)
        place(x[0], self.dim, self.title)
        sizes = zip(x[0].axes, zip(*x, strict=True), strict=True)
        return x[0].resized(*(self._joined(x, axis, along) for axis, along in sizes))

    def size_sums(self, *x: Shape) -> tuple[str, ...]:
        axis = place(x[0], self.dim, self.title)
        return (f"{' + '.join(str(one[axis]) for one in x)} = {self.shape(*x)[axis]}",)

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        axis = inputs[0].axes.index(self.dim) if inputs and inputs[0] is not None else 0
        return f"torch.cat([{', '.join(values)}], dim={axis + 1})"

    def summary(self) -> str:
        return f"along {self.dim}"

    def _joined(self, x: tuple[Shape, ...], axis: str, sizes: tuple[Size, ...]) -> Size:
        if axis == self.dim:
            total: Size = 0
            for size in sizes:
                total = total + size
            return total
        for number, size in enumerate(sizes, start=1):
            if size != sizes[0]:
                raise ShapeError(
                    f"Concatenate along {self.dim} needs the same {axis} everywhere, got {sizes[0]} and {size}.",
                    "Give all branches the same stride, and padding same."
                    if axis in "DHW"
                    else f"Give all branches the same {axis}.",
                    port=f"x{number}",
                    kind="sizes",
                    fixes=resampled(x, number),
                )
        return sizes[0]


@node_type("stack", title="Stack", example=(Shape(64), Shape(64)), also=("pile", "new axis"))
class Stack(NodeType):
    """Lays values of one shape on top of each other along a new axis: vectors become the steps of a sequence.

    Shape:   one axis more, as long as there are inputs. It stands where values usually have it: L first,
             C before D, H and W.
    Weights: none.
    Errors:  inputs of different kinds or sizes; the axis is there already.
    """

    keeps_input: ClassVar[bool] = False

    dim: str = choice("L", "L", "C", "D", "H", "W", doc="The new axis, by its letter: L makes steps of a sequence.")

    def shape(self, *x: Shape) -> Shape:
        for number, one in enumerate(x, start=1):
            require_same_kind(self.title, x, number)
            if one != x[0]:
                raise ShapeError(
                    f"Stack needs inputs of one size, got {x[0]} and {one}.",
                    "Give all branches the same sizes, or use Concatenate, which lets one axis differ.",
                    port=f"x{number}",
                    kind="sizes",
                    fixes=addable(x, number),
                )
        at = self._place(x[0])
        axes = x[0].axes[:at] + self.dim + x[0].axes[at:]
        return Shape(*x[0][:at], len(x), *x[0][at:], axes=axes, values=x[0].values)

    def size_sums(self, *x: Shape) -> tuple[str, ...]:
        return (f"{' + '.join('1' for _ in x)} = {len(x)} along {self.dim}",)

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        at = self._place(inputs[0]) if inputs and inputs[0] is not None else 0
        return f"torch.stack([{', '.join(values)}], dim={at + 1})"

    def summary(self) -> str:
        return f"along a new {self.dim}"

    def _place(self, x: Shape) -> int:
        if self.dim not in x.axes:
            return with_axis(x.axes, self.dim)
        free = next((axis for axis in "LCDHW" if axis not in x.axes), "")
        raise ShapeError(
            f"Stack makes a new axis {self.dim}, but {x.described()} has one already.",
            f"Set dim to {free}, or use Concatenate." if free else "Use Concatenate.",
            parameter="dim",
            kind="setting",
            fixes=(set_to(dim=free),) if free else (),
        )
