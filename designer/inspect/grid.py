"""Grid: weights as a square of cells, a row for each step that looks, a column for each that is looked at."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from designer.charts.frame import draw_focus
from designer.figures import share
from designer.strip import shown
from designer.theme import current, themes

LARGEST_CELL = 22.0  # px


class Grid(QWidget):
    """A click or the keys choose a row."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.weights: Sequence[Sequence[float]] = ()
        self.tokens: Sequence[str] = ()
        self.keys: Sequence[str] = ()
        self.place = -1
        self.setAccessibleName("Attention: a row for each step that looks")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        themes.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(320, 160)

    def show_weights(self, weights: Sequence[Sequence[float]], tokens: Sequence[str], keys: Sequence[str]) -> None:
        """``tokens`` name the rows, ``keys`` the columns."""
        self.weights, self.tokens, self.keys = weights, tokens, keys
        self.setAccessibleDescription(f"{len(weights)} steps look at {len(weights[0]) if weights else 0}")
        self.update()

    def cell(self) -> QSize:
        """Width and height of one."""
        rows, columns = len(self.weights) or 1, len(self.weights[0]) if self.weights else 1
        side = min(self.width() / columns, self.height() / rows, LARGEST_CELL)
        return QSize(max(1, int(side)), max(1, int(side)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, cell = QPainter(self), current(), self.cell()
        colour = QColor(theme.accent)
        for number, row in enumerate(self.weights):
            most = max(row, default=0.0) or 1.0
            for place, weight in enumerate(row):
                colour.setAlphaF(min(1.0, weight / most))
                box = QRectF(place * cell.width(), number * cell.height(), cell.width(), cell.height())
                painter.fillRect(box, colour)
        if 0 <= self.place < len(self.weights):
            painter.setPen(QPen(QColor(theme.text), 1))
            wide = len(self.weights[self.place]) * cell.width()
            painter.drawRect(QRectF(0.5, self.place * cell.height() + 0.5, wide - 1, cell.height() - 1))
        if self.hasFocus():
            draw_focus(painter, QRectF(self.rect()))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row, _ = self._at(event.position())
        if row >= 0:
            self.chosen.emit(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if (key := Qt.Key(event.key())) in steps and self.weights:
            self.chosen.emit(min(max(self.place + steps[key], 0), len(self.weights) - 1))
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            row, column = self._at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self._words(row, column), self)
            return True
        return super().event(event)

    def _at(self, place: QPointF) -> tuple[int, int]:
        """Row and column; −1 beside the cells."""
        cell = self.cell()
        row, column = int(place.y() // cell.height()), int(place.x() // cell.width())
        is_inside = 0 <= row < len(self.weights) and 0 <= column < len(self.weights[row])
        return (row, column) if is_inside else (-1, -1)

    def _words(self, row: int, column: int) -> str:
        if row < 0:
            return ""
        places = ((self.tokens, row), (self.keys, column))
        names = [shown(named[n]) if n < len(named) else str(n) for named, n in places]
        return f"“{names[0]}” looks at “{names[1]}” with {share(self.weights[row][column])}"
