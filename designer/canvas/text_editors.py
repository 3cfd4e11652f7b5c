"""Editors that open on the canvas: one line for a title, several for a note."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QCloseEvent, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

LEAST_NOTE = 88  # px that a note's editor is high at least


class Taking:
    """What both editors share: the text is taken, or left as it was, once."""

    def open_at(self, place: QRect, name: str, done: Callable[[str], object]) -> None:
        self._done, self._is_open = done, True
        self.setAccessibleName(name)
        self.setGeometry(place)
        self.selectAll()
        self.show()
        self.setFocus()

    def event(self, event: QEvent) -> bool:
        """Enter is answered here, also with keys that mean something else to the window."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._is_enter(event):
            event.accept()
            return True
        return bool(super().event(event))  # type: ignore[misc]

    def _is_enter(self, event: QKeyEvent) -> bool:
        return event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.takes_with(event.modifiers())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._close(take=False)
        elif self._is_enter(event):
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
                self._done(self.words().strip())
            self.closed.emit()
            self.deleteLater()


class TitleEditor(Taking, QLineEdit):
    """Enter, or a click elsewhere, takes the text; Escape leaves it as it was."""

    closed = Signal()

    def __init__(self, parent: QWidget, place: QRect, text: str, done: Callable[[str], object]) -> None:
        super().__init__(text, parent)
        self.open_at(place, "Title of the frame", done)

    def takes_with(self, held: Qt.KeyboardModifier) -> bool:
        """Whether Enter takes the text while these keys are held."""
        return True

    def words(self) -> str:
        return self.text()


class NoteEditor(Taking, QPlainTextEdit):
    """Ctrl+Enter, or a click elsewhere, takes the text; Escape leaves it as it was."""

    closed = Signal()

    def __init__(self, parent: QWidget, place: QRect, text: str, done: Callable[[str], object]) -> None:
        super().__init__(text, parent)
        self.setPlaceholderText("Markdown: **bold**, - lists, # titles. Ctrl+Enter when done.")
        self.setTabChangesFocus(True)
        high = QRect(place.left(), place.top(), place.width(), max(place.height(), LEAST_NOTE))
        self.open_at(high, "Text of the note", done)

    def takes_with(self, held: Qt.KeyboardModifier) -> bool:
        """Whether Enter takes the text while these keys are held."""
        return bool(held & Qt.KeyboardModifier.ControlModifier)

    def words(self) -> str:
        return self.toPlainText()
