"""Reshapes, permutations and other arrangements of a value, as both importers meet them: sizes without the batch."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nodes.boundary import AXES_BY_KIND
from nodes.reshape import Flatten, Permute, Reshape, Squeeze, Unsqueeze
from nodes.reshape_sizes import ChannelShuffle, Pad
from nodes.spec.shapes import Shape
from nodes.spec.sizes import Size
from runtime.exchange.importing.drawing import Drawing, Path, UnsayableError, Value

BY_RANK = {0: "number", 1: "vector", 3: "image", 4: "volume"}


def reshaped(drawing: Drawing, x: Value, sizes: Sequence[Size], path: Path = ()) -> Value:
    """``x`` laid out in other sizes, by the plainest node: none, Flatten, Squeeze, ChannelShuffle or Reshape."""
    wanted = _filled(x.shape, sizes)
    if tuple(wanted) == tuple(x.shape):
        return x
    if len(wanted) == 1 and len(x.shape) > 1 and x.shape.values == "real":
        return drawing.one(Flatten(), x, path=path)
    if not all(isinstance(size, int) for size in wanted):
        raise UnsayableError("A reshape to sizes that are not known has no node")
    numbers = tuple(size for size in wanted if isinstance(size, int))
    shuffled = _shuffled(drawing, x, numbers, path)
    if shuffled is not None:
        return shuffled
    ones = [n for n, size in enumerate(x.shape) if size == 1]
    if len(wanted) == len(x.shape) - 2 and len(ones) == 2 and len(set(x.shape.axes)) == len(x.shape):
        kept = [size for n, size in enumerate(x.shape) if n not in ones]
        if tuple(kept) == numbers:
            return drawing.one(Squeeze("".join(x.shape.axes[n] for n in ones)), x, path=path)
    return drawing.one(Reshape(_kind(x.shape, numbers), numbers), x, path=path)


def _shuffled(drawing: Drawing, x: Value, sizes: tuple[int, ...], path: Path) -> Value | None:
    """Channels laid out in groups, turned and laid behind each other again, as the one node that says so."""
    turned = drawing.items[x.item]
    if not isinstance(turned.settings, Permute) or turned.settings.order != "DCHW" or len(sizes) != 3:
        return None
    grouped = drawing.items[turned.inputs["x"].item]
    if not isinstance(grouped.settings, Reshape) or grouped.settings.kind != "volume":
        return None
    whole = grouped.inputs["x"]
    if tuple(whole.shape) != sizes or whole.shape.axes != "CHW":
        return None
    return drawing.one(ChannelShuffle(grouped.settings.size[0]), whole, path=path)


def _filled(x: Shape, sizes: Sequence[Size]) -> list[Size]:
    """The sizes, with −1 replaced by what is left."""
    if -1 not in sizes:
        return list(sizes)
    rest = [size for size in sizes if size != -1]
    if isinstance(x.numel, int) and all(isinstance(size, int) for size in rest):
        left = x.numel // max(math.prod(size for size in rest if isinstance(size, int)), 1)
        return [left if size == -1 else size for size in sizes]
    if len(sizes) == 1:
        return [x.numel]
    raise UnsayableError("A reshape of sizes that are not known has no node")


def _kind(x: Shape, sizes: Sequence[int]) -> str:
    if len(sizes) == 2:
        keeps_channels = x.axes.startswith("C") and len(x) > 1 and x[0] == sizes[0]
        return "signal" if keeps_channels else "sequence"
    if len(sizes) not in BY_RANK:
        raise UnsayableError(f"A value of {len(sizes)} axes beside the batch has no node")
    return BY_RANK[len(sizes)]


def permuted(drawing: Drawing, x: Value, order: Sequence[int], path: Path = ()) -> Value:
    """``x`` with its axes in another order; ``order`` counts them from 0, without the batch."""
    if list(order) == list(range(len(order))):
        return x
    if len(set(x.shape.axes)) < len(x.shape) or sorted(order) != list(range(len(x.shape))):
        raise UnsayableError(f"The axes of {x.shape.described()} have no order of letters")
    return drawing.one(Permute("".join(x.shape.axes[n] for n in order)), x, path=path)


def squeezed(drawing: Drawing, x: Value, places: Sequence[int], path: Path = ()) -> Value:
    """``x`` without axes of size 1."""
    if not places:
        return x
    return drawing.one(Squeeze("".join(x.shape.axes[n] for n in places)), x, path=path)


def unsqueezed(drawing: Drawing, x: Value, places: Sequence[int], path: Path = ()) -> Value:
    """``x`` with axes of size 1 at ``places`` of the result."""
    rank = len(x.shape) + len(places)
    for axes in (AXES_BY_KIND["image"], AXES_BY_KIND["sequence"], AXES_BY_KIND["signal"], AXES_BY_KIND["volume"]):
        if len(axes) == rank and "".join(axes[n] for n in range(rank) if n not in places) == x.shape.axes:
            return drawing.one(Unsqueeze(axes), x, path=path)
    sizes: list[Size] = list(x.shape)
    for place in sorted(places):
        sizes.insert(place, 1)
    return reshaped(drawing, x, sizes, path)


def padded(drawing: Drawing, x: Value, pads: Sequence[tuple[int, int]], mode: str, value: float, path: Path) -> Value:
    """``x`` with ``pads`` before and behind each axis, the batch left out."""
    if not any(before or behind for before, behind in pads):
        return x
    named: dict[str, int] = {}
    sides = {"W": ("left", "right"), "H": ("top", "bottom"), "D": ("front", "back"),
             "C": ("channels_before", "channels_after"), "L": ("left", "right")}  # fmt: skip
    for axis, (before, behind) in zip(x.shape.axes, pads, strict=True):
        if not (before or behind):
            continue
        if axis not in sides or (axis == "L" and "W" in x.shape.axes):
            raise UnsayableError(f"Padding {axis} of {x.shape.described()} has no node")
        named |= dict(zip(sides[axis], (before, behind), strict=True))
    return drawing.one(Pad(mode=mode, value=value, **named), x, path=path)


def letters_of(x: Shape, places: Sequence[int]) -> str:
    """Letters of axes by their places behind the batch. Raises UnsayableError for one that is not there."""
    if not all(0 <= n < len(x) for n in places):
        raise UnsayableError("The batch is no axis to go over")
    return "".join(x.axes[n] for n in sorted(places))
