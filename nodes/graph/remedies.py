"""Remedies: edits that mend a problem, each with its price, applied by one click and undone by one."""

from __future__ import annotations

from dataclasses import dataclass

from nodes.graph.check import Problem
from nodes.graph.infer import Inference
from nodes.graph.model import Graph


@dataclass(frozen=True)
class Remedy:
    """An edit in words ("Insert a Flatten before fc1"), what it costs ("+0 weights"), and the graph it leads to."""

    text: str
    price: str
    graph: Graph


def remedies(graph: Graph, inference: Inference, problem: Problem) -> tuple[Remedy, ...]:
    """Up to three edits after which the problem is gone, the best first."""
    return ()
