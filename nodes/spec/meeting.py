"""Edits that make the branches of a drawing meet, for errors of nodes that join them."""

from __future__ import annotations

from collections.abc import Sequence

from nodes.spec.fixes import Fix, Insert, insert
from nodes.spec.shapes import Shape
from nodes.spec.sizes import Size

RANK_OF = {"CL": 1, "CHW": 2, "CDHW": 3}  # axes of channels and positions -> how many axes the positions have


def stride_between(large: Size, small: Size) -> int | None:
    """The step with which a window of one position makes ``small`` of ``large``; None where no step does."""
    if not isinstance(large, int) or not isinstance(small, int) or not 1 <= small <= large:
        return None
    for step in range(max(large // small, 1), large + 1):
        count = (large - 1) // step + 1
        if count <= small:
            return step if count == small else None
    return None


def strides_between(large: Shape, small: Shape) -> tuple[int, ...] | None:
    """The step for each axis of positions; None where ``small`` is larger somewhere."""
    steps = [stride_between(a, b) for a, b in zip(large[1:], small[1:], strict=True)]
    return None if None in steps else tuple(step for step in steps if step is not None)


def addable(shapes: Sequence[Shape], number: int) -> tuple[Fix, ...]:
    """Edits after which input ``number`` (from 1) has the shape of the first, as a sum wants it."""
    first, other = shapes[0], shapes[number - 1]
    if first.axes not in RANK_OF:
        is_channels = first.axes in ("C", "LC") and first[:-1] == other[:-1] and isinstance(first[-1], int)
        return (insert("linear", port=f"x{number}", out_features=first[-1], bias=False),) if is_channels else ()
    found = [
        _projected(large, small, port) for large, small, port in ((other, first, f"x{number}"), (first, other, "x1"))
    ]
    found += resampled(shapes, number) if first[0] == other[0] else []
    return tuple(fix for fix in found if fix)


def advice(fixes: Sequence[Fix], axis: str) -> str:
    """What to do about branches that differ along ``axis``: the best edit in words, or what to look at."""
    for fix in fixes[:1]:
        if isinstance(fix, Insert) and fix.type_id.startswith("conv"):
            stride, filters = fix.settings["stride"], fix.settings["out_channels"]
            written = " × ".join(map(str, stride if len(set(stride)) > 1 else stride[:1]))
            with_stride = f"stride {written} and " if max(stride) > 1 else ""
            return f"Put a 1 × 1 convolution with {with_stride}{filters} filters at {fix.port}."
        if isinstance(fix, Insert) and fix.type_id == "linear":
            return f"Put a Linear with {fix.settings['out_features']} outputs at {fix.port}."
    if axis in "DHW":
        return f"Give both branches the same {axis}: compare their strides and paddings."
    return f"Give both branches the same {axis}."


def _projected(large: Shape, small: Shape, port: str) -> Fix | None:
    """A 1 × 1 convolution whose stride and filters make ``small`` of ``large``."""
    strides = strides_between(large, small)
    if strides is None or not isinstance(small[0], int):
        return None
    rank = RANK_OF[small.axes]
    return insert(
        f"conv{rank}d", port=port, out_channels=small[0], kernel_size=(1,) * rank, stride=strides, bias=False
    )


def resampled(shapes: Sequence[Shape], number: int) -> list[Fix]:
    """Edits after which input ``number`` and the first have as many positions: crop, pooling or upsampling."""
    first, other = shapes[0], shapes[number - 1]
    if first.axes not in RANK_OF:
        return []
    found: list[Fix] = []
    for large, small, port, small_port in (
        (other, first, f"x{number}", "x1"),
        (first, other, "x1", f"x{number}"),
    ):
        both = zip(large[1:], small[1:], strict=True)
        sides = [(a, b) for a, b in both if isinstance(a, int) and isinstance(b, int) and a >= b]
        if len(sides) < len(large) - 1 or large[1:] == small[1:]:
            continue
        ratios = tuple(a // b for a, b in sides)
        is_whole = all(a // b * b == a for a, b in sides)
        pool = insert(
            f"max_pool{RANK_OF[large.axes]}d", port=port, kernel_size=tuple(a // b for a, b in sides), stride=None
        )
        if all(a // b > 1 or a == b for a, b in sides):
            found.append(pool)
        if is_whole:
            found.append(
                insert("upsample", port=small_port, scale_factor=ratios if len(set(ratios)) > 1 else ratios[0])
            )
        elif large.axes == "CHW":
            found.insert(0, insert("crop", port=port, size=tuple(b for _, b in sides)))
    return found


def of_one_kind(shapes: Sequence[Shape], number: int) -> tuple[Fix, ...]:
    """Edits after which input ``number`` (from 1) is the same kind of value as the first."""
    first, other = shapes[0], shapes[number - 1]
    if sorted(first.axes) == sorted(other.axes):
        return (insert("permute", port=f"x{number}", order=first.axes),)
    found: list[Fix] = []
    for small, large, port in ((other, first, f"x{number}"), (first, other, "x1")):
        is_part = len(small) < len(large) and "".join(a for a in large.axes if a in small.axes) == small.axes
        if is_part and all(large[large.axes.index(a)] == s for a, s in zip(small.axes, small, strict=True)):
            found.append(insert("unsqueeze", port=port, axes=large.axes))
    larger = f"x{number}" if len(other) > len(first) else "x1"
    return (*found, insert("flatten", port=larger))
