"""Convolution: learned filters that slide over their input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from nodes.spec.filters import (
    channels_of,
    filter_weights,
    require_groups,
    require_mode_fits,
    require_same_fits,
    weight_sum,
)
from nodes.spec.fixes import set_to
from nodes.spec.node_type import Arithmetic, Halved, NodeType, Window, call_with, node_type, single
from nodes.spec.settings import WIDEST, choice, flag, integer, size
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import Size, spaced
from nodes.spec.spatial import LONGEST, SIDES, STEPS, UNITS, kernel_setting, require_positions, step_setting
from nodes.spec.windows import (
    UPSAMPLED,
    Pad,
    Sweep,
    crossed,
    remainder_remarks,
    same_padding,
    seen,
    shortened,
    slide,
    window_sums,
)

FILTER = "each filter"
STRIDE = "Step between positions."
DILATION = "Distance between filter taps."


def _padding(axes: str) -> Any:
    return size(
        (0,) * len(axes),
        axes,
        low=0,
        high=LONGEST,
        unit=UNITS[axes],
        words=("same", "valid"),
        sides=True,
        doc="Added on each side, or before and after along each axis; same keeps the size.",
    )


@dataclass(frozen=True)
class Convolution(NodeType):
    """What the convolutions share, over one, two or three axes of positions."""

    halved: ClassVar[Halved] = "all"
    over: ClassVar[str] = "HW"

    out_channels: int = integer(32, low=1, high=WIDEST, doc="Number of filters.")
    kernel_size: tuple[int, ...] = kernel_setting("HW", 3, FILTER)
    stride: tuple[int, ...] = step_setting("HW", STRIDE)
    padding: tuple[int, ...] | str = _padding("HW")
    dilation: tuple[int, ...] = step_setting("HW", DILATION)
    groups: int = integer(
        1,
        low=1,
        high=WIDEST,
        doc="Channels are split into this many independent groups; as many as channels: depthwise.",
    )
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

    @property
    def keeps_input(self) -> bool:  # type: ignore[override]
        """Not where only a padded copy of it is held; mirrored and repeated borders need both."""
        return not self._copied_pads() or self.padding_mode in ("reflect", "replicate")

    def shape(self, x: Shape) -> Shape:
        require_positions(x, self.over, self.title, self.type_id[:-2])
        require_groups(self.groups, channels_of(x, self.title), self.out_channels)
        if self.padding == "same":
            require_same_fits(self.stride)
        require_mode_fits(self.padding_mode, x[1:], self._pads())
        sides = slide(x[1:], self._sweeps(), step=STEPS[self.over])
        return x.resized(self.out_channels, *sides)

    def weights(self, x: Shape) -> dict[str, Shape]:
        channels = channels_of(x, self.title) // self.groups
        return filter_weights((self.out_channels, channels), self.kernel_size, self.out_channels, self.bias)

    def multiply_adds(self, x: Shape) -> Size:
        return self.weights(x)["weight"].numel * self.shape(x).resized(1, *self.shape(x)[1:]).numel

    def kept_bytes(self, x: Shape) -> Size:
        pads = self._copied_pads()
        return x.resized(x[0], *(side + sum(pad) for side, pad in zip(x[1:], pads, strict=True))).bytes if pads else 0

    def window(self, x: Shape) -> Window:
        return seen(self._sweeps())

    def arithmetic(self, x: Shape) -> tuple[Arithmetic, ...]:
        out, channels = self.shape(x), channels_of(x, self.title)
        sums = window_sums(x[1:], self._sweeps(), out[1:])
        weights = weight_sum((*self.kernel_size, channels // self.groups), self.out_channels, self.bias)
        lines = [f"{weights} = {spaced(sum(w.known_numel for w in self.weights(x).values()))}"]
        if self.groups == channels > 1:
            lines.append(f"depthwise: each filter sees one of the {channels} channels")
        return Arithmetic("Output size", (*sums, str(out))), Arithmetic("Weights", tuple(lines))

    def module(self, x: Shape) -> str:
        skip = ("out_channels", "kernel_size")
        kind = f"nn.{self.torch_name}"
        if self._is_lopsided():
            return call_with(
                self, kind, x[0], self.out_channels, single(self.kernel_size), skip=(*skip, "padding", "padding_mode")
            )
        return call_with(
            self, kind, x[0], self.out_channels, single(self.kernel_size), skip=skip, **self._plain_padding()
        )

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        if not self._is_lopsided():
            return f"{layer}({values[0]})"
        sides = tuple(side for pad in reversed(self._pads()) for side in pad)  # F.pad begins with the last axis
        mode = "" if self.padding_mode == "zeros" else f", mode={self.padding_mode!r}"
        return f"{layer}(F.pad({values[0]}, {sides}{mode}))"

    def remarks(self, x: Shape) -> tuple[str, ...]:
        return remainder_remarks(x[1:], self._sweeps(), SIDES[self.over])

    def summary(self) -> str:
        parts = [crossed(self.kernel_size), str(self.out_channels)]
        if any(step != 1 for step in self.stride):
            parts.append(f"stride {shortened(self.stride)}")
        if self.padding == "same":
            parts.append("pad same")
        elif self._is_lopsided():
            parts.append("pad " + ", ".join(f"{before}+{after}" for before, after in self._pads()))
        elif any(map(sum, self._pads())):
            parts.append(f"pad {shortened([before for before, _ in self._pads()])}")
        if self.groups > 1:
            parts.append("depthwise" if self.groups == self.out_channels else f"{self.groups} groups")
        return " · ".join(parts)

    def _pads(self) -> tuple[Pad, ...]:
        """What is added before and after, for each axis."""
        if self.padding == "same":
            return tuple(same_padding(k, d) for k, d in zip(self.kernel_size, self.dilation, strict=True))
        if isinstance(self.padding, str):
            return ((0, 0),) * len(self.over)
        if len(self.padding) == len(self.over):
            return tuple((p, p) for p in self.padding)
        return tuple(zip(self.padding[::2], self.padding[1::2], strict=True))

    def _is_lopsided(self) -> bool:
        """Whether the two sides of an axis are padded by different numbers, as no layer of PyTorch does."""
        return not isinstance(self.padding, str) and any(before != after for before, after in self._pads())

    def _plain_padding(self) -> dict[str, Any]:
        """The padding as PyTorch takes it, where the sides of each axis are alike."""
        if isinstance(self.padding, str) or not any(self.padding):
            return {}
        return {"padding": single(tuple(before for before, _ in self._pads()))}

    def _copied_pads(self) -> tuple[Pad, ...]:
        """What is added to a copy of the input before the filters slide over it; empty where none is made."""
        if self._is_lopsided() or self.padding_mode != "zeros":
            return self._pads()
        if self.padding == "same" and any(before != after for before, after in self._pads()):
            return tuple((0, after - before) for before, after in self._pads())
        return ()

    def _sweeps(self) -> tuple[Sweep, ...]:
        return tuple(map(Sweep, self.kernel_size, self.stride, self._pads(), self.dilation))


@node_type(
    "conv1d",
    title="Convolution 1-D",
    example=(Shape(8, 100, axes="CL"),),
    stem="conv",
    also=("dilated", "atrous", "causal"),
)
class Conv1d(Convolution):
    """Slides learned filters along a signal, such as sound or a row of measurements; each gives one output channel.

    It looks at kernel_size neighbouring steps at a time, so it finds the same short pattern wherever it occurs.

    Shape:   C × L -> out_channels × L', with
             L' = floor((L + 2·padding − dilation·(kernel_size − 1) − 1) / stride) + 1.
    Weights: out_channels · C/groups · kernel_size, plus out_channels with bias.
    Errors:  not a signal; kernel larger than the padded input; channels not divisible by groups;
             ``same`` with a stride above 1; ``reflect`` or ``circular`` padding as large as the input.
    Source:  Dumoulin & Visin 2016, arXiv:1603.07285, relationship 6.
    """

    over: ClassVar[str] = "L"

    kernel_size: tuple[int, ...] = kernel_setting("L", 3, FILTER)
    stride: tuple[int, ...] = step_setting("L", STRIDE)
    padding: tuple[int, ...] | str = _padding("L")
    dilation: tuple[int, ...] = step_setting("L", DILATION)


@node_type(
    "conv2d",
    title="Convolution 2-D",
    example=(Shape(3, 32, 32),),
    stem="conv",
    also=("depthwise", "dilated", "atrous", "separable", "1×1", "filters"),
)
class Conv2d(Convolution):
    """Slides learned filters over an image; each filter outputs one feature map.

    With groups as many as channels every filter sees a single channel: a depthwise convolution.

    Shape:   C × H × W -> out_channels × H' × W', with
             H' = floor((H + 2·padding − dilation·(kernel_size − 1) − 1) / stride) + 1, and W' likewise.
    Weights: out_channels · C/groups · kernel_size², plus out_channels with bias.
    Errors:  not an image; kernel larger than the padded input; channels not divisible by groups;
             ``same`` with a stride above 1; ``reflect`` or ``circular`` padding as large as the input.
    Source:  Dumoulin & Visin 2016, arXiv:1603.07285, relationship 6.
    """


@node_type("conv3d", title="Convolution 3-D", example=(Shape(3, 8, 16, 16),), stem="conv", also=("dilated", "video"))
class Conv3d(Convolution):
    """Slides learned filters through a volume: a scan, or a short film with time as its depth.

    Shape:   C × D × H × W -> out_channels × D' × H' × W', with
             D' = floor((D + 2·padding − dilation·(kernel_size − 1) − 1) / stride) + 1, and H', W' likewise.
    Weights: out_channels · C/groups · kernel_size³, plus out_channels with bias.
    Errors:  not a volume; kernel larger than the padded input; channels not divisible by groups;
             ``same`` with a stride above 1; ``reflect`` or ``circular`` padding as large as the input.
    Source:  Tran et al. 2015, arXiv:1412.0767.
    """

    over: ClassVar[str] = "DHW"

    kernel_size: tuple[int, ...] = kernel_setting("DHW", 3, FILTER)
    stride: tuple[int, ...] = step_setting("DHW", STRIDE)
    padding: tuple[int, ...] | str = _padding("DHW")
    dilation: tuple[int, ...] = step_setting("DHW", DILATION)


def _cut(axes: str) -> Any:
    return size(
        (0,) * len(axes), axes, low=0, high=LONGEST, unit=UNITS[axes], doc="Cut off on each side of the output."
    )


def _output_padding(axes: str) -> Any:
    return size(
        (0,) * len(axes),
        axes,
        low=0,
        high=254,
        unit=UNITS[axes],
        doc="Added to the output at its end, to meet a size that a stride had rounded down.",
    )


@dataclass(frozen=True)
class TransposedConvolution(NodeType):
    """What the transposed convolutions share, over one, two or three axes of positions."""

    halved: ClassVar[Halved] = "all"
    over: ClassVar[str] = "HW"

    out_channels: int = integer(32, low=1, high=WIDEST, doc="Number of feature maps that come out.")
    kernel_size: tuple[int, ...] = kernel_setting("HW", 3, FILTER)
    stride: tuple[int, ...] = step_setting("HW", "Step between the copies in the output.")
    padding: tuple[int, ...] = _cut("HW")
    output_padding: tuple[int, ...] = _output_padding("HW")
    groups: int = integer(1, low=1, high=WIDEST, doc="Channels are split into this many independent groups.")
    bias: bool = flag(True, doc="Add one learned offset per feature map.")
    dilation: tuple[int, ...] = step_setting("HW", DILATION)

    def shape(self, x: Shape) -> Shape:
        require_positions(x, self.over, self.title, self.type_id[:-2])
        require_groups(self.groups, channels_of(x, self.title), self.out_channels)
        self._require_output_padding_fits()
        sides = [
            (side - 1) * sweep.stride - sum(sweep.pad) + sweep.reach + more
            for side, sweep, more in zip(x[1:], self._sweeps(), self.output_padding, strict=True)
        ]
        for side, result, padding in zip(x[1:], sides, self.padding, strict=True):
            if isinstance(result, int) and result < 1:
                self._refuse_to_shrink(side, result, padding)
        return x.resized(self.out_channels, *sides)

    def weights(self, x: Shape) -> dict[str, Shape]:
        channels = channels_of(x, self.title), self.out_channels // self.groups
        return filter_weights(channels, self.kernel_size, self.out_channels, self.bias)

    def multiply_adds(self, x: Shape) -> Size:
        return self.weights(x)["weight"].numel * x.resized(1, *x[1:]).numel

    def window(self, x: Shape) -> Window:
        if any(step != 1 for step in self.stride):
            return UPSAMPLED
        return seen([sweep._replace(pad=(sweep.reach - 1 - sweep.pad[0],) * 2) for sweep in self._sweeps()])

    def arithmetic(self, x: Shape) -> tuple[Arithmetic, ...]:
        out, channels = self.shape(x), channels_of(x, self.title)
        sums = (
            f"({side} − 1)·{s.stride} − 2·{s.pad[0]} + {s.reach}{f' + {more}' if more else ''} = {result}"
            for side, s, more, result in zip(x[1:], self._sweeps(), self.output_padding, out[1:], strict=True)
        )
        count = sum(weight.known_numel for weight in self.weights(x).values())
        product = f"{'·'.join(map(str, self.kernel_size))}·{channels}·{self.out_channels // self.groups}"
        weights = f"{product}{f' + {self.out_channels}' if self.bias else ''} = {spaced(count)}"
        return Arithmetic("Output size", (*dict.fromkeys(sums), str(out))), Arithmetic("Weights", (weights,))

    def module(self, x: Shape) -> str:
        skip = ("out_channels", "kernel_size")
        return call_with(self, f"nn.{self.torch_name}", x[0], self.out_channels, single(self.kernel_size), skip=skip)

    def summary(self) -> str:
        parts = [crossed(self.kernel_size), str(self.out_channels)]
        if any(step != 1 for step in self.stride):
            parts.append(f"up {shortened(self.stride)}")
        if any(self.padding):
            parts.append(f"pad {shortened(self.padding)}")
        return " · ".join(parts)

    def _sweeps(self) -> tuple[Sweep, ...]:
        return tuple(map(Sweep, self.kernel_size, self.stride, ((p, p) for p in self.padding), self.dilation))

    def _require_output_padding_fits(self) -> None:
        limits = tuple(max(pair) - 1 for pair in zip(self.stride, self.dilation, strict=True))
        for more, most, stride, dilation in zip(self.output_padding, limits, self.stride, self.dilation, strict=True):
            if more > most:
                raise ShapeError(
                    f"output_padding {more} has to be smaller than the stride {stride} or the dilation {dilation}.",
                    f"Set output_padding to {most} or less, or stride to {more + 1} or more.",
                    parameter="output_padding",
                    kind="padding",
                    fixes=(set_to(output_padding=tuple(map(min, self.output_padding, limits))),),
                )

    def _refuse_to_shrink(self, side: Size, result: int, padding: int) -> None:
        most = padding - (2 - result) // 2
        raise ShapeError(
            f"Padding {padding} cuts everything off: of {side} {STEPS[self.over]}{'' if side == 1 else 's'} "
            f"{result} would be left.",
            f"Set padding to {most} or less." if most >= 0 else "Set kernel size to a larger number.",
            parameter="padding",
            kind="shrinks",
            fixes=(set_to(padding=tuple(min(p, max(most, 0)) for p in self.padding)),),
        )


ALSO = ("deconvolution", "fractionally strided", "up-convolution", "learned upsampling")


@node_type(
    "conv_transpose1d",
    title="Transposed convolution 1-D",
    torch_name="ConvTranspose1d",
    example=(Shape(8, 25, axes="CL"),),
    stem="up",
    also=ALSO,
)
class ConvTranspose1d(TransposedConvolution):
    """Lays weighted copies of learned filters along a longer signal and sums them where they overlap.

    The reverse of a strided convolution as far as sizes go: it makes short signals long again.

    Shape:   C × L -> out_channels × L', with
             L' = (L − 1)·stride − 2·padding + dilation·(kernel_size − 1) + output_padding + 1.
    Weights: C · out_channels/groups · kernel_size, plus out_channels with bias.
    Errors:  not a signal; channels not divisible by groups; output_padding not below stride or dilation;
             padding that leaves nothing.
    Source:  Dumoulin & Visin 2016, arXiv:1603.07285, relationship 14.
    """

    over: ClassVar[str] = "L"

    kernel_size: tuple[int, ...] = kernel_setting("L", 3, FILTER)
    stride: tuple[int, ...] = step_setting("L", "Step between the copies in the output.")
    padding: tuple[int, ...] = _cut("L")
    output_padding: tuple[int, ...] = _output_padding("L")
    dilation: tuple[int, ...] = step_setting("L", DILATION)


@node_type(
    "conv_transpose2d",
    title="Transposed convolution 2-D",
    torch_name="ConvTranspose2d",
    example=(Shape(32, 14, 14),),
    stem="up",
    also=ALSO,
)
class ConvTranspose2d(TransposedConvolution):
    """Writes a copy of its filter for every input number, weighted by it, and sums copies where they overlap.

    Stride is the step in the output, so a stride of 2 doubles the size: learned upsampling, as segmentation
    and generators need it. Also called deconvolution, although it inverts only the sizes, and fractionally
    strided convolution. Where stride does not divide the kernel, uneven overlaps can show as a checkerboard.

    Shape:   C × H × W -> out_channels × H' × W', with
             H' = (H − 1)·stride − 2·padding + dilation·(kernel_size − 1) + output_padding + 1, and W' likewise.
    Weights: C · out_channels/groups · kernel_size², plus out_channels with bias.
    Errors:  not an image; channels not divisible by groups; output_padding not below stride or dilation;
             padding that leaves nothing.
    Source:  Dumoulin & Visin 2016, arXiv:1603.07285, relationship 14; Zeiler et al. 2010 (deconvolution).
    """


@node_type(
    "conv_transpose3d",
    title="Transposed convolution 3-D",
    torch_name="ConvTranspose3d",
    example=(Shape(16, 4, 7, 7),),
    stem="up",
    also=ALSO,
)
class ConvTranspose3d(TransposedConvolution):
    """Writes weighted copies of learned filters into a larger volume and sums them where they overlap.

    Shape:   C × D × H × W -> out_channels × D' × H' × W', with
             D' = (D − 1)·stride − 2·padding + dilation·(kernel_size − 1) + output_padding + 1, and H', W' likewise.
    Weights: C · out_channels/groups · kernel_size³, plus out_channels with bias.
    Errors:  not a volume; channels not divisible by groups; output_padding not below stride or dilation;
             padding that leaves nothing.
    Source:  Dumoulin & Visin 2016, arXiv:1603.07285, relationship 14.
    """

    over: ClassVar[str] = "DHW"

    kernel_size: tuple[int, ...] = kernel_setting("DHW", 3, FILTER)
    stride: tuple[int, ...] = step_setting("DHW", "Step between the copies in the output.")
    padding: tuple[int, ...] = _cut("DHW")
    output_padding: tuple[int, ...] = _output_padding("DHW")
    dilation: tuple[int, ...] = step_setting("DHW", DILATION)
