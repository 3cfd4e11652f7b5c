"""The arithmetic that layers with attention share."""

from __future__ import annotations

from typing import Any

from nodes.spec.fixes import set_to
from nodes.spec.settings import integer
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import Size

STEPS = "how many numbers each step has"


def require_heads(channels: int, heads: int, parameter: str) -> None:
    """Raises ShapeError unless the numbers of a step can be shared out among the heads."""
    if channels % heads:
        fitting = max(h for h in range(1, heads) if channels % h == 0)
        raise ShapeError(
            f"{channels} numbers cannot be shared out among {heads} heads.",
            f"Set {parameter} to {fitting}, or make each step a multiple of {heads} numbers.",
            parameter=parameter,
            kind="groups",
            fixes=(set_to(**{parameter: fitting}),),
        )


def projections(channels: int, key: int, value: int, bias: bool) -> dict[str, Shape]:
    """The weights of one multi-head attention, by PyTorch's names: joined where all inputs are as long."""
    if channels == key == value:
        named = {"in_proj_weight": Shape(3 * channels, channels, axes="OI")}
    else:
        sizes = {"q": channels, "k": key, "v": value}
        named = {f"{name}_proj_weight": Shape(channels, size, axes="OI") for name, size in sizes.items()}
    if bias:
        named["in_proj_bias"] = Shape(3 * channels)
    named["out_proj.weight"] = Shape(channels, channels, axes="OI")
    if bias:
        named["out_proj.bias"] = Shape(channels)
    return named


def attending(length: Size, channels: int, steps: Size, key: int, value: int) -> Size:
    """Multiply-adds of one multi-head attention: four projections, all scores, and the weighted sums."""
    projected = length * (channels * channels * 2) + steps * ((key + value) * channels)
    return projected + length * steps * (2 * channels)


def require_same_length(title: str, steps: Size, others: Size) -> None:
    if steps != others:
        raise ShapeError(
            f"{title} needs as many values as keys, got {others} and {steps}.",
            "Take key and value from the same sequence.",
            port="value",
            kind="sizes",
        )


def padding_setting() -> Any:
    """The setting for what a ``padding`` port compares with."""
    return integer(
        0,
        low=-10_000_000,
        high=10_000_000,
        doc="The index that sequences are filled up with; steps that have it at the port padding are not looked at.",
        advanced=True,
    )


def require_padding(title: str, padding: Shape | None, steps: Size, port: str = "padding") -> None:
    """Raises ShapeError unless there is one index for each step that is looked at."""
    if padding is None or (padding.axes == "L" and padding.values == "index" and padding[0] == steps):
        return
    raise ShapeError(
        f"{title} expects one index for each of {steps} steps at {port}, got {padding.described()}.",
        "Connect the indices that went into the Embedding of the same sequence, or leave the port open.",
        port=port,
        kind="sizes" if padding.values == "index" else "values",
    )


def kept_by_attention(
    length: Size, steps: Size, channels: int, heads: int, *, drops: bool, scores: bool, is_self: bool, joined: bool
) -> Size:
    """Bytes that the gradient of one attention needs beside its inputs: the projections, what the heads found, and
    the scores, unless PyTorch's fused attention works them out again. Measured on the CPU by a test.

    ``joined`` says that query, key and value are projected by one matrix, which takes them to be of one size.
    """
    numbers = (length * 2 + steps * 2) * channels
    if not (drops or scores):
        return (numbers + length * heads) * 4
    if is_self:
        numbers = numbers + length * channels  # the query before it is scaled lies in one piece with the value
    if joined and not scores:
        numbers = numbers + steps * channels
    return (numbers + length * steps * (heads * (3 if drops else 1))) * 4
