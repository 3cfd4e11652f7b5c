"""Panels: small grids of numbers side by side, with a sign or an arrow between: what was, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from designer.pictures.sketch import WIDTH, Sketch, square

WORDS, EDGE, LARGEST, BETWEEN = 36.0, 10.0, 30.0, 52.0
SHADES = (0, 150, 90, 45, 25)  # how strongly a cell is tinted
PADDED = -1


@dataclass(frozen=True)
class Cell:
    """One number. ``shade``: 0 plain, 1 to 4 ever fainter tints, -1 dotted, as what is added around."""

    text: str = ""
    shade: int = 0


Row = Sequence[Cell | None]  # None leaves the place free


@dataclass(frozen=True)
class Panel:
    """A grid and the words below it; ``framed`` are rows, columns and size of what is looked at."""

    rows: Sequence[Row]
    words: str = ""
    framed: tuple[float, float, float, float] | None = None

    @property
    def columns(self) -> int:
        return max(len(row) for row in self.rows)


Part = Panel | str  # a sign between two panels; "→" is drawn as an arrow


def height_of(parts: Sequence[Part]) -> float:
    tallest = max(len(part.rows) for part in parts if isinstance(part, Panel))
    return 2 * EDGE + tallest * _side(parts) + WORDS


def draw_panels(sketch: Sketch, parts: Sequence[Part]) -> None:
    """In the middle of the page, each panel in the middle of the row."""
    side, height = _side(parts), height_of(parts) - WORDS
    columns = sum(part.columns for part in parts if isinstance(part, Panel))
    signs = sum(isinstance(part, str) for part in parts)
    left = (WIDTH - columns * side - signs * BETWEEN) / 2
    for part in parts:
        if isinstance(part, str):
            _sign(sketch, part, QRectF(left, 0, BETWEEN, height))
            left += BETWEEN
            continue
        corner = QPointF(left, (height - len(part.rows) * side) / 2)
        _grid(sketch, part, corner, side)
        width = part.columns * side
        words = QRectF(left - 40, height - EDGE + 4, width + 80, WORDS)
        sketch.words(words, part.words, quiet=True)
        left += width


def numbered(rows: Iterable[Iterable[object]], *, by: str = "row") -> list[list[Cell]]:
    """Cells with these texts, tinted ``by`` their row or column."""
    return [
        [Cell(f"{value}", 1 + (row if by == "row" else column) % 4) for column, value in enumerate(values)]
        for row, values in enumerate(rows)
    ]


def plain(rows: Iterable[Iterable[object]], shade: int = 0) -> list[list[Cell]]:
    """Cells with these texts, all of one tint."""
    return [[Cell(f"{value}", shade) for value in values] for values in rows]


def _side(parts: Sequence[Part]) -> float:
    columns = sum(part.columns for part in parts if isinstance(part, Panel))
    signs = sum(isinstance(part, str) for part in parts)
    return min(LARGEST, (WIDTH - 2 * EDGE - signs * BETWEEN) / columns)


def _sign(sketch: Sketch, sign: str, rect: QRectF) -> None:
    if sign == "→":
        middle = rect.center().y()
        sketch.arrow(QPointF(rect.left() + 12, middle), QPointF(rect.right() - 12, middle))
    else:
        sketch.words(rect, sign, size=13, bold=True)


def _grid(sketch: Sketch, panel: Panel, corner: QPointF, side: float) -> None:
    for row, cells in enumerate(panel.rows):
        for column, cell in enumerate(cells):
            if cell is not None:
                rect = square(corner, row, column, side)
                sketch.cell(rect, cell.text, alpha=SHADES[max(cell.shade, 0)], is_padding=cell.shade == PADDED)
    if panel.framed is not None:
        row, column, rows, columns = panel.framed
        sketch.frame(square(corner, row, column, side, rows, columns))
