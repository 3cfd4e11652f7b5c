"""Steps of ONNX that arrange numbers: reshape, transpose, slice, split, pad, resize and the like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nodes.attention import ClassToken
from nodes.merge import Concat
from nodes.reshape import Flatten
from nodes.reshape_over import Max, Mean, Min, Sum
from nodes.reshape_parts import Select, Slice, Split
from nodes.reshape_resize import Upsample
from nodes.reshape_sizes import PixelShuffle
from runtime.exchange.importing.arranging import letters_of, padded, permuted, reshaped, squeezed, unsqueezed
from runtime.exchange.importing.drawing import UnsayableError, Value
from runtime.exchange.importing.onnx_folding import BATCH, Filled, Repeated, axes_of, slices
from runtime.exchange.importing.onnx_layers import BY_RANK, embedded
from runtime.exchange.importing.onnx_merged import Merged, merged, parted, transposed
from runtime.exchange.importing.onnx_sequences import Cell, Turned, joined, rearranged
from runtime.exchange.importing.onnx_step import OnnxStep, sizes_of, tensor_of

FARTHEST = 2**31 - 1
FACTORS = (2, 3, 4, 8, 16, 32)


def _reshape(step: OnnxStep) -> Any:
    if isinstance(step.given[0], Turned | Cell):
        return rearranged(step)
    wanted = list(step.attributes["shape"] if "shape" in step.attributes else step.required(1).tolist())
    if step.attributes.get("allowzero", 0) and 0 in wanted:
        raise UnsayableError("A value without numbers has no node")
    if isinstance(step.given[0], Merged):
        return parted(step.given[0], wanted)
    x = step.value()
    if (within := merged(x, wanted)) is not None:
        return within
    return reshaped(step.drawing, x, sizes_of(step, x.shape, wanted), step.path)


def _flatten(step: OnnxStep) -> Value:
    x = step.value()
    if int(step.attributes.get("axis", 1)) % (len(x.shape) + 1) != 1:
        raise UnsayableError("The batch cannot be flattened")
    return x if len(x.shape) == 1 else step.add(Flatten(), x)


def _transpose(step: OnnxStep) -> Any:
    order = list(step.attributes.get("perm", ()))
    if isinstance(step.given[0], Turned | Cell):
        return rearranged(step)
    if isinstance(step.given[0], Merged):
        return transposed(step, step.given[0])
    x = step.value()
    order = order or list(range(len(x.shape) + 1))[::-1]
    if order == [1, 0, 2] and len(x.shape) == 2:
        return Turned(step.relabelled(x, "sequence"))
    if order == [2, 0, 1] and len(x.shape) == 2:
        return Turned(permuted(step.drawing, x, [1, 0], step.path))
    if order[0] != 0 or len(order) != len(x.shape) + 1:
        raise UnsayableError("The batch stays the first axis")
    return permuted(step.drawing, x, [n - 1 for n in order[1:]], step.path)


def _axis(step: OnnxStep, x: Value, axis: int) -> str:
    """The letter of an axis of ONNX."""
    place = axis if axis >= 0 else axis + len(x.shape) + 1
    if len(set(x.shape.axes)) < len(x.shape):
        raise UnsayableError("Axes without letters of their own")
    return letters_of(x.shape, [place - 1])


def _concat(step: OnnxStep) -> Any:
    token = step.given[0]
    if all(isinstance(one, Cell) for one in step.given):
        return joined(step)
    if isinstance(token, Repeated) and len(step.given) == 2 and token.value.shape[:2] == (1, 1):
        x = step.relabelled(step.value(1), "sequence")
        return step.add(ClassToken(), x, weights={"token": tensor_of(token.value)})
    if not all(isinstance(one, Value) for one in step.given):
        raise UnsayableError("Constants joined to values have no node")
    values = [step.value(place) for place in range(len(step.given))]
    if len(values) == 1:
        return values[0]
    along = _axis(step, values[0], int(step.attributes["axis"]))
    return step.add(Concat(along), *values)


def _split(step: OnnxStep) -> list[Value]:
    x = step.value()
    along = _axis(step, x, int(step.attributes.get("axis", 0)))
    total = x.shape[x.shape.axes.index(along)]
    sizes = step.attributes.get("split")
    if sizes is None and len(step.given) > 1 and step.given[1] is not None:
        sizes = step.required(1).tolist()
    if sizes is None:
        if not isinstance(total, int):
            raise UnsayableError("Equal parts of a size that is not known have no node")
        each = -(-total // step.outputs)
        sizes = [min(each, total - each * n) for n in range(step.outputs)]
    if len(sizes) == 1:
        return [x]
    return step.all(Split(tuple(map(int, sizes)), along), x)


def _slice(step: OnnxStep) -> Any:
    if isinstance(step.given[0], Filled):
        return _sliced_filling(step, step.given[0])
    x = step.value()
    for axis, start, stop, jump in slices([x, *step.given[1:]], step.attributes, len(x.shape) + 1):
        along = _axis(step, x, axis)
        size = x.shape[x.shape.axes.index(along)]
        if jump < 1:
            raise UnsayableError("A slice from behind has no node")
        if isinstance(size, int):
            start = max(start, -size) if start < 0 else min(start, size)
        if stop >= FARTHEST or (isinstance(size, int) and stop >= size):
            end = None
        else:
            end = max(stop, -size) if isinstance(size, int) and stop < 0 else stop
        if start in (0,) and end is None and jump == 1:
            continue
        x = step.add(Slice(along, start, end, jump), x)
    return x


def _sliced_filling(step: OnnxStep, filled: Filled) -> Filled:
    """First states are cut up layer by layer."""
    sizes = list(filled.sizes)
    for axis, start, stop, jump in slices([filled, *step.given[1:]], step.attributes, len(sizes)):
        if not isinstance(sizes[axis], int):
            raise UnsayableError("A slice of the batch has no node")
        sizes[axis] = len(range(sizes[axis])[start:stop:jump])
    return Filled(filled.value, tuple(sizes))


def _gather(step: OnnxStep) -> Any:
    if isinstance(step.given[0], np.ndarray) and isinstance(step.given[1], Value):
        return embedded(step, step.required(0), step.value(1))
    if isinstance(step.given[0], Turned | Cell):
        return rearranged(step)
    x, indices = step.value(), step.required(1)
    along = _axis(step, x, int(step.attributes.get("axis", 0)))
    if indices.ndim == 0:
        return step.add(Select(along, int(indices)), x)
    numbers = [int(n) for n in indices.reshape(-1)]
    if indices.ndim == 1 and numbers == list(range(numbers[0], numbers[0] + len(numbers))) and numbers[0] >= 0:
        return step.add(Slice(along, numbers[0], numbers[-1] + 1), x)
    raise UnsayableError("Gathering in any order has no node")


def _squeeze(step: OnnxStep) -> Any:
    if isinstance(step.given[0], Turned | Cell):
        return rearranged(step)
    x = step.value()
    axes = axes_of(list(step.given), step.attributes)
    if axes is None:
        raise UnsayableError("A squeeze that may take the batch has no node")
    rank = len(x.shape) + 1
    places = [axis % rank - 1 for axis in axes]
    letters_of(x.shape, places)
    return squeezed(step.drawing, x, places, step.path)


def _unsqueeze(step: OnnxStep) -> Value:
    x = step.value()
    axes = axes_of(list(step.given), step.attributes) or []
    rank = len(x.shape) + 1 + len(axes)
    places = sorted(axis % rank - 1 for axis in axes)
    if any(place < 0 for place in places):
        raise UnsayableError("The batch stays the first axis")
    return unsqueezed(step.drawing, x, places, step.path)


def _reduce(kind: type[Mean] | type[Sum] | type[Max] | type[Min]) -> Callable[[OnnxStep], Value]:
    def rule(step: OnnxStep) -> Value:
        x = step.value()
        axes = axes_of(list(step.given), step.attributes)
        if axes is None or (not axes and not step.attributes.get("noop_with_empty_axes", 0)):
            raise UnsayableError("One number for the whole batch has no node")
        if not axes:
            return x
        letters = "".join(_axis(step, x, axis) for axis in sorted(axis % (len(x.shape) + 1) for axis in axes))
        return step.add(kind(letters, bool(step.attributes.get("keepdims", 1))), x)

    return rule


def _pad(step: OnnxStep) -> Value:
    x = step.value()
    pads = step.attributes.get("pads") or step.attributes.get("paddings")
    pads = list(map(int, step.required(1))) if pads is None else list(pads)
    value = step.attributes.get("value", 0.0)
    if len(step.given) > 2 and step.given[2] is not None:
        value = float(step.required(2).reshape(-1)[0])
    if len(step.given) > 3 and step.given[3] is not None:
        raise UnsayableError("Padding of chosen axes has no node")
    rank = len(x.shape) + 1
    if len(pads) != 2 * rank or pads[0] or pads[rank]:
        raise UnsayableError("Padding the batch has no node")
    modes = {"constant": "constant", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}
    sides = list(zip(pads[1:rank], pads[rank + 1 :], strict=True))
    if rank - 1 == 2 and any(sides[0]) is False and x.shape.axes == "LC":
        x = step.relabelled(x, "signal")
    return padded(step.drawing, x, sides, modes[step.attributes.get("mode", "constant")], value, step.path)


def _resize(step: OnnxStep) -> Value:
    x = step.value()
    rank = len(x.shape) - 1
    x = step.relabelled(x, BY_RANK[rank])
    a = step.attributes
    given = [None, *(None if n >= len(step.given) else step.constant(n) for n in range(1, 4))]
    scales = a.get("scales") if "scales" in a else given[1] if step.operator == "Upsample" else given[2]
    sizes = given[3] if step.operator == "Resize" else None
    mode, corners = _interpolation(step, rank)
    if sizes is not None and np.size(sizes):
        return _resized_to(step, x, np.asarray(sizes).tolist()[2:], mode, corners)
    factors = [float(n) for n in np.asarray(scales).reshape(-1)]
    if len(factors) != rank + 2 or factors[:2] != [1.0, 1.0] or a.get("axes"):
        raise UnsayableError("Resizing channels has no node")
    if all(map(float.is_integer, factors)):
        by_factor = tuple(factors[2:3] if len(set(factors[2:])) == 1 else factors[2:])
        return step.add(Upsample(scale_factor=by_factor, mode=mode, align_corners=corners), x)
    sides = [side * factor for side, factor in zip(x.shape[1:], factors[2:], strict=True) if isinstance(side, int)]
    if len(sides) < rank or not all(float(side).is_integer() for side in sides):
        raise UnsayableError("Resizing by factors that give no whole sizes has no node")
    return _resized_to(step, x, [int(side) for side in sides], mode, corners)


def _resized_to(step: OnnxStep, x: Value, wanted: list[Any], mode: str, corners: bool) -> Value:
    """To whole sizes, or to open ones that are a multiple of what there is."""
    if all(isinstance(size, int) for size in wanted):
        if 1 in wanted and step.attributes.get("coordinate_transformation_mode") == "pytorch_half_pixel":
            raise UnsayableError(
                "Where one pixel is left, PyTorch takes the middle and this way of resizing the first"
            )
        return step.add(Upsample(size=tuple(wanted), mode=mode, align_corners=corners), x)
    factor = next((n for n in FACTORS if [size * n for size in x.shape[1:]] == wanted), None)
    if factor is None:
        raise UnsayableError("Resizing to sizes that are open has no node")
    return step.add(Upsample(scale_factor=(factor,), mode=mode, align_corners=corners), x)


def _expand(step: OnnxStep) -> Value:
    """A value that is repeated to the sizes it has."""
    x = step.value()
    wanted = step.required(1).tolist()
    if len(wanted) <= len(x.shape) + 1 and all(
        size in (1, there) for size, there in zip(wanted[::-1], [BATCH, *x.shape][::-1], strict=False)
    ):
        return x
    raise UnsayableError("A value that is repeated has no node")


def _interpolation(step: OnnxStep, rank: int) -> tuple[str, bool]:
    """PyTorch's mode, and whether corners are aligned."""
    a = step.attributes
    mode = a.get("mode", "nearest")
    old = step.operator == "Upsample" or step.version < 11
    where = a.get("coordinate_transformation_mode", "asymmetric" if old else "half_pixel")
    if (
        a.get("antialias", 0)
        or a.get("keep_aspect_ratio_policy", "stretch") != "stretch"
        or a.get("exclude_outside", 0)
    ):
        raise UnsayableError("This way of resizing has no node")
    if mode == "nearest":
        rounding = a.get("nearest_mode", "floor" if old else "round_prefer_floor")
        if where == "asymmetric" and rounding == "floor":
            return "nearest", False
        if where == "half_pixel" and rounding == "round_prefer_floor":
            raise UnsayableError("PyTorch rounds the other way between two pixels")
        raise UnsayableError("This way of resizing has no node")
    names = {"linear": {1: "linear", 2: "bilinear", 3: "trilinear"}, "cubic": {2: "bicubic"}}
    if mode == "cubic" and abs(a.get("cubic_coeff_a", -0.75) + 0.75) > 1e-6:
        raise UnsayableError("This way of resizing has no node")
    if where not in ("half_pixel", "pytorch_half_pixel", "align_corners"):
        raise UnsayableError("This way of resizing has no node")
    return names[mode][rank], where == "align_corners"


