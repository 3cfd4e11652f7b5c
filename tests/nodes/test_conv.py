import pytest

from nodes.conv import Conv2d
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import as_size


def count(conv: Conv2d, x: Shape) -> int:
    return sum(weight.known_numel for weight in conv.weights(x).values())


def test_ten_5x5_filters_with_padding_keep_the_size() -> None:
    conv = Conv2d(10, (5, 5), padding=(2, 2))
    assert conv.shape(Shape(3, 32, 32)) == (10, 32, 32)
    assert count(conv, Shape(3, 32, 32)) == 760


def test_first_layer_of_alexnet() -> None:
    conv = Conv2d(96, (11, 11), (4, 4))
    assert conv.shape(Shape(3, 227, 227)) == (96, 55, 55)
    assert count(conv, Shape(3, 227, 227)) == 34_944


@pytest.mark.parametrize(("stride", "side"), [(1, 5), (2, 3), (3, 2)])
def test_3x3_over_7x7(stride: int, side: int) -> None:
    assert Conv2d(1, stride=(stride, stride)).shape(Shape(1, 7, 7)) == (1, side, side)


def test_stride_3_does_not_fit_7x7_and_that_is_said() -> None:
    remark = Conv2d(1, stride=(3, 3)).remarks(Shape(1, 7, 7))[0]
    assert remark == ("The last row of 7 is never reached: (7 − 3 + 0)/3 leaves 1. An input of 6 or 9 would fit.")


def test_two_layers_shrink_a_picture() -> None:
    first = Conv2d(6, (5, 5)).shape(Shape(3, 32, 32))
    assert first == (6, 28, 28)
    assert Conv2d(10, (5, 5)).shape(first) == (10, 24, 24)


def test_1x1_filters_halve_the_channels() -> None:
    assert Conv2d(32, (1, 1)).shape(Shape(64, 56, 56)) == (32, 56, 56)


@pytest.mark.parametrize("kernel", [1, 3, 5, 7])
def test_same_padding_is_half_of_kernel_less_one(kernel: int) -> None:
    half = (kernel - 1) // 2
    by_number = Conv2d(8, (kernel, kernel), padding=(half, half)).shape(Shape(3, 20, 30))
    assert Conv2d(8, (kernel, kernel), padding="same").shape(Shape(3, 20, 30)) == by_number == (8, 20, 30)


def test_three_3x3_take_fewer_weights_than_one_7x7() -> None:
    x = Shape(64, 56, 56)
    assert 3 * count(Conv2d(64), x) == 3 * 64 * (3 * 3 * 64 + 1)
    assert count(Conv2d(64, (7, 7)), x) == 64 * (7 * 7 * 64 + 1)


def test_a_dense_layer_is_a_convolution_over_the_whole_input() -> None:
    conv = Conv2d(4096, (7, 7), bias=False)
    assert conv.shape(Shape(512, 7, 7)) == (4096, 1, 1)
    assert count(conv, Shape(512, 7, 7)) == 102_760_448


def test_inception_without_reduction_takes_854_million_multiply_adds() -> None:
    x = Shape(256, 28, 28)
    branches = (Conv2d(128, (1, 1)), Conv2d(192, padding="same"), Conv2d(96, (5, 5), padding="same"))
    assert round(sum(int(str(conv.multiply_adds(x))) for conv in branches) / 1e6) == 854


def test_unknown_sides_flow_through() -> None:
    height = as_size("H")
    assert Conv2d(6, (5, 5)).shape(Shape(3, "H", 32)) == (6, height - 4, 28)


def test_arithmetic_reads_as_in_the_lectures() -> None:
    size, weights = Conv2d(16, (5, 5)).arithmetic(Shape(6, 14, 14))
    assert size.lines == ("(14 − 5 + 2·0)/1 + 1 = 10", "16 × 10 × 10")
    assert weights.lines == ("(5·5·6 + 1) · 16 = 2\u2009416",)


def test_a_kernel_larger_than_its_input_is_refused() -> None:
    with pytest.raises(ShapeError) as refused:
        Conv2d(16, (5, 5)).shape(Shape(6, 3, 3))
    assert str(refused.value) == (
        "The 5-pixel kernel is larger than its 3-pixel input. Set kernel size to 3 or less, or padding to 1 or more."
    )
    assert refused.value.parameter == "kernel_size"


def test_channels_that_the_groups_do_not_divide_are_refused() -> None:
    with pytest.raises(ShapeError, match="64 input channels cannot be split into 3 groups"):
        Conv2d(64, groups=3).shape(Shape(64, 8, 8))


def test_summary() -> None:
    assert Conv2d(6, (5, 5), padding=(2, 2)).summary() == "5×5 · 6 · pad 2"
    assert Conv2d(64, (7, 7), (2, 2), "valid").summary() == "7×7 · 64 · stride 2"
