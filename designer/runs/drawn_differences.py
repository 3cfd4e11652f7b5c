"""DrawnDifferences: two drawings in one: what came is green, what changed amber, what went dashed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from designer import dialogs
from designer.canvas.geometry import RADIUS, node_rect
from designer.canvas.grid import Box
from designer.canvas.look import look, with_alpha
from designer.document import Changes
from designer.inspect.over_drawing import OverDrawing
from nodes.graph.differences import differences
from nodes.graph.files import NetworkFileError, load
from nodes.graph.model import Graph
from runtime.runs import NETWORK

if TYPE_CHECKING:
    from designer.main_window import MainWindow

TINT = 46  # of 255


class DrawnDifferences(OverDrawing):
    """Over the drawing of the later run, which is open. Any edit, another tab and ✕ end it."""

    level = 1.3  # above the nodes

    def __init__(self, window: MainWindow, before: Graph, title: str) -> None:
        super().__init__(window, "Differences of two drawings", "Show the drawing alone")
        self._before = before
        self.found = differences(before, window.document.graph)
        self.bar.show()
        self.bar.say(self.words(title))
        window.canvas.show_rect(self._scene.content_rect().united(self._ghosts_rect()))
        self._scene.update()

    def words(self, title: str) -> str:
        """The legend."""
        if self.found.is_empty:
            return f"The drawing is that of {title}."
        names = {sort: ", ".join(self.found.names(sort)) for sort in ("added", "changed", "removed")}
        told = [f"{word}: {names[sort]}" for sort, word in SIGNS if names[sort]]
        links = [f"{len(self.found.linked)} links came"] * bool(self.found.linked)
        links += [f"{len(self.found.unlinked)} went"] * bool(self.found.unlinked)
        return f"Since {title}: " + "; ".join([*told, *links])

    def _follow(self, changes: Changes) -> None:
        if changes.scope or changes.added or changes.removed or changes.changed:
            self.leave()

    def _ghosts_rect(self) -> QRectF:
        whole = QRectF()
        for name in self.found.names("removed"):
            whole = whole.united(node_rect(self._before, name))
        return whole

    def _paint(self, painter: QPainter, exposed: Box) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for node in self.found.nodes:
            item = self._scene.node_items.get(node.name)
            if node.sort == "removed" or item is None:
                continue
            colour = QColor(look.good if node.sort == "added" else look.warning)
            painter.setPen(QPen(colour, 2.5))
            painter.setBrush(with_alpha(colour.name(), TINT))
            painter.drawRoundedRect(item.scene_box(), RADIUS, RADIUS)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(look.good, 2.5))
        for link in self.found.linked:
            wire = self._scene.link_items.get(link)
            if wire is not None:
                painter.drawPath(wire.path)
        self._paint_ghosts(painter)

    def _paint_ghosts(self, painter: QPainter) -> None:
        """What went, where it stood."""
        pen = QPen(look.fault, 1.75, Qt.PenStyle.DashLine)
        painter.setFont(look.name_font)
        painter.setPen(pen)
        for link in self.found.unlinked:
            ends = [node_rect(self._before, name).center() for name in (link.source, link.target)]
            if any(self._before.nodes.get(name) is None for name in (link.source, link.target)):
                continue
            painter.drawLine(QPointF(ends[0]), QPointF(ends[1]))
        for name in self.found.names("removed"):
            box = node_rect(self._before, name)
            painter.setPen(pen)
            painter.setBrush(with_alpha(look.canvas.name(), 200))
            painter.drawRoundedRect(box, RADIUS, RADIUS)
            painter.setPen(look.fault)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)


SIGNS = (("added", "green, new"), ("changed", "amber, changed"), ("removed", "dashed, taken away"))


def show_differences(window: MainWindow, before: Path, after: Path) -> None:
    """Opens the drawing of the later run, with what differs from the earlier."""
    try:
        earlier, later = load(before / NETWORK).network, load(after / NETWORK).network
    except NetworkFileError as error:
        dialogs.tell(window, str(error))
        return
    if window.files.show(later):
        DrawnDifferences(window, earlier.graph, before.name)
