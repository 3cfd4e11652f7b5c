"""Places in a source: which lines speak of which node, inside blocks too, and which node a line speaks of."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from nodes.graph.scope import Way

WORD = re.compile(r"(self\.)?\b([A-Za-z]\w*)\b")


@dataclass(frozen=True)
class ClassPlace:
    """The lines of one class, counted from 1, and those of them that speak of each node."""

    first: int
    last: int
    lines: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Places:
    """``inner`` names the class of each block by the class it is used in and its node."""

    root: str
    classes: Mapping[str, ClassPlace] = field(default_factory=dict)
    inner: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def class_at(self, way: Way) -> str:
        """The class that holds what a way leads to; empty where the source has none."""
        name = self.root
        for node in way:
            name = self.inner.get((name, node), "")
        return name

    def lines_of(self, way: Way, names: Iterable[str]) -> tuple[int, ...]:
        """Lines that speak of some nodes of the graph that a way leads to."""
        place = self.classes.get(self.class_at(way))
        return tuple(sorted({n for name in names for n in place.lines.get(name, ())})) if place else ()

    def node_at(self, line: int, near: Way = ()) -> tuple[Way, str] | None:
        """The node that a line speaks of, and the way to its graph: ``near`` where that holds it, else a shortest."""
        for name, place in self.classes.items():
            if place.first <= line <= place.last:
                node = self._by_line[name].get(line)
                way = near if self.class_at(near) == name else self._ways.get(name)
                return (way, node) if node and way is not None else None
        return None

    @cached_property
    def _by_line(self) -> dict[str, dict[int, str]]:
        """For each class the first node named on each line."""
        found: dict[str, dict[int, str]] = {}
        for name, place in self.classes.items():
            entries = found.setdefault(name, {})
            for node, numbers in place.lines.items():
                for number in numbers:
                    entries.setdefault(number, node)
        return found

    @cached_property
    def _ways(self) -> dict[str, Way]:
        """A shortest way to each class."""
        ways: dict[str, Way] = {self.root: ()}
        waiting = [self.root]
        for name in waiting:  # grows while it is walked
            for (outer, node), inside in self.inner.items():
                if outer == name and inside not in ways:
                    ways[inside] = (*ways[name], node)
                    waiting.append(inside)
        return ways


def places_of(
    text: str, root: str, nodes: Mapping[str, Collection[str]], inner: Mapping[tuple[str, str], str]
) -> Places:
    """The places in a text, for the names of the nodes in each of its classes."""
    lines = text.split("\n")
    begins = {
        found[1]: number
        for number, line in enumerate(lines)
        if (found := re.match(r"class (\w+)\(nn\.Module\):", line)) and found[1] in nodes
    }
    classes = {name: _place(lines, begin, nodes[name]) for name, begin in begins.items()}
    return Places(root, classes, inner)


def _place(lines: list[str], begin: int, nodes: Collection[str]) -> ClassPlace:
    end = begin + 1
    while end < len(lines) and (not lines[end] or lines[end][0].isspace()):
        end += 1
    found: dict[str, list[int]] = {}
    for number in range(begin, end):
        named = WORD.findall(lines[number].split("  # ")[0])
        for is_own in (True, False):  # what it calls before what it names
            for own, word in named:
                if bool(own) is is_own and word in nodes and number + 1 not in found.get(word, ()):
                    found.setdefault(word, []).append(number + 1)
    return ClassPlace(begin + 1, end, {node: tuple(numbers) for node, numbers in found.items()})
