"""What stands over the canvas: the note at the cursor, the editor of a name, and the hint on an empty one."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from designer.theme import current
from nodes.graph.model import Graph, GraphError

NOTE_WIDTH, NOTE_OFFSET = 320, QPoint(16, 18)
NOTE_MARGINS = 30  # px beside the words: padding, border and what a label keeps free


class Note(QLabel):
    """A sentence beside the cursor; good and refused differ by colour and by a sign."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._ground = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setWordWrap(True)
        self.hide()

    def say(self, sentence: str, at: QPoint, state: str = "") -> None:
        """Shows a sentence next to a place in the parent; an empty one hides it."""
        if not sentence:
            self.hide()
            return
        theme = current()
        edge = {"good": theme.good, "refused": theme.fault}.get(state, theme.line)
        sign = {"good": "✓  ", "refused": "✕  "}.get(state, "")
        self.setStyleSheet(
            f"QLabel {{ background: {theme.panel}; color: {theme.text}; border: 1px solid {edge};"
            " border-radius: 6px; padding: 5px 8px; }"
        )
        self.setText(sign + sentence)
        self.ensurePolished()  # before that its padding is not counted
        words = self.fontMetrics().horizontalAdvance(self.text())
        self.setFixedWidth(min(NOTE_WIDTH, words + NOTE_MARGINS))
        self.setFixedHeight(self.heightForWidth(self.width()))
        self.move(self._inside(at + NOTE_OFFSET))
        self.show()
        self.raise_()

    def _inside(self, at: QPoint) -> QPoint:
        room = self._ground.rect()
        return QPoint(
            max(0, min(at.x(), room.width() - self.width() - 4)),
            max(0, min(at.y(), room.height() - self.height() - 4)),
        )


class NameEditor(QLineEdit):
    """Edits a node's name on the node. It stays open, and says why, while the name cannot be."""

    renamed = Signal(str, str)
    refused = Signal(str)
    closed = Signal()

    def __init__(self, parent: QWidget, graph: Graph, name: str, place: QRect) -> None:
        super().__init__(name, parent)
        self._graph, self._name = graph, name
        self._is_done = False
        self.setAccessibleName(f"Name of {name}")
        self.setGeometry(place)
        self.textEdited.connect(lambda text: self.refused.emit(self._fault(text.strip())))
        self.selectAll()
        self.show()
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._close()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._commit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason and not self._is_done:
            self._close() if self._fault(self.text().strip()) else self._commit()

    def _fault(self, name: str) -> str:
        if name == self._name:
            return ""
        try:
            self._graph.require_name(name)
        except GraphError as error:
            return str(error)
        return ""

    def _commit(self) -> None:
        name = self.text().strip()
        fault = self._fault(name)
        if fault:
            self.refused.emit(fault)
            return
        self._close()
        if name != self._name:
            self.renamed.emit(self._name, name)

    def _close(self) -> None:
        self._is_done = True
        self.closed.emit()
        self.deleteLater()


class EmptyHint(QWidget):
    """Says what goes here, and offers the one next action."""

    wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._ground = parent
        title = QLabel("Nothing drawn yet")
        self._title = title
        text = QLabel("Drag a layer from the left, or begin with what the network is given.")
        self._text = text
        self.button = button = QPushButton("Add an Input")
        button.clicked.connect(self.wanted)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        for widget in (title, text, button):
            layout.addWidget(widget, alignment=Qt.AlignmentFlag.AlignHCenter)
        self.restyle()

    def restyle(self) -> None:
        theme = current()
        self._title.setStyleSheet(
            f"color: {theme.text}; font-size: 14px; font-weight: bold; background: transparent;"
        )
        self._text.setStyleSheet(f"color: {theme.secondary}; background: transparent;")
        self.button.setStyleSheet(f"QPushButton {{ border: 1px solid {theme.wire}; padding: 5px 14px; }}")

    def centre(self) -> None:
        """Stands in the middle of its parent."""
        self.adjustSize()
        self.move(self._ground.rect().center() - self.rect().center())
