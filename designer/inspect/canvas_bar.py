"""CanvasBar: a bar over the drawing while it shows more than the drawing; Escape or ✕ lead out of that."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from designer.canvas.camera import Camera
from designer.canvas.look import look
from designer.widgets import TryAgain, label

DISTANCE = 12  # px from the lower edge of the canvas
WIDEST = 860


class CanvasBar(QWidget):
    """Stands in the lower middle of the canvas. ``row`` takes buttons, ``below`` what needs more room."""

    left = Signal()
    again = Signal()  # what was refused is wanted once more

    def __init__(self, canvas: Camera, name: str, way_out: str) -> None:
        super().__init__(canvas.viewport())
        self._canvas, self._ground = canvas, canvas.viewport()
        self._keys: dict[Qt.Key, Callable[[], object]] = {}
        self.setAccessibleName(name)
        self.words = label("", wrap=True)
        self.row, self.below = QHBoxLayout(), QVBoxLayout()
        self.row.setSpacing(4)
        close = self.tool("✕", way_out, self.left.emit)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addLayout(self.row)
        top.addWidget(self.words, 1)
        self.retry = TryAgain(self.again.emit)
        top.addWidget(self.retry)
        top.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 6, 6)
        column.setSpacing(6)
        column.addLayout(top)
        column.addLayout(self.below)
        self.on_key(Qt.Key.Key_Escape, self.left.emit)
        canvas.moved.connect(self.stand)
        canvas.viewport().installEventFilter(self)

    def tool(self, sign: str, words: str, do: Callable[[], object]) -> QToolButton:
        """A button with a sign; ``words`` say what it does."""
        made = QToolButton(self)
        made.setText(sign)
        made.setToolTip(words)
        made.setAccessibleName(words)
        made.clicked.connect(lambda: do())
        made.installEventFilter(self)
        return made

    def on_key(self, key: Qt.Key, do: Callable[[], object]) -> None:
        """While the bar or one of its buttons has the keys. A QShortcut would quarrel with those of the canvas."""
        self._keys[key] = do

    def complain(self, fact: str, remedy: str) -> None:
        """Says why something cannot be shown, with a button that asks once more."""
        self.say(f"{fact} {remedy}".strip())
        self.retry.show()
        self.stand()

    def say(self, words: str) -> None:
        self.retry.hide()
        self.words.setText(words)
        self.setAccessibleDescription(words)
        self.stand()

    def stand(self) -> None:
        """Takes its place."""
        room = self._ground.size()
        self.setFixedWidth(max(320, min(WIDEST, room.width() - 2 * DISTANCE)))
        self.layout().activate()
        self.resize(self.width(), max(self.sizeHint().height(), self.heightForWidth(self.width())))
        self.move((room.width() - self.width()) // 2, room.height() - self.height() - DISTANCE)
        self.raise_()
        if not self.isHidden():
            self._canvas.cover(self.height() + DISTANCE)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self.isHidden():  # and not the window around it
            self._canvas.cover(0)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.stand()
        return super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._ground:
            if event.type() == QEvent.Type.Resize:
                self.stand()
            return False
        return isinstance(event, QKeyEvent) and self._is_taken(event)

    def _is_taken(self, event: QKeyEvent) -> bool:
        do = self._keys.get(Qt.Key(event.key()))
        if do is None or event.type() == QEvent.Type.KeyRelease:
            return False
        event.accept()  # else a shortcut of the canvas would have the key
        if event.type() == QEvent.Type.KeyPress:
            do()
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._is_taken(event):
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(look.outline)
        painter.setBrush(look.node)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.end()
