"""Legend: the name, the colour and the last value of each curve."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.theme import CURVE_COLORS, current, mono_font, themes
from designer.training.standing import number

SWATCH, GAP, INNER, BETWEEN, HEIGHT = 14.0, 8.0, 6.0, 20.0, 20
WORDS = 11  # px
LEAST_TITLE = 20.0  # px of another run's title, however many there are
TIME = re.compile(r"^\d{8}-\d{6}-")
PALE = 0.5  # opacity of runs beside those that stand out


class Legend(QWidget):
    """A swatch, a word and a number for each part; the test part has a mark instead of a line.

    ``pointed`` tells the title of the other run under the mouse, empty where there is none; ``chosen`` one clicked.
    """

    pointed = Signal(str)
    chosen = Signal(str)

    def __init__(self, *, percent: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._percent = percent
        self._values: dict[str, float] = {}
        self._others: list[tuple[str, str]] = []
        self._pale: frozenset[str] = frozenset()
        self._places: list[tuple[float, float, str]] = []  # from where to where an other run stands
        self._near = ""
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self.update)

    def show_percent(self, percent: bool) -> None:
        """Shares are written in per cent."""
        self._percent = percent

    def show_values(
        self,
        values: Mapping[str, float],
        others: Sequence[tuple[str, str]] = (),
        pale: frozenset[str] = frozenset(),
    ) -> None:
        """``others`` are the titles and colours of other runs, ``pale`` those that do not stand out."""
        if (values, list(others), pale) != (self._values, self._others, self._pale):
            self._values, self._others, self._pale = dict(values), list(others), pale
            told = [f"{part} {self.written(part)}" for part in values]
            self.setAccessibleName(", ".join([*told, *(title for title, _ in others)]))
            self._fit()
            self.update()

    def written(self, part: str) -> str:
        """The last value of a part as it is shown."""
        value = self._values.get(part)
        if value is None:
            return ""
        return f"{value * 100:.1f} %" if self._percent else number(value)

    def sizeHint(self) -> QSize:
        return QSize(240, HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As many lines as the parts need."""
        self.setFixedHeight(HEIGHT * (1 + max((line for _, _, line in self._laid_out()), default=0)))

    def _laid_out(self) -> list[tuple[str, float, int]]:
        """Each part that is shown, where it begins, and in which line."""
        words, figures = self._fonts()
        x, line, found = 0.0, 0, []
        for part in CURVE_COLORS:
            if part not in self._values and (part == "test" or self._others):
                continue
            width = (
                SWATCH + GAP + words.horizontalAdvance(part) + INNER + figures.horizontalAdvance(self.written(part))
            )
            if found and x + width > self.width():
                x, line = 0.0, line + 1
            found.append((part, x, line))
            x += width + BETWEEN
        return found

    def _fonts(self) -> tuple[QFontMetricsF, QFontMetricsF]:
        words = self.font()
        words.setPixelSize(WORDS)
        return QFontMetricsF(words), QFontMetricsF(mono_font(WORDS))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, words, figures = current(), self.font(), mono_font(WORDS)
        words.setPixelSize(WORDS)
        x, top = 0.0, 0
        for part, x, line in self._laid_out():
            top = line * HEIGHT
            self._swatch(painter, part, QColor(CURVE_COLORS[part]), x, top)
            value = QFontMetricsF(figures).horizontalAdvance(self.written(part))
            room = self.width() - x - SWATCH - GAP - INNER - value
            brief = QFontMetricsF(words).elidedText(part, Qt.TextElideMode.ElideRight, max(LEAST_TITLE, room))
            x = self._write(painter, x + SWATCH + GAP, top, brief, QColor(theme.secondary), words) + INNER
            x = self._write(painter, x, top, self.written(part), QColor(theme.text), figures) + BETWEEN
        self._places = []
        room = (self.width() - x) / max(1, len(self._others)) - SWATCH - GAP - BETWEEN
        short = short_titles([title for title, _ in self._others])
        for (title, color), brief in zip(self._others, short, strict=True):
            start = x
            painter.setOpacity(PALE if title in self._pale else 1.0)
            self._swatch(painter, "", QColor(color), x, top)
            shown = QFontMetricsF(words).elidedText(brief, Qt.TextElideMode.ElideRight, max(LEAST_TITLE, room))
            text = theme.text if self._pale and title not in self._pale else theme.secondary
            x = self._write(painter, x + SWATCH + GAP, top, shown, QColor(text), words) + BETWEEN
            self._places.append((start, x - BETWEEN / 2, title))

    def title_at(self, place: QPointF) -> str:
        """The other run that stands there, in the last line; empty where none does."""
        is_last = place.y() >= self.height() - HEIGHT
        return next((title for start, end, title in self._places if is_last and start <= place.x() < end), "")

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self.title_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at("")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if title := self.title_at(event.position()):
            self.chosen.emit(title)

    def _point_at(self, title: str) -> None:
        if title != self._near:
            self._near = title
            self.setToolTip(title)
            self.pointed.emit(title)

    def _swatch(self, painter: QPainter, part: str, color: QColor, x: float, top: int) -> None:
        middle = top + HEIGHT / 2
        if part == "test":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawEllipse(QRectF(x + SWATCH / 2 - 4, middle - 4, 8, 8))
            return
        pen = QPen(color, 2.5)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawLine(round(x), round(middle), round(x + SWATCH), round(middle))

    def _write(self, painter: QPainter, x: float, top: int, words: str, color: QColor, font: QFont) -> float:
        painter.setFont(font)
        painter.setPen(color)
        width = QFontMetricsF(font).horizontalAdvance(words)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRectF(x, top, width + 1, HEIGHT), flags, words)
        return x + width


def short_titles(titles: Sequence[str]) -> list[str]:
    """Names of run folders without the time that they begin with, where that leaves them different."""
    short = [TIME.sub("", title) or title for title in titles]
    return [brief if short.count(brief) == 1 else title for title, brief in zip(titles, short, strict=True)]
