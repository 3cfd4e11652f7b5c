"""Attention within windows of an image, as shifted-window transformers have it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from nodes.spec.fixes import set_to
from nodes.spec.heads import require_heads
from nodes.spec.node_type import EVERYTHING, Arithmetic, NodeType, Window, call_with, node_type
from nodes.spec.settings import flag, integer, real, size
from nodes.spec.shapes import Shape, ShapeError, known
from nodes.spec.sizes import Size, grouped, spaced
from nodes.spec.windows import crossed, shortened
from nodes.spec.work import SOFTMAX, times, together

BIAS_NETWORK = 512  # numbers between the two layers that make the position bias of version 2


@node_type(
    "shifted_window_attention",
    title="Shifted window attention",
    torch_name="ShiftedWindowAttention",
    example=(Shape(96, 56, 56),),
    stem="attend",
    family="attention",
    also=("Swin", "window attention", "local attention", "relative position bias", "MaxViT", "grid"),
)
class ShiftedWindowAttention(NodeType):
    """Lets every place of an image look at the places of its own window.

    With a shift the windows lie across those of the layer before, so that what is seen goes on from window to
    window; places that were no neighbours do not see each other. What is added to the scores depends on how far two
    places lie apart. An image that no whole number of windows covers is filled up with zeros, and cut again.

    Shape:   C × H × W, or H × W × C, unchanged.
    Weights: 4·C·C, 3·C with qkv_bias, C with proj_bias; (2·window − 1)² · num_heads for the position bias, or with
             cosine 3·512 + 513 · num_heads: a network that works once for a batch, and is not counted.
    Errors:  not an image; C not a multiple of num_heads; a shift as large as the window; a shift with grid.
    Source:  Liu et al. 2021, arXiv:2103.14030, section 3.2; cosine: Liu et al. 2022, arXiv:2111.09883, section 3.3;
             grid: Tu et al. 2022, arXiv:2204.01697, section 3.2.
    """

    keeps_input: ClassVar[bool] = False  # it keeps a copy, laid out in windows

    num_heads: int = integer(3, low=1, high=256, doc="Parallel heads; each works with C / num_heads numbers.")
    window_size: tuple[int, int] = size((7, 7), low=1, high=256, doc="Height × width of a window, in places.")
    shift_size: tuple[int, int] = size(
        (0, 0), low=0, high=255, doc="How far the windows are shifted; half a window in every second layer."
    )
    cosine: bool = flag(
        False, doc="Compare by cosines, with a position bias from a small network: version 2 of the paper."
    )
    grid: bool = flag(
        False, doc="A window is no neighbourhood, but as many places spread evenly over the image, as in MaxViT."
    )
    qkv_bias: bool = flag(True, doc="Add learned offsets to queries, keys and values.", advanced=True)
    proj_bias: bool = flag(True, doc="Add learned offsets to what comes out.", advanced=True)
    attention_dropout: float = real(
        0.0, low=0.0, high=1.0, doc="Share of the attention made zero while training.", advanced=True
    )
    dropout: float = real(0.0, low=0.0, high=1.0, doc="Share of the output made zero while training.", advanced=True)

    def shape(self, x: Shape) -> Shape:
        if x.axes != "HWC":
            x.as_image(self.title)
        x.as_real(self.title)
        require_heads(self._channels(x), self.num_heads, "num_heads")
        if any(shift >= window for shift, window in zip(self.shift_size, self.window_size, strict=True)):
            half = tuple(window // 2 for window in self.window_size)
            raise ShapeError(
                f"A shift of {_by(self.shift_size)} is as large as the window, {_by(self.window_size)}.",
                f"Set shift_size to {_by(half)}, half a window.",
                parameter="shift_size",
                kind="setting",
                fixes=(set_to(shift_size=half),),
            )
        if self.grid and any(self.shift_size):
            raise ShapeError(
                f"Windows that are spread over the whole image cannot be shifted, here by {_by(self.shift_size)}.",
                "Set shift_size to 0 × 0, or turn grid off.",
                parameter="shift_size",
                kind="setting",
                fixes=(set_to(shift_size=(0, 0)), set_to(grid=False)),
            )
        return x

    def weights(self, x: Shape) -> dict[str, Shape]:
        channels = self._channels(x)
        if self.cosine:
            found = {
                "logit_scale": Shape(self.num_heads, 1, 1, axes="???"),
                "cpb_mlp.0.weight": Shape(BIAS_NETWORK, 2, axes="OI"),
                "cpb_mlp.0.bias": Shape(BIAS_NETWORK),
                "cpb_mlp.2.weight": Shape(self.num_heads, BIAS_NETWORK, axes="OI"),
            }
        else:
            found = {"relative_position_bias_table": Shape(self._distances, self.num_heads, axes="??")}
        found["qkv.weight"] = Shape(3 * channels, channels, axes="OI")
        if self.qkv_bias:
            found["qkv.bias"] = Shape(3 * channels)
        found["proj.weight"] = Shape(channels, channels, axes="OI")
        if self.proj_bias:
            found["proj.bias"] = Shape(channels)
        return found

    def buffers(self, x: Shape) -> dict[str, Shape]:
        found = {"relative_position_index": Shape(self._seen * self._seen)}
        if self.cosine:
            high, wide = self.window_size
            found["relative_coords_table"] = Shape(2 * high - 1, 2 * wide - 1, 2, axes="???")
        return found

    def multiply_adds(self, x: Shape) -> Size:
        channels = self._channels(x)
        return self._places(x) * (4 * channels * channels + 2 * channels * self._seen)

    def operations(self, x: Shape) -> Mapping[str, Size]:
        scores = self._places(x) * (self._seen * self.num_heads)
        lengths = {"multiply": scores + self._places(x) * (4 * self._channels(x))} if self.cosine else {}
        return together([times(scores, SOFTMAX), {"add": scores}, lengths])

    def kept_bytes(self, x: Shape) -> Size:
        places, channels = self._places(x), self._channels(x)
        copies = 5  # windows, queries, keys, values, and what the heads found
        if self.cosine:
            copies += 3 if self.num_heads > 1 else 2  # queries, keys and values as they were, in one piece
        elif self.num_heads == 1:
            copies += 1  # keys and values lie in one piece with the queries
        if self.dropout:
            copies += 1
        rounds = 1 + (2 if self.attention_dropout else 0) + (1 if self.cosine else 0)
        lengths = 4 * self.num_heads if self.cosine else 0
        return places * (channels * copies + self._seen * self.num_heads * rounds + lengths) * 4

    def window(self, x: Shape) -> Window | str:
        """At most: a place at the edge of its window sees as far as the other edge."""
        high, wide = self.window_size
        if self.grid or x.axes != "CHW":
            return EVERYTHING
        return Window((2 * high - 1, 2 * wide - 1), (1, 1), (high - 1, wide - 1))

    def arithmetic(self, x: Shape) -> tuple[Arithmetic, ...]:
        channels = self._channels(x)
        count = sum(weight.known_numel for weight in self.weights(x).values())
        offsets = f"{' + 3' if self.qkv_bias else ''}{' + 1' if self.proj_bias else ''}"
        position = (
            f"{self.num_heads} + 3 · {BIAS_NETWORK} + {BIAS_NETWORK} · {self.num_heads}"
            if self.cosine
            else f"{self._distances} · {self.num_heads}"
        )
        line = f"{channels} · (4 · {channels}{offsets}) + {position} = {spaced(count)}"
        return (
            Arithmetic("Numbers for each head", (f"{channels}/{self.num_heads} = {channels // self.num_heads}",)),
            Arithmetic("Weights", (line,)),
        )

    def size_sums(self, x: Shape) -> tuple[str, ...]:
        (height, width), (high, wide), (rows, columns) = self._sides(x), self.window_size, self._windows(x)
        return (f"⌈{height}/{high}⌉ × ⌈{width}/{wide}⌉ = {rows} × {columns} windows of {high} × {wide} places",)

    def work_sums(self, x: Shape) -> tuple[str, ...]:
        channels, places = self._channels(x), self._places(x)
        return (
            f"projections: {places} · 4·{channels}·{channels}",
            f"scores and sums: {places} · 2·{self._seen}·{channels}",
            f"together = {grouped(self.multiply_adds(x))}",
        )

    def module(self, x: Shape) -> str:
        first = {"channels_first": True} if x.axes == "CHW" else {}
        return call_with(
            self,
            "ShiftedWindowAttention",
            self._channels(x),
            self.num_heads,
            self.window_size,
            skip=("num_heads", "window_size"),
            **first,
        )

    def summary(self) -> str:
        parts = [crossed(self.window_size), f"{self.num_heads} heads"]
        if any(self.shift_size):
            parts.append(f"shift {shortened(self.shift_size)}")
        if self.grid:
            parts.append("grid")
        return " · ".join(parts)

    @property
    def _seen(self) -> int:
        return self.window_size[0] * self.window_size[1]

    @property
    def _distances(self) -> int:
        return (2 * self.window_size[0] - 1) * (2 * self.window_size[1] - 1)

    def _channels(self, x: Shape) -> int:
        return known(x[x.axes.index("C")], self.title, "its number of channels")

    def _sides(self, x: Shape) -> tuple[Size, Size]:
        return x[x.axes.index("H")], x[x.axes.index("W")]

    def _places(self, x: Shape) -> Size:
        """Places of all windows, those that only fill them up too."""
        rows, columns = self._windows(x)
        return rows * columns * self._seen

    def _windows(self, x: Shape) -> tuple[Size, Size]:
        """Along height and width."""
        rows, columns = (
            (side + (size - 1)) // size for side, size in zip(self._sides(x), self.window_size, strict=True)
        )
        return rows, columns


def _by(sizes: tuple[int, ...]) -> str:
    return " × ".join(map(str, sizes))
