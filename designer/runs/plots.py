"""RunPlot: a field that shows many runs, linked with the table. What is drawn is kept as pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.charts.frame import font_of
from designer.theme import themes
from runtime.run_list import Row

MARGINS = (64, 12, 24, 30)  # px beside the field: left, top, right, bottom
NEAR = 10.0  # px from a run at which it is meant
NOWHERE = -1
Numbers = NDArray[np.int64]


class RunPlot(QWidget):
    """``chosen`` tells the run that was clicked, and whether others stay selected; ``pointed`` that under the mouse.

    Three layers: all runs, the selected ones on them, and the one under the mouse. The first two are pictures, made
    anew when what is in them changes, so that a move of the mouse draws one run.
    """

    chosen = Signal(str, bool)
    pointed = Signal(str)  # its path; empty where there is none

    def __init__(self, name: str) -> None:
        super().__init__()
        self.rows: Sequence[Row] = ()
        self.drawn: Sequence[Row] = ()  # those of ``rows`` that have a place
        self.selected: frozenset[str] = frozenset()
        self._numbers: dict[str, int] = {}  # of the drawn ones by path
        self._near = NOWHERE
        self._is_placed = False
        self._all: QPixmap | None = None
        self._marked: QPixmap | None = None
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        themes.changed.connect(self.redraw)

    # --- what kinds of plots say

    def place(self) -> None:
        """Works out where the runs are, of the size that the field has now."""
        raise NotImplementedError

    def paint_all(self, painter: QPainter) -> None:
        """Every run, and what stands around them."""
        raise NotImplementedError

    def paint_marked(self, painter: QPainter, numbers: Numbers) -> None:
        """Some of the drawn runs, so that they stand out."""
        raise NotImplementedError

    def nearest(self, place: QPointF) -> tuple[int, float]:
        """The number of the drawn run nearest to a place, and how far it is in px."""
        raise NotImplementedError

    def told(self, path: str) -> str:
        """What stands at the mouse over a run."""
        row = self.row_of(path)
        return row.name if row is not None else ""

    # --- what all share

    def sizeHint(self) -> QSize:
        return QSize(480, 200)

    def field(self) -> QRectF:
        left, top, right, bottom = MARGINS
        return QRectF(self.rect()).adjusted(left, top, -right, -bottom)

    def show_drawn(self, rows: Sequence[Row], drawn: Sequence[Row]) -> None:
        """Other runs, or other measures of them."""
        self.rows, self.drawn = rows, drawn
        self._numbers = {row.path: number for number, row in enumerate(drawn)}
        self._near = NOWHERE
        self._is_placed = False
        self.redraw()

    def show_selection(self, paths: Sequence[str]) -> None:
        if frozenset(paths) != self.selected:
            self.selected = frozenset(paths)
            self._marked = None
            self.update()

    def redraw(self) -> None:
        self._all = self._marked = None
        self.update()

    def row_of(self, path: str) -> Row | None:
        number = self._numbers.get(path)
        return None if number is None else self.drawn[number]

    def run_at(self, place: QPointF) -> str:
        """The path of the run nearest to a place, if one is near."""
        number = self._at(place)
        return "" if number == NOWHERE else self.drawn[number].path

    def mousePressEvent(self, event: QMouseEvent) -> None:
        path = self.run_at(event.position())
        if path:
            more = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
            self.chosen.emit(path, bool(event.modifiers() & more))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self._at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(NOWHERE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._is_placed = False
        self.redraw()

    def paintEvent(self, event: QPaintEvent) -> None:
        self._place_once()
        if self._all is None:
            self._all = self._picture()
            self._on(self._all, self.paint_all)
        if self._marked is None:
            self._marked = self._all
            marked = np.array(sorted(self._numbers[path] for path in self.selected if path in self._numbers))
            if len(marked):
                self._marked = self._all.copy()
                self._on(self._marked, lambda painter: self.paint_marked(painter, marked))
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._marked)
        if self._near != NOWHERE:
            painter.setFont(font_of(self.font()))
            self.paint_marked(painter, np.array([self._near]))
        painter.end()

    def _at(self, place: QPointF) -> int:
        self._place_once()
        if not self.drawn:
            return NOWHERE
        number, far = self.nearest(place)
        return number if far <= NEAR else NOWHERE

    def _point_at(self, number: int) -> None:
        if number != self._near:
            self._near = number
            path = "" if number == NOWHERE else self.drawn[number].path
            self.setToolTip(self.told(path) if path else "")
            self.pointed.emit(path)
            self.update()

    def _place_once(self) -> None:
        if not self._is_placed:
            self._is_placed = True
            self.place()

    def _picture(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        return picture

    def _on(self, picture: QPixmap, paint: object) -> None:
        painter = QPainter(picture)
        painter.setFont(font_of(self.font()))
        paint(painter)  # type: ignore[operator]
        painter.end()
