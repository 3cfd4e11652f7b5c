"""Which node lies in which direction."""

from __future__ import annotations

from PySide6.QtCore import Qt

from nodes.graph.model import Graph

DIRECTIONS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


def nearest(graph: Graph, name: str, key: Qt.Key) -> str | None:
    """The next node from one in the direction of an arrow key.

    What lies aside counts twice. To the right, past the end of a row, it goes along the first link; to the left
    back along it: so the arrows follow a network from its input to its loss.
    """
    dx, dy = DIRECTIONS[key]
    here = graph.nodes[name]
    best: tuple[float, str] | None = None
    for other, node in graph.nodes.items():
        x, y = node.x - here.x, node.y - here.y
        ahead, aside = x * dx + y * dy, abs(x * dy) + abs(y * dx)
        if other != name and ahead > 0 and aside <= 2 * ahead:
            best = min(best or (float("inf"), ""), (ahead + 2 * aside, other))
    if best is not None and (dy or best[0] < 1000):
        return best[1]
    if dx > 0 and graph.outgoing(name):
        return graph.outgoing(name)[0].target
    if dx < 0 and graph.incoming(name):
        return next(iter(graph.incoming(name).values())).source
    return best[1] if best else None
