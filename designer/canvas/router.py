"""Router: which way each wire takes, around the nodes that stand between its ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from designer.canvas.geometry import GRID, NODE_HEIGHT, NODE_WIDTH, ROW
from designer.canvas.grid import Box, Grid
from designer.canvas.node_item import NodeItem
from designer.canvas.ways import BEND, Spot, Way, at_height, back, forward, lane_beside, through
from nodes.graph.model import Link

CLEARANCE = 22.0  # between a wire that goes around and the nodes it avoids
APART = 4.0  # further for each node passed, so that long wires run outside of short ones
MOST_APART, MOST_TRIED = 6, 10
SIDES = 30.0  # px a wire goes further to arrive from the side on which its port is
LINE = 40 * NODE_WIDTH  # what runs further back leads from one line of a wrapped drawing to the next
AIR = 6.0  # least distance of a level piece from a node


class Router:
    """Knows where nodes stand, and so where wires can run."""

    def __init__(self, nodes: Mapping[str, NodeItem], grid: Grid[str]) -> None:
        self._nodes, self._grid = nodes, grid

    def is_long(self, link: Link) -> bool:
        """Whether nodes may stand between the ends of a link."""
        return self._nodes[link.target].x() - self._nodes[link.source].x() > 2 * NODE_WIDTH

    def way(self, link: Link, bends: Sequence[Spot] = ()) -> Way:
        """The way from an output to an input, through the points it is led through, if any."""
        source, target = self._nodes[link.source], self._nodes[link.target]
        start, end = source.output_place(link.output), target.input_place(link.input)
        if bends:
            return through(start, bends, end)
        if end[0] - start[0] < GRID:
            return back(start, end, self._lane(link, start, end))
        height = self._height(link, start, end) if self.is_long(link) else None
        return forward(start, end) if height is None else at_height(start, end, height)

    def _height(self, link: Link, start: Spot, end: Spot) -> float | None:
        """The height at which a link passes the nodes that stand in its way; None where none does."""
        (left, y), (right, to_y) = start, end
        boxes = self._boxes((left, min(y, to_y) - 1, right, max(y, to_y) + 1), link)
        if not boxes:
            return None
        margin = CLEARANCE + APART * min(len(boxes), MOST_APART)
        middle = self._nodes[link.target].scene_box().center().y()
        heights = {y: 0.0, to_y: 0.0}
        for _, top, _, bottom in boxes:
            heights[top - margin] = SIDES if to_y > middle else 0.0
            heights[bottom + margin] = SIDES if to_y < middle else 0.0
        for level in {y, to_y}:
            if any(top - AIR <= level <= bottom + AIR for _, top, _, bottom in boxes):
                del heights[level]
        order = sorted(heights, key=lambda h: abs(h - y) + abs(h - to_y) + heights[h])
        for height in order[:MOST_TRIED]:
            if self._is_free(link, start, end, height):
                return height
        over, under = min(top for _, top, _, _ in boxes) - margin, max(bottom for *_, bottom in boxes) + margin
        return over if abs(over - y) + abs(over - to_y) < abs(under - y) + abs(under - to_y) else under

    def _is_free(self, link: Link, start: Spot, end: Spot, height: float) -> bool:
        """Whether no node stands on the level piece nor beside it where the wire climbs to it."""
        (left, y), (right, to_y) = start, end
        if self._boxes((left + GRID, height - AIR, right - GRID, height + AIR), link):
            return False
        climbs = [(x, at) for x, at in ((left + 8, y), (right - BEND, to_y)) if abs(height - at) > NODE_HEIGHT]
        return not any(self._boxes((x, min(height, at), x + BEND - 8, max(height, at)), link) for x, at in climbs)

    def _lane(self, link: Link, start: Spot, end: Spot) -> float:
        """The height at which a wire runs back, past what stands there if it can."""
        source, target = self._grid.box(link.source), self._grid.box(link.target)
        usual = lane_beside(source, target, ROW - NODE_HEIGHT, CLEARANCE)
        left, right = end[0], start[0]
        if right - left > LINE:
            return usual  # a line of a text goes on in the next: its rows are even
        blocking = self._boxes((left, usual - AIR, right, usual + AIR), link)
        if not blocking:
            return usual
        lanes = [top - CLEARANCE for _, top, _, _ in blocking] + [bottom + CLEARANCE for *_, bottom in blocking]
        for lane in sorted(lanes, key=lambda h: abs(h - usual))[:MOST_TRIED]:
            if not self._boxes((left, lane - AIR, right, lane + AIR), link):
                return lane
        return usual

    def _boxes(self, band: Box, link: Link) -> list[Box]:
        """Nodes within a band, the ends of the link left out."""
        return [self._grid.box(name) for name in self._grid.near(band) if name not in (link.source, link.target)]
