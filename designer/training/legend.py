"""Legend: the name, the colour and the last value of each curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.theme import CURVE_COLORS, current, mono_font, themes
from designer.training.standing import number

SWATCH, GAP, BETWEEN, HEIGHT = 14.0, 8.0, 20.0, 20


class Legend(QWidget):
    """A swatch, a word and a number for each part; the test part has a mark instead of a line."""

    def __init__(self, *, percent: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._percent = percent
        self._values: dict[str, float] = {}
        self._others: list[tuple[str, str]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self.update)

    def show_percent(self, percent: bool) -> None:
        """Shares are written in per cent."""
        self._percent = percent

    def show_values(self, values: Mapping[str, float], others: Sequence[tuple[str, str]] = ()) -> None:
        """``others`` are the titles and colours of other runs."""
        if (values, list(others)) != (self._values, self._others):
            self._values, self._others = dict(values), list(others)
            told = [f"{part} {self.written(part)}" for part in values]
            self.setAccessibleName(", ".join([*told, *(title for title, _ in others)]))
            self.update()

    def written(self, part: str) -> str:
        """The last value of a part as it is shown."""
        value = self._values.get(part)
        if value is None:
            return ""
        return f"{value * 100:.1f} %" if self._percent else number(value)

    def sizeHint(self) -> QSize:
        return QSize(240, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, words, figures = current(), self.font(), mono_font(11)
        words.setPixelSize(11)
        x = 0.0
        for part, color in CURVE_COLORS.items():
            if part not in self._values and part == "test":
                continue
            self._swatch(painter, part, QColor(color), x)
            x += SWATCH + GAP
            x = self._write(painter, x, part, QColor(theme.secondary), words) + 6
            x = self._write(painter, x, self.written(part), QColor(theme.text), figures) + BETWEEN
        for title, color in self._others:
            self._swatch(painter, "", QColor(color), x)
            x = self._write(painter, x + SWATCH + GAP, title, QColor(theme.secondary), words) + BETWEEN

    def _swatch(self, painter: QPainter, part: str, color: QColor, x: float) -> None:
        middle = self.height() / 2
        if part == "test":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawEllipse(QRectF(x + SWATCH / 2 - 4, middle - 4, 8, 8))
            return
        pen = QPen(color, 2.5)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawLine(round(x), round(middle), round(x + SWATCH), round(middle))

    def _write(self, painter: QPainter, x: float, words: str, color: QColor, font: QFont) -> float:
        painter.setFont(font)
        painter.setPen(color)
        width = QFontMetricsF(font).horizontalAdvance(words)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRectF(x, 0, width + 1, self.height()), flags, words)
        return x + width
