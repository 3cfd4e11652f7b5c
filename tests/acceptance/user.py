"""A user of the whole window: a mouse and a keyboard, nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QDrag, QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLineEdit, QPushButton, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from designer.main_window import MainWindow
from designer.palette_list import TYPE_ID

LEFT = Qt.MouseButton.LeftButton
PATIENCE = 60.0  # seconds for a dialog to come, and to go


class CarriedDrag(QDrag):
    """Carries what is dragged to its target: Qt's platform without a screen has no drag and drop.

    Before it the list has seen the mouse go down and move; after it the canvas sees the drag come and drop.
    """

    target: QWidget
    place: QPoint

    def exec(self, actions: Qt.DropAction) -> Qt.DropAction:  # type: ignore[override]
        buttons, modifiers = LEFT, Qt.KeyboardModifier.NoModifier
        for event in (
            QDragEnterEvent(self.place, actions, self.mimeData(), buttons, modifiers),
            QDragMoveEvent(self.place, actions, self.mimeData(), buttons, modifiers),
            QDropEvent(QPointF(self.place), actions, self.mimeData(), buttons, modifiers),
        ):
            event.setDropAction(actions)
            QApplication.sendEvent(self.target, event)
            assert event.isAccepted(), "the canvas does not take it"
        return actions


class User:
    """Acts on widgets that can be seen, at their places."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        self.qtbot, self.window = qtbot, window

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        assert widget.isVisible(), f"{widget} cannot be clicked: it is not shown"
        assert widget.isEnabled(), f"{widget} cannot be clicked: it is disabled"
        self.qtbot.mouseClick(widget, LEFT, pos=at or widget.rect().center())

    def type_into(self, field: QWidget, text: str) -> None:
        """Clicks the field, replaces what is there, and presses Enter."""
        editor = field.findChild(QLineEdit) if isinstance(field, QSpinBox) else field
        self.click(editor or field)
        self.qtbot.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        self.qtbot.keyClicks(field, text)
        self.qtbot.keyClick(field, Qt.Key.Key_Return)

    # --- palette

    def find_and_add(self, words: str) -> str:
        """Types into the search field of the palette, presses Enter, and Escape to see all layers again."""
        search = self.window.palette_panel.search
        name = self._added(lambda: self.type_into(search, words))
        self.qtbot.keyClick(search, Qt.Key.Key_Escape)
        return name

    def double_click_in_palette(self, type_id: str) -> str:
        palette, place = self.window.palette_panel.list, self._palette_place(type_id)
        self.qtbot.mouseClick(palette.viewport(), LEFT, pos=place)
        return self._added(lambda: self.qtbot.mouseDClick(palette.viewport(), LEFT, pos=place))

    def drag_from_palette(self, type_id: str, to: QPoint) -> str:
        """Drags an entry onto the canvas; ``to`` is a place in the view."""
        palette, start = self.window.palette_panel.list.viewport(), self._palette_place(type_id)
        CarriedDrag.target, CarriedDrag.place = self.window.canvas.viewport(), to

        def drag() -> None:
            self.qtbot.mousePress(palette, LEFT, pos=start)
            for step in (4, 20, 40):
                self.qtbot.mouseMove(palette, start + QPoint(step, 0))
            self.qtbot.mouseRelease(palette, LEFT, pos=start + QPoint(40, 0))

        return self._added(drag)

    def _palette_place(self, type_id: str) -> QPoint:
        palette = self.window.palette_panel.list
        rows = [palette.item(row) for row in range(palette.count())]
        item = next(item for item in rows if item.data(TYPE_ID) == type_id)
        palette.scrollToItem(item)
        return palette.visualItemRect(item).center()

    def _added(self, act: Callable[[], object]) -> str:
        before = set(self.window.document.graph.nodes)
        act()
        self.qtbot.waitUntil(lambda: set(self.window.document.graph.nodes) != before)
        (name,) = set(self.window.document.graph.nodes) - before
        return name

    # --- canvas

    def click_node(self, name: str) -> None:
        canvas = self.window.canvas
        box = canvas.canvas_scene.node_items[name].scene_box()
        self.click(canvas.viewport(), canvas.mapFromScene(box.center()))
        self.qtbot.waitUntil(lambda: self.window.document.selection == (name,))

    def click_canvas(self, at: QPoint) -> None:
        self.click(self.window.canvas.viewport(), at)

    def connect(self, source: str, target: str, port: str = "x") -> None:
        """Drags a link from an output to an input."""
        canvas = self.window.canvas
        items = canvas.canvas_scene.node_items
        start = canvas.mapFromScene(items[source].output_spot("output"))
        end = canvas.mapFromScene(items[target].input_spot(port))
        viewport = canvas.viewport()
        self.qtbot.mousePress(viewport, LEFT, pos=start)
        self.qtbot.mouseMove(viewport, (start + end) / 2)
        self.qtbot.mouseMove(viewport, end)
        self.qtbot.mouseRelease(viewport, LEFT, pos=end)

    # --- forms and dialogs

    def set_number(self, name: str, value: str, part: int = 0) -> None:
        """Types a value into a field of the node that is selected."""
        form = self.window.inspector.node_form.form
        self.type_into(form.rows[name].editor.fields()[part], value)

    def rename(self, name: str) -> None:
        """Gives the selected node another name."""
        self.type_into(self.window.inspector.node_form.header.name, name)

    def in_dialog(self, kind: type[QDialog], act: Callable[[QDialog], object]) -> None:
        """Acts on a modal dialog once it is there. To be called before what opens it."""
        deadline = time.perf_counter() + PATIENCE
        timer = QTimer(self.window)

        def look() -> None:
            dialog = QApplication.activeModalWidget()
            if isinstance(dialog, kind) and dialog.isVisible():
                timer.stop()
                QTimer.singleShot(round(PATIENCE * 1_000), dialog, dialog.reject)  # a test fails, it never hangs
                act(dialog)
            elif time.perf_counter() > deadline:
                timer.stop()
                raise AssertionError(f"no {kind.__name__} came up")

        timer.timeout.connect(look)
        timer.start(20)

    def save_as(self, dialog: QFileDialog, path: Path) -> None:
        """Types a path into a file dialog and clicks Save; its list of suggestions may take the first click."""
        field = dialog.findChild(QLineEdit, "fileNameEdit")
        self.click(field)
        self.qtbot.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        self.qtbot.keyClicks(field, str(path))
        save = QTimer(dialog)
        words = ("Save", "Open")  # where the disk is slow it still offers to open the folder that was half typed
        save.timeout.connect(lambda: self.click_button(words, dialog))
        save.start(100)
        self.click_button(words, dialog)

    def click_button(self, words: tuple[str, ...], parent: QWidget) -> None:
        if not parent.isVisible():
            return
        button = next(b for b in parent.findChildren(QPushButton) if b.text().replace("&", "") in words)
        self.click(button)
