import pytest

from nodes.boundary import Input, Output
from nodes.conv import Conv2d
from nodes.graph.edit import copied, pasted
from nodes.graph.model import Graph, GraphError, Link, Node, name_fault
from nodes.merge import Add
from tests.nodes.drawing import chain, joined


@pytest.fixture
def graph():
    return chain(image=Input(size=(3, 32, 32)), conv1=Conv2d(), conv2=Conv2d(16), out=Output())


def test_an_edit_leaves_the_old_graph_alone_and_shares_its_nodes(graph):
    topology = graph.topology
    edited = graph.with_settings("conv1", Conv2d(64))
    assert graph.nodes["conv1"].settings.out_channels == 32
    assert edited.nodes["conv2"] is graph.nodes["conv2"]
    assert edited.topology is topology


def test_a_second_link_to_an_input_replaces_the_first(graph):
    edited = graph.with_link(Link("image", "output", "conv2", "x"))
    assert edited.incoming("conv2")["x"].source == "image"
    assert len(edited.links) == len(graph.links)


def test_a_variadic_input_offers_one_port_more_than_is_wired(graph):
    graph = joined(graph.with_node("add1", Node(Add())), {"conv1.output": "add1.x1", "conv2.output": "add1.x2"})
    assert [p.name for p in graph.input_ports("add1")] == ["x1", "x2"]
    assert [p.name for p in graph.input_ports("add1", spare=True)] == ["x1", "x2", "x3"]


def test_removing_a_node_removes_its_links(graph):
    left = graph.without(["conv1"])
    assert "conv1" not in left.nodes
    assert [str(k) for k in left.links] == ["conv2.output -> out.x"]


def test_renaming_keeps_links_and_order(graph):
    renamed = graph.renamed("conv1", "stem")
    assert list(renamed.nodes) == ["image", "stem", "conv2", "out"]
    assert renamed.incoming("conv2")["x"].source == "stem"


@pytest.mark.parametrize("name", ["class", "forward", "1st", "a b", "", "_x", "é", "torch", "a" * 61])
def test_names_that_cannot_be(graph, name):
    assert name_fault(name)
    with pytest.raises(GraphError):
        graph.renamed("conv1", name)


def test_a_name_is_taken_once(graph):
    with pytest.raises(GraphError, match="conv2 already"):
        graph.renamed("conv1", "conv2")


def test_a_link_to_a_port_that_is_not_there(graph):
    with pytest.raises(GraphError, match="no output indices; it has output"):
        graph.with_link(Link("conv1", "indices", "conv2", "x"))
    with pytest.raises(GraphError, match="no input y"):
        graph.with_link(Link("image", "output", "conv2", "y"))


def test_order_puts_every_node_after_what_it_needs(graph):
    order = graph.topology.order
    assert order.index("image") < order.index("conv1") < order.index("conv2")
    assert graph.topology.cycle == ()


def test_a_cycle_is_found_and_the_rest_still_ordered(graph):
    looped = graph.with_link(Link("conv2", "output", "conv1", "x"))
    assert set(looped.topology.cycle) == {"conv1", "conv2"}
    assert looped.topology.order == ("image",)


def test_pasting_what_was_copied_renames_and_keeps_inner_links(graph):
    pasted_graph, names = pasted(graph, copied(graph, ["conv1", "conv2"]), 24, 48)
    assert names == {"conv1": "conv3", "conv2": "conv4"}
    assert pasted_graph.incoming("conv4")["x"].source == "conv3"
    assert pasted_graph.incoming("conv3") == {}
    assert pasted_graph.nodes["conv3"].y == 48


def test_moving_keeps_what_follows_from_the_links(graph):
    topology = graph.topology
    moved = graph.moved({"conv1": (10, 20)})
    assert moved.topology is topology
    assert (moved.nodes["conv1"].x, moved.nodes["conv1"].y) == (10, 20)
    assert moved.structure == graph.structure
    assert moved != graph


def test_an_empty_graph_has_an_order():
    assert Graph().topology.order == ()
