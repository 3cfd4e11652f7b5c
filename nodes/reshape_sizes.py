"""Making values larger or smaller without weights: padding, upsampling, shuffling, repeating."""

from __future__ import annotations

from typing import Any, ClassVar

from nodes.reshape import View
from nodes.spec.axes import subscript
from nodes.spec.fixes import insert, set_to
from nodes.spec.node_type import NodeType, node_type
from nodes.spec.settings import Dims, choice, flag, integer, real, setting
from nodes.spec.shapes import Shape, ShapeError, known
from nodes.spec.sizes import Size
from nodes.spec.sums import counted, product
from nodes.spec.work import times

SIDES = {
    "left": "LW", "right": "LW", "top": "H", "bottom": "H", "front": "D", "back": "D",
    "channels_before": "C", "channels_after": "C",
}  # fmt: skip
"""Setting -> letters of the axes it pads."""


def side(what: str) -> Any:
    """How much is added on one side."""
    return integer(0, low=0, high=65536, doc=f"Added {what}.")


@node_type(
    "pad",
    title="Pad",
    example=(Shape(16, 32, 32),),
    also=("zero padding", "border", "shortcut option A", "mirror", "reflect"),
)
class Pad(NodeType):
    """Adds numbers around a value: zeros or another constant, or the value itself, mirrored or repeated.

    channels_after adds empty channels, as the shortcuts without weights of the CIFAR ResNets have them.

    Shape:   each axis grows by what is added on its two sides. Left and right are the columns of an image, the
             steps of a signal or a sequence.
    Weights: none.
    Errors:  no axis for a side that is set; reflect wants less than the size, circular at most the size; other
             modes than constant leave the first of four axes alone, and take no more than four.
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
        return x.resized(*(size + sum(pad) for size, pad in zip(x, pads, strict=True)))

    def kept_bytes(self, x: Shape) -> Size:
        return x.bytes if self.mode in ("reflect", "replicate") else 0

    def size_sums(self, x: Shape) -> tuple[str, ...]:
        return tuple(
            f"{size} + {before} + {behind} = {size + before + behind}"
            for size, (before, behind) in zip(x, self._pads(x), strict=True)
            if before or behind
        )

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        x = inputs[0] if inputs else None
        if x is None:
            return f"F.pad({values[0]}, [])"
        pads = self._pads(x)
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


MODES = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}  # and how many axes of positions they want
LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


@node_type(
    "upsample",
    title="Upsample",
    example=(Shape(64, 14, 14),),
    stem="up",
    also=("interpolate", "resize", "unpooling", "scale", "decoder", "upsampling", "bilinear", "nearest neighbour"),
)
class Upsample(NodeType):
    """Makes a signal, an image or a volume larger by copying or interpolating; also to a given size.

    With something wired to ``like`` it becomes as large as that, as a decoder's stages need it.

    Shape:   C × H × W -> C × H·scale_factor × W·scale_factor, or C × size, or C × the sizes of ``like``.
    Weights: none.
    Errors:  no axes of positions; a mode for another number of axes; align_corners with a mode that knows no
             corners; a size with more or fewer numbers than axes.
    Source:  Long, Shelhamer & Darrell 2015, arXiv:1411.4038.
    """

    scale_factor: int = integer(2, low=1, high=64, unit="×", doc="How many times as long each side becomes.")
    size: tuple[int, ...] | None = setting(
        Dims(
            names=False, longest=3, optional="by scale_factor", doc="Sides of the result, in place of scale_factor."
        ),
        None,
    )
    mode: str = choice(
        "nearest", "nearest", "nearest-exact", *MODES, "area", doc="Copy the nearest number, or weigh those around."
    )
    align_corners: bool = flag(False, doc="Keep the outermost numbers as they are.", advanced=True)

    @property
    def keeps_input(self) -> bool:  # type: ignore[override]
        """Only where means are taken over areas."""
        return self.mode == "area"

    def shape(self, x: Shape, like: Shape | None = None) -> Shape:
        x.as_real(self.title)
        sides, rank = self._sides(x, like), self._rank(x)
        if MODES.get(self.mode, rank) != rank:
            raise ShapeError(
                f"Mode {self.mode} does not suit {x.described()}.",
                f"Set mode to {LINEAR[rank]} or nearest.",
                parameter="mode",
                kind="rank",
                fixes=(set_to(mode=LINEAR[rank]), set_to(mode="nearest")),
            )
        if self.align_corners and self.mode not in MODES:
            raise ShapeError(
                f"Mode {self.mode} has no corners to align.",
                f"Turn align_corners off, or set mode to {LINEAR[rank]}.",
                parameter="align_corners",
                kind="setting",
                fixes=(set_to(align_corners=False), set_to(mode=LINEAR[rank])),
            )
        return x.resized(x[0], *sides)

    def operations(self, x: Shape, like: Shape | None = None) -> dict[str, Size]:
        taps = {"linear": 2, "bilinear": 4, "bicubic": 16, "trilinear": 8}.get(self.mode, 0)
        if self.mode == "area":
            return {"add": x.numel}
        return times(self.shape(x, like).numel, {"multiply": taps, "add": taps - 1}) if taps else {}

    def size_sums(self, x: Shape, like: Shape | None = None) -> tuple[str, ...]:
        if like is not None or self.size is not None:
            return tuple(f"{side} → {to}" for side, to in zip(x[1:], self._sides(x, like), strict=True))
        return tuple(f"{side} · {self.scale_factor} = {side * self.scale_factor}" for side in x[1:])

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        x, like = (*values, None)[:2]
        shape = inputs[0] if inputs else None
        if like is not None:
            to = f"size={like}.shape[2:]"
        elif self.size is not None:
            to = f"size={self.size}"
        else:
            to = f"scale_factor={self.scale_factor}"
        if shape is not None:
            self._sides(shape, inputs[1] if len(inputs) > 1 else None)  # PyTorch takes one size for all sides
        mode = "" if self.mode == "nearest" else f", mode={self.mode!r}"
        return f"F.interpolate({x}, {to}{mode}{', align_corners=True' if self.align_corners else ''})"

    def summary(self) -> str:
        to = f"{self.scale_factor}×" if self.size is None else "×".join(map(str, self.size))
        return f"{to} · {self.mode}"

    def _rank(self, x: Shape) -> int:
        rank = {"CL": 1, "CHW": 2, "CDHW": 3}.get(x.axes)
        if rank is None:
            raise ShapeError(
                f"Upsample expects a signal, an image or a volume, got {x.described()}.",
                "Insert a Permute to CL before it." if x.axes == "LC" else "Put it where the value has positions.",
                kind="rank",
                fixes=(insert("permute", order="CL"),) if x.axes == "LC" else (),
            )
        return rank

    def _sides(self, x: Shape, like: Shape | None) -> tuple[Size, ...]:
        self._rank(x)
        if like is not None:
            if like.axes != x.axes:
                raise ShapeError(
                    f"Upsample takes the sizes of {like.described()} for {x.described()}.",
                    "Feed `like` the same kind of value.",
                    port="like",
                    kind="rank",
                )
            return like[1:]
        if self.size is None:
            return tuple(length * self.scale_factor for length in x[1:])
        if len(self.size) != len(x) - 1:
            raise ShapeError(
                f"size has {len(self.size)} numbers, but {x.described()} has {len(x) - 1} axes of positions.",
                f"Set size to {len(x) - 1} numbers, or leave it open for scale_factor.",
                parameter="size",
                kind="setting",
                fixes=(set_to(size=None),),
            )
        return self.size


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
        return (f"{out[0]} · {product(x)} = {counted(out.numel)}",)

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
