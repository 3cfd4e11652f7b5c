"""What a network began with, as a table of its nodes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rich.table import Table

from runtime.runs import MatchedWeight


class NodeLine(NamedTuple):
    """One node of the drawing, with all that is within it."""

    node: str
    taken: int
    weights: int
    sources: str  # the first and the last name there
    states: str


def by_node(rows: Iterable[MatchedWeight]) -> list[NodeLine]:
    """A line for each node, in the order of the network."""
    grouped: dict[str, list[MatchedWeight]] = {}
    for one in rows:
        grouped.setdefault(one.node.partition(".")[0], []).append(one)
    return [_line(node, group) for node, group in grouped.items()]


def as_table(rows: Iterable[MatchedWeight]) -> Table:
    """For a console."""
    table = Table("node", "weights", "begin as", "matched", box=None, header_style="bold", pad_edge=False)
    for line in by_node(rows):
        table.add_row(line.node, f"{line.taken} of {line.weights}", line.sources or "fresh", line.states)
    return table


def _line(node: str, group: list[MatchedWeight]) -> NodeLine:
    sources = [one.source for one in group if one.source]
    ends = dict.fromkeys((sources[0], sources[-1])) if sources else {}
    states = dict.fromkeys(one.state for one in group)
    return NodeLine(node, len(sources), len(group), " … ".join(ends), ", ".join(states))
