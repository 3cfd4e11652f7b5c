"""Residual networks for pictures of 32 × 32: plain, pre-activated, wide, and of stochastic depth."""

from __future__ import annotations

from functools import partial

from nodes.activation import ReLU
from nodes.block import Block
from nodes.boundary import Output
from nodes.dropout import Dropout, StochasticDepth
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.merge import Add
from nodes.normalization import BatchNorm2d
from nodes.pooling import AdaptiveAvgPool2d, MaxPool2d
from nodes.reshape import Flatten
from nodes.reshape_sizes import Pad
from tests.networks.drawn.resnet import RECIPE, Size, conv
from tests.networks.drawn.sketch import Sketch, image, network

CHAPTER = "Residual CNNs"
CIFAR = {**RECIPE, "batch_size": 128, "epochs": 164, "step_size": 82}
RELU = ReLU(inplace=True)
THINNED = MaxPool2d((1, 1), (2, 2))  # every second row and column


def branch(sketch: Sketch, channels: int, stride: int) -> Sketch:
    """Two 3 × 3 convolutions, the sum still to come."""
    sketch.then(conv1=conv(channels, 3, stride), bn1=BatchNorm2d(), relu1=RELU)
    return sketch.then(conv2=conv(channels, 3), bn2=BatchNorm2d())


