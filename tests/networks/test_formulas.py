"""The weights of example networks, worked out layer by layer as one would on paper."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest

from nodes.graph.infer import infer
from tests.networks.drawn import DRAWINGS


def conv(arriving: int, channels: int, kernel: int = 3, *, bias: bool = True) -> int:
    """Filters of kernel × kernel over all that arrives, and an offset each. A transposed one has as many."""
    return channels * (kernel * kernel * arriving + bias)


def linear(arriving: int, features: int) -> int:
    return features * (arriving + 1)


def lstm(arriving: int, state: int) -> int:
    """Four gates, each with weights for the input and for the state, and PyTorch's two offsets."""
    return 4 * state * (arriving + state + 2)


def normed(arriving: int, channels: int, kernel: int = 3) -> int:
    """A convolution without offsets, and batch normalisation with scale and shift."""
    return conv(arriving, channels, kernel, bias=False) + 2 * channels


def basic_stages(counts: Sequence[int], *, projected: bool) -> int:
    """Blocks of two 3 × 3 convolutions with 64, 128, 256 and 512 channels; 1 × 1 where the channels change."""
    weights, arriving = 0, 64
    for channels, count in zip((64, 128, 256, 512), counts, strict=True):
        weights += normed(arriving, channels) + (2 * count - 1) * normed(channels, channels)
        weights += normed(arriving, channels, 1) if projected and arriving != channels else 0
        arriving = channels
    return weights


def fractal(columns: int, channels: Sequence[int], classes: int) -> int:
    """2 ^ columns − 1 convolutions a block, of which the first of each column takes what arrives."""
    weights, arriving = linear(channels[-1], classes), 3
    for wide in channels:
        weights += columns * normed(arriving, wide) + (2**columns - 1 - columns) * normed(wide, wide)
        arriving = wide
    return weights


VGG16 = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
FRACTAL = (64, 128, 256, 512, 512)
STEM = normed(3, 64, 7)
TRUNK = STEM + basic_stages((2, 2, 2, 2), projected=True)  # ResNet-18 up to its averages
ENCODER = conv(1, 16) + conv(16, 32)
DECODER = linear(8, 128) + conv(32, 16, 4) + conv(16, 1, 4)


def vgg16_convolutions() -> int:
    weights, arriving = 0, 3
    for channels, count in VGG16:
        weights += conv(arriving, channels) + (count - 1) * conv(channels, channels)
        arriving = channels
    return weights


def yolo() -> int:
    """Eight convolutions, of which six halve 448 px to 7, and one layer to 7 · 7 · 30 numbers."""
    channels = (3, 16, 32, 64, 128, 256, 512, 1024, 256)
    trunk = sum(normed(arriving, wide) for arriving, wide in pairwise(channels))
    return trunk + linear(7 * 7 * 256, 7 * 7 * 30)


FORMULAS = {
    "lenet5": conv(1, 6, 5) + conv(6, 16, 5) + linear(400, 120) + linear(120, 84) + linear(84, 10),
    "alexnet": conv(3, 96, 11) + conv(48, 256, 5) + conv(256, 384) + conv(192, 384) + conv(192, 256)
    + linear(9216, 4096) + linear(4096, 4096) + linear(4096, 1000),
    "alexnet_one_tower": conv(3, 64, 11) + conv(64, 192, 5) + conv(192, 384) + conv(384, 256) + conv(256, 256)
    + linear(9216, 4096) + linear(4096, 4096) + linear(4096, 1000),
    "plain34": STEM + basic_stages((3, 4, 6, 3), projected=False) + linear(512, 1000),
    "resnet34": STEM + basic_stages((3, 4, 6, 3), projected=True) + linear(512, 1000),
    "fractalnet": fractal(3, FRACTAL, 10),
    "fcn8s": vgg16_convolutions() + conv(512, 4096, 7) + conv(4096, 4096, 1)
    + conv(4096, 21, 1) + conv(512, 21, 1) + conv(256, 21, 1) + 21 * 21 * (4 * 4 + 4 * 4 + 16 * 16),
    "classify_and_locate": TRUNK + linear(512, 1000) + linear(512, 256) + linear(256, 4),
    "grid_detector": yolo(),
    "sentiment": 10_000 * 64 + lstm(64, 64) + linear(64, 2),
    "seq2seq": 2 * 8_000 * 128 + 2 * lstm(128, 256) + linear(256, 8_000),
    "captioning": TRUNK + 2 * linear(512, 256) + 5_000 * 128 + lstm(128, 256) + linear(256, 5_000),
    "spatial_transformer": conv(1, 8) + linear(4 * 4 * 8, 32) + linear(32, 6)
    + conv(1, 16) + conv(16, 32) + linear(4 * 4 * 32, 10),
    "autoencoder": ENCODER + linear(128, 8) + DECODER,
    "denoising_autoencoder": ENCODER + linear(128, 8) + DECODER,
    "vae": ENCODER + 2 * linear(128, 8) + DECODER,
}  # fmt: skip


@pytest.mark.parametrize(("name", "weights"), FORMULAS.items())
def test_as_many_weights_as_worked_out(name: str, weights: int) -> None:
    assert infer(DRAWINGS[name]().graph).totals.weights == weights


@pytest.mark.parametrize(("name", "millions"), [("alexnet", 60), ("fcn8s", 134), ("lenet5", 0.06), ("seq2seq", 4.9)])
def test_the_count_is_about_what_the_note_says(name: str, millions: float) -> None:
    """Of AlexNet the paper says 60 million; counted are 61.0, and of torchvision's single tower 61.1."""
    assert FORMULAS[name] == pytest.approx(millions * 1e6, rel=0.03)


def test_lenet_has_1_706_weights_more_than_the_60_000_of_the_paper() -> None:
    """C3 sees only some of the maps of S2 there (1 516), each pooled map has a factor and an offset, and the last
    layer is not learned."""
    paper = conv(1, 6, 5) + 2 * 6 + 1_516 + 2 * 16 + linear(400, 120) + linear(120, 84)
    assert paper == 60_000
    assert FORMULAS["lenet5"] - paper == (conv(6, 16, 5) - 1_516) - 44 + linear(84, 10) == 900 - 44 + 850


@pytest.mark.parametrize(("columns", "millions"), [(1, 0.3), (2, 0.8), (3, 2.1), (4, 4.8), (5, 10.2), (6, 21.1)])
def test_a_fractal_has_as_many_weights_as_table_3_of_the_paper(columns: int, millions: float) -> None:
    """Larsson et al. 2017: 5 to 160 layers with 16, 32, 64, 128 and 128 channels, for CIFAR-100."""
    weights = fractal(columns, [channels // 4 for channels in FRACTAL], 100)
    assert round(weights / 1e6, 1) == millions


def test_table_1_of_the_fractal_paper_counts_what_its_rule_does_not() -> None:
    """38.6 M where seven convolutions a block keep its channels, and 1 × 1 ones widen before blocks 2, 3 and 4."""
    kept = sum(7 * normed(channels, channels) for channels in FRACTAL)
    widened = normed(3, 64, 1) + sum(normed(narrow, 2 * narrow, 1) for narrow in FRACTAL[:3])
    assert round((kept + widened + linear(512, 10)) / 1e6, 1) == 38.6
    assert round(FORMULAS["fractalnet"] / 1e6, 1) == 33.7
