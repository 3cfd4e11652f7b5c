"""Axes by their letters: where they are, what is left without them, and the source that takes a part along one."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from nodes.spec.fixes import set_to
from nodes.spec.shapes import Shape, ShapeError

AXIS = ("C", "L", "D", "H", "W")
ORDER = "LCDHW"  # the order in which a value has its axes, unless it is a signal
RENAMED = {
    "CW": "CL", "CH": "CL", "CD": "CL", "CDL": "CHW", "CLW": "CHW", "CDH": "CHW", "CDW": "CHW",
    "DH": "HW", "DW": "HW",
}  # fmt: skip
"""What axes are called once others are gone or merged: rows without columns are positions in a row."""


def place(x: Shape, letter: str, title: str, parameter: str = "dim") -> int:
    """Where the axis of that letter is, from 0 behind the batch. Raises ShapeError where there is none."""
    if letter in x.axes:
        return x.axes.index(letter)
    raise ShapeError(
        f"{title} along {letter or 'no axis'} needs that axis, got {x.described()}.",
        f"Set {parameter} to {one_of(x.axes)}." if x else "Feed it a value with an axis, such as a vector.",
        parameter=parameter,
        kind="rank",
        fixes=[set_to(**{parameter: axis}) for axis in x.axes[:3]],
    )


def places(x: Shape, letters: str, title: str, parameter: str = "dim") -> tuple[int, ...]:
    """Where the axes of some letters are, in the order of the value. Raises ShapeError where one is missing."""
    if len(set(letters)) != len(letters):
        raise ShapeError(
            f"{title} names an axis twice in {letters}.",
            f"Set {parameter} to {''.join(dict.fromkeys(letters))}.",
            parameter=parameter,
            kind="setting",
            fixes=(set_to(**{parameter: "".join(dict.fromkeys(letters))}),),
        )
    return tuple(sorted(place(x, letter, title, parameter) for letter in letters))


def without(x: Shape, gone: Collection[int]) -> Shape:
    """The value once some axes are taken away."""
    kept = [number for number in range(len(x)) if number not in gone]
    return Shape(
        *(x[n] for n in kept), axes=renamed("".join(x.axes[n] for n in kept), x.values == "real"), values=x.values
    )


def renamed(axes: str, is_real: bool) -> str:
    """The letters of a value of which other axes are gone: one row of real numbers is a vector."""
    if axes in ("D", "H", "W"):
        return "C" if is_real else "L"
    return RENAMED.get(axes, axes)


def with_axis(axes: str, letter: str) -> int:
    """Where a new axis of that letter goes."""
    return next((n for n, axis in enumerate(axes) if ORDER.index(axis) > ORDER.index(letter)), len(axes))


def subscript(parts: Mapping[int, str]) -> str:
    """``[:, :, 2:5]``: source that takes a part along some axes, by their places behind the batch."""
    return f"[:, {', '.join(parts.get(number, ':') for number in range(max(parts) + 1))}]"


def one_of(letters: str) -> str:
    """``C, H or W``."""
    return " or ".join(filter(None, (", ".join(letters[:-1]), letters[-1:])))
