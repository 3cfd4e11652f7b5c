"""Steps that follow each other again and again in a drawing without modules, each time as if it were a module."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from nodes.block import MOST_REPEATS
from nodes.boundary import Input
from runtime.exchange.importing.drawing import Drawing, Item, Level, Value, in_places

FEWEST, MOST = (
    3,
    400,
)  # nodes in what repeats: a layer and its activation alone are read as easily one after the other
DEEPEST = 3  # repeats within repeats
MOST_LOOKED_AT = 2_000_000  # nodes, again and again, before the search ends with what it has


class Repeat(NamedTuple):
    """``times`` stretches of ``size`` items, one behind the other, the first at ``start``."""

    start: int
    size: int
    times: int

    @property
    def end(self) -> int:
        return self.start + self.size * self.times


class Stretch(NamedTuple):
    """Items as a module would hold them: the value that comes in, the one that goes out, and all links in it."""

    entering: tuple[int, str]
    leaving: tuple[int, str]
    links: tuple[Any, ...]
    readers: int  # inputs of its items that read what comes in


def with_repeats(drawing: Drawing) -> tuple[Drawing, list[str]]:
    """The drawing with each time of what repeats as a module of its own, and a sentence that says so, if any does.

    A stretch repeats where it holds weights and its nodes, their settings, sizes and links are those of the stretch
    before, which feeds it, and nothing else, by one value. Of the nodes that it could begin at it begins where the
    most inputs read what comes in, as in a residual block. Modules that the drawing had give way to repeats.
    """
    ordered = _in_order(drawing)
    search = _Search(ordered)
    repeats = search.within(0, len(ordered.items))
    if not repeats:
        return drawing, []
    items = [replace(item, path=()) for item in ordered.items]
    stem = "block" if not any(item.name.startswith("block") for item in items) else "repeated_block"
    _place(items, search, repeats, stem, 1)
    told = [f"{stem}{n} × {repeat.times} of {repeat.size} nodes" for n, repeat in enumerate(repeats, 1)]
    return Drawing(items, ordered.results), [f"Steps that repeat became blocks: {', '.join(told)}."]


def _place(items: list[Item], search: _Search, repeats: Sequence[Repeat], stem: str, depth: int) -> None:
    """Puts items into a module for each time, under the names that they have in the first."""
    for number, repeat in enumerate(repeats, 1):
        name = f"{stem}{number}"
        inner = search.within(repeat.start, repeat.start + repeat.size) if depth < DEEPEST else []
        for place in range(repeat.start, repeat.end):
            time, offset = divmod(place - repeat.start, repeat.size)
            path = (*items[place].path, Level(name, name, time))
            items[place] = replace(items[place], path=path, name=items[repeat.start + offset].name)
        for time in range(repeat.times):
            moved = [one._replace(start=one.start + time * repeat.size) for one in inner]
            _place(items, search, moved, f"{name}_", depth + 1)


def _in_order(drawing: Drawing) -> Drawing:
    """The items so that those between two values which all passes through stand together: Inputs, then each behind
    what it reads; constants right before what reads them."""
    items = drawing.items
    moves: list[bool] = []  # whether an item depends on an Input
    for item in items:
        moves.append(isinstance(item.settings, Input) or any(moves[value.item] for value in item.inputs.values()))
    order = [number for number, item in enumerate(items) if isinstance(item.settings, Input)]
    done = set(order)
    waiting = [(value.item, False) for value in reversed(drawing.results.values())]
    while waiting:
        number, are_read = waiting.pop()
        if number in done:
            continue
        if are_read:
            done.add(number)
            order.append(number)
            continue
        waiting.append((number, True))
        read = sorted((value.item for value in items[number].inputs.values()), key=lambda n: not moves[n])
        waiting += [(n, False) for n in reversed(read) if n not in done]
    return in_places(drawing, order)


class _Search:
    """``alike`` has one number for all items that could stand for each other, as far as their own facts tell."""

    def __init__(self, drawing: Drawing) -> None:
        self.items = drawing.items
        self.left = MOST_LOOKED_AT
        kinds: dict[Any, int] = {}
        self.alike = np.array([kinds.setdefault(_facts(n, item), n) for n, item in enumerate(self.items)], np.int64)
        self.last_read: dict[tuple[int, str], int] = {}
        for number, item in enumerate(self.items):
            self.last_read |= {_key(value): number for value in item.inputs.values()}
        self.last_read |= {_key(value): len(self.items) for value in drawing.results.values()}
        self.given: list[list[tuple[int, str]]] = [[] for _ in self.items]
        for number, port in self.last_read:
            self.given[number].append((number, port))

    def within(self, low: int, high: int) -> list[Repeat]:
        """What repeats from ``low`` to ``high``: what takes in the most items first, in the order of the items."""
        free = np.ones(high, bool)
        found: list[Repeat] = []
        spans = sorted(self._spans(low, high), key=lambda span: (-(span[1] - span[0]) // span[2] * span[2], span[2]))
        for start, end, size in spans:
            waiting = [(start + a, start + b) for a, b in _runs(free[start:end])]
            while waiting:
                a, b = waiting.pop()
                best = self._best(a, b, size)
                if best is not None:
                    found.append(best)
                    free[best.start : best.end] = False
                    waiting += [(a, best.start), (best.end, b)]
        return sorted(found)

    def _spans(self, low: int, high: int) -> Iterator[tuple[int, int, int]]:
        """From where to where items are like those ``size`` behind them, and not like nearer ones."""
        alike = self.alike[low:high]
        for size in range(FEWEST, min(MOST, len(alike) // 2) + 1):
            for a, b in _runs(alike[size:] == alike[:-size]):
                span = alike[a : b + size]
                if b - a >= size and not any(
                    np.array_equal(span[step:], span[:-step]) for step in range(1, size // 2 + 1) if size % step == 0
                ):
                    yield low + a, low + b + size, size

    def _best(self, start: int, end: int, size: int) -> Repeat | None:
        """The repeat of most times in a span; of several the one whose beginning is the most natural."""
        found: list[tuple[tuple[Any, ...], Repeat]] = []
        for first in range(start, min(start + size, end - 2 * size + 1)):
            for repeat, stretch in self._chains(first, end, size):
                weights = [value.dim() for value in self.items[repeat.start].weights.values()]
                natural = (repeat.times, stretch.readers, max(weights, default=0) > 1, -repeat.start)
                found.append((natural, repeat))
        return max(found)[1] if found else None

    def _chains(self, first: int, end: int, size: int) -> Iterator[tuple[Repeat, Stretch]]:
        """Stretches from ``first`` on that feed each other and are alike."""
        if not any(item.weights for item in self.items[first : first + size]):
            return
        begin, before = first, None
        for place in range(first, end - size + 1, size):
            stretch = self._stretch(place, size)
            if before is None or stretch is None or not self._follows(before, stretch, place + size):
                if before is not None and place - begin > size:
                    yield _repeat(begin, place, size), before
                begin = place
            before = stretch
        last = first + (end - first) // size * size
        if before is not None and last - begin > size:
            yield _repeat(begin, last, size), before

    def _follows(self, one: Stretch, other: Stretch, end: int) -> bool:
        is_fed = other.entering == one.leaving and self.last_read[one.leaving] < end
        return is_fed and one.links == other.links

    def _stretch(self, start: int, size: int) -> Stretch | None:
        """None for items that read more than one value from elsewhere, or give more than one."""
        end = start + size
        entering, readers = None, 0
        links: list[Any] = []
        for number in range(start, end):
            self.left -= 1
            for port, value in self.items[number].inputs.items():
                source = _key(value)
                if value.item >= start:
                    links.append((number - start, port, value.item - start, value.port))
                    continue
                if self.left < 0 or entering not in (None, source):
                    return None
                entering, readers = source, readers + 1
                links.append((number - start, port))
        leaving = [key for number in range(start, end) for key in self.given[number] if self.last_read[key] >= end]
        if entering is None or len(leaving) != 1:
            return None
        [(number, port)] = leaving
        return Stretch(entering, leaving[0], (*links, (number - start, port)), readers)


def _repeat(start: int, end: int, size: int) -> Repeat:
    return Repeat(start, size, min((end - start) // size, MOST_REPEATS))


def _facts(number: int, item: Item) -> Any:
    """What items have in common that could stand for each other; an Input stands for itself."""
    if isinstance(item.settings, Input):
        return number
    sizes = tuple((port, value.shape, value.shape.axes) for port, value in item.inputs.items())
    return item.settings, sizes, tuple((name, tuple(value.shape)) for name, value in item.weights.items())


def _key(value: Value) -> tuple[int, str]:
    return value.item, value.port


def _runs(mask: Any) -> Iterator[tuple[int, int]]:
    """From where to where all are true."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
