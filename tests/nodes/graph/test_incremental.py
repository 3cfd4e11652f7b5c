"""What is kept of an edit to the next must be what would be found from scratch."""

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
    return graph.with_node(name, Node(drawn))


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


@given(st.lists(settings, min_size=1, max_size=6), st.lists(st.tuples(edits, st.booleans()), min_size=1, max_size=15))
def test_edits_one_by_one_are_judged_as_the_whole_from_scratch(drawn, steps):
    graph = chain_of(drawn)
    known = infer(graph)
    for (edit, *arguments), is_asked in steps:
        graph = edit(graph, *arguments)
        known = infer(graph, known)
        fresh = infer(Graph(graph.nodes, graph.links))
        assert known.facts == fresh.facts
        if is_asked:  # a program may infer several times before it asks for problems
            assert problems(graph, known, DATA, 1) == problems(graph, fresh, DATA, 1)
            assert problems(graph, known) == problems(graph, fresh)


def chain_of(drawn):
    graph = Graph()
    for number, one in enumerate(drawn):
        graph = linked(placed(graph, NAMES[number], one), NAMES[number - 1], NAMES[number], 0)
    return graph


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
