"""Rules for values that are laid out, cut, joined, padded, enlarged or summed up along axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from nodes.spec.sizes import Size
from runtime.exchange.onnx.rules import NoRuleError, Place, rule

END = 2**63 - 1
REDUCED = {"mean": "ReduceMean", "sum": "ReduceSum", "max": "ReduceMax", "min": "ReduceMin"}


@rule("flatten")
def flatten(here: Place) -> str:
    first, last = here.settings._range(here.shape)
    if first == last:
        return here.x
    if first == 0 and last == len(here.shape) - 1:
        return here.op("Flatten", here.x)
    return here.reshaped(here.x, here.settings.shape(here.shape), here.shape)


@rule("reshape")
def reshape(here: Place) -> str:
    return here.op("Reshape", here.x, here.ints([0, *here.settings.size], "sizes"))


@rule("permute")
def permute(here: Place) -> str:
    places = here.settings._places(here.shape)
    return here.op("Transpose", here.x, perm=[0, *(place + 1 for place in places)])


@rule("squeeze")
def squeeze(here: Place) -> str:
    places = [place + 1 for place in here.settings._places(here.shape)]
    return here.op("Squeeze", here.x, here.ints(places, "axes")) if places else here.x


@rule("unsqueeze")
def unsqueeze(here: Place) -> str:
    places = [n + 1 for n, is_old in enumerate(here.settings._is_old(here.shape)) if not is_old]
    return here.op("Unsqueeze", here.x, here.ints(places, "axes")) if places else here.x


@rule(*REDUCED)
def reduced(here: Place) -> str:
    axes = [place + 1 for place in here.settings._places(here.shape)]
    if not axes:
        return here.x
    operator = REDUCED[here.settings.type_id]
    return here.op(operator, here.x, here.ints(axes, "axes"), keepdims=int(here.settings.keepdim))


@rule("split", "chunk")
def split(here: Place) -> Sequence[str]:
    settings = here.settings
    at = here.at(settings.dim)
    sizes: Sequence[Size] = settings._sizes(here.shape, at - 1)
    if len(sizes) == 1:
        return [here.x]
    ports = [port if port in here.used else f"unused_{port}" for port in settings.outputs()]
    if not all(isinstance(size, int) for size in sizes):
        raise NoRuleError("pieces of open sizes")
    return here.ops("Split", [here.x, here.ints(list(map(int, sizes)), "pieces")], ports, axis=at)  # type: ignore[arg-type]


@rule("slice")
def cut(here: Place) -> str:
    settings = here.settings
    if settings.start == 0 and settings.stop is None and settings.step == 1:
        return here.x
    stop = END if settings.stop is None else settings.stop
    return sliced(here, here.x, [here.at(settings.dim)], [settings.start], [stop], [settings.step])


def sliced(
    here: Place, x: str, axes: Sequence[int], starts: Sequence[int], stops: Sequence[int],
    steps: Sequence[int] = (), part: str = "",
) -> str:  # fmt: skip
    """A piece of a value along some axes."""
    more = here.ints(list(steps), "steps") if set(steps) - {1} else None
    ends = (here.ints(list(starts), "starts"), here.ints(list(stops), "stops"), here.ints(list(axes), "axes"))
    return here.op("Slice", x, *ends, more, part=part)


@rule("select")
def select(here: Place) -> str:
    return here.op("Gather", here.x, here.ints(here.settings.index, "index"), axis=here.at(here.settings.dim))


@rule("select_step")
def select_step(here: Place) -> str:
    return here.op("Gather", here.x, here.ints(here.settings.index, "index"), axis=here.at("L"))


@rule("select_last")
def select_last(here: Place) -> str:
    return here.op("Gather", here.x, here.ints(-1, "index"), axis=1)


@rule("crop")
def crop(here: Place) -> str:
    wanted = here.settings.size
    if here.values[1:] and here.values[1] is not None:
        like = here.shapes[1]
        assert like is not None
        wanted = tuple(like[1:])
    sides = here.shape[1:]
    offset = here.settings.offset
    if offset is None and isinstance(sides[0], int) and isinstance(sides[1], int):
        if not all(isinstance(size, int) for size in wanted):
            raise NoRuleError("a piece of open size")
        offset = tuple((side - int(size)) // 2 for side, size in zip(sides, wanted, strict=True))
    if offset is None or not all(isinstance(size, int) for size in wanted):
        raise NoRuleError("a piece of open size")
    stops = [begin + int(size) for begin, size in zip(offset, wanted, strict=True)]
    return sliced(here, here.x, [2, 3], offset, stops)


@rule("concat")
def concat(here: Place) -> str:
    return here.op("Concat", *here.given, axis=here.at(here.settings.dim)) if len(here.given) > 1 else here.x


@rule("stack")
def stack(here: Place) -> str:
    at = here.settings._place(here.shape) + 1
    raised = [
        here.op("Unsqueeze", value, here.ints([at], "axes"), part=f"x{number}")
        for number, value in enumerate(here.given, start=1)
    ]
    return here.op("Concat", *raised, axis=at)


@rule("matmul")
def matmul(here: Place) -> str:
    one, other = here.shapes[:2]
    assert one is not None
    assert other is not None
    first, second = here.given
    if len(one) == 1 and len(other) == 1:
        product = here.op("Mul", first, second, part="product")
        return here.op("ReduceSum", product, here.ints([1], "axes"), keepdims=0)
    if len(other) == 1:
        raised = here.op("Unsqueeze", second, here.ints([-1], "last"), part="column")
        return here.op("Squeeze", here.op("MatMul", first, raised, part="product"), here.ints([-1], "last"))
    if len(one) == 1:
        raised = here.op("Unsqueeze", first, here.ints([-2], "before"), part="row")
        return here.op("Squeeze", here.op("MatMul", raised, second, part="product"), here.ints([-2], "before"))
    return here.op("MatMul", first, second)


MODES = {"constant": "constant", "zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def padded(
    here: Place, x: str, pads: Sequence[tuple[int, int]], mode: str, value: float = 0.0, part: str = ""
) -> str:
    """A value with more on both sides of each axis behind the batch; ``wrap`` came with opset 19."""
    if MODES[mode] == "wrap":
        return _wrapped(here, x, pads, part)
    counts = here.ints([0, *(p[0] for p in pads), 0, *(p[1] for p in pads)], "pads")
    filled = here.real(value, "value") if value and mode == "constant" else None
    return here.op("Pad", x, counts, filled, part=part, mode=MODES[mode])


def _wrapped(here: Place, x: str, pads: Sequence[tuple[int, int]], part: str) -> str:
    """Its end before its beginning, and its beginning behind its end: onnxruntime has no other way."""
    moved = [(axis, pad) for axis, pad in enumerate(pads, start=1) if any(pad)]
    for axis, (before, after) in moved:
        pieces = [x]
        if before:
            pieces.insert(0, sliced(here, x, [axis], [-before], [END], part="before"))
        if after:
            pieces.append(sliced(here, x, [axis], [0], [after], part="behind"))
        x = here.op("Concat", *pieces, part=part if axis == moved[-1][0] else "wrapped", axis=axis)
    return x


@rule("pad")
def pad(here: Place) -> str:
    pads = here.settings._pads(here.shape)
    if not any(map(any, pads)):
        return here.x
    return padded(here, here.x, pads, here.settings.mode, here.settings.value)


def _is_exact(here: Place, factors: Sequence[float]) -> bool:
    """Whether factors make whole sizes of whole ones without rounding: onnxruntime places numbers otherwise there."""
    pairs = zip(here.shape[1:], factors, strict=False)
    exact = all(isinstance(side, int) and side * np.float32(factor) == int(side * factor) for side, factor in pairs)
    return exact and here.settings.mode != "nearest"


def _is_whole(factors: Sequence[float]) -> bool:
    return all(map(float.is_integer, factors))


def _by_matrices(here: Place, factors: Sequence[float]) -> str:
    """A product along each axis of a signal or an image, which weighs what each result is made of."""
    sides = here.shape[1:]
    if len(factors) not in (1, 2) or not here.shape.is_known:
        raise NoRuleError("sides that are open, or too many")
    *down, across = (_weighing(here.settings, side, factor, len(sides)) for side, factor in zip(sides, factors))  # noqa: B905
    x = here.x
    if down:
        x = here.op(
            "MatMul", here.weight("down", down[0].clone(memory_format=torch.contiguous_format)), x, part="rows"
        )
    return here.op("MatMul", x, here.weight("across", across.T.clone(memory_format=torch.contiguous_format)))


def _weighing(settings: Any, side: Size, factor: float, rank: int) -> Tensor:
    """What each result takes of each number along an axis, as PyTorch does it: H' × H"""
    assert isinstance(side, int)
    each = torch.eye(side)[None] if rank == 1 else torch.eye(side)[None, :, None].transpose(2, 3).repeat(1, 1, 1, 2)
    found = functional.interpolate(
        each,
        scale_factor=[factor, 1.0][:rank],
        mode=settings.mode,
        align_corners=settings.align_corners or None,
        recompute_scale_factor=settings.recompute_scale_factor,
        antialias=settings.antialias,
    )
    return (found if rank == 1 else found[..., 0])[0].T


