import pytest

from nodes.activation import ReLU
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.conv import Conv2d
from nodes.graph.infer import infer
from nodes.graph.model import Link, Node
from nodes.linear import Linear
from nodes.merge import Add
from nodes.pooling import MaxPool2d
from nodes.reshape import Flatten
from nodes.spec.node_type import EVERYTHING
from nodes.spec.shapes import Shape, ShapeError
from tests.nodes.drawing import chain, joined


def lenet():
    return chain(
        image=Input(size=(1, 28, 28)),
        conv1=Conv2d(6, (5, 5), padding=(2, 2)),
        relu1=ReLU(),
        pool1=MaxPool2d((2, 2)),
        conv2=Conv2d(16, (5, 5)),
        relu2=ReLU(),
        pool2=MaxPool2d((2, 2)),
        flatten=Flatten(),
        fc1=Linear(120),
        fc2=Linear(84),
        fc3=Linear(10),
        digit=Output(),
    )


def double_block(repeat=1, stride=1):
    body = chain(a=Input(), conv=Conv2d(6, padding=(1, 1), stride=(stride, stride)), b=Output())
    return Block("Double", body, repeat)


def test_lenet_has_the_figures_of_the_lectures():
    inference = infer(lenet())
    shapes = {name: facts.outputs["output"] for name, facts in inference.facts.items()}
    assert shapes["conv1"] == (6, 28, 28)
    assert shapes["pool2"] == (16, 5, 5)
    assert shapes["flatten"] == (400,)
    assert inference.facts["conv2"].weight_count == 2_416
    assert inference.totals.weights == 61_706
    assert inference.totals.multiply_adds == 416_520


@pytest.mark.parametrize(("layer", "side"), [("conv1", 5), ("pool1", 6), ("conv2", 14), ("pool2", 16)])
def test_receptive_field_of_lenet(layer, side):
    assert infer(lenet()).sight(layer).size == (side, side)


def test_a_fully_connected_layer_sees_everything():
    assert infer(lenet()).sight("fc1") == EVERYTHING


def test_three_3x3_convolutions_see_7x7():
    graph = chain(image=Input(), a=Conv2d(8), b=Conv2d(8), c=Conv2d(8))
    assert infer(graph).sight("c").size == (7, 7)


def test_an_edit_works_out_only_what_it_reaches():
    graph = lenet()
    before = infer(graph)
    after = infer(graph.with_settings("conv2", Conv2d(20, (5, 5))), before)
    assert after.facts["pool1"] is before.facts["pool1"]
    assert after.facts["flatten"].outputs["output"] == (500,)
    assert after.facts["fc2"] is before.facts["fc2"]


def test_an_edit_elsewhere_still_moves_the_receptive_field():
    graph = lenet()
    before = infer(graph)
    # The size stays 28 × 28, so that only the receptive field tells the difference.
    edited = graph.with_settings("conv1", Conv2d(6, (7, 7), padding=(3, 3)))
    assert infer(edited, before).facts == infer(edited).facts


def test_nodes_after_a_mistake_wait():
    graph = lenet().with_settings("conv2", Conv2d(16, (20, 20)))
    facts = infer(graph).facts
    assert isinstance(facts["conv2"].error, ShapeError)
    assert facts["fc1"].waits
    assert facts["fc1"].error is None


def test_unknown_picture_sizes_flow_through():
    graph = chain(image=Input(size=(3, "H", "W")), conv=Conv2d(8, padding=(1, 1)), pool=MaxPool2d((2, 2)))
    shape = infer(graph).facts["pool"].outputs["output"]
    assert str(shape).startswith("8 × ⌊")
    assert shape.at({"H": 33, "W": 64}) == (8, 16, 32)


def test_a_block_counts_its_body_once_for_each_repetition():
    graph = chain(image=Input(size=(6, 8, 8)), block1=double_block(3), out=Output())
    known = infer(graph)
    facts = known.facts["block1"]
    assert facts.weight_count == 3 * (6 * 6 * 9 + 6)
    assert set(facts.weights) >= {"0.conv.weight", "2.conv.bias"}
    assert known.sight("block1").size == (7, 7)


def test_a_block_that_changes_its_shape_cannot_repeat():
    facts = infer(chain(image=Input(size=(6, 8, 8)), block1=double_block(2, stride=2))).facts["block1"]
    assert "cannot repeat 2 times: it takes 6 × 8 × 8 and gives 6 × 4 × 4" in str(facts.error)


def test_a_mistake_inside_a_block_is_told_outside():
    facts = infer(chain(words=Input(kind="vector", size=(6,)), block1=double_block())).facts["block1"]
    assert "Inside Double, conv" in str(facts.error)


def test_branches_of_a_sum_merge_their_receptive_fields():
    graph = chain(image=Input(size=(4, 8, 8)), a=Conv2d(4, padding=(1, 1)), b=Conv2d(4, padding=(1, 1)))
    graph = joined(graph.with_node("add", Node(Add())), {"b.output": "add.x1", "image.output": "add.x2"})
    assert infer(graph).sight("add").size == (5, 5)


def test_a_cycle_leaves_its_nodes_waiting():
    graph = lenet().with_link(Link("fc2", "output", "fc1", "x"))
    assert infer(graph).facts["fc1"].waits


def test_rules_see_shapes_and_not_names():
    facts = infer(chain(a=Input(size=(3, 8, 8)), b=Conv2d(4))).facts["b"]
    assert facts.inputs == {"x": Shape(3, 8, 8)}


def test_breaking_a_cycle_brings_the_nodes_behind_it_back():
    whole = lenet()
    looped = whole.with_link(Link("fc2", "output", "fc1", "x"))
    before = infer(looped, infer(whole))
    assert before.facts["fc3"].waits
    assert infer(whole, before).facts == infer(whole).facts
