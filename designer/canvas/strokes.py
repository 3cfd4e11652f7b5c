"""Strokes with the right button: Ctrl cuts every link that is crossed, Shift leads it through a point."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPainterPath

from designer.canvas.edits import named
from designer.canvas.geometry import snapped
from designer.canvas.gestures import Gesture
from designer.canvas.look import look
from nodes.graph.model import Graph, Link

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

STEPS = 24  # pieces that a wire is taken apart into, to find where a stroke crosses it


class Stroke(Gesture):
    """A line drawn freely. The links it crosses are lit on the way."""

    pen = "refused"

    def __init__(self, canvas: CanvasView, event: QMouseEvent) -> None:
        super().__init__(canvas)
        self._points = [canvas.mapToScene(event.position().toPoint())]
        self.crossed: dict[Link, QPointF] = {}  # and where
        canvas.viewport().setCursor(Qt.CursorShape.CrossCursor)

    def move(self, event: QMouseEvent) -> None:
        here = self.canvas.mapToScene(event.position().toPoint())
        before = self._points[-1]
        self._points.append(here)
        box = QRectF(before, here).normalized().adjusted(-1, -1, 1, 1)
        for link in self.scene.links_near(box):
            item = self.scene.link_items[link]
            place = crossing(item.path, before, here) if item.isVisible() else None
            if place is not None and link not in self.crossed:
                self.crossed[link] = place
                self.canvas.repaint_scene(item.boundingRect())
        self.canvas.repaint_scene(box)

    def cancel(self) -> None:
        self.canvas.viewport().unsetCursor()
        self.canvas.viewport().update()

    def paint(self, painter: QPainter) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(look.wire_by_state[self.pen])
        for link in self.crossed:
            if link in self.scene.link_items:
                painter.drawPath(self.scene.link_items[link].path)
        painter.setPen(look.thin_by_state[self.pen])
        painter.drawPolyline(self._points)


class Knife(Stroke):
    """Cuts every link that it crosses."""

    def release(self, event: QMouseEvent) -> None:
        self.cancel()
        if self.crossed:
            self.document.edit(self.document.graph.without_links(self.crossed), f"Cut {named((), self.crossed)}")


class BendStroke(Stroke):
    """Leads every link that it crosses through the place where it does."""

    pen = "good"

    def release(self, event: QMouseEvent) -> None:
        self.cancel()
        graph = self.document.graph
        for link, place in self.crossed.items():
            graph = with_bend(graph, link, place, self.scene.link_items[link].path)
        if self.crossed:
            self.document.edit(graph, f"Lead {named((), self.crossed)} through a point")


def with_bend(graph: Graph, link: Link, place: QPointF, path: QPainterPath) -> Graph:
    """The graph with a link led through one more point; the points stay in the order of its way."""
    point = (snapped(place.x()), snapped(place.y()))
    points = graph.marks.bends.get(link, ())
    along = {old: _share(path, QPointF(*old)) for old in points}
    here = _share(path, place)
    before = [old for old in points if along[old] <= here]
    after = [old for old in points if along[old] > here]
    return graph.with_marks(graph.marks.with_bends(link, (*before, point, *after)))


def _share(path: QPainterPath, place: QPointF) -> float:
    """How far along a path its point nearest to a place is, from 0 to 1."""
    shares = [step / (4 * STEPS) for step in range(4 * STEPS + 1)]
    return min(shares, key=lambda share: (path.pointAtPercent(share) - place).manhattanLength())


def crossing(path: QPainterPath, start: QPointF, end: QPointF) -> QPointF | None:
    """Where a straight piece of a stroke crosses a wire; None where it does not."""
    if path.isEmpty():
        return None
    before = path.pointAtPercent(0)
    for step in range(1, STEPS + 1):
        after = path.pointAtPercent(step / STEPS)
        place = _meeting(before, after, start, end)
        if place is not None:
            return place
        before = after
    return None


def _meeting(a: QPointF, b: QPointF, c: QPointF, d: QPointF) -> QPointF | None:
    """Where two straight pieces meet."""
    one, other = b - a, d - c
    turn = one.x() * other.y() - one.y() * other.x()
    if abs(turn) < 1e-9:
        return None
    apart = c - a
    first = (apart.x() * other.y() - apart.y() * other.x()) / turn
    second = (apart.x() * one.y() - apart.y() * one.x()) / turn
    return a + one * first if 0 <= first <= 1 and 0 <= second <= 1 else None
