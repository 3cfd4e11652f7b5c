"""What each function and method of PyTorch is in the catalogue, as torch.fx traces them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, fx

from nodes.activation import (
    ELU,
    GELU,
    SELU,
    Hardsigmoid,
    Hardswish,
    Hardtanh,
    LeakyReLU,
    LogSoftmax,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Tanh,
)  # fmt: skip
from nodes.arithmetic import (
    Abs,
    AddScalar,
    Clamp,
    Constant,
    Exp,
    Log,
    MultiplyScalar,
    Negate,
    Parameter,
    Power,
    Reciprocal,
    Sqrt,
)  # fmt: skip
from nodes.attention import ClassToken
from nodes.dropout import Dropout, StochasticDepth
from nodes.merge import Add, Concat, Divide, Multiply, Stack, Subtract
from nodes.merge_matmul import MatMul
from nodes.normalization import LayerNorm
from nodes.pooling import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d
from nodes.reshape_over import Max, Mean, Min, Sum
from nodes.reshape_parts import Chunk, Select, Slice, Split
from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape
from nodes.spec.sizes import Unknown
from runtime.exchange.importing.arranging import letters_of, permuted, reshaped, squeezed, unsqueezed
from runtime.exchange.importing.drawing import Drawing, Path, UnsayableError, Value
from runtime.exchange.importing.torch_modules import flattened, letter, resized

BATCH = Unknown.named("N")  # how many samples there are, where code asks for it
KINDS = {0: "number", 1: "vector", 2: "sequence", 3: "image", 4: "volume"}


@dataclass(frozen=True)
class Held:
    """A weight or a fixed tensor that code takes by itself; ``repeated`` says that it was expanded over the batch."""

    value: Tensor
    name: str
    is_trained: bool
    repeated: bool = False


@dataclass(frozen=True)
class Step:
    """Where the node of a step goes."""

    drawing: Drawing
    path: Path

    def add(
        self, settings: NodeType, *inputs: Value, weights: Mapping[str, Tensor] | None = None, name: str = ""
    ) -> Value:
        outputs = self.drawing.add(settings, inputs, path=self.path, weights=weights, name=name)
        return next(iter(outputs.values()))

    def value(self, held: Held, like: Shape) -> Value:
        """A held tensor as a node that is fed by nothing, for arithmetic with a value of shape ``like``."""
        sizes = tuple(held.value.shape)
        if len(sizes) == len(like) + 1 and sizes[0] == 1:
            sizes = sizes[1:]
        sizes = (1,) * (len(like) - len(sizes)) + sizes
        if len(sizes) != len(like) or len(like) not in KINDS:
            raise UnsayableError(f"{held.name} has other axes than {like.described()}")
        kind = "signal" if like.axes == "CL" else KINDS[len(like)]
        tensor = held.value.reshape(sizes)
        if held.is_trained:
            return self.add(Parameter(kind, sizes, (0.0,)), weights={"value": tensor}, name=held.name)
        if tensor.numel() > 4096:
            raise UnsayableError(f"{held.name} holds {tensor.numel():,} fixed numbers")
        return self.add(Constant(kind, sizes, tuple(tensor.flatten().tolist())), name=held.name)


Rule = Callable[..., Any]


def function_of(node: fx.Node) -> Rule:
    """The rule for a function or method. Raises UnsayableError where there is none and values are concerned."""
    name = str(node.target) if node.op == "call_method" else getattr(node.target, "__name__", "")
    rule = RULES.get(name.strip("_"))

    def apply(step: Step, *given: Any, **named: Any) -> Any:
        if not _mentions((given, tuple(named.values())), Value):
            if name == "expand" and isinstance(given[0], Held):
                return replace(given[0], repeated=True)
            if _mentions((given, tuple(named.values())), Held):
                raise UnsayableError(f"{name} of a weight by itself has no node")
            return _plain(node, given, named)
        if rule is None:
            raise UnsayableError(f"There is no node for {name}")
        try:
            return rule(step, *given, **named)
        except (TypeError, IndexError, AttributeError, StopIteration) as error:
            raise UnsayableError(f"{name} is used in a way that no node says ({error})") from error

    return apply


def _plain(node: fx.Node, given: Sequence[Any], named: Mapping[str, Any]) -> Any:
    """Arithmetic on sizes, which is done now."""
    if node.target is torch._assert:
        return None
    try:
        if node.op == "call_method":
            return getattr(given[0], str(node.target))(*given[1:], **named)
        return node.target(*given, **named)  # type: ignore[operator]
    except Exception as error:
        raise UnsayableError(f"{node.target} cannot be worked out from sizes ({error})") from error


def _mentions(value: Any, kind: type) -> bool:
    if isinstance(value, tuple | list):
        return any(_mentions(part, kind) for part in value)
    return isinstance(value, kind)


def _elementwise(make: Callable[..., NodeType]) -> Rule:
    def rule(step: Step, x: Value, *_: Any, **__: Any) -> Value:
        return step.add(make(), x)

    return rule


def _of_two(values: type[NodeType], scalar: Callable[[float], NodeType] | None, swapped: bool = True) -> Rule:
    """Arithmetic of two values, or of one with a number or a weight."""

    def rule(step: Step, a: Any, b: Any, **_: Any) -> Value:
        like = a if isinstance(a, Value) else b
        number = b if like is a else a
        if isinstance(number, int | float) and scalar is not None and (like is a or swapped):
            return step.add(scalar(float(number)), like)
        a, b = (step.value(one, like.shape) if isinstance(one, Held) else one for one in (a, b))
        if not (isinstance(a, Value) and isinstance(b, Value)):
            raise UnsayableError(f"{values.__name__} of a number and a value has no node")
        return step.add(values(), a, b)

    return rule


def _cat(step: Step, values: Sequence[Any], dim: int = 0, axis: int | None = None) -> Value:
    dim = dim if axis is None else axis
    tokens = [one for one in values if isinstance(one, Held)]
    if tokens:
        [token], x = tokens, values[-1]
        if len(values) == 2 and values[0] is token and token.is_trained and letter(x.shape, dim) == "L":
            return step.add(ClassToken(), x, weights={"token": token.value}, name=token.name)
        raise UnsayableError("A weight joined to values has no node")
    return step.add(Concat(letter(values[0].shape, dim)), *values)


def _stacked(step: Step, values: Sequence[Value], dim: int = 0) -> Value:
    if dim != 1 or "L" in values[0].shape.axes:
        raise UnsayableError("Values are stacked along a new first axis only")
    return step.add(Stack("L"), *values)


def _chunk(step: Step, x: Value, chunks: int, dim: int = 0) -> tuple[Value, ...]:
    return tuple(step.drawing.add(Chunk(chunks, letter(x.shape, dim)), (x,), path=step.path).values())


def _split(step: Step, x: Value, sizes: Any, dim: int = 0) -> tuple[Value, ...]:
    along = letter(x.shape, dim)
    total = x.shape[x.shape.axes.index(along)]
    if isinstance(sizes, int):
        sizes = [min(sizes, int(total) - start) for start in range(0, int(total), sizes)]  # type: ignore[arg-type]
    return tuple(step.drawing.add(Split(tuple(sizes), along), (x,), path=step.path).values())


def _flat(value: Sequence[Any]) -> list[Any]:
    """Sizes given one by one, or as a list."""
    return list(value[0]) if len(value) == 1 and isinstance(value[0], tuple | list) else list(value)


def _reshape(step: Step, x: Value, *sizes: Any, shape: Any = None) -> Value:
    wanted = list(shape) if shape is not None else _flat(sizes)
    first, rest = wanted[0], wanted[1:]
    if not (first == BATCH or (first == -1 and -1 not in rest)):
        raise UnsayableError("A reshape that takes samples apart has no node")
    if first == -1 and isinstance(x.shape.numel, int):
        product = 1
        for size in rest:
            product *= size
        if product != x.shape.numel:
            raise UnsayableError("A reshape that takes samples apart has no node")
    return reshaped(step.drawing, x, rest, step.path)


def _permute(step: Step, x: Value, *order: Any, dims: Any = None) -> Value:
    places = [n % (len(x.shape) + 1) for n in (list(dims) if dims is not None else _flat(order))]
    if places[0] != 0:
        raise UnsayableError("The batch stays the first axis")
    return permuted(step.drawing, x, [n - 1 for n in places[1:]], step.path)


def _transpose(step: Step, x: Value, one: int, other: int) -> Value:
    order = list(range(len(x.shape) + 1))
    one, other = one % len(order), other % len(order)
    order[one], order[other] = order[other], order[one]
    return _permute(step, x, *order)


def _over(kind: type[Mean] | type[Sum] | type[Max] | type[Min]) -> Rule:
    def rule(step: Step, x: Value, dim: Any = None, keepdim: bool = False, **_: Any) -> Value:
        if dim is None:
            raise UnsayableError("One number for the whole batch has no node")
        dims = dim if isinstance(dim, tuple | list) else [dim]
        letters = letters_of(x.shape, [n % (len(x.shape) + 1) - 1 for n in dims])
        return step.add(kind(letters, keepdim), x)

    return rule


def _getitem(step: Step, x: Any, index: Any) -> Any:
    if not isinstance(x, Value):
        return x[index]
    parts = list(index) if isinstance(index, tuple) else [index]
    if Ellipsis in parts:
        at = parts.index(Ellipsis)
        parts[at : at + 1] = [slice(None)] * (len(x.shape) + 1 - len(parts) + 1)
    if parts[0] != slice(None) or any(part is None for part in parts):
        raise UnsayableError("Only parts of each sample are taken")
    for place in reversed(range(1, len(parts))):
        part, along = parts[place], letter(x.shape, place)
        if isinstance(part, int):
            x = step.add(Select(along, part), x)
        elif isinstance(part, slice) and part != slice(None):
            x = step.add(Slice(along, part.start or 0, part.stop, part.step or 1), x)
    return x


def _getattr(step: Step, x: Value, name: str) -> Any:
    if name == "shape":
        return (BATCH, *x.shape)
    raise UnsayableError(f"{name} of a value is not known while drawing")


def _size(step: Step, x: Value, dim: int | None = None) -> Any:
    sizes = (BATCH, *x.shape)
    return sizes if dim is None else sizes[dim]


def _pair(value: Any) -> Any:
    return (value, value) if isinstance(value, int) else tuple(value)


def _max_pool(step: Step, x: Value, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
              ceil_mode: bool = False, **_: Any) -> Value:  # fmt: skip
    stride = None if stride is None or stride == [] else _pair(stride)
    return step.add(
        MaxPool2d(_pair(kernel_size), stride, _pair(padding), ceil_mode, _pair(dilation)), x
    )  # fmt: skip


def _avg_pool(step: Step, x: Value, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
              count_include_pad: bool = True, **_: Any) -> Value:  # fmt: skip
    stride = None if stride is None or stride == [] else _pair(stride)
    return step.add(AvgPool2d(_pair(kernel_size), stride, _pair(padding), ceil_mode, count_include_pad), x)


def _adaptive(step: Step, x: Value, output_size: Any) -> Value:
    return step.add(AdaptiveAvgPool2d(_pair(output_size)), x)


def _interpolate(step: Step, x: Value, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
                 align_corners: Any = None, recompute_scale_factor: Any = None,
                 antialias: bool = False) -> Value:  # fmt: skip
    made = resized(
        x.shape,
        size,
        scale_factor,
        mode=mode,
        align_corners=bool(align_corners),
        recompute_scale_factor=bool(recompute_scale_factor),
        antialias=antialias,
    )
    return step.add(made, x)


def _layer_norm(step: Step, x: Value, sizes: Sequence[int], weight: Held | None = None, bias: Held | None = None,
                eps: float = 1e-5) -> Value:  # fmt: skip
    weights = {name: held.value for name, held in (("weight", weight), ("bias", bias)) if held is not None}
    return step.add(
        LayerNorm(len(sizes), eps, weight is not None, bias is not None or weight is None), x, weights=weights
    )


def _softmax(kind: type[Softmax] | type[LogSoftmax]) -> Rule:
    return lambda step, x, dim=-1, **_: step.add(kind(letter(x.shape, dim)), x)


def _expand(step: Step, x: Value, *sizes: Any) -> Value:
    raise UnsayableError("A value that is repeated has no node")


def _unsqueeze(step: Step, x: Value, dim: int) -> Value:
    place = dim % (len(x.shape) + 2)
    if place == 0:
        raise UnsayableError("The batch stays the first axis")
    return unsqueezed(step.drawing, x, [place - 1], step.path)


def _squeeze(step: Step, x: Value, dim: Any = None) -> Value:
    if dim is None:
        raise UnsayableError("A squeeze that may take the batch has no node")
    dims = dim if isinstance(dim, tuple | list) else [dim]
    return squeezed(step.drawing, x, [n % (len(x.shape) + 1) - 1 for n in dims], step.path)


def _patches(step: Step, x: Value) -> Value:
    """What merges patches of 2 × 2 in torchvision's shifted-window transformers: H × W × C -> H/2 × W/2 × 4·C."""
    if any(not isinstance(size, int) or size % 2 for size in x.shape[:2]):
        raise UnsayableError("Patches at the edge of an odd size are filled up, which has no node")
    high, wide = x.shape.axes[0], x.shape.axes[1]
    rows = [step.add(Slice(high, first, None, 2), x) for first in (0, 1)]
    parts = [step.add(Slice(wide, first, None, 2), row) for first in (0, 1) for row in rows]
    return step.add(Concat(x.shape.axes[2]), *parts)


