"""Making values larger or smaller without weights: padding, shuffling, repeating."""

from __future__ import annotations

from typing import Any, ClassVar

from nodes.reshape import View
from nodes.spec.axes import subscript
from nodes.spec.fixes import insert, set_to
from nodes.spec.node_type import NodeType, node_type
from nodes.spec.settings import choice, integer, real
from nodes.spec.shapes import Shape, ShapeError, known
from nodes.spec.sizes import Size, grouped
from nodes.spec.sums import product

SIDES = {
    "left": "LW", "right": "LW", "top": "H", "bottom": "H", "front": "D", "back": "D",
    "channels_before": "C", "channels_after": "C",
}  # fmt: skip
"""Setting -> letters of the axes it pads."""


def side(what: str) -> Any:
    """How much is added on one side, or cut off there."""
    return integer(0, low=-65536, high=65536, doc=f"Added {what}; below 0 so many are cut off there.")


def _signed(number: int) -> str:
    return f"− {-number}" if number < 0 else f"+ {number}"


@node_type(
    "pad",
    title="Pad",
    example=(Shape(16, 32, 32),),
    also=("zero padding", "border", "shortcut option A", "mirror", "reflect"),
)
class Pad(NodeType):
    """Adds numbers around a value: zeros or another constant, or the value itself, mirrored or repeated.

    Numbers below 0 cut off as many on that side, where mode is constant. channels_after adds empty channels, as the
    shortcuts without weights of the CIFAR ResNets have them.

    Shape:   each axis grows by what is added on its two sides. Left and right are the columns of an image, the
             steps of a signal or a sequence.
    Weights: none.
    Errors:  no axis for a side that is set; nothing left of an axis; numbers below 0 in another mode than constant;
             reflect wants less than the size, circular at most the size; other modes than constant leave the first
             of four axes alone, and take no more than four.
    Source:  He, Zhang, Ren & Sun 2016, arXiv:1512.03385, section 4.2.
    """

    keeps_input: ClassVar[bool] = False

    left: int = side("before the first column or step")
    right: int = side("behind the last column or step")
    top: int = side("above the first row")
    bottom: int = side("below the last row")
    front: int = side("before the first slice of a volume")
    back: int = side("behind the last slice of a volume")
    channels_before: int = side("before the first channel")
    channels_after: int = side("behind the last channel")
    mode: str = choice(
        "constant", "constant", "reflect", "replicate", "circular", doc="What is added; constant: the value below."
    )
    value: float = real(0.0, low=-1e6, high=1e6, doc="The number that is added where mode is constant.")

    def shape(self, x: Shape) -> Shape:
        x.as_real(self.title)
        pads = self._pads(x)
        if self.mode != "constant":
            self._require_room(x, pads)
        self._require_rest(x, pads)
        return x.resized(*(size + sum(pad) for size, pad in zip(x, pads, strict=True)))

    def kept_bytes(self, x: Shape) -> Size:
        return x.bytes if self.mode in ("reflect", "replicate") else 0

    def size_sums(self, x: Shape) -> tuple[str, ...]:
        return tuple(
            f"{size} {_signed(before)} {_signed(behind)} = {size + before + behind}"
            for size, (before, behind) in zip(x, self._pads(x), strict=True)
            if before or behind
        )

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        x = inputs[0] if inputs else None
        if x is None:
            return f"F.pad({values[0]}, [])"
        pads = self._pads(x)
        self._require_rest(x, pads)
        if self.mode != "constant":
            pads = pads[1:] if len(pads) > 3 and not any(pads[0]) else pads  # PyTorch takes three axes at most
        else:
            while len(pads) > 1 and pads[0] == (0, 0):
                pads.pop(0)
        numbers = [number for pad in reversed(pads) for number in pad]
        mode = "" if self.mode == "constant" else f", mode={self.mode!r}"
        value = f", value={self.value!r}" if self.value and not mode else ""
        return f"F.pad({values[0]}, {numbers}{mode}{value})"

    def summary(self) -> str:
        given = [f"{name.replace('_', ' ')} {getattr(self, name)}" for name in SIDES if getattr(self, name)]
        return ", ".join([*given[:3], *(["…"] if len(given) > 3 else [])]) or "nothing added"

    def _pads(self, x: Shape) -> list[tuple[int, int]]:
        """What is added before and behind, for each axis of the value."""
        for name, letters in SIDES.items():
            if getattr(self, name) and not set(letters) & set(x.axes):
                raise ShapeError(
                    f"Pad adds {getattr(self, name)} at {name}, but {x.described()} has no such side.",
                    f"Set {name} to 0.",
                    parameter=name,
                    kind="rank",
                    fixes=(set_to(**{name: 0}),),
                )
        by_letter = {
            "W": (self.left, self.right),
            "L": (0, 0) if "W" in x.axes else (self.left, self.right),
            "H": (self.top, self.bottom),
            "D": (self.front, self.back),
            "C": (self.channels_before, self.channels_after),
        }
        return [by_letter[axis] for axis in x.axes]

    def _require_rest(self, x: Shape, pads: list[tuple[int, int]]) -> None:
        """What is cut off has to leave something, and only the mode constant cuts."""
        for axis, size, pad in zip(x.axes, x, pads, strict=True):
            cut = -sum(min(part, 0) for part in pad)
            if cut and self.mode != "constant":
                raise ShapeError(
                    f"Padding by {self.mode} cannot cut off {cut} of axis {axis}.",
                    "Set mode to constant, or give numbers from 0.",
                    parameter="mode",
                    kind="padding",
                    fixes=(set_to(mode="constant"),),
                )
            if isinstance(size, int) and cut and cut >= size:
                raise ShapeError(
                    f"Pad cuts off {cut} of axis {axis}, which has {size}.",
                    f"Cut off {size - 1} or fewer.",
                    parameter=self._cut_sides(axis)[0],
                    kind="shrinks",
                    fixes=(set_to(**dict.fromkeys(self._cut_sides(axis), 0)),),
                )

    def _cut_sides(self, axis: str) -> list[str]:
        return [name for name, letters in SIDES.items() if axis in letters and getattr(self, name) < 0]

    def _require_room(self, x: Shape, pads: list[tuple[int, int]]) -> None:
        if not x or len(x) > 4 or (len(x) > 3 and any(pads[0])):
            raise ShapeError(
                f"Padding by {self.mode} takes at most four axes, got {len(x)}."
                if len(x) > 4
                else f"Padding by {self.mode} leaves the first axis of {x.described()} alone.",
                "Set mode to constant.",
                parameter="mode",
                kind="padding",
                fixes=(set_to(mode="constant"),),
            )
        for axis, size, pad in zip(x.axes, x, pads, strict=True):
            most = size - 1 if self.mode == "reflect" else size
            if self.mode != "replicate" and isinstance(most, int) and max(pad) > most:
                raise ShapeError(
                    f"Padding by {self.mode} can add at most {most} to an axis {axis} of {size}, got {max(pad)}.",
                    f"Set it to {most} or less, or mode to replicate.",
                    parameter="mode",
                    kind="padding",
                    fixes=(set_to(mode="replicate"),),
                )


