"""Blocks over the steps of a sequence: pictures over time."""

import pytest
import torch

from nodes.activation import ReLU
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.conv import Conv2d
from nodes.embedding import Embedding
from nodes.graph.infer import infer
from nodes.graph.model import Node
from nodes.linear import Linear
from nodes.merge import Add
from nodes.recurrent import LSTM
from nodes.reshape import Flatten
from nodes.reshape_parts import SelectLast
from nodes.spec.fixes import set_to
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import as_size
from runtime.compile import build, build_node
from runtime.source import write_source
from tests.nodes.drawing import chain, joined

FILM = Shape(6, 3, 8, 8, axes="LCHW")


def eye(**settings) -> Block:
    """A convolution and a Linear layer: a picture becomes 5 numbers."""
    body = chain(
        picture=Input(size=(3, 8, 8)), conv=Conv2d(4), relu=ReLU(), flatten=Flatten(), fc=Linear(5), seen=Output()
    )
    return Block("Eye", body, **{"over_time": True, **settings})


def step(**settings) -> Block:
    """A Linear layer that keeps its size."""
    body = chain(vector=Input(kind="vector", size=(5,)), fc=Linear(5), relu=ReLU(), result=Output())
    return Block("Step", body, **{"over_time": True, **settings})


def mixed(**settings) -> Block:
    """Two inputs, two outputs."""
    body = chain(a=Input(kind="vector", size=(5,)), add=Add(), total=Output())
    body = body.with_node("b", Node(Input(kind="vector", size=(5,)))).with_node("other", Node(Output()))
    body = joined(body, {"b.output": "add.x2"})
    return Block("Mixed", joined(body, {"b.output": "other.x"}), **{"over_time": True, **settings})


def test_a_film_becomes_a_sequence():
    assert eye().shape(FILM) == {"seen": Shape(6, 5)}
    assert eye().shape(Shape("L", 3, 8, 8, axes="LCHW"))["seen"] == (as_size("L"), 5)


def test_every_step_costs_what_one_costs_and_weights_count_once():
    once, always = eye(over_time=False), eye()
    picture = Shape(3, 8, 8)
    assert always.multiply_adds(FILM) == 6 * once.multiply_adds(picture)
    assert sum(w.known_numel for w in always.weights(FILM).values()) == 4 * 28 + 5 * (4 * 36 + 1)


@pytest.mark.parametrize(
    ("settings", "repeat", "x"), [(eye, 1, FILM), (step, 1, Shape(6, 5)), (step, 3, Shape(6, 5))]
)
def test_weights_are_named_as_in_the_module(settings, repeat, x):
    block = settings(repeat=repeat)
    module = build_node(block, x)
    found = {name.removeprefix("layer."): tuple(w.shape) for name, w in module.named_parameters()}
    assert found == block.weights(x)
    assert all(name.startswith("layer.0." if repeat > 1 else "layer.") for name in list(found)[:1])


def test_it_computes_what_a_loop_over_the_steps_does():
    module, film = build_node(eye(), FILM), torch.randn(2, *FILM)
    one = module.layer.layer
    expected = torch.stack([one(film[:, number]) for number in range(6)], dim=1)
    torch.testing.assert_close(module(film), expected)


def test_repeated_over_time_is_the_loop_of_the_repeated():
    module, steps = build_node(step(repeat=3), Shape(6, 5)), torch.randn(2, 6, 5)
    expected = steps
    for layer in module.layer.layer:
        expected = torch.stack([layer(expected[:, number]) for number in range(6)], dim=1)
    torch.testing.assert_close(module(steps), expected)


def test_any_length_runs_in_one_module():
    module = build_node(eye(), Shape("L", 3, 8, 8, axes="LCHW"))
    assert [module(torch.randn(2, length, 3, 8, 8)).shape[1] for length in (1, 4, 9)] == [1, 4, 9]


def test_several_inputs_and_outputs_go_along():
    assert mixed().shape(Shape(6, 5), Shape(6, 5)) == {"total": Shape(6, 5), "other": Shape(6, 5)}
    a, b = torch.randn(2, 6, 5), torch.randn(2, 6, 5)
    total, other = build_node(mixed(), Shape(6, 5), Shape(6, 5))(a, b)
    assert torch.equal(total, a + b)
    assert torch.equal(other, b)


def test_single_indices_of_a_row_are_looked_up_one_by_one():
    body = chain(index=Input(kind="index", size=()), embed=Embedding(10, 4), result=Output())
    block, row = Block("Word", body, over_time=True), Shape("L", axes="L", values="index")
    assert block.shape(row)["result"] == Shape("L", 4)
    assert build_node(block, row)(torch.zeros(2, 7, dtype=torch.long)).shape == (2, 7, 4)


def test_a_network_that_watches_a_film_trains():
    graph = chain(
        film=Input(kind="images", size=("L", 3, 8, 8)), eye=eye(), lstm=LSTM(7), last=SelectLast(), said=Output()
    )
    assert infer(graph).facts["said"].outputs["output"] == Shape(7)
    assert "self.eye = OverTime(Eye())" in write_source(graph).text
    module = build(graph)
    module(torch.randn(2, 5, 3, 8, 8)).sum().backward()
    assert all(weight.grad is not None and weight.grad.any() for weight in module.eye.parameters())


def test_a_picture_has_no_steps():
    with pytest.raises(ShapeError, match=r"goes over the steps of a sequence, got an image \(3 × 8 × 8\)") as refused:
        eye().shape(Shape(3, 8, 8))
    assert refused.value.fixes == (set_to(over_time=False),)


def test_sequences_of_different_lengths_do_not_go_together():
    with pytest.raises(ShapeError, match="different lengths: 6 and 7"):
        mixed().shape(Shape(6, 5), Shape(7, 5))


def test_what_changes_its_size_cannot_repeat():
    with pytest.raises(ShapeError, match="cannot repeat 2 times") as refused:
        eye(repeat=2).shape(FILM)
    assert refused.value.kind == "repeat"
    with pytest.raises(ShapeError, match="cannot repeat 2 times"):
        mixed(repeat=2).shape(Shape(6, 5), Shape(6, 5))


def test_a_mistake_inside_is_told_with_its_place():
    body = chain(picture=Input(), conv=Conv2d(4, kernel_size=(9, 9)), seen=Output())
    with pytest.raises(ShapeError, match="Inside Eye, conv: The 9-pixel kernel is larger than its 8-pixel input"):
        Block("Eye", body, over_time=True).shape(FILM)
