"""Where a course begins: small networks for pictures of digits."""

from __future__ import annotations

from nodes.activation import ReLU
from nodes.conv import Conv2d
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.normalization import BatchNorm2d
from nodes.pooling import MaxPool2d
from nodes.reshape import Flatten
from tests.networks.drawn.sketch import Sketch, image

CHAPTER = "Basics"


def digits() -> Network:
    sketch = Sketch(image=image(1, 8, 8))
    sketch.then(conv1=Conv2d(16, padding=(1, 1), bias=False), bn1=BatchNorm2d(), relu1=ReLU())
    sketch.then(conv2=Conv2d(32, padding=(1, 1), bias=False), bn2=BatchNorm2d(), relu2=ReLU(), pool1=MaxPool2d())
    sketch.then(flatten=Flatten(), fc1=Linear(10)).judged("digit")
    return Network(
        sketch.drawn(starts=("conv2", "flatten")),
        "Digits",
        "Two 3 × 3 convolutions, each with batch normalisation (Ioffe & Szegedy 2015, arXiv:1502.03167), for the 1 "
        "797 handwritten digits of 8 × 8 pixels that come with scikit-learn (Alpaydin & Kaynak 1998). Here: 9 978 "
        "weights; after its 30 epochs, about ten seconds on one core, it tells 99 % of the test digits right.",
        data={"source": "digits"},
        recipe={"optimizer": "Adam", "learning_rate": 0.002, "schedule": "cosine", "batch_size": 64, "epochs": 30},
    )


def lenet5() -> Network:
    sketch = Sketch(image=image(1, 28, 28))
    sketch.then(conv1=Conv2d(6, (5, 5), padding=(2, 2)), relu1=ReLU(), pool1=MaxPool2d())
    sketch.then(conv2=Conv2d(16, (5, 5)), relu2=ReLU(), pool2=MaxPool2d(), flatten=Flatten())
    sketch.then(fc1=Linear(120), relu3=ReLU(), fc2=Linear(84), relu4=ReLU(), fc3=Linear(10)).judged("digit")
    return Network(
        sketch.drawn(starts=("conv2", "fc1", "fc3")),
        "LeNet-5",
        "After LeCun, Bottou, Bengio & Haffner 1998, “Gradient-Based Learning Applied to Document Recognition”, "
        "with ReLU and max pooling. Published: 60 000 weights, test error on MNIST 0.95 %. Here: 61 706 weights, "
        "since each map of conv2 sees all of conv1 (900 more), pooling has none (44 less) and fc3 is learned (850 "
        "more); after its 3 epochs, about a minute on one core, its test error is 0.8 %. MNIST is downloaded once "
        "(12 MB); a folder with its four IDX files does as well.",
        data={"source": "torchvision:MNIST", "validation": 0.05},
        recipe={"optimizer": "Adam", "learning_rate": 0.002, "schedule": "cosine", "batch_size": 64, "epochs": 3},
    )


def mlp() -> Network:
    sketch = Sketch(image=image(1, 8, 8))
    sketch.then(flatten=Flatten(), fc1=Linear(32), relu1=ReLU(), fc2=Linear(10)).judged("digit")
    return Network(
        sketch.drawn(starts=("fc2",)),
        "Two-layer perceptron",
        "The smallest network that is more than a linear classifier: two layers of weights with a ReLU between "
        "them, trained by backpropagation (Rumelhart, Hinton & Williams 1986). Here: 2 410 weights, (64 + 1) · 32 "
        "+ (32 + 1) · 10; after its 20 epochs, about two seconds on one core, it tells 97 % of scikit-learn's test "
        "digits right.",
        data={"source": "digits"},
        recipe={"optimizer": "Adam", "learning_rate": 0.005, "batch_size": 32, "epochs": 20},
    )


DRAWINGS = {"digits": digits, "lenet5": lenet5, "mlp": mlp}
