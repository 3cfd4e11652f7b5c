"""Pooling: fewer positions, by the largest value or the average of each window."""

from __future__ import annotations

from dataclasses import dataclass

from nodes.spec.node_type import EVERYTHING, Arithmetic, NodeType, Outputs, Window, call, call_with, node_type
from nodes.spec.settings import flag, integer, size
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import Size
from nodes.spec.windows import crossed, positions, remainder_remarks, shortened, window_sum


@dataclass(frozen=True)
class Pool2d(NodeType):
    """What the 2-D poolings share: a window that slides over each feature map by itself."""

    kernel_size: tuple[int, int] = size((2, 2), low=1, high=255, unit="px", doc="Height × width of the window.")
    stride: tuple[int, int] | None = size(
        None, low=1, high=255, unit="px", optional="as kernel_size", doc="Step between positions."
    )
    padding: tuple[int, int] = size(
        (0, 0), low=0, high=127, unit="px", doc="Added on each side; at most half the window."
    )
    ceil_mode: bool = flag(False, doc="Let the last window hang over the end instead of leaving a remainder.")

    def shape(self, x: Shape) -> Outputs:
        channels, *sides = x.as_image(self.title)
        self._require_padding_fits()
        return Shape(
            channels,
            *(
                positions(side, k, s, p, d, what="window", ceil=self.ceil_mode)
                for side, (k, s, p, d) in zip(sides, self._windows(), strict=True)
            ),
        )

    def window(self, x: Shape) -> Window:
        kernel = tuple(d * (k - 1) + 1 for k, _, _, d in self._windows())
        return Window(kernel, self._stride(), self.padding)

    def arithmetic(self, x: Shape) -> tuple[Arithmetic, ...]:
        out = Pool2d.shape(self, x)
        assert isinstance(out, Shape)
        sums = [
            window_sum(side, k, s, p, d, result, ceil=self.ceil_mode)
            for side, (k, s, p, d), result in zip(x[1:], self._windows(), out[1:], strict=True)
        ]
        return (Arithmetic("Output size", (*dict.fromkeys(sums), str(out))),)

    def remarks(self, x: Shape) -> tuple[str, ...]:
        if self.ceil_mode:
            return ()
        kernels, strides, pads, dilations = zip(*self._windows(), strict=True)
        return remainder_remarks(x[1:], kernels, strides, pads, dilations)

    def module(self, x: Shape) -> str:
        return call_with(self, f"nn.{self.torch_name}", self.kernel_size, skip=("kernel_size",))

    def summary(self) -> str:
        kind = self.torch_name.removesuffix("Pool2d").lower()
        text = f"{kind} {crossed(self.kernel_size)} · stride {shortened(self._stride())}"
        return f"{text} · pad {shortened(self.padding)}" if any(self.padding) else text

    def _stride(self) -> tuple[int, int]:
        return self.stride or self.kernel_size

    def _dilation(self) -> tuple[int, int]:
        return (1, 1)

    def _windows(self) -> tuple[tuple[int, int, tuple[int, int], int], ...]:
        """Kernel, stride, padding before and after, and dilation, for each side."""
        pads = ((p, p) for p in self.padding)
        return tuple(zip(self.kernel_size, self._stride(), pads, self._dilation(), strict=True))

    def _require_padding_fits(self) -> None:
        for kernel, padding in zip(self.kernel_size, self.padding, strict=True):
            if padding > kernel // 2:
                raise ShapeError(
                    f"Padding {padding} is more than half of the {kernel}-pixel window, "
                    "so that a window could see nothing but padding.",
                    f"Set padding to {kernel // 2} or less, or kernel size to {2 * padding} or more.",
                    parameter="padding",
                )


