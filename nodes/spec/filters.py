"""What convolutions and transposed convolutions share: filters, and the rules of groups and padding."""

from __future__ import annotations

from collections.abc import Sequence

from nodes.spec.fixes import set_to
from nodes.spec.shapes import Shape, ShapeError, known
from nodes.spec.sizes import Size
from nodes.spec.spatial import nearest_divisor
from nodes.spec.windows import Pad


def channels_of(x: Shape, title: str) -> int:
    """The number of channels, which weights depend on. Raises ShapeError where it is not known."""
    return known(x[0], title, "its number of channels")


def filter_weights(
    channels: tuple[int, int], kernel_size: Sequence[int], out_channels: int, bias: bool
) -> dict[str, Shape]:
    """The weights of a layer of filters; ``channels`` in the order in which PyTorch keeps them."""
    axes = "OI" + "?" * len(kernel_size)
    weight = {"weight": Shape(*channels, *kernel_size, axes=axes)}
    return weight | ({"bias": Shape(out_channels)} if bias else {})


def weight_sum(taps: Sequence[int], filters: int, bias: bool) -> str:
    """``(5·5·6 + 1) · 16``, as the lectures write it."""
    product = "·".join(map(str, taps))
    return f"({product} + 1) · {filters}" if bias else f"{product} · {filters}"


def require_groups(groups: int, channels: int, out_channels: int) -> None:
    """Checks that the channels of both sides can be split. Raises ShapeError."""
    for what, count, parameter in (
        ("input channels", channels, "groups"),
        ("out_channels", out_channels, "out_channels"),
    ):
        if count % groups:
            fitting = nearest_divisor(groups, channels, out_channels)
            fixes = [set_to(groups=fitting)]
            if channels % groups == 0:
                fixes.append(set_to(out_channels=max(1, round(out_channels / groups)) * groups))
            raise ShapeError(
                f"{count} {what} cannot be split into {groups} groups.",
                f"Set groups to {fitting}, or make both channel counts multiples of {groups}.",
                parameter=parameter,
                kind="groups",
                fixes=fixes,
            )


def require_same_fits(stride: Sequence[int]) -> None:
    """Checks that padding ``same`` has a stride of 1. Raises ShapeError."""
    if any(step != 1 for step in stride):
        ones = (1,) * len(stride)
        raise ShapeError(
            "Padding “same” keeps the size, which a stride above 1 cannot.",
            f"Set stride to {' × '.join(map(str, ones))}, or padding to a number.",
            parameter="padding",
            kind="padding",
            fixes=(set_to(stride=ones), set_to(padding=(0,) * len(stride))),
        )


def require_mode_fits(mode: str, sides: Sequence[Size], pads: Sequence[Pad]) -> None:
    """Checks that an input is large enough to fill its padding with its own values. Raises ShapeError."""
    if mode not in ("reflect", "circular"):
        return
    for side, pad in zip(sides, pads, strict=True):
        limit = side - 1 if mode == "reflect" else side
        if isinstance(limit, int) and max(pad) > limit:
            raise ShapeError(
                f"Padding {max(pad)} with {mode} needs more than the {side} positions there are.",
                f"Set padding to {limit} or less, or padding_mode to zeros.",
                parameter="padding",
                kind="padding",
                fixes=(set_to(padding_mode="zeros"),),
            )
