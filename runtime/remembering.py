"""What parts of a training remember from one process to the next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

from torch import Tensor

Memory: TypeAlias = tuple[dict[str, Tensor], dict[str, Any]]
"""Tensors, and numbers and words that JSON can hold."""


class Remembering(Protocol):
    """A part of a training with a memory of its own, which checkpoints keep under its name."""

    @property
    def name(self) -> str: ...

    def memory(self) -> Memory: ...

    def restore(self, tensors: Mapping[str, Tensor], numbers: Mapping[str, Any]) -> None: ...
