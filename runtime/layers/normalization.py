"""What PyTorch's normalisations learned to leave out lately, for the releases before."""

from typing import TypeVar

from torch import nn

Layer = TypeVar("Layer", bound=nn.Module)


def without_bias(layer: Layer) -> Layer:
    """A normalisation that scales but does not shift."""
    layer.register_parameter("bias", None)
    return layer
