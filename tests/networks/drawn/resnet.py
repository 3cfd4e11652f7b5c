"""Residual networks and what they were compared with: He, Zhang, Ren & Sun 2016, arXiv:1512.03385."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from nodes.activation import ReLU
from nodes.block import Block
from nodes.conv import Conv2d
from nodes.graph.model import Network
from nodes.linear import Linear
from nodes.merge import Add
from nodes.normalization import BatchNorm2d
from nodes.pooling import AdaptiveAvgPool2d, MaxPool2d
from nodes.reshape import Flatten
from nodes.visual_attention import SqueezeExcitation
from tests.networks.drawn.sketch import Sketch, image, network

CHAPTER = "Residual CNNs"
RECIPE = {
    "learning_rate": 0.1,
    "momentum": 0.9,
    "weight_decay": 0.0001,
    "schedule": "step",
    "step_size": 30,
    "batch_size": 256,
    "epochs": 90,
}
PAPER = "He, Zhang, Ren & Sun 2016, arXiv:1512.03385"
Size = tuple[int, int, int]  # what arrives at a block: C × H × W
Unit = Callable[[Size, int, int, int, bool], Block]  # arriving, channels, stride, repeat, projects -> block


def conv(channels: int, kernel: int, stride: int = 1, groups: int = 1, dilation: int = 1) -> Conv2d:
    """Without bias, since a batch normalisation follows; the size is kept at stride 1."""
    square, steps, holes = (kernel, kernel), (stride, stride), (dilation, dilation)
    pad = dilation * (kernel // 2)
    return Conv2d(channels, square, steps, (pad, pad), holes, groups, bias=False)


def shortcut(sketch: Sketch, channels: int, stride: int, *, projects: bool) -> Sketch:
    """Around what was drawn so far: a link or, where the size changes, a projection; then the sum."""
    main = sketch.end
    if not projects:
        sketch.put("add", Add(), main, "x_in")
    else:
        number = sum(name.startswith("conv") for name in sketch.graph.nodes) + 1
        projection = {f"conv{number}": conv(channels, 1, stride), f"bn{number}": BatchNorm2d()}
        sketch.at("x_in").then(**projection).put("add", Add(), main, sketch.end)
    return sketch.then(ReLU(inplace=True))


def basic(arriving: Size, channels: int, stride: int, repeat: int, projects: bool) -> Block:
    """Two 3 × 3 convolutions, and around them a link or a projection."""
    sketch = Sketch(x_in=image(*arriving))
    sketch.then(conv1=conv(channels, 3, stride), bn1=BatchNorm2d(), relu1=ReLU(inplace=True))
    sketch.then(conv2=conv(channels, 3), bn2=BatchNorm2d())
    shortcut(sketch, channels, stride, projects=projects)
    return sketch.block("Projection" if projects else "Basic", repeat)


def bottleneck(
    arriving: Size,
    channels: int,
    stride: int,
    repeat: int,
    projects: bool,
    *,
    width: float = 1,
    groups: int = 1,
    dilation: int = 1,
    weighed: bool = False,
) -> Block:
    """1 × 1, 3 × 3, 1 × 1, and around them a link or, where the size changes, a projection.

    The stride is at the 3 × 3, as in torchvision. ``width``, ``groups`` and ``dilation`` are those of the 3 × 3;
    ``weighed`` channels go through squeeze and excitation.
    """
    inner, relu = int(channels * width), ReLU(inplace=True)
    sketch = Sketch(x_in=image(*arriving))
    sketch.then(conv1=conv(inner, 1), bn1=BatchNorm2d(), relu1=relu)
    sketch.then(conv2=conv(inner, 3, stride, groups, dilation), bn2=BatchNorm2d(), relu2=relu)
    sketch.then(conv3=conv(4 * channels, 1), bn3=BatchNorm2d())
    if weighed:
        sketch.then(squeeze=SqueezeExcitation(4 * channels // 16))
    shortcut(sketch, 4 * channels, stride, projects=projects)
    return sketch.block("Projection" if projects else "Bottleneck", repeat)


def plain(arriving: Size, channels: int, stride: int, repeat: int, projects: bool) -> Block:
    """Two 3 × 3 convolutions with nothing around them."""
    sketch = Sketch(x_in=image(*arriving))
    sketch.then(conv1=conv(channels, 3, stride), bn1=BatchNorm2d(), relu1=ReLU(inplace=True))
    sketch.then(conv2=conv(channels, 3), bn2=BatchNorm2d(), relu2=ReLU(inplace=True))
    return sketch.block("Narrowing" if stride > 1 else "Plain", repeat)


def staged(sketch: Sketch, unit: Unit, counts: tuple[int, ...], expansion: int, arriving: Size) -> Sketch:
    """Stages of 64, 128, 256, … channels; where a stage begins otherwise than it goes on, it has two blocks."""
    for stage, count in enumerate(counts, start=1):
        channels, stride = 64 * 2 ** (stage - 1), 1 if stage == 1 else 2
        result = (expansion * channels, arriving[1] // stride, arriving[2] // stride)
        if arriving == result:
            sketch.then(**{f"stage{stage}": unit(arriving, channels, 1, count, False)})
        else:
            sketch.then(**{f"stage{stage}": unit(arriving, channels, stride, 1, True)})
            sketch.then(**{f"rest{stage}": unit(result, channels, 1, count - 1, False)})
        arriving = result
    return sketch


def resnet(unit: Unit, counts: tuple[int, ...], expansion: int, title: str, notes: str) -> Network:
    """The stem, four stages and a classifier."""
    sketch = Sketch(image=image(3, 224, 224)).then(conv1=conv(64, 7, 2), bn1=BatchNorm2d())
    sketch.then(relu1=ReLU(inplace=True), pool1=MaxPool2d((3, 3), (2, 2), (1, 1)))
    staged(sketch, unit, counts, expansion, (64, 56, 56))
    sketch.then(pool2=AdaptiveAvgPool2d(), flatten=Flatten(), fc=Linear(1000)).judged("label")
    return network(sketch.drawn(starts=("stage1", "stage3", "pool2")), title, notes, RECIPE)


def residual(depth: int, unit: Unit, counts: tuple[int, ...], expansion: int, operations: str, error: str) -> Network:
    return resnet(
        unit,
        counts,
        expansion,
        f"ResNet-{depth}",
        f"After {PAPER}: {depth} layers with weights. The paper's table 1 gives {operations} · 10⁹ multiply-adds; "
        f"top-1 error on ImageNet {error} (ten crops).",
    )


DRAWINGS = {
    "resnet18": partial(residual, 18, basic, (2, 2, 2, 2), 1, "1.8", "27.9 % with shortcuts that have no weights"),
    "resnet34": partial(residual, 34, basic, (3, 4, 6, 3), 1, "3.6", "24.5 %"),
    "resnet50": partial(residual, 50, bottleneck, (3, 4, 6, 3), 4, "3.8", "22.9 %"),
    "resnet101": partial(residual, 101, bottleneck, (3, 4, 23, 3), 4, "7.6", "21.8 %"),
    "resnet152": partial(residual, 152, bottleneck, (3, 8, 36, 3), 4, "11.3", "21.4 %"),
    "plain34": partial(
        resnet,
        plain,
        (3, 4, 6, 3),
        1,
        "Plain-34",
        f"The network of {PAPER} without its shortcuts: with 34 layers it trains to a larger error than with 18, "
        "which the residual one does not. Published (figure 3 and table 2): 3.6 · 10⁹ multiply-adds; top-1 error of "
        "ten crops 28.5 % with 34 layers and 27.9 % with 18, where the residual ones come to 25.0 % and 27.9 %.",
    ),
    "wide_resnet50_2": partial(
        resnet,
        partial(bottleneck, width=2),
        (3, 4, 6, 3),
        4,
        "Wide ResNet-50-2",
        "After Zagoruyko & Komodakis 2016, arXiv:1605.07146: the 3 × 3 convolutions of ResNet-50 twice as wide. "
        "Published: 68.9 M weights, top-1 error 21.9 %, top-5 error 6.0 %.",
    ),
    "resnext50_32x4d": partial(
        resnet,
        partial(bottleneck, width=2, groups=32),
        (3, 4, 6, 3),
        4,
        "ResNeXt-50 (32 × 4d)",
        "After Xie, Girshick, Dollár, Tu & He 2017, arXiv:1611.05431: 32 paths of four channels in every block, as "
        "groups of one convolution. Published: 25.0 M weights, 4.2 · 10⁹ multiply-adds, top-1 error 22.2 %.",
    ),
    "senet50": partial(
        resnet,
        partial(bottleneck, weighed=True),
        (3, 4, 6, 3),
        4,
        "SE-ResNet-50",
        "After Hu, Shen & Sun 2018, arXiv:1709.01507: each block of ResNet-50 weighs its channels by what the whole "
        "picture shows. Published: 28.1 M weights, 3.87 · 10⁹ multiply-adds, top-1 error 23.3 %, top-5 error 6.6 %.",
    ),
}
