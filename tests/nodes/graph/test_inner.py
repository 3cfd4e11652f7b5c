"""Problems inside blocks, said from outside: where they lie, once for blocks alike, and mended in all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

import resources
from nodes.activation import ReLU
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.conv import Conv2d
from nodes.graph.check import problems
from nodes.graph.files import load
from nodes.graph.infer import infer
from nodes.graph.model import Graph
from nodes.graph.remedies import remedies
from nodes.linear import Linear
from nodes.normalization import BatchNorm1d, BatchNorm2d
from tests.nodes.drawing import chain
from tests.nodes.graph.faulty import image, sound, vector

SHIPPED = sorted((Path(resources.__file__).parent / "networks").glob("*.netw"))


def unit(side: int = 8, bias: bool = True) -> Block:
    """A convolution, its normalization and a ReLU."""
    body = chain(
        a=image(4, side), conv=Conv2d(4, padding=(1, 1), bias=bias), norm=BatchNorm2d(), act=ReLU(), b=Output()
    )
    return Block("Unit", body)


def inner(graph: Graph, batch: int = 0) -> list:
    return [p for p in problems(graph, infer(graph), None, batch) if p.within]


def test_blocks_alike_are_said_once_and_mended_together():
    graph = sound(image=image(4), one=unit(), two=unit(), three=unit())
    (problem,) = inner(graph)
    assert (problem.node, problem.within, problem.kind) == ("one", ("conv",), "bias-before-norm")
    assert problem.fact == "Inside one (and 2 blocks like it), the bias of conv is taken away again by norm."
    first = remedies(graph, infer(graph), problem)[0]
    assert (first.text, first.price) == ("Inside one and 2 like it: Turn off bias of conv", "−12 weights")
    assert not inner(first.graph)


def test_a_repeated_block_is_said_once():
    block = Block("Unit", unit().body, repeat=5)
    assert len(inner(sound(image=image(4), units=block))) == 1


def test_a_problem_deep_inside_has_its_whole_way():
    stage = Block("Stage", chain(a=image(4), unit1=unit(), unit2=unit(bias=False), b=Output()))
    graph = sound(image=image(4), stage1=stage)
    (problem,) = inner(graph)
    assert problem.fact == "Inside stage1.unit1, the bias of conv is taken away again by norm."
    assert (problem.node, problem.within) == ("stage1", ("unit1", "conv"))
    assert remedies(graph, infer(graph), problem)[0].text == "Inside stage1: Inside unit1: Turn off bias of conv"


def test_a_batch_of_one_inside_a_block_is_an_error_before_training():
    body = chain(a=vector(), fc=Linear(8, bias=False), norm=BatchNorm1d(), b=Output())
    graph = sound(x=vector(), part=Block("Part", body))
    (problem,) = inner(graph, batch=1)
    assert (problem.severity, problem.within) == ("error", ("norm",))
    assert not inner(graph, batch=2)


def test_over_time_a_batch_of_one_has_a_sample_for_each_step():
    body = chain(a=vector(), fc=Linear(8, bias=False), norm=BatchNorm1d(), b=Output())
    graph = sound(x=Input("sequence", (9, 4)), part=Block("Part", body, over_time=True))
    assert not inner(graph, batch=1)


def test_an_edit_before_a_block_is_seen_inside_it():
    graph = sound(image=image(4), conv=Conv2d(4, (1, 1)), one=unit(bias=False))
    known = infer(graph)
    assert problems(graph, known, None, 1)[0].severity != "error"
    shrunk = graph.with_settings("conv", Conv2d(4, (8, 8)))
    found = problems(shrunk, infer(shrunk, known), None, 1)
    assert [(p.severity, p.kind, p.within) for p in found[:1]] == [("error", "batch-of-one", ("norm",))]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_examples_have_no_problem_inside_their_blocks(path: Path):
    network = load(path).network
    assert not inner(network.graph, network.recipe.get("batch_size", 0))
