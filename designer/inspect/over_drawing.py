"""OverDrawing: a layer over the drawing with a bar that leads out of it, for as long as it is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QPainter

from designer.canvas.grid import Box
from designer.canvas.layers import Layer
from designer.document import Changes
from designer.inspect.canvas_bar import CanvasBar

if TYPE_CHECKING:
    from designer.main_window import MainWindow


class OverDrawing(QObject):
    """Lives until ``leave``; ``level`` is its height above the scene's own layers."""

    level: float

    def __init__(self, window: MainWindow, name: str, way_out: str) -> None:
        super().__init__(window.canvas)
        self._window, self._document = window, window.document
        self._scene = window.canvas.canvas_scene
        self._layer = Layer(self._scene.sceneRect(), self.level, self._paint)
        self._scene.addItem(self._layer)
        self.bar = CanvasBar(window.canvas, name, way_out)
        self.bar.left.connect(self.leave)
        self._document.changed.connect(self._follow)

    def leave(self) -> None:
        """Shows the drawing alone again."""
        self._document.changed.disconnect(self._follow)
        self._scene.removeItem(self._layer)
        self._scene.update()
        self.bar.hide()
        self.bar.deleteLater()
        self.setParent(None)
        self.deleteLater()

    def _follow(self, changes: Changes) -> None:
        """The drawing has changed."""
        raise NotImplementedError

    def _paint(self, painter: QPainter, exposed: Box) -> None:
        raise NotImplementedError
