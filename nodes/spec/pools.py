"""What poolings share, over one, two or three axes of positions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from nodes.spec.fixes import set_to
from nodes.spec.node_type import Arithmetic, NodeType, Outputs, Window, call_with, single
from nodes.spec.settings import flag, real, size
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import Size
from nodes.spec.spatial import (
    LONGEST,
    SIDES,
    STEPS,
    UNITS,
    kernel_setting,
    require_positions,
    step_setting,
    with_indices,
)
from nodes.spec.windows import UPSAMPLED, Sweep, crossed, remainder_remarks, seen, shortened, slide, window_sums

WINDOW = "the window"
TAPS = "Distance between window taps."


def stride_setting(axes: str) -> Any:
    """The step of a window; left open it is the window itself."""
    return size(
        None, axes, low=1, high=LONGEST, unit=UNITS[axes], optional="as kernel_size", doc="Step between positions."
    )


def padding_setting(axes: str) -> Any:
    """What is added around the input of a pooling."""
    zeros = (0,) * len(axes)
    return size(zeros, axes, low=0, high=127, unit=UNITS[axes], doc="Added on each side; at most half the window.")


@dataclass(frozen=True)
class Pool(NodeType):
    """What the poolings share: a window that slides over each channel by itself."""

    over: ClassVar[str] = "HW"
    overhangs: ClassVar[bool] = True  # whether a window may be larger than the input without its padding

    kernel_size: tuple[int, ...] = kernel_setting("HW", 2, WINDOW)
    stride: tuple[int, ...] | None = stride_setting("HW")

    def shape(self, x: Shape) -> Outputs:
        return self._pooled(x)

    def window(self, x: Shape) -> Window:
        return seen(self._sweeps())

    def arithmetic(self, x: Shape) -> tuple[Arithmetic, ...]:
        out = self._pooled(x)
        sums = window_sums(x[1:], self._sweeps(), out[1:], ceil=self._rounds_up())
        return (Arithmetic("Output size", (*sums, str(out))),)

    def remarks(self, x: Shape) -> tuple[str, ...]:
        return () if self._rounds_up() else remainder_remarks(x[1:], self._sweeps(), SIDES[self.over])

    def module(self, x: Shape) -> str:
        return call_with(self, f"nn.{self.torch_name}", single(self.kernel_size), skip=("kernel_size",))

    def summary(self) -> str:
        kind = self.torch_name.partition("Pool")[0].lower()
        return f"{kind} {crossed(self.kernel_size)} · stride {shortened(self.stride or self.kernel_size)}"

    def _pooled(self, x: Shape) -> Shape:
        require_positions(x, self.over, self.title, self.type_id[:-2])
        if not self.overhangs:
            slide(
                x[1:], [Sweep(kernel) for kernel in self.kernel_size], what="window", step=STEPS[self.over], ceil=True
            )
        sides = slide(x[1:], self._sweeps(), what="window", step=STEPS[self.over], ceil=self._rounds_up())
        return x.resized(x[0], *sides)

    def _rounds_up(self) -> bool:
        raise NotImplementedError

    def _pads(self) -> tuple[int, ...]:
        return (0,) * len(self.over)

    def _dilations(self) -> tuple[int, ...]:
        return (1,) * len(self.over)

    def _sweeps(self) -> tuple[Sweep, ...]:
        pads = ((p, p) for p in self._pads())
        return tuple(map(Sweep, self.kernel_size, self.stride or self.kernel_size, pads, self._dilations()))


@dataclass(frozen=True)
class PaddedPool(Pool):
    """What max and average pooling share beyond that."""

    padding: tuple[int, ...] = padding_setting("HW")
    ceil_mode: bool = flag(False, doc="Let the last window hang over the end instead of leaving a remainder.")

    def summary(self) -> str:
        return super().summary() + (f" · pad {shortened(self.padding)}" if any(self.padding) else "")

    def _pooled(self, x: Shape) -> Shape:
        for kernel, padding in zip(self.kernel_size, self.padding, strict=True):
            if padding > kernel // 2:
                raise ShapeError(
                    f"Padding {padding} is more than half of the {kernel}-{STEPS[self.over]} window, "
                    "so that a window could see nothing but padding.",
                    f"Set padding to {kernel // 2} or less, or kernel size to {2 * padding} or more.",
                    parameter="padding",
                    kind="padding",
                    fixes=(
                        set_to(padding=tuple(min(p, k // 2) for p, k in self._pairs())),
                        set_to(kernel_size=tuple(max(k, 2 * p) for p, k in self._pairs())),
                    ),
                )
        return super()._pooled(x)

    def _pairs(self) -> list[tuple[int, int]]:
        return list(zip(self.padding, self.kernel_size, strict=True))

    def _rounds_up(self) -> bool:
        return self.ceil_mode

    def _pads(self) -> tuple[int, ...]:
        return self.padding


@dataclass(frozen=True)
class MaxPool(PaddedPool):
    """What the max poolings share."""

    dilation: tuple[int, ...] = step_setting("HW", TAPS)
    return_indices: bool = flag(False, doc="Also give the place of each largest value, for unpooling.", advanced=True)

    def outputs(self) -> tuple[str, ...]:
        return ("output", "indices") if self.return_indices else ("output",)

    def shape(self, x: Shape) -> Outputs:
        out = self._pooled(x)
        return with_indices(out) if self.return_indices else out

    def operations(self, x: Shape) -> dict[str, Size]:
        return {"compare": self._pooled(x).numel * (math.prod(self.kernel_size) - 1)}

    def kept_bytes(self, x: Shape) -> Size:
        return self._pooled(x).numel * 8  # int64: the place of each largest value

    def kept_bytes_halved(self, x: Shape) -> Size:
        return self.kept_bytes(x)

    def _dilations(self) -> tuple[int, ...]:
        return self.dilation


@dataclass(frozen=True)
class AvgPool(PaddedPool):
    """What the average poolings share."""

    count_include_pad: bool = flag(True, doc="Count the zeros of the padding as values.", advanced=True)

    def operations(self, x: Shape) -> dict[str, Size]:
        out = self._pooled(x).numel
        return {"add": out * (math.prod(self.kernel_size) - 1), "multiply": out}


@dataclass(frozen=True)
class LPPool(Pool):
    """What the power-average poolings share."""

    ceil_mode: bool = flag(False, doc="Let the last window hang over the end instead of leaving a remainder.")
    norm_type: float = real(2.0, low=0.5, high=16.0, doc="The power p; 1 gives the sum, a large one nearly the max.")

    def operations(self, x: Shape) -> dict[str, Size]:
        taps = self._pooled(x).numel * math.prod(self.kernel_size)
        return {"add": taps, "multiply": taps}

    def kept_bytes(self, x: Shape) -> Size:
        return x.bytes + 4 * self._pooled(x).bytes  # the powers; their mean, its sign, size and sum

    def module(self, x: Shape) -> str:
        skip = ("kernel_size", "norm_type")
        return call_with(self, f"nn.{self.torch_name}", self.norm_type, single(self.kernel_size), skip=skip)

    def summary(self) -> str:
        return super().summary().replace("lp", f"L{self.norm_type:g}")

    def _rounds_up(self) -> bool:
        return self.ceil_mode


@dataclass(frozen=True)
class MaxUnpool(NodeType):
    """What the unpoolings share: values go back to the places a max pooling remembered, zeros elsewhere."""

    over: ClassVar[str] = "HW"
    keeps_input: ClassVar[bool] = False  # but the places

    kernel_size: tuple[int, ...] = kernel_setting("HW", 2, WINDOW)
    stride: tuple[int, ...] | None = stride_setting("HW")
    padding: tuple[int, ...] = padding_setting("HW")

    def shape(self, x: Shape, indices: Shape, size_like: Shape | None = None) -> Shape:
        require_positions(x, self.over, self.title, self.type_id[:-2])
        if indices.values != "index" or indices.axes != x.axes or tuple(indices) != tuple(x):
            raise ShapeError(
                f"{self.title} puts each of its values ({x}) at a place of its own, got {indices.described()} "
                "for the places.",
                "Wire the output “indices” of the max pooling that it undoes, with return_indices on.",
                port="indices",
                kind="unpool",
            )
        sides = [
            (side - 1) * stride - 2 * padding + kernel
            for side, kernel, stride, padding in zip(
                x[1:], self.kernel_size, self._stride(), self.padding, strict=True
            )
        ]
        if size_like is not None:
            sides = self._restored(sides, size_like)
        for side in sides:
            if isinstance(side, int) and side < 1:
                raise ShapeError(
                    f"Nothing is left: unpooling {x} with padding {crossed(self.padding)} gives a side of {side}.",
                    "Set padding as in the max pooling that it undoes.",
                    parameter="padding",
                    kind="shrinks",
                    fixes=(set_to(padding=(0,) * len(self.over)),),
                )
        return x.resized(x[0], *sides)

    def window(self, x: Shape, indices: Shape, size_like: Shape | None = None) -> Window:
        return UPSAMPLED

    def arithmetic(self, x: Shape, indices: Shape, size_like: Shape | None = None) -> tuple[Arithmetic, ...]:
        if size_like is not None:
            lines = (f"as size_like: {side} → {to}" for side, to in zip(x[1:], size_like[1:], strict=True))
            return (Arithmetic("Output size", (*dict.fromkeys(lines), str(self.shape(x, indices, size_like)))),)
        out = self.shape(x, indices)
        sums = (
            f"({side} − 1)·{stride} − 2·{padding} + {kernel} = {result}"
            for side, kernel, stride, padding, result in zip(
                x[1:], self.kernel_size, self._stride(), self.padding, out[1:], strict=True
            )
        )
        return (Arithmetic("Output size", (*dict.fromkeys(sums), str(out))),)

    def module(self, x: Shape, indices: Shape, size_like: Shape | None = None) -> str:
        return call_with(self, f"nn.{self.torch_name}", single(self.kernel_size), skip=("kernel_size",))

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        x, indices, size_like = (*values, None)[:3]
        if size_like is None:
            return f"{layer}({x}, {indices})"
        return f"{layer}({x}, {indices}, output_size={size_like}.shape[2:])"

    def summary(self) -> str:
        return f"unpool {crossed(self.kernel_size)} · stride {shortened(self._stride())}"

    def _stride(self) -> tuple[int, ...]:
        return self.stride or self.kernel_size

    def _restored(self, sides: Sequence[Size], size_like: Shape) -> list[Size]:
        """The size of another value, which may differ by less than a stride from what follows from the settings."""
        if size_like.axes[1:] != self.over or not size_like.axes.startswith("C"):
            raise ShapeError(
                f"{self.title} takes the size of a value with positions {' × '.join(self.over)}, "
                f"got {size_like.described()}.",
                "Wire the value that went into the max pooling.",
                port="size_like",
                kind="unpool",
            )
        for side, asked, stride in zip(sides, size_like[1:], self._stride(), strict=True):
            off = asked - side
            if isinstance(off, int) and abs(off) >= stride:
                raise ShapeError(
                    f"{self.title} gives {side} along one side, give or take less than its stride {stride}; "
                    f"size_like asks for {asked}.",
                    "Wire the value that went into the max pooling, with the settings of that pooling.",
                    port="size_like",
                    kind="unpool",
                )
        return list(size_like[1:])
