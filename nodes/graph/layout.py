"""Graph -> positions: where nodes stand so that a drawing reads like a text. Units: scene units."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Literal

from nodes.graph.layers import Layered, layered, paths
from nodes.graph.model import Graph

Direction = Literal["right", "down"]
Place = tuple[float, float]

NODE_WIDTH, NODE_HEIGHT = 168.0, 52.0
PORT_PITCH = 24.0  # how much taller a node is for each port beyond the second
COLUMN, ROW = 252.0, 96.0  # from one node to the next
WIRE = 24.0  # room for a link that passes other nodes
BETWEEN_LINES = 92.0  # free between two lines of a wrapped drawing: links run back there
GRID = 12.0
PASSES = 8
SCREEN, LONGEST_LINE = 1.7, 8  # width of a screen to its height; layers that are never wrapped
MOST_CROSSING = 2  # links over a break between two lines, on the average
LOOSE_IN_A_ROW = 8


def laid_out(
    graph: Graph, direction: Direction = "right", wrap: int = 0, starts: Collection[str] = ()
) -> Mapping[str, Place]:
    """A place for every node: links lead on, chains are straight, what is longer runs around.

    ``wrap`` breaks a drawing of more layers into lines like those of a text, where few links cross the break;
    ``starts`` are nodes that begin a line wherever they stand. Equal graphs are laid out alike.
    """
    places: dict[str, Place] = {}
    below = 0.0
    for names in _components(graph):
        part = _part(graph, names, direction, wrap, frozenset(starts))
        places.update(
            {name: (x, y + below) if direction == "right" else (x + below, y) for name, (x, y) in part.items()}
        )
        below = _end(graph, part, direction) + BETWEEN_LINES
    return {name: places[name] for name in graph.nodes}


def balanced(graph: Graph) -> Mapping[str, Place]:
    """As ``laid_out``; a long drawing is broken into lines that fill a screen, where few links cross the breaks."""
    places = laid_out(graph)
    wrap = _wrap(places)
    if not wrap:
        return places
    wrapped = laid_out(graph, wrap=wrap)
    lines = math.ceil(_columns(places) / wrap)
    crossing = _links_back(graph, wrapped) - _links_back(graph, places)
    return wrapped if crossing <= MOST_CROSSING * (lines - 1) else places


def _wrap(places: Mapping[str, Place]) -> int:
    """The layers for each line that bring a drawing in one line near the form of a screen; 0 where it may stay.

    The number goes in steps, so that a small edit leaves the lines as they were.
    """
    heights = [y for _, y in places.values()] or [0.0]
    columns = _columns(places)
    line = max(heights) - min(heights) + NODE_HEIGHT + BETWEEN_LINES
    wanted = math.sqrt(SCREEN * line * columns / COLUMN)
    if columns <= LONGEST_LINE or columns <= 1.5 * wanted:
        return 0
    step = 4 if wanted <= 24 else 8
    return max(LONGEST_LINE, step * math.ceil(wanted / step))


def _columns(places: Mapping[str, Place]) -> float:
    across = [x for x, _ in places.values()] or [0.0]
    return (max(across) - min(across)) / COLUMN + 1


def _links_back(graph: Graph, places: Mapping[str, Place]) -> int:
    return sum(places[link.target][0] <= places[link.source][0] for link in graph.links)


def node_height(graph: Graph, name: str) -> float:
    """As drawn: a node grows with the ports on its fuller side, one to spare counted."""
    ports = max(len(graph.input_ports(name, spare=True)), len(graph.nodes[name].settings.outputs()))
    return NODE_HEIGHT + PORT_PITCH * max(0, ports - 2)


def _components(graph: Graph) -> list[list[str]]:
    """Nodes that hang together, in the order to draw them in; nodes without any link come last, together."""
    order = list(dict.fromkeys([*graph.topology.order, *graph.nodes]))
    group = {name: name for name in order}

    def root(name: str) -> str:
        while group[name] != name:
            group[name] = group[group[name]]
            name = group[name]
        return name

    for link in graph.links:
        group[root(link.target)] = root(link.source)
    found: dict[str, list[str]] = {}
    loose: list[str] = []
    linked = {name for link in graph.links for name in (link.source, link.target)}
    for name in order:
        if name in linked:
            found.setdefault(root(name), []).append(name)
        else:
            loose.append(name)
    return [*found.values(), *([loose] if loose else [])]


def _part(
    graph: Graph, names: Sequence[str], direction: Direction, wrap: int, starts: Collection[str]
) -> dict[str, Place]:
    """Places of nodes that hang together, from (0, 0) on."""
    number = {name: index for index, name in enumerate(names)}
    if not any(graph.incoming(name) for name in names):
        columns = wrap or LOOSE_IN_A_ROW
        return {n: (COLUMN * (i % columns), (ROW + 48) * (i // columns)) for n, i in number.items()}
    tower = layered(len(names), _edges(graph, number))
    heights = [node_height(graph, name) for name in names]
    levels = _levels(tower, _sizes(tower, heights, direction))
    if direction == "down":
        return _downwards(tower, names, heights, levels)
    places: dict[str, Place] = {}
    top = 0.0
    for first, inside in _lines(tower, names, wrap, starts):
        highest = min(levels[i] - heights[i] / 2 for i in inside)
        for i in inside:
            y = levels[i] - heights[i] / 2 - highest + top
            places[names[i]] = (COLUMN * (tower.layer[i] - first), _snapped(y))
        top = _snapped(max(places[names[i]][1] + heights[i] for i in inside) + BETWEEN_LINES)
    return places


def _edges(graph: Graph, number: Mapping[str, int]) -> dict[tuple[int, int], tuple[int, int]]:
    """Links between the numbers, with the places of their ports; those that lead back in a circle are left out."""
    edges: dict[tuple[int, int], tuple[int, int]] = {}
    for target, index in number.items():
        ports = {port.name: place for place, port in enumerate(graph.input_ports(target))}
        for link in graph.incoming(target).values():
            outputs = graph.nodes[link.source].settings.outputs()
            if number[link.source] < index:
                edges.setdefault((number[link.source], index), (outputs.index(link.output), ports[link.input]))
    return edges


def _sizes(tower: Layered, heights: Sequence[float], direction: Direction) -> list[float]:
    """What each item takes across the layers, the free room beside it included."""
    bends = [WIRE] * (len(tower.layer) - tower.count)
    if direction == "down":
        return [COLUMN] * tower.count + bends
    return [ROW + height - NODE_HEIGHT for height in heights] + bends


def _levels(tower: Layered, sizes: Sequence[float]) -> list[float]:
    """Where each item stands across the layers, so that nothing overlaps and chains are straight."""
    chain_of, count = _chains(tower)
    above: list[dict[int, float]] = [{} for _ in range(count)]
    below: list[dict[int, float]] = [{} for _ in range(count)]
    for column in tower.columns:
        for upper, lower in pairwise(column):
            a, b = chain_of[upper], chain_of[lower]
            distance = max((sizes[upper] + sizes[lower]) / 2, above[b].get(a, 0.0))
            above[b][a] = below[a][b] = distance
    order = _downward(above, below)
    level = [0.0] * count
    for chain in order:
        level[chain] = max((level[a] + distance for a, distance in above[chain].items()), default=0.0)
    pulls = _pulls(tower, chain_of, count)
    for turn in range(PASSES):
        for chain in order if turn % 2 else reversed(order):
            wanted = _snapped(_median([level[one] for one in pulls[chain]])) if pulls[chain] else level[chain]
            least = max((level[a] + distance for a, distance in above[chain].items()), default=wanted)
            most = min((level[b] - distance for b, distance in below[chain].items()), default=wanted)
            level[chain] = max(least, min(most, wanted))
    return [level[chain] for chain in chain_of]


def _chains(tower: Layered) -> tuple[list[int], int]:
    """The straight piece that each item belongs to: a path, cut where it would cross a longer one."""
    place = {item: number for column in tower.columns for number, item in enumerate(column)}
    taken: list[list[tuple[int, int]]] = [[] for _ in tower.columns]
    chain_of = [0] * len(tower.layer)
    count = 0
    for path in paths(tower):
        for before, item in zip([None, *path], path, strict=False):
            if before is None or not _is_free(taken[tower.layer[before]], place[before], place[item]):
                count += 1
            chain_of[item] = count - 1
    return chain_of, count


def _is_free(taken: list[tuple[int, int]], start: int, end: int) -> bool:
    """Whether a link crosses none of those taken between the same layers; it is then taken too."""
    index = bisect_left(taken, (start, end))
    crosses = (index and taken[index - 1][1] > end) or (index < len(taken) and taken[index][1] < end)
    if not crosses:
        insort(taken, (start, end))
    return not crosses


def _downward(above: Sequence[Mapping[int, float]], below: Sequence[Mapping[int, float]]) -> list[int]:
    """Pieces so that each comes after all those above it."""
    waiting = [len(ones) for ones in above]
    order = [chain for chain, count in enumerate(waiting) if not count]
    for chain in order:
        for one in below[chain]:
            waiting[one] -= 1
            if not waiting[one]:
                order.append(one)
    return order


def _pulls(tower: Layered, chain_of: Sequence[int], count: int) -> list[list[int]]:
    """The pieces that each piece is linked to, once for each link."""
    pulls: list[list[int]] = [[] for _ in range(count)]
    for source, target in tower.ports:
        a, b = chain_of[source], chain_of[target]
        if a != b:
            pulls[a].append(b)
            pulls[b].append(a)
    return pulls


def _lines(tower: Layered, names: Sequence[str], wrap: int, starts: Collection[str]) -> list[tuple[int, list[int]]]:
    """Where the layers are broken into lines: the first layer of each line, and its nodes.

    What ends beside the main path, such as an auxiliary head, stays in the line of what it hangs on.
    """
    firsts = _breaks(tower, {tower.layer[i] for i, name in enumerate(names) if name in starts}, wrap)
    line = [bisect_right(firsts, layer) - 1 for layer in tower.layer]
    goes_on = [False] * len(tower.layer)
    by_layer = sorted(range(len(tower.layer)), key=lambda item: tower.layer[item])
    main = set(paths(tower)[0])
    for item in reversed(by_layer):
        goes_on[item] = item in main or any(goes_on[one] for one in tower.after[item])
    for item in by_layer:
        if not goes_on[item] and tower.before[item]:
            line[item] = max(line[one] for one in tower.before[item])
    inside: list[list[int]] = [[] for _ in firsts]
    for item in range(tower.count):
        inside[line[item]].append(item)
    return list(zip(firsts, inside, strict=True))


def _breaks(tower: Layered, forced: Collection[int], wrap: int) -> list[int]:
    """The first layer of each line."""
    layers = len(tower.columns)
    firsts = [0]
    while True:
        first = firsts[-1]
        end = min([layer for layer in forced if layer > first] + [layers])
        if wrap and end - first > wrap:
            end = min(range(first + wrap, first + wrap // 2, -1), key=lambda layer: _links_into(tower, layer))
        if end == layers:
            return firsts
        firsts.append(end)


def _links_into(tower: Layered, layer: int) -> int:
    return sum(len(tower.before[item]) for item in tower.columns[layer])


def _downwards(
    tower: Layered, names: Sequence[str], heights: Sequence[float], levels: Sequence[float]
) -> dict[str, Place]:
    """Layers beneath each other."""
    tallest = [max((heights[i] for i in column if i < tower.count), default=0.0) for column in tower.columns]
    tops = [0.0]
    for height in tallest:
        tops.append(tops[-1] + height + ROW - NODE_HEIGHT)
    left = min(levels[: tower.count])
    return {name: (_snapped(levels[i] - left), tops[tower.layer[i]]) for i, name in enumerate(names)}


def _end(graph: Graph, places: Mapping[str, Place], direction: Direction) -> float:
    """Where what was drawn ends across its layers."""
    if direction == "down":
        return max(x for x, _ in places.values()) + NODE_WIDTH
    return max(y + node_height(graph, name) for name, (_, y) in places.items())


def _median(values: list[float]) -> float:
    ordered = sorted(values)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def _snapped(value: float) -> float:
    return round(value / GRID) * GRID
