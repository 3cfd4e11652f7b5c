"""Chart: curves over a common axis, with a reading under the mouse; zoomed and moved by wheel, drag and keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.charts import frame
from designer.charts.axis import Axis
from designer.charts.brush import draw_line
from designer.charts.line import Line
from designer.charts.reading import Reading, draw_reading
from designer.theme import themes

LEFT, RIGHT, TOP, BOTTOM = 46.0, 12.0, 8.0, 22.0
ZOOM, STEP = 1.25, 0.1
LEAST_DRAG = 4  # px
MOST_ZOOM = 1e7


class Mark(NamedTuple):
    """Something that happened at a place: a checkpoint, the best epoch."""

    place: float
    word: str


class Chart(QWidget):
    """Shows ``lines``. Without a view of its own it shows everything, also what comes later."""

    zoomed = Signal(bool)  # is it a part that is shown?

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self.lines: Sequence[Line] = ()
        self.marks: Sequence[Mark] = ()
        self.extent: tuple[float, float] | None = None  # what is shown at least; None: what the lines span
        self.is_log = False
        self.fixed: tuple[float, float] | None = None  # ends of the upward axis; None: as the lines have it
        self.place_words: Callable[[float], str] = "{:g}".format  # of a place, in the reading
        self.tick_words: Callable[[float], str] | None = None
        self.value_words: Callable[[float], str] = "{:.4g}".format
        self._view: Axis | None = None
        self._picture: QPixmap | None = None
        self._pressed: QPointF | None = None
        self._panned: Axis | None = None
        self._mouse: QPointF | None = None
        self.painted = 0  # pictures of the curves made so far
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(80)
        self.setAccessibleName(name)
        themes.changed.connect(self.refresh)

    def sizeHint(self) -> QSize:
        return QSize(420, 180)

    @property
    def is_zoomed(self) -> bool:
        return self._view is not None

    @property
    def room(self) -> QRectF:
        """Where the curves are."""
        right = LEFT if any(line.on_right and not line.is_hidden for line in self.lines) else RIGHT
        return QRectF(LEFT, TOP, max(1.0, self.width() - LEFT - right), max(1.0, self.height() - TOP - BOTTOM))

    def refresh(self) -> None:
        """Draws anew: lines, marks or settings are others."""
        self._picture = None
        self.update()

    def across(self) -> Axis:
        """The part that is shown."""
        return self._view or Axis(*self.whole())

    def whole(self) -> tuple[float, float]:
        """All that there is to show."""
        ends = [end for line in self.lines if (end := line.extent()) is not None]
        if self.extent is not None:
            ends.append(self.extent)
        low, high = (min(e[0] for e in ends), max(e[1] for e in ends)) if ends else (0.0, 1.0)
        return (low, high) if high > low else (low, low + 1)

    def up(self, across: Axis, *, on_right: bool = False) -> Axis:
        """The upward axis of what is shown. Raw values alone do not press the rest flat."""
        if self.fixed is not None and not on_right:
            return Axis(*self.fixed)
        lines = [line for line in self.lines if line.on_right == on_right and not line.is_hidden]
        plain = [line for line in lines if line.style != "band"]
        reaches = [r for line in plain if (r := line.reach(across.low, across.high)) is not None]
        reaches = reaches or [r for line in lines if (r := line.reach(across.low, across.high)) is not None]
        low, high = (min(r[0] for r in reaches), max(r[1] for r in reaches)) if reaches else (0.0, 1.0)
        return frame.upward(low, high, self.is_log and not on_right)

    def fit(self) -> None:
        """Shows everything again, and follows what comes."""
        self.show_part(None)

    def show_part(self, view: Axis | None) -> None:
        if view is not None:
            low, high = self.whole()
            least = (high - low) / MOST_ZOOM
            if not view.high - view.low > least:
                return
            if view.low <= low and view.high >= high:
                view = None
        self._view = view
        self.refresh()
        self.zoomed.emit(self.is_zoomed)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._picture is None or self._picture.deviceIndependentSize().toSize() != self.size():
            self._picture = self._drawn()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        room = self.room
        if self._pressed is not None and self._panned is None and self._mouse is not None:
            frame.draw_choice(painter, room, self._pressed.x(), self._mouse.x())
        elif self._mouse is not None and room.contains(self._mouse) and self.lines:
            draw_reading(painter, self.reading(self._mouse.x()), room, self.font())
        if self.hasFocus():
            frame.draw_focus(painter, QRectF(self.rect()))

    def paint(self, painter: QPainter) -> None:
        """Draws frame and curves; also onto paper."""
        across, room = self.across(), self.room
        up = {False: self.up(across)}
        frame.draw_frame(painter, room, across, up[False], self.font(), self.tick_words)
        right = [line for line in self.lines if line.on_right and not line.is_hidden]
        if right:
            up[True] = self.up(across, on_right=True)
            frame.draw_right(painter, room, up[True], self.font(), right[0].color)
        painter.save()
        painter.setClipRect(room.adjusted(-1, -TOP, 1, 1))
        frame.draw_marks(painter, room, [(across.share(m.place), m.word) for m in self.marks], self.font())
        inner = room.adjusted(0, frame.EDGE * room.height(), 0, -frame.EDGE * room.height())
        for line in sorted(self.lines, key=lambda each: each.style != "band"):
            if not line.is_hidden:
                draw_line(painter, inner, line, across, up[line.on_right])
        painter.restore()

    def reading(self, x: float) -> Reading:
        """What stands at a place of the widget: the nearest value of each curve."""
        across, room = self.across(), self.room
        place = across.value((x - room.left()) / room.width())
        rows, nearest = [], place
        for line in self.lines:
            found = None if line.is_hidden or line.style == "band" else line.nearest(place)
            if found is not None:
                if not rows:
                    nearest = found[0]
                rows.append((line.color, line.title, self.value_words(found[1])))
        at = room.left() + across.share(nearest) * room.width()
        return Reading(min(max(at, room.left()), room.right()), self.place_words(nearest), rows)

    def _drawn(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        self.paint(painter)
        painter.end()
        self.painted += 1
        return picture

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y() or event.angleDelta().x()
        share = float(np.clip((event.position().x() - self.room.left()) / self.room.width(), 0, 1))
        if turned:
            self._look(self.across().zoomed(share, ZOOM ** (turned / 120)))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        moves = event.button() == Qt.MouseButton.MiddleButton or bool(
            event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        )
        if moves or event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._mouse = event.position(), event.position()
            self._panned = self.across() if moves else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._mouse = event.position()
        if self._panned is not None and self._pressed is not None:
            self._look(self._panned.moved((self._pressed.x() - event.position().x()) / self.room.width()))
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        was_panning, self._panned = self._panned is not None, None
        if pressed is not None and not was_panning and abs(event.position().x() - pressed.x()) > LEAST_DRAG:
            shares = sorted((x - self.room.left()) / self.room.width() for x in (pressed.x(), event.position().x()))
            across = self.across()
            self._look(Axis(across.value(max(0.0, shares[0])), across.value(min(1.0, shares[1]))))
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.fit()

    def leaveEvent(self, event: QEvent) -> None:
        self._mouse = None
        self.update()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        across = self.across()
        views = {
            Qt.Key.Key_Plus: across.zoomed(0.5, ZOOM),
            Qt.Key.Key_Equal: across.zoomed(0.5, ZOOM),
            Qt.Key.Key_Minus: across.zoomed(0.5, 1 / ZOOM),
            Qt.Key.Key_Left: across.moved(-STEP),
            Qt.Key.Key_Right: across.moved(STEP),
            Qt.Key.Key_Home: None,
        }
        key = Qt.Key(event.key())
        if key not in views:
            super().keyPressEvent(event)
        elif (view := views[key]) is None:
            self.fit()
        else:
            self._look(view)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._picture = None
        super().resizeEvent(event)

    def _look(self, view: Axis) -> None:
        """At a part of what there is, never beside it."""
        low, high = self.whole()
        length = min(view.high - view.low, high - low)
        start = min(max(view.low, low), high - length)
        self.show_part(replace(view, low=start, high=start + length))
