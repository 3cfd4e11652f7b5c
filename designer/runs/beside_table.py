"""The curves of some runs of the table, beside it: what is pointed at in one stands out in the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from designer.training.beside import COLORS, BesideRuns
from designer.training.curves import Curves
from designer.training.plot import Plot

MOST = len(COLORS)  # runs whose curves are shown at once


class CurvesBesideTable(QWidget):
    """``pointed`` and ``chosen`` tell the path of the run in a legend; empty where the mouse is on none."""

    pointed = Signal(str)
    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.curves = Curves(Plot("loss"), Plot("accuracy"))
        self.beside = BesideRuns(self.curves)
        self.beside.changed.connect(lambda: self.curves.show_beside(self.beside.others))
        self.curves.run_pointed.connect(lambda title: self.pointed.emit(self._path(title)))
        self.curves.run_chosen.connect(lambda title: self.chosen.emit(self._path(title)))
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 0, 0, 0)
        column.addWidget(self.curves)

    def show_runs(self, paths: Sequence[str]) -> None:
        """The first of these, as many as have a colour."""
        runs = [Path(path) for path in dict.fromkeys(paths)][:MOST]
        if set(runs) != set(self.beside.runs):
            self.beside.follow(runs)

    def highlight(self, paths: Sequence[str]) -> None:
        """These stand out, where they are shown."""
        runs = {Path(path) for path in paths}
        self.curves.highlight([run.name for run in self.beside.runs if run in runs])

    def colors(self) -> dict[str, str]:
        """The colour of each run by its path."""
        return {str(run): color for run, color in self.beside.colors().items()}

    def _path(self, title: str) -> str:
        return next((str(run) for run in self.beside.runs if run.name == title), "")
