"""Chart: curves over a common axis, with a reading under the mouse; zoomed and moved by wheel, drag and keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.charts import frame
from designer.charts.axis import Axis
from designer.charts.brush import draw_line
from designer.charts.events import STRIP, Beyond, Mark, draw_beyond, draw_marks
from designer.charts.line import Line
from designer.charts.pyramid import Floats
from designer.charts.reading import Reading, draw_reading
from designer.figures import figure
from designer.theme import themes

LEFT, RIGHT, TOP, BOTTOM = 46.0, 12.0, 8.0, 22.0
ZOOM, STEP = 1.25, 0.1
LEAST_DRAG = 4  # px
MOST_ZOOM = 1e7
FAR = 1e3  # from the start of a logarithmic axis to its end, where nothing tells


class Chart(QWidget):
    """Shows ``lines``. Without a view of its own it shows everything, also what comes later."""

    zoomed = Signal(bool)  # is it a part that is shown?
    moved = Signal()  # by hand, away from the end

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self.lines: Sequence[Line] = ()
        self.marks: Sequence[Mark] = ()
        self.strokes: Floats = np.empty(0)  # places of what happened often, such as checkpoints
        self.extent: tuple[float, float] | None = None  # what is shown at least; None: what the lines span
        self.is_log = False
        self.is_log_across = False
        self.follows = False  # does a part that is shown move on with the end?
        self.fixed: tuple[float, float] | None = None  # ends of the upward axis; None: as the lines have it
        self.place_words: Callable[[float], str] = "{:g}".format  # of a place, in the reading
        self.tick_words: Callable[[float], str] | None = None
        self.value_words: Callable[[float], str] = partial(figure, digits=4)
        self._view: Axis | None = None
        self._up_view: Axis | None = None
        self._picture: QPixmap | None = None
        self._pressed: QPointF | None = None
        self._panned: tuple[Axis, Axis] | None = None
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
        return self._view is not None or self._up_view is not None

    @property
    def room(self) -> QRectF:
        """Where the curves are."""
        right = LEFT if any(line.on_right and not line.is_hidden for line in self.lines) else RIGHT
        top = TOP + STRIP if self.marks else TOP
        return QRectF(LEFT, top, max(1.0, self.width() - LEFT - right), max(1.0, self.height() - top - BOTTOM))

    def refresh(self) -> None:
        """Draws anew: lines, marks or settings are others."""
        if self.follows and self._view is not None:
            self._view = self._at_end(self._view)
        self._picture = None
        self.update()

    def across(self) -> Axis:
        """The part that is shown."""
        return self._view or Axis(*self.whole(), is_log=self.is_log_across)

    def whole(self) -> tuple[float, float]:
        """All that there is to show."""
        ends = [end for line in self.lines if (end := line.extent()) is not None]
        if self.extent is not None:
            ends.append(self.extent)
        low, high = (min(e[0] for e in ends), max(e[1] for e in ends)) if ends else (0.0, 1.0)
        if self.is_log_across:
            high = high if high > 0 else 1.0
            low = min((end[0] for end in ends if 0 < end[0] < high), default=high / FAR)
        return (low, high) if high > low else (low, low + 1)

    def up(self, across: Axis, *, on_right: bool = False) -> Axis:
        """The upward axis of what is shown."""
        if self._up_view is not None and not on_right:
            return self._up_view
        return self._whole_up(across, on_right=on_right)

    def _whole_up(self, across: Axis, *, on_right: bool = False, with_raw: bool = False) -> Axis:
        """As the lines have it. Raw values alone do not press the rest flat, unless they are wanted."""
        if self.fixed is not None and not on_right:
            return Axis(*self.fixed)
        lines = [line for line in self.lines if line.on_right == on_right and not line.is_hidden]
        plain = [line for line in lines if with_raw or line.style != "band"]
        reaches = [r for line in plain if (r := line.reach(across.low, across.high)) is not None]
        reaches = reaches or [r for line in lines if (r := line.reach(across.low, across.high)) is not None]
        low, high = (min(r[0] for r in reaches), max(r[1] for r in reaches)) if reaches else (0.0, 1.0)
        return frame.upward(low, high, self.is_log and not on_right)

    def fit(self) -> None:
        """Shows everything again, and follows what comes."""
        self._up_view = None
        self.show_part(None)

    def show_part(self, view: Axis | None) -> None:
        if view is not None:
            whole = Axis(*self.whole(), is_log=self.is_log_across)
            if not whole.share(view.high) - whole.share(view.low) > 1 / MOST_ZOOM:
                return
            if view.low <= whole.low and view.high >= whole.high:
                view = None
        self._view = view
        self.refresh()
        self.zoomed.emit(self.is_zoomed)

    def show_height(self, view: Axis) -> None:
        """Another part of the upward axis, up to all raw values."""
        if not view.high > view.low:
            return
        across = self.across()
        whole, usual = self._whole_up(across, with_raw=True), self._whole_up(across)
        if view.low <= whole.low and view.high >= whole.high:
            view = whole
        self._up_view = None if view == usual else view
        self.refresh()
        self.zoomed.emit(self.is_zoomed)

    def follow(self, follows: bool) -> None:
        """Lets the part that is shown move on with what comes."""
        self.follows = follows
        self.refresh()

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
        painter.setClipRect(room.adjusted(-1, -room.top(), 1, 1))
        shares = across.shares(np.array([mark.place for mark in self.marks])).tolist()
        words = [mark.word for mark in self.marks]
        draw_marks(painter, room, list(zip(shares, words, strict=True)), across.shares(self.strokes), self.font())
        painter.setClipRect(room.adjusted(-1, -TOP, 1, 1))
        inner = room.adjusted(0, frame.EDGE * room.height(), 0, -frame.EDGE * room.height())
        for line in sorted(self.lines, key=lambda each: each.style != "band"):
            if not line.is_hidden:
                draw_line(painter, inner, line, across, up[line.on_right])
        draw_beyond(painter, room, self.beyond(across, up[False]), self.font())
        painter.restore()

    def beyond(self, across: Axis, up: Axis) -> list[Beyond]:
        """The extremes of raw values that the upward axis leaves out."""
        found = []
        for line in self.lines:
            reach = line.reach(across.low, across.high) if line.style == "band" and not line.is_hidden else None
            if reach is None or line.on_right or (up.low <= reach[0] and reach[1] <= up.high):
                continue
            spans = line.spans(across, max(1, round(self.room.width()))).on(across)
            for is_above, value, ends in ((True, reach[1], spans.high), (False, reach[0], -spans.low)):
                if len(ends) and (value > up.high if is_above else value < up.low):
                    place = float(spans.places[int(np.nanargmax(ends))])
                    found.append(Beyond(across.share(place), is_above, self.value_words(value)))
        return found

    def reading(self, x: float) -> Reading:
        """What stands at a place of the widget: the nearest value of each curve."""
        across, room = self.across(), self.room
        place = across.value((x - room.left()) / room.width())
        rows, nearest = [], place
        for line in self.lines:
            found = None if line.is_hidden else line.nearest(place)
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
        """Along the chart; with Ctrl up the chart."""
        turned, room = event.angleDelta().y() or event.angleDelta().x(), self.room
        factor = ZOOM ** (turned / 120)
        if turned and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            share = float(np.clip(frame.share_at(room, event.position().y()), 0, 1))
            self.show_height(self.up(self.across()).zoomed(share, factor))
        elif turned:
            share = float(np.clip((event.position().x() - room.left()) / room.width(), 0, 1))
            self._look(self.across().zoomed(share, factor))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        moves = event.button() == Qt.MouseButton.MiddleButton or bool(
            event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        )
        if moves or event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._mouse = event.position(), event.position()
            self._panned = (self.across(), self.up(self.across())) if moves else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._mouse = event.position()
        if self._panned is not None and self._pressed is not None:
            across, up = self._panned
            gone = self._pressed - event.position()
            self.moved.emit()
            self._look(across.moved(gone.x() / self.room.width()))
            if self._up_view is not None:
                self.show_height(up.moved(-gone.y() / self.room.height()))
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
        across, key = self.across(), Qt.Key(event.key())
        closer = {Qt.Key.Key_Plus: ZOOM, Qt.Key.Key_Equal: ZOOM, Qt.Key.Key_Minus: 1 / ZOOM}
        along = {Qt.Key.Key_Left: -STEP, Qt.Key.Key_Right: STEP}
        upward = {Qt.Key.Key_Down: -STEP, Qt.Key.Key_Up: STEP}
        if key == Qt.Key.Key_Home:
            self.fit()
        elif key in closer and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.show_height(self.up(across).zoomed(0.5, closer[key]))
        elif key in closer:
            self._look(across.zoomed(0.5, closer[key]))
        elif key in along:
            self.moved.emit()
            self._look(across.moved(along[key]))
        elif key in upward and self._up_view is not None:
            self.show_height(self._up_view.moved(upward[key]))
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._picture = None
        super().resizeEvent(event)

    def _look(self, view: Axis) -> None:
        """At a part of what there is, never beside it."""
        self.show_part(view.within(Axis(*self.whole(), is_log=self.is_log_across)))

    def _at_end(self, view: Axis) -> Axis:
        """As long a part, up to the last value."""
        ends = [extent[1] for line in self.lines if (extent := line.extent()) is not None]
        if not ends:
            return view
        gone = view.share(max(ends)) - 1
        return view.moved(gone).within(Axis(*self.whole(), is_log=view.is_log))
