from nodes.activation import ReLU, Sigmoid
from nodes.arithmetic import Constant, Parameter
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.conv import Conv2d
from nodes.dropout import Dropout
from nodes.graph.check import DataFacts, link_verdict, problems
from nodes.graph.infer import infer
from nodes.graph.model import Graph, Link, Node
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss, MSELoss
from nodes.merge import Add, Multiply
from nodes.normalization import BatchNorm1d, BatchNorm2d
from nodes.reshape import Flatten
from nodes.spec.shapes import Shape
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


def in_place_behind(last):
    body = chain(a=Input(size=(4, 8, 8)), act=last, b=Output())
    graph = chain(image=Input(size=(4, 8, 8)), part=Block("Part", body), drop=Dropout(inplace=True), out=Output())
    return found(graph).get(("error", "drop"), "")


def test_working_in_place_on_what_a_gradient_inside_a_block_needs():
    assert "overwrites a value that act needs for its gradient" in in_place_behind(Sigmoid())
    assert in_place_behind(Conv2d(4, padding=(1, 1))) == ""


def test_a_repeated_block_that_works_in_place_on_what_the_one_before_it_needs():
    body = chain(a=Input(size=(4, 8, 8)), drop=Dropout(inplace=True), act=Sigmoid(), b=Output())
    conv = Conv2d(4, padding=(1, 1))
    once, twice = (
        found(chain(image=Input(size=(4, 8, 8)), conv=conv, part=Block("Part", body, n), out=Output()))
        for n in (1, 2)
    )
    assert ("error", "part") not in once
    assert "Inside part, drop works in place, but overwrites a value that act needs" in twice["error", "part"]


def test_of_a_body_shown_by_itself_nobody_knows_who_else_reads_its_input():
    body = chain(a=Input(size=(4, 8, 8)), act=ReLU(inplace=True), b=Output())
    assert [p for p in problems(body, infer(body)) if p.kind == "overwritten"]
    assert not [p for p in problems(body, infer(body, given={"a": Shape(4, 8, 8)})) if p.kind == "overwritten"]


def test_a_batch_of_one_is_an_error_only_where_nothing_can_be_measured():
    flat = chain(x=Input("vector", (4,)), norm=BatchNorm1d(), out=Output())
    wide = chain(x=Input(size=(4, 2, 2)), norm=BatchNorm2d(), out=Output())
    severities = [
        [p.severity for p in problems(graph, infer(graph), batch=batch) if p.kind == "batch-of-one"]
        for graph in (flat, wide)
        for batch in (0, 1, 2)
    ]
    assert severities == [[], ["error"], [], [], ["warning"], []]


def test_what_the_data_has_is_asked_only_where_it_is_known():
    graph = healthy()
    data = DataFacts(7, {"image": Shape(1, 8, 8), "label": Shape(values="index")}, "label")
    assert problems(graph, infer(graph)) == ()
    assert [p.kind for p in problems(graph, infer(graph), data)] == ["class-count"]
    other = DataFacts(10, {"image": Shape(3, 8, 8), "label": Shape(values="index")}, "label")
    assert [p.kind for p in problems(graph, infer(graph), other)] == ["data-shape"]


def test_a_target_that_is_wired_or_of_unknown_size_is_not_held_against_the_data():
    graph = chain(image=Input(size=(1, 8, 8)), conv=Conv2d(1, padding=(1, 1)), out=Output())
    graph = joined(graph.with_node("loss", Node(MSELoss())), {"conv.output": "loss.prediction"})
    data = DataFacts(10, {"image": Shape(1, 8, 8), "label": Shape(values="index")}, "label")
    assert [(p.kind, p.node) for p in problems(graph, infer(graph), data)] == [("target", "loss")]
    wired = joined(graph, {"image.output": "loss.target"})
    assert problems(wired, infer(wired), data) == ()
    unknown = graph.with_settings("image", Input(size=(1, "H", "W")))
    masks = DataFacts(0, {"image": Shape(1, "H", "W"), "mask": Shape(1, 8, 8)}, "mask")
    assert problems(unknown, infer(unknown), masks) == ()


def test_each_problem_says_why():
    graph = chain(image=Input(size=(1, 3, 3)), conv1=Conv2d(8, (5, 5)), out=Output())
    assert [(p.kind, bool(p.reason)) for p in problems(graph, infer(graph))] == [("kernel", True), ("no-loss", True)]


def test_a_computational_graph_of_its_own_numbers_needs_neither_data_nor_loss():
    graph = chain(two=Constant(value=(2.0,)), product=Multiply(), f=Output())
    graph = joined(graph.with_node("three", Node(Parameter(value=(3.0,)))), {"three.output": "product.x2"})
    assert problems(graph, infer(graph)) == ()
    judged = joined(graph.with_node("loss", Node(MSELoss())), {"product.output": "loss.prediction"})
    assert [p.kind for p in problems(judged, infer(judged))] == ["no-input"]


def test_two_linear_layers_may_meet_at_a_code():
    """64 → 8 → 128 stands for a product of low rank; 64 → 80 → 128 is a layer too many."""
    remarks = [
        [p.kind for p in problems(graph, infer(graph)) if p.kind == "no-activation"]
        for width in (8, 80)
        for graph in [chain(x=Input("vector", (64,)), code=Linear(width), fc=Linear(128), out=Output())]
    ]
    assert remarks == [[], ["no-activation"]]


def test_inputs_alone_are_a_beginning_that_nothing_is_said_about():
    graph = Graph({"one": Node(Input()), "two": Node(Input("vector", (3,)))})
    assert not any(problem.node for problem in problems(graph, infer(graph)))
    begun = graph.with_node("act", Node(ReLU()))
    assert {problem.node for problem in problems(begun, infer(begun)) if problem.kind == "unused-input"} == {
        "one",
        "two",
    }
