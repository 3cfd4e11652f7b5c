"""SourcePanel: the PyTorch source of the drawing as it is now, with the selected nodes' lines marked."""

from __future__ import annotations

import re

from PySide6.QtCore import QTimer
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QShowEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QTextEdit, QVBoxLayout, QWidget

from designer import theme
from designer.document import Changes, Document
from designer.widgets import button, label
from runtime.source import Source, SourceError, write_source

PAUSE = 80  # ms: while a number is dragged, the source is written when the hand rests
KEYWORDS = r"\b(?:import|from|as|class|def|return|for|in|if|else|not|and|or|None|True|False|self|del)\b"


class SourcePanel(QWidget):
    """Written anew after each change, but only while it is seen."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._source: Source | None = None
        self._shown_graph: object = None
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName("PyTorch source")
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(theme.mono_font())
        self.text.setTabChangesFocus(True)
        self._colours = _Highlighter(self.text.document())
        self.state = label(role="secondary", wrap=True)
        self.copy_button = button("Copy", self._copy, tip="Copy the whole source")
        row = QHBoxLayout()
        row.addWidget(self.state, 1)
        row.addWidget(self.copy_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 4, 16, 8)
        layout.setSpacing(8)
        layout.addLayout(row)
        layout.addWidget(self.text, 1)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE)
        self._pause.timeout.connect(self.refresh)
        document.changed.connect(self._follow)
        document.selected.connect(lambda _: self._mark())
        theme.themes.changed.connect(self._dress_again)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Writes the source of the graph shown now."""
        structure = (self._document.root_graph.structure, self._document.title)
        if structure == self._shown_graph:
            return
        self._shown_graph = structure
        try:
            self._source = write_source(self._document.root_graph, self._document.title, losses=True)
        except SourceError as error:
            self._source = None
            words = f"The source is written once the network has no errors. {error.fact} {error.remedy}"
            self.state.setText(words.strip())
            self.text.setPlainText("")
        else:
            self.state.setText("This is what trains and what is exported. It imports nothing of Netwright.")
            if self.text.toPlainText() != self._source.text:
                place = self.text.verticalScrollBar().value()
                self.text.setPlainText(self._source.text)
                self.text.verticalScrollBar().setValue(place)
        self.text.setVisible(self._source is not None)
        self.copy_button.setEnabled(self._source is not None)
        self._mark()

    def _follow(self, _changes: Changes) -> None:
        if self.isVisible():
            self._pause.start()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._source.text if self._source else "")

    def _mark(self) -> None:
        """Marks the lines that speak of the selected nodes, or of the block entered; the first comes into view."""
        spoken_of = self._document.scope[:1] or self._document.selection
        numbers = sorted(
            {line for name in spoken_of for line in self._source.lines.get(name, ())} if self._source else ()
        )
        numbers = [number for number in numbers if number <= self.text.document().blockCount()]
        marks = []
        for number in numbers:
            mark = QTextEdit.ExtraSelection()
            mark.format.setBackground(QColor(theme.current().raised))
            mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
            mark.cursor = QTextCursor(self.text.document().findBlockByNumber(number - 1))
            marks.append(mark)
        self.text.setExtraSelections(marks)
        if marks:
            self.text.setTextCursor(marks[0].cursor)
            self.text.ensureCursorVisible()

    def _dress_again(self) -> None:
        self._colours.dress()
        self._colours.rehighlight()
        self._mark()


class _Highlighter(QSyntaxHighlighter):
    """Words of the language, numbers, strings and comments."""

    def __init__(self, document: object) -> None:
        super().__init__(document)  # type: ignore[call-overload]
        self.dress()

    def dress(self) -> None:
        colours = theme.current()
        self._rules = [
            (re.compile(KEYWORDS), _format(colours.accent)),
            (re.compile(r"\b\d[\d_.e-]*\b"), _format(colours.warning)),
            (re.compile(r"(\"[^\"\n]*\"|'[^'\n]*')"), _format(colours.good)),
            (re.compile(r"#.*"), _format(colours.secondary)),
        ]

    def highlightBlock(self, text: str) -> None:
        for pattern, look in self._rules:
            for found in pattern.finditer(text):
                self.setFormat(found.start(), found.end() - found.start(), look)


def _format(colour: str) -> QTextCharFormat:
    look = QTextCharFormat()
    look.setForeground(QColor(colour))
    return look
