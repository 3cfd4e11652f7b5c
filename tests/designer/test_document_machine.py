"""Random edits, undo and redo: the document always shows one of the graphs it was given, and knows it fully."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from designer.canvas.scene import CanvasScene
from designer.document import Document
from nodes.activation import ReLU
from nodes.conv import Conv2d
from nodes.graph.check import problems
from nodes.graph.infer import infer
from nodes.graph.model import Link, Network, Node
from nodes.merge import Add
from tests.designer.drawing import chain

SETTINGS = (ReLU(), Conv2d(), Conv2d(kernel_size=(9, 9)), Add())
picks = st.integers(0, 1000)


class DocumentMachine(RuleBasedStateMachine):
    """Keeps its own list of graphs and a place in it, and compares."""

    def __init__(self) -> None:
        super().__init__()
        self.document = Document(Network(graph=chain()))
        self.scene = CanvasScene(self.document)
        self.shown, self.place = [self.document.graph], 0

    def edit(self, graph) -> None:
        if graph is self.document.graph:
            return
        self.document.edit(graph, "Edit")
        self.shown = [*self.shown[: self.place + 1], graph]
        self.place += 1

    def name(self, pick: int) -> str:
        names = list(self.document.graph.nodes)
        return names[pick % len(names)]

    @rule(pick=picks)
    def add(self, pick):
        graph, chosen = self.document.graph, SETTINGS[pick % len(SETTINGS)]
        self.edit(graph.with_node(graph.fresh_name(chosen.stem), Node(chosen, pick % 7 * 252.0, pick % 5 * 144.0)))

    @precondition(lambda self: len(self.document.graph.nodes) > 1)
    @rule(pick=picks)
    def remove(self, pick):
        self.edit(self.document.graph.without([self.name(pick)]))

    @rule(start=picks, end=picks, port=picks)
    def join(self, start, end, port):
        graph = self.document.graph
        source, target = self.name(start), self.name(end)
        ports, outputs = graph.input_ports(target, spare=True), graph.nodes[source].settings.outputs()
        if ports and outputs and source != target:
            self.edit(graph.with_link(Link(source, outputs[0], target, ports[port % len(ports)].name)))

    @rule(pick=picks)
    def unplug(self, pick):
        graph = self.document.graph
        if graph.links:
            self.edit(graph.without_links([graph.links[pick % len(graph.links)]]))

    @rule(pick=picks, x=picks, y=picks)
    def move(self, pick, x, y):
        self.edit(self.document.graph.moved({self.name(pick): (float(x), float(y))}))

    @rule(pick=picks)
    def rename(self, pick):
        graph = self.document.graph
        self.edit(graph.renamed(self.name(pick), graph.fresh_name("renamed")))

    @precondition(lambda self: self.place > 0)
    @rule()
    def undo(self):
        self.document.undo_stack.undo()
        self.place -= 1

    @precondition(lambda self: self.place < len(self.shown) - 1)
    @rule()
    def redo(self):
        self.document.undo_stack.redo()
        self.place += 1

    @invariant()
    def shows_the_identical_graph(self):
        assert self.document.graph is self.shown[self.place]
        assert self.document.is_modified == (self.place != 0 or self.document.graph is not self.shown[0])

    @invariant()
    def knows_what_a_fresh_look_knows(self):
        graph = self.document.graph
        fresh = infer(graph)
        assert self.document.inference.facts == fresh.facts
        assert self.document.problems == problems(graph, fresh)

    @invariant()
    def draws_what_is_there(self):
        graph = self.document.graph
        assert self.scene.node_items.keys() == graph.nodes.keys()
        assert self.scene.link_items.keys() == set(graph.links)
        for name, item in self.scene.node_items.items():
            assert (item.x(), item.y()) == (graph.nodes[name].x, graph.nodes[name].y)
            assert [p.name for p in item.inputs] == [p.name for p in graph.input_ports(name, spare=True)]


def test_random_edits_undo_and_redo(qapp):
    run_state_machine_as_test(
        DocumentMachine, settings=settings(max_examples=25, stateful_step_count=25, deadline=None)
    )
