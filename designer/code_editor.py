"""CodeEditor: a field for Python code."""

from __future__ import annotations

import re

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QColor, QFocusEvent, QFontMetricsF, QKeyEvent, QTextCursor, QTextFormat
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from designer import theme
from designer.editor import Editor
from designer.spins import SEVERAL
from nodes.code import class_name_of
from nodes.spec.settings import Kind
from nodes.spec.shapes import ShapeError

INDENT, LINES = "    ", 16


class CodeField(QPlainTextEdit):
    """Plain text in a monospaced face, where Tab makes four spaces; one line can be marked as wrong."""

    def __init__(self, editor: CodeEditor) -> None:
        super().__init__()
        self._editor = editor
        font = theme.mono_font(11)
        self.setFont(font)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        metrics = QFontMetricsF(font)
        self.setTabStopDistance(metrics.horizontalAdvance(INDENT))
        self.setMinimumHeight(int(metrics.lineSpacing() * LINES) + 12)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Tab and not event.modifiers():
            column = self.textCursor().positionInBlock()
            self.insertPlainText(INDENT[column % len(INDENT) :])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            before = self.textCursor().block().text()[: self.textCursor().positionInBlock()]
            deeper = INDENT if before.rstrip().endswith(":") else ""
            self.insertPlainText("\n" + before[: len(before) - len(before.lstrip())] + deeper)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._editor.left.emit()

    def mark_line(self, number: int) -> None:
        """Colours a line, counted from 1; 0 takes the mark off."""
        marks: list[QTextEdit.ExtraSelection] = []
        block = self.document().findBlockByNumber(number - 1)
        if number > 0 and block.isValid():
            mark = QTextEdit.ExtraSelection()
            colour = QColor(theme.current().fault)
            colour.setAlpha(48)
            mark.format.setBackground(colour)
            mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
            mark.cursor = QTextCursor(block)
            marks.append(mark)
        self.setExtraSelections(marks)


class CodeEditor(Editor):
    """Editor of a setting that holds code. ``typed`` is what its user has typed here last."""

    def __init__(self, name: str, kind: Kind) -> None:
        super().__init__(name, kind)
        self.typed = ""
        self.field = CodeField(self)
        self.field.setAccessibleName(name)
        self.field.setAccessibleDescription(kind.doc)
        self._row.addWidget(self.field)
        self.setFocusProxy(self.field)
        self.field.textChanged.connect(self._on_text)

    def show_value(self, value: str) -> None:
        if self.field.toPlainText() != value:
            with QSignalBlocker(self.field):
                self.field.setPlainText(value)
        self.field.mark_line(_line_of(value))

    def show_several(self, one: str) -> None:
        with QSignalBlocker(self.field):
            self.field.setPlainText("")
        self.field.setPlaceholderText(SEVERAL)

    def fields(self) -> tuple[QWidget, ...]:
        return (self.field,)

    def _on_text(self) -> None:
        text = self.field.toPlainText()
        self.typed = text
        self.changed.emit(text)


def _line_of(code: str) -> int:
    """The line at which the code stops reading as Python; 0 where it does not."""
    try:
        class_name_of(code)
    except ShapeError as error:
        found = re.match(r"Line (\d+)", error.fact)
        return int(found[1]) if found else 0
    return 0
