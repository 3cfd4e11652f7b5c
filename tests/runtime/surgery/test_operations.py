"""Each operation on small networks: what comes out before and after, and what is refused."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from nodes.activation import PReLU, ReLU, Tanh
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.conv import Conv2d, ConvTranspose2d
from nodes.dropout import Dropout
from nodes.graph.infer import infer
from nodes.graph.model import Graph, GraphError, Link, Node
from nodes.graph.surgery import OPERATIONS, WHOLE, operated, refusal, whole_refusal
from nodes.linear import Linear
from nodes.merge import Add, Concat
from nodes.normalization import BatchNorm2d, GroupNorm
from nodes.pooling import GlobalAvgPool, MaxPool2d
from nodes.reshape import Flatten
from nodes.spec.node_type import NodeType
from runtime.surgery.weights import parted
from tests.runtime.networks import chained, lenet5_graph
from tests.runtime.surgery.operations import difference, done

EXACT = 1e-5


def conv(channels: int, side: int = 3, **settings: object) -> Conv2d:
    return Conv2d(out_channels=channels, kernel_size=(side, side), **({"padding": (side // 2,) * 2} | settings))


def small() -> Graph:
    return chained(
        Input(size=(3, 12, 12)),
        ("conv1", conv(6, bias=False)),
        ("bn1", BatchNorm2d()),
        ("relu1", ReLU()),
        ("depth", conv(6, groups=6)),
        ("slope", PReLU(num_parameters="channels")),
        ("pool", MaxPool2d()),
        ("conv2", conv(8, 5)),
        ("relu2", ReLU()),
        ("flatten", Flatten()),
        ("drop", Dropout()),
        ("fc1", Linear(out_features=20)),
        ("relu3", ReLU()),
        ("fc2", Linear(out_features=5)),
    )


def residual() -> Graph:
    """A ResNet in small: a stem, a block of two convolutions and a shortcut three times, and a head."""
    body = Graph().with_node("x", Node(Input(size=(8, 6, 6))))
    before = "x"
    for name, settings in (("conv1", conv(8, bias=False)), ("bn1", BatchNorm2d()), ("relu1", ReLU())):
        body, before = _followed(body, before, name, settings), name
    for name, settings in (("conv2", conv(8, bias=False)), ("bn2", BatchNorm2d())):
        body, before = _followed(body, before, name, settings), name
    body = body.with_node("add", Node(Add())).with_link(Link("bn2", "output", "add", "x1"))
    body = body.with_link(Link("x", "output", "add", "x2"))
    body = _followed(body, "add", "relu2", ReLU())
    body = body.with_node("output", Node(Output())).with_link(Link("relu2", "output", "output", "x"))
    return chained(
        Input(size=(3, 6, 6)),
        ("conv", conv(8, bias=False)),
        ("bn", BatchNorm2d()),
        ("relu", ReLU()),
        ("stage", Block(name="Stage", body=body, repeat=3)),
        ("pool", GlobalAvgPool()),
        ("fc", Linear(out_features=5)),
    )


def _followed(graph: Graph, before: str, name: str, settings: NodeType) -> Graph:
    port = settings.inputs()[0].name
    return graph.with_node(name, Node(settings)).with_link(Link(before, "output", name, port))


@pytest.mark.parametrize(
    ("operation", "node", "value"),
    [
        ("widen", "conv1", "15"),
        ("widen", "conv2", "9"),
        ("widen", "fc1", "50"),
        ("deepen", "conv1", ""),
        ("deepen", "conv2", ""),
        ("deepen", "fc2", ""),
        ("normalise", "conv2", ""),
        ("normalise", "fc1", ""),
        ("fold", "bn1", ""),
        ("fold", "conv1", ""),
        ("to_convolution", "fc1", ""),
        ("activation", "relu2", "prelu"),
        ("delete", "drop", ""),
        ("fold_all", "", ""),
        ("all_convolutional", "", ""),
    ],
)
def test_exact_operations_give_the_same_numbers(operation: str, node: str, value: str) -> None:
    one = done(small(), operation, node, value)
    assert one.is_exact
    assert difference(one) < EXACT
    assert infer(one.graph).totals.weights != infer(small()).totals.weights or operation in {
        "delete",
        "to_convolution",
        "all_convolutional",
    }


@pytest.mark.parametrize(
    ("operation", "node", "ways"),
    [
        ("widen", "conv1", (("stage",),)),
        ("deepen", "conv1", (("stage",),)),
        ("fold", "bn2", (("stage",),)),
        ("fold_all", "", ((),)),
        ("to_convolution", "fc", ((),)),
        ("all_convolutional", "", ((),)),
    ],
)
def test_the_same_in_blocks_that_are_repeated(operation: str, node: str, ways: tuple[tuple[str, ...], ...]) -> None:
    one = done(residual(), operation, node, ways=ways)
    assert difference(one) < EXACT
    assert one.kept == one.weights - (6 if operation == "deepen" else 0)


def test_folding_all_leaves_no_normalisation() -> None:
    after = done(residual(), "fold_all").after
    assert not [layer for layer in after.modules() if isinstance(layer, nn.BatchNorm2d)]


def test_a_widened_layer_before_a_concat_and_a_transposed_convolution() -> None:
    graph = Graph().with_node("image", Node(Input(size=(3, 8, 8)))).with_node("join", Node(Concat()))
    graph = _followed(_followed(graph, "image", "a", conv(4)), "image", "b", conv(3))
    graph = graph.with_link(Link("a", "output", "join", "x1")).with_link(Link("b", "output", "join", "x2"))
    graph = _followed(_followed(graph, "join", "up", ConvTranspose2d(out_channels=2)), "up", "y", Output())
    for node, value in (("a", "7"), ("b", "4")):
        assert difference(done(graph, "widen", node, value)) < EXACT


def test_copies_are_trained_apart() -> None:
    """Equal shares would give copies equal gradients for ever."""
    one = done(small(), "widen", "conv2", "16")
    x = torch.randn(4, 3, 12, 12)
    one.after(x).square().sum().backward()
    gradient = one.after.get_submodule("conv2").weight.grad
    assert not torch.allclose(gradient[:8], gradient[8:], rtol=0.05)


def test_shares_of_copies_sum_up_to_what_there_was() -> None:
    weight = torch.randn(5, 3, 2, 2)
    shared = parted(weight, 1, (0, 1, 2, 0, 0), torch.Generator().manual_seed(0))
    torch.testing.assert_close(shared[:, [0, 3, 4]].sum(1), weight[:, 0])
    torch.testing.assert_close(shared[:, 1], weight[:, 1])


def test_a_linear_as_a_convolution_gives_the_scores_of_every_place_of_a_larger_picture() -> None:
    """The course: as convolutions, layers slide over a larger picture, in one pass."""
    one = done(lenet5_graph(), "all_convolutional")
    picture = torch.randn(1, 1, 28 + 4 * 3, 28 + 4 * 2)
    layers = dict(one.after.named_children())
    with torch.inference_mode():
        value = picture
        for name in one.graph.topology.order:
            if name in layers and not isinstance(one.graph.nodes[name].settings, GlobalAvgPool):
                value = layers[name](value)
        assert value.shape == (1, 10, 4, 3)
        inner = crops_padded_like(one.before, picture, value)
    torch.testing.assert_close(inner, value, atol=1e-5, rtol=1e-5)


def crops_padded_like(before: nn.Module, picture: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """The scores of the network as it was, for the piece of picture at every place, 4 pixels apart."""
    layers = dict(before.named_children())
    first = nn.functional.conv2d(picture, layers["conv1"].weight, layers["conv1"].bias, padding=2)
    told = torch.empty_like(like)
    for down in range(like.shape[2]):
        for right in range(like.shape[3]):
            value = first[:, :, 4 * down : 4 * down + 28, 4 * right : 4 * right + 28]
            for name, layer in layers.items():
                value = value if name == "conv1" else layer(value)
            told[:, :, down, right] = value
    return told


def test_there_and_back_again_is_the_same_network() -> None:
    there = done(small(), "to_convolution", "fc1")
    back = done(there.graph, "to_linear", "fc1")
    assert {link.source for link in back.graph.incoming("fc1").values()} == {"flatten"}
    assert {n: x.settings for n, x in back.graph.nodes.items()} == {n: x.settings for n, x in small().nodes.items()}
    assert difference(back) < EXACT


def test_scores_of_an_averaged_image_are_the_average_of_scores() -> None:
    there = done(residual(), "to_convolution", "fc")
    assert [link.target for link in there.graph.outgoing("fc")] == ["pool"]
    assert difference(there) < EXACT
    assert difference(done(there.graph, "to_linear", "fc")) < EXACT


@pytest.mark.parametrize(
    ("operation", "node", "value", "words"),
    [
        ("widen", "fc2", "9", "its width is what the network tells"),
        ("widen", "conv1", "6", "Choose more"),
        ("widen", "conv1", "six", "A width is a number"),
        ("widen", "relu1", "9", "no width of its own"),
        ("deepen", "pool", "", "no convolution and no Linear"),
        ("normalise", "conv1", "", "bn1 normalises"),
        ("fold", "conv2", "", "No batch normalisation follows conv2"),
        ("to_convolution", "conv1", "", "no Linear"),
        ("to_convolution", "fc2", "", "Make the layers before it convolutions first"),
        ("to_linear", "conv1", "", "not laid in one row|as an image"),
        ("activation", "pool", "relu", "no activation"),
        ("normalisation", "relu1", "group", "no normalisation"),
        ("delete", "image", "", "begins or ends"),
        ("melt", "conv1", "", "no operation melt"),
        ("widen", "nobody", "", "no node nobody"),
    ],
)
def test_what_cannot_be_done_says_why(operation: str, node: str, value: str, words: str) -> None:
    with pytest.raises(GraphError, match=words):
        operated(small(), operation, [()], node, value)


def test_a_layer_whose_result_is_added_to_another_keeps_its_width() -> None:
    graph = residual().nodes["stage"].settings.body
    assert "together with something else" in refusal(infer(graph), "widen", "conv2")


def test_group_normalisation_keeps_a_layer_from_being_widened() -> None:
    graph = chained(Input(size=(3, 8, 8)), ("a", conv(4)), ("gn", GroupNorm()), ("b", conv(4)))
    assert "gn (GroupNorm) stands between a" in refusal(infer(graph), "widen", "a")


def test_replacing_keeps_scales_and_shifts_and_is_not_called_exact() -> None:
    one = done(small(), "normalisation", "bn1", "group")
    assert not one.is_exact
    assert one.kept == one.weights
    assert one.after.get_submodule("bn1").weight.equal(one.before.get_submodule("bn1").weight)
    assert isinstance(done(small(), "activation", "relu1", "tanh").graph.nodes["relu1"].settings, Tanh)


def test_what_a_deleted_layer_fed_reads_what_it_read() -> None:
    one = done(small(), "delete", "conv2")
    assert [link.source for link in one.graph.incoming("relu2").values()] == ["pool"]
    assert one.kept == one.weights - 1  # fc1 takes fewer numbers: its bias stays


@given(
    channels=st.lists(st.integers(1, 6), min_size=1, max_size=3),
    sides=st.lists(st.sampled_from([1, 3, 5]), min_size=3, max_size=3),
    is_normalised=st.booleans(),
    is_averaged=st.booleans(),
    picks=st.data(),
)
def test_operations_on_random_networks_that_call_themselves_exact_are(
    channels: list[int], sides: list[int], is_normalised: bool, is_averaged: bool, picks: st.DataObject
) -> None:
    layers: list[tuple[str, NodeType]] = []
    for number, (count, side) in enumerate(zip(channels, sides, strict=False)):
        layers.append((f"conv{number}", conv(count, side, bias=not is_normalised)))
        layers += [(f"bn{number}", BatchNorm2d())] if is_normalised else []
        layers.append((f"act{number}", picks.draw(st.sampled_from([ReLU(), Tanh()]))))
    layers.append(("flat", GlobalAvgPool() if is_averaged else Flatten()))
    graph = chained(Input(size=(2, 5, 5)), *layers, ("fc", Linear(out_features=3)))
    inference = infer(graph)
    possible = [(op, name) for op in OPERATIONS for name in graph.nodes if not refusal(inference, op, name)]
    possible += [(op, "") for op in WHOLE if not whole_refusal(graph, op, ())]
    operation, node = picks.draw(st.sampled_from(possible))
    choices = OPERATIONS[operation].choices if operation in OPERATIONS else None
    values = [v for v in choices or [""] if operation in WHOLE or not refusal(inference, operation, node, v)]
    one = done(graph, operation, node, picks.draw(st.sampled_from(values)))
    if one.is_exact:
        assert difference(one) < EXACT
