"""What poolings share that ask for an output size, for the whole map, or for boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from nodes.spec.node_type import EVERYTHING, NodeType, Outputs, Window, call, single
from nodes.spec.settings import flag, real, size
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import Size, Unknown
from nodes.spec.spatial import EXTENTS, UNITS, require_positions, with_indices
from nodes.spec.sums import product
from nodes.spec.windows import UPSAMPLED, crossed


def output_setting(axes: str) -> Any:
    """The size that comes out; an axis left open keeps its own."""
    return size(
        (1,) * len(axes),
        axes,
        low=1,
        high=1024,
        unit=UNITS[axes],
        part_optional="as the input" if len(axes) > 1 else "",
        doc=f"{EXTENTS[axes]} of the output.",
    )


@dataclass(frozen=True)
class AdaptivePool(NodeType):
    """What the adaptive poolings share."""

    over: ClassVar[str] = "HW"
    verb: ClassVar[str] = "average"

    output_size: tuple[int | None, ...] = output_setting("HW")

    def shape(self, x: Shape) -> Outputs:
        return self._pooled(x)

    def _pooled(self, x: Shape) -> Shape:
        require_positions(x, self.over, self.title, self.type_id[:-2])
        return x.resized(x[0], *self._results(x[1:]))

    def operations(self, x: Shape) -> dict[str, Size]:
        return {"add" if self.verb == "average" else "compare": x.numel}

    def window(self, x: Shape) -> Window | str:
        kernel, stride = [], []
        for side, result in zip(x[1:], self._results(x[1:]), strict=True):
            if side == result:
                side, result = 1, 1
            if not (isinstance(side, int) and isinstance(result, int)) or self._is_global():
                return EVERYTHING
            kernel.append(_widest(side, result))
            stride.append(max(1, side // result))
        return Window(tuple(kernel), tuple(stride), (0,) * len(self.over))

    def size_sums(self, x: Shape) -> tuple[str, ...]:
        """How many positions each result stands for."""
        return tuple(
            f"{side}/{result} = {side // result} each"
            if isinstance(side, Unknown) or side % result == 0
            else f"{side}/{result}: windows of up to {_widest(side, result)}"
            for side, result in zip(x[1:], self._results(x[1:]), strict=True)
            if isinstance(result, int)
        )

    def module(self, x: Shape) -> str:
        return call(f"nn.{self.torch_name}", single(self.output_size))

    def summary(self) -> str:
        return f"{self.verb} of each map" if self._is_global() else f"{self.verb} to {crossed(self.output_size)}"

    def _is_global(self) -> bool:
        return all(part == 1 for part in self.output_size)

    def _results(self, sides: Sequence[Size]) -> list[Size]:
        return [side if part is None else part for side, part in zip(sides, self.output_size, strict=True)]


@dataclass(frozen=True)
class AdaptiveAvgPool(AdaptivePool):
    """What the adaptive average poolings share."""

    @property
    def keeps_input(self) -> bool:  # type: ignore[override]
        """Not for a plain mean, which PyTorch makes of 1 × 1."""
        return not self._is_global()


@dataclass(frozen=True)
class AdaptiveMaxPool(AdaptivePool):
    """What the adaptive max poolings share."""

    verb: ClassVar[str] = "max"

    return_indices: bool = flag(False, doc="Also give the place of each largest value.", advanced=True)

    def outputs(self) -> tuple[str, ...]:
        return ("output", "indices") if self.return_indices else ("output",)

    def shape(self, x: Shape) -> Outputs:
        out = self._pooled(x)
        return with_indices(out) if self.return_indices else out

    def kept_bytes(self, x: Shape) -> Size:
        return self._pooled(x).numel * 8  # int64: the place of each largest value

    def kept_bytes_halved(self, x: Shape) -> Size:
        return self.kept_bytes(x)

    def module(self, x: Shape) -> str:
        more = {"return_indices": True} if self.return_indices else {}
        return call(f"nn.{self.torch_name}", single(self.output_size), **more)


def _widest(side: int, result: int) -> int:
    """How many positions the widest window covers: window i goes from ⌊i·side/result⌋ to ⌈(i + 1)·side/result⌉."""
    return max(-(-(i + 1) * side // result) - i * side // result for i in range(result))


@dataclass(frozen=True)
class GlobalPool(NodeType):
    """What the global poolings share: one number for each channel."""

    function: ClassVar[str] = "mean"

    def shape(self, x: Shape) -> Shape:
        if x.as_real(self.title).axes not in ("CL", "CHW", "CDHW"):
            raise ShapeError(
                f"{self.title} expects a signal, an image or a volume, got {x.described()}.",
                "Leave it out: this has no positions to pool over."
                if x.axes in ("", "C")
                else "Put it where the value has channels first and then positions.",
                kind="rank",
            )
        return Shape(x[0])

    def operations(self, x: Shape) -> dict[str, Size]:
        return {"add" if self.function == "mean" else "compare": x.numel}

    def window(self, x: Shape) -> str:
        return EVERYTHING

    def size_sums(self, x: Shape) -> tuple[str, ...]:
        sides = Shape(*x[1:], axes=x.axes[1:])
        return (f"{product(sides)} = {sides.numel} numbers become one",)

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        [x] = inputs
        assert x is not None
        axes = tuple(range(2, len(x) + 1))
        return f"{values[0]}.{self.function}({axes if len(axes) > 1 else axes[0]})"

    def summary(self) -> str:
        return f"{'average' if self.function == 'mean' else 'max'} of each map"


@dataclass(frozen=True)
class BoxPool(NodeType):
    """What the poolings of regions share: an image and boxes, each as x1, y1, x2, y2 in pixels of the picture."""

    keeps_input: ClassVar[bool] = False

    output_size: tuple[int, ...] = size((7, 7), low=1, high=256, unit="px", doc="Height × width for each box.")
    spatial_scale: float = real(
        1.0,
        low=1e-4,
        high=16.0,
        logarithmic=True,
        doc="Side of the feature map divided by side of the picture that the boxes are measured in.",
    )

    def shape(self, x: Shape, boxes: Shape) -> Shape:
        require_positions(x, "HW", self.title)
        if boxes.values != "real" or boxes.axes != "LC" or boxes[1] != 4:
            raise ShapeError(
                f"{self.title} expects boxes (L × 4: x1, y1, x2, y2), got {boxes.described()}.",
                "Wire a sequence of boxes, four numbers each: an input of size L × 4, or a layer that gives them.",
                port="boxes",
                kind="boxes",
            )
        return Shape(boxes[0], x[0], *self.output_size, axes="LCHW")

    def window(self, x: Shape, boxes: Shape) -> Window:
        return UPSAMPLED

    def size_sums(self, x: Shape, boxes: Shape) -> tuple[str, ...]:
        return (f"{boxes[0]} boxes · {x[0]} channels = {boxes[0] * x[0]} maps", f"{product(self.output_size)} each")

    def summary(self) -> str:
        return f"{crossed(self.output_size)} from each box"
