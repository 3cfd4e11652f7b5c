"""Numbers as people read them: the same in the window as on the command line."""

from nodes.graph.figures import by_kind, counted, field, figure, memory, moment, percent, rounded, seen, share
from nodes.spec.sizes import grouped

__all__ = [
    "by_kind",
    "counted",
    "field",
    "figure",
    "grouped",
    "memory",
    "moment",
    "percent",
    "rounded",
    "seen",
    "share",
]
