import pytest
import torch

from nodes.catalogue import find_type
from nodes.conv import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from nodes.spec.fixes import insert, replace_by, set_to
from nodes.spec.node_type import NodeType, Window
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import as_size
from runtime.compile import build_node
from tests.nodes.mended import fixes_of, mended


def count(conv: NodeType, x: Shape) -> int:
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
    assert weights.lines == ("(5·5·6 + 1) · 16 = 2\u202f416",)


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


def test_n_by_n_factors_into_rows_and_columns() -> None:
    x = Shape(64, 20, 20)
    square, column, row = (
        Conv2d(64, (7, 7), bias=False),
        Conv2d(64, (7, 1), bias=False),
        Conv2d(64, (1, 7), bias=False),
    )
    assert row.shape(column.shape(x)) == square.shape(x) == (64, 14, 14)
    assert count(column, x) + count(row, x) == 14 * 64 * 64
    assert count(square, x) == 49 * 64 * 64


def test_a_signal_and_a_volume() -> None:
    assert Conv1d(16, (5,), (2,)).shape(Shape(8, 100, axes="CL")) == Shape(16, 48, axes="CL")
    assert count(Conv1d(16, (5,)), Shape(8, 100, axes="CL")) == 5 * 8 * 16 + 16
    assert Conv3d(64, padding=(1, 1, 1)).shape(Shape(3, 16, 112, 112)) == (64, 16, 112, 112)
    assert count(Conv3d(64), Shape(3, 16, 112, 112)) == 27 * 3 * 64 + 64


def test_depthwise_is_said() -> None:
    conv = Conv2d(32, padding="same", groups=32)
    assert conv.summary() == "3×3 · 32 · pad same · depthwise"
    assert conv.arithmetic(Shape(32, 14, 14))[1].lines == (
        "(3·3·1 + 1) · 32 = 320",
        "depthwise: each filter sees one of the 32 channels",
    )


def test_sides_padded_by_different_numbers() -> None:
    conv = Conv2d(8, padding=(1, 0, 2, 0))
    assert conv.shape(Shape(3, 10, 10)) == (8, 9, 10)
    assert conv.summary() == "3×3 · 8 · pad 1+0, 2+0"
    assert conv.module(Shape(3, 10, 10)) == "nn.Conv2d(3, 8, 3)"
    assert conv.expression("self.conv", "x") == "self.conv(F.pad(x, (2, 0, 1, 0)))"
    assert conv.arithmetic(Shape(3, 10, 10))[0].lines == (
        "(10 − 3 + 1 + 0)/1 + 1 = 9",
        "(10 − 3 + 2 + 0)/1 + 1 = 10",
        "8 × 9 × 10",
    )


def test_sides_padded_with_what_is_at_the_border() -> None:
    conv = Conv1d(1, (1,), padding=(2, 1), padding_mode="reflect", bias=False)
    module = build_node(conv, Shape(1, 4, axes="CL"))
    torch.nn.init.ones_(module.get_parameter("layer.weight"))
    assert module(torch.tensor([[[1.0, 2.0, 3.0, 4.0]]])).tolist() == [[[3, 2, 1, 2, 3, 4, 3]]]


def test_sides_padded_alike_are_written_as_pytorch_does() -> None:
    assert Conv2d(8, padding=(1, 1, 2, 2)).module(Shape(3, 9, 9)) == "nn.Conv2d(3, 8, 3, padding=(1, 2))"
    assert Conv1d(8, padding=(1,)).module(Shape(3, 9, axes="CL")) == "nn.Conv1d(3, 8, 3, padding=1)"


@pytest.mark.parametrize(
    ("conv", "x"),
    [
        (Conv2d(16, (5, 7)), Shape(6, 3, 20)),
        (Conv2d(16, (5, 5), padding=(1, 0, 0, 0)), Shape(6, 3, 20)),
        (Conv1d(4, (9,), dilation=(2,)), Shape(6, 3, axes="CL")),
        (Conv2d(64, groups=3), Shape(64, 8, 8)),
        (Conv2d(10, groups=4), Shape(64, 8, 8)),
        (Conv2d(8, stride=(2, 2), padding="same"), Shape(3, 8, 8)),
        (Conv2d(8, padding=(4, 4), padding_mode="reflect"), Shape(3, 4, 4)),
        (ConvTranspose2d(8, output_padding=(1, 1)), Shape(3, 4, 4)),
        (ConvTranspose1d(8, padding=(4,)), Shape(3, 4, axes="CL")),
    ],
    ids=str,
)
def test_every_setting_that_is_proposed_mends(conv: NodeType, x: Shape) -> None:
    assert all(mended(conv, fix).shape(x) for fix in fixes_of(conv, x))


