import pytest
import torch

from nodes.embedding import Embedding, EmbeddingBag, OneHot
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import as_size
from runtime.compile import build_node

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


def test_hello_is_written_as_four_kinds_of_ones() -> None:
    module = build_node(OneHot(4), Shape(5, axes="L", values="index"))
    rows = module(torch.tensor([[0, 1, 2, 2, 3]]))[0]  # h e l l o, over h e l o
    assert rows.tolist() == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    assert OneHot(4).shape(TEXT) == Shape("L", 4)
    assert OneHot(4).shape(Shape(values="index")) == Shape(4)


def test_a_map_of_classes_becomes_a_channel_for_each() -> None:
    classes = Shape(2, 3, axes="HW", values="index")
    assert OneHot(5).shape(classes) == Shape(5, 2, 3)
    found = build_node(OneHot(5), classes)(torch.full((1, 2, 3), 4))
    assert found.sum((2, 3)).tolist() == [[0, 0, 0, 0, 6]]


def test_a_bag_forgets_the_order() -> None:
    module = build_node(EmbeddingBag(10, 4), TEXT)
    words = torch.tensor([[1, 2, 3, 4]])
    torch.testing.assert_close(module(words), module(words.flip(1)))
    assert EmbeddingBag(10, 4).shape(TEXT) == Shape(4)
    with pytest.raises(ShapeError, match=r"sparse cannot go with mode max\. Turn sparse off"):
        EmbeddingBag(10, 4, sparse=True, mode="max").shape(TEXT)
    with pytest.raises(ShapeError, match="Use an Embedding for a single index"):
        EmbeddingBag().shape(Shape(values="index"))
