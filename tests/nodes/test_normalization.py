import pytest

from nodes.normalization import BatchNorm1d, BatchNorm2d, GroupNorm, LocalResponseNorm
from nodes.spec.shapes import Shape, ShapeError


def test_a_scale_and_a_shift_for_each_channel() -> None:
    assert BatchNorm2d().weights(Shape(64, 112, 112)) == {"weight": (64,), "bias": (64,)}
    assert BatchNorm2d(affine=False).weights(Shape(64, 112, 112)) == {}


def test_running_averages_are_buffers() -> None:
    buffers = BatchNorm1d().buffers(Shape(120))
    assert buffers == {"running_mean": (120,), "running_var": (120,), "num_batches_tracked": ()}
    assert BatchNorm1d(track_running_stats=False).buffers(Shape(120)) == {}


def test_sides_may_be_unknown_but_channels_may_not() -> None:
    assert BatchNorm2d().shape(Shape(64, "H", "W")) == Shape(64, "H", "W")
    with pytest.raises(ShapeError, match="needs to know its number of channels, which is K"):
        BatchNorm2d().shape(Shape("K", 8, 8))


def test_momentum_may_be_left_open() -> None:
    assert BatchNorm2d(momentum=None).module(Shape(6, 8, 8)) == "nn.BatchNorm2d(6, momentum=None)"


def test_an_image_belongs_to_batch_norm_2d() -> None:
    with pytest.raises(ShapeError, match="Use BatchNorm2d instead"):
        BatchNorm1d().shape(Shape(6, 8, 8))
    with pytest.raises(ShapeError, match=r"expects a vector \(C\) or a signal \(C × L\), got a sequence"):
        BatchNorm1d().shape(Shape(20, 64))


def test_channels_that_cannot_be_split_are_told_what_fits() -> None:
    with pytest.raises(ShapeError, match=r"10 channels cannot be split into 4 groups\. Set num_groups to 2"):
        GroupNorm(num_groups=4).shape(Shape(10, 8, 8))


def test_local_response_normalization_of_alexnet() -> None:
    layer = LocalResponseNorm(size=5, alpha=1e-4, beta=0.75, k=2.0)
    assert layer.shape(Shape(96, 27, 27)) == (96, 27, 27)
    assert layer.module(Shape(96, 27, 27)) == "nn.LocalResponseNorm(5, k=2.0)"
    with pytest.raises(ShapeError, match="such as an image, got a vector"):
        layer.shape(Shape(10))
