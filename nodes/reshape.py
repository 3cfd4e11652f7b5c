"""Reshaping: the same numbers in another order; nothing is calculated."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from nodes.boundary import AXES_BY_KIND, axes_for
from nodes.spec.axes import places, renamed, without
from nodes.spec.fixes import replace_by, set_to
from nodes.spec.node_type import NodeType, call_with, node_type
from nodes.spec.settings import choice, dims, integer, text
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import Size, grouped
from nodes.spec.sums import product


@dataclass(frozen=True)
class View(NodeType):
    """What only looks at its input in another way: it takes no memory of its own."""

    is_view: ClassVar[bool] = True
    keeps_input: ClassVar[bool] = False


@node_type("flatten", title="Flatten", example=(Shape(16, 5, 5),), stem="flatten", also=("vector", "view", "ravel"))
class Flatten(View):
    """Lays all numbers of a value in one row, as a Linear layer wants them.

    Shape:   C × H × W -> C·H·W. With other dims only the axes from start_dim to end_dim become one.
             The axes count from 1, as PyTorch counts them behind the batch; −1 is the last.
    Weights: none.
    Errors:  no such axis; start_dim behind end_dim.
    """

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
            raise ShapeError("Flatten needs an axis, got a single number.", "Leave the Flatten out.", kind="rank")
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
                    kind="rank",
                    fixes=(set_to(**{parameter: 1 if parameter == "start_dim" else -1}),),
                )
        if last < self.start_dim - 1:
            raise ShapeError(
                f"end_dim {self.end_dim} lies before start_dim {self.start_dim}.",
                f"Set end_dim to −1, or start_dim to {last + 1} or less.",
                parameter="end_dim",
                kind="setting",
                fixes=(set_to(end_dim=-1), set_to(start_dim=last + 1)),
            )
        return self.start_dim - 1, last

    @staticmethod
    def _axes(x: Shape, first: int, last: int) -> str:
        """What the axes mean afterwards: what was rows and columns becomes positions in a row."""
        merged = x.axes[first : last + 1]
        if len(merged) > 1:
            merged = "C" if "C" in merged or (len(merged) == len(x) and x.values == "real") else "L"
        axes = x.axes[:first] + merged + x.axes[last + 1 :]
        return renamed(axes, x.values == "real") if len(axes) > 1 else axes


@node_type("reshape", title="Reshape", example=(Shape(400),), also=("view", "unflatten"))
class Reshape(View):
    """Lays the same numbers out in other sizes, row by row; the batch stays.

    One size may be −1: it becomes what is left of the numbers.

    Shape:   any -> size, read as the kind of value that is set.
    Weights: none.
    Errors:  sizes that do not hold just as many numbers; more or fewer sizes than the kind has.
    """

    kind: str = choice("image", *AXES_BY_KIND, doc="What the result is: an image is C × H × W, a sequence L × C.")
    size: tuple[int, ...] = dims(
        16, 5, -1, names=False, rest=True, doc="Sizes without the batch; −1 stands for what is left."
    )

    def shape(self, x: Shape) -> Shape:
        axes = axes_for(self.kind, self.size)
        return Shape(*self._sizes(x), axes=axes, values=x.values)

    def size_sums(self, x: Shape) -> tuple[str, ...]:
        if -1 not in self.size:
            return ()
        fixed = [part for part in self.size if part != -1]
        rest = self._sizes(x)[self.size.index(-1)]
        count = grouped(x.numel)
        rows = () if product(x) == count else (f"{product(x)} = {count}",)
        return (*rows, f"{count}/({product(fixed)}) = {rest}")

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        if inputs and inputs[0] is not None:
            self.shape(inputs[0])  # PyTorch knows nothing of kinds
        return f"{values[0]}.reshape({', '.join(map(str, (f'{values[0]}.shape[0]', *self.size)))})"

    def summary(self) -> str:
        return f"to {' × '.join(map(str, self.size)).replace('-', '−') or 'a number'}"

    def _sizes(self, x: Shape) -> tuple[Size, ...]:
        """The sizes, with the one that is left filled in."""
        count, fixed = x.numel, 1
        for part in self.size:
            fixed *= max(part, 1)
        has_rest = -1 in self.size
        if isinstance(count, int) and (count % fixed if has_rest else count != fixed):
            raise ShapeError(
                f"{x.described().capitalize()} has {count} numbers, which "
                + (f"{fixed} does not divide." if has_rest else f"do not fill {' × '.join(map(str, self.size))}."),
                "Set size to sizes whose product is that, or one of them to −1.",
                parameter="size",
                kind="sizes",
                fixes=[*(set_to(size=size) for size in self._open(has_rest)), set_to(size=self._dividing(count))],
            )
        return tuple(count // fixed if part == -1 else part for part in self.size)

    def _open(self, has_rest: bool) -> list[tuple[int, ...]]:
        """The sizes with one of them left open, where none is."""
        numbers = () if has_rest else range(len(self.size))
        return [(*self.size[:n], -1, *self.size[n + 1 :]) for n in numbers]

    def _dividing(self, count: int) -> tuple[int, ...]:
        """The sizes made as small as it takes for each to divide what is left of the numbers; the open one takes the
        rest, or the last.
        """
        rest = self.size.index(-1) if -1 in self.size else len(self.size) - 1
        sizes = []
        for number, size in enumerate(self.size):
            sizes.append(-1 if number == rest else math.gcd(size, count))
            count //= max(sizes[-1], 1)
        return tuple(sizes)


@node_type("permute", title="Permute", example=(Shape(64, 20, axes="CL"),), also=("transpose", "swap axes"))
class Permute(View):
    """Puts the axes in another order: a signal C × L becomes a sequence L × C.

    Shape:   any -> the same sizes in the order of the letters.
    Weights: none.
    Errors:  order does not name each axis of the value once.
    """

    order: str = text("LC", longest=8, doc="The axes of the result by their letters: LC turns C × L into L × C.")

    def shape(self, x: Shape) -> Shape:
        return Shape(*(x[place] for place in self._places(x)), axes=self.order, values=x.values)

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        x = inputs[0] if inputs else None
        places = self._places(x) if x is not None else ()
        return f"{values[0]}.permute({', '.join(map(str, (0, *(place + 1 for place in places))))})"

    def summary(self) -> str:
        return f"to {' × '.join(self.order)}"

    def _places(self, x: Shape) -> list[int]:
        if sorted(self.order) != sorted(x.axes):
            raise ShapeError(
                f"Permute to {self.order or 'nothing'} does not fit {x.described()}.",
                f"Set order to the letters {x.axes} in the order you want." if x else "Leave the Permute out.",
                parameter="order",
                kind="rank",
                fixes=(set_to(order=x.axes[::-1] if len(x) < 3 else x.axes[1:] + x.axes[:1]),) if x else (),
            )
        return [x.axes.index(axis) for axis in self.order]


@node_type("squeeze", title="Squeeze", example=(Shape(64, 1, 1),), also=("drop axis",))
class Squeeze(View):
    """Takes away axes of size 1: what global pooling leaves, C × 1 × 1, becomes a vector C.

    Shape:   any -> without the axes of dim.
    Weights: none.
    Errors:  no axis of a letter; its size is not 1.
    """

    dim: str = text("HW", longest=5, doc="The axes to take away, by their letters.")

    def shape(self, x: Shape) -> Shape:
        return without(x, self._places(x))

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        places = [n + 1 for n in self._places(inputs[0])] if inputs and inputs[0] is not None else []
        if not places:
            return str(values[0])
        return f"{values[0]}.squeeze({places[0] if len(places) == 1 else tuple(places)})"

    def summary(self) -> str:
        return f"without {' × '.join(self.dim)}"

    def _places(self, x: Shape) -> tuple[int, ...]:
        found = places(x, self.dim, self.title)
        for n in found:
            if x[n] != 1:
                ones = "".join(axis for axis, size in zip(x.axes, x, strict=True) if size == 1)
                raise ShapeError(
                    f"Squeeze takes away axes of size 1, but {x.axes[n]} of {x.described()} has {x[n]}.",
                    f"Set dim to {ones}."
                    if ones
                    else "Average over that axis by a Mean, or take one of it by a Select.",
                    parameter="dim",
                    kind="sizes",
                    fixes=(set_to(dim=ones),)
                    if ones
                    else (replace_by("mean", dim=self.dim), replace_by("select", dim=x.axes[n])),
                )
        return found


@node_type("unsqueeze", title="Unsqueeze", example=(Shape(64),), also=("new axis", "expand dims"))
class Unsqueeze(View):
    """Adds axes of size 1, so that a value can be repeated along them: a vector C becomes C × 1 × 1.

    Shape:   any -> the axes named, in their order; those that the value does not have get size 1.
    Weights: none.
    Errors:  axes leaves out one of the value's, or has them in another order.
    """

    axes: str = text("CHW", longest=8, doc="All axes of the result by their letters; new ones get size 1.")

    def shape(self, x: Shape) -> Shape:
        old = iter(x)
        return Shape(*(next(old) if is_old else 1 for is_old in self._is_old(x)), axes=self.axes, values=x.values)

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        is_old = self._is_old(inputs[0]) if inputs and inputs[0] is not None else []
        if all(is_old):
            return str(values[0])
        while is_old and is_old[-1]:  # what follows the last new axis needs no mention
            is_old.pop()
        return f"{values[0]}[:, {', '.join(':' if old else 'None' for old in is_old)}]"

    def summary(self) -> str:
        return f"to {' × '.join(self.axes)}"

    def _is_old(self, x: Shape) -> list[bool]:
        """Of each axis of the result, whether the value has it."""
        if _is_within(x.axes, self.axes) and len(set(self.axes)) == len(self.axes) and set(self.axes) <= set("LCDHW"):
            return [axis in x.axes for axis in self.axes]
        raise ShapeError(
            f"Unsqueeze to {self.axes or 'nothing'} does not fit {x.described()}.",
            "Set axes to "
            + (f"the letters {x.axes} in this order, and" if x else "")
            + " new ones of C, L, D, H and W where they should be.",
            parameter="axes",
            kind="rank",
            fixes=[
                set_to(axes=a) for a in ("CHW", "LC", "CDHW", "LCHW") if len(a) > len(x) and _is_within(x.axes, a)
            ],
        )


def _is_within(axes: str, others: str) -> bool:
    """Whether all of some letters are among others, in their order."""
    return "".join(axis for axis in others if axis in axes) == axes
