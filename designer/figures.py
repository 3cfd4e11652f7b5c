"""Numbers as people read them: the same in the window as on the command line."""

from nodes.graph.figures import counted, field, grouped, memory, percent, rounded, seen, share

__all__ = ["counted", "field", "grouped", "memory", "percent", "rounded", "seen", "share"]
