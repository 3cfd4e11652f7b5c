"""Links that heal, take a node in, or move to another port."""

from __future__ import annotations

import pytest

from nodes.activation import ReLU
from nodes.boundary import Input, Output
from nodes.conv import Conv2d
from nodes.graph.infer import infer
from nodes.graph.model import Graph, GraphError, Link, Node
from nodes.graph.rewire import healed, led_through, made_room, with_incoming, with_source
from nodes.linear import Linear
from nodes.merge import Add
from nodes.pooling import MaxPool2d
from nodes.reshape import Flatten
from tests.nodes.drawing import chain, joined


def row() -> Graph:
    return chain(
        image=Input(size=(1, 28, 28)), conv=Conv2d(6), relu=ReLU(), flat=Flatten(), fc=Linear(), scores=Output()
    )


def healed_row(*names: str) -> Graph:
    graph = row()
    return healed(graph, infer(graph), names)


def test_a_node_taken_out_of_the_middle_leaves_a_link() -> None:
    assert Link("conv", "output", "flat", "x") in healed_row("relu").links


def test_several_in_a_row_leave_one_link() -> None:
    assert Link("image", "output", "flat", "x") in healed_row("conv", "relu").links


def test_it_heals_only_where_the_shapes_allow() -> None:
    graph = healed_row("flat")  # Linear takes no image
    assert graph.incoming("fc") == {}
    assert graph.links == row().without(["flat"]).links


def test_ends_leave_nothing() -> None:
    assert healed_row("image").links == row().without(["image"]).links
    assert healed_row("scores").links == row().without(["scores"]).links


def test_all_that_a_node_fed_is_healed() -> None:
    graph = joined(row().with_node("out2", Node(Output())), {"relu.output": "out2.x"})
    left = healed(graph, infer(graph), ["relu"])
    assert {link.target for link in left.outgoing("conv")} == {"flat", "out2"}


def test_a_node_is_led_into_a_link() -> None:
    graph = row().with_node("pool", Node(MaxPool2d()))
    link = Link("relu", "output", "flat", "x")
    led = led_through(graph, infer(graph), link, "pool")
    assert led is not None
    assert Link("relu", "output", "pool", "x") in led.links
    assert Link("pool", "output", "flat", "x") in led.links
    assert link not in led.links


def test_what_does_not_fit_is_not_led_in() -> None:
    graph = row().with_node("pool", Node(MaxPool2d()))
    assert led_through(graph, infer(graph), Link("fc", "output", "scores", "x"), "pool") is None


def test_what_would_break_the_target_is_not_led_in() -> None:
    graph = chain(image=Input(size=(4, 8, 8)), conv=Conv2d(4, padding=(1, 1)), add=Add(), out=Output())
    graph = joined(graph, {"image.output": "add.x2"}).with_node("wide", Node(Conv2d(9, padding=(1, 1))))
    link = Link("image", "output", "add", "x2")
    assert infer(graph).facts["add"].error is None
    assert led_through(graph, infer(graph), link, "wide") is None


@pytest.mark.parametrize("name", ["conv", "scores"])
def test_what_is_wired_already_stays_where_it_is(name: str) -> None:
    assert led_through(row(), infer(row()), Link("relu", "output", "flat", "x"), name) is None


def test_neighbours_make_room_to_the_right() -> None:
    graph = row().with_node("pool", Node(MaxPool2d(), 560, 0))
    link = Link("relu", "output", "flat", "x")
    led = led_through(graph, infer(graph), link, "pool")
    assert led is not None
    roomy = made_room(led, link, "pool")
    assert [roomy.nodes[n].x for n in ("conv", "relu", "pool", "flat", "fc")] == [252, 504, 756, 1008, 1260]


def test_no_room_is_made_where_there_is_some() -> None:
    graph = row().moved({n: (2000.0 + 252 * i, 0.0) for i, n in enumerate(("flat", "fc", "scores"))})
    graph = graph.with_node("pool", Node(MaxPool2d(), 900, 30))
    link = Link("relu", "output", "flat", "x")
    led = led_through(graph, infer(graph), link, "pool")
    assert led is not None
    assert made_room(led, link, "pool").nodes == led.nodes


def test_neighbours_make_room_below_where_the_link_runs_down() -> None:
    graph = row().moved({n: (0.0, 96.0 * i) for i, n in enumerate(row().nodes)})
    graph = graph.with_node("pool", Node(MaxPool2d(), 30, 230))
    link = Link("relu", "output", "flat", "x")
    led = led_through(graph, infer(graph), link, "pool")
    assert led is not None
    roomy = made_room(led, link, "pool")
    assert [roomy.nodes[n].y for n in ("relu", "pool", "flat", "fc")] == [192, 288, 384, 480]


def test_all_links_of_an_output_move_to_another() -> None:
    graph = joined(row().with_node("out2", Node(Output())), {"relu.output": "out2.x"})
    moved = with_source(graph, infer(graph), graph.outgoing("relu"), "conv", "output")
    assert moved.outgoing("relu") == ()
    assert {link.target for link in moved.outgoing("conv")} == {"relu", "flat", "out2"}


def test_links_that_cannot_move_say_why() -> None:
    with pytest.raises(GraphError, match="circle"):
        with_source(row(), infer(row()), row().outgoing("conv"), "fc", "output")


def test_copies_are_fed_by_what_fed_the_first() -> None:
    graph = row().with_node("relu2", Node(ReLU()))
    fed = with_incoming(graph, {"relu": "relu2"}, row().incoming("relu").values())
    assert Link("conv", "output", "relu2", "x") in fed.links
