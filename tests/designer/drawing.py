"""A hand for the tests of the canvas: it presses, drags and types as a user does."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from designer.canvas.view import CanvasView
from nodes.activation import ReLU
from nodes.boundary import Input, Output
from nodes.conv import Conv2d
from nodes.graph.model import Graph, Link, Node
from nodes.linear import Linear

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def chain() -> Graph:
    """image -> conv1 -> relu1 in a row, not joined to fc1 and scores below."""
    graph = (
        Graph()
        .with_node("image", Node(Input(size=(1, 28, 28)), 0, 0))
        .with_node("conv1", Node(Conv2d(out_channels=6, kernel_size=(5, 5)), 252, 0))
        .with_node("relu1", Node(ReLU(), 504, 0))
        .with_node("fc1", Node(Linear(out_features=10), 0, 144))
        .with_node("scores", Node(Output(), 252, 144))
    )
    return graph.with_link(Link("image", "output", "conv1", "x")).with_link(Link("conv1", "output", "relu1", "x"))


def give_focus(widget: QWidget) -> None:
    """Lets the keys go to a widget. It waits without a timer: for one that was lost it would wait for ever."""
    for _ in range(200):
        widget.activateWindow()
        widget.setFocus()
        if widget.hasFocus():
            return
        QTest.qWait(25)
    raise AssertionError(f"{widget} does not get the focus; {QApplication.activeWindow()} is active")


class Hand:
    """Mouse and keys on one canvas."""

    def __init__(self, qtbot: QtBot, canvas: CanvasView) -> None:
        self._qtbot, self.canvas = qtbot, canvas

    def at(self, place: QPointF) -> QPoint:
        return self.canvas.mapFromScene(place)

    def body(self, name: str) -> QPoint:
        return self.at(self.canvas.canvas_scene.node_items[name].scene_box().center())

    def output(self, name: str, port: str = "output") -> QPoint:
        return self.at(self.canvas.canvas_scene.node_items[name].output_spot(port))

    def input(self, name: str, port: str = "x") -> QPoint:
        return self.at(self.canvas.canvas_scene.node_items[name].input_spot(port))

    def click(self, at: QPoint, modifiers: Qt.KeyboardModifier = NONE) -> None:
        self._qtbot.mouseClick(self.canvas.viewport(), LEFT, modifiers, at)

    def drag(
        self,
        start: QPoint,
        end: QPoint,
        button: Qt.MouseButton = LEFT,
        modifiers: Qt.KeyboardModifier = NONE,
        *,
        drop: bool = True,
    ) -> None:
        viewport = self.canvas.viewport()
        self._qtbot.mousePress(viewport, button, modifiers, start)
        self._qtbot.mouseMove(viewport, (start + end) / 2)
        self._qtbot.mouseMove(viewport, end)
        if drop:
            self._qtbot.mouseRelease(viewport, button, modifiers, end)

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        self._qtbot.keyClick(self.canvas, key, modifiers)
