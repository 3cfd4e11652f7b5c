"""Remedies: edits that mend a problem, each with its price, applied by one click and undone by one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from nodes.block import Block
from nodes.graph.check import DataFacts, Problem, problems
from nodes.graph.infer import Inference, arguments, infer
from nodes.graph.inner import BY_SURROUNDINGS, batch_inside, blocks_alike
from nodes.graph.mending import mends_of, repeatable
from nodes.graph.mends import Mend
from nodes.graph.model import Graph
from nodes.graph.prices import price
from nodes.graph.scope import with_bodies_at
from nodes.spec.shapes import ShapeError

MOST = 3  # remedies that are offered
TRIED = 32  # edits that are tried for them
INSERTING = ("Insert", "Put")
PORTS = ("no-input", "no-output", "unwired")  # what a block lacks inside


@dataclass(frozen=True)
class Remedy:
    """An edit in words ("Insert Flatten before fc1"), what it costs ("+0 weights"), and the graph it leads to."""

    text: str
    price: str
    graph: Graph


@dataclass(frozen=True)
class _Tried:
    mend: Mend
    after: Inference
    errors: int


def remedies(
    graph: Graph, inference: Inference, problem: Problem, data: DataFacts | None = None, batch: int = 0
) -> tuple[Remedy, ...]:
    """Up to three edits after which the problem is gone, the best first; each was carried out and checked.

    ``data`` and ``batch`` are those that the problems were asked for with.
    """
    before = problems(graph, inference, data, batch)
    tried: dict[str, _Tried] = {}
    is_error = problem.severity == "error"  # where nothing can run, what comes behind may fail too once it is reached
    for mend in islice(_mends(graph, inference, problem, data, batch), TRIED):
        after = infer(mend.graph, inference, inference.given)
        left = problems(mend.graph, after, data, batch)
        if mend.text not in tried and _is_mended(problem, before, left, _touched(graph, mend.graph)):
            tried[mend.text] = _Tried(mend, after, _errors(left))
    sound = [one for one in tried.values() if is_error or one.errors <= _errors(before)]
    best = _varied(sorted(sound, key=lambda one: one.errors))
    return tuple(Remedy(one.mend.text, price(inference, one.after, best[0].after), one.mend.graph) for one in best)


def _varied(ranked: list[_Tried]) -> list[_Tried]:
    """The first few; where all of them insert something, the last gives way to the first that does another thing."""
    best, others = ranked[:MOST], ranked[MOST:]
    verbs = {one.mend.text.startswith(INSERTING) for one in best}
    other = next((one for one in others if not one.mend.text.startswith(INSERTING)), None)
    return [*best[:-1], other] if verbs == {True} and other and other.errors <= best[-1].errors else best


def _is_mended(problem: Problem, before: tuple[Problem, ...], left: tuple[Problem, ...], touched: set[str]) -> bool:
    """Whether there is one less of the problem, and no new error at its node or at one that was touched."""
    key = _key(problem)
    if sum(_key(p) == key for p in left) >= sum(_key(p) == key for p in before):
        return False
    known = {(p.node, p.kind, p.fact) for p in before}
    places = {problem.node, *touched}
    return not any(p.severity == "error" and p.node in places and (p.node, p.kind, p.fact) not in known for p in left)


def _touched(before: Graph, after: Graph) -> set[str]:
    """The nodes that are new or have other settings."""
    old = before.nodes
    return {name for name, node in after.nodes.items() if name not in old or old[name].settings != node.settings}


def _errors(found: tuple[Problem, ...]) -> int:
    return sum(problem.severity == "error" for problem in found)


def _key(problem: Problem) -> tuple[str, str, tuple[str, ...]]:
    return problem.kind, problem.node, problem.within


def _mends(
    graph: Graph, inference: Inference, problem: Problem, data: DataFacts | None, batch: int
) -> Iterator[Mend]:
    """Edits worth trying, the likeliest first."""
    node = graph.nodes.get(problem.node)
    if node is not None and isinstance(node.settings, Block):
        yield from _mends_inside(graph, inference, problem, node.settings, data, batch)
    if not problem.within:
        yield from mends_of(graph, inference, problem, data)


def _mends_inside(
    graph: Graph, inference: Inference, problem: Problem, block: Block, data: DataFacts | None, batch: int
) -> Iterator[Mend]:
    """Edits of a block's body, each as an edit of the graph that holds the block, and of all blocks it is said of."""
    arriving = [shape for shape in arguments(block, inference.facts[problem.node].inputs) if shape is not None]
    if len(arriving) < len(block.inputs()):  # what is inside is known once all that it needs is there
        return
    try:
        inside = block.inside(*arriving)
    except ShapeError:
        return
    body, batch = block.body, batch_inside(block, arriving, batch)
    found = problems(body, inside, None, batch)
    is_own = not problem.within or problem.kind in BY_SURROUNDINGS
    if problem.within:
        inner = [_inner(problem, found)]
    else:
        kinds = PORTS if problem.kind == "port" else (problem.kind,)
        inner = [p for p in found if p.severity == "error" and p.kind in kinds]
        data = None
    within = [mend for one in inner[:1] for mend in _mends(body, inside, one, data, batch)]
    if problem.kind == "repeat":
        within += repeatable(body, inside)
    names = (problem.node,) if is_own else blocks_alike(graph, problem.node)
    where = problem.node if len(names) == 1 else f"{problem.node} and {len(names) - 1} like it"
    for mend in within:
        yield Mend(f"Inside {where}: {mend.text}", with_bodies_at(graph, [(name,) for name in names], mend.graph))


def _inner(problem: Problem, found: tuple[Problem, ...]) -> Problem:
    """A problem within a block as the body itself says it, or where only the whole shows it as the body would."""
    plain = dataclasses.replace(problem, node=problem.within[0], within=problem.within[1:])
    return next((p for p in found if _key(p) == _key(plain) and p.severity == problem.severity), plain)
