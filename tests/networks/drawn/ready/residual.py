"""Ready blocks with a way around."""

from __future__ import annotations

from nodes.activation import ReLU, Sigmoid
from nodes.block import Block
from nodes.conv import Conv2d
from nodes.dropout import Dropout
from nodes.merge import Add, Average, Multiply, Subtract
from nodes.spec.node_type import NodeType
from tests.networks.drawn.ready.convolutional import Ready
from tests.networks.drawn.ready.parts import SIDE, bn_conv, conv, conv_bn, fed
from tests.networks.drawn.resnet import basic, bottleneck
from tests.networks.drawn.sketch import Sketch


def basic_residual() -> Ready:
    return (
        "Residual, basic",
        basic((64, SIDE, SIDE), 64, 1, 1, False),
        "Two 3 × 3 convolutions learn what to add to what arrives. Result and arrival have the same size; where "
        "that shall change, put a 1 × 1 convolution on the shortcut. He, Zhang, Ren & Sun 2016, arXiv:1512.03385.",
    )


def bottleneck_residual() -> Ready:
    return (
        "Residual, bottleneck",
        bottleneck((256, SIDE, SIDE), 64, 1, 1, False),
        "1 × 1 to a quarter of the channels, 3 × 3, 1 × 1 back, added to what arrives: as many multiply-adds as the "
        "basic block with a quarter of the channels. He, Zhang, Ren & Sun 2016, arXiv:1512.03385.",
    )


def resnext() -> Ready:
    return (
        "ResNeXt (32 × 4d)",
        bottleneck((256, SIDE, SIDE), 64, 1, 1, False, width=2, groups=32).replaced(name="ResNeXt"),
        "A bottleneck whose 3 × 3 convolution is split into 32 paths of four channels, written as groups. Xie, "
        "Girshick, Dollár, Tu & He 2017, arXiv:1611.05431.",
    )


def pre_activation() -> Ready:
    sketch = bn_conv(bn_conv(fed(64), 1, conv(64, 3)), 2, conv(64, 3))
    return (
        "Residual, pre-activation",
        _around(sketch).block("PreActivation"),
        "Normalisation and ReLU stand before each convolution, so that the way around is bare from the first block "
        "to the last. He, Zhang, Ren & Sun 2016, arXiv:1603.05027.",
    )


def wide() -> Ready:
    sketch = bn_conv(fed(160), 1, conv(160, 3)).then(dropout=Dropout(p=0.3))
    return (
        "Residual, wide",
        _around(bn_conv(sketch, 2, conv(160, 3))).block("WideResidual"),
        "A pre-activation block with many channels (here the 160 of WRN-28-10) and dropout between its convolutions: "
        "wide and shallow instead of thin and deep. Zagoruyko & Komodakis 2016, arXiv:1605.07146.",
    )


def highway() -> Ready:
    plain = Conv2d(64, (3, 3), padding=(1, 1))
    sketch = fed(64).then(transform=plain, relu=ReLU(inplace=True))
    sketch.at("features").then(gate=plain, sigmoid=Sigmoid())
    sketch.put("difference", Subtract(), "relu", "features")
    sketch.put("gated", Multiply(), "sigmoid", "difference")
    return (
        "Highway",
        sketch.put("add", Add(), "features", "gated").block("Highway"),
        "A gate T decides for each number how much is transformed and how much carried: T · H(x) + (1 − T) · x, "
        "drawn as x + T · (H(x) − x). Begin the gate's bias at −1 to −3, so that it carries at first. Srivastava, "
        "Greff & Schmidhuber 2015, arXiv:1505.00387.",
    )


def fractal() -> Ready:
    return (
        "Fractal block",
        _fractal(3).block("Fractal"),
        "Three columns of one, two and four convolutions, joined by their mean: the rule f(z) = f(f(z)) joined with "
        "one convolution, three times. No way around is bare, and yet it trains deep. Larsson, Maire & Shakhnarovich "
        "2017, arXiv:1605.07648.",
    )


def _fractal(columns: int) -> Sketch:
    unit = conv_bn(fed(64), 1, conv(64, 3)).block("ConvBnRelu")
    sketch = fed(64)
    ends = grown(sketch, columns, "features", unit, Average())
    return sketch.put("join", Average(), *ends)


def grown(sketch: Sketch, columns: int, start: str, unit: Block, join: NodeType) -> list[str]:
    """The ends of a fractal's columns from ``start`` on, to be joined."""
    name = sketch.graph.fresh_name("unit")
    sketch.put(name, unit, start)
    if columns == 1:
        return [name]
    middle = grown(sketch, columns - 1, start, unit, join)
    if len(middle) > 1:
        sketch.put(sketch.graph.fresh_name("join"), join, *middle)
        middle = [sketch.end]
    return [name, *grown(sketch, columns - 1, middle[0], unit, join)]


def _around(sketch: Sketch) -> Sketch:
    return sketch.put("add", Add(), sketch.end, "features")


DRAWINGS = {
    "basic": basic_residual,
    "bottleneck": bottleneck_residual,
    "pre_activation": pre_activation,
    "wide_residual": wide,
    "resnext": resnext,
    "highway": highway,
    "fractal": fractal,
}
