"""PlacesView: a picture with light on the places that something looks at; a click or the keys choose a place."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from designer.figures import share
from designer.theme import current, themes

SIDE = 300  # px that a picture is wide at most
DIMMED, LIT = 0.6, 0.45  # of black where it does not look, and of amber where it looks most


class PlacesView(QWidget):
    """``weights`` are one for each place, row by row; they add up to 1 or less."""

    chosen = Signal(int)  # a place

    def __init__(self) -> None:
        super().__init__()
        self.picture = QPixmap()
        self.rows = self.columns = 1
        self.weights: Sequence[float] = ()
        self.place = -1  # the one that looks
        self.setAccessibleName("Where in the picture it looks")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        themes.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(SIDE, SIDE)

    def show_places(self, picture: QPixmap, rows: int, columns: int) -> None:
        self.picture, self.rows, self.columns, self.weights, self.place = picture, rows, columns, (), -1
        self.update()

    def light(self, weights: Sequence[float], place: int = -1) -> None:
        """What one step looks at; ``place`` where that step is a place itself."""
        self.weights, self.place = weights, place
        if weights:
            best = max(range(len(weights)), key=weights.__getitem__)
            self.setAccessibleDescription(f"It looks most at {self.named(best)}, with {share(weights[best], 0)}")
        self.update()

    def named(self, place: int) -> str:
        row, column = divmod(place, self.columns)
        return f"row {row + 1}, column {column + 1}"

    def room(self) -> QRectF:
        """Where the picture is."""
        size = self.picture.size().toSizeF()
        if not size.isEmpty():
            size.scale(min(SIDE, self.width()), min(SIDE, self.height()), Qt.AspectRatioMode.KeepAspectRatio)
        return QRectF(QPointF(0, 0), size)

    def cell(self, place: int) -> QRectF:
        room = self.room()
        row, column = divmod(place, self.columns)
        wide, high = room.width() / self.columns, room.height() / self.rows
        return QRectF(column * wide, row * high, wide, high)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.picture.isNull():
            return
        painter, theme = QPainter(self), current()
        painter.drawPixmap(self.room(), self.picture, QRectF(self.picture.rect()))
        most = max(self.weights, default=0.0) or 1.0
        for place, weight in enumerate(self.weights[: self.rows * self.columns]):
            shade, light = QColor("#000000"), QColor(theme.warning)
            shade.setAlphaF(DIMMED * (1 - weight / most))
            light.setAlphaF(LIT * weight / most)
            for colour in (shade, light):
                painter.fillRect(self.cell(place), colour)
        if self.weights:
            best = max(range(len(self.weights)), key=self.weights.__getitem__)
            painter.setPen(QPen(QColor(theme.warning), 1.5))
            painter.drawRect(self.cell(best).adjusted(1, 1, -1, -1))
        if self.place >= 0:
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.drawRect(self.cell(self.place).adjusted(1, 1, -1, -1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self._at(event.position())
        if place >= 0:
            self.chosen.emit(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self.columns,
            Qt.Key.Key_Down: self.columns,
        }
        if (key := Qt.Key(event.key())) in steps and not self.picture.isNull():
            self.chosen.emit(min(max(self.place + steps[key], 0), self.rows * self.columns - 1))
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = self._at(QPointF(event.pos()))
            words = f"{self.named(place)}: {share(self.weights[place])}" if 0 <= place < len(self.weights) else ""
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def _at(self, point: QPointF) -> int:
        """The place there; −1 beside the picture."""
        room = self.room()
        if room.isEmpty() or not room.contains(point):
            return -1
        column = min(self.columns - 1, int(point.x() / room.width() * self.columns))
        return min(self.rows - 1, int(point.y() / room.height() * self.rows)) * self.columns + column
