"""Other ways to be deep: gates that carry, and paths of many lengths."""

from __future__ import annotations

from nodes.activation import ReLU, Sigmoid
from nodes.block import Block
from nodes.conv import Conv2d
from nodes.dropout import DropPath
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.merge import Add, Multiply, Subtract
from nodes.normalization import BatchNorm2d
from nodes.pooling import MaxPool2d
from nodes.reshape import Flatten
from nodes.spec.training import NodeTraining
from tests.networks.drawn.cifar import CIFAR
from tests.networks.drawn.ready.residual import grown
from tests.networks.drawn.resnet import conv
from tests.networks.drawn.sketch import Sketch, image, network

CHAPTER = "Residual CNNs"


def carrying(side: int, repeat: int) -> Block:
    """x + T · (H(x) − x): the gate T begins near 0, so that at first nearly all is carried."""
    layer = Conv2d(32, padding=(1, 1))
    sketch = Sketch(x_in=image(32, side, side)).then(transform=layer, relu=ReLU(inplace=True))
    sketch.put("difference", Subtract(), "relu", "x_in").at("x_in").then(gate=layer, sigmoid=Sigmoid())
    sketch.put("gated", Multiply(), "difference", "sigmoid").put("add", Add(), "gated", "x_in")
    sketch.graph = sketch.graph.with_training("gate", NodeTraining(bias_init="constant", bias_value=-1.0))
    return sketch.block("Highway", repeat)


def highway() -> Network:
    sketch = Sketch(image=image(1, 28, 28)).then(conv1=Conv2d(32, padding=(1, 1)), relu1=ReLU(inplace=True))
    for stage, (side, repeat) in enumerate(((28, 2), (14, 3), (7, 3)), start=1):
        sketch.then(**{f"highway{stage}": carrying(side, repeat), f"pool{stage}": MaxPool2d()})
    sketch.then(flatten=Flatten(), fc=Linear(10)).judged("digit")
    return Network(
        sketch.drawn(starts=("highway1", "flatten")),
        "Highway network",
        "After Srivastava, Greff & Schmidhuber 2015, arXiv:1507.06228: in eight of ten layers a gate T decides for "
        "each number how much is transformed and how much carried on: T · H(x) + (1 − T) · x. Published for MNIST: "
        "151 k weights, test error 0.55 %. MNIST is downloaded once; a folder with its four IDX files does as well.",
        data={"source": "torchvision:MNIST", "validation": 0.05},
        recipe={"learning_rate": 0.02, "momentum": 0.9, "schedule": "cosine", "batch_size": 128, "epochs": 20},
    )


def fractal(channels: int, side: int) -> Block:
    """Columns of one, two and four convolutions, joined by their mean wherever they meet."""
    unit = Sketch(x_in=image(channels, side, side)).then(conv=conv(channels, 3), bn=BatchNorm2d(), relu=ReLU())
    sketch = Sketch(x_in=image(channels, side, side))
    ends = grown(sketch, 3, "x_in", unit.block("ConvBnRelu"), DropPath())
    return sketch.put("join", DropPath(), *ends).block("Fractal")


def fractalnet() -> Network:
    sketch, side = Sketch(image=image(3, 32, 32)), 32
    for number, channels in enumerate((64, 128, 256, 512, 512), start=1):
        sketch.then(**{f"fractal{number}": fractal(channels, side), f"pool{number}": MaxPool2d()})
        side //= 2
    return network(
        sketch.then(flatten=Flatten(), fc=Linear(10)).judged("label").drawn(starts=("fractal3", "fractal5")),
        "FractalNet",
        "After Larsson, Maire & Shakhnarovich 2017, arXiv:1605.07648: five blocks of three columns, of one, two "
        "and four convolutions, so twenty layers deep without a residual; drop-path loses columns in training, so "
        "that each learns to work by itself. Published for CIFAR-10: test error 4.60 % with drop-path and dropout "
        "(the dropout is left out here). The paper's table 1 gives 38.6 M weights, and 33.7 M are drawn: its rule "
        "with 64, 128, 256, 512 and 512 channels makes no more, and makes all six counts of its table 3 (0.3 M to "
        "21.1 M, with a quarter of the channels). 38.6 M would come out if all convolutions of a block kept its "
        "channels and a 1 × 1 convolution widened before it.",
        {**CIFAR, "learning_rate": 0.02, "weight_decay": 0.0, "epochs": 400, "step_size": 200},
    )


DRAWINGS = {"highway": highway, "fractalnet": fractalnet}
