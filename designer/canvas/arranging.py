"""Nodes put in order: layers from left to right or top to bottom, edges aligned, gaps evened; shown as they move."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QEasingCurve, QObject, QPointF, QVariantAnimation
from PySide6.QtWidgets import QApplication, QStyle

from designer.canvas.geometry import GRID, node_rect, snapped
from nodes.graph.edit import copied
from nodes.graph.layout import Direction, balanced, laid_out
from nodes.graph.model import Graph

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

Places = Mapping[str, tuple[float, float]]
DURATION = 140  # ms
MOST_ANIMATED = 400  # nodes; of more only the end is shown


class Arranger(QObject):
    """Moves nodes to their new places before the eyes of the user, as one undoable step."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas, self._document = canvas, canvas.document
        self._animation: QVariantAnimation | None = None

    def tidy(self, direction: Direction = "right") -> None:
        """Lays out what is selected, or everything, in layers."""
        names = self._document.selection if len(self._document.selection) > 1 else tuple(self._document.graph.nodes)
        graph = self._document.graph
        places = tidied(graph, names, direction)
        marks = graph.marks.straightened(set(names))
        what = "the selection" if len(names) < len(self._document.graph.nodes) else "the network"
        self._move(places, f"Tidy {what}", graph.with_marks(marks) if marks is not graph.marks else graph)

    def arrange(self, rule: Callable[[Graph, Iterable[str]], Places], text: str) -> None:
        """Aligns or spreads what is selected."""
        self._move(rule(self._document.graph, self._document.selection), text)

    def _move(self, places: Places, text: str, straightened: Graph | None = None) -> None:
        self.finish()
        graph = straightened or self._document.graph
        before = {name: (graph.nodes[name].x, graph.nodes[name].y) for name in places}
        moved = {name: place for name, place in places.items() if place != before[name]}
        if not moved and graph is self._document.graph:
            self._canvas.status.emit("Everything stands in its place already.")
            return
        after = graph.moved(moved)
        if not _is_motion_wanted() or len(moved) > MOST_ANIMATED:
            self._document.edit(after, text)
            return
        animation = QVariantAnimation(self)
        animation.setDuration(DURATION)
        animation.setStartValue(0.0)
        animation.setEndValue(1.0)
        animation.setEasingCurve(QEasingCurve.Type.OutCubic)
        animation.valueChanged.connect(lambda share: self._show(before, moved, float(share)))
        animation.finished.connect(lambda: self._end(after, text))
        self._animation = animation
        animation.start()

    def finish(self) -> None:
        """Brings a move under way to its end at once."""
        if self._animation is not None:
            self._animation.setCurrentTime(DURATION)

    def _show(self, before: Places, after: Places, share: float) -> None:
        def between(name: str) -> QPointF:
            (x, y), (to_x, to_y) = before[name], after[name]
            return QPointF(x + (to_x - x) * share, y + (to_y - y) * share)

        self._canvas.canvas_scene.preview_places({name: between(name) for name in after})

    def _end(self, after: Graph, text: str) -> None:
        self._animation = None
        self._document.edit(after, text)


def tidied(graph: Graph, names: Iterable[str], direction: Direction = "right") -> Places:
    """Places of some nodes in layers; their top left corner stays where it is."""
    part = copied(graph, names)
    if not part.nodes:
        return {}
    places = balanced(part) if direction == "right" else laid_out(part, direction)
    left, top = min(n.x for n in part.nodes.values()), min(n.y for n in part.nodes.values())
    dx = snapped(left - min(x for x, _ in places.values()), GRID)
    dy = snapped(top - min(y for _, y in places.values()), GRID)
    return {name: (x + dx, y + dy) for name, (x, y) in places.items()}


def aligned(side: str) -> Callable[[Graph, Iterable[str]], Places]:
    """A rule that brings nodes to one line: left, right, top, bottom, or their middles: centre, middle."""

    def rule(graph: Graph, names: Iterable[str]) -> Places:
        boxes = {name: node_rect(graph, name) for name in names}
        if not boxes:
            return {}
        left, right = min(b.left() for b in boxes.values()), max(b.right() for b in boxes.values())
        top, bottom = min(b.top() for b in boxes.values()), max(b.bottom() for b in boxes.values())
        lines = {
            "left": lambda b: (left, b.top()),
            "right": lambda b: (right - b.width(), b.top()),
            "centre": lambda b: ((left + right - b.width()) / 2, b.top()),
            "top": lambda b: (b.left(), top),
            "bottom": lambda b: (b.left(), bottom - b.height()),
            "middle": lambda b: (b.left(), (top + bottom - b.height()) / 2),
        }
        return {name: lines[side](box) for name, box in boxes.items()}

    return rule


def distributed(axis: str) -> Callable[[Graph, Iterable[str]], Places]:
    """A rule that makes the gaps between nodes equal along ``x`` or ``y``; the outermost stay."""

    def rule(graph: Graph, names: Iterable[str]) -> Places:
        boxes = {name: node_rect(graph, name) for name in names}
        order = sorted(boxes, key=lambda n: (boxes[n].left(), boxes[n].top()) if axis == "x" else (boxes[n].top(), 0))
        if len(order) < 3:
            return {}
        sizes = [boxes[n].width() if axis == "x" else boxes[n].height() for n in order]
        first, last = boxes[order[0]], boxes[order[-1]]
        room = last.right() - first.left() if axis == "x" else last.bottom() - first.top()
        gap = (room - sum(sizes)) / (len(order) - 1)
        at = first.left() if axis == "x" else first.top()
        places: dict[str, tuple[float, float]] = {}
        for name, size in zip(order, sizes, strict=True):
            box = boxes[name]
            places[name] = (at, box.top()) if axis == "x" else (box.left(), at)
            at += size + gap
        return places

    return rule


def _is_motion_wanted() -> bool:
    """Whether the system asks for motion at all."""
    style = QApplication.style()
    return style.styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) > 0