@node_type(
    "pixel_shuffle", title="Pixel shuffle", torch_name="PixelShuffle", example=(Shape(12, 14, 14),), stem="shuffle",
    also=("sub-pixel convolution", "depth to space", "super-resolution", "upsampling"),
)  # fmt: skip
class PixelShuffle(NodeType):
    """Turns channels into pixels: each group of upscale_factor² channels becomes one channel of a larger image.

    Shape:   C × H × W -> C / upscale_factor² × H·upscale_factor × W·upscale_factor.
    Weights: none.
    Errors:  not an image; channels not divisible by upscale_factor².
    Source:  Shi et al. 2016, arXiv:1609.05158.
    """

    keeps_input: ClassVar[bool] = False

    upscale_factor: int = integer(2, low=1, high=64, unit="×", doc="How many times as long each side becomes.")

    def shape(self, x: Shape) -> Shape:
        channels, height, width = x.as_image(self.title)
        count, square = known(channels, self.title, "its number of channels"), self.upscale_factor**2
        if count % square:
            raise ShapeError(
                f"Pixel shuffle needs channels in groups of {square}, got {count}.",
                f"Give the layer before it {-(-count // square) * square} channels.",
                parameter="upscale_factor",
                kind="channels",
                fixes=(insert("conv2d", out_channels=-(-count // square) * square, kernel_size=(1, 1)),),
            )
        return Shape(count // square, height * self.upscale_factor, width * self.upscale_factor)

    def size_sums(self, x: Shape) -> tuple[str, ...]:
        factor, out = self.upscale_factor, self.shape(x)
        sides = (f"{side} · {factor} = {side * factor}" for side in x[1:])
        return (f"{x[0]}/{factor}² = {out[0]}", *sides)

    def module(self, x: Shape) -> str:
        return f"nn.PixelShuffle({self.upscale_factor})"

    def summary(self) -> str:
        return f"{self.upscale_factor}× larger"


@node_type(
    "pixel_unshuffle", title="Pixel unshuffle", torch_name="PixelUnshuffle", example=(Shape(3, 28, 28),),
    stem="unshuffle", also=("space to depth", "focus"),
)  # fmt: skip
class PixelUnshuffle(NodeType):
    """Turns pixels into channels: each square of downscale_factor² pixels becomes as many channels.

    Shape:   C × H × W -> C·downscale_factor² × H / downscale_factor × W / downscale_factor.
    Weights: none.
    Errors:  not an image; sides not divisible by downscale_factor.
    Source:  Shi et al. 2016, arXiv:1609.05158.
    """

    keeps_input: ClassVar[bool] = False

    downscale_factor: int = integer(2, low=1, high=64, unit="×", doc="How many times shorter each side becomes.")

    def shape(self, x: Shape) -> Shape:
        channels, *sides = x.as_image(self.title)
        factor = self.downscale_factor
        for axis, length in zip("HW", sides, strict=True):
            if isinstance(length, int) and length % factor:
                rest = factor - length % factor
                raise ShapeError(
                    f"Pixel unshuffle needs sides divisible by {factor}, but {axis} is {length}.",
                    f"Insert a Pad with {rest} on one side before it.",
                    parameter="downscale_factor",
                    kind="sizes",
                    fixes=(
                        insert("pad", bottom=rest) if axis == "H" else insert("pad", right=rest),
                        set_to(downscale_factor=1),
                    ),
                )
        return Shape(channels * factor**2, *(length // factor for length in sides))

    def size_sums(self, x: Shape) -> tuple[str, ...]:
        factor, out = self.downscale_factor, self.shape(x)
        sides = (f"{side}/{factor} = {side // factor}" for side in x[1:])
        return (f"{x[0]} · {factor}² = {out[0]}", *sides)

    def module(self, x: Shape) -> str:
        return f"nn.PixelUnshuffle({self.downscale_factor})"

    def summary(self) -> str:
        return f"{self.downscale_factor}× smaller"


@node_type(
    "channel_shuffle", title="Channel shuffle", torch_name="ChannelShuffle", example=(Shape(64, 28, 28),),
    stem="shuffle", also=("ShuffleNet",),
)  # fmt: skip
class ChannelShuffle(NodeType):
    """Deals the channels of each group out to all groups, so that grouped convolutions can mix them.

    Shape:   C × … unchanged.
    Weights: none.
    Errors:  channels not divisible by groups; no positions behind the channels.
    Source:  Zhang, Zhou, Lin & Sun 2018, arXiv:1707.01083.
    """

    keeps_input: ClassVar[bool] = False

    groups: int = integer(2, low=1, high=65536, doc="How many groups the channels come in.")

    def shape(self, x: Shape) -> Shape:
        x.as_real(self.title)
        if x.axes not in ("CL", "CHW", "CDHW"):
            raise ShapeError(
                f"Channel shuffle expects a signal, an image or a volume, got {x.described()}.",
                "Insert a Permute to CL before it." if x.axes == "LC" else "Put it where the value has positions.",
                kind="rank",
                fixes=(insert("permute", order="CL"),) if x.axes == "LC" else (),
            )
        count = known(x[0], self.title, "its number of channels")
        if count % self.groups:
            fitting = max(n for n in range(1, self.groups) if count % n == 0)
            raise ShapeError(
                f"{count} channels do not make {self.groups} equal groups.",
                f"Set groups to {fitting}, or give the layer before it {-(-count // self.groups) * self.groups} "
                "channels.",
                parameter="groups",
                kind="groups",
                fixes=(set_to(groups=fitting),),
            )
        return x

    def module(self, x: Shape) -> str:
        return f"nn.ChannelShuffle({self.groups})"

    def summary(self) -> str:
        return f"{self.groups} groups"


@node_type(
    "repeat_along_time", title="Repeat along time", torch_name="RepeatAlongTime", example=(Shape(64),),
    stem="repeat", also=("RepeatVector", "one-to-many", "expand", "decoder", "tile"),
)  # fmt: skip
class RepeatAlongTime(View):
    """Gives a value to every step of a sequence: the picture's vector to each word, the encoder's to the decoder.

    Shape:   any -> L × any, where L is steps, or as long as the sequence wired to ``like``.
    Weights: none.
    Errors:  the value is a sequence already; what is wired to ``like`` is none.
    """

    steps: int = integer(10, low=1, high=100_000, doc="How many times, where nothing is wired to like.")

    def shape(self, x: Shape, like: Shape | None = None) -> Shape:
        if "L" in x.axes:
            raise ShapeError(
                f"Repeat along time expects a value without steps, got {x.described()}.",
                "Insert a Select last before it, or leave it out.",
                port="x",
                kind="rank",
                fixes=(insert("select_last", port="x"),) if x.axes == "LC" else (),
            )
        if like is not None and "L" not in like.axes:
            raise ShapeError(
                f"{like.described().capitalize()} has no steps that could be counted.",
                "Feed `like` a sequence, or take the link off.",
                port="like",
                kind="rank",
            )
        length = self.steps if like is None else like[like.axes.index("L")]
        return Shape(length, *x, axes=f"L{x.axes}", values=x.values)

    def size_sums(self, x: Shape, like: Shape | None = None) -> tuple[str, ...]:
        out = self.shape(x, like)
        return (f"{out[0]} · {product(x)} = {grouped(out.numel)}",)

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        x, like = (*values, None)[:2]
        shape, other = (*inputs, None, None)[:2]
        rank = len(shape) if shape is not None else 1
        if shape is not None:
            self.shape(shape, other)
        length = self.steps if like is None else f"{like}.shape[{1 + (other.axes.index('L') if other else 0)}]"
        return f"{x}{subscript({0: 'None'})}.expand({', '.join(map(str, (-1, length, *[-1] * rank)))})"

    def summary(self) -> str:
        return f"{self.steps} steps"
