"""What every declaration says of work and memory, against what PyTorch counts and keeps."""

from dataclasses import dataclass
from typing import Any

import hypothesis
import pytest
import torch
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from nodes.graph.analysis import shares_storage
from nodes.recurrent import LSTM
from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import size_at
from tests.nodes.cases import cases
from tests.nodes.test_contract import BATCH, TYPES, briefly, built, by_port, called

pytestmark = pytest.mark.filterwarnings("ignore:TF32 acceleration on top of oneDNN")
each_layer = pytest.mark.parametrize("declared", [t for t in TYPES if not t.is_loss], ids=lambda t: t.type_id)

Inputs = tuple[Shape | None, ...]


def suited(declared: type[NodeType], data: st.DataObject) -> tuple[NodeType, Inputs]:
    """Settings and inputs that the shape rule takes."""
    settings, inputs = data.draw(cases(declared))
    if getattr(settings, "skip_padding", False):  # the costs are those of sequences without padding
        settings = settings.replaced(skip_padding=False)
    try:
        settings.shape(*inputs)
    except ShapeError:
        hypothesis.reject()
    return settings, inputs


def values(inputs: Inputs, batch: int, grad: bool = False) -> dict[str, Tensor]:
    """Zeros, which every layer takes as numbers and as indices."""
    found: dict[str, Tensor] = {}
    for number, shape in enumerate(inputs):
        if shape is not None:
            is_real = shape.values == "real"
            value = torch.zeros(batch, *shape, dtype=torch.float32 if is_real else torch.int64)
            found[f"x{number}"] = value.requires_grad_(grad and is_real)
    return found


@each_layer
@briefly
@hypothesis.given(data=st.data())
def test_multiply_adds_are_those_pytorch_counts(declared: type[NodeType], data: st.DataObject) -> None:
    settings, inputs = suited(declared, data)
    layer = built(settings, inputs)
    said = size_at(settings.multiply_adds(*inputs), {})
    if is_counted(settings, inputs):
        assert flops(settings, inputs, layer, BATCH) == 2 * (BATCH * said + once(settings))
    else:
        assert said == by_hand(settings, inputs)


def flops(settings: NodeType, inputs: Inputs, layer: nn.Module | None, batch: int) -> int:
    """What PyTorch counts. It knows the products that attention and LSTM consist of, not the kernels that do all."""
    with (
        torch.backends.mkldnn.flags(enabled=False),  # type: ignore[no-untyped-call]
        sdpa_kernel(SDPBackend.MATH),
        FlopCounterMode(display=False) as counter,
    ):
        called(settings, inputs, layer, values(inputs, batch))
    return int(counter.get_total_flops())


def is_counted(settings: NodeType, inputs: Inputs) -> bool:
    """Whether PyTorch's counter knows its products: not what it writes as sums of products, number by number."""
    is_dot = settings.type_id == "matmul" and all(shape is not None and len(shape) == 1 for shape in inputs)
    return settings.type_id not in ("bilinear", "dot") and not is_dot


def once(settings: NodeType) -> int:
    """Multiply-adds that serve a whole batch: the position bias of windows that are compared by cosines."""
    if not getattr(settings, "cosine", False):
        return 0
    high, wide = settings.window_size  # type: ignore[attr-defined]
    return (2 * high - 1) * (2 * wide - 1) * 512 * (2 + settings.num_heads)  # type: ignore[attr-defined, no-any-return]


def by_hand(settings: NodeType, inputs: Inputs) -> int:
    """Products of bilinear layers (each pair of numbers with a weight, then with the rest) and of vectors."""
    first, second = (shape for shape in inputs[:2] if shape is not None)
    if settings.type_id != "bilinear":
        return first.known_numel
    places = first.known_numel // first[-1]  # type: ignore[operator]
    return places * settings.out_features * first[-1] * second[-1]  # type: ignore[attr-defined, operator, return-value]


COUNTED = (
    "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "linear", "maxout",
    "rnn", "lstm", "gru", "multihead_attention", "scaled_dot_product_attention", "transformer_encoder_layer",
    "transformer_decoder_layer", "soft_spatial_attention", "squeeze_excitation", "matmul",
    "shifted_window_attention",
)  # fmt: skip


@each_layer
def test_only_layers_without_products_count_none(declared: type[NodeType]) -> None:
    settings, inputs = declared(), declared.example
    counted = flops(settings, inputs, built(settings, inputs), BATCH)
    assert (counted > 0) == (declared.type_id in COUNTED)
    if counted:
        assert counted == BATCH * 2 * size_at(settings.multiply_adds(*inputs), {})


@each_layer
def test_what_the_example_keeps_for_the_gradient(declared: type[NodeType]) -> None:
    settings, found = declared(), kept(declared(), declared.example)
    if declared.family in EXACT:
        assert found.holdings == said(settings, declared.example)
    assert found.total == pytest.approx(total_said(settings, declared.example), rel=0.1)


