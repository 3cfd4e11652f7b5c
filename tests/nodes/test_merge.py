import pytest
import torch

from nodes.merge import Add, Concat
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
