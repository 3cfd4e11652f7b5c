"""Editors that open on the canvas: one line for a title, several for a note."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QCloseEvent, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

LEAST_NOTE = 88  # px that a note's editor is high at least
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class TitleEditor(QLineEdit):
    """Enter, or a click elsewhere, takes the text; Escape leaves it as it was."""

    closed = Signal()

    def __init__(self, parent: QWidget, place: QRect, text: str, done: Callable[[str], object]) -> None:
        super().__init__(text, parent)
        self._done = done
        self._is_open = True
        self.setAccessibleName("Title of the frame")
        self.setGeometry(place)
        self.selectAll()
        self.show()
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._close(take=False)
        elif event.key() in ENTER:
            self._close(take=True)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._close(take=True)

    def closeEvent(self, event: QCloseEvent) -> None:
        """What it speaks of is shown no longer."""
        self._close(take=False)

    def _close(self, *, take: bool) -> None:
        if self._is_open:
            self._is_open = False
            if take:
                self._done(self.text().strip())
            self.closed.emit()
            self.deleteLater()


class NoteEditor(QPlainTextEdit):
    """Ctrl+Enter, or a click elsewhere, takes the text; Escape leaves it as it was."""

    closed = Signal()

    def __init__(self, parent: QWidget, place: QRect, text: str, done: Callable[[str], object]) -> None:
        super().__init__(text, parent)
        self._done = done
        self._is_open = True
        self.setAccessibleName("Text of the note")
        self.setPlaceholderText("Markdown: **bold**, - lists, # titles. Ctrl+Enter when done.")
        self.setTabChangesFocus(True)
        self.setGeometry(place.left(), place.top(), place.width(), max(place.height(), LEAST_NOTE))
        self.selectAll()
        self.show()
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_held = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() == Qt.Key.Key_Escape:
            self._close(take=False)
        elif event.key() in ENTER and is_held:
            self._close(take=True)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._close(take=True)

    def closeEvent(self, event: QCloseEvent) -> None:
        """What it speaks of is shown no longer."""
        self._close(take=False)

    def _close(self, *, take: bool) -> None:
        if self._is_open:
            self._is_open = False
            if take:
                self._done(self.toPlainText().strip())
            self.closed.emit()
            self.deleteLater()
