from nodes.activation import ReLU, Sigmoid
from nodes.boundary import Input, Output
from nodes.conv import Conv2d
from nodes.dropout import Dropout
from nodes.graph.check import link_verdict, problems
from nodes.graph.infer import infer
from nodes.graph.model import Graph, Link, Node
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss
from nodes.merge import Add
from nodes.reshape import Flatten
from tests.nodes.drawing import chain, joined


def found(graph):
    return {(p.severity, p.node): str(p) for p in problems(graph, infer(graph))}


def healthy():
    graph = chain(image=Input(size=(1, 8, 8)), flatten=Flatten(), fc1=Linear(10), digit=Output())
    return joined(graph.with_node("loss", Node(CrossEntropyLoss())), {"fc1.output": "loss.prediction"})


def test_a_healthy_network_has_no_problems():
    assert problems(healthy(), infer(healthy())) == ()


def test_an_empty_canvas_has_no_problems():
    assert problems(Graph(), infer(Graph())) == ()


def test_a_cycle_names_its_nodes():
    graph = chain(image=Input(), a=ReLU(), b=ReLU()).with_link(Link("b", "output", "a", "x"))
    assert any("in a circle" in text and "a" in text for text in found(graph).values())


def test_no_input_and_no_output():
    graph = chain(a=ReLU(), b=ReLU())
    texts = " ".join(str(problem) for problem in problems(graph, infer(graph)))
    assert "The network has no input." in texts
    assert "The network has no output." in texts


def test_no_loss_is_only_a_warning():
    graph = chain(image=Input(), out=Output())
    assert [p.severity for p in problems(graph, infer(graph))] == ["warning"]


def test_an_unwired_input_is_named():
    graph = healthy().without_links([Link("flatten", "output", "fc1", "x")])
    assert found(graph)["error", "fc1"] == "fc1 has nothing at its input x. Connect a value to it."


def test_only_the_first_node_that_fails_reports():
    graph = chain(image=Input(size=(1, 3, 3)), conv1=Conv2d(8, (5, 5)), relu=ReLU(), conv2=Conv2d(), out=Output())
    errors = [p for p in problems(graph, infer(graph)) if p.severity == "error"]
    assert [p.node for p in errors] == ["conv1"]
    assert "5-pixel kernel is larger than its 3-pixel input. Set kernel size to 3 or less" in str(errors[0])
    assert errors[0].parameter == "kernel_size"


def test_a_node_that_leads_nowhere_is_left_out():
    graph = healthy().with_node("relu1", Node(ReLU())).with_link(Link("fc1", "output", "relu1", "x"))
    assert "leads to no output and no loss" in found(graph)["warning", "relu1"]


def test_rows_that_are_never_reached_are_a_remark():
    graph = chain(image=Input(size=(1, 8, 8)), conv1=Conv2d(4, (3, 3), stride=(2, 2)), out=Output())
    text = found(graph)["remark", "conv1"]
    assert "(8 − 3 + 0)/2 leaves 1" in text


def test_working_in_place_on_a_value_that_is_read_again():
    graph = chain(image=Input(size=(4, 8, 8)), conv=Conv2d(4, padding=(1, 1)), relu=ReLU(inplace=True))
    graph = joined(
        graph.with_node("add", Node(Add())).with_node("out", Node(Output())),
        {"relu.output": "add.x1", "conv.output": "add.x2", "add.output": "out.x"},
    )
    assert "overwrites a value that add reads too" in found(graph)["error", "relu"]


def test_working_in_place_on_the_data_seen_through_a_flatten():
    graph = chain(image=Input(size=(1, 2, 2)), flatten=Flatten(), relu=ReLU(inplace=True), out=Output())
    assert "overwrites a value that belongs to the data" in found(graph)["error", "relu"]


def test_working_in_place_on_what_a_gradient_needs():
    graph = chain(image=Input(size=(4,), kind="vector"), act=Sigmoid(), drop=Dropout(inplace=True), out=Output())
    assert "overwrites a value that act needs for its gradient" in found(graph)["error", "drop"]


def test_a_link_is_refused_with_its_reason():
    graph = healthy()
    inference = infer(graph)
    assert link_verdict(graph, inference, Link("image", "output", "fc1", "x")).startswith("Linear expects")
    assert "close a circle" in link_verdict(graph, inference, Link("fc1", "output", "flatten", "x"))
    assert link_verdict(graph, inference, Link("fc1", "output", "fc1", "x")) == "A node cannot feed itself."
    assert link_verdict(graph, inference, Link("image", "output", "flatten", "x")) == ""
