"""Focus: which wires stand out, those at what is under the mouse and those on the way through what is selected."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from designer.canvas.link_item import LinkItem
from nodes.graph.model import Graph, Link

NONE: frozenset[Link] = frozenset()
MOST_SELECTED = 1  # nodes of which the way from the input to the output is shown
NEARLY_ALL = 0.97  # a way of more of the links than this says nothing


class Focus:
    """The wires lit now. ``version`` grows whenever those on the way are others."""

    def __init__(self) -> None:
        self.lit = NONE  # at what is under the mouse
        self.trail = NONE  # on a way from an input of the network through the selected node to an output
        self.version = 0
        self._known: tuple[object, ...] = ()

    def state(self, item: LinkItem) -> str:
        """What the colour of a wire says."""
        if item.is_selected or item.is_faulty:
            return item.state()
        if item.link in self.lit:
            return "lit"
        if self.trail:
            return "trail" if item.link in self.trail else "dim"
        return item.state()

    def follow(self, graph: Graph, names: Collection[str]) -> bool:
        """Takes another selection or other links; whether other wires stand out now."""
        known = (graph.topology, tuple(names)) if 0 < len(names) <= MOST_SELECTED else ()
        if len(known) == len(self._known) and all(a is b or a == b for a, b in zip(known, self._known, strict=True)):
            return False
        before, self._known = self.trail, known
        found = trail(graph, names) if known else NONE
        self.trail = found if len(found) <= NEARLY_ALL * len(graph.links) else NONE
        self.version += self.trail != before
        return self.trail != before

    def light(self, links: Iterable[Link]) -> frozenset[Link]:
        """Lights some wires instead of those lit before; gives those that look different now."""
        before, self.lit = self.lit, frozenset(links)
        return before ^ self.lit


def trail(graph: Graph, names: Iterable[str]) -> frozenset[Link]:
    """The links on all ways into some nodes, and out of them."""
    found: set[Link] = set()
    _walk(names, lambda name: graph.incoming(name).values(), lambda link: link.source, found)
    _walk(names, graph.outgoing, lambda link: link.target, found)
    return frozenset(found)


def bundle(graph: Graph, link: Link) -> list[Link]:
    """The links that carry the same value."""
    return [other for other in graph.outgoing(link.source) if other.output == link.output]


def _walk(
    names: Iterable[str], links: Callable[[str], Iterable[Link]], end: Callable[[Link], str], found: set[Link]
) -> None:
    waiting, seen = list(names), set(names)
    while waiting:
        for link in links(waiting.pop()):
            found.add(link)
            if end(link) not in seen:
                seen.add(end(link))
                waiting.append(end(link))
