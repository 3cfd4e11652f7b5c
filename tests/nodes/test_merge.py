import pytest
import torch

from nodes.merge import Add, Average, Concat, Divide, Maximum, Minimum, Multiply, Stack, Subtract
from nodes.merge_matmul import MatMul
from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import as_size
from runtime.compile import build_node

IMAGE = Shape(64, 56, 56)


def test_a_residual_link_adds_equal_shapes() -> None:
    assert Add().shape(IMAGE, IMAGE) == IMAGE
    assert Add().expression("", "a", "b", "c") == "a + b + c"


def test_unequal_channels_are_refused_with_the_usual_remedy() -> None:
    with pytest.raises(ShapeError, match=r"cannot add 64 and 256 along C.*1 × 1 convolution") as refused:
        Add().shape(IMAGE, Shape(256, 56, 56))
    assert refused.value.port == "x2"


def test_an_axis_of_one_is_repeated_and_that_is_said() -> None:
    assert Add().shape(IMAGE, Shape(64, 1, 1)) == IMAGE
    assert Add().remarks(IMAGE, Shape(64, 1, 1)) == ("Input x2 (64 × 1 × 1) is repeated to 64 × 56 × 56.",)
    assert Add().remarks(IMAGE, IMAGE) == ()


def test_branches_over_the_same_unknown_agree() -> None:
    assert Add().shape(Shape(6, "H", "W"), Shape(6, "H", "W")) == Shape(6, "H", "W")
    with pytest.raises(ShapeError, match="cannot add H and H − 2 along H"):
        Add().shape(Shape(6, "H", 8), Shape(6, as_size("H") - 2, 8))


def test_inception_module_of_the_lectures() -> None:
    branches = (Shape(128, 28, 28), Shape(192, 28, 28), Shape(96, 28, 28), Shape(256, 28, 28))
    assert Concat().shape(*branches) == (672, 28, 28)


def test_concat_names_its_axis() -> None:
    inputs = (Shape(5, 8), Shape("L", 8))
    assert Concat("L").shape(*inputs) == (as_size("L") + 5, 8)
    assert Concat("L").expression("", "a", "b", inputs=inputs) == "torch.cat([a, b], dim=1)"
    assert Concat("C").expression("", "a", "b", inputs=inputs) == "torch.cat([a, b], dim=2)"


def test_concat_computes_side_by_side() -> None:
    module = build_node(Concat(), Shape(1), Shape(2))
    assert module(torch.ones(1, 1), torch.zeros(1, 2)).tolist() == [[1, 0, 0]]


def test_other_axes_have_to_agree() -> None:
    with pytest.raises(ShapeError, match="the same H everywhere, got 28 and 14"):
        Concat().shape(Shape(64, 28, 28), Shape(64, 14, 14))


def test_different_kinds_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"one kind, got an image \(64 × 56 × 56\) and a vector \(64\)"):
        Add().shape(IMAGE, Shape(64))


@pytest.mark.parametrize(
    ("settings", "result"),
    [
        (Subtract(), [-3, 5]),
        (Multiply(), [10, -6]),
        (Divide(), [0.4, -1.5]),
        (Maximum(), [5, 3]),
        (Minimum(), [2, -2]),
        (Average(), [3.5, 0.5]),
    ],
)
def test_two_values_become_one_number_by_number(settings: NodeType, result: list[float]) -> None:
    module = build_node(settings, Shape(2), Shape(2))
    assert module(torch.tensor([[2.0, 3.0]]), torch.tensor([[5.0, -2.0]])).tolist() == [pytest.approx(result)]


def test_three_values_are_averaged_and_compared() -> None:
    values = [torch.tensor([[float(n)]]) for n in (1, 2, 6)]
    assert build_node(Average(), *[Shape(1)] * 3)(*values).tolist() == [[3]]
    assert build_node(Maximum(), *[Shape(1)] * 3)(*values).tolist() == [[6]]


def test_squeeze_and_excitation_scales_each_channel() -> None:
    image, factors = torch.ones(1, 2, 3, 3), torch.tensor([2.0, 5.0]).reshape(1, 2, 1, 1)
    scaled = build_node(Multiply(), Shape(2, 3, 3), Shape(2, 1, 1))(image, factors)
    assert scaled[0, :, 2, 2].tolist() == [2, 5]


def test_vectors_become_the_steps_of_a_sequence() -> None:
    assert Stack().shape(Shape(64), Shape(64), Shape(64)) == Shape(3, 64)
    assert Stack("D").shape(Shape(3, 32, 32), Shape(3, 32, 32)) == Shape(3, 2, 32, 32)
    assert Stack("C").shape(*[Shape(8, 8, axes="HW")] * 3) == Shape(3, 8, 8)


def test_attention_compares_every_step_with_every_other() -> None:
    queries, keys = Shape(20, 64), Shape(64, 20, axes="CL")
    assert MatMul().shape(queries, keys) == Shape(20, 20)
    assert MatMul().multiply_adds(queries, keys) == 20 * 20 * 64
    assert MatMul().arithmetic(queries, keys)[0].lines == ("20 · 20 · 64 = 25\u202f600",)


def test_a_matrix_times_a_vector() -> None:
    module = build_node(MatMul(), Shape(2, 3, axes="HW"), Shape(3))
    assert module(torch.arange(6.0).reshape(1, 2, 3), torch.ones(1, 3)).tolist() == [[3, 12]]


def test_the_remedy_names_the_convolution_that_mends_a_shortcut() -> None:
    with pytest.raises(ShapeError, match="Put a 1 × 1 convolution with stride 2 and 128 filters at x2"):
        Add().shape(Shape(128, 28, 28), IMAGE)
    with pytest.raises(ShapeError, match="Put a Linear with 64 outputs at x2"):
        Add().shape(Shape(64), Shape(10))
