"""What of an ONNX graph can be worked out at import: constants, and sizes that code asks values for."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nodes.spec.sizes import Unknown
from runtime.exchange.importing.drawing import UnsayableError

BATCH = Unknown.named("N")
MOST = 2**28  # numbers in one constant that is worked out
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
            return rule(list(given), attributes)
    except UnsayableError:
        raise
    except Exception as error:  # whatever sizes and types a damaged file gives
        raise UnsayableError(f"{operator} of these constants has no value ({error})") from error


def _fill(given: list[Any], attributes: Mapping[str, Any]) -> Any:
    value = np.asarray(attributes.get("value", np.zeros(1, np.float32))).reshape(-1)[:1]
    written = np.asarray(given[0]).tolist()
    if any(isinstance(size, Unknown) for size in written):
        return Filled(float(value[0]), tuple(written))
    sizes = [int(size) for size in written]
    if any(size < 0 for size in sizes) or math.prod(sizes) > MOST:
        raise UnsayableError(f"a constant of {math.prod(sizes):,} numbers is too large")
    return np.broadcast_to(value[0], sizes)


def _bounded(array: Any) -> Any:
    if np.size(array) > MOST:
        raise UnsayableError("a constant is too large")
    return array


def _of_two(function: Callable[[Any, Any], Any]) -> Callable[[list[Any], Mapping[str, Any]], Any]:
    def rule(given: list[Any], _: Mapping[str, Any]) -> Any:
        a, b = np.asarray(given[0]), np.asarray(given[1])
        if np.broadcast(a, b).size > MOST:
            raise UnsayableError("a constant is too large")
        return np.asarray(function(a, b))

    return rule


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
    return np.broadcast_to(x, shape) if math.prod(shape) <= MOST else _bounded(np.empty(0))


RULES: Mapping[str, Callable[[list[Any], Mapping[str, Any]], Any]] = {
    "Constant": _constant,
    "ConstantOfShape": _fill,
    "Identity": lambda given, _: given[0],
    "Cast": _cast,
    "Gather": lambda given, a: np.take(np.asarray(given[0]), np.asarray(given[1]).astype(int), int(a.get("axis", 0))),
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    "Slice": _slice,
    "Concat": _concat,
    "Reshape": _reshape,
    "Expand": _expand,
    "Range": _range,
    "Transpose": lambda given, a: np.transpose(np.asarray(given[0]), a.get("perm")),
    "Add": _of_two(lambda a, b: a + b),
    "Sub": _of_two(lambda a, b: a - b),
    "Mul": _of_two(lambda a, b: a * b),
    "Div": _of_two(_divided),
    "Floor": lambda given, _: np.floor(given[0]),
    "Ceil": lambda given, _: np.ceil(given[0]),
    "Sqrt": lambda given, _: np.sqrt(given[0]),
    "Neg": lambda given, _: -np.asarray(given[0]),
    "Equal": _of_two(lambda a, b: a == b),
    "Where": lambda given, _: np.where(*(np.asarray(part) for part in given)),
    "ReduceProd": lambda given, _: np.prod(np.asarray(given[0]), keepdims=True).reshape(-1),
}
