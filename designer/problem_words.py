"""How a problem is said wherever one is shown: its word, its mark, its colour and its sentence."""

from __future__ import annotations

from designer import theme
from nodes.graph.check import Problem

WORDS = {"error": "Error", "warning": "Warning", "remark": "Remark"}
PLURALS = {"error": "Errors", "warning": "Warnings", "remark": "Remarks"}
MARKS = {"error": "✕", "warning": "▲", "remark": "●"}


def colour(severity: str) -> str:
    colours = theme.current()
    return {"error": colours.fault, "warning": colours.warning}.get(severity, colours.secondary)


def fact_of(problem: Problem) -> str:
    """The fact without the node's name before it, for a place where the node is plain."""
    return problem.fact.removeprefix(f"{problem.node}: ")
