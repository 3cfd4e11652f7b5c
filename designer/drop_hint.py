"""DropHint: while files are dragged over the window, a frame around it and the words what letting go does."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from designer import theme

INSET, RADIUS, PADDING = 3.0, 8.0, 24.0  # px
TINT = 28  # of 255: how much of the accent lies over what is below


class DropHint(QWidget):
    """Lies over a window, and takes no mouse."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.words, self.note, self.is_refused = "", "", False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def say(self, words: str, note: str, *, is_refused: bool) -> None:
        """Shows what would be done, or why nothing would; empty words hide it."""
        self.words, self.note, self.is_refused = words, note, is_refused
        self.setAccessibleName(f"{words} {note}".strip())
        self.setGeometry(self._window.rect())
        self.setVisible(bool(words))
        self.raise_()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.current()
        edge = QColor(colours.fault if self.is_refused else colours.accent)
        ground = QColor(edge)
        ground.setAlpha(TINT)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(edge, 2, Qt.PenStyle.DashLine))
        painter.setBrush(ground)
        painter.drawRoundedRect(self.rect().toRectF().adjusted(INSET, INSET, -INSET, -INSET), RADIUS, RADIUS)
        self._paint_card(painter, edge)
        painter.end()

    def _paint_card(self, painter: QPainter, edge: QColor) -> None:
        colours = theme.current()
        title, plain = QFont(self.font()), QFont(self.font())
        title.setPixelSize(theme.text_pixels() + 4)
        title.setBold(True)
        plain.setPixelSize(theme.text_pixels())
        above, below = QFontMetricsF(title), QFontMetricsF(plain)
        room = self.width() - 4 * PADDING
        words = above.elidedText(self.words, Qt.TextElideMode.ElideMiddle, room)
        note = below.elidedText(self.note, Qt.TextElideMode.ElideRight, room)
        width = max(above.horizontalAdvance(words), below.horizontalAdvance(note)) + 2 * PADDING
        height = 2 * PADDING + above.height() + (below.height() + 4 if note else 0)
        card = QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)
        painter.setPen(QPen(edge, 1))
        painter.setBrush(QColor(colours.panel))
        painter.drawRoundedRect(card, RADIUS, RADIUS)
        inner = card.adjusted(PADDING, PADDING, -PADDING, -PADDING)
        top = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter
        painter.setFont(title)
        painter.setPen(QColor(colours.text))
        painter.drawText(inner, top, words)
        painter.setFont(plain)
        painter.setPen(QColor(colours.secondary))
        painter.drawText(inner, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignHCenter, note)
