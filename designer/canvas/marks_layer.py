"""Frames and notes as they are drawn: frames behind the nodes they follow, notes over the wires."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, QUrl, Signal
from PySide6.QtGui import QAbstractTextDocumentLayout, QColor, QPainter, QPalette, QTextDocument

from designer.canvas.geometry import GRID, RADIUS
from designer.canvas.grid import Box
from designer.canvas.layers import Layer
from designer.canvas.look import NAMES, look, with_alpha
from designer.theme import family_color
from nodes.graph.marks import Frame, Point, StickyNote
from nodes.graph.model import Link

if TYPE_CHECKING:
    from designer.canvas.scene import CanvasScene

FRAMES, NOTES = -1.0, 0.6  # levels: below the wires, above their shapes
TITLE_HEIGHT, PADDING = 28.0, 10.0
LEAST_NOTE = 40.0
POINT = 4.0  # radius of a point that a link is led through
FILL, EDGE = 26, 110  # how much of a frame's colour is seen, of 255


class NoteText(QTextDocument):
    """Markdown that loads nothing: a note can name no file and no address."""

    def __init__(self, note: StickyNote) -> None:
        super().__init__()
        self.setDocumentMargin(PADDING)
        self.setMarkdown(note.text, QTextDocument.MarkdownFeature.MarkdownNoHTML)
        self.setTextWidth(note.width)

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        return None


class MarksLayer(QObject):
    """Where frames and notes are, which of them is selected, and how both are painted."""

    mark_selected = Signal(str)

    def __init__(self, scene: CanvasScene) -> None:
        super().__init__(scene)
        self._scene = scene
        self.selected = ""  # a note, or a frame that keys went to
        self._texts: dict[StickyNote, NoteText] = {}
        self._boxes: dict[str, QRectF] = {}  # of frames
        self._shift = QPointF()  # of the selected note while it is dragged
        self._bends: Mapping[Link, tuple[Point, ...]] = {}
        scene.document.selected.connect(self._leave_note)
        scene.addItem(Layer(scene.sceneRect(), FRAMES, self._draw_frames))
        scene.addItem(Layer(scene.sceneRect(), NOTES, self._draw_notes))

    @property
    def _frames(self) -> Mapping[str, Frame]:
        return self._scene.document.graph.marks.frames

    @property
    def _notes(self) -> Mapping[str, StickyNote]:
        return self._scene.document.graph.marks.notes

    # --- following

    def follow(self) -> None:
        """Nodes or marks are others now, or elsewhere."""
        self._bends = self._scene.document.graph.marks.bends
        if not (self._boxes or self._texts or self._frames or self._notes):
            return
        self._boxes = {name: self._around(frame) for name, frame in self._frames.items()}
        self._texts = {note: self._texts.get(note) or NoteText(note) for note in self._notes.values()}
        if self.selected and self.selected not in self._notes and self.selected not in self._frames:
            self.select("")
        self._scene.update()

    def _around(self, frame: Frame) -> QRectF:
        box = self._scene.content_rect(name for name in frame.members if name in self._scene.node_items)
        return box.adjusted(-GRID, -GRID - TITLE_HEIGHT, GRID, GRID)

    def select(self, name: str) -> None:
        if name != self.selected:
            self.selected = name
            self.mark_selected.emit(name)
            self._scene.update()

    @property
    def selected_note(self) -> str:
        return self.selected if self.selected in self._notes else ""

    @property
    def selected_frame(self) -> str:
        return self.selected if self.selected in self._frames else ""

    def _leave_note(self, names: tuple[str, ...]) -> None:
        """Nodes are selected instead."""
        if names:
            self.select("")

    def shift_note(self, shift: QPointF) -> None:
        """Shows the selected note elsewhere while it is dragged."""
        self._shift = shift
        self._scene.update()

    def show_bends(self, bends: Mapping[Link, tuple[Point, ...]]) -> None:
        """Shows the points of links elsewhere while one is dragged."""
        self._bends = bends
        self._scene.update()

    # --- finding

    def note_box(self, name: str) -> QRectF:
        note = self._notes[name]
        height = max(LEAST_NOTE, self._texts[note].size().height())
        box = QRectF(note.x, note.y, note.width, height)
        return box.translated(self._shift) if name == self.selected else box

    def box_of(self, name: str) -> QRectF:
        """Where a note or a frame is."""
        return self.note_box(name) if name in self._notes else self._boxes[name]

    def corners(self) -> dict[str, tuple[float, float]]:
        """The upper left corner of every frame and note."""
        boxes = {name: self.box_of(name) for name in (*self._boxes, *self._notes)}
        return {name: (box.left(), box.top()) for name, box in boxes.items()}

    def notes_in(self, box: QRectF) -> tuple[str, ...]:
        """The notes that lie within a box."""
        return tuple(name for name in self._notes if box.contains(self.note_box(name)))

    def note_at(self, place: QPointF) -> str:
        return next((name for name in self._notes if self.note_box(name).contains(place)), "")

    def title_box(self, name: str) -> QRectF:
        box = self._boxes[name]
        return QRectF(box.left(), box.top(), box.width(), TITLE_HEIGHT)

    def frame_at(self, place: QPointF) -> str:
        """The frame whose title is at a place: by it frames are taken."""
        return next((name for name in self._boxes if self.title_box(name).contains(place)), "")

    def frame_around(self, place: QPointF) -> str:
        """The smallest frame that a place lies in."""
        around = [name for name, box in self._boxes.items() if box.contains(place)]
        return min(around, key=lambda name: self._boxes[name].width() * self._boxes[name].height(), default="")

    def content_rect(self) -> QRectF:
        """The box around all frames and notes."""
        whole = QRectF()
        for box in (*self._boxes.values(), *(self.note_box(name) for name in self._notes)):
            whole = whole.united(box)
        return whole

    # --- painting

    def paint(self, painter: QPainter, exposed: Box) -> None:
        """Both, from afar."""
        self._draw_frames(painter, exposed)
        self._draw_notes(painter, exposed)

    def _draw_frames(self, painter: QPainter, exposed: Box) -> None:
        is_read = painter.worldTransform().m11() >= NAMES
        for name, frame in self._frames.items():
            box = self._boxes.get(name)
            if box is None or not _is_seen(box, exposed):
                continue
            colour = family_color(frame.family)
            is_selected = name == self.selected
            painter.setPen(look.outline_by_state["selected"] if is_selected else with_alpha(colour, EDGE))
            painter.setBrush(with_alpha(colour, FILL))
            painter.drawRoundedRect(box, RADIUS, RADIUS)
            if is_read:
                painter.setPen(look.text)
                painter.setFont(look.name_font)
                room = self.title_box(name).adjusted(PADDING, 0, -PADDING, 0)
                title = look.name_metrics.elidedText(frame.title, Qt.TextElideMode.ElideRight, room.width())
                painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, title)

    def _draw_points(self, painter: QPainter) -> None:
        """Where links are led through: there they can be taken."""
        painter.setPen(look.port)
        painter.setBrush(look.port_fill)
        for points in self._bends.values():
            for point in points:
                painter.drawEllipse(QPointF(*point), POINT, POINT)

    def _draw_notes(self, painter: QPainter, exposed: Box) -> None:
        is_read = painter.worldTransform().m11() >= NAMES
        if is_read:
            self._draw_points(painter)
        context = QAbstractTextDocumentLayout.PaintContext()
        context.palette.setColor(QPalette.ColorRole.Text, QColor(look.text))  # type: ignore[attr-defined]
        for name, note in self._notes.items():
            box = self.note_box(name)
            if not _is_seen(box, exposed):
                continue
            painter.setPen(look.outline_by_state["selected" if name == self.selected else ""])
            painter.setBrush(QColor(look.theme.raised))
            painter.drawRoundedRect(box, RADIUS / 2, RADIUS / 2)
            if is_read:
                painter.save()
                painter.translate(box.topLeft())
                self._texts[note].documentLayout().draw(painter, context)
                painter.restore()


def _is_seen(box: QRectF, exposed: Box) -> bool:
    left, top, right, bottom = exposed
    return box.left() <= right and left <= box.right() and box.top() <= bottom and top <= box.bottom()
