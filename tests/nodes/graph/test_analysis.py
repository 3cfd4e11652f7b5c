"""What a network costs, with sums that can be checked on paper."""

import dataclasses

import pytest

from nodes.activation import ReLU
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.conv import Conv2d
from nodes.graph.analysis import layers, seen_beyond, share, total
from nodes.graph.infer import Receptive, infer
from nodes.graph.model import Graph, Node
from nodes.linear import Linear
from nodes.merge import Add
from nodes.normalization import BatchNorm2d
from nodes.pooling import MaxPool2d
from nodes.reshape import Flatten
from nodes.spec.node_type import EVERYTHING
from nodes.spec.sizes import Unknown
from nodes.spec.training import NodeTraining
from tests.nodes.drawing import chain, joined

FROZEN = NodeTraining(frozen=True)


def small() -> Graph:
    """32 × 32 × 3 -> ten 5 × 5 filters -> ReLU -> half the size -> 4 scores."""
    return chain(
        image=Input(size=(3, 32, 32)),
        conv=Conv2d(10, (5, 5), padding=(2, 2)),
        relu=ReLU(),
        pool=MaxPool2d(),
        flatten=Flatten(),
        fc=Linear(4),
        scores=Output(),
    )


def residual() -> Graph:
    """Two 3 × 3 convolutions of 8 channels with a link around them."""
    body = chain(x=Input(size=(8, 16, 16)), conv1=Conv2d(8, padding=(1, 1)), conv2=Conv2d(8, padding=(1, 1)))
    body = body.with_node("add", Node(Add())).with_node("y", Node(Output()))
    return joined(body, {"conv2.output": "add.x1", "x.output": "add.x2", "add.output": "y.x"})


def with_block(**settings: object) -> Graph:
    return chain(
        image=Input(size=(3, 16, 16)),
        stem=Conv2d(8, (3, 3), padding=(1, 1)),
        stage=Block("Residual", residual(), **settings),
        out=Output(),
    )


def by_path(graph: Graph, *, expanded: bool = False) -> dict:
    return {row.path: row for row in layers(infer(graph), expanded=expanded)}


def test_weights_memory_and_multiply_adds_of_the_lectures_convolution():
    conv = by_path(small())["conv"]
    assert conv.weight_count == (5 * 5 * 3 + 1) * 10 == 760
    assert conv.activation_bytes == 32 * 32 * 10 * 4
    assert conv.multiply_adds == 5 * 5 * 3 * 10 * 32 * 32


def test_a_multiply_add_is_two_operations_and_a_comparison_one():
    rows = by_path(small())
    assert rows["conv"].flops == 2 * 768_000
    assert rows["relu"].flops == 32 * 32 * 10
    costs = total(rows.values())
    assert costs.flops_by_kind["multiply"] == costs.multiply_adds == 768_000 + 16 * 16 * 10 * 4
    assert costs.flops == sum(costs.flops_by_kind.values())


def test_what_lies_where_its_input_lies_takes_no_memory():
    rows = by_path(small().with_settings("relu", ReLU(inplace=True)))
    assert [rows[name].activation_bytes for name in ("relu", "flatten", "scores")] == [0, 0, 0]
    assert by_path(small())["relu"].activation_bytes == 40_960


def test_frozen_weights_are_counted_apart():
    graph = small().with_training("conv", FROZEN)
    conv, costs = by_path(graph)["conv"], total(by_path(graph).values())
    assert (conv.trainable, conv.frozen) == (0, 760)
    assert (costs.trainable, costs.frozen) == (2560 * 4 + 4, 760)


def test_shares_add_up_to_one():
    rows = list(by_path(small()).values())
    costs = total(rows)
    shares = [share(row.weight_count, costs.weight_count) for row in rows]
    assert sum(part for part in shares if part) == pytest.approx(1.0)
    assert share(1, 0) is None


