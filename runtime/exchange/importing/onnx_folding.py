"""What of an ONNX graph can be worked out at import: constants, and sizes that code asks values for."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nodes.spec.sizes import Unknown
from runtime.exchange.importing.drawing import UnsayableError

BATCH = Unknown.named("N")
MOST = 2**28  # numbers in one constant that is worked out
MOST_SIZES = 10_000  # in one constant that holds sizes which are not known yet
Array = np.ndarray[Any, Any]
KINDS = {
    1: np.float32, 2: np.uint8, 3: np.int8, 4: np.uint16, 5: np.int16, 6: np.int32, 7: np.int64, 9: np.bool_,
    10: np.float16, 11: np.float64, 12: np.uint32, 13: np.uint64,
}  # fmt: skip


@dataclass(frozen=True)
class Filled:
    """A tensor of one number whose sizes hold the batch's, such as the first state of a recurrent layer."""

    value: float
    sizes: tuple[Any, ...]


@dataclass(frozen=True)
class Repeated:
    """A constant that is the same for each sample of a batch, such as a class token."""

    value: Array


def folded(operator: str, given: Sequence[Any], attributes: Mapping[str, Any]) -> Any:
    """What an operator gives for constants. Raises UnsayableError where that is not worked out."""
    rule = RULES.get(operator)
    if rule is None:
        raise UnsayableError(f"{operator} of constants is not worked out")
    try:
        with np.errstate(all="ignore"):
            _require_few_sizes(given)
            return _as_array(rule(list(given), attributes))
    except UnsayableError:
        raise
    except Exception as error:  # whatever sizes and types a damaged file gives
        raise UnsayableError(f"{operator} of these constants has no value ({error})") from error


def _require_few_sizes(given: Sequence[Any]) -> None:
    if any(np.asarray(one).dtype == object and np.size(one) > MOST_SIZES for one in given):
        raise UnsayableError("a list of sizes is too long")


def _as_array(found: Any) -> Any:
    """Sizes that are all known are whole numbers; one that is not known stands in an array too."""
    if isinstance(found, Unknown):
        alone = np.empty((), dtype=object)
        alone[()] = found
        return alone
    if isinstance(found, np.ndarray) and found.dtype == object and found.size:
        is_known = all(isinstance(one, int | np.integer) for one in found.reshape(-1))
        return found.astype(np.int64) if is_known else found
    return np.asarray(found) if isinstance(found, int) else found


def _fill(given: list[Any], attributes: Mapping[str, Any]) -> Any:
    value = np.asarray(attributes.get("value", np.zeros(1, np.float32))).reshape(-1)[:1]
    written = np.asarray(given[0]).tolist()
    if any(isinstance(size, Unknown) for size in written):
        return Filled(float(value[0]), tuple(written))
    sizes = [int(size) for size in written]
    if any(size < 0 for size in sizes) or math.prod(sizes) > MOST:
        raise UnsayableError(f"a constant of {math.prod(sizes):,} numbers is too large")
    return np.broadcast_to(value[0], sizes)


def _require_small(count: int, is_object: bool = False) -> None:
    """Before anything is worked out that would have so many numbers."""
    if count > (MOST_SIZES if is_object else MOST):
        raise UnsayableError("a constant is too large")


def _each(function: Callable[..., Any]) -> Callable[[list[Any], Mapping[str, Any]], Any]:
    """Arithmetic of constants, number by number."""

    def rule(given: list[Any], _: Mapping[str, Any]) -> Any:
        arrays = [np.asarray(one) for one in given]
        sizes = np.broadcast_shapes(*(array.shape for array in arrays))
        _require_small(math.prod(sizes), any(array.dtype == object for array in arrays))
        return np.asarray(function(*arrays))

    return rule


