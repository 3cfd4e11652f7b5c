"""Networks that nobody thought of: layers of the catalogue put together at random, against PyTorch."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator, Sequence

import hypothesis
import pytest
import torch
from hypothesis import strategies as st
from torch import nn

from nodes.boundary import AXES_BY_KIND, Input, Output
from nodes.catalogue import catalogue
from nodes.graph.infer import infer
from nodes.graph.model import Graph, Link, Node
from nodes.spec.node_type import NodeType
from nodes.spec.shapes import Shape, ShapeError
from nodes.spec.sizes import size_at
from runtime.compile import build
from runtime.exchange.example import random_inputs
from tests.nodes.cases import cases
from tests.nodes.drawn import settings_of
from tests.nodes.test_contract import HARMLESS, by_port, thoroughly

MOST_NODES, MOST_NUMBERS, MOST_WAYS = 8, 20_000, 60
TYPES = [
    t
    for t in catalogue()
    # What a layer looks up by indices has to be there: that is a matter of values and not of shapes.
    if not t.is_loss and t.family not in ("boundary", "block", "code") and not t.type_id.startswith("max_unpool")
]
each_type = pytest.mark.parametrize("declared", TYPES, ids=lambda t: t.type_id)
LOOKUPS = ("embedding", "embedding_bag", "one_hot")
KINDS = {axes: kind for kind, axes in AXES_BY_KIND.items()}
INDEX_KINDS = {"": "index", "L": "indices"}

Value = tuple[str, str]  # a node and one of its outputs


class Drawing:
    """A graph that grows by one node after the other, with the shape of every value in it."""

    def __init__(self, inputs: list[Shape]) -> None:
        self.graph, self.values = Graph(), dict[Value, Shape]()
        for number, shape in enumerate(inputs):
            kind = INDEX_KINDS.get(shape.axes) if shape.values == "index" else None
            self._place(
                f"in{number}",
                Input(kind=kind or KINDS[shape.axes], size=tuple(shape), values=shape.values),
                [],
                [],
                [],
            )

    def begins(self, settings: NodeType, inputs: Sequence[Shape | None]) -> bool:
        """Adds the first node; False where it refuses its inputs."""
        ports = settings.inputs()
        names = [f"x{number + 1}" if ports[0].variadic else ports[number].name for number in range(len(inputs))]
        wired = [name for name, shape in zip(names, inputs, strict=True) if shape is not None]
        try:
            by_port(settings, *inputs)
        except ShapeError:
            return False
        self._place("first", settings, list(self.values), wired, inputs)
        return True

    def add(self, settings: NodeType, turn: int) -> bool:
        """Adds a node at the first values that suit it, of those that begin at ``turn``; False where none do."""
        for ways, ports in self._ways(settings, turn):
            shapes = [self.values[value] for value in ways]
            if settings.type_id in LOOKUPS and not ways[0][0].startswith("in"):
                continue
            try:
                outputs = by_port(settings, *shapes).values()
                weights = settings.weights(*shapes).values()
            except ShapeError:
                continue
            if all(size_at(shape.numel, {}) <= MOST_NUMBERS for shape in (*outputs, *weights)):
                self._place(f"{settings.stem}{len(self.graph.nodes)}", settings, ways, ports, shapes)
                return True
        return False

    def _ways(self, settings: NodeType, turn: int) -> Iterator[tuple[tuple[Value, ...], list[str]]]:
        known = list(self.values)
        known = known[-1 - turn % len(known) :] + known[: -1 - turn % len(known)]
        ports = settings.inputs()
        if ports and ports[0].variadic:
            count = 1 + turn % 3
            names = [f"x{number + 1}" for number in range(count)]
        else:
            names = [port.name for port in ports if not port.optional]
        for ways in itertools.islice(itertools.product(known, repeat=len(names)), MOST_WAYS):
            yield ways, names

    def _place(
        self,
        name: str,
        settings: NodeType,
        ways: Sequence[Value],
        ports: list[str],
        shapes: Sequence[Shape | None],
    ) -> None:
        self.graph = self.graph.with_node(name, Node(settings))
        for (source, output), port in zip(ways, ports, strict=True):
            self.graph = self.graph.with_link(Link(source, output, name, port))
        self.values |= {(name, port): shape for port, shape in by_port(settings, *shapes).items()}

    def finished(self) -> Graph:
        """With an Output at every value."""
        graph = self.graph
        for number, (source, output) in enumerate(self.values):
            graph = graph.with_node(f"out{number}", Node(Output())).with_link(
                Link(source, output, f"out{number}", "x")
            )
        return graph


@st.composite
def drawings(draw: st.DrawFn, declared: type[NodeType]) -> Drawing:
    """A node of one type at inputs that suit it, and others behind it as they come."""
    settings, inputs = draw(cases(declared))
    hypothesis.assume(all(shape is None or shape.axes in KINDS for shape in inputs))
    drawing = Drawing([shape for shape in inputs if shape is not None])
    hypothesis.assume(drawing.begins(working_aside(settings), inputs))
    for other in draw(st.lists(st.sampled_from(TYPES), min_size=20, max_size=20)):
        drawing.add(working_aside(draw(settings_of(other))), draw(st.integers(0, 5)))
        if len(drawing.graph.nodes) >= MOST_NODES:
            break
    return drawing


def working_aside(settings: NodeType) -> NodeType:
    """Not in place: every value is read by an Output as well."""
    return settings.replaced(inplace=False) if getattr(settings, "inplace", False) else settings


@each_type
@hypothesis.settings(thoroughly, max_examples=thoroughly.max_examples // 30)
@hypothesis.given(data=st.data())
def test_layers_put_together_at_random_give_the_shapes_that_were_said(
    declared: type[NodeType], data: st.DataObject
) -> None:
    drawing = data.draw(drawings(declared))
    graph = drawing.finished()
    facts = infer(graph).facts
    with warnings.catch_warnings():
        for harmless in HARMLESS:
            warnings.filterwarnings("ignore", harmless)
        module = build(graph, losses=False).eval()
        with torch.inference_mode():
            results = module(*random_inputs(graph, 2, {}).values())
    results = (results,) if isinstance(results, torch.Tensor) else results
    outputs = {name: facts[name].outputs["output"] for name in graph.nodes if name.startswith("out")}
    for (name, shape), result in zip(outputs.items(), results, strict=True):
        assert tuple(result.shape[1:]) == shape, name
        assert (shape.values == "real") == result.is_floating_point(), name
    assert numbers_of(module) == {
        f"{name}.{weight}": tuple(shape) for name, one in facts.items() for weight, shape in one.weights.items()
    }


def numbers_of(module: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(weight.shape) for name, weight in module.named_parameters()}
