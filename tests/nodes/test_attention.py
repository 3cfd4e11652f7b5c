"""Attention and the layers around it, against PyTorch and figures from the papers."""

import warnings
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from nodes.attention import ClassToken, MultiheadAttention, PositionalEncoding, ScaledDotProductAttention
from nodes.recurrent import GRU, LSTM, RNN
from nodes.spec.fixes import set_to
from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import as_size
from nodes.transformer import TransformerDecoderLayer, TransformerEncoderLayer
from nodes.visual_attention import SoftSpatialAttention, SpatialTransformer, SqueezeExcitation
from runtime.compile import build_node
from tests.nodes.test_contract import built, called

STEPS, MEMORY = Shape(20, 64), Shape(30, 64)
SMALL: dict[str, Any] = {"nhead": 4, "dim_feedforward": 128}


def count(settings: NodeType, *inputs: Shape) -> int:
    return sum(weight.known_numel for weight in settings.weights(*inputs).values())


def test_the_base_transformer_of_the_paper_has_its_weights() -> None:
    x = Shape("L", 512)
    assert count(TransformerEncoderLayer(8), x) == 3_152_384
    assert count(TransformerDecoderLayer(8), x, x) == 4_204_032


def test_a_layer_of_vit_base_has_its_weights() -> None:
    encoder = TransformerEncoderLayer(12, dim_feedforward=3072, activation="gelu", norm_first=True)
    assert count(encoder, Shape(197, 768)) == 7_087_872  # torchvision's vit_b_16, each of 12 layers


