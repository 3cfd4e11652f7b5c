"""Inputs for node types of sequences: recurrent layers, attention, embeddings."""

from typing import Any

from hypothesis import strategies as st

from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape
from tests.nodes.drawn import alone, channels, images, indices, sequences, vectors, with_states

Inputs = st.SearchStrategy[tuple[Shape | None, ...]]

index_maps = st.builds(lambda h, w: Shape(h, w, axes="HW", values="index"), st.integers(1, 4), st.integers(1, 4))


@st.composite
def stepping(draw: st.DrawFn, multiple: int) -> Shape:
    """A sequence whose steps can mostly be shared out among that many heads."""
    factor = draw(st.integers(1, 3))
    size = draw(st.sampled_from([multiple * factor, multiple * factor, multiple * factor + 1]))
    return Shape(draw(st.integers(1, 5)), size)


def attended(settings: Any) -> Inputs:
    """A query, and key and value that mostly suit each other."""

    @st.composite
    def drawn(draw: st.DrawFn) -> tuple[Shape | None, ...]:
        query = draw(stepping(settings.num_heads))
        key = draw(st.one_of(st.none(), st.just(query), sequences))
        steps = query[0] if key is None else key[0]
        fitting = st.builds(Shape, st.sampled_from([steps, steps, steps, steps + 1]), channels)
        return query, key, draw(st.one_of(st.none(), fitting)), draw(filled_up(steps))

    return drawn()


def compared(settings: NodeType) -> Inputs:
    """Query, key and value for attention without weights. PyTorch does not notice where values are missing."""

    @st.composite
    def drawn(draw: st.DrawFn) -> tuple[Shape | None, ...]:
        query, value = draw(sequences), draw(sequences)
        key_size = draw(st.sampled_from([query[1], query[1], query[1], query[1] + 1]))
        mask = Shape(query[0], value[0], axes="HW", values=draw(st.sampled_from(["real", "index"])))
        longer = Shape(query[0] + 1, value[0] + 1)
        return query, Shape(value[0], key_size), value, draw(st.sampled_from([None, None, mask, mask, longer]))

    return drawn()


def filled_up(steps: Any) -> st.SearchStrategy[Shape | None]:
    """Mostly nothing, or the indices of so many steps; now and then of another number."""
    length = st.sampled_from([steps, steps, steps, steps + 1])
    return st.one_of(st.none(), st.builds(lambda n: Shape(n, axes="L", values="index"), length))


def encoded(settings: Any) -> Inputs:
    return stepping(settings.nhead).flatmap(lambda x: st.tuples(st.just(x), filled_up(x[0])))


def decoded(settings: Any) -> Inputs:
    @st.composite
    def drawn(draw: st.DrawFn) -> tuple[Shape, ...]:
        x, steps = draw(stepping(settings.nhead)), draw(st.integers(1, 5))
        memory = Shape(steps, draw(st.sampled_from([x[1], x[1], x[1], x[1] + 1])))
        return x, memory, draw(filled_up(x[0])), draw(filled_up(steps))

    return drawn()


def warped(settings: NodeType) -> Inputs:
    return st.tuples(images, st.sampled_from([Shape(6), Shape(6), Shape(6), Shape(5)]))


def with_vectors(settings: NodeType) -> Inputs:
    """A sequence and first states, single ones now and then as a vector."""

    @st.composite
    def drawn(draw: st.DrawFn) -> tuple[Shape | None, ...]:
        x, *states = draw(with_states(settings))
        return x, *(draw(st.sampled_from([s, Shape(s[1])])) if s and s[0] == 1 else s for s in states)

    return drawn()


def windowed(settings: Any) -> Inputs:
    """Images with their channels first or last, mostly shared out among the heads."""

    @st.composite
    def drawn(draw: st.DrawFn) -> tuple[Shape | None, ...]:
        count = settings.num_heads * draw(st.integers(1, 3)) + draw(st.sampled_from([0, 0, 0, 1]))
        height, width = draw(st.integers(1, 9)), draw(st.integers(1, 9))
        return (draw(st.sampled_from([Shape(count, height, width), Shape(height, width, count, axes="HWC")])),)

    return drawn()


INPUTS: dict[str, Any] = {
    "rnn": with_vectors,
    "lstm": with_vectors,
    "gru": with_vectors,
    "multihead_attention": attended,
    "scaled_dot_product_attention": compared,
    "transformer_encoder_layer": encoded,
    "transformer_decoder_layer": decoded,
    "positional_encoding": alone(sequences),
    "class_token": alone(sequences),
    "soft_spatial_attention": lambda settings: st.tuples(images, vectors),
    "squeeze_excitation": alone(images),
    "spatial_transformer": warped,
    "shifted_window_attention": windowed,
    "embedding_bag": alone(indices | index_maps),
    "one_hot": alone(indices | index_maps),
}

PARTS = ("nhead", "dim_feedforward", "dropout", "layer_norm_eps", "activation", "causal", "padding_index")

ELSEWHERE: dict[str, tuple[str, ...]] = {
    "multihead_attention": ("causal", "need_weights", "add_bias_kv", "padding_index"),  # it keeps those as weights
    "positional_encoding": ("kind", "max_length"),
    "transformer_encoder_layer": PARTS,
    "transformer_decoder_layer": PARTS,
    "soft_spatial_attention": ("attention_size",),
    "squeeze_excitation": ("squeeze_channels", "activation", "scale_activation"),
    "shifted_window_attention": ("qkv_bias", "proj_bias"),
}
"""Settings that reach a call, or a part of the layer, and not an attribute of it."""
