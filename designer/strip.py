"""Strip: the pieces of a text one after the other, each on a colour for a number; a click or the keys choose one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from designer.charts.frame import draw_focus
from designer.theme import current, mono_font, themes

LINE, PADDING = 22.0, 3.0
SHOWN = {"\n": "↵", " ": "·", "\t": "→"}
STRONGEST = 0.75  # how much of a colour is in the ground of the strongest


class Strip(QWidget):
    """``show_tokens`` takes numbers from −1 to 1: below zero in one colour, above it in another."""

    chosen = Signal(int)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.tokens: Sequence[str] = ()
        self.values: Sequence[float] = ()
        self.told: Callable[[int], str] = lambda number: ""
        self.place = -1
        self.gap = 0.0  # between pieces: words have one
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        themes.changed.connect(self.update)

    def show_tokens(self, tokens: Sequence[str], values: Sequence[float], told: Callable[[int], str]) -> None:
        """``told`` says in words what the number of a piece means."""
        self.tokens, self.values, self.told = tokens, values, told
        self.gap = 6.0 if any(len(token) > 1 for token in tokens) else 0.0
        self.place = min(self.place, len(tokens) - 1)
        self.setAccessibleDescription("".join(tokens) if not self.gap else " ".join(tokens))
        self.updateGeometry()
        self.update()

    def boxes(self, width: float) -> list[QRectF]:
        """Where each piece is; a new line begins after a line's end, and where there is no more room."""
        metrics, found = QFontMetricsF(mono_font()), list[QRectF]()
        x = y = 0.0
        for token in self.tokens:
            wide = metrics.horizontalAdvance(shown(token)) + PADDING
            if x and x + wide > width:
                x, y = 0.0, y + LINE
            found.append(QRectF(x, y, wide, LINE - 2))
            x += wide + self.gap
            if token == "\n":
                x, y = 0.0, y + LINE
        return found

    def heightForWidth(self, width: int) -> int:
        boxes = self.boxes(width)
        return round(boxes[-1].bottom() + 4) if boxes else round(LINE)

    def sizeHint(self) -> QSize:
        return QSize(400, self.heightForWidth(max(200, self.width())))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.heightForWidth(max(120, self.width())))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), current()
        painter.setFont(mono_font())
        for number, box in enumerate(self.boxes(self.width())):
            if not box.intersects(QRectF(event.rect())):
                continue
            value = self.values[number] if number < len(self.values) else 0.0
            if value:
                ground = QColor(theme.accent if value > 0 else theme.warning)
                ground.setAlphaF(min(abs(value), 1.0) * STRONGEST)
                painter.fillRect(box, ground)
            if number == self.place:
                painter.setPen(QPen(QColor(theme.text), 1.5))
                painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
            painter.setPen(QColor(theme.secondary if self.tokens[number] in SHOWN else theme.text))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, shown(self.tokens[number]))
        if self.hasFocus() and self.place < 0:
            draw_focus(painter, QRectF(self.rect()))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._choose(self._at(event.position()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if (key := Qt.Key(event.key())) in steps and self.tokens:
            self._choose(min(max(self.place + steps[key], 0), len(self.tokens) - 1))
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            number = self._at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.told(number) if number >= 0 else "", self)
            return True
        return super().event(event)

    def _choose(self, number: int) -> None:
        if number >= 0:
            self.place = number
            self.update()
            self.chosen.emit(number)

    def _at(self, place: QPointF) -> int:
        return next((n for n, box in enumerate(self.boxes(self.width())) if box.contains(place)), -1)


def shown(token: str) -> str:
    """A piece as it is seen, also where it is white space."""
    return SHOWN.get(token, token)
