"""Networks that get along with few weights: DenseNet, SqueezeNet, MobileNet."""

from __future__ import annotations

from functools import partial

from nodes.activation import ReLU, ReLU6
from nodes.block import Block
from nodes.conv import Conv2d
from nodes.dropout import Dropout
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.merge import Add, Concat
from nodes.normalization import BatchNorm2d
from nodes.pooling import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d
from nodes.reshape import Flatten
from tests.networks.drawn.resnet import RECIPE, conv
from tests.networks.drawn.sketch import Sketch, image, network

CHAPTER = "Efficient CNNs"
RELU = ReLU(inplace=True)
GROWTH = 32  # what each layer of a DenseNet adds to the channels


def dense_layer() -> Block:
    """Normalise, then 1 × 1 and 3 × 3 convolution; the new channels are put behind those that came."""
    sketch = Sketch(x_in=image(64, 56, 56)).then(bn1=BatchNorm2d(), relu1=RELU, conv1=conv(4 * GROWTH, 1))
    sketch.then(bn2=BatchNorm2d(), relu2=RELU, conv2=conv(GROWTH, 3))
    return sketch.put("concat", Concat(), "x_in", sketch.end).block("DenseLayer")


def densenet(depth: int, counts: tuple[int, ...], weights: str, top1: str, top5: str) -> Network:
    sketch = Sketch(image=image(3, 224, 224)).then(conv1=conv(64, 7, 2), bn1=BatchNorm2d(), relu1=RELU)
    sketch.then(pool1=MaxPool2d((3, 3), (2, 2), (1, 1)))
    channels, side = 64, 56
    for stage, count in enumerate(counts, start=1):
        layers = Sketch(x_in=image(channels, side, side))
        layers.then(**{f"layer{number}": dense_layer() for number in range(1, count + 1)})
        sketch.then(**{f"dense{stage}": layers.block("DenseBlock")})
        channels += GROWTH * count
        if stage < len(counts):
            narrowing = Sketch(x_in=image(channels, side, side)).then(bn=BatchNorm2d(), relu=RELU)
            narrowing.then(conv=conv(channels // 2, 1), pool=AvgPool2d())
            sketch.then(**{f"transition{stage}": narrowing.block("Transition")})
            channels, side = channels // 2, side // 2
    sketch.then(bn2=BatchNorm2d(), relu2=RELU, pool2=AdaptiveAvgPool2d(), flatten=Flatten(), fc=Linear(1000))
    return network(
        sketch.judged("label").drawn(starts=("dense1", "dense3", "bn2")),
        f"DenseNet-{depth}",
        "After Huang, Liu, van der Maaten & Weinberger 2017, arXiv:1608.06993: each layer sees the results of all "
        f"those before it in its block, and adds {GROWTH} channels. Published: {weights} M weights; on ImageNet "
        f"(table 3, one crop) top-1 error {top1} %, top-5 error {top5} %.",
        RECIPE,
    )


def fire(arriving: tuple[int, int, int], squeezed: int, expanded: int) -> Block:
    """Squeezed by 1 × 1, then expanded by 1 × 1 and 3 × 3 beside each other."""
    sketch = Sketch(x_in=image(*arriving)).then(squeeze=Conv2d(squeezed, (1, 1)), relu1=RELU)
    sketch.then(expand1x1=Conv2d(expanded, (1, 1)), relu2=RELU).at("relu1")
    sketch.then(expand3x3=Conv2d(expanded, padding=(1, 1)), relu3=RELU)
    return sketch.put("concat", Concat(), "relu2", "relu3").block("Fire")


FIRES = ((16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256))


def squeezenet(version: str, stem: Conv2d, pooled_before: tuple[int, ...]) -> Network:
    """``pooled_before`` are the fire modules, counted from 2 as in the paper, that a pooling stands before."""
    sketch = Sketch(image=image(3, 224, 224)).then(conv1=stem, relu1=RELU)
    channels, side = stem.out_channels, (224 - stem.kernel_size[0]) // 2 + 1
    for number, (squeezed, expanded) in enumerate(FIRES, start=2):
        if number in pooled_before:
            sketch.then(MaxPool2d((3, 3), (2, 2), ceil_mode=True))
            side = -(-(side - 3) // 2) + 1
        sketch.then(**{f"fire{number}": fire((channels, side, side), squeezed, expanded)})
        channels = 2 * expanded
    sketch.then(drop=Dropout(), conv10=Conv2d(1000, (1, 1)), relu10=RELU, average=AdaptiveAvgPool2d())
    return network(
        sketch.then(flatten=Flatten()).judged("label").drawn(starts=("fire2", "fire6", "drop")),
        f"SqueezeNet {version}",
        "After Iandola et al. 2016, arXiv:1602.07360: as good as AlexNet with a fiftieth of its weights. "
        "Published: 1.2 M weights, 57.5 % right at once and 80.3 % among the first five"
        f"{'; version 1.1 does it with 2.4 × less work' if version == '1.1' else ''}.",
        {**RECIPE, "learning_rate": 0.04, "weight_decay": 0.0002, "schedule": "cosine"},
    )


def inverted(arriving: tuple[int, int, int], channels: int, expansion: int, stride: int, repeat: int = 1) -> Block:
    """Widened by 1 × 1, filtered channel by channel, narrowed by 1 × 1; added to what came where sizes allow."""
    sketch, width = Sketch(x_in=image(*arriving)), arriving[0] * expansion
    if expansion > 1:
        sketch.then(expand=conv(width, 1), bn1=BatchNorm2d(), relu1=ReLU6(inplace=True))
    sketch.then(depthwise=conv(width, 3, stride, groups=width), bn2=BatchNorm2d(), relu2=ReLU6(inplace=True))
    sketch.then(project=conv(channels, 1), bn3=BatchNorm2d())
    if stride > 1 or channels != arriving[0]:
        return sketch.block("Narrowing" if stride > 1 else "Widening")
    return sketch.put("add", Add(), "x_in", "bn3").block("InvertedResidual", repeat)


def mobilenet_v2() -> Network:
    sketch = Sketch(image=image(3, 224, 224)).then(conv1=conv(32, 3, 2), bn1=BatchNorm2d(), relu1=ReLU6(inplace=True))
    channels, side = 32, 112
    plan = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
    for stage, (expansion, wanted, count, stride) in enumerate(plan, start=1):
        sketch.then(**{f"stage{stage}": inverted((channels, side, side), wanted, expansion, stride)})
        channels, side = wanted, side // stride
        if count > 1:
            sketch.then(**{f"rest{stage}": inverted((channels, side, side), channels, expansion, 1, count - 1)})
    sketch.then(conv2=conv(1280, 1), bn2=BatchNorm2d(), relu2=ReLU6(inplace=True), pool=AdaptiveAvgPool2d())
    sketch.then(flatten=Flatten(), drop=Dropout(p=0.2), fc=Linear(1000)).judged("label")
    return network(
        sketch.drawn(starts=("stage1", "stage4", "stage6", "conv2")),
        "MobileNetV2",
        "After Sandler et al. 2018, arXiv:1801.04381: inverted residuals, narrow outside and wide inside, whose 3 "
        "× 3 filters see one channel each. Published: 3.4 M weights, 0.3 · 10⁹ multiply-adds, 72.0 % right at once.",
        {**RECIPE, "learning_rate": 0.045, "weight_decay": 0.00004, "schedule": "cosine", "epochs": 150},
    )


DRAWINGS = {
    "densenet121": partial(densenet, 121, (6, 12, 24, 16), "8.0", "25.0", "7.7"),
    "densenet201": partial(densenet, 201, (6, 12, 48, 32), "20.0", "22.6", "6.3"),
    "squeezenet1_0": partial(squeezenet, "1.0", Conv2d(96, (7, 7), (2, 2)), (2, 5, 9)),
    "squeezenet1_1": partial(squeezenet, "1.1", Conv2d(64, (3, 3), (2, 2)), (2, 4, 6)),
    "mobilenet_v2": mobilenet_v2,
}