@each_layer
@briefly
@hypothesis.given(data=st.data())
def test_what_is_kept_for_the_gradient(declared: type[NodeType], data: st.DataObject) -> None:
    settings, inputs = suited(declared, data)
    if getattr(settings, "inplace", False):
        settings = settings.replaced(inplace=False)
    if declared.family in EXACT:
        assert kept(settings, inputs).holdings == said(settings, inputs)
    else:  # with one value to merge, or nothing to drop, less may be kept than is said
        assert kept(settings, inputs).total <= total_said(settings, inputs)


EXACT = ("conv", "pooling", "linear", "activation", "normalization", "dropout")

Holdings = tuple[bool, bool, int]  # the input, the output, bytes of other things for each sample


def said(settings: NodeType, inputs: Inputs) -> Holdings:
    return settings.keeps_input, settings.keeps_output, size_at(settings.kept_bytes(*inputs), {})


def total_said(settings: NodeType, inputs: Inputs) -> int:
    """The same in bytes for each sample."""
    keeps_input, keeps_output, beside = said(settings, inputs)
    given = [shape for shape in inputs if shape is not None]
    entering = sum(size_at(s.bytes, {}) for s in [s for s in given if s.values == "real"] or given)
    leaving = sum(size_at(shape.bytes, {}) for shape in by_port(settings, *inputs).values())
    return keeps_input * entering + keeps_output * leaving + beside


@dataclass(frozen=True)
class Kept:
    """What autograd holds for each sample after a forward pass in training, weights left out."""

    holdings: Holdings
    total: int  # all of it in bytes


def kept(settings: NodeType, inputs: Inputs) -> Kept:
    """What a batch has only once, whatever its size, goes away in the difference of two batches."""
    two, three = Held(settings, inputs, 2), Held(settings, inputs, 3)
    return Kept((two.input, two.output, three.bytes - two.bytes), three.total - two.total)


class Held:
    """What autograd holds after a forward pass of one batch: the input, the output, and bytes of anything else.

    Indices that come with numbers are held by the layer that found them.
    """

    def __init__(self, settings: NodeType, inputs: Inputs, batch: int) -> None:
        layer = built(settings, inputs)
        given = values(inputs, batch, grad=True)
        held: list[Tensor] = []

        def hold(value: Tensor) -> Tensor:
            held.append(value)
            return value

        with torch.autograd.graph.saved_tensors_hooks(hold, lambda value: value):
            results = called(settings, inputs, layer, given)
        storages = {place(value): value.untyped_storage().nbytes() for value in held}
        own = {place(value) for value in weights_of(layer)}
        entered = {place(value) for value in given.values()}
        left = {place(value) for value in results.values() if value.is_floating_point()} - entered
        real = {place(value) for value in given.values() if value.is_floating_point()} or entered
        self.input = bool(real & storages.keys())
        self.output = bool(left & storages.keys())
        self.bytes = sum(size for at, size in storages.items() if at not in own | entered | left)
        self.total = sum(size for at, size in storages.items() if at not in own | (entered - real))


def place(value: Any) -> int:
    """Where the numbers of a tensor lie: the same for all views of it."""
    return int(value.untyped_storage().data_ptr())


def weights_of(layer: nn.Module | None) -> list[Tensor]:
    return [*layer.parameters(), *layer.buffers()] if layer else []


@each_layer
@briefly
@hypothesis.given(data=st.data())
def test_what_lies_where_its_input_lies_in_training(declared: type[NodeType], data: st.DataObject) -> None:
    settings, inputs = suited(declared, data)
    if getattr(settings, "inplace", False):
        settings = settings.replaced(inplace=False)
    given = values(inputs, BATCH)
    results = called(settings, inputs, built(settings, inputs), given)
    is_shared = not {place(v) for v in given.values()}.isdisjoint(place(v) for v in results.values())
    if shares_storage(settings):
        assert is_shared or declared.family == "reshape"  # a copy where numbers are not in one row
    elif declared.family not in ("merge", "reshape"):  # what has nothing to do hands on what it gets
        assert not is_shared


@pytest.mark.parametrize(
    ("type_id", "settings"),
    [
        *(
            (kind, {"num_layers": 2, "bidirectional": both})
            for kind in ("rnn", "gru", "lstm")
            for both in (False, True)
        ),
        ("gru", {"num_layers": 3, "dropout": 0.5}),
        ("lstm", {"proj_size": 32}),
        ("multihead_attention", {"dropout": 0.1}),
        ("multihead_attention", {"need_weights": True}),
        ("transformer_encoder_layer", {"norm_first": True, "dropout": 0.0}),
        ("transformer_decoder_layer", {"norm_first": True}),
    ],
)
def test_settings_change_what_is_kept(type_id: str, settings: dict[str, Any]) -> None:
    declared = next(t for t in TYPES if t.type_id == type_id)
    layer = declared(**settings)
    assert kept(layer, declared.example).total == pytest.approx(total_said(layer, declared.example), rel=0.1)


def test_an_lstm_that_reads_more_than_it_gives_keeps_rows_of_what_it_reads() -> None:
    layer, x = LSTM(hidden_size=8), Shape(20, 1000)
    assert kept(layer, (x,)).total == pytest.approx(total_said(layer, (x,)), rel=0.1)
