"""The shape of a value on a link, and the error that says how to mend one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, cast

from nodes.spec.fixes import Fix
from nodes.spec.sizes import Size, Unknown, as_size, size_at

Values = Literal["real", "index"]

AXES_BY_RANK = {0: "", 1: "C", 2: "LC", 3: "CHW", 4: "CDHW"}
KIND_BY_AXES = {
    "": "a single number",
    "C": "a vector",
    "L": "a sequence of numbers",
    "LC": "a sequence",
    "CL": "a signal",
    "CHW": "an image",
    "CDHW": "a volume",
    "HW": "a map",
    "LCHW": "a sequence of images",
}


class ShapeError(Exception):
    """A mistake in the drawing that its user can mend.

    ``fact`` is a sentence with the numbers, ``remedy`` the sentence that says what to change;
    ``parameter`` names the setting to highlight, without it the link is meant. ``kind`` says what sort of
    mistake it is (``rank``, ``channels``, ``groups``, ``kernel``, ``sizes``, ``values`` …), ``fixes`` are edits that
    would mend it, the best first.
    """

    def __init__(
        self,
        fact: str,
        remedy: str = "",
        *,
        parameter: str = "",
        port: str = "",
        kind: str = "shape",
        fixes: Sequence[Fix] = (),
    ) -> None:
        super().__init__(f"{fact} {remedy}".strip())
        self.fact, self.remedy, self.parameter, self.port = fact, remedy, parameter, port
        self.kind, self.fixes = kind, tuple(fixes)


class Image(NamedTuple):
    channels: Size
    height: Size
    width: Size


class Shape(tuple[Size, ...]):
    """Sizes without the batch axis, what each axis means, and whether it holds real numbers or indices.

    A shape equals a plain tuple with its sizes, and another shape only if axes and values agree too.
    """

    axes: str
    values: Values
    _hash: int

    def __new__(cls, *sizes: int | str | Unknown, axes: str | None = None, values: Values = "real") -> Shape:
        self = super().__new__(cls, (as_size(size) for size in sizes))
        self.axes = AXES_BY_RANK.get(len(sizes), "?" * len(sizes)) if axes is None else axes
        self.values = values
        if len(self.axes) != len(self):
            raise ValueError(f"{len(self)} sizes but axes {self.axes!r}")
        return self

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Shape):
            return tuple.__eq__(self, other) and self.axes == other.axes and self.values == other.values
        return tuple.__eq__(self, cast("tuple[Size, ...]", other))

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:  # asked for often: shapes are keys of all that is worked out once
            self._hash = hash((tuple.__hash__(self), self.axes, self.values))
            return self._hash

    def __repr__(self) -> str:
        extra = "" if self.values == "real" else f", values={self.values!r}"
        return f"Shape({', '.join(map(str, self))}, axes={self.axes!r}{extra})"

    def __str__(self) -> str:
        """``6 × 28 × 28``, as on the canvas."""
        return " × ".join(map(str, self)) or "1"

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuilt, (tuple(self), self.axes, self.values))

    @property
    def numel(self) -> Size:
        """How many numbers one sample has."""
        product: Size = 1
        for size in self:
            product = product * size
        return product

    @property
    def known_numel(self) -> int:
        """How many numbers, for shapes that hold no unknown: those of weights."""
        return size_at(self.numel, {})

    @property
    def bytes(self) -> Size:
        """Memory of one sample: float32 for real numbers, int64 for indices."""
        return self.numel * (4 if self.values == "real" else 8)

    @property
    def is_known(self) -> bool:
        return all(isinstance(size, int) for size in self)

    def names(self) -> frozenset[str]:
        """The unknowns that occur in this shape."""
        return frozenset[str]().union(*(s.names() for s in self if isinstance(s, Unknown)))

    def at(self, values: Mapping[str, int]) -> Shape:
        """The same shape once every unknown has a value."""
        return self.resized(*(size_at(size, values) for size in self))

    def resized(self, *sizes: int | str | Unknown) -> Shape:
        """The same kind of value with other sizes."""
        return Shape(*sizes, axes=self.axes, values=self.values)

    def described(self) -> str:
        """``an image (16 × 5 × 5)``, for sentences."""
        kind = KIND_BY_AXES.get(self.axes, f"a value with axes {' × '.join(self.axes)}")
        if self.values == "index":
            kind = kind.replace("numbers", "indices").replace("number", "index")
            if self.axes not in ("", "L"):
                kind += " of indices"
        return f"{kind} ({self})" if self else kind

    def as_image(self, title: str) -> Image:
        """Channels, height and width. Raises ShapeError where this is no image of real numbers."""
        self.as_real(title)
        if self.axes != "CHW":
            raise ShapeError(
                f"{title} expects an image (C × H × W), got {self.described()}.",
                "Put it where the value is still an image.",
                kind="rank",
            )
        return Image(*self)

    def as_sequence(self, title: str) -> tuple[Size, Size]:
        """Length and channels. Raises ShapeError where this is no sequence of real numbers."""
        self.as_real(title)
        if self.axes != "LC":
            raise ShapeError(
                f"{title} expects a sequence (L × C), got {self.described()}.",
                "Feed it a sequence, such as the output of an Embedding.",
                kind="rank",
            )
        return self[0], self[1]

    def as_real(self, title: str) -> Shape:
        """Itself. Raises ShapeError where it holds indices."""
        if self.values == "index":
            raise ShapeError(
                f"{title} calculates with real numbers, got {self.described()}.",
                "Put an Embedding before it.",
                kind="values",
            )
        return self


def _rebuilt(sizes: tuple[Size, ...], axes: str, values: Values) -> Shape:
    return Shape(*sizes, axes=axes, values=values)


def known(size: Size, title: str, what: str) -> int:
    """A size that weights depend on: it has to be a whole number. Raises ShapeError."""
    if isinstance(size, Unknown):
        raise ShapeError(
            f"{title} needs to know {what}, which is {size} here.",
            f"Set {', '.join(sorted(size.names()))} in the input to a number, or average over that axis first.",
            kind="unknown",
        )
    return size
