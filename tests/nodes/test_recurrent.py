import pytest
import torch

from nodes.recurrent import GRU, LSTM, RNN, Recurrent
from nodes.spec.fixes import insert
from nodes.spec.node_type import EVERYTHING
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import as_size
from runtime.compile import build_node

TEXT = Shape("L", 64)


def count(settings: Recurrent, x: Shape) -> int:
    return sum(weight.known_numel for weight in settings.weights(x).values())


@pytest.mark.parametrize(("settings", "gates"), [(RNN(128), 1), (GRU(128), 3), (LSTM(128), 4)], ids=str)
def test_weights_grow_with_the_gates(settings: Recurrent, gates: int) -> None:
    assert count(settings, TEXT) == gates * 128 * (64 + 128 + 2)
    assert settings.multiply_adds(TEXT) == as_size("L") * gates * 128 * (64 + 128)


def test_the_lectures_step_of_a_plain_rnn() -> None:
    rnn = build_node(RNN(1, bias=False), Shape(1, 1))
    for weight in rnn.parameters():
        torch.nn.init.constant_(weight, 0.5)
    output, hidden = rnn(torch.tensor([[[2.0]]]))
    assert output.item() == hidden.item() == pytest.approx(torch.tensor(0.5 * 2).tanh().item())


def test_shapes_of_a_bidirectional_stack() -> None:
    lstm = LSTM(32, num_layers=2, bidirectional=True)
    assert lstm.shape(TEXT) == {"output": (as_size("L"), 64), "hidden": (4, 32), "cell": (4, 32)}


def test_projection_shortens_output_and_hidden_but_not_the_cell() -> None:
    lstm = LSTM(32, proj_size=8)
    assert lstm.shape(TEXT) == {"output": (as_size("L"), 8), "hidden": (1, 8), "cell": (1, 32)}
    assert lstm.weights(TEXT)["weight_hr_l0"] == (8, 32)
    with pytest.raises(ShapeError, match="Set proj_size to 31 or less"):
        LSTM(32, proj_size=32).shape(TEXT)


def test_states_have_the_batch_first() -> None:
    module = build_node(LSTM(4, num_layers=3), Shape(5, 2))
    output, hidden, cell = module(torch.zeros(7, 5, 2))
    assert (output.shape, hidden.shape, cell.shape) == ((7, 5, 4), (7, 3, 4), (7, 3, 4))


def test_a_sequence_read_in_two_parts_gives_the_same() -> None:
    whole = build_node(LSTM(4), Shape(6, 2))
    parts = build_node(LSTM(4), Shape(3, 2), Shape(1, 4), Shape(1, 4))
    parts.load_state_dict(whole.state_dict())
    steps, zeros = torch.randn(2, 6, 2), torch.zeros(2, 1, 4)
    _, hidden, cell = parts(steps[:, :3], zeros, zeros)
    second, _, _ = parts(steps[:, 3:], hidden, cell)
    torch.testing.assert_close(second, whole(steps)[0][:, 3:])


def test_one_output_is_picked_without_the_rest() -> None:
    assert LSTM().picked("cell", "self.lstm1(x)") == "self.lstm1(x)[1][1].transpose(0, 1)"
    assert GRU().picked("hidden", "self.gru1(x)") == "self.gru1(x)[1].transpose(0, 1)"


def test_a_first_state_of_another_size_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"expects a first state of 2 × 32 \(layers × numbers\)") as refused:
        GRU(32, num_layers=2).shape(TEXT, Shape(1, 32))
    assert refused.value.port == "initial"


def test_an_lstm_takes_both_states_or_none() -> None:
    with pytest.raises(ShapeError, match="Connect initial_cell too, or take initial off"):
        LSTM(32).shape(TEXT, Shape(1, 32))


def test_dropout_with_one_layer_is_said_to_have_no_effect() -> None:
    assert "no effect with one layer" in LSTM(dropout=0.5).remarks(TEXT)[0]
    assert "dropout" not in LSTM(dropout=0.5).module(TEXT)
    assert LSTM(32, dropout=0.5, num_layers=2).remarks(TEXT) == ()


def test_arithmetic_and_summary() -> None:
    [weights] = LSTM(32, num_layers=3, bidirectional=True).arithmetic(TEXT)
    assert weights.lines[0] == "2 · (4 · (64 + 32 + 2) · 32) = 25\u202f088"
    assert weights.lines[2] == "and 1 more such as the second"
    assert LSTM(32, num_layers=3, bidirectional=True).summary() == "LSTM 32 · 3 layers · both ways"


def test_every_step_may_have_seen_everything() -> None:
    assert GRU().window(TEXT) == EVERYTHING


def test_an_image_is_refused() -> None:
    with pytest.raises(ShapeError, match="expects a sequence"):
        RNN().shape(Shape(16, 5, 5))


@pytest.mark.parametrize("declared", [RNN, GRU, LSTM], ids=lambda t: t.type_id)
def test_a_vector_may_be_the_first_state_of_a_single_layer(declared: type[Recurrent]) -> None:
    states = 2 if declared is LSTM else 1
    vectors = build_node(declared(4), Shape(3, 2), *[Shape(4)] * states)
    rows = build_node(declared(4), Shape(3, 2), *[Shape(1, 4)] * states)
    rows.load_state_dict(vectors.state_dict())
    steps, first = torch.randn(5, 3, 2), [torch.randn(5, 4) for _ in range(states)]
    for got, expected in zip(vectors(steps, *first), rows(steps, *(s[:, None] for s in first)), strict=True):
        assert torch.equal(got, expected)


def test_a_vector_of_another_size_is_mended_by_a_linear_layer() -> None:
    with pytest.raises(ShapeError, match=r"or a vector \(32\), got a vector \(8\)") as refused:
        RNN(32).shape(TEXT, Shape(8))
    assert refused.value.fixes == (insert("linear", port="initial", out_features=32),)
    with pytest.raises(ShapeError, match="first state of 2 × 32"):
        RNN(32, num_layers=2).shape(TEXT, Shape(32))