@rule("upsample")
def upsample(here: Place) -> str:
    settings = here.settings
    if (here.values[1:] and here.values[1] is not None) or settings.mode in ("area", "nearest-exact"):
        raise NoRuleError("another size or way")
    factors = settings.factors(here.shape) if settings.size is None else ()
    if settings.antialias or settings.mode == "bicubic" or not (_is_exact(here, factors) or _is_whole(factors)):
        return _by_matrices(here, factors)
    corners = "align_corners" if settings.align_corners else "half_pixel"
    kind = {"mode": "linear", "coordinate_transformation_mode": corners}
    if settings.mode == "nearest":
        kind = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    if settings.size is None:
        return here.op("Resize", here.x, None, here.real([1.0, 1.0, *factors], "scales"), **kind)
    if not here.shape.is_known or settings.mode == "nearest":
        raise NoRuleError("a size that the batch would have to be told for")
    ratios = [to / side for to, side in zip(settings.size, map(int, here.shape[1:]), strict=True)]  # type: ignore[arg-type]
    if any(int(side * ratio) != to for side, ratio, to in zip(map(int, here.shape[1:]), ratios, settings.size)):  # type: ignore[arg-type]  # noqa: B905
        raise NoRuleError("a ratio that would be rounded")
    return here.op("Resize", here.x, None, here.real([1.0, 1.0, *ratios], "scales"), **kind)


