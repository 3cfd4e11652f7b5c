import pytest
import torch

from nodes.activation import (
    ELU,
    GLU,
    Hardtanh,
    Identity,
    LeakyReLU,
    Maxout,
    PReLU,
    ReLU,
    ReLU6,
    Sigmoid,
    Softmax,
    Tanh,
)
from nodes.dropout import Dropout
from nodes.spec.fixes import insert, set_to
from nodes.spec.node_type import NodeType
from nodes.spec.settings import SettingError
from nodes.spec.shapes import Shape, ShapeError
from runtime.compile import build_node
from tests.nodes.mended import fixes_of, mended, refusal


@pytest.mark.parametrize(
    "settings", [ReLU(), LeakyReLU(), ELU(), ReLU6(), Sigmoid(), Tanh(), Softmax(), Identity(), Dropout()]
)
@pytest.mark.parametrize("x", [Shape(10), Shape("L", 64), Shape(6, "H", 28)], ids=str)
def test_the_shape_stays(settings: NodeType, x: Shape) -> None:
    assert settings.shape(x) == x
    assert settings.weights(x) == {}


def test_sigmoid_of_the_lectures() -> None:
    assert build_node(Sigmoid(), Shape(1))(torch.ones(1, 1)).item() == pytest.approx(0.73, abs=0.005)


def test_softmax_of_the_lectures() -> None:
    scores = torch.tensor([[3.2, 5.1, -1.7]])
    assert build_node(Softmax(), Shape(3))(scores)[0].tolist() == pytest.approx([0.13, 0.87, 0.00], abs=0.005)


@pytest.mark.parametrize(
    ("x", "dim", "source"),
    [
        (Shape(10), "C", "nn.Softmax(dim=1)"),
        (Shape(20, 65), "C", "nn.Softmax(dim=2)"),
        (Shape(20, 65), "L", "nn.Softmax(dim=1)"),
        (Shape(21, 8, 8), "C", "nn.Softmax(dim=1)"),
        (Shape(21, 8, 8), "W", "nn.Softmax(dim=3)"),
    ],
    ids=str,
)
def test_softmax_names_its_axis(x: Shape, dim: str, source: str) -> None:
    assert Softmax(dim).module(x) == source


def test_softmax_over_an_axis_that_is_not_there() -> None:
    with pytest.raises(ShapeError, match="Set dim to L or C") as refused:
        Softmax("H").shape(Shape(20, 65))
    assert refused.value.parameter == "dim"


def test_indices_are_refused() -> None:
    with pytest.raises(ShapeError, match="Put an Embedding before it"):
        ReLU().shape(Shape(20, axes="L", values="index"))


def test_settings_that_differ_are_written() -> None:
    assert ReLU().module(Shape(10)) == "nn.ReLU()"
    assert ReLU(inplace=True).module(Shape(10)) == "nn.ReLU(inplace=True)"
    assert LeakyReLU(negative_slope=0.1).module(Shape(10)) == "nn.LeakyReLU(negative_slope=0.1)"


def test_dropout_is_a_share() -> None:
    with pytest.raises(SettingError, match="from 0 to 1"):
        Dropout(p=1.5)
    assert Dropout().summary() == "Dropout 0.5"


def test_glu_halves_its_axis() -> None:
    assert GLU().shape(Shape(20, 8, 8)) == (10, 8, 8)
    assert GLU("H").shape(Shape(20, 8, 8)) == (20, 4, 8)
    with pytest.raises(ShapeError, match=r"even size along C, got 21\. Give the layer before it 22 or 20"):
        GLU().shape(Shape(21, 8, 8))


def test_hardtanh_wants_its_limits_in_order() -> None:
    with pytest.raises(ShapeError, match="Set max_val above 2"):
        Hardtanh(min_val=2.0).shape(Shape(3))


def test_slopes_that_are_learned() -> None:
    assert PReLU().weights(Shape(64, 8, 8)) == {"weight": (1,)}
    assert PReLU().module(Shape(64, 8, 8)) == "nn.PReLU()"
    assert PReLU("channels", init=0.1).module(Shape(64, 8, 8)) == "nn.PReLU(64, init=0.1)"
    assert fixes_of(PReLU("channels"), Shape(20, 64)) == (set_to(num_parameters="1"), insert("permute", order="CL"))


def test_maxout_of_two_linear_pieces() -> None:
    layer = Maxout(pieces=2, out_features=1)
    assert layer.weights(Shape(2)) == {"weight": (2, 2), "bias": (2,)}
    module = build_node(layer, Shape(2))
    module.get_parameter("layer.weight").data = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    module.get_parameter("layer.bias").data = torch.tensor([0.0, 0.5])
    # max(w1ᵀx + b1, w2ᵀx + b2)
    assert module(torch.tensor([[3.0, 2.0], [1.0, 4.0]])).tolist() == [[3.0], [4.5]]


def test_maxout_over_groups_of_channels() -> None:
    layer = Maxout("channels", pieces=2)
    module = build_node(layer, Shape(4, 1, 1))
    assert module(torch.tensor([1.0, 5.0, 7.0, 2.0]).reshape(1, 4, 1, 1)).flatten().tolist() == [5, 7]
    assert layer.shape(Shape("L", 64)) == Shape("L", 32)
    assert layer.multiply_adds(Shape(4, 8, 8)) == 0


def test_channels_that_maxout_cannot_split() -> None:
    layer = Maxout("channels", pieces=4)
    assert refusal(layer, Shape(6, 8, 8)).remedy == "Set pieces to 3, or give the layer before it 8 channels."
    assert mended(layer, fixes_of(layer, Shape(6, 8, 8))[0]).shape(Shape(6, 8, 8)) == (2, 8, 8)
    assert fixes_of(Maxout(), Shape(6, 8, 8)) == (insert("flatten"), set_to(over="channels"))


def test_operations_by_kind() -> None:
    assert ReLU().operations(Shape(6, 28, 28)) == {"compare": 4704}
    assert Sigmoid().operations(Shape(10)) == {"exp": 10, "add": 10, "multiply": 10}
