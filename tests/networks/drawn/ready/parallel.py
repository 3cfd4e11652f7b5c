"""Ready blocks of branches side by side: inception."""

from __future__ import annotations

from nodes.activation import ReLU
from nodes.conv import Conv2d
from nodes.merge import Concat
from nodes.normalization import BatchNorm2d
from nodes.pooling import AvgPool2d, MaxPool2d
from tests.networks.drawn.ready.convolutional import Ready
from tests.networks.drawn.ready.parts import fed, relu_conv
from tests.networks.drawn.sketch import Sketch

Size = int | tuple[int, int]


def naive() -> Ready:
    sketch = fed(192)
    ends = [_branch(sketch, "one", (64, 1)), _branch(sketch, "three", (128, 3)), _branch(sketch, "five", (32, 5))]
    ends.append(sketch.at("features").then(pool=MaxPool2d((3, 3), (1, 1), (1, 1))).end)
    return (
        "Inception, naïve",
        sketch.put("concat", Concat(), *ends).block("InceptionNaive"),
        "1 × 1, 3 × 3 and 5 × 5 convolutions and pooling side by side, joined. The channels grow with every block, "
        "because pooling keeps all that arrive. Szegedy et al. 2015 (GoogLeNet), arXiv:1409.4842, figure 2a.",
    )


def reduced() -> Ready:
    sketch = fed(192)
    ends = [_branch(sketch, "one", (64, 1)), _branch(sketch, "three", (96, 1), (128, 3))]
    ends.append(_branch(sketch, "five", (16, 1), (32, 5)))
    sketch.at("features").then(pool=MaxPool2d((3, 3), (1, 1), (1, 1)))
    ends.append(relu_conv(sketch, "pool_conv", 32).end)
    return (
        "Inception, 1 × 1 reduced",
        sketch.put("concat", Concat(), *ends).block("Inception"),
        "1 × 1 convolutions narrow what the 3 × 3 and 5 × 5 see, and what pooling gives. The channels are those of "
        "inception 3a: 64 + 128 + 32 + 32 = 256. Szegedy et al. 2015 (GoogLeNet), arXiv:1409.4842, figure 2b.",
    )


def factorised() -> Ready:
    sketch = fed(192)
    ends = [_normed(sketch, "one", (64, 1)), _normed(sketch, "five", (48, 1), (64, 5))]
    ends.append(_normed(sketch, "double", (64, 1), (96, 3), (96, 3)))
    sketch.at("features").then(pool=AvgPool2d((3, 3), (1, 1), (1, 1)))
    ends.append(_normed(sketch, "after_pool", (32, 1), start="pool"))
    return (
        "Inception, factorised",
        sketch.put("concat", Concat(), *ends).block("InceptionA"),
        "Two 3 × 3 convolutions see what a 5 × 5 sees, with 18 weights in the place of 25; each is normalised. The "
        "channels are those of the first such block of Inception-v3: 64 + 64 + 96 + 32 = 256. Szegedy et al. 2016, "
        "arXiv:1512.00567, figure 5.",
    )


def asymmetric() -> Ready:
    sketch, wide, high = fed(768), (1, 7), (7, 1)
    ends = [_normed(sketch, "one", (192, 1)), _normed(sketch, "seven", (128, 1), (128, wide), (192, high))]
    ends.append(_normed(sketch, "double", (128, 1), (128, high), (128, wide), (128, high), (192, wide)))
    sketch.at("features").then(pool=AvgPool2d((3, 3), (1, 1), (1, 1)))
    ends.append(_normed(sketch, "after_pool", (192, 1), start="pool"))
    return (
        "Inception, 1 × 7 and 7 × 1",
        sketch.put("concat", Concat(), *ends).block("InceptionC"),
        "A 7 × 7 convolution as 1 × 7 after 7 × 1: 14 weights in the place of 49. For maps of 12 to 20 pixels. "
        "Szegedy et al. 2016 (Inception-v3), arXiv:1512.00567, figure 6.",
    )


def _branch(sketch: Sketch, name: str, *layers: tuple[int, int]) -> str:
    sketch.at("features")
    for number, (channels, kernel) in enumerate(layers, start=1):
        relu_conv(sketch, name if number == len(layers) else f"{name}_reduce", channels, kernel)
    return sketch.end


def _normed(sketch: Sketch, name: str, *layers: tuple[int, Size], start: str = "features") -> str:
    """A branch of normalised convolutions that keep the size; its layers are numbered."""
    sketch.at(start)
    for number, (channels, kernel) in enumerate(layers, start=1):
        high, wide = (kernel, kernel) if isinstance(kernel, int) else kernel
        layer = Conv2d(channels, (high, wide), padding=(high // 2, wide // 2), bias=False)
        sketch.then(**{f"{name}{number}": layer, f"{name}{number}_bn": BatchNorm2d()})
        sketch.then(**{f"{name}{number}_relu": ReLU(inplace=True)})
    return sketch.end


DRAWINGS = {
    "inception_naive": naive,
    "inception": reduced,
    "inception_factorised": factorised,
    "inception_asymmetric": asymmetric,
}
