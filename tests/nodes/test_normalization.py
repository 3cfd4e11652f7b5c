import pytest
import torch

from nodes.normalization import (
    BatchNorm1d,
    BatchNorm2d,
    BatchNorm3d,
    GroupNorm,
    InstanceNorm2d,
    L2Normalize,
    LayerNorm,
    LocalResponseNorm,
    RMSNorm,
)
from nodes.spec.fixes import insert, replace_by, set_to
from nodes.spec.shapes import Shape, ShapeError
from runtime.compile import build_node
from tests.nodes.mended import fixes_of, mended, refusal


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


def test_another_kind_of_value() -> None:
    assert fixes_of(BatchNorm1d(), Shape(6, 8, 8)) == (replace_by("batch_norm2d"),)
    assert fixes_of(BatchNorm3d(), Shape(6)) == (replace_by("batch_norm1d"),)
    assert fixes_of(InstanceNorm2d(), Shape(6, 2, 8, 8)) == (replace_by("instance_norm3d"),)
    assert fixes_of(BatchNorm1d(), Shape(20, 64)) == (insert("permute", order="CL"),)


def test_groups_that_fit() -> None:
    layer = GroupNorm(num_groups=4)
    assert mended(layer, fixes_of(layer, Shape(10, 8, 8))[0]) == GroupNorm(num_groups=2)


def test_layer_normalization_of_the_last_axes() -> None:
    assert LayerNorm().weights(Shape("L", 64)) == {"weight": (64,), "bias": (64,)}
    assert LayerNorm(normalized_axes=3).module(Shape(6, 8, 9)) == "nn.LayerNorm([6, 8, 9])"
    assert RMSNorm().weights(Shape("L", 64)) == {"weight": (64,)}
    assert fixes_of(LayerNorm(normalized_axes=2), Shape(64)) == (set_to(normalized_axes=1),)
    assert refusal(LayerNorm(), Shape(6, "H", "W")).kind == "unknown"


def test_layer_normalization_gives_mean_0_and_variance_1() -> None:
    given = torch.tensor([[1.0, 2.0, 3.0, 6.0]])
    normalised = build_node(LayerNorm(), Shape(4))(given)
    assert normalised.mean().item() == pytest.approx(0, abs=1e-6)
    assert normalised.var(unbiased=False).item() == pytest.approx(1, abs=1e-4)


def test_one_position_has_no_variance() -> None:
    refused = refusal(InstanceNorm2d(), Shape(64, 1, 1))
    assert refused.kind == "shrinks"
    assert refused.fixes == (replace_by("layer_norm", normalized_axes=3),)


def test_length_one() -> None:
    assert build_node(L2Normalize(), Shape(2))(torch.tensor([[3.0, 4.0]])).tolist() == [
        [pytest.approx(0.6), pytest.approx(0.8)]
    ]
    assert L2Normalize("L").expression("", "x", inputs=(Shape(5, 8),)) == "F.normalize(x, dim=1)"


@pytest.mark.parametrize(
    ("settings", "shape"),
    [(BatchNorm2d(bias=False), Shape(4, 8, 8)), (GroupNorm(2, bias=False), Shape(4, 8, 8))],
)
def test_a_normalization_can_scale_without_a_shift(settings, shape):
    assert settings.weights(shape) == {"weight": Shape(4)}
    assert settings.module(shape).startswith("without_bias(nn.")
    assert [name for name, _ in build_node(settings, shape).named_parameters()] == ["layer.weight"]
