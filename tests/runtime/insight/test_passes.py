"""The lectures' small graphs show the lectures' numbers, forward and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from nodes.activation import ReLU
from nodes.arithmetic import Parameter
from nodes.boundary import Output
from nodes.graph.files import load
from nodes.graph.model import Graph, Link, Node
from nodes.merge import Add, Multiply
from runtime.faults import RefusalError
from runtime.insight.passes import MOST_NODES, passes

NETWORKS = Path(__file__).parents[3] / "resources" / "networks"


def graph_of(name: str) -> Graph:
    return load(NETWORKS / f"{name}.netw").network.graph


def by_source(told: dict, source: str) -> tuple[list[float], list[float]]:
    link = next(link for link in told["links"] if link["source"] == source)
    return link["value"], link["gradient"]


def test_a_product_of_a_sum():
    """f = (x + y)·z at x −2, y 5, z −4."""
    told = passes(graph_of("product_of_a_sum"))
    for name, value, gradient in (("x1", -2, -4), ("y1", 5, -4), ("z1", -4, 3)):
        assert by_source(told, name) == ([value], [gradient])
    sums = [link for link in told["links"] if link["value"] == [3.0]]
    assert [link["gradient"] for link in sums] == [[-4.0]]
    assert by_source(told, "f") == ([-12.0], [1.0])


def test_a_sigmoid_neuron_by_its_steps():
    told = passes(graph_of("sigmoid_neuron"))
    expected = {"w0": -0.20, "x0": 0.39, "w1": -0.39, "x1": -0.59, "w2": 0.20}
    found = {name: round(by_source(told, name)[1][0], 2) for name in expected}
    assert found == pytest.approx(expected, abs=0.011)  # the lectures round on the way
    gradients = {round(link["gradient"][0], 2) for link in told["links"]}
    assert {1.0, -0.53, 0.2} <= gradients
    values = {round(link["value"][0], 2) for link in told["links"]}
    assert {-2.0, 6.0, 1.0, -1.0, 0.37, 1.37, 0.73} <= values


def test_a_squared_norm():
    """f = ‖W·x‖²: ∂f/∂W = 2q·xᵀ, ∂f/∂x = Wᵀ·2q."""
    told = passes(graph_of("squared_norm"))
    found = [(link["value"], link["gradient"]) for link in told["links"]]
    assert any(v == pytest.approx([0.22, 0.26], abs=1e-6) and g == pytest.approx([0.44, 0.52]) for v, g in found)
    assert any(g == pytest.approx([0.088, 0.176, 0.104, 0.208], abs=1e-6) for _, g in found)
    assert any(g == pytest.approx([-0.112, 0.636], abs=1e-6) for _, g in found)
    assert any(v == pytest.approx([0.116], abs=1e-6) for v, _ in found)


def test_a_value_that_goes_two_ways_has_a_gradient_on_each():
    """x·y + x at x 2, y 5: 5 comes back along one link of x, 1 along the other, and their sum to x."""
    graph = Graph().with_node("x", Node(Parameter(value=(2.0,)))).with_node("y", Node(Parameter(value=(5.0,))))
    for name, settings in (("product", Multiply()), ("sum", Add()), ("result", Output())):
        graph = graph.with_node(name, Node(settings))
    for link in ("x product x1", "y product x2", "product sum x1", "x sum x2", "sum result x"):
        source, target, port = link.split()
        graph = graph.with_link(Link(source, "output", target, port))
    told = passes(graph)
    found = {link["target"]: link["gradient"] for link in told["links"] if link["source"] == "x"}
    assert found == {"product": [5.0], "sum": [1.0]}
    assert told["weights"]["x.value"]["gradient"] == [6.0]
    assert told["order"][-1] == "result"


def test_a_large_drawing_is_refused():
    graph = Graph()
    for number in range(MOST_NODES + 1):
        graph = graph.with_node(f"relu{number}", Node(ReLU()))
    with pytest.raises(RefusalError, match="121 nodes are too many"):
        passes(graph)


def test_what_gives_nothing_out_is_refused():
    with pytest.raises(RefusalError, match="Add an Output"):
        passes(Graph().with_node("relu", Node(ReLU())))
