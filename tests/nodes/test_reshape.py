import pytest

from nodes.reshape import Flatten
from nodes.reshape_parts import SelectLast
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import as_size


def test_lenet_flattens_to_400() -> None:
    assert Flatten().shape(Shape(16, 5, 5)) == Shape(400)
    assert Flatten().module(Shape(16, 5, 5)) == "nn.Flatten()"


def test_unknown_sides_are_multiplied() -> None:
    assert Flatten().shape(Shape(2, "H", "W")) == (as_size("H") * as_size("W") * 2,)


@pytest.mark.parametrize(
    ("start", "end", "shape"),
    [
        (2, -1, Shape(16, 25, axes="CL")),
        (1, 2, Shape(80, 5, axes="CL")),
        (1, -2, Shape(80, 5, axes="CL")),
        (2, 2, Shape(16, 5, 5)),
    ],
)
def test_some_axes_become_one(start: int, end: int, shape: Shape) -> None:
    assert Flatten(start, end).shape(Shape(16, 5, 5)) == shape


def test_dims_that_are_not_there() -> None:
    with pytest.raises(
        ShapeError, match=r"start_dim 4 is no axis of an image .* Set start_dim to a number from 1 to 3"
    ):
        Flatten(4).shape(Shape(16, 5, 5))
    with pytest.raises(ShapeError, match="end_dim 1 lies before start_dim 2"):
        Flatten(2, 1).shape(Shape(16, 5, 5))


def test_the_last_step_of_a_sequence() -> None:
    assert SelectLast().shape(Shape("L", 64)) == Shape(64)
    assert SelectLast().expression("", "x") == "x[:, -1]"


def test_an_image_has_no_last_step() -> None:
    with pytest.raises(ShapeError, match="expects a sequence"):
        SelectLast().shape(Shape(16, 5, 5))
