"""Operations by kind of layers that consist of several parts, counted by hand."""

from nodes.attention import ScaledDotProductAttention
from nodes.recurrent import GRU, LSTM, RNN
from nodes.reshape_resize import Upsample
from nodes.spec.shapes import Shape
from nodes.transformer import TransformerDecoderLayer, TransformerEncoderLayer


def test_a_transformer_layer_counts_softmax_activation_shortcuts_and_normalizations():
    """20 · 20 scores for each of 4 heads, 20 · 100 numbers between the linear layers, twice 20 · 64 around them."""
    layer = TransformerEncoderLayer(nhead=4, dim_feedforward=100, activation="gelu")
    around = 2 * 20 * 64
    assert layer.operations(Shape(20, 64)) == {
        "exp": 1600 + 2000,
        "add": 1600 + 2000 + around + 3 * around,
        "multiply": 1600 + 3 * 2000 + 3 * around,
    }


def test_relu_within_a_transformer_layer_compares():
    layer = TransformerDecoderLayer(nhead=4, dim_feedforward=100)
    told = layer.operations(Shape(20, 64), Shape(30, 64))
    assert told["compare"] == 2000
    assert told["exp"] == 4 * 20 * (20 + 30)


def test_gates_of_recurrent_layers():
    x = Shape(10, 8)
    assert RNN(4).operations(x) == {"exp": 40, "add": 80, "multiply": 40}
    assert RNN(4, nonlinearity="relu", num_layers=2).operations(x) == {"compare": 80}
    assert LSTM(4).operations(x)["exp"] == 5 * 40
    assert GRU(4, bidirectional=True).operations(x)["exp"] == 3 * 80


def test_upsampling_weighs_the_numbers_around():
    assert Upsample(mode="bilinear").operations(Shape(2, 4, 4)) == {"multiply": 4 * 128, "add": 3 * 128}
    assert Upsample().operations(Shape(2, 4, 4)) == {}
    assert Upsample(mode="area").operations(Shape(2, 4, 4)) == {"add": 32}


def test_attention_takes_a_softmax_of_all_scores():
    shapes = Shape(20, 64), Shape(30, 64), Shape(30, 32)
    assert ScaledDotProductAttention().operations(*shapes) == {"exp": 600, "add": 600, "multiply": 600}
