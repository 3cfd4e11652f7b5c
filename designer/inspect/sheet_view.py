"""SheetView: the tiles of a picture file, flowing to the width there is; walked with the arrow keys and clicked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from designer.charts.frame import draw_focus, font_of
from designer.picture_files import picture_from
from designer.theme import current, themes

GAP, CAPTION = 6, 16
Box = Sequence[float]  # x1 y1 x2 y2 as shares of a tile
USUAL_SIDE = 64  # px that a tile is shown at, unless it is larger
SIDES = (32, 256)
STEP = 1.25


class SheetView(QWidget):
    """Shows a sheet as the engine tells of it. The wheel with Ctrl makes tiles larger."""

    clicked = Signal(int)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.sheet: Mapping[str, Any] | None = None
        self.captions: Sequence[str] = ()
        self.tips: Sequence[str] = ()
        self.faulty: frozenset[int] = frozenset()  # tiles with a red frame
        self.boxes: Sequence[Sequence[Box]] = ()  # of each tile
        self.right_boxes: Sequence[Sequence[Box]] = ()  # those that the others should be
        self.box_words: Sequence[Sequence[str]] = ()  # of each of ``boxes``
        self.across = 0  # tiles in a row; 0: as many as fit
        self.place = -1  # the tile that the keys are at
        self._picture = QPixmap()
        self._side = float(USUAL_SIDE)
        self._hover = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        themes.changed.connect(self.update)

    def show_sheet(self, sheet: Mapping[str, Any] | None, captions: Sequence[str] = ()) -> None:
        self.sheet, self.captions = sheet, captions
        self.tips, self.boxes, self.right_boxes, self.box_words = (), (), (), ()
        self.faulty, self.place = frozenset(), -1
        self._picture = picture_from(sheet["path"]) if sheet else QPixmap()
        self._side = max(USUAL_SIDE, min(max(sheet["tile"]), SIDES[1])) if sheet else USUAL_SIDE
        count = sheet["count"] if sheet else 0
        self.setAccessibleDescription(f"{count} pictures" + (f": {', '.join(captions[:20])}" if captions else ""))
        self.updateGeometry()
        self.update()

    def heightForWidth(self, width: int) -> int:
        if not self.sheet:
            return 40
        return max(40, self._rows(width) * (self._tile(width).height() + self._below + GAP))

    def sizeHint(self) -> QSize:
        width = max(200, self.width())
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.heightForWidth(max(80, self.width())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()  # its height follows from its width

    def rect_of(self, number: int) -> QRect:
        """Where a tile is."""
        across = self._across(self.width())
        tile = self._tile(self.width())
        x = number % across * (tile.width() + GAP)
        y = number // across * (tile.height() + self._below + GAP)
        return QRect(x, y, tile.width(), tile.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.sheet or self._picture.isNull():
            return
        painter, theme = QPainter(self), current()
        painter.setFont(font_of(self.font()))
        metrics = QFontMetrics(painter.font())
        (width, height), gap, columns = self.sheet["tile"], self.sheet["gap"], self.sheet["columns"]
        for number in range(self.sheet["count"]):
            place = self.rect_of(number)
            if not place.adjusted(-2, -2, 2, self._below + 2).intersects(event.rect()):
                continue
            source = QRect(number % columns * (width + gap), number // columns * (height + gap), width, height)
            painter.drawPixmap(place, self._picture, source)
            for boxes, colour in ((self.right_boxes, theme.good), (self.boxes, theme.warning)):
                for box in boxes[number] if number < len(boxes) else ():
                    self._draw_box(painter, place, box, colour)
            self._draw_box_words(painter, place, number)
            if number in self.faulty:
                painter.setPen(QPen(QColor(theme.fault), 2))
                painter.drawRect(place.adjusted(1, 1, -1, -1))
            if number in (self.place, self._hover):
                painter.setPen(QPen(QColor(theme.accent), 2))
                painter.drawRect(place.adjusted(-1, -1, 1, 1))
            if number < len(self.captions):
                painter.setPen(QColor(theme.secondary))
                words = metrics.elidedText(self.captions[number], Qt.TextElideMode.ElideRight, place.width())
                below = QRect(place.left(), place.bottom() + 2, place.width(), CAPTION)
                painter.drawText(below, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter, words)
        if self.hasFocus() and self.place < 0:
            draw_focus(painter, QRectF(self.rect()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._set_hover(self._at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self._at(event.position())
        if number >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._choose(number)

    def leaveEvent(self, event: QEvent) -> None:
        self._set_hover(-1)
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        across = self._across(self.width())
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -across,
            Qt.Key.Key_Down: across,
        }
        count, key = self.sheet["count"] if self.sheet else 0, Qt.Key(event.key())
        if key in steps and count:
            self.place = min(max(self.place + steps[key], 0), count - 1)
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.place >= 0:
            self.clicked.emit(self.place)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            self.enlarge(STEP if key == Qt.Key.Key_Plus else 1 / STEP)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            number = self._at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.tips[number] if 0 <= number < len(self.tips) else "", self)
            return True
        return super().event(event)

    def enlarge(self, factor: float) -> None:
        self._side = min(max(self._side * factor, SIDES[0]), SIDES[1])
        self.updateGeometry()
        self.update()

    def _tile(self, room: int) -> QSize:
        """Smaller than wanted where so many in a row would not fit otherwise."""
        width, height = self.sheet["tile"] if self.sheet else (1, 1)
        share = self._side / max(width, height)
        if self.across:
            share = min(share, max(room / self.across - GAP, SIDES[0]) / width)
        return QSize(max(1, round(width * share)), max(1, round(height * share)))

    @property
    def _below(self) -> int:
        return CAPTION + 2 if self.captions else 0

    def _across(self, width: int) -> int:
        return self.across or max(1, (width + GAP) // (self._tile(width).width() + GAP))

    def _rows(self, width: int) -> int:
        return -(-self.sheet["count"] // self._across(width)) if self.sheet else 0

    def _at(self, place: QPointF) -> int:
        count = self.sheet["count"] if self.sheet else 0
        point = place.toPoint()
        return next((n for n in range(count) if self.rect_of(n).contains(point)), -1)

    def _set_hover(self, number: int) -> None:
        if number != self._hover:
            self._hover = number
            self.update()

    def _choose(self, number: int) -> None:
        self.place = number
        self.update()
        self.clicked.emit(number)

    def _draw_box_words(self, painter: QPainter, place: QRect, number: int) -> None:
        """Above each box, or below one at the upper edge; within the tile as far as they fit."""
        if number >= len(self.box_words):
            return
        metrics = QFontMetrics(painter.font())
        painter.save()
        painter.setClipRect(place)
        for box, words in zip(self.boxes[number], self.box_words[number], strict=True):
            if not words:
                continue
            wide, high = metrics.horizontalAdvance(words) + 4, metrics.height()
            left = min(place.left() + box[0] * place.width(), place.right() - wide)
            top = place.top() + box[1] * place.height() - high
            if top < place.top():
                top = place.top() + box[3] * place.height()
            ground = QRectF(max(left, place.left()), top, wide, high)
            painter.fillRect(ground, QColor(current().warning))
            painter.setPen(QColor(current().canvas))
            painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, words)
        painter.restore()

    def _draw_box(self, painter: QPainter, place: QRect, box: Box, colour: str) -> None:
        x1, y1, x2, y2 = box
        painter.setPen(QPen(QColor(colour), 1.5))
        corner = QPointF(place.left() + x1 * place.width(), place.top() + y1 * place.height())
        painter.drawRect(
            QRectF(corner, QPointF(place.left() + x2 * place.width(), place.top() + y2 * place.height()))
        )