def _clamp(step: Step, x: Value, min: Any = None, max: Any = None) -> Value:  # noqa: A002
    if min == 0 and max == 6:
        return step.add(ReLU6(), x)
    return step.add(Clamp(-1e6 if min is None else min, 1e6 if max is None else max), x)


RULES: Mapping[str, Rule] = {
    "add": _of_two(Add, AddScalar),
    "iadd": _of_two(Add, AddScalar),
    "sub": _of_two(Subtract, lambda number: AddScalar(-number), swapped=False),
    "mul": _of_two(Multiply, MultiplyScalar),
    "imul": _of_two(Multiply, MultiplyScalar),
    "truediv": _of_two(Divide, lambda number: MultiplyScalar(1 / number), swapped=False),
    "div": _of_two(Divide, lambda number: MultiplyScalar(1 / number), swapped=False),
    "matmul": lambda step, a, b: step.add(MatMul(), a, b),
    "bmm": lambda step, a, b: step.add(MatMul(), a, b),
    "cat": _cat,
    "concat": _cat,
    "stack": _stacked,
    "chunk": _chunk,
    "split": _split,
    "flatten": lambda step, x, start_dim=0, end_dim=-1: step.add(flattened(x.shape, start_dim, end_dim), x),
    "reshape": _reshape,
    "view": _reshape,
    "permute": _permute,
    "transpose": _transpose,
    "swapaxes": _transpose,
    "contiguous": lambda step, x, **_: x,
    "getitem": _getitem,
    "getattr": _getattr,
    "size": _size,
    "dim": lambda step, x: len(x.shape) + 1,
    "expand": _expand,
    "unsqueeze": _unsqueeze,
    "squeeze": _squeeze,
    "mean": _over(Mean),
    "sum": _over(Sum),
    "amax": _over(Max),
    "amin": _over(Min),
    "relu": _elementwise(ReLU),
    "relu6": _elementwise(ReLU6),
    "sigmoid": _elementwise(Sigmoid),
    "tanh": _elementwise(Tanh),
    "silu": _elementwise(SiLU),
    "hardswish": _elementwise(Hardswish),
    "hardsigmoid": _elementwise(Hardsigmoid),
    "selu": _elementwise(SELU),
    "exp": _elementwise(Exp),
    "log": _elementwise(Log),
    "sqrt": _elementwise(Sqrt),
    "abs": _elementwise(Abs),
    "neg": _elementwise(Negate),
    "reciprocal": _elementwise(Reciprocal),
    "gelu": lambda step, x, approximate="none": step.add(GELU(approximate), x),
    "elu": lambda step, x, alpha=1.0, **_: step.add(ELU(alpha=alpha), x),
    "leaky_relu": lambda step, x, negative_slope=0.01, **_: step.add(LeakyReLU(negative_slope=negative_slope), x),
    "hardtanh": lambda step, x, low=-1.0, high=1.0, **_: step.add(Hardtanh(min_val=low, max_val=high), x),
    "clamp": _clamp,
    "pow": lambda step, x, exponent: step.add(Power(float(exponent)), x),
    "softmax": _softmax(Softmax),
    "log_softmax": _softmax(LogSoftmax),
    "dropout": lambda step, x, p=0.5, *_, **__: step.add(Dropout(p=p), x),
    "stochastic_depth": lambda step, x, p, mode, *_, **__: step.add(StochasticDepth(p, mode), x),
    "max_pool2d": _max_pool,
    "boolean_dispatch": _max_pool,
    "avg_pool2d": _avg_pool,
    "adaptive_avg_pool2d": _adaptive,
    "interpolate": _interpolate,
    "layer_norm": _layer_norm,
    "patch_merging_pad": _patches,
}
