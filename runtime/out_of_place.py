"""Layers that work in place overwrite what came before them: where that is looked at, they must not."""

from __future__ import annotations

from typing import TypeVar

from torch import nn

_Module = TypeVar("_Module", bound=nn.Module)


def out_of_place(module: _Module) -> _Module:
    """The same module, in which every layer, within blocks too, leaves its input as it is and gives the same."""
    for layer in module.modules():
        if hasattr(layer, "inplace"):
            layer.inplace = False  # type: ignore[assignment]  # a switch of the layer
    return module
