"""Scrub: pressing on a number, or on its name, and dragging left or right changes it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QCursor, QGuiApplication, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from designer.editor import Editor
from designer.spins import NumberSpin, Pace

BEGINS = 4  # px the mouse moves before a press is a drag
WORDS = "Drag left or right to change it: Shift finer, Ctrl coarser, Escape gives up."


class Scrub(QObject):
    """Listens to one handle: a name or the text of a number.

    A click lets the user type; from then on a drag in the text selects, as in any field.
    """

    def __init__(self, handle: QWidget, editor: Editor, field: NumberSpin | None = None) -> None:
        super().__init__(handle)
        self._handle, self._editor, self._field = handle, editor, field
        self._origin: QPoint | None = None  # where the mouse went down, or last changed its pace
        self._last = QPoint()  # where it was
        self._held: list[tuple[NumberSpin, Any]] = []  # what is dragged, and where it began; empty before it moves
        self._pace: Pace = "usual"
        handle.installEventFilter(self)
        self._show_cursor()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if self._held and kind in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            return self._on_key(event)
        if watched is not self._handle:
            return False
        if kind == QEvent.Type.Enter:
            self._show_cursor()
        elif kind == QEvent.Type.Hide:
            self._end(is_kept=False)
        elif isinstance(event, QMouseEvent):
            return self._on_mouse(kind, event)
        return False

    def _numbers(self) -> tuple[NumberSpin, ...]:
        if self._field is None:
            return self._editor.numbers()
        return () if self._field.hasFocus() or not self._field.isEnabled() else (self._field,)

    def _show_cursor(self) -> None:
        shape = Qt.CursorShape
        plain = shape.IBeamCursor if isinstance(self._handle, QLineEdit) else shape.ArrowCursor
        self._handle.setCursor(shape.SizeHorCursor if self._numbers() else plain)

    def _on_mouse(self, kind: QEvent.Type, event: QMouseEvent) -> bool:
        left = event.button() == Qt.MouseButton.LeftButton
        if kind == QEvent.Type.MouseButtonPress and self._held:
            self._end(is_kept=False)  # another button
            return True
        if kind == QEvent.Type.MouseButtonPress and left and self._numbers():
            self._origin = event.globalPosition().toPoint()
            return True
        if self._origin is None:
            return False
        if kind == QEvent.Type.MouseMove:
            self._move(event.globalPosition().toPoint(), event.modifiers())
        elif kind == QEvent.Type.MouseButtonRelease and left:
            self._release()
        return True

    def _on_key(self, event: QEvent) -> bool:
        assert isinstance(event, QKeyEvent)
        if event.key() != Qt.Key.Key_Escape:
            return False
        event.accept()
        if event.type() == QEvent.Type.KeyPress:
            self._end(is_kept=False)
        return True

    def _move(self, at: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        assert self._origin is not None
        if not self._held:
            if abs(at.x() - self._origin.x()) < BEGINS:
                return
            self._begin(modifiers)
        pace = pace_of(modifiers)
        if pace != self._pace:  # what was reached so far stays, and goes on at the other pace
            self._pace, self._origin = pace, self._last
            self._held = [(spin, spin.value()) for spin, _ in self._held]
        pixels = at.x() - self._origin.x()
        for spin, start in self._held:
            spin.setValue(spin.dragged(start, pixels, pace))  # type: ignore[arg-type]
        jump = _wrapped(at)
        self._origin += jump
        self._last = at + jump

    def _begin(self, modifiers: Qt.KeyboardModifier) -> None:
        self._held = [(spin, spin.beginning) for spin in self._numbers()]
        self._pace, self._last = pace_of(modifiers), self._origin or QPoint()
        self._editor.begin_drag()
        QGuiApplication.setOverrideCursor(Qt.CursorShape.SizeHorCursor)
        app = QApplication.instance()
        assert app is not None
        app.installEventFilter(self)  # Escape, whatever has the focus

    def _release(self) -> None:
        if self._held:
            self._end(is_kept=True)
            return
        self._origin = None
        field = self._field or self._editor.numbers()[0]
        field.setFocus(Qt.FocusReason.MouseFocusReason)
        field.selectAll()
        self._show_cursor()

    def _end(self, *, is_kept: bool) -> None:
        self._origin, held = None, self._held
        if not held:
            return
        self._held = []
        QGuiApplication.restoreOverrideCursor()
        app = QApplication.instance()
        assert app is not None
        app.removeEventFilter(self)
        self._editor.end_drag(is_kept=is_kept)


def pace_of(modifiers: Qt.KeyboardModifier) -> Pace:
    if modifiers & Qt.KeyboardModifier.ShiftModifier:
        return "fine"
    return "coarse" if modifiers & Qt.KeyboardModifier.ControlModifier else "usual"


def _wrapped(at: QPoint) -> QPoint:
    """At the edge of the screen the cursor goes on from the other edge; how far it was moved."""
    screen = QGuiApplication.screenAt(at)
    if screen is None or QGuiApplication.platformName().startswith("wayland"):  # which lets nobody move the cursor
        return QPoint()
    room = screen.geometry()
    if room.left() < at.x() < room.right():
        return QPoint()
    wanted = QPoint(room.right() - 2 if at.x() <= room.left() else room.left() + 2, at.y())
    QCursor.setPos(wanted)
    return wanted - at if QCursor.pos() == wanted else QPoint()
