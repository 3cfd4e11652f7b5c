"""SourceView: source that is read, with line numbers and colours; it keeps its place while the text changes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from designer import theme

KEYWORDS = r"\b(?:import|from|as|class|def|return|for|in|if|else|not|and|or|None|True|False|self|del)\b"
GUTTER = 10  # px beside the numbers
FOUND_ALPHA = 70  # of 255
LOOKED_THROUGH = 20  # lines, for one that both texts have


class SourceView(QPlainTextEdit):
    """Read, marked, searched and clicked on. Lines are counted from 1."""

    line_chosen = Signal(int)
    search_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._marked: tuple[int, ...] = ()
        self._found: list[QTextCursor] = []
        self.setReadOnly(True)
        flag = Qt.TextInteractionFlag
        self.setTextInteractionFlags(flag.TextSelectableByMouse | flag.TextSelectableByKeyboard)
        self.setAccessibleName("PyTorch source")
        self.setAccessibleDescription("Enter goes to the node that a line speaks of, Ctrl+F searches.")
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(theme.mono_font())
        self.setTabChangesFocus(True)
        self._gutter = _Gutter(self)
        self._colours = _Highlighter(self.document())
        self.blockCountChanged.connect(lambda _: self._make_room())
        self.updateRequest.connect(self._scroll_gutter)
        self._make_room()

    # --- text and marks

    def show_text(self, text: str) -> None:
        """Shows another text; only the lines that differ are put anew, and what is seen stays where it is."""
        old, new = self.toPlainText().split("\n"), text.split("\n")
        if old == new:
            return
        same = _same(old, new)
        ends = _same(old[same:][::-1], new[same:][::-1])
        top = _followed(old, new, self.firstVisibleBlock().blockNumber())
        kept_left = self.horizontalScrollBar().value()
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        _replace(cursor, same, len(old) - ends, new[same : len(new) - ends])
        cursor.endEditBlock()
        self.verticalScrollBar().setValue(top)
        self.horizontalScrollBar().setValue(kept_left)

    def mark_lines(self, numbers: Sequence[int], *, reveal: bool = False) -> None:
        """Colours lines; with ``reveal`` the first of them comes into view, unless one of them is seen."""
        self._marked = tuple(number for number in numbers if number <= self.blockCount())
        self._show_marks()
        if reveal and self._marked and not any(map(self.is_seen, self._marked)):
            self.setTextCursor(QTextCursor(self.document().findBlockByNumber(self._marked[0] - 1)))
            self.centerCursor()

    @property
    def marked(self) -> tuple[int, ...]:
        return self._marked

    def is_seen(self, number: int) -> bool:
        first = self.firstVisibleBlock().blockNumber() + 1
        rows = self.viewport().height() // max(1, self.fontMetrics().lineSpacing())
        return first <= number < first + max(1, rows)

    def find_all(self, words: str) -> int:
        """Colours all places of a text, whatever its case; how many there are."""
        self._found = []
        if words:
            cursor = self.document().find(words, 0)
            while not cursor.isNull():
                self._found.append(cursor)
                cursor = self.document().find(words, cursor)
        self._show_marks()
        return len(self._found)

    def go_to_found(self, step: int) -> int:
        """Goes to the next place found, or the one before; its number, from 1."""
        if not self._found:
            return 0
        at = self.textCursor()
        if step > 0:
            later = (n for n, one in enumerate(self._found) if one.selectionStart() >= at.selectionEnd())
            number = next(later, 0)
        else:
            sooner = [n for n, one in enumerate(self._found) if one.selectionEnd() <= at.selectionStart()]
            number = sooner[-1] if sooner else len(self._found) - 1
        self.setTextCursor(self._found[number])
        self.ensureCursorVisible()
        return number + 1

    def dress_again(self) -> None:
        """The theme changed."""
        self.setFont(theme.mono_font())
        self._colours.dress()
        self._colours.rehighlight()
        self._show_marks()
        self._make_room()
        self._gutter.update()

    def _show_marks(self) -> None:
        ground = QColor(theme.current().accent)
        ground.setAlpha(36)
        marks = []
        for number in self._marked:
            mark = QTextEdit.ExtraSelection()
            mark.format.setBackground(ground)
            mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
            mark.cursor = QTextCursor(self.document().findBlockByNumber(number - 1))
            marks.append(mark)
        colour = QColor(theme.current().warning)
        colour.setAlpha(FOUND_ALPHA)
        for cursor in self._found:
            mark = QTextEdit.ExtraSelection()
            mark.format.setBackground(colour)
            mark.cursor = cursor
            marks.append(mark)
        self.setExtraSelections(marks)
        self._gutter.update()

    # --- mouse and keys

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and not self.textCursor().hasSelection():
            self.line_chosen.emit(self.cursorForPosition(event.position().toPoint()).blockNumber() + 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Find):
            self.search_wanted.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.line_chosen.emit(self.textCursor().blockNumber() + 1)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            keys = QKeySequence.StandardKey
            if any(event.matches(key) for key in (keys.Find, keys.Copy, keys.SelectAll)):
                event.accept()  # they are this text's while it has the focus
                return True
        return super().event(event)

    # --- numbers beside the lines

    def gutter_width(self) -> int:
        return self.fontMetrics().horizontalAdvance("0" * max(2, len(str(self.blockCount())))) + 2 * GUTTER

    def _make_room(self) -> None:
        self.setViewportMargins(self.gutter_width(), 0, 0, 0)
        self._place_gutter()

    def _place_gutter(self) -> None:
        inside = self.contentsRect()
        self._gutter.setGeometry(QRect(inside.left(), inside.top(), self.gutter_width(), inside.height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_gutter()

    def _scroll_gutter(self, rect: QRect, dy: int) -> None:
        if dy:
            self._gutter.scroll(0, dy)
        else:
            self._gutter.update(0, rect.y(), self._gutter.width(), rect.height())

    def paint_gutter(self, event: QPaintEvent) -> None:
        colours, marked = theme.current(), set(self._marked)
        painter = QPainter(self._gutter)
        painter.setFont(self.font())
        block = self.firstVisibleBlock()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        while block.isValid() and top <= event.rect().bottom():
            height = self.blockBoundingRect(block).height()
            number = block.blockNumber() + 1
            painter.setPen(QColor(colours.accent if number in marked else colours.secondary))
            place = QRect(0, round(top), self._gutter.width() - GUTTER, round(height))
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(number))
            block, top = block.next(), top + height
        painter.end()


class _Gutter(QWidget):
    """The numbers beside the lines."""

    def __init__(self, view: SourceView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self) -> QSize:
        return QSize(self._view.gutter_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._view.paint_gutter(event)


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


def _same(one: list[str], other: list[str]) -> int:
    """How many lines both begin with."""
    number = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        number += 1
    return number


def _followed(old: list[str], new: list[str], line: int) -> int:
    """Where a line of the old text is in the new one; of one that is gone, where the next that is left is."""
    places: dict[str, list[int]] = {}
    for number, words in enumerate(new):
        places.setdefault(words, []).append(number)
    for number in range(line, min(line + LOOKED_THROUGH, len(old))):
        if old[number].strip() and old[number] in places:
            return min(places[old[number]], key=lambda place: abs(place - number)) - (number - line)
    return line


def _replace(cursor: QTextCursor, first: int, end: int, lines: list[str]) -> None:
    """Puts lines in the place of those from ``first`` up to ``end``, counted from 0."""
    document = cursor.document()
    last = document.blockCount()
    if first < last:
        cursor.setPosition(document.findBlockByNumber(first).position())
    else:
        cursor.movePosition(QTextCursor.MoveOperation.End)
    keep = QTextCursor.MoveMode.KeepAnchor
    if end < last:  # whole lines, with their ends
        cursor.setPosition(document.findBlockByNumber(end).position(), keep)
        cursor.insertText("".join(f"{line}\n" for line in lines))
        return
    cursor.movePosition(QTextCursor.MoveOperation.End, keep)
    words = "\n".join(lines)
    if first == last:
        words = f"\n{words}"
    elif not lines and first:  # the last lines go, with the end of the one before
        cursor.setPosition(document.findBlockByNumber(first).position() - 1)
        cursor.movePosition(QTextCursor.MoveOperation.End, keep)
    cursor.insertText(words)
