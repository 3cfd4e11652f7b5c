"""VGG: Simonyan & Zisserman 2015, arXiv:1409.1556, table 1."""

from __future__ import annotations

from functools import partial

from nodes.activation import ReLU
from nodes.block import Block
from nodes.conv import Conv2d
from nodes.dropout import Dropout
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.normalization import LocalResponseNorm
from nodes.pooling import MaxPool2d
from nodes.reshape import Flatten
from tests.networks.drawn.sketch import Sketch, image, network

CHAPTER = "Deep CNNs"
CHANNELS = (64, 128, 256, 512, 512)
RECIPE = {
    "learning_rate": 0.01,
    "momentum": 0.9,
    "weight_decay": 0.0005,
    "schedule": "step",
    "step_size": 25,
    "batch_size": 256,
    "epochs": 74,
}

LECTURES = (
    " The lectures (Li, Karpathy & Johnson 2016, CS231n) write 24 M numbers, 93 MB, below their table of this "
    "network, but the lines of that table add up to 15.2 M numbers of 4 bytes, which is 61 MB or 58 MiB: a slip of "
    "theirs."
)


def stage(arriving: tuple[int, int, int], channels: int, count: int, padding: int = 1) -> Block:
    """Some 3 × 3 convolutions of VGG-16, as other networks build on them; ``padding`` is that of the first."""
    sketch = Sketch(x_in=image(*arriving))
    for number in range(1, count + 1):
        edge = padding if number == 1 else 1
        sketch.then(**{f"conv{number}": Conv2d(channels, padding=(edge, edge)), f"relu{number}": ReLU(inplace=True)})
    return sketch.block("Stage")


def vgg(
    letter: str,
    counts: tuple[int, ...],
    weights: str,
    error: str,
    remark: str = "",
    *,
    pointwise: bool = False,
    norm: bool = False,
) -> Network:
    """``counts`` convolutions in each of five stages; ``pointwise`` makes the third of a stage 1 × 1."""
    sketch, starts = Sketch(image=image(3, 224, 224)), []
    for stage, (count, channels) in enumerate(zip(counts, CHANNELS, strict=True), start=1):
        for number in range(1, count + 1):
            kernel, padding = ((1, 1), (0, 0)) if pointwise and number == 3 else ((3, 3), (1, 1))
            name = f"{stage}_{number}"
            sketch.then(**{f"conv{name}": Conv2d(channels, kernel, padding=padding)})
            if norm and stage == 1:
                sketch.then(lrn1=LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0))
            sketch.then(**{f"relu{name}": ReLU(inplace=True)})
        sketch.then(**{f"pool{stage}": MaxPool2d()})
        starts += [f"conv{stage}_1"] if stage > 1 else []
    for number in (6, 7):
        sketch.then(**({"flatten": Flatten()} if number == 6 else {}))
        sketch.then(**{f"fc{number}": Linear(4096), f"relu{number}": ReLU(inplace=True), f"drop{number}": Dropout()})
    sketch.then(fc8=Linear(1000)).judged("label")
    depth = sum(counts) + 3
    return network(
        sketch.drawn(starts=[*starts, "flatten"]),
        f"VGG-{depth} ({letter})",
        f"Network {letter} of Simonyan & Zisserman 2015, arXiv:1409.1556: {depth} layers with weights, 3 × 3 "
        f"filters{' and 1 × 1 in between' if pointwise else ''} throughout"
        f"{', and one local response normalisation' if norm else ''}. "
        f"The paper's table 2 gives {weights} M weights, its table 3 a top-5 error of {error} %.{remark}",
        RECIPE,
    )


DRAWINGS = {
    "vgg11": partial(vgg, "A", (1, 1, 2, 2, 2), "133", "10.4"),
    "vgg11_lrn": partial(vgg, "A-LRN", (1, 1, 2, 2, 2), "133", "10.5", norm=True),
    "vgg13": partial(vgg, "B", (2, 2, 2, 2, 2), "133", "9.9"),
    "vgg16_c": partial(vgg, "C", (2, 2, 3, 3, 3), "134", "8.8", pointwise=True),
    "vgg16": partial(vgg, "D", (2, 2, 3, 3, 3), "138", "8.1", LECTURES),
    "vgg19": partial(vgg, "E", (2, 2, 4, 4, 4), "144", "8.0"),
}
