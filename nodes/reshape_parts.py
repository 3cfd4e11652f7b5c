"""Taking parts of a value: pieces, slices, steps, and the middle of a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from nodes.reshape import View
from nodes.spec.axes import AXIS, place, subscript, without
from nodes.spec.fixes import insert, set_to
from nodes.spec.node_type import node_type
from nodes.spec.settings import choice, dims, integer, size
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import Size
from nodes.spec.sums import picked_sum

OFFSET = size(
    None, low=0, high=65536, unit="px", optional="in the middle", doc="Rows above and columns left of the piece."
)


def along(letter: str) -> Any:
    """The setting for an axis."""
    return choice(letter, *AXIS, doc="The axis, by its letter: C channels, L steps.")


@dataclass(frozen=True)
class Pieces(View):
    """What cuts a value into several along one axis."""

    def shape(self, x: Shape) -> dict[str, Shape]:
        at = place(x, self._dim(), self.title)
        sizes = self._sizes(x, at)
        return {
            port: x.resized(*x[:at], part, *x[at + 1 :]) for port, part in zip(self.outputs(), sizes, strict=True)
        }

    def size_sums(self, x: Shape) -> tuple[str, ...]:
        at = place(x, self._dim(), self.title)
        return (f"{' + '.join(map(str, self._sizes(x, at)))} = {x[at]} along {self._dim()}",)

    def picked(self, output: str, result: str) -> str:
        return f"{result}[{self.outputs().index(output)}]"

    def _dim(self) -> str:
        raise NotImplementedError

    def _sizes(self, x: Shape, at: int) -> list[Size]:
        raise NotImplementedError


@node_type("split", title="Split", example=(Shape(64, 28, 28),), also=("slice", "branch", "part", "unbind"))
class Split(Pieces):
    """Cuts a value into pieces of given sizes along one axis.

    Shape:   one output for each of sizes: part1, part2, …
    Weights: none.
    Errors:  the sizes do not add up to the axis; no axis of that letter.
    """

    sizes: tuple[int, ...] = dims(32, 32, names=False, longest=32, doc="How much each piece gets, in their order.")
    dim: str = along("C")

    def outputs(self) -> tuple[str, ...]:
        return tuple(f"part{number}" for number in range(1, len(self.sizes) + 1))

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        at = inputs[0].axes.index(self.dim) if inputs and inputs[0] is not None else 0
        return f"{values[0]}.split({list(self.sizes)}, dim={at + 1})"

    def summary(self) -> str:
        return f"{' + '.join(map(str, self.sizes))} along {self.dim}"

    def _dim(self) -> str:
        return self.dim

    def _sizes(self, x: Shape, at: int) -> list[Size]:
        total, got = x[at], sum(self.sizes)
        if not self.sizes or (isinstance(total, int) and total != got):
            sum_words = " + ".join(map(str, self.sizes)) or "nothing"
            rest = total - sum(self.sizes[:-1]) if isinstance(total, int) else 0
            mended = (*self.sizes[:-1], rest) if rest > 0 else (total,)
            raise ShapeError(
                f"Split gives {sum_words}{f' = {got}' if len(self.sizes) > 1 else ''}, but {self.dim} has {total}.",
                f"Set sizes to numbers whose sum is {total}, such as {', '.join(map(str, mended))}.",
                parameter="sizes",
                kind="sizes",
                fixes=(set_to(sizes=mended),) if isinstance(total, int) else (),
            )
        return list(self.sizes)


@node_type("chunk", title="Chunk", example=(Shape(64, 28, 28),), also=("split", "equal parts"))
class Chunk(Pieces):
    """Cuts a value into equal pieces along one axis; the last may be smaller.

    Shape:   as many outputs as chunks: part1, part2, … of ⌈size / chunks⌉.
    Weights: none.
    Errors:  too short for so many pieces; no axis of that letter.
    """

    chunks: int = integer(2, low=1, high=64, doc="How many pieces.")
    dim: str = along("C")

    def outputs(self) -> tuple[str, ...]:
        return tuple(f"part{number}" for number in range(1, self.chunks + 1))

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        at = inputs[0].axes.index(self.dim) if inputs and inputs[0] is not None else 0
        return f"{values[0]}.chunk({self.chunks}, dim={at + 1})"

    def summary(self) -> str:
        return f"{self.chunks} along {self.dim}"

    def _dim(self) -> str:
        return self.dim

    def _sizes(self, x: Shape, at: int) -> list[Size]:
        total = x[at]
        each: Size = (total + self.chunks - 1) // self.chunks
        last: Size = total - each * (self.chunks - 1)
        if isinstance(last, int) and last < 1:
            assert isinstance(total, int)
            assert isinstance(each, int)
            most = -(-total // each)
            raise ShapeError(
                f"{total} along {self.dim} makes {most} pieces of {each}, not {self.chunks}.",
                f"Set chunks to {most}.",
                parameter="chunks",
                kind="sizes",
                fixes=(set_to(chunks=most),),
            )
        return [each] * (self.chunks - 1) + [last]


@node_type("slice", title="Slice", example=(Shape(20, 64),), also=("narrow", "cut", "range"))
class Slice(View):
    """Takes the part of an axis from start up to stop, as Python's x[start:stop:step] does.

    Numbers below 0 count from the end: start −5 takes the last five.

    Shape:   any -> ⌈(stop − start) / step⌉ along dim.
    Weights: none.
    Errors:  a start or stop outside the axis; nothing left; no axis of that letter.
    """

    dim: str = along("L")
    start: int = integer(0, low=-1_000_000, doc="Where it begins, from 0; below 0 from the end.")
    stop: int | None = integer(
        None, low=-1_000_000, optional="the end", doc="Where it ends: this one is not taken; below 0 from the end."
    )
    step: int = integer(1, low=1, high=1024, doc="Take every so many.")

    def shape(self, x: Shape) -> Shape:
        at = place(x, self.dim, self.title)
        return x.resized(*x[:at], self._length(x[at]), *x[at + 1 :])

    def size_sums(self, x: Shape) -> tuple[str, ...]:
        count = x[place(x, self.dim, self.title)]
        start = self._inside("start", self.start, count)
        stop = count if self.stop is None else self._inside("stop", self.stop, count)
        room, length = f"{stop} − {start}", self._length(count)
        return (f"⌈({room})/{self.step}⌉ = {length}" if self.step > 1 else f"{room} = {length}",)

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        x = inputs[0] if inputs else None
        at = place(x, self.dim, self.title) if x is not None else 0
        if x is not None:
            self._length(x[at])
        return f"{values[0]}{subscript({at: self._range()})}"

    def summary(self) -> str:
        return f"{self._range()} of {self.dim}"

    def _range(self) -> str:
        step = f":{self.step}" if self.step > 1 else ""
        return f"{self.start or ''}:{'' if self.stop is None else self.stop}{step}"

    def _length(self, count: Size) -> Size:
        start = self._inside("start", self.start, count)
        stop = count if self.stop is None else self._inside("stop", self.stop, count)
        length: Size = (stop - start + (self.step - 1)) // self.step
        if isinstance(length, int) and length < 1:
            raise ShapeError(
                f"Slice from {self.start} to {'the end' if self.stop is None else self.stop} of {count} along "
                f"{self.dim} holds nothing.",
                "Set start below stop.",
                parameter="stop",
                kind="shrinks",
                fixes=(set_to(stop=None), set_to(start=0)),
            )
        return length

    def _inside(self, parameter: str, value: int, size: Size) -> Size:
        if isinstance(size, int) and not -size <= value <= size:
            raise ShapeError(
                f"{parameter} {value} lies outside {self.dim}, which has {size}.",
                f"Set {parameter} to a number from {-size} to {size}.",
                parameter=parameter,
                kind="sizes",
                fixes=(set_to(**{parameter: 0 if parameter == "start" else None}),),
            )
        return size + value if value < 0 else value


@dataclass(frozen=True)
class OneOf(View):
    """What takes one position of an axis, which is gone then."""

    def size_sums(self, x: Shape) -> tuple[str, ...]:
        out = self.shape(x)
        return (picked_sum(x, out),) if isinstance(out, Shape) else ()

    def _taken(self, x: Shape, dim: str, index: int) -> int:
        """Where the axis is. Raises ShapeError where it is not, or has no such position."""
        at = place(x, dim, self.title)
        count = x[at]
        if isinstance(count, int) and not -count <= index < count:
            raise ShapeError(
                f"{self.title}: {dim} has {count} positions, so there is no index {index}.",
                f"Set index to a number from 0 to {count - 1}, or from −1 to {-count} to count from the end.",
                parameter="index",
                kind="sizes",
                fixes=(set_to(index=count - 1 if index > 0 else 0),),
            )
        return at


@node_type("select", title="Select", example=(Shape(3, 32, 32),), also=("index", "take one", "channel"))
class Select(OneOf):
    """Takes one position of an axis, such as one channel of an image or one row.

    Shape:   any -> without the axis.
    Weights: none.
    Errors:  no axis of that letter; no such position.
    """

    dim: str = along("C")
    index: int = integer(0, low=-1_000_000, doc="Which one, from 0; below 0 from the end.")

    def shape(self, x: Shape) -> Shape:
        return without(x, (self._taken(x, self.dim, self.index),))

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        at = inputs[0].axes.index(self.dim) if inputs and inputs[0] is not None else 0
        return f"{values[0]}{subscript({at: str(self.index)})}"

    def summary(self) -> str:
        return f"{self.dim} {self.index}"


@node_type(
    "select_step",
    title="Select step",
    torch_name="SelectStep",
    example=(Shape(20, 64),),
    also=("time step",),
)
class SelectStep(OneOf):
    """Takes one step of a sequence, such as the first, which holds the summary in a vision transformer.

    Shape:   L × … -> …
    Weights: none.
    Errors:  no steps; no such step.
    """

    index: int = integer(0, low=-1_000_000, doc="Which step, from 0; below 0 from the end.")

    def shape(self, x: Shape) -> Shape:
        if "L" not in x.axes:
            raise ShapeError(
                f"Select step expects a sequence, got {x.described()}.",
                "Feed it a sequence, or use Select, which takes one position of any axis.",
                kind="rank",
                fixes=(insert("unsqueeze", axes="LC"),) if x.axes == "C" else (),
            )
        return without(x, (self._taken(x, "L", self.index),))

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        at = inputs[0].axes.index("L") if inputs and inputs[0] is not None else 0
        return f"{values[0]}{subscript({at: str(self.index)})}"

    def summary(self) -> str:
        return f"step {self.index}"


@node_type(
    "select_last",
    title="Select last",
    example=(Shape(20, 64),),
    torch_name="SelectLast",
    stem="last",
    also=("many-to-one", "last step"),
)
class SelectLast(View):
    """Takes the last step of a sequence: what a recurrent layer knows after reading all of it.

    Of a recurrent layer's states it takes that of the last layer.

    Shape:   L × C -> C.
    Weights: none.
    Errors:  not a sequence.
    """

    def shape(self, x: Shape) -> Shape:
        _, channels = x.as_sequence(self.title)
        return Shape(channels)

    def size_sums(self, x: Shape) -> tuple[str, ...]:
        return (picked_sum(x, self.shape(x)),)

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        return f"{values[0]}[:, -1]"

    def summary(self) -> str:
        return "last step"


@node_type("crop", title="Crop", example=(Shape(64, 32, 32),), also=("center crop", "cut out"))
class Crop(View):
    """Cuts a piece out of an image: its middle, or the piece that begins at an offset.

    With something wired to ``like`` it becomes as high and wide as that, as the skip links of a U-Net and the
    scores of an FCN need it.

    Shape:   C × H × W -> C × size, or C × the height and width of ``like``.
    Weights: none.
    Errors:  not an image; the piece reaches beyond it.
    Source:  Ronneberger, Fischer & Brox 2015, arXiv:1505.04597.
    """

    size: tuple[int, int] = size((24, 24), low=1, high=65536, unit="px", doc="Height × width of the piece.")
    offset: tuple[int, int] | None = OFFSET

    keeps: ClassVar[tuple[str, str]] = ("height", "width")

    def shape(self, x: Shape, like: Shape | None = None) -> Shape:
        channels, *sides = x.as_image(self.title)
        wanted: tuple[Size, ...] = self.size if like is None else like.as_image(self.title)[1:]
        offsets = self.offset or (0, 0)
        for side, part, offset, name in zip(sides, wanted, offsets, self.keeps, strict=True):
            if isinstance(side, int) and isinstance(part, int) and part + offset > side:
                self._refuse(sides, side, part, offset, name, like)
        return Shape(channels, *wanted)

    def size_sums(self, x: Shape, like: Shape | None = None) -> tuple[str, ...]:
        out = self.shape(x, like)
        return tuple(f"{side} − {side - part} = {part}" for side, part in zip(x[1:], out[1:], strict=True))

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        x, like = (*values, None)[:2]
        wanted = f"{like}.shape[-2:]" if like else str(self.size)
        offset = f", {self.offset}" if self.offset is not None else ""
        return f"cropped({x}, {wanted}{offset})"

    def summary(self) -> str:
        where = "" if self.offset is None else f" at {self.offset[0]}, {self.offset[1]}"
        return f"{self.size[0]}×{self.size[1]}{where}"

    def _refuse(
        self, sides: Sequence[Size], side: int, part: int, offset: int, name: str, like: Shape | None
    ) -> None:
        if part > side:
            pairs = zip(self.size, sides, strict=True)
            smaller = tuple(min(wanted, there) if isinstance(there, int) else wanted for wanted, there in pairs)
            raise ShapeError(
                f"Crop to a {name} of {part} needs an image at least as large, got {side}.",
                f"Set size to {side} or less." if like is None else "Feed `like` the smaller of the two images.",
                parameter="size" if like is None else "",
                port="x",
                kind="sizes",
                fixes=(set_to(size=smaller),) if like is None else (),
            )
        raise ShapeError(
            f"The piece of {name} {part} at {offset} reaches beyond the {side} there are.",
            f"Set offset to {side - part} or less, or leave it open for the middle.",
            parameter="offset",
            kind="sizes",
            fixes=(set_to(offset=None),),
        )