@pytest.mark.parametrize("repeat", [1, 3])
def test_the_layers_within_a_block_add_up_to_the_block(repeat):
    graph = with_block(repeat=repeat)
    flat, expanded = by_path(graph), by_path(graph, expanded=True)
    assert total(flat.values()) == total(expanded.values())
    assert flat["stage"].weight_count == repeat * 2 * (3 * 3 * 8 * 8 + 8)


def test_layers_within_blocks_are_named_as_in_the_source():
    paths = by_path(with_block(repeat=2), expanded=True)
    assert "stage.0.conv1" in paths
    assert "stage.1.add" in paths
    assert paths["stage.1.add"].node == "stage"
    assert "stage.conv1" in by_path(with_block(), expanded=True)


def test_receptive_fields_grow_from_repetition_to_repetition():
    rows = by_path(with_block(repeat=2), expanded=True)
    sides = [rows[p].sight.size[0] for p in ("stem", "stage.0.conv1", "stage.0.add", "stage.1.conv1", "stage.1.add")]
    assert sides == [3, 5, 7, 9, 11]
    assert rows["stage.1.add"].sight == by_path(with_block(repeat=2))["stage"].sight


def test_a_block_behind_strides_sees_in_their_steps():
    before = Receptive((7, 7), (4, 4), (-3.0, -3.0))
    inner = Receptive((3, 3), (2, 2), (-1.0, -1.0))
    assert seen_beyond(before, inner) == Receptive((15, 15), (8, 8), (-7.0, -7.0))
    assert seen_beyond(before, EVERYTHING) == EVERYTHING
    assert seen_beyond(None, inner) is None


def test_a_frozen_block_freezes_all_within():
    graph = with_block(repeat=2).with_training("stage", FROZEN)
    rows = by_path(graph, expanded=True)
    assert rows["stage.1.conv2"].frozen == 3 * 3 * 8 * 8 + 8
    assert total(rows.values()).trainable == 3 * 3 * 3 * 8 + 8


def test_a_frozen_layer_within_a_block_is_found_from_outside():
    body = residual().with_training("conv1", FROZEN)
    graph = with_block().with_settings("stage", Block("Residual", body))
    assert by_path(graph)["stage"].frozen == 3 * 3 * 8 * 8 + 8


def test_a_block_over_time_works_at_every_step_with_the_same_weights():
    body = chain(picture=Input(size=(1, 8, 8)), conv=Conv2d(2, padding=(1, 1)), features=Output())
    graph = chain(
        film=Input(kind="images", size=(5, 1, 8, 8)), each=Block("Eye", body, over_time=True), result=Output()
    )
    rows = by_path(graph, expanded=True)
    conv = rows["each.layer.conv"]
    assert conv.weight_count == 3 * 3 * 2 + 2
    assert conv.multiply_adds == 5 * 3 * 3 * 2 * 64
    assert by_path(graph)["each"].activation_bytes == 5 * 2 * 64 * 4


def test_unknown_sizes_stay_as_they_are():
    graph = chain(image=Input(size=(3, "H", 8)), conv=Conv2d(2, padding=(1, 1)), bn=BatchNorm2d())
    conv = by_path(graph)["conv"]
    assert isinstance(conv.multiply_adds, Unknown)
    assert str(conv.activation_bytes) == "64·H"
    assert share(conv.activation_bytes, 10) is None


def test_what_waits_for_its_inputs_is_not_known():
    assert not by_path(Graph({"conv": Node(Conv2d())}))["conv"].is_known


def test_a_repeated_body_is_worked_out_once(monkeypatch):
    asked = []
    rule = Conv2d.operations
    monkeypatch.setattr(Conv2d, "operations", lambda self, *inputs: asked.append(self) or rule(self, *inputs))
    odd = dataclasses.replace(Conv2d(8, padding=(1, 1)), bias=False)  # unlike all other tests', so not remembered
    body = residual().with_settings("conv1", odd)
    graph = with_block().with_settings("stage", Block("Residual", body, repeat=50))
    assert len(layers(infer(graph), expanded=True)) == 3 + 50 * 4
    assert asked.count(odd) == 1
