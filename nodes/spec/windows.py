"""The arithmetic that sliding windows share: convolution and pooling.

Source: Dumoulin & Visin 2016, arXiv:1603.07285.
"""

from __future__ import annotations

from collections.abc import Sequence

from nodes.spec.shapes import ShapeError
from nodes.spec.sizes import Size

Pad = tuple[int, int]  # before and after, in positions


def positions(
    side: Size, kernel: int, stride: int, pad: Pad, dilation: int = 1, *, what: str = "kernel", ceil: bool = False
) -> Size:
    """How many places a window takes along one side. Raises ShapeError where it takes none.

    With ``ceil`` the last place may hang over the end, as long as it begins before the padding there.
    """
    reach = dilation * (kernel - 1) + 1
    over = min(stride - 1, reach - pad[1] - 1) if ceil else 0
    room = side + sum(pad) - reach + over
    if isinstance(room, int) and room < 0:
        raise ShapeError(
            f"The {kernel}-pixel {what}"
            + (f", spread over {reach} by dilation {dilation}," if dilation > 1 else "")
            + f" is larger than its {side}-pixel input"
            + (f" with {sum(pad)} of padding." if sum(pad) else "."),
            _mend(side + sum(pad), pad[0], room, dilation, what),
            parameter="kernel_size",
        )
    return room // stride + 1


def _mend(padded: Size, pad: int, room: int, dilation: int, what: str) -> str:
    assert isinstance(padded, int)
    more = pad + (1 - room) // 2
    if padded < 1:
        return f"Set padding to {more} or more."
    remedy = f"Set kernel size to {(padded - 1) // dilation + 1} or less"
    return f"{remedy}, or padding to {more} or more." if what == "kernel" else f"{remedy}."


def same_padding(kernel: int, dilation: int) -> Pad:
    """What ``padding="same"`` adds before and after: PyTorch puts the odd one after."""
    total = dilation * (kernel - 1)
    return total // 2, total - total // 2


def window_sum(
    side: Size, kernel: int, stride: int, pad: Pad, dilation: int, result: Size, *, ceil: bool = False
) -> str:
    """``(14 − 5 + 2·0)/1 + 1 = 10``, as the lectures write it."""
    reach = f"{kernel}" if dilation == 1 else f"({dilation}·({kernel} − 1) + 1)"
    padding = f"2·{pad[0]}" if pad[0] == pad[1] else f"{pad[0]} + {pad[1]}"
    fraction = f"({side} − {reach} + {padding})/{stride}"
    room = side + sum(pad) - (dilation * (kernel - 1) + 1)
    if isinstance(room, int) and room % stride:
        fraction = f"⌈{fraction}⌉" if ceil else f"⌊{fraction}⌋"
        if ceil and result == -(-room // stride):
            return f"{fraction} = {result} (one more would begin beyond the end)"
    return f"{fraction} + 1 = {result}"


def remainder_remarks(
    sides: Sequence[Size],
    kernels: Sequence[int],
    strides: Sequence[int],
    pads: Sequence[Pad],
    dilations: Sequence[int],
) -> tuple[str, ...]:
    """Sentences on rows and columns that the last window never reaches, with the settings that make it fit."""
    remarks = []
    for name, side, kernel, stride, pad, dilation in zip(
        ("row", "column"), sides[-2:], kernels, strides, pads, dilations, strict=False
    ):
        reach = dilation * (kernel - 1) + 1
        room = side + sum(pad) - reach
        if not isinstance(room, int) or not isinstance(side, int):
            continue
        left = room % stride - pad[1]  # what remains falls on the padding first
        if left <= 0:
            continue
        last = name if left == 1 else f"{left} {name}s"
        remarks.append(
            f"The last {last} of {side} {'is' if left == 1 else 'are'} never reached: "
            f"({side} − {reach} + {sum(pad)})/{stride} leaves {room % stride}. "
            f"An input of {side - room % stride} or {side + stride - room % stride} would fit."
        )
    return tuple(remarks)


def crossed(sizes: Sequence[int]) -> str:
    """``2×2``."""
    return "×".join(map(str, sizes))


def shortened(sizes: Sequence[int]) -> str:
    """``2`` for 2 × 2, else ``2×3``."""
    return crossed(tuple(dict.fromkeys(sizes)) if len(set(sizes)) == 1 else sizes)
