"""What the start page is made of: cards with a picture, rows with words, and the gallery that holds the cards."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from designer import theme
from designer.thumbnails import SIZE
from designer.widgets import label

PADDING, GAP, RADIUS = 8, 16, 8
LEAST_WIDTH = 248  # px of a card: what weights and multiply-adds take
HEADING, BETWEEN = 28, 20  # px: a heading with the space below it, and above the next one
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def with_text(width: int) -> int:
    """A width for plain text of the usual height, in proportion to the height that is preferred."""
    return width * theme.text_pixels() // theme.TEXT_PIXELS


class Tile(QAbstractButton):
    """A button that paints itself: a ground, and a frame where the mouse or the keys are."""

    def __init__(self, title: str, note: str, act: Callable[[], object]) -> None:
        super().__init__()
        self.title, self.note = title, note
        self.setText(title)
        self.setAccessibleName(title)
        self.setAccessibleDescription(note)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(lambda: act())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in ENTER:
            self.click()
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down):
            event.ignore()  # the gallery or the page goes on to the next
        else:
            super().keyPressEvent(event)

    def _paint_ground(self, painter: QPainter) -> None:
        colours = theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_met = self.underMouse() and self.isEnabled()
        edge = colours.accent if self.hasFocus() else colours.wire if is_met else colours.line
        painter.setPen(QPen(QColor(edge), 2 if self.hasFocus() else 1))
        painter.setBrush(QColor(colours.hover if is_met else colours.panel))
        painter.drawRoundedRect(self.rect().toRectF().adjusted(1, 1, -1, -1), RADIUS, RADIUS)

    def _paint_words(self, painter: QPainter, left: int, top: int, width: int) -> None:
        """Title and note below each other; what does not fit is cut."""
        colours, font = theme.current(), QFont(self.font())
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(colours.text if self.isEnabled() else colours.secondary))
        metrics = QFontMetrics(font)
        title = metrics.elidedText(self.title, Qt.TextElideMode.ElideRight, width)
        painter.drawText(QPoint(left, top + metrics.ascent()), title)
        font.setBold(False)
        font.setPixelSize(max(9, theme.text_pixels() - 1))
        painter.setFont(font)
        painter.setPen(QColor(colours.secondary))
        smaller = QFontMetrics(font)
        note = smaller.elidedText(self.note, Qt.TextElideMode.ElideMiddle, width)
        painter.drawText(QPoint(left, top + metrics.height() + 3 + smaller.ascent()), note)


class Card(Tile):
    """A network to open: its picture, its title, and what it costs or where it is."""

    def __init__(self, title: str, note: str, act: Callable[[], object], also: str = "") -> None:
        super().__init__(title, note, act)
        self.words = f"{title} {note} {also}".casefold()
        self.picture = QPixmap()

    def sizeHint(self) -> QSize:
        words = 2 * theme.text_pixels() + 20
        return QSize(SIZE.width() + 2, SIZE.height() + PADDING + words)

    def show_picture(self, picture: QPixmap) -> None:
        self.picture = picture
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._paint_ground(painter)
        place = QRect(QPoint(1, 1), SIZE).adjusted(0, 0, self.width() - 2 - SIZE.width(), 0)
        upper = QPainterPath()
        upper.addRoundedRect(place.adjusted(1, 1, -1, RADIUS).toRectF(), RADIUS - 1, RADIUS - 1)
        painter.save()
        painter.setClipPath(upper)
        painter.setClipRect(place.adjusted(1, 1, -1, 0), Qt.ClipOperation.IntersectClip)
        painter.fillRect(place, QColor(theme.current().canvas))
        painter.setOpacity(1.0 if self.isEnabled() else 0.35)
        if not self.picture.isNull():
            painter.drawPixmap(place.left() + (place.width() - SIZE.width()) // 2, place.top(), self.picture)
        painter.restore()
        self._paint_words(painter, PADDING + 4, SIZE.height() + PADDING + 1, self.width() - 2 * PADDING - 8)
        painter.end()


class Row(Tile):
    """Something to begin with, in words, with its keys."""

    def __init__(self, title: str, note: str, act: Callable[[], object], keys: str = "") -> None:
        super().__init__(title, note, act)
        self._keys = keys
        self.fit()

    def fit(self) -> None:
        """Takes the height of its two lines."""
        self.setFixedHeight(2 * theme.text_pixels() + 30)

    def sizeHint(self) -> QSize:
        return QSize(240, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._paint_ground(painter)
        self._paint_words(painter, 12, 9, self.width() - 24)
        if self._keys:
            painter.setPen(QColor(theme.current().secondary))
            painter.drawText(self.rect().adjusted(12, 9, -12, 0), Qt.AlignmentFlag.AlignRight, self._keys)
        painter.end()


class Gallery(QWidget):
    """Cards under headings, in as many columns as there is room for; arrow keys go from card to card."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[tuple[QLabel, list[Card]]] = []
        self._columns = 1
        self.nothing = label("", "secondary")
        self.nothing.setParent(self)

    @property
    def cards(self) -> list[Card]:
        """Those that are seen, in reading order."""
        return [card for _, cards in self._parts for card in cards if not card.isHidden()]

    def fill(self, parts: Sequence[tuple[str, Sequence[Card]]]) -> None:
        """Takes other cards in place of those that were there."""
        for heading, cards in self._parts:
            for old in (heading, *cards):
                old.hide()
                old.deleteLater()
        self._parts = []
        for title, inside in parts:
            heading = label(title, "heading")
            for made in (heading, *inside):
                made.setParent(self)
            self._parts.append((heading, list(inside)))
        self.search("")

    def search(self, text: str) -> None:
        """Shows the cards that have all these words; a heading's words count for all of its cards."""
        words = text.casefold().split()
        for heading, cards in self._parts:
            above = heading.text().casefold()
            for card in cards:
                card.setVisible(all(word in card.words or word in above for word in words))
        self.nothing.setText(f"No file and no example has “{text.strip()}” in its name.")
        self.nothing.setVisible(bool(words) and not self.cards)
        self.nothing.adjustSize()
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._arrange()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """An arrow pressed on a card."""
        cards = self.cards
        here = next((number for number, card in enumerate(cards) if card.hasFocus()), None)
        key = Qt.Key(event.key())
        if here is None or key not in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down):
            event.ignore()
            return
        reached = self._beside(cards[here], key) if key in (Qt.Key.Key_Up, Qt.Key.Key_Down) else None
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            number = here + (1 if key == Qt.Key.Key_Right else -1)
            reached = cards[number] if 0 <= number < len(cards) else None
        if reached is not None:
            reached.setFocus(Qt.FocusReason.TabFocusReason)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Left):
            event.ignore()  # back to the search

    def _beside(self, card: Card, key: Qt.Key) -> Card | None:
        """The nearest card of the next row, or the row before."""
        at, is_down = card.geometry(), key == Qt.Key.Key_Down
        rows = [c for c in self.cards if (c.y() > at.y() if is_down else c.y() < at.y())]
        return min(rows, key=lambda c: (abs(c.y() - at.y()), abs(c.x() - at.x())), default=None)

    def _arrange(self) -> None:
        self._columns = max(1, (self.width() + GAP) // (with_text(LEAST_WIDTH) + GAP))
        width = (self.width() - (self._columns - 1) * GAP) // self._columns
        top = 0
        for heading, cards in self._parts:
            seen = [card for card in cards if not card.isHidden()]
            heading.setVisible(bool(seen))
            if not seen:
                continue
            heading.setGeometry(2, top, self.width(), HEADING - 8)
            top += HEADING
            height = seen[0].sizeHint().height()
            for number, card in enumerate(seen):
                row, column = divmod(number, self._columns)
                card.setGeometry(column * (width + GAP), top + row * (height + GAP), width, height)
            top += -(-len(seen) // self._columns) * (height + GAP) - GAP + BETWEEN
        self.nothing.move(2, 0)
        self.setMinimumHeight(max(top, 40))
