"""Drawn: the items of one graph, kept when another is shown, so that going back makes none of them anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from designer.canvas.focus import Focus
from designer.canvas.grid import Grid
from designer.canvas.overview import Overview
from designer.canvas.router import Router
from designer.canvas.ways import Spot
from nodes.graph.model import Graph, Link

if TYPE_CHECKING:
    from designer.canvas.link_item import LinkItem
    from designer.canvas.node_item import NodeItem

MOST_NODES = 20_000  # of all graphs that are kept: some 50 MB


class Drawn:
    """Items by their nodes and links, where they stand, and the tiles they are painted in from afar."""

    def __init__(self, focus: Focus) -> None:
        self.nodes: dict[str, NodeItem] = {}
        self.links: dict[Link, LinkItem] = {}
        self.node_grid: Grid[str] = Grid()
        self.link_grid: Grid[Link] = Grid()
        self.overview = Overview(self.nodes, self.links, focus)
        self.router = Router(self.nodes, self.node_grid)
        self.bends: Mapping[Link, tuple[Spot, ...]] = {}
        self.long_links: set[Link] = set()  # these go around nodes that may come, go or move

    def rest(self) -> None:
        """Puts out what gestures, selections and numbers lit."""
        for item in self.nodes.values():
            item.rest()
        for wire in self.links.values():
            wire.is_selected, wire.is_shown = False, True
        self.overview.fills_boxes = False
        self.overview.restyle()


class Shelf:
    """What was shown before, the last one last; those shown longest ago go once there are too many nodes."""

    def __init__(self) -> None:
        self._kept: list[tuple[Graph, Drawn]] = []

    def put(self, graph: Graph, drawn: Drawn) -> None:
        self._kept = [(other, kept) for other, kept in self._kept if other is not graph]
        self._kept.append((graph, drawn))
        while sum(len(kept.nodes) for _, kept in self._kept) > MOST_NODES:
            del self._kept[0]

    def take(self, graph: Graph) -> Drawn | None:
        """What was drawn of a graph, if it is kept; it is no longer."""
        found = next((drawn for other, drawn in self._kept if other is graph), None)
        self._kept = [(other, drawn) for other, drawn in self._kept if other is not graph]
        return found

    def clear(self) -> None:
        self._kept.clear()
