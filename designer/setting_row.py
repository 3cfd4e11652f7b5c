"""Row: one setting of a form, with its name, its editor, the mark of what was changed, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QContextMenuEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QHBoxLayout, QLineEdit, QMenu, QWidget

from designer import theme
from designer.canvas.shortcuts import RESET, shortcuts
from designer.editor import Editor, tip
from designer.scrub import WORDS, Scrub
from designer.widgets import label
from nodes.spec.settings import Kind, Sizes

NAME_WIDTH = 120  # px: forms below each other line up
MARK = 14  # px
LONGEST = 40  # letters of a value in a sentence


class Row(QObject):
    """Names may be dragged where they name a number; a mark, a menu and keys put a setting back."""

    reset = Signal()
    search_wanted = Signal()  # that a search goes over it, or over something else
    search_dropped = Signal()

    def __init__(self, name: str, kind: Kind, editor: Editor) -> None:
        super().__init__(editor)
        self.kind, self.editor = kind, editor
        self.name = label(name)
        self.name.setBuddy(editor)
        self.mark = ResetMark()
        self.mark.clicked.connect(self.reset)
        self.mark.hide()
        self.searched = SearchMark()
        self.searched.clicked.connect(self.search_wanted)
        self.searched.hide()
        self.offers_search = False
        self.unit = label(kind.unit if isinstance(kind, Sizes) else "", "secondary")
        self.head = self._headed()
        self.message = label(role="fault", wrap=True)
        self.message.hide()
        self._default_said = ""
        self._is_changed = False
        self._watch()

    def _headed(self) -> QWidget:
        head = QWidget()
        head.setMinimumWidth(NAME_WIDTH)
        row = QHBoxLayout(head)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.name)
        row.addWidget(self.unit)
        row.addStretch(1)
        row.addWidget(self.searched)
        row.addWidget(self.mark)
        return head

    def _watch(self) -> None:
        self.name.installEventFilter(self)
        for field in self.editor.fields():
            field.installEventFilter(self)
        spins = [field for field in self.editor.fields() if isinstance(field, QAbstractSpinBox)]
        if spins:
            Scrub(self.name, self.editor)
        for field in spins:
            Scrub(field.lineEdit(), self.editor, field)  # type: ignore[arg-type]
        self._has_numbers = bool(spins)
        self._say_tips()

    def show_default(self, default: Any, written: Callable[[Any], str]) -> None:
        """What the setting is put back to."""
        self._default_said = written(default)
        self._say_tips()

    def _say_tips(self) -> None:
        default = f"Default: {self._default_said}." if self._default_said else ""
        words = "\n".join(filter(None, (tip(self.kind), default, WORDS if self._has_numbers else "")))
        self.name.setToolTip(words)
        for field in self.editor.fields():
            field.setAccessibleDescription(words.replace("\n", " "))
            if field.property("role") != "choice":  # says its own choices
                field.setToolTip(words)

    def show_changed(self, is_changed: bool) -> None:
        """Marks the setting as another than the default."""
        self.mark.setVisible(is_changed and not self.editor.isHidden())
        self._is_changed = is_changed
        words = f"Reset {self.name.text()} to {self._default_said}"
        if self.mark.accessibleName() != words:
            self.mark.setAccessibleName(words)
        if is_changed:  # keys are looked up in the settings, which takes a moment for a whole form
            self.mark.setToolTip(f"{words} ({shortcuts.told(RESET)})")

    def show_searched(self, words: str) -> None:
        """Marks the setting as one that a search goes over; ``words`` say what it may be, none that it does not."""
        self.searched.setVisible(bool(words) and not self.editor.isHidden())
        self.searched.say(self.name.text(), words)

    def set_shown(self, is_shown: bool) -> None:
        self.head.setVisible(is_shown)
        self.editor.setVisible(is_shown)
        if not is_shown:
            self.say("")

    def say(self, sentence: str) -> None:
        self.message.setText(sentence)
        self.message.setVisible(bool(sentence))
        self.editor.set_refused(bool(sentence))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress) and _is_reset(event) and self._is_changed:
            event.accept()
            if kind == QEvent.Type.KeyPress:
                self.reset.emit()
            return True
        if isinstance(event, QContextMenuEvent) and isinstance(watched, QWidget):
            return self._show_menu(watched, event.globalPos())
        return False

    def _show_menu(self, over: QWidget, at: QPoint) -> bool:
        """The field's own menu where it has one, with the way back to the default."""
        if getattr(self.kind, "is_code", False):
            return False
        line = over.lineEdit() if isinstance(over, QAbstractSpinBox) else over
        menu = line.createStandardContextMenu() if isinstance(line, QLineEdit) else QMenu(over)
        menu.addSeparator()
        menu.addAction(self.reset_action(menu))
        if self.offers_search:
            self._add_search(menu)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)
        return True

    def _add_search(self, menu: QMenu) -> None:
        is_searched = bool(self.searched.words)
        menu.addAction("Change the Search…" if is_searched else "Search Over This…", self.search_wanted.emit)
        if is_searched:
            menu.addAction("Do Not Search Over This", self.search_dropped.emit)

    def reset_action(self, parent: QObject) -> QAction:
        action = QAction(f"Reset to {self._default_said}\t{shortcuts.told(RESET)}", parent)
        action.setEnabled(self._is_changed)
        action.triggered.connect(lambda _checked=False: self.reset.emit())
        return action


class ResetMark(QAbstractButton):
    """A dot beside what was changed; under the mouse an arrow back. Keys lead back as well."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        return QSize(MARK, MARK)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.rect().center()
        if not self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.accent))
            painter.drawEllipse(middle, 3, 3)
        else:
            painter.setPen(QPen(QColor(colours.text), 1.5))
            around = self.rect().adjusted(3, 3, -3, -3)
            painter.drawArc(around, 20 * 16, 270 * 16)
            tip_x, tip_y = around.right(), around.top() + 2
            painter.drawLine(tip_x, tip_y, tip_x, tip_y - 3)
            painter.drawLine(tip_x, tip_y, tip_x - 4, tip_y)
        painter.end()


class SearchMark(QAbstractButton):
    """A magnifying glass beside what a search goes over; a click changes what it may be."""

    def __init__(self) -> None:
        super().__init__()
        self.words = ""
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def say(self, name: str, words: str) -> None:
        self.words = words
        self.setToolTip(f"Searched over: {words}" if words else "")
        self.setAccessibleName(f"{name} is searched over: {words}" if words else "")

    def sizeHint(self) -> QSize:
        return QSize(MARK, MARK)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.current().accent), 1.6))
        painter.drawEllipse(QRectF(2.5, 2.5, 6.5, 6.5))
        painter.drawLine(QPointF(8.2, 8.2), QPointF(11.5, 11.5))
        painter.end()


def _is_reset(event: QEvent) -> bool:
    return isinstance(event, QKeyEvent) and shortcuts.is_meant(RESET, event)


def value_words(value: Any, optional: str = "") -> str:
    """A value as a sentence shows it: ``3 × 3``, ``on``, ``as kernel_size``."""
    if value is None:
        return optional or "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        words = " × ".join(
            "–" if part is None else f"{part:g}" if isinstance(part, float) else str(part) for part in value
        )
        return words or "none"
    if isinstance(value, float):
        return f"{value:g}"
    words = str(value) or "empty"
    return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"
