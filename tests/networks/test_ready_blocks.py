"""The ready blocks: their files are what is drawn, and placed behind other channels they fit, compile and run."""

from __future__ import annotations

import pytest
import torch

from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.graph.check import problems
from nodes.graph.files import load, write
from nodes.graph.infer import infer
from nodes.graph.model import Graph, Link, Node
from nodes.graph.ready import fitted
from nodes.spec.shapes import Shape
from runtime.compile import build
from tests.networks.ready_blocks import FOLDER, READY, network

SIDE = 16  # px
SAME = {"basic", "bottleneck", "resnext", "pre_activation", "wide_residual", "highway", "fractal"}
SAME |= {"inverted_residual", "squeeze_excite"}
DOUBLED, HALVED = {"depthwise_separable", "unet_down"}, {"transition", "unet_up"}


def block_of(name: str) -> Block:
    return READY[name]()[1]


def drawn_behind(block: Block, *arriving: Shape) -> Graph:
    """The block, fed by an Input for each port, with its result at an Output."""
    graph = Graph({"block1": Node(block), "result": Node(Output())})
    for port, shape in zip(block.inputs(), arriving, strict=True):
        graph = graph.with_node(f"in_{port.name}", Node(Input(size=tuple(shape))))
        graph = graph.with_link(Link(f"in_{port.name}", "output", "block1", port.name))
    return graph.with_link(Link("block1", block.outputs()[0], "result", "x"))


def arriving_at(name: str, channels: int) -> tuple[Shape, ...]:
    first = Shape(channels, SIDE, SIDE)
    return (first, Shape(channels // 2, 2 * SIDE, 2 * SIDE)) if name == "unet_up" else (first,)


@pytest.mark.parametrize("name", READY)
def test_file_holds_what_is_drawn(name):
    opened = load(FOLDER / f"{name}.netw")
    assert opened.faults == ()
    assert write(opened.network) == write(network(name))
    assert "arXiv:" in opened.network.notes


def test_no_file_is_left_over():
    assert {path.stem for path in FOLDER.glob("*.netw")} == READY.keys()


@pytest.mark.parametrize("channels", [16, 64, 256])
@pytest.mark.parametrize("name", READY)
def test_placed_behind_other_channels_it_fits_and_runs(name, channels):
    arriving = arriving_at(name, channels)
    graph = drawn_behind(fitted(block_of(name), arriving[0]), *arriving)
    inference = infer(graph)
    assert [p.fact for p in problems(graph, inference) if p.severity == "error"] == []
    shape = inference.facts["result"].outputs["output"]
    with torch.no_grad():
        result = build(graph).eval()(*(torch.zeros(1, *one) for one in arriving))
    assert tuple(result.shape[1:]) == shape
    if name in SAME:
        assert shape == arriving[0]
    elif name in DOUBLED | HALVED:
        assert shape[0] == (2 * channels if name in DOUBLED else channels // 2)


@pytest.mark.parametrize("name", READY)
def test_as_drawn_it_fits_what_it_was_drawn_for(name):
    block = block_of(name)
    arriving = [block.body.nodes[port.name].settings.shape() for port in block.inputs()]
    assert fitted(block, arriving[0]) is block
    assert not [p for p in infer(drawn_behind(block, *arriving)).facts.values() if p.error]


def test_counts_of_basic_and_bottleneck_are_the_papers():
    """ResNet-50's first bottleneck of a stage that goes on, at 256 channels: 70,400 weights."""
    totals = {n: infer(block_of(n).body).totals.weights for n in ("basic", "bottleneck")}
    assert totals["bottleneck"] == 256 * 64 + 64 * 64 * 9 + 64 * 256 + 2 * (64 + 64 + 256)
    assert totals["basic"] == 2 * (64 * 64 * 9 + 2 * 64)


def test_groups_follow_the_channels():
    wide, narrow = (fitted(block_of("resnext"), Shape(c, 8, 8)).body.nodes["conv2"].settings for c in (512, 16))
    assert (wide.out_channels, wide.groups) == (256, 32)
    assert (narrow.out_channels, narrow.groups) == (8, 8)
    depthwise = fitted(block_of("inverted_residual"), Shape(10, 8, 8)).body.nodes["conv2"].settings
    assert (depthwise.out_channels, depthwise.groups) == (60, 60)


def test_a_block_with_channels_of_its_own_keeps_them():
    inception = block_of("inception")
    assert fitted(inception, Shape(480, 28, 28)) is inception


def test_behind_a_picture_nothing_shrinks_to_its_three_channels():
    step = block_of("unet_down")
    assert fitted(step, Shape(3, 64, 64)) is step
    assert infer(drawn_behind(step, Shape(3, 64, 64))).facts["result"].outputs["output"] == (128, 32, 32)


def test_a_value_of_another_kind_leaves_the_block_as_it_is():
    basic = block_of("basic")
    assert fitted(basic, Shape(10)) is basic


def test_blocks_inside_are_fitted_as_well():
    fractal = fitted(block_of("fractal"), Shape(16, 8, 8))
    units = [node.settings for node in fractal.body.nodes.values() if isinstance(node.settings, Block)]
    assert len(units) == 7
    assert all(unit.body.structure == units[0].body.structure for unit in units)
    assert units[0].body.nodes["conv1"].settings.out_channels == 16