def test_fixes_of_a_large_kernel() -> None:
    assert fixes_of(Conv2d(16, (5, 5)), Shape(6, 3, 3)) == (set_to(padding=(1, 1)), set_to(kernel_size=(3, 3)))


@pytest.mark.parametrize(
    ("conv", "x", "fix"),
    [
        (Conv2d(), Shape(8, 100, axes="CL"), replace_by("conv1d")),
        (Conv1d(), Shape(8, 10, 10), replace_by("conv2d")),
        (ConvTranspose2d(), Shape(8, 4, 10, 10), replace_by("conv_transpose3d")),
        (Conv1d(), Shape(100, 8), insert("permute", order="CL")),
    ],
    ids=str,
)
def test_another_kind_of_value(conv: NodeType, x: Shape, fix: object) -> None:
    assert fixes_of(conv, x) == (fix,)


def test_what_replaces_a_convolution_exists() -> None:
    assert all(find_type(f"{family}{rank}d") for family in ("conv", "conv_transpose") for rank in (1, 2, 3))


def test_transposed_convolution_doubles_the_size() -> None:
    up = ConvTranspose2d(64, (2, 2), (2, 2))
    assert up.shape(Shape(128, 28, "W")) == (64, 56, as_size("W") * 2)
    assert count(up, Shape(128, 28, 28)) == 128 * 64 * 4 + 64
    assert up.arithmetic(Shape(128, 28, 28))[0].lines == ("(28 − 1)·2 − 2·0 + 2 = 56", "64 × 56 × 56")


def test_output_padding_meets_the_size_that_a_stride_rounded_down() -> None:
    down = Conv2d(8, stride=(2, 2), padding=(1, 1)).shape(Shape(3, 32, 32))
    assert ConvTranspose2d(3, stride=(2, 2), padding=(1, 1)).shape(down) == (3, 31, 31)
    assert ConvTranspose2d(3, stride=(2, 2), padding=(1, 1), output_padding=(1, 1)).shape(down) == (3, 32, 32)
    assert ConvTranspose3d(3, stride=(2, 2, 2)).shape(Shape(8, 2, 4, 4)) == (3, 5, 9, 9)


def test_copies_of_the_filter_are_summed_where_they_overlap() -> None:
    module = build_node(ConvTranspose1d(1, (3,), (2,), bias=False), Shape(1, 2, axes="CL"))
    module.get_parameter("layer.weight").data = torch.tensor([[[1.0, 2.0, 3.0]]])
    # 10 · (1 2 3) from the first place, 20 · (1 2 3) from the third
    assert module(torch.tensor([[[10.0, 20.0]]])).tolist() == [[[10, 20, 30 + 20, 40, 60]]]


def test_a_transposed_convolution_without_stride_sees_as_a_convolution() -> None:
    assert ConvTranspose2d(padding=(1, 1)).window(Shape(3, 8, 8)) == Window((3, 3), (1, 1), (1, 1))


def test_output_padding_as_large_as_the_stride_is_refused() -> None:
    with pytest.raises(ShapeError, match="Set output_padding to 1 or less, or stride to 3 or more") as refused:
        ConvTranspose2d(stride=(2, 2), output_padding=(2, 2)).shape(Shape(3, 8, 8))
    assert refused.value.parameter == "output_padding"


def test_padding_that_cuts_everything_off_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"of 2 pixels 0 would be left\. Set padding to 1 or less") as refused:
        ConvTranspose2d(padding=(2, 2)).shape(Shape(3, 2, 2))
    assert refused.value.kind == "shrinks"


def test_a_window_smaller_than_its_step_passes_over_the_last_row_as_over_all_between() -> None:
    assert not Conv2d(1, (1, 1), stride=(2, 2)).remarks(Shape(1, 8, 8))
    assert Conv2d(1, (2, 2), stride=(3, 3)).remarks(Shape(1, 7, 7))[0].startswith("The last 2 rows of 7")
