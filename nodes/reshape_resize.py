"""Making a value larger or smaller by copying or interpolating."""

from __future__ import annotations

import math
from typing import Any

from nodes.spec.fixes import insert, set_to
from nodes.spec.node_type import NodeType, node_type
from nodes.spec.settings import Dims, choice, flag, numbers, setting
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import Size, Unknown, scaled
from nodes.spec.work import times

MODES = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}  # and how many axes of positions they want
LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}
TAPS = {"linear": 2, "bilinear": 2, "trilinear": 2, "bicubic": 4}  # numbers that are weighed, along each axis
ANTIALIASED = ("bilinear", "bicubic")


@node_type(
    "upsample",
    title="Upsample",
    example=(Shape(64, 14, 14),),
    stem="up",
    also=("interpolate", "resize", "unpooling", "scale", "decoder", "upsampling", "bilinear", "nearest neighbour"),
)
class Upsample(NodeType):
    """Makes a signal, an image or a volume larger by copying or interpolating; also to a given size, or smaller.

    With something wired to ``like`` it becomes as large as that, as a decoder's stages need it.

    Shape:   C × H × W -> C × H·scale_factor × W·scale_factor without what follows the point, or C × size, or
             C × the sizes of ``like``.
    Weights: none.
    Errors:  no axes of positions; a mode for another number of axes; align_corners with a mode that knows no
             corners; antialias with another mode than bilinear and bicubic; a size or scale_factor with more or
             fewer numbers than axes; nothing left of a side.
    Source:  Long, Shelhamer & Darrell 2015, arXiv:1411.4038.
    """

    scale_factor: tuple[float, ...] = numbers(
        2.0,
        low=0.01,
        high=64.0,
        fewest=1,
        most=3,
        unit="×",
        doc="How many times as long each side becomes: one number for all, or one for each axis.",
    )
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
    recompute_scale_factor: bool = flag(
        False,
        doc="Place the numbers by the sides that come out, not by scale_factor, where these differ by rounding.",
        advanced=True,
        when=(("size", (None,)),),
    )
    antialias: bool = flag(
        False, doc="Weigh wider surroundings where an image becomes smaller (bilinear, bicubic).", advanced=True
    )

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
        if self.antialias and self.mode not in ANTIALIASED:
            raise ShapeError(
                f"Mode {self.mode} cannot be antialiased.",
                "Turn antialias off" + (", or set mode to bilinear." if rank == 2 else "."),
                parameter="antialias",
                kind="setting",
                fixes=(set_to(antialias=False), *([set_to(mode="bilinear")] if rank == 2 else [])),
            )
        return x.resized(x[0], *sides)

    def operations(self, x: Shape, like: Shape | None = None) -> dict[str, Size]:
        if self.mode == "area":
            return {"add": x.numel}
        if self.mode not in TAPS:
            return {}
        if not self.antialias:
            taps = TAPS[self.mode] ** (len(x) - 1)
            return times(self.shape(x, like).numel, {"multiply": taps, "add": taps - 1})
        channels, height, width = self.shape(x, like)
        rows, columns = self._reach(x[1], height), self._reach(x[2], width)
        across, down = channels * x[1] * width, channels * height * width
        return {
            "multiply": across * columns + down * rows,
            "add": across * (columns - 1) + down * (rows - 1),
        }

    def size_sums(self, x: Shape, like: Shape | None = None) -> tuple[str, ...]:
        sides = self._sides(x, like)
        if like is not None or self.size is not None:
            return tuple(f"{side} → {to}" for side, to in zip(x[1:], sides, strict=True))
        return tuple(
            f"{side} · {factor:g} = {to}" if factor.is_integer() else f"⌊{side} · {factor:g}⌋ = {to}"
            for side, factor, to in zip(x[1:], self.factors(x), sides, strict=True)
        )

    def expression(self, layer: str, *values: Any, inputs: tuple[Shape | None, ...] = ()) -> str:
        x, like = (*values, None)[:2]
        shape = inputs[0] if inputs else None
        by_factor = like is None and self.size is None
        if like is not None:
            to = f"size={like}.shape[2:]"
        elif self.size is not None:
            to = f"size={self.size}"
        else:
            factors = tuple(int(factor) if factor.is_integer() else factor for factor in self.scale_factor)
            to = f"scale_factor={factors if len(set(factors)) > 1 else factors[0]}"
        if shape is not None:
            self._sides(shape, inputs[1] if len(inputs) > 1 else None)  # PyTorch takes one size for all sides
        mode = "" if self.mode == "nearest" else f", mode={self.mode!r}"
        flags = {
            "align_corners": self.align_corners,
            "recompute_scale_factor": self.recompute_scale_factor and by_factor,
            "antialias": self.antialias,
        }
        return f"F.interpolate({x}, {to}{mode}{''.join(f', {name}=True' for name, is_on in flags.items() if is_on)})"

    def summary(self) -> str:
        factors = self.scale_factor if len(set(self.scale_factor)) > 1 else self.scale_factor[:1]
        to = "×".join(f"{n:g}" for n in factors) + "×" if self.size is None else "×".join(map(str, self.size))
        return f"{to} · {self.mode}"

    def factors(self, x: Shape) -> tuple[float, ...]:
        """scale_factor for each axis of positions."""
        return self.scale_factor * (len(x) - 1) if len(self.scale_factor) == 1 else self.scale_factor

    def _reach(self, side: Size, to: Size) -> int:
        """How many numbers one result is weighed of along an axis, with antialias; of unknown sides as if larger."""
        shrunk = side / to if isinstance(side, int) and isinstance(to, int) else 1.0
        return math.ceil(TAPS[self.mode] * max(1.0, shrunk))

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
        rank = self._rank(x)
        if like is not None:
            if like.axes != x.axes:
                raise ShapeError(
                    f"Upsample takes the sizes of {like.described()} for {x.described()}.",
                    "Feed `like` the same kind of value.",
                    port="like",
                    kind="rank",
                )
            return like[1:]
        if self.size is not None and len(self.size) != rank:
            raise ShapeError(
                f"size has {len(self.size)} numbers, but {x.described()} has {rank} axes of positions.",
                f"Set size to {rank} numbers, or leave it open for scale_factor.",
                parameter="size",
                kind="setting",
                fixes=(set_to(size=None),),
            )
        return self._scaled_sides(x, rank) if self.size is None else self.size

    def _scaled_sides(self, x: Shape, rank: int) -> tuple[Size, ...]:
        factors = self.factors(x)
        if len(factors) != rank:
            raise ShapeError(
                f"scale_factor has {len(factors)} numbers, but {x.described()} has {rank} axes of positions.",
                f"Set scale_factor to one number, or to {rank}.",
                parameter="scale_factor",
                kind="setting",
                fixes=(set_to(scale_factor=factors[:1]),),
            )
        sides = tuple(scaled(side, factor) for side, factor in zip(x[1:], factors, strict=True))
        for axis, side, to, factor in zip(x.axes[1:], x[1:], sides, factors, strict=True):
            if to == 0 and not isinstance(side, Unknown):
                raise ShapeError(
                    f"{factor:g} times {axis} = {side} leaves nothing.",
                    f"Set scale_factor to {1 / side:.3g} or more." if side else "Feed it a larger value.",
                    parameter="scale_factor",
                    kind="shrinks",
                    fixes=(set_to(scale_factor=(1.0,)),),
                )
        return sides
