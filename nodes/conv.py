"""Convolution: learned filters that slide over their input."""

from __future__ import annotations

from nodes.spec.node_type import Arithmetic, NodeType, Window, call_with, node_type
from nodes.spec.settings import choice, flag, integer, size
from nodes.spec.shapes import Shape, ShapeError, known
from nodes.spec.sizes import Size, spaced
from nodes.spec.windows import crossed, positions, remainder_remarks, same_padding, shortened, window_sum


@node_type("conv2d", title="Convolution 2-D", example=(Shape(3, 32, 32),), stem="conv")
class Conv2d(NodeType):
    """Slides learned filters over an image; each filter outputs one feature map.

    Shape:   C × H × W -> out_channels × H' × W', with
             H' = floor((H + 2·padding − dilation·(kernel_size − 1) − 1) / stride) + 1, and W' likewise.
    Weights: out_channels · C/groups · kernel_size², plus out_channels with bias.
    Errors:  not an image; kernel larger than the padded input; channels not divisible by groups;
             ``same`` with a stride above 1; ``reflect`` or ``circular`` padding as large as the input.
    Source:  Dumoulin & Visin 2016, arXiv:1603.07285, relationship 6.
    """

    out_channels: int = integer(32, low=1, high=65536, doc="Number of filters.")
    kernel_size: tuple[int, int] = size((3, 3), low=1, high=255, unit="px", doc="Height × width of each filter.")
    stride: tuple[int, int] = size((1, 1), low=1, high=255, unit="px", doc="Step between positions.")
    padding: tuple[int, int] | str = size(
        (0, 0),
        low=0,
        high=255,
        unit="px",
        words=("same", "valid"),
        doc="Added on each side; same keeps the size.",
    )
    dilation: tuple[int, int] = size((1, 1), low=1, high=255, unit="px", doc="Distance between filter taps.")
    groups: int = integer(1, low=1, high=65536, doc="Channels are split into this many independent groups.")
    bias: bool = flag(True, doc="Add one learned offset per filter.")
    padding_mode: str = choice(
        "zeros",
        "zeros",
        "reflect",
        "replicate",
        "circular",
        doc="What the padding is filled with.",
        advanced=True,
    )

    def shape(self, x: Shape) -> Shape:
        channels, *sides = x.as_image(self.title)
        self._require_channels(known(channels, self.title, "its number of channels"))
        if self.padding == "same":
            self._require_same_fits()
        self._require_padding_fits(sides)
        pads = self._pads()
        return Shape(
            self.out_channels,
            *(
                positions(side, k, s, p, d)
                for side, k, s, p, d in zip(sides, self.kernel_size, self.stride, pads, self.dilation, strict=True)
            ),
        )

    def weights(self, x: Shape) -> dict[str, Shape]:
        channels = known(x[0], self.title, "its number of channels")
        weight = Shape(self.out_channels, channels // self.groups, *self.kernel_size, axes="OIHW")
        return {"weight": weight} | ({"bias": Shape(self.out_channels)} if self.bias else {})

    def multiply_adds(self, x: Shape) -> Size:
        _, height, width = self.shape(x)
        return self.weights(x)["weight"].numel * height * width

    def window(self, x: Shape) -> Window:
        kernel = tuple(d * (k - 1) + 1 for k, d in zip(self.kernel_size, self.dilation, strict=True))
        return Window(kernel, self.stride, tuple(before for before, _ in self._pads()))

    def arithmetic(self, x: Shape) -> tuple[Arithmetic, ...]:
        out, channels = self.shape(x), known(x[0], self.title, "its number of channels")
        sums = [
            window_sum(side, k, s, p, d, result)
            for side, k, s, p, d, result in zip(
                x[1:], self.kernel_size, self.stride, self._pads(), self.dilation, out[1:], strict=True
            )
        ]
        height, width = self.kernel_size
        taps = f"{height}·{width}·{channels // self.groups}"
        count = sum(w.known_numel for w in self.weights(x).values())
        product = f"({taps} + 1) · {self.out_channels}" if self.bias else f"{taps} · {self.out_channels}"
        return (
            Arithmetic("Output size", (*dict.fromkeys(sums), str(out))),
            Arithmetic("Weights", (f"{product} = {spaced(count)}",)),
        )

    def module(self, x: Shape) -> str:
        return call_with(
            self, "nn.Conv2d", x[0], self.out_channels, self.kernel_size, skip=("out_channels", "kernel_size")
        )

    def remarks(self, x: Shape) -> tuple[str, ...]:
        return remainder_remarks(x[1:], self.kernel_size, self.stride, self._pads(), self.dilation)

    def summary(self) -> str:
        parts = [crossed(self.kernel_size), str(self.out_channels)]
        if self.stride != (1, 1):
            parts.append(f"stride {shortened(self.stride)}")
        if self.padding not in ((0, 0), "valid"):
            parts.append(f"pad {self.padding if isinstance(self.padding, str) else shortened(self.padding)}")
        return " · ".join(parts)

    def _pads(self) -> tuple[tuple[int, int], ...]:
        """What is added before and after, for each side."""
        if self.padding == "same":
            return tuple(same_padding(k, d) for k, d in zip(self.kernel_size, self.dilation, strict=True))
        if isinstance(self.padding, str):
            return ((0, 0), (0, 0))
        return tuple((p, p) for p in self.padding)

    def _require_channels(self, channels: int) -> None:
        for what, count, parameter in (
            ("input channels", channels, "groups"),
            ("out_channels", self.out_channels, "out_channels"),
        ):
            if count % self.groups:
                fitting = [g for g in range(1, self.groups + 1) if channels % g == 0 == self.out_channels % g]
                raise ShapeError(
                    f"{count} {what} cannot be split into {self.groups} groups.",
                    f"Set groups to {fitting[-1]}, or make both channel counts multiples of {self.groups}.",
                    parameter=parameter,
                )

    def _require_same_fits(self) -> None:
        if self.stride != (1, 1):
            raise ShapeError(
                "Padding “same” keeps the size, which a stride above 1 cannot.",
                "Set stride to 1 × 1, or padding to a number.",
                parameter="padding",
            )

    def _require_padding_fits(self, sides: list[Size]) -> None:
        if self.padding_mode not in ("reflect", "circular"):
            return
        for side, (before, after) in zip(sides, self._pads(), strict=True):
            limit = side - 1 if self.padding_mode == "reflect" else side
            if isinstance(limit, int) and max(before, after) > limit:
                raise ShapeError(
                    f"Padding {max(before, after)} with {self.padding_mode} needs more than the "
                    f"{side} positions there are.",
                    f"Set padding to {limit} or less, or padding_mode to zeros.",
                    parameter="padding",
                )
