"""Matrix: counts of right class against given class, as squares whose shade is their share of the row."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from designer.charts.frame import font_of
from designer.figures import share
from designer.theme import current, mono_font, themes

LEAST, MOST = 18.0, 40.0  # px of a side
EDGE = 8.0
WORDS = 96.0  # px at most for the names of the rows


class Matrix(QWidget):
    """A click, or Enter, on a cell chooses it."""

    chosen = Signal(int, int)  # right, given

    def __init__(self) -> None:
        super().__init__()
        self.counts: Sequence[Sequence[int]] = ()
        self.names: Sequence[str] = ()
        self.place = (0, 0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Confusion matrix: right class by row, given class by column")
        themes.changed.connect(self.update)

    def show_counts(self, counts: Sequence[Sequence[int]], names: Sequence[str]) -> None:
        self.counts, self.names, self.place = counts, names, (0, 0)
        self._describe()
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        count = len(self.names)
        return QSize(round(self._left + count * MOST + EDGE), round(20 + count * MOST + EDGE))

    def minimumSizeHint(self) -> QSize:
        side = round(self._left + len(self.names) * LEAST + EDGE)
        return QSize(side, round(20 + len(self.names) * LEAST + EDGE))

    def rect_of(self, right: int, given: int) -> QRectF:
        side = self._side
        return QRectF(self._left + given * side, 20 + right * side, side, side)

    def words_of(self, right: int, given: int) -> str:
        """A cell in words."""
        count, total = self.counts[right][given], sum(self.counts[right])
        part = f" ({share(count / total)})" if total else ""
        if right == given:
            return f"{count} of {total} {self.names[right]} are told right{part}"
        return f"{count} of {total} {self.names[right]} are taken for {self.names[given]}{part}"

    @property
    def _left(self) -> float:
        metrics = QFontMetricsF(font_of(self.font()))
        return min(WORDS, max((metrics.horizontalAdvance(name) for name in self.names), default=0.0)) + 10

    @property
    def _side(self) -> float:
        count = max(1, len(self.names))
        room = min((self.width() - self._left - EDGE) / count, (self.height() - 20 - EDGE) / count)
        return min(MOST, max(LEAST, room))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), current()
        words, figures = font_of(self.font()), mono_font(11)
        metrics, side = QFontMetricsF(words), self._side
        for number, name in enumerate(self.names):
            painter.setFont(words)
            painter.setPen(QColor(theme.secondary))
            short = metrics.elidedText(name, Qt.TextElideMode.ElideRight, self._left - 8)
            row = QRectF(0, 20 + number * side, self._left - 6, side)
            painter.drawText(row, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, short)
            above = QRectF(self._left + number * side, 0, side, 18)
            painter.drawText(
                above, Qt.AlignmentFlag.AlignCenter, metrics.elidedText(name, Qt.TextElideMode.ElideRight, side)
            )
        for right, row_counts in enumerate(self.counts):
            total = sum(row_counts) or 1
            for given, count in enumerate(row_counts):
                self._draw_cell(painter, right, given, count, count / total)
        painter.setFont(figures)
        if self.hasFocus() and self.names:
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect_of(*self.place))

    def _draw_cell(self, painter: QPainter, right: int, given: int, count: int, share: float) -> None:
        theme = current()
        place = self.rect_of(right, given).adjusted(0.5, 0.5, -0.5, -0.5)
        color = QColor(theme.accent if right == given else theme.fault)
        color.setAlphaF(share**0.5 * (0.85 if right == given else 1.0))
        painter.fillRect(place, QColor(theme.raised))
        painter.fillRect(place, color)
        if count and place.width() >= LEAST:
            painter.setFont(mono_font(11 if count < 1000 else 9))
            painter.setPen(QColor("#ffffff" if share > 0.35 else theme.text))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, str(count))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self._at(event.position())
        if cell is not None:
            self.place = cell
            self._describe()
            self.update()
            self.chosen.emit(*cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)
        }  # fmt: skip
        key, last = Qt.Key(event.key()), len(self.names) - 1
        if key in steps and last >= 0:
            down, along = steps[key]
            self.place = (min(max(self.place[0] + down, 0), last), min(max(self.place[1] + along, 0), last))
            self._describe()
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and last >= 0:
            self.chosen.emit(*self.place)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            cell = self._at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.words_of(*cell) if cell else "", self)
            return True
        return super().event(event)

    def _at(self, place: QPointF) -> tuple[int, int] | None:
        given, right = int((place.x() - self._left) // self._side), int((place.y() - 20) // self._side)
        count = len(self.names)
        return (right, given) if 0 <= given < count and 0 <= right < count else None

    def _describe(self) -> None:
        self.setAccessibleDescription(self.words_of(*self.place) if self.counts else "")
