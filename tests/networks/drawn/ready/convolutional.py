"""Ready blocks of convolutions in a row."""

from __future__ import annotations

from nodes.activation import ReLU6
from nodes.block import Block
from nodes.conv import ConvTranspose2d
from nodes.merge import Add, Concat
from nodes.normalization import BatchNorm2d
from nodes.pooling import AvgPool2d, MaxPool2d
from nodes.visual_attention import SqueezeExcitation
from tests.networks.drawn.ready.parts import SIDE, bn_conv, conv, conv_bn, fed, maps, relu_conv
from tests.networks.drawn.sketch import Sketch

Ready = tuple[str, Block, str]


def conv_bn_relu() -> Ready:
    return (
        "Conv-BN-ReLU",
        conv_bn(fed(3), 1, conv(64, 3)).block("ConvBnRelu"),
        "The unit of nearly every network since 2015: a convolution without bias, since batch normalisation takes "
        "away any mean it would add, then normalisation and ReLU. Ioffe & Szegedy 2015, arXiv:1502.03167.",
    )


def mlpconv() -> Ready:
    sketch = fed(3)
    for name, channels, kernel in (("conv1", 192, 5), ("mlp1", 160, 1), ("mlp2", 96, 1)):
        relu_conv(sketch, name, channels, kernel)
    return (
        "NiN (mlpconv)",
        sketch.block("MlpConv"),
        "A small perceptron slides over the image in the place of a linear filter: after the convolution two 1 × 1 "
        "convolutions mix the channels of each pixel. Lin, Chen & Yan 2014, arXiv:1312.4400.",
    )


def depthwise_separable() -> Ready:
    sketch = conv_bn(fed(32), 1, conv(32, 3, groups=32))
    return (
        "Depthwise separable",
        conv_bn(sketch, 2, conv(64, 1)).block("DepthwiseSeparable"),
        "A 3 × 3 filter for each channel by itself, then a 1 × 1 convolution that mixes them: eight to nine times "
        "fewer multiply-adds than a full 3 × 3. Howard et al. 2017 (MobileNet), arXiv:1704.04861.",
    )


def inverted_residual() -> Ready:
    sketch = fed(24).then(conv1=conv(144, 1), bn1=BatchNorm2d(), relu1=ReLU6(inplace=True))
    sketch.then(conv2=conv(144, 3, groups=144), bn2=BatchNorm2d(), relu2=ReLU6(inplace=True))
    sketch.then(conv3=conv(24, 1), bn3=BatchNorm2d())
    return (
        "Inverted residual",
        sketch.put("add", Add(), sketch.end, "features").block("InvertedResidual"),
        "Wide inside, narrow outside: a 1 × 1 convolution widens six times, a depthwise 3 × 3 filters, a 1 × 1 "
        "narrows again without ReLU, and the shortcut joins the narrow ends. Sandler et al. 2018 (MobileNetV2), "
        "arXiv:1801.04381.",
    )


def squeeze_excitation() -> Ready:
    return (
        "Squeeze-and-excitation",
        fed(64).then(se=SqueezeExcitation(squeeze_channels=4)).block("SqueezeExcite"),
        "Each channel is averaged to one number, two small layers decide from all of them how much each channel "
        "counts here, and the maps are weighted by it. Hu, Shen & Sun 2018, arXiv:1709.01507, with reduction 16.",
    )


def dense_layer() -> Ready:
    return (
        "Dense layer",
        _dense(64, 32),
        "Normalisation and ReLU before a 1 × 1 convolution to four times the growth rate and a 3 × 3 to the growth "
        "rate (here 32), joined to what arrived: each layer sees all that came before. Huang, Liu, van der Maaten & "
        "Weinberger 2017 (DenseNet), arXiv:1608.06993.",
    )


def dense_block() -> Ready:
    sketch = fed(64)
    for number in range(1, 5):
        sketch.then(**{f"layer{number}": _dense(64, 32)})
    return (
        "Dense block",
        sketch.block("DenseBlock"),
        "Four dense layers with growth rate 32: 128 channels more than arrive. The layers are blocks that are alike; "
        "enter one to change it, or all. Huang et al. 2017 (DenseNet), arXiv:1608.06993.",
    )


def _dense(channels: int, growth: int) -> Block:
    sketch = bn_conv(bn_conv(fed(channels), 1, conv(4 * growth, 1)), 2, conv(growth, 3))
    return sketch.put("concat", Concat(), "features", sketch.end).block("DenseLayer")


def transition() -> Ready:
    sketch = bn_conv(fed(64), 1, conv(32, 1)).then(pool=AvgPool2d((2, 2)))
    return (
        "Dense transition",
        sketch.block("Transition"),
        "Between dense blocks: a 1 × 1 convolution to half the channels and 2 × 2 average pooling. Huang et al. 2017 "
        "(DenseNet), arXiv:1608.06993, compression 0.5.",
    )


def unet_down() -> Ready:
    sketch = fed(64).then(pool=MaxPool2d((2, 2)))
    for number in (1, 2):
        conv_bn(sketch, number, conv(128, 3))
    return (
        "U-Net step down",
        sketch.block("UNetDown"),
        "Half the size, twice the channels: pooling and two 3 × 3 convolutions, padded here so that sizes meet on "
        "the way up. Link what arrives also to the skip of the step up of the same size. Ronneberger, Fischer & Brox "
        "2015, arXiv:1505.04597.",
    )


def unet_up() -> Ready:
    sketch = Sketch(features=maps(128, SIDE // 2), skip=maps(64))
    sketch.then(up=ConvTranspose2d(64, (2, 2), (2, 2))).put("concat", Concat(), "skip", "up")
    for number in (1, 2):
        conv_bn(sketch, number, conv(64, 3))
    return (
        "U-Net step up",
        sketch.block("UNetUp"),
        "Twice the size, half the channels: a transposed convolution, joined to the maps of the same size from the "
        "way down (skip), and two 3 × 3 convolutions. Ronneberger, Fischer & Brox 2015, arXiv:1505.04597.",
    )


def fire() -> Ready:
    sketch = relu_conv(fed(96), "squeeze", 16)
    relu_conv(sketch.at("squeeze_relu"), "expand1", 64)
    relu_conv(sketch.at("squeeze_relu"), "expand3", 64, 3)
    return (
        "Fire module",
        sketch.put("concat", Concat(), "expand1_relu", "expand3_relu").block("Fire"),
        "A 1 × 1 convolution squeezes to few channels, then 1 × 1 and 3 × 3 convolutions expand side by side: few "
        "weights, because the 3 × 3 sees few channels. Iandola et al. 2016 (SqueezeNet), arXiv:1602.07360.",
    )


DRAWINGS = {
    "conv_bn_relu": conv_bn_relu,
    "mlpconv": mlpconv,
    "depthwise_separable": depthwise_separable,
    "inverted_residual": inverted_residual,
    "squeeze_excite": squeeze_excitation,
    "dense_layer": dense_layer,
    "dense_block": dense_block,
    "transition": transition,
    "fire": fire,
    "unet_down": unet_down,
    "unet_up": unet_up,
}
