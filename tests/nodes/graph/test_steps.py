"""Edits written down as lines, and a drawing made of them again."""

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from nodes.activation import ReLU
from nodes.block import Block
from nodes.boundary import Input, Output
from nodes.graph.model import Graph, Link, Network, Node
from nodes.graph.steps import replayed, step_between
from nodes.spec.training import NodeTraining
from tests.nodes.drawing import chain

BODY = chain(x_in=Input(), relu=ReLU(), out=Output())
EDITS = st.sampled_from(["add", "block", "remove", "rename", "link", "unlink", "move", "freeze", "title", "data"])


def edited(network: Network, edit: str, pick: int) -> Network:
    graph = network.graph
    names = list(graph.nodes)
    name = names[pick % len(names)] if names else ""
    match edit:
        case "add":
            graph = graph.with_node(graph.fresh_name("relu"), Node(ReLU(), pick, 0))
        case "block":
            graph = graph.with_node(graph.fresh_name("block"), Node(Block("Pair", BODY, 1 + pick % 3)))
        case "remove" if name:
            graph = graph.without([name])
        case "rename" if name:
            graph = graph.renamed(name, graph.fresh_name("other"))
        case "link" if len(names) > 1:
            start, end = names[pick % len(names)], names[(pick + 1) % len(names)]
            outputs, inputs = graph.nodes[start].settings.outputs(), graph.input_ports(end)
            if outputs and inputs:
                graph = graph.with_link(Link(start, outputs[0], end, inputs[0].name))
        case "unlink" if graph.links:
            graph = graph.without_links([graph.links[pick % len(graph.links)]])
        case "move" if name:
            graph = graph.moved({name: (pick, -pick)})
        case "freeze" if name:
            graph = graph.with_training(name, NodeTraining(frozen=bool(pick % 2)))
        case "title":
            return dataclasses.replace(network, title=f"Network {pick}")
        case "data":
            return dataclasses.replace(network, data={"source": "digits", "seed": pick})
    return dataclasses.replace(network, graph=graph)


@given(edits=st.lists(st.tuples(EDITS, st.integers(0, 50)), max_size=25), cut=st.integers(1, 30))
def test_the_lines_of_any_edits_give_the_network_again(edits: list[tuple[str, int]], cut: int) -> None:
    base = network = Network(chain(image=Input(), relu1=ReLU(), result=Output()), title="Three nodes")
    lines, states = [], [base]
    for edit, pick in edits:
        after = edited(network, edit, pick)
        lines.append(step_between(network, after))
        network = after
        states.append(network)
    again = replayed(base, lines)
    assert again == network
    assert list(again.graph.nodes) == list(network.graph.nodes)
    if lines:  # the process died while it wrote the last line
        torn = [*lines[:-1], lines[-1][: -min(cut, len(lines[-1]))]]
        assert replayed(base, torn) == states[-2]


def test_a_step_of_one_node_does_not_write_the_others() -> None:
    graph = Graph({f"relu{n}": Node(ReLU(), n, 0) for n in range(1000)})
    after = Network(graph.with_node("relu5", Node(ReLU(inplace=True))))
    assert len(step_between(Network(graph), after)) < 1000
