"""Foresight: what an edit that is only tried would change, worked out without making it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from nodes.graph.check import Problem, problems
from nodes.graph.figures import counted, rounded
from nodes.graph.infer import Facts, Inference, infer
from nodes.graph.model import Graph, Link
from nodes.graph.scope import body_at, given_at, with_bodies_at
from nodes.spec.settings import SettingError
from nodes.spec.shapes import Shape
from nodes.spec.sizes import Size

if TYPE_CHECKING:
    from designer.document import Document


NOTHING = Facts({}, {}, waits=True)


@dataclass(frozen=True)
class Totals:
    """How many weights and multiply-adds more there would be; None where they depend on a size that is not known."""

    weights: int
    multiply_adds: int | None


@dataclass(frozen=True)
class Foresight:
    """What is known of the graph shown and what would be, and the same of the whole network."""

    before: Inference
    after: Inference
    root_before: Inference
    root_after: Inference
    said: tuple[Problem, ...]  # the problems of now
    problems: tuple[Problem, ...]

    @property
    def then(self) -> State:
        """What would be known."""
        return State(self.after, self.root_after, self.problems)

    @cached_property
    def changed(self) -> tuple[str, ...]:
        """Nodes of which something else would be known."""
        old = self.before.facts
        return tuple(
            name for name, facts in self.after.facts.items() if facts is not old[name] and facts != old[name]
        )

    @cached_property
    def edited(self) -> tuple[str, ...]:
        """Nodes whose settings would be others."""
        old = self.before.graph.nodes
        nodes = self.after.graph.nodes.items()
        return tuple(n for n, node in nodes if n in old and node.settings is not old[n].settings)

    @cached_property
    def shapes(self) -> dict[Link, tuple[Shape | None, Shape | None]]:
        """The links that would carry another shape: what they carry now, and then."""
        graph, found = self.after.graph, {}
        for name in self.changed:
            for link in graph.outgoing(name):
                now = self.before.facts.get(name, NOTHING).outputs.get(link.output)
                then = self.after.shape_of(link)
                if now != then:
                    found[link] = now, then
        return found

    @cached_property
    def new_problems(self) -> dict[str, Problem]:
        """For each node the first problem it would have and does not have now; remarks are none."""
        now = {(p.node, p.kind, p.parameter) for p in self.said}
        found: dict[str, Problem] = {}
        for problem in self.problems:
            if problem.severity != "remark" and (problem.node, problem.kind, problem.parameter) not in now:
                found.setdefault(problem.node, problem)
        return found

    @cached_property
    def totals(self) -> Totals:
        """Of the whole network."""
        weights, adds = 0, list[int | None]()
        for name, facts in self.root_after.facts.items():
            old = self.root_before.facts.get(name, NOTHING)
            if facts is not old:
                weights += facts.weight_count - old.weight_count
                adds.append(difference(old.multiply_adds, facts.multiply_adds))
        known = [more for more in adds if more is not None]
        return Totals(weights, sum(known) if len(known) == len(adds) else None)

    @cached_property
    def lost(self) -> int:
        """How many nodes of the whole network would have no shape any longer."""
        old = self.root_before.facts
        return sum(not f.outputs and bool(old.get(n, NOTHING).outputs) for n, f in self.root_after.facts.items())

    def in_words(self) -> str:
        """What the whole network would gain and lose."""
        if self.lost:
            return f"{counted(self.lost, 'node')} would have no shape"
        return said(self.totals) or "totals as before"

    def costs_of(self, name: str) -> str:
        """``+1.2 k weights``, ``−3 M multiply-adds``; empty where a node would cost what it costs now."""
        old, new = self.before.facts.get(name, NOTHING), self.after.facts[name]
        if new.error or new.waits or old.error or old.waits:
            return ""
        return said(Totals(new.weight_count - old.weight_count, difference(old.multiply_adds, new.multiply_adds)))


def foresight(document: Document, graph: Graph) -> Foresight | None:
    """What another graph in the place of the one shown would change; None where it cannot stand there."""
    ways = [document.scope, *(document.alike() if document.changes_alike else ())]
    try:
        root = with_bodies_at(document.root_graph, ways, graph)
    except SettingError:
        return None
    root_after = infer(root, document.root_inference)
    after = root_after
    if document.scope:
        body = body_at(root, document.scope)
        after = infer(body, document.inference, given_at(root_after, document.scope))
    data = None if document.scope else document.data_facts
    found = problems(after.graph, after, data, document.shown_batch)
    return Foresight(
        document.inference,
        after,
        document.root_inference,
        root_after,
        document.problems,
        tuple(problem for problem in found if problem.node),
    )


@dataclass(frozen=True)
class State:
    """What was known before the first of some steps that belong together."""

    inference: Inference
    root: Inference
    problems: tuple[Problem, ...]

    @classmethod
    def of(cls, document: Document) -> State:
        return cls(document.inference, document.root_inference, document.problems)

    def until(self, document: Document) -> Foresight:
        """What the steps since have changed."""
        now = State.of(document)
        return Foresight(self.inference, now.inference, self.root, now.root, self.problems, now.problems)


def difference(old: Size, new: Size) -> int | None:
    if isinstance(old, int) and isinstance(new, int):
        return new - old
    return 0 if old == new else None


def said(totals: Totals) -> str:
    """``+1.2 M weights · −3 M multiply-adds``; what stays is left out."""
    parts = [f"{signed(totals.weights)} weights"] if totals.weights else []
    if totals.multiply_adds:
        parts.append(f"{signed(totals.multiply_adds)} multiply-adds")
    return " · ".join(parts)


def signed(number: int) -> str:
    return f"{'+' if number >= 0 else '−'}{rounded(abs(number))}"


def shape_words(shape: Shape | None) -> str:
    """As it stands on a wire."""
    return "?" if shape is None else "×".join(map(str, shape)) or "1"
