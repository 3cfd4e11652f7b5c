"""Dragging nodes: on the grid and level with others, and into a link that lights up where it would take them in."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter

from designer.canvas.edits import named
from designer.canvas.geometry import node_rect, snapped
from designer.canvas.gestures import CTRL, DRAG_DISTANCE, SHIFT, Gesture
from designer.canvas.guides import REACH, Aligned, aligned
from designer.canvas.look import look
from designer.canvas.scene import Hit
from designer.preferences import SNAP, preferences
from nodes.graph.model import Graph, Link
from nodes.graph.rewire import led_through, made_room

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

MOST_GUIDES = 300  # nodes in sight; among more of them lines would be everywhere
LEVEL = Aligned(QPointF(), is_across=False, is_down=False, lines=())


class NodeDrag(Gesture):
    """Selects the node under the mouse, and drags the selected ones as one step; with Ctrl off the grid."""

    def __init__(self, canvas: CanvasView, hit: Hit, event: QMouseEvent, keys: Qt.KeyboardModifier) -> None:
        super().__init__(canvas)
        self._name = hit.node
        self._press = event.position().toPoint()
        self._start = canvas.mapToScene(self._press)
        self._is_dragging = False
        self._narrow_on_release = False
        self._shift = QPointF()
        self._level = LEVEL
        self._others: list[QRectF] = []
        self._taken_in: Link | None = None
        self._frame = ""  # that it would be put into
        self._graphs: dict[Link, Graph | None] = {}
        self.scene.select_links(())
        self._select(keys)

    def _select(self, modifiers: Qt.KeyboardModifier) -> None:
        selection = self.document.selection
        if modifiers & CTRL:
            without = tuple(name for name in selection if name != self._name)
            self.document.select(without if self._name in selection else (*selection, self._name))
        elif modifiers & SHIFT:
            self.document.select((*selection, self._name))
        elif self._name in selection:
            self._narrow_on_release = len(selection) > 1
        else:
            self.document.select((self._name,))

    def move(self, event: QMouseEvent) -> None:
        here = event.position().toPoint()
        if not self._is_dragging:
            if (here - self._press).manhattanLength() < DRAG_DISTANCE:
                return
            self._is_dragging = True
            self._gather_others()
        if self._name not in self.document.selection:
            return
        self.canvas.pan_at_edge(here)
        self._unpaint()
        is_free = bool(event.modifiers() & CTRL) == bool(preferences.value(SNAP))
        offset = self.canvas.mapToScene(here) - self._start
        shift = offset if is_free else self._snapped(offset)
        if is_free:
            self._level = LEVEL
        if shift != self._shift:
            self._shift = shift
            self.scene.preview_places(self._places())
        self._seek_frame(here)
        self._seek_link(here)
        self._unpaint()

    def _gather_others(self) -> None:
        seen = self.scene.nodes_in(self.canvas.seen_rect())
        moving = set(self.document.selection)
        if len(seen) <= MOST_GUIDES:
            self._others = [self.scene.node_items[n].scene_box() for n in seen if n not in moving]

    def _snapped(self, offset: QPointF) -> QPointF:
        """Level with another node where one is near, else on the grid; each way by itself."""
        graph = self.document.graph
        node, box = graph.nodes[self._name], node_rect(graph, self._name)
        level = aligned(box.translated(offset), self._others, REACH / self.canvas.zoom)
        x = offset.x() + level.shift.x() if level.is_across else snapped(node.x + offset.x()) - node.x
        y = offset.y() + level.shift.y() if level.is_down else snapped(node.y + offset.y()) - node.y
        shift = QPointF(round(x, 2), round(y, 2))
        self._level = aligned(box.translated(shift), self._others, 0.01)
        return shift

    # --- into a frame, into a link

    def _seek_frame(self, at: QPoint) -> None:
        """The frame under the mouse, for nodes that are in none; the others take theirs along."""
        marks = self.document.graph.marks
        are_loose = not any(marks.frame_of(name) for name in self.document.selection)
        self._frame = self.scene.marks.frame_around(self.canvas.mapToScene(at)) if are_loose else ""
        title = f"Let go to put it into the frame {marks.frames[self._frame].title}" if self._frame else ""
        self.canvas.show_note(title, at)

    def _seek_link(self, at: QPoint) -> None:
        """The link under the mouse, where it would take in the one loose node that is dragged."""
        self._taken_in, graph = None, self.document.graph
        if len(self.document.selection) != 1 or graph.incoming(self._name) or graph.outgoing(self._name):
            return
        middle = self.scene.node_items[self._name].scene_box().center()
        places = (self.canvas.mapToScene(at), middle)
        link = next(filter(None, (self.scene.link_at(place, self.canvas.zoom) for place in places)), None)
        if link is not None and self._with_link(link) is not None:
            self._taken_in = link
            self.canvas.show_note(f"Let go to put it between {link.source} and {link.target}", at, "good")

    def _with_link(self, link: Link) -> Graph | None:
        if link not in self._graphs:
            document = self.document
            self._graphs[link] = led_through(document.graph, document.inference, link, self._name)
        return self._graphs[link]

    def release(self, event: QMouseEvent) -> None:
        if not self._is_dragging:
            if self._narrow_on_release:
                self.document.select((self._name,))
            return
        self._end()
        places = {name: (place.x(), place.y()) for name, place in self._places().items()}
        link = self._taken_in
        led = self._with_link(link) if link else None
        if link is not None and led is not None:
            words = f"Put {self._name} between {link.source} and {link.target}"
            self.document.edit(self._framed(made_room(led.moved(places), link, self._name)), words)
        elif not self._shift.isNull():
            words = f"Move {named(self.document.selection)}" + (" into a frame" if self._frame else "")
            self.document.edit(self._framed(self.document.graph.moved(places)), words)

    def _framed(self, graph: Graph) -> Graph:
        """The graph with the nodes in the frame that they were dropped on."""
        if not self._frame:
            return graph
        return graph.with_marks(graph.marks.with_members(self._frame, self.document.selection))

    def cancel(self) -> None:
        self._end()
        self._shift = QPointF()
        self.scene.preview_places(self._places())

    def _end(self) -> None:
        self.canvas.hide_note()
        self._level = LEVEL
        self.canvas.viewport().update()

    def paint(self, painter: QPainter) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(look.box)
        painter.drawLines(self._level.lines)
        if self._taken_in in self.scene.link_items:
            painter.setPen(look.wire_by_state["good"])
            painter.drawPath(self.scene.link_items[self._taken_in].path)

    def _unpaint(self) -> None:
        """Has the guides and the lit link painted again: before and after they change."""
        for line in self._level.lines:
            self.canvas.repaint_scene(QRectF(line.p1(), line.p2()).normalized())
        if self._taken_in in self.scene.link_items:
            self.canvas.repaint_scene(self.scene.link_items[self._taken_in].boundingRect())

    def _places(self) -> Mapping[str, QPointF]:
        nodes, dx, dy = self.document.graph.nodes, self._shift.x(), self._shift.y()
        return {n: QPointF(round(nodes[n].x + dx, 2), round(nodes[n].y + dy, 2)) for n in self.document.selection}


class FrameDrag(NodeDrag):
    """Drags all nodes of a frame, and with them the frame. A click selects them."""

    def __init__(self, canvas: CanvasView, frame: str, event: QMouseEvent, keys: Qt.KeyboardModifier) -> None:
        self._members = canvas.document.graph.marks.frames[frame].members
        super().__init__(canvas, Hit(self._members[0]), event, keys)

    def _select(self, modifiers: Qt.KeyboardModifier) -> None:
        before = self.document.selection if modifiers & (CTRL | SHIFT) else ()
        self.document.select((*before, *self._members))


class NoteDrag(Gesture):
    """Selects a note, and drags it along the grid."""

    def __init__(self, canvas: CanvasView, name: str, event: QMouseEvent) -> None:
        super().__init__(canvas)
        self._name = name
        self._press = event.position().toPoint()
        self._shift = QPointF()
        self.document.select(())
        self.scene.select_links(())
        self.scene.marks.select(name)

    def move(self, event: QMouseEvent) -> None:
        here = event.position().toPoint()
        if self._shift.isNull() and (here - self._press).manhattanLength() < DRAG_DISTANCE:
            return
        note = self.document.graph.marks.notes[self._name]
        offset = self.canvas.mapToScene(here) - self.canvas.mapToScene(self._press)
        self._shift = QPointF(snapped(note.x + offset.x()) - note.x, snapped(note.y + offset.y()) - note.y)
        self.scene.marks.shift_note(self._shift)

    def release(self, event: QMouseEvent) -> None:
        shift, graph = self._shift, self.document.graph
        self.cancel()
        if not shift.isNull():
            note = graph.marks.notes[self._name]
            moved = dataclasses.replace(note, x=note.x + shift.x(), y=note.y + shift.y())
            self.document.edit(graph.with_marks(graph.marks.with_note(self._name, moved)), "Move a note")

    def cancel(self) -> None:
        self._shift = QPointF()
        self.scene.marks.shift_note(self._shift)
