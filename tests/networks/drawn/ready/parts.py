"""What several ready blocks are made of."""

from __future__ import annotations

from nodes.activation import ReLU
from nodes.boundary import Input
from nodes.conv import Conv2d
from nodes.normalization import BatchNorm2d
from tests.networks.drawn.resnet import conv
from tests.networks.drawn.sketch import Sketch, image

SIDE = 32  # px of the pictures that the blocks are drawn for


def fed(channels: int) -> Sketch:
    """The inside of a block that takes feature maps."""
    return Sketch(features=maps(channels))


def maps(channels: int, side: int = SIDE) -> Input:
    return image(channels, side, side)


def conv_bn(sketch: Sketch, number: int, layer: Conv2d, *, relu: bool = True) -> Sketch:
    """A convolution without bias, its normalisation and, if wanted, ReLU; numbered alike."""
    sketch.then(**{f"conv{number}": layer, f"bn{number}": BatchNorm2d()})
    return sketch.then(**{f"relu{number}": ReLU(inplace=True)}) if relu else sketch


def bn_conv(sketch: Sketch, number: int, layer: Conv2d) -> Sketch:
    """Normalisation and ReLU before the convolution."""
    return sketch.then(**{f"bn{number}": BatchNorm2d(), f"relu{number}": ReLU(inplace=True), f"conv{number}": layer})


def relu_conv(sketch: Sketch, name: str, channels: int, kernel: int | tuple[int, int] = 1) -> Sketch:
    """A convolution with bias that keeps the size, and ReLU."""
    high, wide = (kernel, kernel) if isinstance(kernel, int) else kernel
    layer = Conv2d(channels, (high, wide), padding=(high // 2, wide // 2))
    return sketch.then(**{name: layer, f"{name}_relu": ReLU(inplace=True)})


__all__ = ["SIDE", "bn_conv", "conv", "conv_bn", "fed", "maps", "relu_conv"]