def shortcut(sketch: Sketch, source: str, channels: int, stride: int) -> str:
    """A link; where the size changes every second pixel, with empty channels around (option A): no weights."""
    if stride == 1:
        return source
    pad = Pad(channels_before=channels // 4, channels_after=channels // 4)
    return sketch.at(source).then(thin=THINNED, pad=pad).end


def basic(arriving: Size, channels: int, stride: int, repeat: int) -> Block:
    sketch = branch(Sketch(x_in=image(*arriving)), channels, stride)
    main = sketch.end
    sketch.put("add", Add(), main, shortcut(sketch, "x_in", channels, stride)).then(relu2=RELU)
    return sketch.block("Basic" if stride == 1 else "Halving", repeat)


def resnet(depth: int, weights: str, error: str) -> Network:
    count = (depth - 2) // 6
    sketch = Sketch(image=image(3, 32, 32)).then(conv1=conv(16, 3), bn1=BatchNorm2d(), relu1=RELU)
    sketch.then(stage1=basic((16, 32, 32), 16, 1, count))
    for stage, channels, side in ((2, 32, 16), (3, 64, 8)):
        sketch.then(**{f"stage{stage}": basic((channels // 2, 2 * side, 2 * side), channels, 2, 1)})
        sketch.then(**{f"rest{stage}": basic((channels, side, side), channels, 1, count - 1)})
    sketch.then(pool=AdaptiveAvgPool2d(), flatten=Flatten(), fc=Linear(10)).judged("label")
    return network(
        sketch.drawn(starts=("stage1", "pool")),
        f"ResNet-{depth} for CIFAR-10",
        "After He, Zhang, Ren & Sun 2016, arXiv:1512.03385, section 4.2: shortcuts without weights, that leave out "
        f"every second pixel and add empty channels. Published: {weights} M weights, test error {error} %.",
        CIFAR,
    )


def activated(channels: int, arriving: Size, stride: int, repeat: int, *, is_bottleneck: bool, drops: bool) -> Block:
    """Normalised and activated before each convolution; what goes around them is left as it is."""
    wide = 4 * channels if is_bottleneck else channels
    sketch = Sketch(x_in=image(*arriving)).then(bn1=BatchNorm2d(), relu1=RELU)
    layers = [conv(channels, 3, stride), conv(channels, 3)]
    if is_bottleneck:
        layers = [conv(channels, 1), conv(channels, 3, stride), conv(wide, 1)]
    for number, layer in enumerate(layers, start=1):
        if number > 1:
            sketch.then(**{f"bn{number}": BatchNorm2d(), f"relu{number}": RELU})
        if number == 2 and drops:
            sketch.then(drop=Dropout(p=0.3))
        sketch.then(**{f"conv{number}": layer})
    main, around = sketch.end, "x_in"
    if arriving[0] != wide:
        around = sketch.at("relu1").then(shortcut=conv(wide, 1, stride)).end
    return sketch.put("add", Add(), main, around).block("PreActivation" if around == "x_in" else "Widening", repeat)


def pre_activated(count: int, widths: tuple[int, ...], *, is_bottleneck: bool, drops: bool) -> Sketch:
    sketch, arriving = Sketch(image=image(3, 32, 32)).then(conv1=conv(16, 3)), (16, 32, 32)
    for stage, width in enumerate(widths, start=1):
        stride = 1 if stage == 1 else 2
        block = partial(activated, width, is_bottleneck=is_bottleneck, drops=drops)
        sketch.then(**{f"stage{stage}": block(arriving, stride, 1)})
        arriving = (4 * width if is_bottleneck else width, arriving[1] // stride, arriving[2] // stride)
        sketch.then(**{f"rest{stage}": block(arriving, 1, count - 1)})
    sketch.then(bn1=BatchNorm2d(), relu1=RELU, pool=AdaptiveAvgPool2d(), flatten=Flatten(), fc=Linear(10))
    return sketch.judged("label")


def preact_resnet164() -> Network:
    sketch = pre_activated(18, (16, 32, 64), is_bottleneck=True, drops=False)
    return network(
        sketch.drawn(starts=("stage1", "bn1")),
        "Pre-activation ResNet-164",
        "After He, Zhang, Ren & Sun 2016, arXiv:1603.05027: normalisation and ReLU come before each convolution, so "
        "that the way around all blocks is free. Published for CIFAR-10: 1.7 M weights, test error 5.46 %.",
        CIFAR,
    )


def wide_resnet28_10() -> Network:
    sketch = pre_activated(4, (160, 320, 640), is_bottleneck=False, drops=True)
    return network(
        sketch.drawn(starts=("stage1", "bn1")),
        "Wide ResNet-28-10",
        "After Zagoruyko & Komodakis 2016, arXiv:1605.07146: few layers, ten times as wide, with dropout between "
        "them. Published for CIFAR-10: 36.5 M weights, test error 3.89 %.",
        {**CIFAR, "nesterov": True, "weight_decay": 0.0005, "epochs": 200, "step_size": 60, "gamma": 0.2},
    )


def stage_of_chances(arriving: Size, channels: int, first: int, count: int, total: int) -> Block:
    """Blocks ``first`` … of ``total`` behind each other; the deeper, the more often one is skipped, up to half."""
    sketch, before = Sketch(x_in=image(*arriving)), "x_in"
    for number in range(1, count + 1):
        stride = channels // arriving[0]
        inside = branch(Sketch(x_in=image(*arriving)), channels, stride)
        chance = StochasticDepth(p=round(0.5 * (first + number) / total, 4), mode="batch")
        sketch.at(before).then(**{f"branch{number}": inside.block("Branch"), f"skip{number}": chance})
        around = shortcut(sketch, before, channels, stride)
        sketch.put(f"add{number}", Add(), f"skip{number}", around)
        before = sketch.then(**{f"relu{number}": RELU}).end
        arriving = (channels, arriving[1] // stride, arriving[2] // stride)
    sketch.put("result", Output(), before)
    return Block("Stage", sketch.drawn(starts=[f"branch{number}" for number in range(4, count + 1, 3)]))


def stochastic_resnet110() -> Network:
    sketch = Sketch(image=image(3, 32, 32)).then(conv1=conv(16, 3), bn1=BatchNorm2d(), relu1=RELU)
    for stage, (arriving, channels) in enumerate((((16, 32, 32), 16), ((16, 32, 32), 32), ((32, 16, 16), 64))):
        sketch.then(**{f"stage{stage + 1}": stage_of_chances(arriving, channels, 18 * stage, 18, 54)})
    sketch.then(pool=AdaptiveAvgPool2d(), flatten=Flatten(), fc=Linear(10)).judged("label")
    return network(
        sketch.drawn(starts=("stage1", "pool")),
        "Stochastic-depth ResNet-110",
        "After Huang, Sun, Liu, Sedra & Weinberger 2016, arXiv:1603.09382: in each step of training whole blocks are "
        "skipped at random, the deepest half of the time. Published for CIFAR-10: 1.7 M weights, test error 5.25 %.",
        {**CIFAR, "epochs": 500, "step_size": 250},
    )


DRAWINGS = {
    "resnet20": partial(resnet, 20, "0.27", "8.75"),
    "resnet56": partial(resnet, 56, "0.85", "6.97"),
    "resnet110": partial(resnet, 110, "1.7", "6.43"),
    "preact_resnet164": preact_resnet164,
    "wide_resnet28_10": wide_resnet28_10,
    "stochastic_resnet110": stochastic_resnet110,
}
