"""An Input as it begins: of the data that were chosen, field after field."""

from __future__ import annotations

import pytest

from nodes.boundary import Input
from nodes.graph.model import Graph, Node
from nodes.graph.problem import DataFacts
from nodes.graph.wiring import next_input
from nodes.spec.shapes import Shape

PAIR = {"left": Shape(1, 8, 8), "right": Shape(1, 8, 8), "age": Shape(3), "label": Shape(values="index")}
FIRST, SECOND, AGE = Input(size=(1, 8, 8)), Input(size=(1, 8, 8), field="right"), Input("vector", (3,))


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ((), FIRST),
        ((FIRST,), SECOND),
        ((Input(size=(1, 8, 8), field="left"),), SECOND),
        ((FIRST, SECOND), AGE),
        ((FIRST, SECOND, AGE), Input()),
        ((Input(size=(1, 28, 28)),), Input(size=(1, 8, 8), field="left")),
    ],
)
def test_a_new_input_takes_the_first_field_that_no_other_takes(there, expected):
    graph = Graph({f"input{number}": Node(one) for number, one in enumerate(there)})
    assert next_input(graph, DataFacts(10, PAIR, "label")) == expected


@pytest.mark.parametrize("data", [None, DataFacts(10, PAIR, "label", is_chosen=False), DataFacts(10)])
def test_without_chosen_data_it_is_as_it_comes(data):
    assert next_input(Graph(), data) == Input()