@pytest.mark.parametrize(
    ("settings", "inputs"),
    [
        (MultiheadAttention(), (STEPS,)),
        (MultiheadAttention(need_weights=True), (STEPS,)),
        (MultiheadAttention(causal=True), (STEPS,)),
        (MultiheadAttention(), (STEPS, Shape(30, 48), Shape(30, 32))),
        (ScaledDotProductAttention(), (STEPS, MEMORY, Shape(30, 32))),
        (TransformerEncoderLayer(**SMALL), (STEPS,)),
        (TransformerDecoderLayer(**SMALL), (STEPS, MEMORY)),
        (SoftSpatialAttention(16), (Shape(8, 7, 7), Shape(12))),
        (SqueezeExcitation(), (Shape(64, 7, 7),)),
    ],
    ids=str,
)
def test_multiply_adds_are_those_of_torchs_counter(settings: NodeType, inputs: tuple[Shape, ...]) -> None:
    module = build_node(settings, *inputs).train()
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):  # the fused one is not counted
        module(*(torch.randn(1, *shape) for shape in inputs))
    assert settings.multiply_adds(*inputs) * 2 == counter.get_total_flops()


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("settings", [MultiheadAttention, TransformerEncoderLayer], ids=lambda t: t.type_id)
def test_eval_takes_another_way_to_the_same_values(settings: type[Any], causal: bool) -> None:
    module = build_node(settings(dropout=0.0, causal=causal), STEPS)
    x = torch.randn(2, *STEPS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with torch.inference_mode():
            fast = module.eval()(x)
    torch.testing.assert_close(fast, module.train()(x), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(
    "settings",
    [
        MultiheadAttention(causal=True),
        TransformerEncoderLayer(dropout=0.0, causal=True, norm_first=True),
        ScaledDotProductAttention(is_causal=True),
    ],
    ids=lambda settings: settings.type_id,
)
def test_a_causal_layer_does_not_see_what_comes_later(settings: NodeType) -> None:
    inputs = (STEPS,) * (3 if settings.type_id.startswith("scaled") else 1)
    module = build_node(settings, *inputs).eval()
    x = torch.randn(2, *STEPS)
    later = x.clone()
    later[:, 10:] += 1
    before, after = (module(*(value,) * len(inputs)) for value in (x, later))
    torch.testing.assert_close(before[:, :10], after[:, :10])
    assert not torch.allclose(before[:, 10:], after[:, 10:])


def test_a_decoder_sees_its_memory_whole_and_its_own_past() -> None:
    module = build_node(TransformerDecoderLayer(dropout=0.0), STEPS, MEMORY).eval()
    x, memory = torch.randn(1, *STEPS), torch.randn(1, *MEMORY)
    later, other = x.clone(), memory.clone()
    later[:, 10:] += 1
    other[:, -1] += 1
    torch.testing.assert_close(module(x, memory)[:, :10], module(later, memory)[:, :10])
    assert not torch.allclose(module(x, memory)[:, 0], module(x, other)[:, 0])


def test_the_weights_of_attention_are_shares() -> None:
    output, weights = build_node(MultiheadAttention(need_weights=True), STEPS, MEMORY)(
        torch.randn(2, *STEPS), torch.randn(2, *MEMORY)
    )
    assert output.shape == (2, 20, 64)
    assert weights.shape == (2, 20, 30)
    torch.testing.assert_close(weights.sum(2), torch.ones(2, 20))


def test_heads_that_do_not_fit_are_refused_with_those_that_do() -> None:
    with pytest.raises(ShapeError, match=r"64 numbers cannot be shared out among 5 heads\.") as refused:
        MultiheadAttention(5).shape(STEPS)
    assert refused.value.remedy.startswith("Set num_heads to 4,")
    assert refused.value.fixes == (set_to(num_heads=4),)


def test_values_must_be_as_many_as_keys() -> None:
    for settings in (MultiheadAttention(), ScaledDotProductAttention()):
        with pytest.raises(ShapeError, match="as many values as keys, got 30 and 20"):
            settings.shape(STEPS, STEPS, MEMORY)
    with pytest.raises(ShapeError, match="a value, but no key"):
        MultiheadAttention().shape(STEPS, None, MEMORY)


def test_positions_are_the_papers_sines_and_cosines() -> None:
    module = build_node(PositionalEncoding(max_length=50), Shape(4, 6))
    added = module(torch.zeros(1, 4, 6))[0]
    angle = torch.tensor(3 / 10_000 ** (2 / 6))
    torch.testing.assert_close(added[3, 2:4], torch.stack([angle.sin(), angle.cos()]))
    assert set(module.state_dict()) == set()


def test_learned_positions_are_trained_and_bounded() -> None:
    settings = PositionalEncoding("learned", max_length=50)
    assert settings.weights(STEPS) == {"weight": (50, 64)}
    assert settings.shape(Shape("L", 64)) == (as_size("L"), 64)
    with pytest.raises(ShapeError, match=r"51 steps, and there are positions for 50\. Set max_length to 51"):
        settings.shape(Shape(51, 64))


def test_a_class_token_stands_first() -> None:
    module = build_node(ClassToken(), Shape(196, 8))
    x = torch.randn(2, 196, 8)
    assert torch.equal(module(x)[:, 1:], x)
    assert ClassToken().shape(Shape("L", 8)) == (as_size("L") + 1, 8)


def test_soft_attention_gives_the_weighted_mean_of_the_places() -> None:
    context, weights = build_node(SoftSpatialAttention(16), Shape(8, 7, 5), Shape(12))(
        x := torch.randn(2, 8, 7, 5), torch.randn(2, 12)
    )
    torch.testing.assert_close(weights.sum((1, 2)), torch.ones(2))
    torch.testing.assert_close(context, (x * weights[:, None]).sum((2, 3)))


def test_squeeze_and_excitation_of_a_senet_stage() -> None:
    assert count(SqueezeExcitation(), Shape(256, 56, 56)) == 2 * 256 * 16 + 16 + 256
    assert SqueezeExcitation().module(Shape(8, 4, 4)) == "ops.SqueezeExcitation(8, 1)"
    hard = SqueezeExcitation(24, scale_activation="Hardsigmoid").module(Shape(72, 28, 28))
    assert hard == "ops.SqueezeExcitation(72, 24, scale_activation=nn.Hardsigmoid)"


def test_six_zeros_from_identity_leave_the_picture_as_it_is() -> None:
    x = torch.rand(2, 3, 9, 7)
    module = build_node(SpatialTransformer(from_identity=True), Shape(3, 9, 7), Shape(6))
    torch.testing.assert_close(module(x, torch.zeros(2, 6)), x)


def test_theta_shifts_and_mirrors() -> None:
    x = torch.rand(1, 1, 4, 4)
    module = build_node(SpatialTransformer(), Shape(1, 4, 4), Shape(6))
    mirrored = module(x, torch.tensor([[-1.0, 0, 0, 0, 1, 0]]))
    torch.testing.assert_close(mirrored, x.flip(3))
    with pytest.raises(ShapeError, match="six numbers for theta, got 5"):
        SpatialTransformer().shape(Shape(1, 4, 4), Shape(5))


def held(module: nn.Module, *values: Tensor) -> int:
    """Bytes that autograd holds after a forward pass, weights and outputs left out."""
    found: dict[int, int] = {}
    kept: list[Tensor] = []

    def pack(value: Tensor) -> Tensor:
        kept.append(value)  # so that no later one takes its place in memory
        found[value.untyped_storage().data_ptr()] = value.untyped_storage().nbytes()
        return value

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda value: value):
        result = module(*values)
    outputs = [result] if isinstance(result, Tensor) else list(result)
    for known in (*module.parameters(), *module.buffers(), *outputs, *values):
        found.pop(known.untyped_storage().data_ptr(), None)
    return sum(found.values())


@pytest.mark.parametrize(
    ("settings", "inputs"),
    [
        (MultiheadAttention(), (STEPS,)),
        (MultiheadAttention(dropout=0.1), (STEPS,)),
        (MultiheadAttention(need_weights=True), (STEPS,)),
        (MultiheadAttention(add_bias_kv=True, add_zero_attn=True), (STEPS,)),
        (TransformerEncoderLayer(**SMALL), (STEPS,)),
        (TransformerEncoderLayer(**SMALL, dropout=0.0, activation="gelu"), (STEPS,)),
        (TransformerDecoderLayer(**SMALL), (STEPS, MEMORY)),
        (TransformerDecoderLayer(**SMALL, dropout=0.0), (STEPS, MEMORY)),
        (SoftSpatialAttention(16), (Shape(8, 7, 7), Shape(12))),
        (SqueezeExcitation(), (Shape(32, 7, 7),)),
        (SpatialTransformer(), (Shape(3, 9, 9), Shape(6))),
        (RNN(64), (STEPS,)),
        (GRU(64, num_layers=2, dropout=0.5), (STEPS,)),
        (LSTM(128, num_layers=2), (Shape(40, 64),)),
    ],
    ids=str,
)
def test_memory_for_the_gradient_is_what_is_held(settings: NodeType, inputs: tuple[Shape, ...]) -> None:
    batch = 8
    module = build_node(settings, *inputs).train()
    got = held(module, *(torch.randn(batch, *shape, requires_grad=True) for shape in inputs)) / batch
    assert got == pytest.approx(settings.kept_bytes(*inputs), rel=0.04)


def test_attention_may_look_at_a_learned_step_and_at_nothing() -> None:
    plain = MultiheadAttention(num_heads=2, need_weights=True)
    wide = MultiheadAttention(num_heads=2, need_weights=True, add_bias_kv=True, add_zero_attn=True)
    assert plain.shape(Shape(5, 8))["weights"] == (5, 5)
    assert wide.shape(Shape(5, 8))["weights"] == (5, 7)
    assert set(wide.weights(Shape(5, 8))) - set(plain.weights(Shape(5, 8))) == {"bias_k", "bias_v"}
    assert wide.arithmetic(Shape(5, 8))[1].lines == ("8 · (8 + 8 + 8 + 8 + 4 + 2) = 304",)


WORDS = Shape(5, axes="L", values="index")
SENTENCE = Shape(5, 8)


@pytest.mark.parametrize(
    ("settings", "shapes"),
    [
        (MultiheadAttention(num_heads=2, padding_index=9), (SENTENCE, None, None, WORDS)),
        (TransformerEncoderLayer(nhead=2, padding_index=9, dropout=0.0), (SENTENCE, WORDS)),
        (TransformerDecoderLayer(nhead=2, padding_index=9, dropout=0.0), (SENTENCE, SENTENCE, None, WORDS)),
        (TransformerDecoderLayer(nhead=2, padding_index=9, dropout=0.0, causal=False), (SENTENCE, SENTENCE, WORDS)),
    ],
)
def test_what_only_fills_a_sequence_up_changes_nothing(settings, shapes):
    """Two sequences differ in their filled-up steps alone; one that is nothing else still gives numbers."""
    layer = built(settings, shapes)
    layer.eval()
    words = torch.tensor([[1, 2, 3, 9, 9], [9, 9, 9, 9, 9]])
    reads = next(n for n, shape in enumerate(shapes) if shape is not None and shape.values == "index")
    looked_at = 1 if len(shapes) == 4 and isinstance(settings, TransformerDecoderLayer) else 0
    results = []
    for filling in (0.0, 7.0):
        values = {f"x{n}": torch.linspace(-1, 1, 80).reshape(2, 5, 8) for n, s in enumerate(shapes) if s is not None}
        values[f"x{looked_at}"] = values[f"x{looked_at}"].clone()
        values[f"x{looked_at}"][0, 3:] = filling
        values[f"x{reads}"] = words
        results.append(called(settings, shapes, layer, values)["output"])
    assert torch.allclose(results[0][0, :3], results[1][0, :3], atol=1e-6)
    assert torch.isfinite(results[0]).all()


def test_padding_of_another_length_is_refused():
    with pytest.raises(ShapeError, match="one index for each of 5 steps at padding"):
        MultiheadAttention().shape(Shape(5, 8), None, None, Shape(4, axes="L", values="index"))


def test_dot_product_attention_with_a_mask_looks_where_it_may():
    query, mask = Shape(2, 4), Shape(2, 2, axes="HW", values="index")
    layer = build_node(ScaledDotProductAttention(), query, query, query, mask)
    value = torch.tensor([[[1.0, 2, 3, 4], [5, 6, 7, 8]]])
    only_first = torch.tensor([[[1, 0], [1, 0]]])
    assert layer(value, value, value, only_first).tolist() == [[[1, 2, 3, 4], [1, 2, 3, 4]]]


def test_a_mask_is_of_the_size_of_the_scores_and_not_beside_is_causal():
    query, key = Shape(3, 4), Shape(5, 4)
    with pytest.raises(ShapeError, match="3 × 5, got a sequence"):
        ScaledDotProductAttention().shape(query, key, key, Shape(5, 3))
    with pytest.raises(ShapeError, match="is causal too"):
        ScaledDotProductAttention(is_causal=True).shape(query, query, query, Shape(3, 3))


def test_dot_product_attention_drops_only_in_training():
    sequence = Shape(6, 4)
    layer = build_node(ScaledDotProductAttention(dropout_p=1.0), *[sequence] * 3)
    value = torch.ones(1, 6, 4)
    assert layer.train()(value, value, value).sum() == 0
    assert torch.allclose(layer.eval()(value, value, value), value)
