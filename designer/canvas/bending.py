"""The points that links are led through: found, dragged elsewhere, taken away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF
from PySide6.QtGui import QMouseEvent

from designer.canvas.geometry import snapped
from designer.canvas.gestures import DRAG_DISTANCE, Gesture
from nodes.graph.marks import Point
from nodes.graph.model import Graph, Link

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

REACH = 8.0  # px on the screen


class Bend(NamedTuple):
    """One point of a link, by its number on the way."""

    link: Link
    number: int


def bend_at(graph: Graph, place: QPointF, zoom: float) -> Bend | None:
    """The point at a place of the scene."""
    reach = REACH / zoom
    for link, points in graph.marks.bends.items():
        for number, (x, y) in enumerate(points):
            if abs(x - place.x()) <= reach and abs(y - place.y()) <= reach:
                return Bend(link, number)
    return None


def with_point(graph: Graph, bend: Bend, point: Point | None) -> Graph:
    """The graph with a point elsewhere, or without it."""
    points = list(graph.marks.bends[bend.link])
    points[bend.number : bend.number + 1] = [] if point is None else [point]
    return graph.with_marks(graph.marks.with_bends(bend.link, points))


def with_points_moved(graph: Graph, links: Iterable[Link], dx: float, dy: float) -> Graph:
    """The graph with all points of some links elsewhere."""
    marks = graph.marks
    for link in links:
        if link in marks.bends:
            marks = marks.with_bends(link, ((x + dx, y + dy) for x, y in marks.bends[link]))
    return graph if marks is graph.marks else graph.with_marks(marks)


class BendDrag(Gesture):
    """Drags a point along the grid; a click selects its link."""

    def __init__(self, canvas: CanvasView, bend: Bend, event: QMouseEvent) -> None:
        super().__init__(canvas)
        self._bend, self._press = bend, event.position().toPoint()
        self._point: Point | None = None
        self.document.select(())
        self.scene.select_links({bend.link})

    def move(self, event: QMouseEvent) -> None:
        here = event.position().toPoint()
        if self._point is None and (here - self._press).manhattanLength() < DRAG_DISTANCE:
            return
        place = self.canvas.mapToScene(here)
        self._point = snapped(place.x()), snapped(place.y())
        self.scene.preview_bends(with_point(self.document.graph, self._bend, self._point).marks.bends)

    def release(self, event: QMouseEvent) -> None:
        point, graph = self._point, self.document.graph
        self.cancel()
        if point is not None and point != graph.marks.bends[self._bend.link][self._bend.number]:
            self.document.edit(with_point(graph, self._bend, point), "Move a point of a link")

    def cancel(self) -> None:
        self._point = None
        self.scene.preview_bends(self.document.graph.marks.bends)
