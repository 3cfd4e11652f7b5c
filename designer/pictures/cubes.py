"""The cube of a batch (N samples, C channels, H · W positions) with the part that is normalised together."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPen, QPolygonF

from designer.pictures.sketch import WIDTH, Sketch

HEIGHT = 220.0
SAMPLES, CHANNELS, PLACES = 4, 6, 4
UNIT = 21.0
TOP_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
DEPTH = QPointF(10.0, -10.0)  # one step along N

ALL, ONE = range(SAMPLES), range(1)
PARTS = {  # samples, channels and positions whose numbers are normalised together
    "batch": (ALL, ONE, range(PLACES), "one channel, over the whole batch"),
    "layer": (ONE, range(CHANNELS), ONE, "one step of one sample, over all channels"),
    "layers": (ONE, range(CHANNELS), range(PLACES), "one sample, over all its channels"),
    "instance": (ONE, ONE, range(PLACES), "one channel of one sample"),
    "group": (ONE, range(CHANNELS // 2), range(PLACES), "a group of channels of one sample"),
}


def part_of(settings: Any) -> str:
    """Which part of the cube a normalization looks at; empty where the cube says nothing."""
    kind = settings.type_id.split("_norm")[0]
    if kind in ("layer", "rms"):
        return "layer" if settings.normalized_axes == 1 else "layers"
    return kind if settings.family == "normalization" and kind in PARTS else ""


def draw_cube(sketch: Sketch, part: str) -> None:
    samples, channels, places, words = PARTS[part]
    width = CHANNELS * UNIT
    origin = QPointF(WIDTH / 2 - width / 2 - 40, 84)
    for sample in reversed(range(SAMPLES)):
        for channel in reversed(range(CHANNELS)):
            for place in range(PLACES):
                is_marked = sample in samples and channel in channels and place in places
                corner = origin + DEPTH * sample + QPointF(channel * UNIT, place * UNIT)
                _face(sketch, QRectF(corner.x(), corner.y(), UNIT, UNIT), is_marked)
                if place == 0:
                    _slanted(sketch, corner, QPointF(UNIT, 0), is_marked)
                if channel == CHANNELS - 1:
                    _slanted(sketch, corner + QPointF(UNIT, 0), QPointF(0, UNIT), is_marked)
    bottom = origin.y() + PLACES * UNIT
    sketch.words(QRectF(origin.x(), bottom + 6, width, 16), "C  channels", quiet=True)
    sketch.words(
        QRectF(origin.x() - 84, origin.y(), 76, PLACES * UNIT),
        "steps" if part == "layer" else "H · W\npositions",
        quiet=True,
    )
    edge = origin + DEPTH * SAMPLES
    sketch.words(QRectF(origin.x() - 44, edge.y() - 4, 60, 32), "N\nsamples", quiet=True)
    legend = QRectF(WIDTH / 2 + 92, origin.y() + 8, 14, 14)
    _face(sketch, legend, True)
    text = QRectF(legend.right() + 8, legend.top() - 4, WIDTH - legend.right() - 12, 60)
    sketch.words(text, f"normalised together:\n{words}", align=TOP_LEFT)


def _face(sketch: Sketch, rect: QRectF, is_marked: bool) -> None:
    sketch.painter.setPen(QPen(sketch.line_colour, 1))
    sketch.painter.setBrush(_filling(sketch, is_marked))
    sketch.painter.drawRect(rect)


def _slanted(sketch: Sketch, corner: QPointF, along: QPointF, is_marked: bool) -> None:
    """The side of a cell towards the samples behind it."""
    sketch.painter.setPen(QPen(sketch.line_colour, 1))
    sketch.painter.setBrush(_filling(sketch, is_marked).darker(112))
    sketch.painter.drawPolygon(QPolygonF([corner, corner + along, corner + along + DEPTH, corner + DEPTH]))


def _filling(sketch: Sketch, is_marked: bool) -> QColor:
    return sketch.family if is_marked else sketch.fill
