"""Inputs for node types of images: convolution, pooling, normalization and their like."""

from typing import Any

INPUTS: dict[str, Any] = {}
