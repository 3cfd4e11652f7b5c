"""Bars: numbers side by side, from zero up and down, with the ends of their range below."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from designer.charts.frame import font_of
from designer.figures import figure
from designer.theme import CURVE_COLORS, current, themes

BELOW = 14
MOST_NAMES = 16  # bars that are named below


class Bars(QWidget):
    """``ends`` are written below the first and the last bar; ``names`` are told under the mouse."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.values: Sequence[float] = ()
        self.ends: tuple[float, float] | None = None
        self.names: Sequence[str] = ()
        self.color = CURVE_COLORS["training"]
        self.setAccessibleName(name)
        themes.changed.connect(self.update)

    def show_values(
        self, values: Sequence[float], ends: tuple[float, float] | None = None, names: Sequence[str] = ()
    ) -> None:
        self.values, self.ends, self.names = values, ends, names
        self.setAccessibleDescription(", ".join(figure(value) for value in values[:40]))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, 64)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.values:
            return
        painter, theme = QPainter(self), current()
        room = QRectF(0, 0, self.width(), self.height() - (BELOW if self.ends or self._has_names else 0))
        low, high = min(0.0, *self.values), max(0.0, *self.values)
        span = (high - low) or 1.0
        zero = room.top() + high / span * room.height()
        width = room.width() / len(self.values)
        gap = min(1.0, width / 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.color))
        for number, value in enumerate(self.values):
            top = zero - value / span * room.height()
            painter.drawRect(QRectF(number * width, min(top, zero), max(1.0, width - gap), max(1.0, abs(top - zero))))
        painter.setPen(QColor(theme.line))
        painter.drawLine(QPointF(0, zero), QPointF(room.right(), zero))
        if self._has_names:
            painter.setFont(font_of(self.font()))
            painter.setPen(QColor(theme.secondary))
            for number, name in enumerate(self.names):
                short = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, round(width))
                place = QRectF(number * width, room.bottom(), width, BELOW)
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, short)
        elif self.ends:
            painter.setFont(font_of(self.font()))
            painter.setPen(QColor(theme.secondary))
            below = QRectF(0, room.bottom(), self.width(), BELOW)
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft, figure(self.ends[0]))
            painter.drawText(below, Qt.AlignmentFlag.AlignRight, figure(self.ends[1]))

    @property
    def _has_names(self) -> bool:
        return 0 < len(self.names) <= MOST_NAMES

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self.values:
            number = min(len(self.values) - 1, max(0, int(event.pos().x() / self.width() * len(self.values))))
            name = self.names[number] if number < len(self.names) else str(number)
            QToolTip.showText(event.globalPos(), f"{name}: {figure(self.values[number], 4)}", self)
            return True
        return super().event(event)
