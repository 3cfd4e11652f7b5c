"""Problems inside blocks, as they are said of the graph around them: where they lie, and of blocks alike once."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Sequence

from nodes.block import Block
from nodes.graph.model import Graph
from nodes.graph.problem import Problem
from nodes.spec.shapes import Shape

BY_SURROUNDINGS = frozenset({"overwritten", "class-count"})
"""Kinds that lie inside a block because of what is around it: a block like it may be sound."""
LEFT_INSIDE = frozenset({"overwritten", "unused-input"})
"""Kinds of which the body alone tells too little, or that its block's own ports show."""


def is_said_outside(problem: Problem) -> bool:
    """Whether a problem of a body is said of the graph around it too. What fails inside, the block's rule says."""
    has_failed = problem.severity == "error" and problem.kind != "batch-of-one"
    return bool(problem.node) and not has_failed and problem.kind not in LEFT_INSIDE


def lifted(name: str, problem: Problem) -> Problem:
    """A problem of a block's body as one of the graph that holds the block under a name."""
    fact = problem.fact
    inside = f"{name}.{fact.removeprefix('Inside ')}" if problem.within else f"{name}, {_continued(fact)}"
    return dataclasses.replace(
        problem, node=name, fact=f"Inside {inside}", parameter="", link=None, within=(problem.node, *problem.within)
    )


def _continued(fact: str) -> str:
    """A sentence as it goes on behind a comma: names of nodes stay as they are."""
    return f"the {fact.removeprefix('The ')}" if fact.startswith("The ") else fact


def batch_inside(block: Block, arriving: Sequence[Shape], batch: int) -> int:
    """How many samples a block's body gets at once: over time the steps of them all. 0: not known."""
    if not block.over_time or not arriving:
        return batch
    steps = arriving[0][0]
    return batch * steps if isinstance(steps, int) else 0


def blocks_alike(graph: Graph, name: str) -> tuple[str, ...]:
    """A block and those of the same graph with the same body, in the order of the graph."""
    block = graph.nodes[name].settings
    if not isinstance(block, Block):
        return (name,)
    body = block.body.structure
    return tuple(
        other
        for other, node in graph.nodes.items()
        if isinstance(node.settings, Block) and node.settings.body.structure == body
    )


def said_once(graph: Graph, found: Iterable[Problem]) -> list[Problem]:
    """The problems, where what lies in the same place of blocks alike is said of the first one alone."""
    first: dict[object, list[tuple[object, int]]] = {}  # the bodies of which it was said, and where it is kept
    kept: list[Problem] = []
    others: Counter[int] = Counter()  # place of a problem that is kept -> how many blocks more have it
    for problem in found:
        settings = graph.nodes[problem.node].settings if problem.within else None
        if isinstance(settings, Block) and problem.kind not in BY_SURROUNDINGS:
            told, body = problem.fact.removeprefix(f"Inside {problem.node}"), settings.body.structure
            before = first.setdefault((problem.within, problem.kind, problem.severity, told), [])
            place = next((place for other, place in before if other == body), None)
            if place is not None:
                others[place] += 1
                continue
            before.append((body, len(kept)))
        kept.append(problem)
    for place, count in others.items():
        fact = kept[place].fact
        kept[place] = dataclasses.replace(kept[place], fact=_of_several(fact, kept[place].node, count))
    return kept


def _of_several(fact: str, name: str, count: int) -> str:
    """``Inside block1 (and 2 blocks like it), …``."""
    head = f"Inside {name}"
    return f"{head} (and {count} block{'s' * (count > 1)} like it){fact.removeprefix(head)}"
