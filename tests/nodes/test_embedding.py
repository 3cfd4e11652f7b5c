import pytest

from nodes.embedding import Embedding
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import as_size

TEXT = Shape("L", axes="L", values="index")


def test_a_vector_for_each_of_65_characters() -> None:
    embed = Embedding(65, 32)
    assert embed.shape(TEXT) == (as_size("L"), 32)
    assert embed.shape(TEXT).axes == "LC"
    assert embed.weights(TEXT)["weight"].numel == 2_080


def test_a_single_index_becomes_a_vector() -> None:
    assert Embedding(10, 4).shape(Shape(values="index")) == Shape(4)


def test_real_numbers_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"expects indices, got a vector \(10\)"):
        Embedding().shape(Shape(10))


def test_padding_idx_needs_a_row() -> None:
    assert Embedding(10, padding_idx=-1).shape(TEXT) == (as_size("L"), 64)
    with pytest.raises(ShapeError, match="Set padding_idx to a number from -10 to 9"):
        Embedding(10, padding_idx=10).shape(TEXT)


def test_all_settings_reach_the_source() -> None:
    embed = Embedding(10, 4, 0, 1.0, 1.0, True, True)
    assert embed.module(TEXT) == (
        "nn.Embedding(10, 4, padding_idx=0, max_norm=1.0, norm_type=1.0, scale_grad_by_freq=True, sparse=True)"
    )
