"""RoI max pooling as ONNX's operator.

onnxscript 0.7 translates it with the arguments of torchvision's function and not of its operator, so that it fails.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from onnxscript import opset20
from torchvision import ops


def translations() -> dict[Callable[..., Any], Callable[..., Any]]:
    """Operators of PyTorch with what they become, for ``torch.onnx.export``."""
    assert ops.roi_pool  # importing torchvision's functions is what registers its operators
    return {torch.ops.torchvision.roi_pool.default: _roi_pool}


def _roi_pool(x: Any, boxes: Any, spatial_scale: float, height: int, width: int) -> tuple[Any, Any]:
    largest = opset20.MaxRoiPool(x, boxes, pooled_shape=(height, width), spatial_scale=spatial_scale)
    return largest, largest  # in the second place PyTorch has where each largest value lies, which nobody reads
