"""Layers: a graph's nodes in columns, with few links crossing and long chains in line. Numbers stand for nodes.

Source:  Sugiyama, Tagawa & Toda 1981, "Methods for Visual Understanding of Hierarchical System Structures";
         Brandes & Köpf 2002, "Fast and Simple Horizontal Coordinate Assignment" (what may be aligned).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

MOST_BENDS = 20_000  # of links that pass columns; beyond that, links pass without a place of their own
SWEEPS = 12
SPREAD = 1 / 64  # how far apart two ports of one node count when links are sorted

Edges = Mapping[tuple[int, int], tuple[int, int]]  # (source, target) -> (output port, input port)


@dataclass
class Layered:
    """Columns of numbers. Those from ``count`` on are bends: places where a link passes a column."""

    count: int
    layer: list[int]
    before: list[list[int]]
    after: list[list[int]]
    ports: dict[tuple[int, int], tuple[int, int]]
    columns: list[list[int]] = field(default_factory=list)

    def is_bend(self, item: int) -> bool:
        return item >= self.count

    def add(self, source: int, target: int, ports: tuple[int, int]) -> None:
        self.after[source].append(target)
        self.before[target].append(source)
        self.ports[source, target] = ports


def layered(count: int, edges: Edges) -> Layered:
    """Columns for nodes 0 … count − 1; every edge leads from a lower number to a higher one."""
    layer = _columns_of(count, edges)
    result = Layered(count, layer, [[] for _ in layer], [[] for _ in layer], {})
    _connect(result, edges)
    result.columns = [[] for _ in range(max(layer, default=-1) + 1)]
    for path in paths(result):  # the longest chains first, so that those beside them come below
        for item in path:
            result.columns[result.layer[item]].append(item)
    _untangle(result)
    return result


def paths(layered: Layered) -> list[list[int]]:
    """Every item in one chain: first the longest way through the graph, then the longest of what it left."""
    size = len(layered.layer)
    by_column = sorted(range(size), key=lambda item: layered.layer[item])
    up, down = [0.0] * size, [0.0] * size
    for item in by_column:
        up[item] = _length(layered, item) + max((up[one] for one in layered.before[item]), default=0.0)
    for item in reversed(by_column):
        down[item] = _length(layered, item) + max((down[one] for one in layered.after[item]), default=0.0)
    taken = [False] * size
    found: list[list[int]] = []
    for start in sorted(range(size), key=lambda item: (-up[item] - down[item] + _length(layered, item), item)):
        if not taken[start]:
            ahead = _followed(start, layered.after, down, taken)
            behind = _followed(start, layered.before, up, taken)
            found.append([*reversed(behind[1:]), *ahead])
    return found


def crossings(layered: Layered) -> int:
    """How many pairs of links cross between neighbouring columns."""
    return sum(_crossings(layered, upper) for upper in layered.columns[:-1])


def _columns_of(count: int, edges: Edges) -> list[int]:
    """The longest way from a start; nodes that feed more than they take then stand close to what they feed."""
    before: list[list[int]] = [[] for _ in range(count)]
    after: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        before[target].append(source)
        after[source].append(target)
    layer = [0] * count
    for node in range(count):
        layer[node] = max((layer[one] + 1 for one in before[node]), default=0)
    for node in reversed(range(count)):
        if len(after[node]) > len(before[node]):
            layer[node] = min(layer[one] for one in after[node]) - 1
    return layer


def _connect(layered: Layered, edges: Edges) -> None:
    """Edges between neighbouring columns; all long links out of one port share a chain of bends."""
    chains: dict[tuple[int, int], list[int]] = {}
    for (source, target), (output, entry) in edges.items():
        first, last = layered.layer[source] + 1, layered.layer[target]
        chain = chains.setdefault((source, output), [source])
        if last - first + len(layered.layer) - layered.count > MOST_BENDS:
            continue
        while len(chain) <= last - first:
            layered.layer.append(first + len(chain) - 1)
            layered.before.append([])
            layered.after.append([])
            layered.add(chain[-1], len(layered.layer) - 1, (output if len(chain) == 1 else 0, 0))
            chain.append(len(layered.layer) - 1)
        layered.add(chain[last - first], target, (0 if last > first else output, entry))


def _untangle(layered: Layered) -> None:
    """Sorts each column by the mean place of its neighbours, to and fro, and keeps the best order seen."""
    best, fewest = [list(column) for column in layered.columns], crossings(layered)
    for sweep in range(SWEEPS):
        if fewest == 0:
            break
        forward = sweep % 2 == 0
        for column in layered.columns if forward else reversed(layered.columns):
            _sort(layered, column, forward)
        found = crossings(layered)
        if found < fewest:
            best, fewest = [list(column) for column in layered.columns], found
    layered.columns = best


def _sort(layered: Layered, column: list[int], forward: bool) -> None:
    if not column:
        return
    neighbours = layered.before if forward else layered.after
    beside = layered.layer[column[0]] + (-1 if forward else 1)
    if not 0 <= beside < len(layered.columns):
        return
    place = {item: float(number) for number, item in enumerate(layered.columns[beside])}
    means: dict[int, float] = {}
    for number, item in enumerate(column):
        spots = [place[one] + SPREAD * _port(layered, one, item, forward) for one in neighbours[item]]
        means[item] = sum(spots) / len(spots) if spots else float(number)
    column.sort(key=means.__getitem__)


def _port(layered: Layered, neighbour: int, item: int, forward: bool) -> int:
    """The port at the neighbour's end of the link."""
    return layered.ports[neighbour, item][0] if forward else layered.ports[item, neighbour][1]


def _crossings(layered: Layered, upper: Sequence[int]) -> int:
    if not upper or layered.layer[upper[0]] + 1 >= len(layered.columns):
        return 0
    place = {item: number for number, item in enumerate(layered.columns[layered.layer[upper[0]] + 1])}
    ends: list[tuple[tuple[int, int], tuple[int, int]]] = []
    for number, item in enumerate(upper):
        for one in layered.after[item]:
            output, entry = layered.ports[item, one]
            ends.append(((number, output), (place[one], entry)))
    ends.sort()
    seen: list[tuple[int, int]] = []
    total = 0
    for _, end in ends:
        total += len(seen) - bisect_left(seen, (end[0], end[1] + 1))
        insort(seen, end)
    return total


def _length(layered: Layered, item: int) -> float:
    return 0.01 if layered.is_bend(item) else 1.0


def _followed(start: int, neighbours: list[list[int]], length: list[float], taken: list[bool]) -> list[int]:
    chain = [start]
    taken[start] = True
    while free := [one for one in neighbours[chain[-1]] if not taken[one]]:
        chain.append(max(free, key=lambda one: (length[one], -one)))
        taken[chain[-1]] = True
    return chain