@rule("pixel_shuffle")
def pixel_shuffle(here: Place) -> str:
    return here.op("DepthToSpace", here.x, blocksize=here.settings.upscale_factor, mode="CRD")


@rule("pixel_unshuffle")
def pixel_unshuffle(here: Place) -> str:
    """SpaceToDepth puts the places before the channels, PyTorch behind them."""
    channels, *sides = here.shape
    factor = here.settings.downscale_factor
    if not all(isinstance(size, int) for size in here.shape):
        raise NoRuleError("sides that are open")
    height, width = (int(side) // factor for side in sides)  # type: ignore[arg-type]
    split_up = here.reshaped(here.x, [channels, height, factor, width, factor], here.shape, "squares")
    turned = here.op("Transpose", split_up, part="turned", perm=[0, 1, 3, 5, 2, 4])
    return here.op("Reshape", turned, here.ints([0, int(channels) * factor**2, height, width], "sizes"))  # type: ignore[arg-type]


@rule("channel_shuffle")
def channel_shuffle(here: Place) -> str:
    channels, *sides = here.shape
    groups = here.settings.groups
    assert isinstance(channels, int)
    split_up = here.op("Reshape", here.x, here.ints([0, groups, channels // groups, -1], "groups"), part="groups")
    turned = here.op("Transpose", split_up, part="turned", perm=[0, 2, 1, 3])
    return here.reshaped(turned, [channels, *sides], [])


@rule("repeat_along_time")
def repeat_along_time(here: Place) -> str:
    if here.values[1:] and here.values[1] is not None:
        raise NoRuleError("the length of another value")
    raised = here.op("Unsqueeze", here.x, here.ints([1], "axes"), part="step")
    sizes = [1, here.settings.steps, *[1] * len(here.shape)]
    return here.op("Expand", raised, here.ints(sizes, "steps"))
