import pytest
import torch
from torch import Tensor

from nodes.pooling import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d
from nodes.spec.node_type import EVERYTHING, Window
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import as_size
from runtime.compile import build_node


def square(rows: list[list[float]]) -> Tensor:
    return torch.tensor([[rows]])


def test_max_of_the_lectures() -> None:
    picture = square([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]])
    assert build_node(MaxPool2d(), Shape(1, 4, 4))(picture).tolist() == [[[[6, 8], [3, 4]]]]


@pytest.mark.parametrize(("kernel", "stride", "side"), [(2, 2, 112), (3, 2, 111), (3, 3, 74)])
def test_usual_windows(kernel: int, stride: int, side: int) -> None:
    pool = MaxPool2d((kernel, kernel), (stride, stride))
    assert pool.shape(Shape(64, 224, 224)) == (64, side, side)


def test_stride_is_as_kernel_size_where_it_is_left_open() -> None:
    assert MaxPool2d((3, 2)).shape(Shape(6, 12, 12)) == (6, 4, 6)


def test_pooling_has_no_weights() -> None:
    assert MaxPool2d().weights(Shape(6, 28, 28)) == {}


def test_ceil_mode_lets_the_last_window_hang_over() -> None:
    assert MaxPool2d((3, 3), (2, 2)).shape(Shape(1, 6, 6)) == (1, 2, 2)
    assert MaxPool2d((3, 3), (2, 2), ceil_mode=True).shape(Shape(1, 6, 6)) == (1, 3, 3)


def test_ceil_mode_leaves_out_a_window_that_would_begin_in_the_padding() -> None:
    pool = AvgPool2d((2, 2), (2, 2), (1, 1), ceil_mode=True)
    assert pool.shape(Shape(1, 5, 5)) == (1, 3, 3)


def test_a_remainder_is_said() -> None:
    [row, column] = MaxPool2d().remarks(Shape(6, 7, 7))
    assert row.startswith("The last row of 7 is never reached: (7 − 2 + 0)/2 leaves 1.")
    assert "column" in column


def test_arithmetic_reads_as_in_the_lectures() -> None:
    [size] = MaxPool2d().arithmetic(Shape(6, 28, 28))
    assert size.lines == ("(28 − 2 + 2·0)/2 + 1 = 14", "6 × 14 × 14")


def test_indices_are_a_second_output() -> None:
    pool = MaxPool2d(return_indices=True)
    assert pool.outputs() == ("output", "indices")
    outputs = pool.shape(Shape(6, 28, 28))
    assert outputs == {"output": Shape(6, 14, 14), "indices": Shape(6, 14, 14, values="index")}


def test_padding_above_half_of_the_window_is_refused() -> None:
    with pytest.raises(ShapeError, match="Set padding to 1 or less, or kernel size to 4 or more") as refused:
        MaxPool2d((3, 3), padding=(2, 2)).shape(Shape(1, 8, 8))
    assert refused.value.parameter == "padding"


def test_a_window_larger_than_its_input_is_refused() -> None:
    with pytest.raises(
        ShapeError, match=r"The 4-pixel window is larger than its 3-pixel input\. Set kernel size to 3"
    ):
        MaxPool2d((4, 4)).shape(Shape(1, 3, 3))


def test_pooling_wants_an_image() -> None:
    with pytest.raises(ShapeError, match="expects an image"):
        AvgPool2d().shape(Shape(400))


def test_unknown_sides_flow_through() -> None:
    height = as_size("H")
    assert MaxPool2d().shape(Shape(6, "H", 28)) == (6, (height - 2) // 2 + 1, 14)


def test_global_average_pooling_sees_everything() -> None:
    assert AdaptiveAvgPool2d().shape(Shape(512, "H", "W")) == (512, 1, 1)
    assert AdaptiveAvgPool2d().window(Shape(512, 7, 7)) == EVERYTHING


def test_adaptive_parts_left_open_stay() -> None:
    pool = AdaptiveAvgPool2d((None, 4))
    assert pool.shape(Shape(8, "H", 12)) == (8, as_size("H"), 4)
    assert pool.window(Shape(8, "H", 12)) == Window((1, 3), (1, 3), (0, 0))


def test_summaries() -> None:
    assert MaxPool2d().summary() == "max 2×2 · stride 2"
    assert AvgPool2d((3, 3), (1, 2), (1, 1)).summary() == "avg 3×3 · stride 1×2 · pad 1"
    assert AdaptiveAvgPool2d((None, 4)).summary() == "average to …×4"
