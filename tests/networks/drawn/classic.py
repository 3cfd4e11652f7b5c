"""The networks with which deep learning for pictures began."""

from __future__ import annotations

from nodes.activation import ReLU
from nodes.block import Block
from nodes.conv import Conv2d
from nodes.dropout import Dropout
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.normalization import LocalResponseNorm
from nodes.pooling import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d
from nodes.reshape import Flatten
from tests.networks.drawn.sketch import Sketch, image, network

CHAPTER = "Classic CNNs"
RECIPE = {
    "learning_rate": 0.01,
    "momentum": 0.9,
    "weight_decay": 0.0005,
    "schedule": "step",
    "step_size": 30,
    "batch_size": 128,
    "epochs": 90,
}
OVERLAPPING = MaxPool2d((3, 3), (2, 2))
RELU = ReLU(inplace=True)


def brightness() -> LocalResponseNorm:
    """AlexNet's normalisation: PyTorch divides alpha by size, so that 5e-4 here is the 1e-4 of the paper."""
    return LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)


def classified(sketch: Sketch) -> Sketch:
    """Two wide layers with dropout, and the scores."""
    sketch.then(flatten=Flatten(), fc6=Linear(4096), relu6=RELU, drop6=Dropout())
    sketch.then(fc7=Linear(4096), relu7=RELU, drop7=Dropout())
    return sketch.then(fc8=Linear(1000)).judged("label")


def alexnet() -> Network:
    sketch = Sketch(image=image(3, 227, 227))
    sketch.then(conv1=Conv2d(96, (11, 11), (4, 4)), relu1=RELU, norm1=brightness(), pool1=OVERLAPPING)
    sketch.then(conv2=Conv2d(256, (5, 5), padding=(2, 2), groups=2), relu2=RELU, norm2=brightness())
    sketch.then(pool2=OVERLAPPING, conv3=Conv2d(384, padding=(1, 1)), relu3=RELU)
    sketch.then(conv4=Conv2d(384, padding=(1, 1), groups=2), relu4=RELU)
    sketch.then(conv5=Conv2d(256, padding=(1, 1), groups=2), relu5=RELU, pool5=OVERLAPPING)
    return network(
        classified(sketch).drawn(starts=("conv2", "conv3", "flatten")),
        "AlexNet",
        "After Krizhevsky, Sutskever & Hinton 2012: eight layers with weights on two graphics cards, which the two "
        "groups of conv2, conv4 and conv5 stand for. Published: 60 M weights (counted here: 61.0 M); top-5 error "
        "18.2 %.",
        RECIPE,
    )


def alexnet_one_tower() -> Network:
    """Krizhevsky 2014, arXiv:1404.5997, as torchvision has it."""
    sketch = Sketch(image=image(3, 224, 224))
    sketch.then(conv1=Conv2d(64, (11, 11), (4, 4), (2, 2)), relu1=RELU, pool1=OVERLAPPING)
    sketch.then(conv2=Conv2d(192, (5, 5), padding=(2, 2)), relu2=RELU, pool2=OVERLAPPING)
    sketch.then(conv3=Conv2d(384, padding=(1, 1)), relu3=RELU, conv4=Conv2d(256, padding=(1, 1)), relu4=RELU)
    sketch.then(conv5=Conv2d(256, padding=(1, 1)), relu5=RELU, pool5=OVERLAPPING)
    sketch.then(flatten=Flatten(), drop6=Dropout(), fc6=Linear(4096), relu6=RELU, drop7=Dropout())
    sketch.then(fc7=Linear(4096), relu7=RELU, fc8=Linear(1000)).judged("label")
    return network(
        sketch.drawn(starts=("conv2", "conv3", "flatten")),
        "AlexNet, one tower",
        "After Krizhevsky 2014, arXiv:1404.5997, as torchvision has it: all of AlexNet on one graphics card, "
        "without its local response normalisation. torchvision publishes 61.1 M weights, 0.71 · 10⁹ multiply-adds "
        "and a top-5 error of 20.9 %; the network on two cards, drawn as AlexNet, has 60 M and 18.2 %.",
        RECIPE,
    )


def zfnet() -> Network:
    sketch = Sketch(image=image(3, 224, 224))
    sketch.then(conv1=Conv2d(96, (7, 7), (2, 2), (1, 1)), relu1=RELU, pool1=MaxPool2d((3, 3), (2, 2), (1, 1)))
    sketch.then(norm1=brightness(), conv2=Conv2d(256, (5, 5), (2, 2)), relu2=RELU)
    sketch.then(pool2=MaxPool2d((3, 3), (2, 2), (1, 1)), norm2=brightness())
    for number, channels in ((3, 512), (4, 1024), (5, 512)):
        sketch.then(**{f"conv{number}": Conv2d(channels, padding=(1, 1)), f"relu{number}": RELU})
    sketch.then(pool5=OVERLAPPING)
    return network(
        classified(sketch).drawn(starts=("conv2", "conv3", "flatten")),
        "ZFNet",
        "After Zeiler & Fergus 2014, arXiv:1311.2901: AlexNet with a smaller and denser first layer, found by "
        "looking at what its filters see. Here with the 512, 1024 and 512 maps of its table 2. Top-5 error 16.0 %.",
        RECIPE,
    )


def mlpconv(channels: tuple[int, int, int], kernel: int) -> Block:
    """A convolution and two 1 × 1 ones: a small network that slides over the picture."""
    sketch = Sketch(x_in=image(channels[0], 32, 32))
    for number, count in enumerate(channels, start=1):
        side = kernel if number == 1 else 1
        layer = Conv2d(count, (side, side), padding=(side // 2, side // 2))
        sketch.then(**{f"conv{number}": layer, f"relu{number}": RELU})
    return sketch.block("MLPConv")


def nin() -> Network:
    sketch = Sketch(image=image(3, 32, 32))
    sketch.then(mlpconv1=mlpconv((192, 160, 96), 5), pool1=MaxPool2d((3, 3), (2, 2), (1, 1)), drop1=Dropout())
    sketch.then(mlpconv2=mlpconv((192, 192, 192), 5), pool2=AvgPool2d((3, 3), (2, 2), (1, 1)), drop2=Dropout())
    sketch.then(mlpconv3=mlpconv((192, 192, 10), 3), pool3=AdaptiveAvgPool2d(), flatten=Flatten())
    return network(
        sketch.judged("label").drawn(starts=("mlpconv2", "mlpconv3")),
        "Network in network",
        "After Lin, Chen & Yan 2014, arXiv:1312.4400, for CIFAR-10: 1 × 1 convolutions, and the average of each map "
        "in place of fully connected layers. Published: 0.97 M weights; test error 10.4 % without augmentation.",
        {**RECIPE, "learning_rate": 0.1, "weight_decay": 0.0001, "step_size": 80, "epochs": 200},
    )


DRAWINGS = {"alexnet": alexnet, "alexnet_one_tower": alexnet_one_tower, "zfnet": zfnet, "nin": nin}
