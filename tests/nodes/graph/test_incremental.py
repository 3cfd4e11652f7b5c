"""What is kept of an edit to the next must be what would be found from scratch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.activation import ReLU, Sigmoid
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.conv import Conv2d
from nodes.dropout import Dropout
from nodes.graph.check import DataFacts, problems
from nodes.graph.infer import infer
from nodes.graph.model import Graph, Link, Node
from nodes.linear import Linear
from nodes.loss import CrossEntropyLoss
from nodes.merge import Add, Concat
from nodes.normalization import BatchNorm1d, BatchNorm2d
from nodes.pooling import MaxPool2d
from nodes.reshape import Flatten
from nodes.spec.shapes import Shape
from nodes.spec.training import NodeTraining
from tests.nodes.drawing import chain

NAMES = ("a", "b", "c", "d", "e", "f", "A")
IN_PLACE = Block("Part", chain(x=Input(), act=ReLU(inplace=True), y=Output()), 2)
SETTINGS = (
    Input(size=(2, 8, 8)),
    Input(size=(2, 9, 9)),
    Input("vector", (4,)),
    Output(),
    Conv2d(2, padding=(1, 1)),
    Conv2d(3, stride=(2, 2)),
    Linear(4),
    BatchNorm2d(),
    BatchNorm1d(),
    MaxPool2d(),
    MaxPool2d(return_indices=True),
    ReLU(),
    ReLU(inplace=True),
    Sigmoid(),
    Dropout(inplace=True),
    Flatten(),
    Add(),
    Concat(),
    CrossEntropyLoss(),
    IN_PLACE,
)
DATA = DataFacts(3, {"image": Shape(2, 8, 8)})
names, settings = st.sampled_from(NAMES), st.sampled_from(SETTINGS)


def placed(graph, name, drawn):
    """Adds a node, or gives one other settings and keeps its links."""
    return graph.with_settings(name, drawn) if name in graph.nodes else graph.with_node(name, Node(drawn))


def linked(graph, source, target, number):
    if source not in graph.nodes or target not in graph.nodes:
        return graph
    outputs, ports = graph.nodes[source].settings.outputs(), graph.input_ports(target, spare=True)
    if not outputs or not ports:
        return graph
    port = ports[number % len(ports)].name
    return graph.with_link(Link(source, outputs[number % len(outputs)], target, port))


def cut(graph, number):
    return graph.without_links([graph.links[number % len(graph.links)]]) if graph.links else graph


def removed(graph, name):
    return graph.without([name])


def moved(graph, name):
    return graph.moved({name: (7.0, 7.0)}) if name in graph.nodes else graph


def frozen(graph, name):
    return graph.with_training(name, NodeTraining(frozen=True)) if name in graph.nodes else graph


def renamed(graph, name):
    return graph.renamed(name, "other") if name in graph.nodes and "other" not in graph.nodes else graph


edits = st.one_of(
    st.tuples(st.just(placed), names, settings),
    st.tuples(st.just(placed), names, settings),
    st.tuples(st.just(linked), names, names, st.integers(0, 5)),
    st.tuples(st.just(linked), names, names, st.integers(0, 5)),
    st.tuples(st.just(cut), st.integers(0, 9)),
    st.tuples(st.just(removed), names),
    st.tuples(st.just(moved), names),
    st.tuples(st.just(frozen), names),
    st.tuples(st.just(renamed), names),
)


def judged_alike(graph, known, fresh, *rest):
    assert problems(graph, known, *rest) == problems(graph, fresh, *rest)


STARTS = (
    chain(a=Input(size=(2, 8, 8)), b=Conv2d(2, padding=(1, 1)), c=BatchNorm2d(), d=ReLU(inplace=True), e=Output()),
    chain(a=Input("vector", (4,)), b=Dropout(), c=Linear(4), d=BatchNorm1d(), e=Linear(4), f=CrossEntropyLoss()),
    chain(a=Input(size=(2, 8, 8)), b=Conv2d(2, padding=(1, 1)), c=IN_PLACE, d=Sigmoid(), e=Add(), f=Output()),
    chain(a=Input("vector", (4,)), b=Linear(4), c=Sigmoid(), d=Linear(4), e=ReLU(), f=Output()),
)


@given(st.sampled_from(STARTS), st.lists(st.tuples(edits, st.booleans()), min_size=1, max_size=12))
def test_edits_one_by_one_are_judged_as_the_whole_from_scratch(graph, steps):
    known = infer(graph)
    problems(graph, known)
    for (edit, *arguments), is_asked in steps:
        graph = edit(graph, *arguments)
        known = infer(graph, known)
        fresh = infer(Graph(graph.nodes, graph.links))
        assert known.facts == fresh.facts
        if is_asked:  # a program may infer several times before it asks for problems
            judged_alike(graph, known, fresh)


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([(linked, "b", "e", 1)], id="a second reader of what is overwritten"),
        pytest.param([(linked, "b", "e", 1), (cut, -1)], id="the second reader goes again"),
        pytest.param(
            [(placed, "b", Conv2d(2, padding=(1, 1), bias=False))], id="a rule that looks at the node before"
        ),
        pytest.param([(placed, "b", Conv2d(4, padding=(1, 1)))], id="other shapes behind"),
        pytest.param([(placed, "b", Conv2d(2, (5, 5), padding=(2, 2)))], id="only the receptive field"),
        pytest.param(
            [(placed, "c", Add()), (linked, "b", "c", 0), (linked, "d", "c", 1), (placed, "b", Conv2d(4))],
            id="before a cycle",
        ),
        pytest.param([(linked, "d", "b", 0), (linked, "a", "b", 0)], id="a cycle broken"),
        pytest.param([(placed, "d", Output())], id="an end among the same ports"),
        pytest.param([(placed, "e", ReLU())], id="no end any more"),
        pytest.param([(placed, "c", Conv2d(2, (9, 9)))], id="an error in the middle"),
        pytest.param([(placed, "c", Conv2d(2, (9, 9))), (placed, "c", ReLU())], id="an error mended"),
        pytest.param([(removed, "c")], id="a gap"),
        pytest.param([(renamed, "c")], id="another name"),
        pytest.param([(placed, "b", Input(size=(2, 8, 8)))], id="a second input"),
        pytest.param([(placed, "x", ReLU()), (linked, "b", "x", 0)], id="a dead branch"),
    ],
)
@pytest.mark.parametrize("is_asked", [True, False])
def test_an_edit_is_judged_as_the_whole_from_scratch(steps, is_asked):
    graph = STARTS[0]
    known = infer(graph)
    problems(graph, known)
    for edit, *arguments in steps:
        graph = edit(graph, *arguments)
        known = infer(graph, known)
        if is_asked:
            problems(graph, known)
    fresh = infer(Graph(graph.nodes, graph.links))
    assert known.facts == fresh.facts
    judged_alike(graph, known, fresh)
    judged_alike(graph, known, fresh, DATA, 1)
    judged_alike(graph, known, fresh)


@given(st.sampled_from([(2, 8, 8), (2, 9, 9), (3, 8, 8)]), st.sampled_from([(2, 8, 8), (2, 3, 3)]))
def test_another_shape_given_from_outside_reaches_everything(first, second):
    body = chain(x=Input(), conv=Conv2d(2, (5, 5)), bn=BatchNorm2d(), act=ReLU(), y=Output())
    before = infer(body, given={"x": Shape(*first)})
    problems(body, before)
    after = infer(body, before, {"x": Shape(*second)})
    fresh = infer(body, given={"x": Shape(*second)})
    assert after.facts == fresh.facts
    assert problems(body, after) == problems(body, fresh)


def test_nothing_is_asked_again_of_nodes_that_an_edit_did_not_reach():
    graph = chain(x=Input(size=(2, 8, 8)), a=Conv2d(2), b=ReLU(), c=Conv2d(2), y=Output())
    before = infer(graph)
    problems(graph, before)
    edited = graph.with_settings("c", Conv2d(5))
    after = infer(edited, before)
    problems(edited, after)
    assert after.memory.said.by_node["a"] is before.memory.said.by_node["a"]
    assert after.memory.said.by_node["c"] is not before.memory.said.by_node["c"]
