"""What node types over signals, images and volumes share: which value they take, and what to do about another."""

from __future__ import annotations

from typing import Any

from nodes.spec.fixes import Fix, insert, replace_by
from nodes.spec.settings import size
from nodes.spec.shapes import KIND_BY_AXES, Shape, ShapeError

LONGEST = 1023  # positions that a window spans at most; beyond it forms would step by factors
CHANNELS_FIRST = {"L": "CL", "HW": "CHW", "DHW": "CDHW"}  # axes of positions -> axes of the value
RANKS = {"CL": "1d", "CHW": "2d", "CDHW": "3d"}
STEPS = {"L": "step", "HW": "pixel", "DHW": "voxel"}  # what one position is called
UNITS = {"L": "steps", "HW": "px", "DHW": "voxels"}
EXTENTS = {"L": "Length", "HW": "Height × width", "DHW": "Depth × height × width"}
SIDES = {"L": ("step",), "HW": ("row", "column"), "DHW": ("slice", "row", "column")}


def require_positions(x: Shape, axes: str, title: str, type_id: str = "") -> None:
    """Checks that ``x`` has channels first and then the positions ``axes``, such as HW. Raises ShapeError.

    ``type_id`` without its rank names the family that has the same node for other values: ``conv``.
    """
    x.as_real(title)
    wanted = CHANNELS_FIRST[axes]
    if x.axes == wanted:
        return
    remedy = f"Put it where the value is still {KIND_BY_AXES[wanted]}."
    fixes: list[Fix] = []
    if sorted(x.axes) == sorted(wanted):
        remedy = f"Insert a Permute to {wanted} before it."
        fixes.append(insert("permute", order=wanted))
    elif x.axes in RANKS and type_id:
        remedy = f"Use the {RANKS[x.axes].upper()} one instead, or put it where the value is {KIND_BY_AXES[wanted]}."
        fixes.append(replace_by(type_id + RANKS[x.axes]))
    elif x.axes == "LC" and type_id:
        remedy = "Insert a Permute to CL before it and use the 1D one."
    elif x.axes == "LCHW":
        remedy = "Make it a block that goes over time, so that each image of the sequence passes by itself."
    raise ShapeError(
        f"{title} expects {KIND_BY_AXES[wanted]} ({' × '.join(wanted)}), got {x.described()}.",
        remedy,
        kind="rank",
        fixes=fixes,
    )


def require_channels_first(x: Shape, title: str, *, least: int = 1) -> Shape:
    """The value, if its first axis are channels and ``least`` axes are there. Raises ShapeError."""
    if x.as_real(title).axes.startswith("C") and len(x) >= least:
        return x
    is_sequence = x.axes == "LC"
    what = "with positions, such as an image" if least > 1 else "first, as in an image (C × H × W)"
    raise ShapeError(
        f"{title} expects channels {what}, got {x.described()}.",
        "Insert a Permute to CL before it." if is_sequence else "Put it where the first axis is C.",
        kind="rank",
        fixes=(insert("permute", order="CL"),) if is_sequence else (),
    )


def nearest_divisor(wanted: int, *numbers: int) -> int:
    """The largest number up to ``wanted`` that divides all the others."""
    return next(d for d in range(wanted, 0, -1) if not any(number % d for number in numbers))


def kernel_setting(axes: str, default: int, doc: str) -> Any:
    """The extent of a window, for one node type; ``doc`` says of what."""
    return size((default,) * len(axes), axes, low=1, high=LONGEST, unit=UNITS[axes], doc=f"{EXTENTS[axes]} of {doc}.")


def step_setting(axes: str, doc: str) -> Any:
    """A whole number from 1 for each axis: a stride or a dilation."""
    return size((1,) * len(axes), axes, low=1, high=LONGEST, unit=UNITS[axes], doc=doc)


def with_indices(out: Shape) -> dict[str, Shape]:
    """What a max pooling gives together with the place of each largest value."""
    return {"output": out, "indices": Shape(*out, axes=out.axes, values="index")}
