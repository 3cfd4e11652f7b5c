"""What a snapshot of a run holds, as pictures: decoded from the engine's answer without numpy."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage, QPainter

GREY = 1  # bytes of a pixel


@dataclass(frozen=True)
class Plane:
    """One tensor: its shape, and its numbers as bytes, of the width that ``code`` says."""

    shape: tuple[int, ...]
    code: str  # as in the module struct
    data: bytes

    @cached_property
    def numbers(self) -> list[Any]:
        """All of them in a row."""
        return memoryview(self.data).cast(self.code).tolist()

    def part(self, *at: int) -> bytes:
        """The bytes of a part, by its places along the first axes; each number is a byte."""
        size, offset = len(self.data), 0
        for place, count in zip(at, self.shape, strict=False):
            size //= count
            offset += place * size
        return self.data[offset : offset + size]


@dataclass(frozen=True)
class SnapshotShown:
    """A snapshot as the engine tells it."""

    step: int
    steps: list[int]
    samples: list[int]
    filters_of: str
    planes: dict[str, Plane]

    def layers(self) -> list[str]:
        """Paths of the layers whose activations are kept, in the order of calculation."""
        return [name.removeprefix("activation/") for name in self.planes if name.startswith("activation/")]

    def ends(self, name: str) -> tuple[float, float]:
        """The numbers that the lowest and the highest byte, or bin, stand for."""
        return self.planes[f"low/{name}"].numbers[0], self.planes[f"high/{name}"].numbers[0]


CODES = {"uint8": "B", "int32": "i", "int64": "q", "float32": "f"}


def decoded(result: Mapping[str, Any]) -> SnapshotShown:
    """From the answer to ReadSnapshot."""
    planes = {
        name: Plane(tuple(one["shape"]), CODES[one["dtype"]], base64.b64decode(one["data"]))
        for name, one in result["tensors"].items()
    }
    facts = result["facts"]
    return SnapshotShown(
        result["step"], result["steps"], list(facts.get("samples", ())), str(facts.get("filters_of", "")), planes
    )


def stretched(values: bytes) -> bytes:
    """From black to white, whatever the range was; what is all alike is black."""
    low, high = min(values), max(values)
    if high == low:
        return bytes(len(values))
    return values.translate(bytes(min(255, max(0, (n - low) * 255 // (high - low))) for n in range(256)))


def picture(values: bytes, width: int, height: int, depth: int = GREY) -> QImage:
    """A picture of its own memory."""
    form = QImage.Format.Format_Grayscale8 if depth == GREY else QImage.Format.Format_RGB888
    return QImage(values, width, height, width * depth, form).copy()


def strongest_map(plane: Plane) -> int:
    """The map that differs most within the pinned samples, of sample × map × H × W."""
    samples, maps = plane.shape[:2]
    spans = [sum(max(part) - min(part) for part in _parts(plane, m, samples)) for m in range(maps)]
    return spans.index(max(spans))


def _parts(plane: Plane, number: int, samples: int) -> list[bytes]:
    return [plane.part(sample, number) for sample in range(samples)]


def activation_picture(plane: Plane, sample: int, number: int = 0) -> QImage:
    """A map of one sample; the units of a layer without maps stand in rows as a square."""
    if len(plane.shape) == 4:
        height, width = plane.shape[2:]
        return picture(stretched(plane.part(sample, number)), width, height)
    units = plane.part(sample)
    side = math.ceil(math.sqrt(len(units)))
    rows = -(-len(units) // side)
    return picture(stretched(units).ljust(side * rows, b"\0"), side, rows)


def strongest_unit(plane: Plane, sample: int) -> int:
    """The unit with the largest number, of sample × unit."""
    units = plane.part(sample)
    return units.index(max(units))


def filter_pictures(plane: Plane) -> list[QImage]:
    """Of filter × H × W × colours; all on one scale."""
    count, height, width, depth = plane.shape
    return [picture(plane.part(number), width, height, depth) for number in range(count)]


def tiled(pictures: Sequence[QImage], columns: int, side: int, gap: int = 1) -> QImage:
    """Pictures side by side, each brought to a square without being smoothed; between them one sees through."""
    rows = -(-len(pictures) // columns)
    sheet = QImage(columns * (side + gap) - gap, rows * (side + gap) - gap, QImage.Format.Format_ARGB32_Premultiplied)
    sheet.fill(Qt.GlobalColor.transparent)
    painter = QPainter(sheet)
    for number, one in enumerate(pictures):
        row, column = divmod(number, columns)
        painter.drawImage(QRect(column * (side + gap), row * (side + gap), side, side), one)
    painter.end()
    return sheet
