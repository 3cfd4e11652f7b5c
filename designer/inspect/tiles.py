"""Tiles: small pictures in rows, as large as the room allows and never smoothed, with words beside the rows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.charts.frame import font_of
from designer.theme import current, themes

GAP, MOST_SIDE, WORDS = 4, 96, 76  # px


class Tiles(QWidget):
    """``captions`` are of the rows; without any, pictures fill rows as they fit."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.pictures: Sequence[QImage] = ()
        self.captions: Sequence[str] = ()
        self._columns = 1
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        themes.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(400, 200)

    def show_rows(self, pictures: Sequence[QImage], captions: Sequence[str]) -> None:
        """As many pictures in each row as in the others."""
        self.pictures, self.captions = pictures, captions
        self._columns = max(1, len(pictures) // max(1, len(captions)))
        self._describe()

    def show_all(self, pictures: Sequence[QImage]) -> None:
        """In as many rows as make them the largest."""
        self.pictures, self.captions = pictures, ()
        self._describe()

    def _describe(self) -> None:
        told = f": {', '.join(self.captions)}" if self.captions else ""
        self.setAccessibleDescription(f"{len(self.pictures)} pictures{told}")
        self.update()

    def _columns_and_side(self) -> tuple[int, float]:
        count = len(self.pictures)
        if self.captions:
            rows = -(-count // self._columns)
            return self._columns, min(
                MOST_SIDE, (self.width() - WORDS) / self._columns - GAP, self.height() / rows - GAP
            )
        sides = {
            columns: min(MOST_SIDE, self.width() / columns - GAP, self.height() / -(-count // columns) - GAP)
            for columns in range(1, count + 1)
        }
        best = max(sides, key=lambda columns: (sides[columns], columns))
        return best, sides[best]

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.pictures:
            return
        columns, side = self._columns_and_side()
        left = WORDS if self.captions else 0
        painter = QPainter(self)
        painter.setFont(font_of(self.font()))
        for number, one in enumerate(self.pictures):
            row, column = divmod(number, columns)
            place = QRectF(left + column * (side + GAP), row * (side + GAP), side, side)
            shown = QRectF(place)
            shown.setSize(one.size().toSizeF().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio))
            painter.drawImage(shown, one)
        painter.setPen(QColor(current().secondary))
        for row, words in enumerate(self.captions):
            place = QRectF(0, row * (side + GAP), WORDS - 8, side)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap, words)