def _gather(given: list[Any], attributes: Mapping[str, Any]) -> Any:
    x, indices, axis = np.asarray(given[0]), np.asarray(given[1]).astype(int), int(attributes.get("axis", 0))
    _require_small(indices.size * x.size // max(1, x.shape[axis]))
    return np.take(x, indices, axis)


def _dequantised(given: list[Any], attributes: Mapping[str, Any]) -> Any:
    """Whole numbers as the real ones they stand for; a scale for each part of an axis, or one for all."""
    x, scale = np.asarray(given[0]), np.asarray(given[1])
    zero = np.asarray(given[2]) if len(given) > 2 and given[2] is not None else np.zeros_like(scale)
    if int(attributes.get("block_size", 0)):
        raise UnsayableError("Scales for blocks are not worked out")
    sizes = [1] * x.ndim
    if scale.ndim == 1:
        sizes[int(attributes.get("axis", 1))] = scale.size
        scale, zero = scale.reshape(sizes), zero.reshape(sizes)
    return (x.astype(np.float32) - zero.astype(np.float32)) * scale


def _triangle(given: list[Any], attributes: Mapping[str, Any]) -> Any:
    x, k = np.asarray(given[0]), int(given[1]) if len(given) > 1 and given[1] is not None else 0
    return np.triu(x, k) if attributes.get("upper", 1) else np.tril(x, k)


def _product(given: list[Any], _: Mapping[str, Any]) -> Any:
    x = np.asarray(given[0])
    _require_small(x.size, is_object=True)
    return np.prod(x, keepdims=True).reshape(-1)


def _divided(a: Array, b: Array) -> Any:
    return a // b if a.dtype == object or np.issubdtype(a.dtype, np.integer) else a / b


def axes_of(given: list[Any], attributes: Mapping[str, Any], place: int = 1) -> list[int] | None:
    """Axes as newer versions of ONNX give them, by an input, or as older ones, by an attribute."""
    if len(given) > place and given[place] is not None:
        return [int(axis) for axis in np.asarray(given[place]).reshape(-1)]
    axes = attributes.get("axes")
    return None if axes is None else [int(axis) for axis in axes]


def _unsqueeze(given: list[Any], attributes: Mapping[str, Any]) -> Any:
    x = np.asarray(given[0])
    axes = axes_of(given, attributes) or []
    return np.expand_dims(x, tuple(axes))


def _squeeze(given: list[Any], attributes: Mapping[str, Any]) -> Any:
    axes = axes_of(given, attributes)
    return np.squeeze(np.asarray(given[0]), None if axes is None else tuple(axes))


def _slice(given: list[Any], attributes: Mapping[str, Any]) -> Any:
    x = np.asarray(given[0])
    parts = [slice(None)] * x.ndim
    for axis, start, stop, step in slices(given, attributes, x.ndim):
        parts[axis] = slice(start, stop, step)
    return x[tuple(parts)]


def slices(given: list[Any], attributes: Mapping[str, Any], rank: int) -> list[tuple[int, int, int, int]]:
    """Axis, start, stop and step of each part that a Slice takes."""
    if len(given) > 2:
        starts, stops = (list(map(int, np.asarray(part).reshape(-1))) for part in given[1:3])
        axes = list(map(int, np.asarray(given[3]))) if len(given) > 3 and given[3] is not None else None
        steps = list(map(int, np.asarray(given[4]))) if len(given) > 4 and given[4] is not None else None
    else:
        starts, stops, axes, steps = (
            list(attributes["starts"]),
            list(attributes["ends"]),
            attributes.get("axes"),
            None,
        )
    axes = list(range(len(starts))) if axes is None else [int(axis) % rank for axis in axes]
    return list(zip(axes, starts, stops, steps or [1] * len(starts), strict=True))


def _reshape(given: list[Any], attributes: Mapping[str, Any]) -> Any:
    x, sizes = np.asarray(given[0]), list(map(int, given[1] if len(given) > 1 else attributes["shape"]))
    return x.reshape([x.shape[n] if size == 0 else size for n, size in enumerate(sizes)])


def _range(given: list[Any], _: Mapping[str, Any]) -> Any:
    start, stop, step = (np.asarray(part).item() for part in given)
    if step == 0 or abs((stop - start) / step) > 1_000_000:
        raise UnsayableError("a range is too long")
    return np.arange(start, stop, step)


def _concat(given: list[Any], attributes: Mapping[str, Any]) -> Any:
    parts = [np.asarray(part) for part in given]
    if any(part.dtype == object for part in parts):
        parts = [part.astype(object) for part in parts]
    _require_small(sum(part.size for part in parts))
    return np.concatenate(parts, axis=int(attributes.get("axis", 1)))


def _cast(given: list[Any], attributes: Mapping[str, Any]) -> Any:
    x = np.asarray(given[0])
    return x if x.dtype == object else x.astype(KINDS[int(attributes["to"])])


def _constant(_: list[Any], attributes: Mapping[str, Any]) -> Any:
    for key in ("value", "value_float", "value_int", "value_floats", "value_ints"):
        if key in attributes:
            kind = np.float32 if "float" in key else np.int64 if "int" in key else None
            return np.asarray(attributes[key], dtype=kind)
    raise UnsayableError("a constant has no value")


def _expand(given: list[Any], _: Mapping[str, Any]) -> Any:
    sizes = list(np.asarray(given[1]).tolist())
    x = np.asarray(given[0])
    if any(isinstance(size, Unknown) for size in sizes):
        if x.size == 1:
            return Filled(float(x.reshape(-1)[0]), tuple(sizes))
        keeps = all(size in (1, there) for size, there in zip(sizes[1:], x.shape[1:], strict=False))
        if x.ndim == len(sizes) and x.shape[0] == 1 and keeps:
            return Repeated(x)
        raise UnsayableError("a constant repeated over other axes than the batch is no constant")
    shape = np.broadcast_shapes(x.shape, tuple(map(int, sizes)))
    _require_small(math.prod(shape))
    return np.broadcast_to(x, shape)


RULES: Mapping[str, Callable[[list[Any], Mapping[str, Any]], Any]] = {
    "Constant": _constant,
    "ConstantOfShape": _fill,
    "Identity": lambda given, _: given[0],
    "Shape": lambda given, a: np.array(np.shape(given[0]), np.int64)[a.get("start", 0) : a.get("end")],
    "Cast": _cast,
    "Gather": _gather,
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    "Slice": _slice,
    "Concat": _concat,
    "Reshape": _reshape,
    "Expand": _expand,
    "Range": _range,
    "DequantizeLinear": _dequantised,
    "Trilu": _triangle,
    "Transpose": lambda given, a: np.transpose(np.asarray(given[0]), a.get("perm")),
    "Add": _each(lambda a, b: a + b),
    "Sub": _each(lambda a, b: a - b),
    "Mul": _each(lambda a, b: a * b),
    "Div": _each(_divided),
    "Floor": _each(np.floor),
    "Ceil": _each(np.ceil),
    "Sqrt": _each(np.sqrt),
    "Neg": _each(np.negative),
    "Equal": _each(lambda a, b: a == b),
    "Less": _each(lambda a, b: a < b),
    "LessOrEqual": _each(lambda a, b: a <= b),
    "Greater": _each(lambda a, b: a > b),
    "GreaterOrEqual": _each(lambda a, b: a >= b),
    "Not": _each(np.logical_not),
    "And": _each(np.logical_and),
    "Or": _each(np.logical_or),
    "Max": _each(lambda *arrays: functools.reduce(np.maximum, arrays)),
    "Min": _each(lambda *arrays: functools.reduce(np.minimum, arrays)),
    "Pow": _each(np.power),
    "Exp": _each(np.exp),
    "Abs": _each(np.abs),
    "Reciprocal": _each(lambda a: 1 / a),
    "Where": _each(np.where),
    "ReduceProd": _product,
}
