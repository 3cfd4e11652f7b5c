import pytest
import torch
from torch import Tensor

from nodes.pooling import (
    AdaptiveAvgPool2d,
    AdaptiveMaxPool1d,
    AvgPool1d,
    AvgPool2d,
    AvgPool3d,
    GlobalAvgPool,
    GlobalMaxPool,
    LPPool2d,
    MaxPool1d,
    MaxPool2d,
    MaxPool3d,
    MaxUnpool2d,
)
from nodes.pooling_boxes import RoIAlign, RoIPool
from nodes.spec.fixes import insert, replace_by, set_to
from nodes.spec.node_type import EVERYTHING, NodeType, Window
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import as_size
from runtime.compile import build_node
from tests.nodes.mended import fixes_of, mended, refusal


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


def test_unpooling_puts_values_back_at_the_remembered_places() -> None:
    picture = square([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]])
    largest, places = build_node(MaxPool2d(return_indices=True), Shape(1, 4, 4))(picture.float())
    undo = build_node(MaxUnpool2d(), Shape(1, 2, 2), Shape(1, 2, 2, values="index"))
    assert undo(largest, places).tolist() == [[[[0, 0, 0, 0], [0, 6, 0, 8], [3, 0, 0, 0], [0, 0, 0, 4]]]]


def places(*sizes: int) -> Shape:
    return Shape(*sizes, values="index")


def test_unpooling_restores_the_size_of_another_value() -> None:
    small = MaxPool2d().shape(Shape(6, 7, 7))
    assert small == (6, 3, 3)
    assert MaxUnpool2d().shape(Shape(6, 3, 3), places(6, 3, 3)) == (6, 6, 6)
    assert MaxUnpool2d().shape(Shape(6, 3, 3), places(6, 3, 3), Shape(6, 7, 7)) == (6, 7, 7)


def test_unpooling_without_its_pooling_is_refused() -> None:
    refused = refusal(MaxUnpool2d(), Shape(6, 3, 3), Shape(6, 3, 3))
    assert (refused.kind, refused.port) == ("unpool", "indices")
    assert refused.remedy == "Wire the output “indices” of the max pooling that it undoes, with return_indices on."
    assert refusal(MaxUnpool2d(), Shape(6, 3, 3), places(6, 3, 3), Shape(6, 9, 9)).port == "size_like"
    assert refusal(MaxUnpool2d(padding=(1, 1)), Shape(6, 1, 1), places(6, 1, 1)).kind == "shrinks"


def test_signals_and_volumes() -> None:
    assert MaxPool1d((3,)).shape(Shape(6, 10, axes="CL")) == Shape(6, 3, axes="CL")
    assert MaxPool3d().shape(Shape(6, 8, 14, 14)) == (6, 4, 7, 7)
    assert AvgPool1d((4,)).module(Shape(6, 10, axes="CL")) == "nn.AvgPool1d(4)"
    assert AdaptiveMaxPool1d((5,)).shape(Shape(6, 10, axes="CL")) == Shape(6, 5, axes="CL")


def test_windows_of_a_volume_have_to_lie_within_it() -> None:
    assert refusal(AvgPool3d(padding=(1, 1, 1), kernel_size=(3, 3, 3)), Shape(1, 2, 4, 4)).kind == "shrinks"


def test_power_average_of_four_ones_is_two() -> None:
    assert build_node(LPPool2d(), Shape(1, 2, 2))(square([[1, 1], [1, 1]])).tolist() == [[[[2.0]]]]


@pytest.mark.parametrize(
    ("pool", "x"),
    [
        (MaxPool2d(), Shape(512, 1, 1)),
        (MaxPool2d((4, 4)), Shape(1, 3, 3)),
        (MaxPool2d((3, 3), padding=(2, 2)), Shape(1, 8, 8)),
        (AvgPool3d(), Shape(1, 1, 4, 4)),
    ],
    ids=str,
)
def test_every_setting_that_is_proposed_mends(pool: NodeType, x: Shape) -> None:
    assert all(mended(pool, fix).shape(x) for fix in fixes_of(pool, x))


def test_a_map_of_one_pixel_has_nothing_left_to_pool() -> None:
    assert refusal(MaxPool2d(), Shape(512, 1, 1)).kind == "shrinks"
    assert fixes_of(MaxPool2d(), Shape(512, 1, 1))[0] == set_to(ceil_mode=True)


def test_another_kind_of_value() -> None:
    assert fixes_of(MaxPool2d(), Shape(6, 10, axes="CL")) == (replace_by("max_pool1d"),)
    assert fixes_of(AdaptiveMaxPool1d(), Shape(10, 6)) == (insert("permute", order="CL"),)


def test_global_pooling_gives_a_number_for_each_map() -> None:
    picture = torch.arange(8.0).reshape(1, 2, 2, 2)
    assert build_node(GlobalAvgPool(), Shape(2, 2, 2))(picture).tolist() == [[1.5, 5.5]]
    assert build_node(GlobalMaxPool(), Shape(2, 2, 2))(picture).tolist() == [[3, 7]]
    assert GlobalAvgPool().shape(Shape(512, "H", "W")) == Shape(512)
    assert GlobalAvgPool().window(Shape(512, 7, 7)) == EVERYTHING
    assert refusal(GlobalAvgPool(), Shape(20, 64)).kind == "rank"


def test_each_box_becomes_one_image_of_the_same_size() -> None:
    assert RoIPool().shape(Shape(512, 32, 32), Shape(8, 4)) == Shape(8, 512, 7, 7, axes="LCHW")
    refused = refusal(RoIAlign(), Shape(512, 32, 32), Shape(8, 5))
    assert (refused.kind, refused.port) == ("boxes", "boxes")


def test_boxes_are_cut_out_of_their_own_picture() -> None:
    pictures = torch.arange(32.0).reshape(2, 1, 4, 4)
    boxes = torch.tensor([[[0.0, 0, 1, 1]], [[2.0, 2, 3, 3]]])
    module = build_node(RoIPool((1, 1)), Shape(1, 4, 4), Shape(1, 4))
    assert module(pictures, boxes).flatten().tolist() == [5, 31]  # the largest of 0 1 4 5, and of 26 27 30 31
