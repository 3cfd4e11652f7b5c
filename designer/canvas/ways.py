"""Ways of wires: level at both ports, in curves of cubics and straight lines. Units: scene units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from PySide6.QtGui import QPainterPath

from designer.canvas.geometry import GRID, NODE_HEIGHT, PORT_SIZE
from designer.canvas.grid import Box

BEND = 48.0  # how far a wire that turns back bulges
MOST_PULL = 96.0  # how far a curve stays level at its ends
ENDLESS = float("inf")

Spot = tuple[float, float]
Piece = tuple[float, ...]  # the end of a straight piece, or the two handles and the end of a curve


class Way(NamedTuple):
    """Where a wire runs, where its label stands, and how wide a label may be there."""

    start: Spot
    pieces: tuple[Piece, ...]
    label: Spot
    room: float

    def path(self) -> QPainterPath:
        path = QPainterPath()
        path.moveTo(*self.start)
        for piece in self.pieces:
            if len(piece) == 2:
                path.lineTo(*piece)
            else:
                path.cubicTo(*piece)
        return path

    def corners(self) -> list[Spot]:
        """The ends of its pieces: from afar no one sees the difference."""
        return [self.start, *((piece[-2], piece[-1]) for piece in self.pieces)]

    def box(self) -> Box:
        """A box around it: a curve never leaves the hull of its handles."""
        if len(self.pieces) == 1:  # most wires; their handles are no lower nor higher than their ends
            (x, y), piece = self.start, self.pieces[0]
            left, right = min(x, piece[-2]), max(x, piece[-2])
            if len(piece) == 6:
                left, right = min(left, piece[0], piece[2]), max(right, piece[0], piece[2])
            return left, min(y, piece[-1]), right, max(y, piece[-1])
        xs, ys = [self.start[0]], [self.start[1]]
        for piece in self.pieces:
            xs += piece[::2]
            ys += piece[1::2]
        return min(xs), min(ys), max(xs), max(ys)

    @property
    def is_straight(self) -> bool:
        return len(self.pieces) == 1 and len(self.pieces[0]) == 2


def forward(start: Spot, end: Spot) -> Way:
    """One curve, level at both ends."""
    (x, y), (to_x, to_y) = start, end
    gap, middle = to_x - x, ((x + to_x) / 2, (y + to_y) / 2)
    if y == to_y and gap > 0:
        return Way(start, (end,), middle, gap - PORT_SIZE)
    pull = max(GRID, min(gap / 2, MOST_PULL))
    room = ENDLESS if abs(to_y - y) > NODE_HEIGHT else gap - PORT_SIZE
    return Way(start, ((x + pull, y, to_x - pull, to_y, to_x, to_y),), middle, room)


def at_height(start: Spot, end: Spot, height: float) -> Way:
    """To a height, level at it past what stands between, and on to the end."""
    (x, y), (to_x, to_y) = start, end
    pieces: list[Piece] = []
    if height != y:
        pieces.append((x + 24, y, x + 8, height, x + BEND, height))
    if height == to_y:
        pieces.append(end)
    else:
        pieces += [(to_x - BEND, height), (to_x - 8, height, to_x - 24, to_y, to_x, to_y)]
    return Way(start, tuple(pieces), ((x + to_x) / 2, height), ENDLESS)


def back(start: Spot, end: Spot, lane: float) -> Way:
    """Out to the right, back left along the lane, and in from the left."""
    out, into = _turn(start, lane, 1.0), _turn(end, lane, -1.0)
    pieces = [*_pieces(out), into[-1], *_pieces(into[::-1])]
    return Way(start, tuple(pieces), ((start[0] + end[0]) / 2, lane), ENDLESS)


def through(start: Spot, points: Sequence[Spot], end: Spot) -> Way:
    """Led through points, level at each of them."""
    stations = [start, *points, end]
    pieces: list[Piece] = []
    for (x, y), (to_x, to_y) in pairwise(stations):
        pull = max(GRID, min(abs(to_x - x) / 2, MOST_PULL))
        pieces.append((to_x, to_y) if y == to_y else (x + pull, y, to_x - pull, to_y, to_x, to_y))
    middle = len(stations) // 2
    (x, y), (to_x, to_y) = stations[middle - 1], stations[middle]
    return Way(start, tuple(pieces), ((x + to_x) / 2, (y + to_y) / 2), ENDLESS)


def lane_beside(source: Box, target: Box, gap: float, clearance: float) -> float:
    """The height at which a wire runs back: beside the target's row where there is room, else below both.

    ``gap`` is what rows leave free between them.
    """
    room = max(target[1] - source[3], source[1] - target[3])
    if room < GRID:
        return max(source[3], target[3]) + clearance
    beside = min(room, gap) / 2
    return target[1] - beside if source[1] < target[1] else target[3] + beside


def _turn(port: Spot, lane: float, side: float) -> list[Spot]:
    """From a port around to the lane: a bulge where it is near, else down the gap between two columns.

    Corners and handles in the order of a curve, three for each piece after the start.
    """
    x, y = port
    if abs(lane - y) <= 2 * BEND:
        return [port, (x + side * BEND, y), (x + side * BEND, lane), (x - side * 18, lane)]
    corner = BEND * 0.75
    edge, down, half = x + side * corner, corner if lane > y else -corner, x + side * corner / 2
    first = [port, (half, y), (edge, y + down / 2), (edge, y + down)]
    straight = [(edge, y + down), (edge, lane - down), (edge, lane - down)]
    return [*first, *straight, (edge, lane - down / 2), (half, lane), (x, lane)]


def _pieces(spots: list[Spot]) -> Iterable[Piece]:
    for number in range(1, len(spots), 3):
        one, other, end = spots[number : number + 3]
        yield (*one, *other, *end)
