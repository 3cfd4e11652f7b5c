"""Rules for poolings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runtime.exchange.onnx.rules import NoRuleError, Place, rule


@rule("max_pool1d", "max_pool2d", "max_pool3d")
def max_pool(here: Place) -> str:
    settings = here.settings
    if settings.return_indices and "indices" in here.used:
        raise NoRuleError("places that ONNX counts through the whole batch")
    dilations = list(settings.dilation) if set(settings.dilation) != {1} else None
    return here.op("MaxPool", here.x, **_window(here), dilations=dilations)


@rule("avg_pool1d", "avg_pool2d", "avg_pool3d")
def avg_pool(here: Place) -> str:
    settings = here.settings
    if getattr(settings, "divisor_override", None) is not None or (settings.ceil_mode and any(settings.padding)):
        raise NoRuleError("another divisor")
    counted = 1 if settings.count_include_pad and any(settings.padding) else None
    return here.op("AveragePool", here.x, **_window(here), count_include_pad=counted)


def _window(here: Place) -> dict[str, Any]:
    settings = here.settings
    if settings.ceil_mode and here.opset < 22 and not here.shape.is_known:
        raise NoRuleError("a last window that may begin in the padding")
    return {
        "kernel_shape": list(settings.kernel_size),
        "strides": list(settings.stride or settings.kernel_size),
        "pads": [*settings.padding, *settings.padding] if any(settings.padding) else None,
        "ceil_mode": 1 if settings.ceil_mode else None,
    }


def _positions(here: Place) -> list[int]:
    return list(range(2, len(here.shape) + 1))


@rule("global_avg_pool")
def global_avg(here: Place) -> str:
    return here.op("ReduceMean", here.x, here.ints(_positions(here), "axes"), keepdims=0)


@rule("global_max_pool")
def global_max(here: Place) -> str:
    return here.op("ReduceMax", here.x, here.ints(_positions(here), "axes"), keepdims=0)


@rule("adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d")
def adaptive_avg(here: Place) -> str:
    return _adaptive(here, "GlobalAveragePool", "AveragePool")


@rule("adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d")
def adaptive_max(here: Place) -> str:
    if here.settings.return_indices and "indices" in here.used:
        raise NoRuleError("places that ONNX counts through the whole batch")
    return _adaptive(here, "GlobalMaxPool", "MaxPool")


def _adaptive(here: Place, whole: str, windows: str) -> str:
    wanted: Sequence[int | None] = here.settings.output_size
    if all(size == 1 for size in wanted):
        return here.op(whole, here.x)
    kernel = []
    for side, size in zip(here.shape[1:], wanted, strict=True):
        if size is None or side == size:
            kernel.append(1)
        elif isinstance(side, int) and side % size == 0:
            kernel.append(side // size)
        else:
            raise NoRuleError("windows of different sizes")
    if set(kernel) == {1}:
        return here.x
    return here.op(windows, here.x, kernel_shape=kernel, strides=kernel)


@rule("lp_pool1d", "lp_pool2d", "lp_pool3d")
def lp_pool(here: Place) -> str:
    """PyTorch takes the root of the mean of xᵖ times the size of the window, and of negative sums nothing."""
    settings = here.settings
    if settings.norm_type != 2 or settings.ceil_mode:
        raise NoRuleError("another power")
    return here.op(
        "LpPool",
        here.x,
        kernel_shape=list(settings.kernel_size),
        strides=list(settings.stride or settings.kernel_size),
        p=2,
    )
