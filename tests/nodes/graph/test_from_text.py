"""PyTorch text read as nodes, and never run."""

from __future__ import annotations

import inspect

import pytest
import torch
from torch import nn

from nodes.activation import LeakyReLU, ReLU
from nodes.boundary import Input, Output
from nodes.conv import Conv2d
from nodes.graph.from_text import FOLLOWS, ORDERS, from_text
from nodes.graph.infer import infer
from nodes.graph.model import Graph, GraphError, Link, Node
from nodes.linear import Linear
from nodes.normalization import BatchNorm2d, LayerNorm
from nodes.pooling import MaxPool2d
from nodes.reshape_resize import Upsample
from runtime.compile import compile_text
from runtime.source import write_source

LENET = """
import torch.nn as nn

model = nn.Sequential(
    nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(inplace=True), nn.MaxPool2d(2, 2),  # stem
    nn.Conv2d(6, 16, kernel_size=(5, 5)), nn.ReLU(), nn.MaxPool2d(2, 2),
    nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
)
"""


def kinds(text: str) -> list[object]:
    return [node.settings for node in from_text(text).graph.nodes.values()]


def test_lenet_has_the_weights_of_the_text_itself() -> None:
    read = from_text(LENET)
    assert read.faults == ()
    assert list(read.graph.nodes)[:3] == ["conv1", "relu1", "pool1"]
    whole = read.graph.with_node("image", Node(Input(size=(1, 28, 28)))).with_node("scores", Node(Output()))
    whole = whole.with_link(Link("image", "output", "conv1", "x"))
    whole = whole.with_link(Link(list(read.graph.nodes)[-1], "output", "scores", "x"))
    assert infer(whole).totals.weights == 61_706
    source = write_source(whole)
    ours = compile_text(source.text, source.class_name)()
    scope: dict[str, nn.Module] = {}
    exec(LENET, scope)
    theirs = scope["model"]
    for mine, its in zip(ours.parameters(), theirs.parameters(), strict=True):
        mine.data = its.data
    x = torch.randn(2, 1, 28, 28)
    assert torch.allclose(ours(x), theirs(x))


def test_what_print_shows_of_it_reads_alike() -> None:
    scope: dict[str, nn.Module] = {}
    exec(LENET, scope)
    assert kinds(str(scope["model"])) == kinds(LENET)


def test_what_print_shows_of_parts_within_parts_reads_in_order() -> None:
    model = nn.Sequential(nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8)), nn.LeakyReLU(0.2))
    assert kinds(str(model)) == [
        Conv2d(out_channels=8, kernel_size=(3, 3)),
        BatchNorm2d(),
        LeakyReLU(negative_slope=0.2),
    ]


def test_names_of_an_ordered_dict_are_kept() -> None:
    text = 'nn.Sequential(OrderedDict([("stem", nn.Conv2d(3, 8, 3)), ("act", nn.ReLU()), ("forward", nn.ReLU())]))'
    read = from_text(text)
    assert list(read.graph.nodes) == ["stem", "act", "relu1"]
    assert read.graph.links[0] == Link("stem", "output", "act", "x")


def test_several_parts_of_a_class_follow_each_other() -> None:
    text = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 8, 3), nn.MaxPool2d(2))
        self.head = nn.Linear(8, 10)
"""
    assert [type(kind) for kind in kinds(text)] == [Conv2d, MaxPool2d, Linear]


def test_what_cannot_be_read_is_said() -> None:
    read = from_text("nn.Sequential(MyLayer(3), nn.Linear(4, width), nn.ReLU(), *[nn.ReLU() for _ in range(3)])")
    assert list(read.graph.nodes) == ["fc1", "relu1"]
    assert "MyLayer(3) could not be read" in read.faults[0]
    assert "out_features=width is no plain value" in read.faults[1]
    assert "for _ in range(3)" in read.faults[2]


def test_a_value_that_cannot_be_keeps_its_default() -> None:
    read = from_text("nn.Conv2d(3, 0, 3)")
    assert read.graph.nodes["conv1"].settings == Conv2d(kernel_size=(3, 3))
    assert "from 1 to" in read.faults[0]


def test_nothing_in_the_text_is_run() -> None:
    with pytest.raises(GraphError, match="could not be read"):
        from_text("nn.Sequential(__import__('os').abort())")


@pytest.mark.parametrize("text", ["", "hello there", "x = 3", "((((", "nn.Sequential(", '{"a": 1}'])
def test_other_text_names_no_layers(text: str) -> None:
    with pytest.raises(GraphError):
        from_text(text)


def test_normalized_shape_becomes_axes() -> None:
    assert kinds("nn.LayerNorm([16, 8, 8])") == [LayerNorm(normalized_axes=3)]
    assert kinds("nn.LayerNorm(64)") == [LayerNorm(normalized_axes=1)]


@pytest.mark.parametrize("name", sorted(ORDERS))
def test_the_order_of_arguments_is_that_of_pytorch(name: str) -> None:
    layer = getattr(nn, name, None) or getattr(nn, f"{name}2d")
    known = list(inspect.signature(layer.__init__).parameters)[1:]
    if known != ["args", "kwargs"]:
        assert tuple(known[: len(ORDERS[name])]) == ORDERS[name]


def test_layers_in_the_order_of_the_settings_here_have_that_of_pytorch() -> None:
    from nodes.graph.from_text import _types

    for name, declared in _types().items():
        layer = getattr(nn, name, None)
        if layer is None or name.rstrip("123d") in ORDERS or name in ORDERS:
            continue
        known = [p for p in inspect.signature(layer.__init__).parameters if p not in {"self", *FOLLOWS}]
        ours = list(declared.__dataclass_fields__)
        shared = [p for p in known if p in ours]
        assert shared == [p for p in ours if p in shared], name


def test_a_row_is_joined_from_left_to_right() -> None:
    graph = from_text("nn.Sequential(nn.ReLU(), nn.ReLU())").graph
    assert graph == Graph(
        {"relu1": Node(ReLU()), "relu2": Node(ReLU(), 252.0)}, (Link("relu1", "output", "relu2", "x"),)
    )


def test_an_upsample_with_a_factor_for_each_axis_is_read():
    found = from_text("nn.Upsample(scale_factor=(1.5, 2), mode='bilinear')")
    assert found.graph.nodes["up1"].settings == Upsample(scale_factor=(1.5, 2.0), mode="bilinear")
