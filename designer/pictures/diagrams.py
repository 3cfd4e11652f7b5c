"""Boxes and arrows: what flows where inside a layer, laid out in columns and rows."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from designer.pictures.sketch import WIDTH, Sketch

ROW, BOX_HEIGHT, SIDE_ROOM = 56.0, 32.0, 8.0


@dataclass(frozen=True)
class Box:
    """``kind``: a plain name of a value, a step, or the round sign of a sum or product."""

    text: str
    column: float
    row: float
    kind: str = "step"


@dataclass(frozen=True)
class Diagram:
    """``arrows`` join boxes by name; ``around`` run below or above the row, as a shortcut does."""

    boxes: dict[str, Box]
    arrows: tuple[tuple[str, str], ...]
    around: tuple[tuple[str, str], ...] = ()

    @property
    def height(self) -> float:
        return (max(box.row for box in self.boxes.values()) + 1) * ROW + (24 if self.around else 8)


def draw_diagram(sketch: Sketch, diagram: Diagram) -> None:
    columns = max(box.column for box in diagram.boxes.values()) + 1
    step = (WIDTH - 2 * SIDE_ROOM) / columns
    lift = 24 if diagram.around else 4
    places = {name: _place(box, step, lift) for name, box in diagram.boxes.items()}
    for start, end in diagram.arrows:
        sketch.arrow(*_way(places[start], places[end]))
    for start, end in diagram.around:
        first, last = places[start], places[end]
        top = min(first.top(), last.top()) - 16
        sketch.arrow(
            QPointF(first.center().x() + 6, first.top()),
            QPointF(first.center().x() + 6, top),
            QPointF(last.center().x() - 6, top),
            QPointF(last.center().x() - 6, last.top() - 1),
        )
    for name, box in diagram.boxes.items():
        if box.kind == "value":
            sketch.words(places[name], box.text, mono=True)
        else:
            sketch.box(places[name], box.text, is_marked=box.kind != "step", is_round=box.kind == "sign")


def _place(box: Box, step: float, lift: float) -> QRectF:
    centre = QPointF(SIDE_ROOM + (box.column + 0.5) * step, lift + box.row * ROW + ROW / 2 - 8)
    width = {"sign": 28.0, "value": min(step - 30, 64)}.get(box.kind, min(step - (12 if step < 90 else 22), 132))
    height = 28.0 if box.kind == "sign" else 20 if box.kind == "value" else BOX_HEIGHT
    return QRectF(centre.x() - width / 2, centre.y() - height / 2, width, height)


def _way(start: QRectF, end: QRectF) -> tuple[QPointF, ...]:
    """Straight across or straight up; across and then up or down where both differ."""
    if abs(start.center().y() - end.center().y()) < 2:
        return QPointF(start.right() + 2, start.center().y()), QPointF(end.left() - 2, end.center().y())
    is_down = end.center().y() > start.center().y()
    edge = end.top() - 2 if is_down else end.bottom() + 2
    if abs(start.center().x() - end.center().x()) < 2:
        begin = start.bottom() + 2 if is_down else start.top() - 2
        return QPointF(start.center().x(), begin), QPointF(end.center().x(), edge)
    return (
        QPointF(start.right() + 2, start.center().y()),
        QPointF(end.center().x(), start.center().y()),
        QPointF(end.center().x(), edge),
    )


def chain(*steps: str) -> Diagram:
    """One step after the other; the first and the last are values."""
    boxes = {str(n): Box(text, n, 0, "value" if n in (0, len(steps) - 1) else "step") for n, text in enumerate(steps)}
    return Diagram(boxes, tuple((str(n), str(n + 1)) for n in range(len(steps) - 1)))
