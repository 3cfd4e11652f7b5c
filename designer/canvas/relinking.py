"""Ctrl+drag from an output: all its links are taken along to another output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPainterPath

from designer.canvas.edits import named
from designer.canvas.geometry import output_ports
from designer.canvas.gestures import Gesture
from designer.canvas.look import look
from designer.canvas.scene import Hit
from nodes.graph.model import Graph, GraphError
from nodes.graph.rewire import with_source

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

PULL = 60.0  # scene units that a loose wire stays level


class RelinkDrag(Gesture):
    """Takes all links of one output along; where they are let go they start, or everything stays as it was."""

    def __init__(self, canvas: CanvasView, hit: Hit) -> None:
        super().__init__(canvas)
        self._from = hit
        graph = self.document.graph
        self._links = [link for link in graph.outgoing(hit.node) if link.output == hit.port]
        self._ends = [self.scene.node_items[k.target].input_spot(k.input) for k in self._links]
        self._loose = self.scene.node_items[hit.node].output_spot(hit.port)
        self._verdicts: dict[tuple[str, str], Graph | str] = {}
        self._lit, self._choice = "", Hit()
        for link in self._links:
            self.scene.link_items[link].show_at_all(False)

    def move(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        self.canvas.pan_at_edge(at)
        self._loose = self.canvas.mapToScene(at)
        hit = self.scene.hit(self._loose, self.canvas.zoom)
        self.scene.show_verdict(self._lit, "")
        self._lit, self._choice = hit.node, self._output(hit)
        made = self._made(self._choice)
        state = "refused" if isinstance(made, str) else "good"
        if hit.node and hit.node != self._from.node:
            self.scene.show_verdict(hit.node, state)
            words = f"{named((), self._links)} from {hit.node}"
            self.canvas.show_note(made if isinstance(made, str) else words, at, state)
        else:
            self.canvas.hide_note()
        self.canvas.viewport().update()

    def release(self, event: QMouseEvent) -> None:
        made, choice = self._made(self._choice), self._choice
        self.cancel()
        if isinstance(made, Graph) and (choice.node, choice.port) != (self._from.node, self._from.port):
            words = f"Move {named((), self._links)} from {self._from.node} to {choice.node}"
            self.document.edit(made, words)
            self.canvas.status.emit(f"{words}.")
        elif isinstance(made, str) and choice.node:
            self.canvas.status.emit(made)

    def cancel(self) -> None:
        self.scene.show_verdict(self._lit, "")
        self.canvas.hide_note()
        for link in self._links:
            if link in self.scene.link_items:
                self.scene.link_items[link].show_at_all(True)
        self.canvas.viewport().update()

    def paint(self, painter: QPainter) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(look.wire_by_state["draft"])
        for end in self._ends:
            painter.drawPath(_loose_wire(self._loose, end))

    def _output(self, hit: Hit) -> Hit:
        """The output meant: the one under the mouse, or the first of the node there that fits."""
        if not hit.node or hit.is_output:
            return hit
        outputs = output_ports(self.document.graph.nodes[hit.node].settings)
        choices = [Hit(hit.node, output, is_output=True) for output in outputs]
        fitting = (choice for choice in choices if isinstance(self._made(choice), Graph))
        return next(fitting, choices[0] if choices else Hit(hit.node))

    def _made(self, choice: Hit) -> Graph | str:
        """The graph with the links at that output, or why that cannot be."""
        key = (choice.node, choice.port)
        if key not in self._verdicts:
            self._verdicts[key] = self._worked_out(choice) if choice.port else f"{choice.node} has no output."
        return self._verdicts[key]

    def _worked_out(self, choice: Hit) -> Graph | str:
        try:
            return with_source(self.document.graph, self.document.inference, self._links, choice.node, choice.port)
        except GraphError as error:
            return str(error)


def _loose_wire(start: QPointF, end: QPointF) -> QPainterPath:
    path = QPainterPath(start)
    path.cubicTo(start + QPointF(PULL, 0), end - QPointF(PULL, 0), end)
    return path