@node_type("max_pool2d", title="Max pooling 2-D", torch_name="MaxPool2d", example=(Shape(6, 28, 28),), stem="pool")
class MaxPool2d(Pool2d):
    """Keeps the largest value of each window, channel by channel.

    Shape:   C × H × W -> C × H' × W', with
             H' = floor((H + 2·padding − dilation·(kernel_size − 1) − 1) / stride) + 1, and W' likewise;
             with ceil_mode the fraction is rounded up, unless the last window would begin beyond the end.
    Weights: none.
    Errors:  not an image; window larger than the padded input; padding above half of kernel_size.
    """

    dilation: tuple[int, int] = size((1, 1), low=1, high=255, unit="px", doc="Distance between window taps.")
    return_indices: bool = flag(False, doc="Also give the place of each largest value, for unpooling.", advanced=True)

    def outputs(self) -> tuple[str, ...]:
        return ("output", "indices") if self.return_indices else ("output",)

    def shape(self, x: Shape) -> Outputs:
        out = super().shape(x)
        if not self.return_indices or not isinstance(out, Shape):
            return out
        return {"output": out, "indices": Shape(*out, axes=out.axes, values="index")}

    def _dilation(self) -> tuple[int, int]:
        return self.dilation


@node_type(
    "avg_pool2d", title="Average pooling 2-D", torch_name="AvgPool2d", example=(Shape(6, 28, 28),), stem="pool"
)
class AvgPool2d(Pool2d):
    """Averages each window, channel by channel.

    Shape:   C × H × W -> C × H' × W', with
             H' = floor((H + 2·padding − kernel_size) / stride) + 1, and W' likewise;
             with ceil_mode the fraction is rounded up, unless the last window would begin beyond the end.
    Weights: none.
    Errors:  not an image; window larger than the padded input; padding above half of kernel_size.
    """

    count_include_pad: bool = flag(True, doc="Count the zeros of the padding as values.", advanced=True)
    divisor_override: int | None = integer(
        None, low=1, optional="the size of the window", doc="Divide each sum by this.", advanced=True
    )


@node_type("adaptive_avg_pool2d", title="Adaptive average pooling 2-D", example=(Shape(512, 7, 7),), stem="pool")
class AdaptiveAvgPool2d(NodeType):
    """Averages windows chosen so that the output has the size you ask for, whatever the input's size.

    With output_size 1 × 1 it averages each whole feature map: global average pooling.

    Shape:   C × H × W -> C × output_size; a part left open stays as it is in the input.
    Weights: none.
    Errors:  not an image.
    """

    output_size: tuple[int | None, int | None] = size(
        (1, 1), low=1, high=1024, unit="px", part_optional="as the input", doc="Height × width of the output."
    )

    def shape(self, x: Shape) -> Shape:
        channels, *sides = x.as_image(self.title)
        return Shape(channels, *self._results(sides))

    def window(self, x: Shape) -> Window | str:
        kernel, stride = [], []
        for side, result in zip(x[1:], self._results(x[1:]), strict=True):
            if side == result:
                side, result = 1, 1
            if not (isinstance(side, int) and isinstance(result, int)) or self.output_size == (1, 1):
                return EVERYTHING
            kernel.append(_widest(side, result))
            stride.append(max(1, side // result))
        return Window(tuple(kernel), tuple(stride), (0, 0))

    def module(self, x: Shape) -> str:
        return call("nn.AdaptiveAvgPool2d", self.output_size)

    def summary(self) -> str:
        if self.output_size == (1, 1):
            return "average of each map"
        return "average to " + "×".join("…" if part is None else str(part) for part in self.output_size)

    def _results(self, sides: tuple[Size, ...] | list[Size]) -> list[Size]:
        return [side if part is None else part for side, part in zip(sides, self.output_size, strict=True)]


def _widest(side: int, result: int) -> int:
    """How many positions the widest window averages: window i goes from ⌊i·side/result⌋ to ⌈(i + 1)·side/result⌉."""
    return max(-(-(i + 1) * side // result) - i * side // result for i in range(result))
