"""Networks of parallel branches: GoogLeNet and Inception-v3, with their auxiliary heads."""

from __future__ import annotations

from nodes.activation import ReLU
from nodes.block import Block
from nodes.conv import Conv2d
from nodes.dropout import Dropout
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss
from nodes.merge import Concat
from nodes.normalization import BatchNorm2d
from nodes.pooling import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d
from nodes.reshape import Flatten
from nodes.spec.node_type import NodeType
from tests.networks.drawn.sketch import Sketch, image, network

CHAPTER = "Deep CNNs"
RECIPE = {
    "learning_rate": 0.01,
    "momentum": 0.9,
    "weight_decay": 0.0002,
    "schedule": "step",
    "step_size": 8,
    "gamma": 0.96,
    "batch_size": 128,
    "epochs": 90,
}
AVERAGED = AvgPool2d((3, 3), (1, 1), (1, 1))
HALVED = MaxPool2d((3, 3), (2, 2))
ROW, COLUMN = (1, 7), (7, 1)  # two lines in place of a 7 × 7 square

Taps = int | tuple[int, int]
Unit = tuple[int, Taps] | tuple[int, Taps, int] | NodeType  # channels, kernel and stride of a convolution


def unit(channels: int, kernel: Taps, stride: int = 1, *, same: bool = True) -> tuple[NodeType, ...]:
    """Convolution, batch normalisation, ReLU; a stride above 1 or ``same`` off means no padding."""
    height, width = (kernel, kernel) if isinstance(kernel, int) else kernel
    padding = (height // 2, width // 2) if same and stride == 1 else (0, 0)
    convolution = Conv2d(channels, (height, width), (stride, stride), padding, bias=False)
    return convolution, BatchNorm2d(eps=0.001), ReLU(inplace=True)


def inception(
    name: str, arriving: tuple[int, int, int], *branches: tuple[Unit, ...], forked: tuple[int, ...] = ()
) -> Block:
    """Branches beside each other, their channels concatenated; ``forked`` ones end in a row and a column of three."""
    sketch = Sketch(x_in=image(*arriving))
    ends: list[str] = []
    for number, branch in enumerate(branches):
        sketch.at("x_in")
        for step in branch:
            sketch.then(*(unit(*step) if isinstance(step, tuple) else (step,)))
        trunk = sketch.end
        if number in forked:
            ends += [sketch.at(trunk).then(*unit(384, kernel)).end for kernel in ((1, 3), (3, 1))]
        else:
            ends.append(trunk)
    return sketch.put("concat", Concat(), *ends).block(name)


def googlenet_head(arriving: tuple[int, int, int]) -> Block:
    """An auxiliary classifier: it brings gradient to the middle of the network."""
    sketch = Sketch(x_in=image(*arriving)).then(pool=AdaptiveAvgPool2d((4, 4))).then(*unit(128, 1))
    sketch.then(flatten=Flatten(), fc1=Linear(1024), relu2=ReLU(inplace=True), drop=Dropout(p=0.7), fc2=Linear(1000))
    return sketch.block("AuxiliaryHead")


def googlenet_inception(arriving: tuple[int, int, int], *widths: int) -> Block:
    """1 × 1; 1 × 1 and 3 × 3; 1 × 1 and 3 × 3 in place of 5 × 5, as torchvision has it; pooling and 1 × 1."""
    a, b1, b2, c1, c2, d = widths
    pooling = MaxPool2d((3, 3), (1, 1), (1, 1), ceil_mode=True)
    return inception("Inception", arriving, ((a, 1),), ((b1, 1), (b2, 3)), ((c1, 1), (c2, 3)), (pooling, (d, 1)))


GOOGLENET = {
    "inception3a": ((192, 28, 28), (64, 96, 128, 16, 32, 32)),
    "inception3b": ((256, 28, 28), (128, 128, 192, 32, 96, 64)),
    "inception4a": ((480, 14, 14), (192, 96, 208, 16, 48, 64)),
    "inception4b": ((512, 14, 14), (160, 112, 224, 24, 64, 64)),
    "inception4c": ((512, 14, 14), (128, 128, 256, 24, 64, 64)),
    "inception4d": ((512, 14, 14), (112, 144, 288, 32, 64, 64)),
    "inception4e": ((528, 14, 14), (256, 160, 320, 32, 128, 128)),
    "inception5a": ((832, 7, 7), (256, 160, 320, 32, 128, 128)),
    "inception5b": ((832, 7, 7), (384, 192, 384, 48, 128, 128)),
}


def googlenet() -> Network:
    pooling = MaxPool2d((3, 3), (2, 2), ceil_mode=True)
    sketch = Sketch(image=image(3, 224, 224))
    sketch.then(conv1=Conv2d(64, (7, 7), (2, 2), (3, 3), bias=False), bn1=BatchNorm2d(eps=0.001))
    sketch.then(relu1=ReLU(inplace=True), pool1=pooling).then(*unit(64, 1)).then(*unit(192, 3)).then(pool2=pooling)
    for name, (arriving, widths) in GOOGLENET.items():
        sketch.then(**{name: googlenet_inception(arriving, *widths)})
        if name == "inception3b":
            sketch.then(pool3=pooling)
        elif name == "inception4e":
            sketch.then(pool4=MaxPool2d((2, 2), (2, 2), ceil_mode=True))
    sketch.then(pool5=AdaptiveAvgPool2d(), flatten=Flatten(), drop=Dropout(p=0.2), fc=Linear(1000)).judged("label")
    for number, source, channels in ((1, "inception4a", 512), (2, "inception4d", 528)):
        sketch.at(source).then(**{f"aux{number}": googlenet_head((channels, 14, 14))})
        sketch.then(**{f"loss_aux{number}": CrossEntropyLoss(weight=0.3)})
    return network(
        sketch.drawn(starts=("conv2", "inception3a", "inception4a", "pool4", "pool5")),
        "GoogLeNet",
        "After Szegedy et al. 2015, arXiv:1409.4842, as torchvision has it: with batch normalisation, and 3 × 3 in "
        "place of 5 × 5. Its two auxiliary heads, each judged with weight 0.3, only help training and are not "
        "exported. Published: about 7 M weights without them, 1.5 · 10⁹ multiply-adds, top-5 error 6.67 % for seven "
        "of them together.",
        RECIPE,
    )


def inception_v3() -> Network:
    sketch = Sketch(image=image(3, 299, 299))
    for step in (unit(32, 3, 2), unit(32, 3, same=False), unit(64, 3), (HALVED,), unit(80, 1)):
        sketch.then(*step)
    sketch.then(*unit(192, 3, same=False)).then(HALVED)
    for letter, side, channels, pooled in (("b", 35, 192, 32), ("c", 35, 256, 64), ("d", 35, 288, 64)):
        double = ((64, 1), (96, 3), (96, 3))
        block = inception(
            "InceptionA", (channels, side, side), ((64, 1),), ((48, 1), (64, 5)), double, (AVERAGED, (pooled, 1))
        )
        sketch.then(**{f"mixed5{letter}": block})
    shrinking = inception("InceptionB", (288, 35, 35), ((384, 3, 2),), ((64, 1), (96, 3), (96, 3, 2)), (HALVED,))
    sketch.then(mixed6a=shrinking)
    for letter, c in zip("bcde", (128, 160, 160, 192), strict=True):
        sketch.then(**{f"mixed6{letter}": factorised(c)})
    sevens: tuple[Unit, ...] = ((192, 1), (192, ROW), (192, COLUMN), (192, 3, 2))
    sketch.then(mixed7a=inception("InceptionD", (768, 17, 17), ((192, 1), (320, 3, 2)), sevens, (HALVED,)))
    for letter, channels in (("b", 1280), ("c", 2048)):
        branches = (((320, 1),), ((384, 1),), ((448, 1), (384, 3)), (AVERAGED, (192, 1)))
        sketch.then(**{f"mixed7{letter}": inception("InceptionE", (channels, 8, 8), *branches, forked=(1, 2))})
    sketch.then(pool3=AdaptiveAvgPool2d(), flatten=Flatten(), drop=Dropout(), fc=Linear(1000)).judged("label")
    sketch.at("mixed6e").then(aux=inception_head(), loss_aux=CrossEntropyLoss(weight=0.4))
    return network(
        sketch.drawn(starts=("conv3", "conv4", "mixed5b", "mixed6a", "mixed7a", "pool3")),
        "Inception-v3",
        "After Szegedy et al. 2016, arXiv:1512.00567, as torchvision has it: large filters are factorised into small "
        "ones and into rows and columns. The auxiliary head, judged with weight 0.4, only helps training and is not "
        "exported. Published: 5 · 10⁹ multiply-adds, top-5 error 5.6 %.",
        {**RECIPE, "learning_rate": 0.045, "weight_decay": 0.00004, "batch_size": 32},
    )


def factorised(c: int) -> Block:
    """7 × 7 as rows and columns of seven, ``c`` channels wide."""
    single: tuple[Unit, ...] = ((c, 1), (c, ROW), (192, COLUMN))
    double: tuple[Unit, ...] = ((c, 1), (c, COLUMN), (c, ROW), (c, COLUMN), (192, ROW))
    return inception("InceptionC", (768, 17, 17), ((192, 1),), single, double, (AVERAGED, (192, 1)))


def inception_head() -> Block:
    sketch = Sketch(x_in=image(768, 17, 17)).then(pool1=AvgPool2d((5, 5), (3, 3))).then(*unit(128, 1))
    sketch.then(*unit(768, 5, same=False)).then(pool2=AdaptiveAvgPool2d(), flatten=Flatten(), fc=Linear(1000))
    return sketch.block("AuxiliaryHead")


DRAWINGS = {"googlenet": googlenet, "inception_v3": inception_v3}
