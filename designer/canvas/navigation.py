"""Which node, frame or note lies in which direction."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt

from nodes.graph.model import Graph

LONG = 1000  # scene units: further to the side, links lead the way
DIRECTIONS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


Spot = tuple[float, float]
Thing = tuple[str, str]  # what it is: node or mark; and its name


def nearest(graph: Graph, here: Thing, key: Qt.Key, marks: Mapping[str, Spot]) -> Thing | None:
    """The next node, frame or note from one in the direction of an arrow key.

    What lies aside counts twice. To the right, past the end of a row, it goes along the first link; to the left
    back along it: so the arrows follow a network from its input to its loss. Frames and notes, given by their
    corners, are above and below: to the side of a node they would be in the way.
    """
    dx, dy = DIRECTIONS[key]
    kind, name = here
    start = marks[name] if kind == "mark" else (graph.nodes[name].x, graph.nodes[name].y)
    places: dict[Thing, Spot] = {("node", other): (node.x, node.y) for other, node in graph.nodes.items()}
    if dy or kind == "mark":
        places |= {("mark", other): spot for other, spot in marks.items()}
    best: tuple[float, Thing] | None = None
    for thing, spot in places.items():
        x, y = spot[0] - start[0], spot[1] - start[1]
        ahead, aside = x * dx + y * dy, abs(x * dy) + abs(y * dx)
        if thing != here and ahead > 0 and aside <= 2 * ahead:
            best = min(best or (float("inf"), here), (ahead + 2 * aside, thing))
    if best is not None and (dy or kind == "mark" or best[0] < LONG):
        return best[1]
    if kind == "node" and dx > 0 and graph.outgoing(name):
        return "node", graph.outgoing(name)[0].target
    if kind == "node" and dx < 0 and graph.incoming(name):
        return "node", next(iter(graph.incoming(name).values())).source
    return best[1] if best else None


def nearest_node(graph: Graph, name: str, key: Qt.Key) -> str | None:
    """The next node in the direction of an arrow key."""
    thing = nearest(graph, ("node", name), key, {})
    return thing[1] if thing is not None else None
