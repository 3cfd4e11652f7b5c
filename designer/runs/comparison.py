"""Two runs side by side: what differs in drawing, settings and results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from designer.runs.columns import columns_of, written
from designer.training.legend import short_titles
from designer.widgets import button, label, line, scrolled
from nodes.graph.differences import Differences, differences
from nodes.graph.files import NetworkFileError, load
from nodes.graph.model import Network
from runtime.run_list import Row
from runtime.runs import NETWORK, RECIPE

LONGEST_NAME = 24
SIZE = (760, 560)
SORTS = {"added": "Added", "removed": "Taken away", "changed": "Changed"}
RESULTS = ("epochs", "seconds", "weights", "multiply_adds")


class Comparison(QDialog):
    """From ``before`` to ``after``. Asks for drawings to be opened."""

    drawing_wanted = Signal(object)  # the run whose drawing is to be opened
    differences_wanted = Signal()  # of the drawings, on the canvas

    def __init__(self, before: Row, after: Row, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Two Runs Compared")
        self.resize(*SIZE)
        self.before, self.after = before, after
        self.drawing = _drawing(before, after)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        self.results = result_rows(before, after)
        self.settings = setting_rows(before, after)
        self._section(column, "Results", self.results)
        self._section(column, "Recipe and data", self.settings, "Recipe and data are the same.")
        self.told = drawing_rows(self.drawing) if self.drawing is not None else []
        same = "The drawings are the same." if self.drawing is not None else "One of the drawings cannot be read."
        self._section(column, "Drawing", self.told, same, with_heads=False)
        column.addStretch()
        row = QHBoxLayout()
        row.setContentsMargins(16, 8, 16, 16)
        first, second = (_short(name) for name in short_titles([before.name, after.name]))
        row.addWidget(button(f"Open the drawing of {first}", lambda: self._open(before), tip=before.name))
        row.addWidget(button(f"Open the drawing of {second}", lambda: self._open(after), tip=after.name))
        on_canvas = button("Differences on the canvas", self._show_on_canvas)
        on_canvas.setEnabled(bool(self.told))
        row.addWidget(on_canvas)
        row.addStretch()
        close = button("Close", self.accept)
        close.setDefault(True)
        row.addWidget(close)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolled(content), 1)
        outer.addLayout(row)

    def _section(
        self,
        column: QVBoxLayout,
        title: str,
        rows: Sequence[tuple[str, str, str]],
        none: str = "",
        *,
        with_heads: bool = True,
    ) -> None:
        column.addWidget(label(title, "title"))
        if not rows:
            column.addWidget(label(none, "secondary"))
            return
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        heads = [("", self.before.name, self.after.name)] if with_heads else []
        for number, cells in enumerate((*heads, *rows)):
            for place, text in enumerate(cells):
                is_head = with_heads and number == 0
                grid.addWidget(label(text, "secondary" if is_head or place == 0 else "", wrap=True), number, place)
        column.addLayout(grid)
        column.addWidget(line())

    def _show_on_canvas(self) -> None:
        self.accept()
        self.differences_wanted.emit()

    def _open(self, row: Row) -> None:
        self.drawing_wanted.emit(Path(row.path))


def result_rows(before: Row, after: Row) -> list[tuple[str, str, str]]:
    """Each measure that either has, as name and both values."""
    columns = [
        c for c in columns_of([before, after]) if c.name in RESULTS or c.name in {*before.metrics, *after.metrics}
    ]
    return [(column.title, column.shown(before) or "–", column.shown(after) or "–") for column in columns]


def setting_rows(before: Row, after: Row) -> list[tuple[str, str, str]]:
    """Each setting of recipe and data that differs."""
    old, new = _settings(before), _settings(after)
    keys = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
    return [(key, _value(old.get(key)), _value(new.get(key))) for key in keys]


def drawing_rows(found: Differences) -> list[tuple[str, str, str]]:
    """A line for each node and link that differs."""
    rows = []
    for node in found.nodes:
        told = ", ".join(f"{name} {written(a)} → {written(b)}" for name, (a, b) in node.settings.items())
        rows.append((SORTS[node.sort], f"{node.name} ({node.kind})", told))
    rows += [("Linked", str(each), "") for each in found.linked]
    return rows + [("Unlinked", str(each), "") for each in found.unlinked]


def _drawing(before: Row, after: Row) -> Differences | None:
    networks = [_network(Path(row.path)) for row in (before, after)]
    if networks[0] is None or networks[1] is None:
        return None
    return differences(networks[0].graph, networks[1].graph)


def _network(run: Path) -> Network | None:
    try:
        return load(run / NETWORK).network
    except NetworkFileError:
        return None


def _settings(row: Row) -> dict[str, Any]:
    try:
        parts = msgspec.json.decode((Path(row.path) / RECIPE).read_bytes(), type=dict[str, dict[str, Any]])
    except (OSError, msgspec.DecodeError):
        return dict(row.settings)
    return {f"{part}.{name}": value for part, settings in parts.items() for name, value in settings.items()}


def _value(value: Any) -> str:
    return "–" if value is None else written(value)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
