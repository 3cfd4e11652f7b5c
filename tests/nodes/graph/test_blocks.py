import pytest
import torch

from nodes.activation import ReLU
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.conv import Conv2d
from nodes.graph.blocks import dissolved, grouped
from nodes.graph.check import problems
from nodes.graph.infer import infer
from nodes.graph.model import Graph, GraphError, Node
from nodes.merge import Add
from nodes.spec.settings import SettingError
from nodes.spec.training import NodeTraining
from runtime.compile import build
from tests.nodes.drawing import chain, joined
from tests.nodes.graph.test_infer import double_block, lenet


def outputs(graph, image):
    torch.manual_seed(0)
    return build(graph)(image)


def test_a_group_computes_what_its_nodes_did():
    graph, name = grouped(lenet(), infer(lenet()), ["conv2", "relu2", "pool2"], "Stage")
    assert isinstance(graph.nodes[name].settings, Block)
    assert infer(graph).totals.weights == infer(lenet()).totals.weights
    image = torch.randn(2, 1, 28, 28)
    assert torch.equal(outputs(graph, image), outputs(lenet(), image))


def test_dissolving_brings_the_nodes_back():
    graph, name = grouped(lenet(), infer(lenet()), ["conv2", "relu2", "pool2"], "Stage")
    back, names = dissolved(graph, name)
    assert set(names) == {"conv2", "relu2", "pool2"}
    assert set(back.links) == set(lenet().links)


def test_dissolving_a_repeated_block_writes_it_out():
    graph = chain(image=Input(size=(6, 8, 8)), block1=double_block(3), out=Output())
    flat, names = dissolved(graph, "block1")
    assert len(names) == 3
    assert infer(flat).totals.weights == infer(graph).totals.weights
    assert not [p for p in problems(flat, infer(flat)) if p.severity == "error"]


def test_a_block_over_time_is_not_dissolved():
    block = Block(body=chain(a=Input(size=(4, 8, 8)), relu=ReLU(), out=Output()), over_time=True)
    with pytest.raises(GraphError, match="Turn over_time off before"):
        dissolved(Graph({"block1": Node(block)}), "block1")


def test_nodes_keep_the_training_of_the_block_they_stood_in():
    body = chain(a=Input(size=(4, 8, 8)), conv=Conv2d(4), relu=ReLU(), conv2=Conv2d(4), out=Output())
    body = body.with_training("conv2", NodeTraining(learning_rate_factor=0.5, weight_decay=0.1))
    outer = NodeTraining(frozen=True, learning_rate_factor=4.0, weight_decay=0.01)
    flat, _ = dissolved(Graph({"block1": Node(Block(body=body), training=outer)}), "block1")
    assert flat.nodes["conv"].training == outer
    assert flat.nodes["conv2"].training == NodeTraining(frozen=True, learning_rate_factor=2.0, weight_decay=0.1)
    assert flat.nodes["relu"].training.is_plain


def test_a_block_in_a_block_is_freed_whole():
    inner = Block("Inner", chain(a=Input(size=(4, 8, 8)), conv=Conv2d(4, padding=(1, 1)), out=Output()), repeat=2)
    body = chain(a=Input(size=(4, 8, 8)), inner=inner, relu=ReLU(), out=Output())
    graph = chain(image=Input(size=(4, 8, 8)), outer=Block("Outer", body, repeat=2), out=Output())
    flat, names = dissolved(graph, "outer")
    assert names == ("inner", "relu", "inner1", "relu1")
    assert flat.nodes["inner1"].settings == inner
    torch.manual_seed(0)
    image = torch.randn(2, 4, 8, 8)
    assert torch.equal(outputs(flat, image), outputs(graph, image))


def test_ports_of_a_group_stand_beside_what_they_are_wired_to():
    graph = chain(image=Input(size=(4, 8, 8)), conv=Conv2d(4, padding=(1, 1)), relu=ReLU())
    graph = joined(
        graph.with_node("add", Node(Add(), 756, 96)).with_node("out", Node(Output())),
        {"relu.output": "add.x1", "image.output": "add.x2", "add.output": "out.x"},
    )
    block, name = grouped(graph, infer(graph), ["relu", "add"], "Join")
    body = block.nodes[name].settings.body
    assert [body.nodes[port].y for port in ("conv", "image", "result")] == [0, 96, 96]


def test_a_value_used_twice_inside_is_one_port():
    graph = chain(image=Input(size=(4, 8, 8)), conv=Conv2d(4, padding=(1, 1)), relu=ReLU())
    graph = joined(
        graph.with_node("add", Node(Add())).with_node("out", Node(Output())),
        {"relu.output": "add.x1", "image.output": "add.x2", "add.output": "out.x"},
    )
    block, name = grouped(graph, infer(graph), ["conv", "relu", "add"], "Residual")
    assert [p.name for p in block.nodes[name].settings.inputs()] == ["image"]
    assert infer(block).facts["out"].outputs["output"] == (4, 8, 8)


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ([], "Select the nodes"),
        (["image", "conv1"], "belongs to the whole network"),
        (["conv1", "pool1"], "comes back"),
    ],
)
def test_what_cannot_be_a_block_is_told(names, sentence):
    with pytest.raises(GraphError, match=sentence):
        grouped(lenet(), infer(lenet()), names)


def around(block):
    return Block(body=chain(a=Input(size=(4, 8, 8)), block=block, out=Output()), repeat=block.repeat)


def test_places_inside_blocks_inside_do_not_make_bodies_unlike():
    inner = Block("Inner", chain(a=Input(size=(4, 8, 8)), relu=ReLU(), out=Output()))
    moved = Block("Inner", inner.body.moved({"relu": (500.0, 300.0)}))
    one, other = (chain(a=Input(size=(4, 8, 8)), inner=block, out=Output()) for block in (inner, moved))
    assert one != other
    assert one.structure == other.structure
    assert one.structure != chain(a=Input(size=(4, 8, 8)), inner=inner.replaced(repeat=2), out=Output()).structure


def test_blocks_too_deep_in_each_other_are_refused():
    block = Block(body=chain(a=Input(size=(4, 8, 8)), relu=ReLU(), out=Output()))
    for _ in range(31):
        block = around(block)
    assert block.depth == 32
    with pytest.raises(SettingError, match="more than 32 deep"):
        around(block)


def test_repetitions_of_repetitions_are_refused_before_they_fill_the_memory():
    block = Block(body=chain(a=Input(size=(4, 8, 8)), relu=ReLU(), out=Output()), repeat=1000)
    assert block.node_count == 3000
    with pytest.raises(SettingError, match="3,003,000 nodes with all its repetitions, more than 100,000"):
        around(block)


def test_a_block_without_outputs_can_be_grouped():
    graph = Graph({"relu1": Node(ReLU()), "block1": Node(Block(body=chain(into=Input(), relu=ReLU())))})
    grown, name = grouped(graph, infer(graph), ["relu1", "block1"])
    assert list(grown.nodes[name].settings.outputs()) == ["result"]
