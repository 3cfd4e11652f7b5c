"""The arithmetic that sliding windows share: convolution and pooling.

Source: Dumoulin & Visin 2016, arXiv:1603.07285.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nodes.spec.fixes import Fix, Remark, set_to
from nodes.spec.node_type import Window
from nodes.spec.shapes import ShapeError
from nodes.spec.sizes import Size

Pad = tuple[int, int]  # before and after, in positions

UPSAMPLED = Window((), (), ())  # several outputs share what they see: no step of the receptive field can say that


class Sweep(NamedTuple):
    """A window and how it moves along one axis. Units: positions."""

    kernel: int
    stride: int = 1
    pad: Pad = (0, 0)
    dilation: int = 1

    @property
    def reach(self) -> int:
        """From the first tap to the last, both counted."""
        return self.dilation * (self.kernel - 1) + 1


def slide(
    sides: Sequence[Size], sweeps: Sequence[Sweep], *, what: str = "kernel", step: str = "pixel", ceil: bool = False
) -> tuple[Size, ...]:
    """How many places the window takes along each axis. Raises ShapeError where it takes none."""
    try:
        return tuple(
            positions(side, *sweep, what=what, step=step, ceil=ceil)
            for side, sweep in zip(sides, sweeps, strict=True)
        )
    except ShapeError as error:
        error.fixes = _fitting(sides, sweeps, what, ceil)
        raise


def positions(
    side: Size,
    kernel: int,
    stride: int,
    pad: Pad,
    dilation: int = 1,
    *,
    what: str = "kernel",
    step: str = "pixel",
    ceil: bool = False,
) -> Size:
    """How many places a window takes along one side. Raises ShapeError where it takes none.

    With ``ceil`` the last place may hang over the end, as long as it begins before the padding there.
    """
    reach = dilation * (kernel - 1) + 1
    over = min(stride - 1, reach - pad[1] - 1) if ceil else 0
    room = side + sum(pad) - reach + over
    if isinstance(room, int) and room < 0:
        raise ShapeError(
            f"The {kernel}-{step} {what}"
            + (f", spread over {reach} by dilation {dilation}," if dilation > 1 else "")
            + f" is larger than its {side}-{step} input"
            + (f" with {sum(pad)} of padding." if sum(pad) else "."),
            _mend(side + sum(pad), pad[0], room, dilation, what),
            parameter="kernel_size",
            kind="kernel" if what == "kernel" else "shrinks",
        )
    return room // stride + 1


def _mend(padded: Size, pad: int, room: int, dilation: int, what: str) -> str:
    assert isinstance(padded, int)
    more = pad + (1 - room) // 2
    if padded < 1:
        return f"Set padding to {more} or more."
    remedy = f"Set kernel size to {(padded - 1) // dilation + 1} or less"
    return f"{remedy}, or padding to {more} or more." if what == "kernel" else f"{remedy}."


def _fitting(sides: Sequence[Size], sweeps: Sequence[Sweep], what: str, ceil: bool) -> tuple[Fix, ...]:
    """Settings with which every window fits; a padding only where it may be as large as is needed."""
    kernels, paddings, places = [], [], []
    for side, sweep in zip(sides, sweeps, strict=True):
        room = side + sum(sweep.pad) - sweep.reach
        lack = -room if isinstance(room, int) and room < 0 else 0
        kernels.append(max(1, sweep.kernel - -(-lack // sweep.dilation)))
        paddings.append(max(sweep.pad) + (lack + 1) // 2)
        places.append(lack <= min(sweep.stride - 1, sweep.reach - sweep.pad[1] - 1))
    smaller = set_to(kernel_size=tuple(kernels))
    if what == "kernel":
        return set_to(padding=tuple(paddings)), smaller
    return (set_to(ceil_mode=True), smaller) if all(places) and not ceil else (smaller,)


def same_padding(kernel: int, dilation: int) -> Pad:
    """What ``padding="same"`` adds before and after: PyTorch puts the odd one after."""
    total = dilation * (kernel - 1)
    return total // 2, total - total // 2


def seen(sweeps: Sequence[Sweep]) -> Window:
    """The receptive-field step of a window that slides."""
    return Window(
        tuple(sweep.reach for sweep in sweeps),
        tuple(sweep.stride for sweep in sweeps),
        tuple(sweep.pad[0] for sweep in sweeps),
    )


def window_sums(
    sides: Sequence[Size], sweeps: Sequence[Sweep], results: Sequence[Size], *, ceil: bool = False
) -> tuple[str, ...]:
    """A sum for each axis, those that read alike once."""
    sums = (
        window_sum(side, *sweep, result, ceil=ceil)
        for side, sweep, result in zip(sides, sweeps, results, strict=True)
    )
    return tuple(dict.fromkeys(sums))


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


def remainder_remarks(sides: Sequence[Size], sweeps: Sequence[Sweep], names: Sequence[str]) -> tuple[str, ...]:
    """Sentences on what the last window never reaches, with the sizes that would fit.

    ``names`` says what one position of each axis is called: row, column.
    """
    remarks = []
    for name, side, sweep in zip(names, sides, sweeps, strict=True):
        room = side + sum(sweep.pad) - sweep.reach
        if not isinstance(room, int) or not isinstance(side, int):
            continue
        left = room % sweep.stride - sweep.pad[1]  # what remains falls on the padding first
        gap = max(0, sweep.stride - sweep.reach)  # what lies between two windows is passed over as well
        if left <= gap:
            continue
        last = name if left == 1 else f"{left} {name}s"
        text = (
            f"The last {last} of {side} {'is' if left == 1 else 'are'} never reached: "
            f"({side} − {sweep.reach} + {sum(sweep.pad)})/{sweep.stride} leaves {room % sweep.stride}. "
            f"An input of {side - room % sweep.stride} or {side + sweep.stride - room % sweep.stride} would fit."
        )
        remarks.append(Remark(text, kind="remainder"))
    return tuple(remarks)


def crossed(sizes: Sequence[int | None]) -> str:
    """``2×2``; a size left open is shown as ``…``."""
    return "×".join("…" if size is None else str(size) for size in sizes)


def shortened(sizes: Sequence[int]) -> str:
    """``2`` for 2 × 2, else ``2×3``."""
    return crossed(tuple(dict.fromkeys(sizes)) if len(set(sizes)) == 1 else sizes)
