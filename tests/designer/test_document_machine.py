"""Random edits, undo and redo: the document always shows one of the graphs it was given, and knows it fully."""

from __future__ import annotations

import contextlib

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from designer.canvas.scene import CanvasScene
from designer.document import Document
from nodes.activation import ReLU
from nodes.block import Block
from nodes.conv import Conv2d
from nodes.graph.blocks import dissolved, grouped
from nodes.graph.check import problems
from nodes.graph.edit import copied, pasted
from nodes.graph.files import read, write
from nodes.graph.infer import infer
from nodes.graph.marks import Frame, StickyNote
from nodes.graph.model import Graph, GraphError, Link, Network, Node
from nodes.graph.muting import mute_fault, with_muting
from nodes.graph.rewire import healed, led_through, made_room
from nodes.graph.scope import body_at, given_at
from nodes.graph.steps import replayed, step_between
from nodes.merge import Add
from nodes.spec.settings import SettingError
from tests.designer.drawing import chain
from tests.designer.test_document_scope import nested, unit

SETTINGS = (ReLU(), Conv2d(), Conv2d(kernel_size=(9, 9)), Add(), Block("Unit", unit()))
picks = st.integers(0, 1000)


class DocumentMachine(RuleBasedStateMachine):
    """Keeps its own list of graphs and a place in it, and compares."""

    def __init__(self) -> None:
        super().__init__()
        self.document = Document(Network(graph=started()))
        self.scene = CanvasScene(self.document)
        self.shown, self.place = [self.document.root_graph], 0

    def edit(self, graph) -> None:
        if graph is self.document.graph:
            return
        self.document.edit(graph, "Edit")
        assert self.document.graph is graph
        self.keep()

    def keep(self) -> None:
        if self.document.root_graph is not self.shown[self.place]:
            before, after = Network(graph=self.shown[self.place]), Network(graph=self.document.root_graph)
            opened = read(write(after))
            assert opened.faults == ()
            assert opened.network.graph == after.graph
            assert replayed(before, [step_between(before, after)]).graph == after.graph
            self.shown = [*self.shown[: self.place + 1], self.document.root_graph]
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

    @rule(pick=picks)
    def mute(self, pick):
        name = self.name(pick)
        if not mute_fault(self.document.graph, name):
            self.edit(with_muting(self.document.graph, [name]))

    @precondition(lambda self: len(self.document.graph.nodes) > 1)
    @rule(pick=picks)
    def heal(self, pick):
        self.edit(healed(self.document.graph, self.document.inference, [self.name(pick)]))

    @rule(node=picks, link=picks)
    def lead_through(self, node, link):
        graph, name = self.document.graph, self.name(node)
        if graph.links:
            chosen = graph.links[link % len(graph.links)]
            led = led_through(graph, self.document.inference, chosen, name)
            if led is not None:
                assert chosen not in led.links
                self.edit(made_room(led, chosen, name))

    @rule(first=picks, other=picks)
    def frame(self, first, other):
        graph = self.document.graph
        members = tuple(dict.fromkeys((self.name(first), self.name(other))))
        self.edit(graph.with_marks(graph.marks.with_frame(graph.marks.fresh_name("frame"), Frame("F", members))))

    @rule(pick=picks)
    def note(self, pick):
        marks = self.document.graph.marks
        self.edit(self.document.graph.with_marks(marks.with_note(marks.fresh_name("note"), StickyNote("n", pick))))

    @rule(pick=picks, x=picks)
    def bend(self, pick, x):
        graph = self.document.graph
        if graph.links:
            link = graph.links[pick % len(graph.links)]
            self.edit(graph.with_marks(graph.marks.with_bends(link, [(float(x), 12.0)])))

    @rule(first=picks, other=picks)
    def copy(self, first, other):
        graph = self.document.graph
        self.edit(pasted(graph, copied(graph, [self.name(first), self.name(other)]), 24, 240)[0])

    @rule(first=picks, other=picks)
    def group(self, first, other):
        document = self.document
        with contextlib.suppress(GraphError, SettingError):
            self.edit(grouped(document.graph, document.inference, [self.name(first), self.name(other)])[0])

    @rule(pick=picks)
    def dissolve(self, pick):
        name = self.name(pick)
        if isinstance(self.document.graph.nodes[name].settings, Block):
            with contextlib.suppress(GraphError):
                graph, _ = dissolved(self.document.graph, name)
                if graph.nodes:  # what was in it may have been nothing
                    self.edit(graph)

    @rule(pick=picks)
    def enter(self, pick):
        nodes = self.document.graph.nodes.items()
        blocks = [name for name, node in nodes if isinstance(node.settings, Block)]
        if blocks:
            self.document.enter((*self.document.scope, blocks[pick % len(blocks)]))
            assert self.document.selection == ()

    @precondition(lambda self: self.document.scope)
    @rule(pick=picks)
    def leave(self, pick):
        self.document.enter(self.document.scope[: pick % len(self.document.scope)])

    @rule(all_alike=st.booleans())
    def change_alike(self, all_alike):
        others = self.document.alike()
        self.document.change_alike(all_alike)
        self.keep()
        if all_alike:
            assert all(body_at(self.document.root_graph, way) is self.document.graph for way in others)

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
        document = self.document
        assert document.root_graph is self.shown[self.place]
        assert document.graph is body_at(document.root_graph, document.scope)
        assert document.is_modified == (self.place != 0 or document.root_graph is not self.shown[0])
        assert set(document.selection) <= document.graph.nodes.keys()

    @invariant()
    def knows_what_a_fresh_look_knows(self):
        document = self.document
        whole = infer(document.root_graph)
        assert document.root_inference.facts == whole.facts
        assert document.root_problems == problems(document.root_graph, whole)
        fresh = infer(document.graph, given=given_at(whole, document.scope))
        assert document.inference.facts == fresh.facts
        found = problems(document.graph, fresh)
        assert document.problems == tuple(p for p in found if p.node or p.severity == "error" or not document.scope)

    @invariant()
    def draws_what_is_there(self):
        graph = self.document.graph
        assert self.scene.node_items.keys() == graph.nodes.keys()
        assert self.scene.link_items.keys() == set(graph.links)
        for name, item in self.scene.node_items.items():
            assert (item.x(), item.y()) == (graph.nodes[name].x, graph.nodes[name].y)
            assert [p.name for p in item.inputs] == [p.name for p in graph.input_ports(name, spare=True)]


def started() -> Graph:
    """A chain, and two blocks in a row that hold blocks which are alike."""
    graph = chain()
    for name, node in nested().nodes.items():
        if isinstance(node.settings, Block):
            graph = graph.with_node(name, node)
    graph = graph.with_link(Link("relu1", "output", "stage1", "into"))
    return graph.with_link(Link("stage1", "result", "stage2", "into"))


def test_random_edits_undo_and_redo(qapp):
    run_state_machine_as_test(
        DocumentMachine, settings=settings(max_examples=25, stateful_step_count=25, deadline=None)
    )