def _depth_to_space(step: OnnxStep) -> Value:
    if step.attributes.get("mode", "DCR") != "CRD":
        raise UnsayableError("Its channels are in another order than PyTorch's")
    return step.add(PixelShuffle(int(step.attributes["blocksize"])), step.value())


def _shape(step: OnnxStep) -> Any:
    found, batch = step.given[0], BATCH if step.batch is None else step.batch
    if isinstance(found, Turned | Cell):
        told = found.sizes(batch)
    elif isinstance(found, Value):
        told = [batch, *found.shape]
    else:
        raise UnsayableError("The sizes of a value whose batch is not the first axis have no node")
    sizes = np.empty(len(told), dtype=object)
    sizes[:] = told
    start, end = step.attributes.get("start", 0), step.attributes.get("end", len(sizes))
    sizes = sizes[start:end]
    return sizes.astype(np.int64) if all(isinstance(size, int) for size in sizes) else sizes


def _size(step: OnnxStep) -> Any:
    raise UnsayableError("The numbers of a whole batch are not known at import")


RULES: Mapping[str, Callable[[OnnxStep], Any]] = {
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Transpose": _transpose,
    "Concat": _concat,
    "Split": _split,
    "Slice": _slice,
    "Gather": _gather,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "ReduceMean": _reduce(Mean),
    "ReduceSum": _reduce(Sum),
    "ReduceMax": _reduce(Max),
    "ReduceMin": _reduce(Min),
    "Pad": _pad,
    "Resize": _resize,
    "Upsample": _resize,
    "DepthToSpace": _depth_to_space,
    "Expand": _expand,
    "Shape": _shape,
    "Size": _size,
}
