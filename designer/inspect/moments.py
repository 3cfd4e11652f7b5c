"""Moments: whose weights are looked at, the best, the last, or those of a checkpoint on the way."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QSlider, QWidget

from designer.figures import grouped
from designer.widgets import label
from runtime.milestones import NAME

BEST, LAST = "best", "last"
USUAL = {BEST: "the best epoch", LAST: "the last step"}
NAMELESS = ("best.safetensors", "last.safetensors", "good.safetensors")
KEPT = re.compile(r"(epoch|cycle)-(\d+)\.safetensors")
SLIDER_WIDTH = 140
NONE_KEPT = "none kept on the way"
NONE_TIP = "This run keeps no checkpoints of before: only its best and its last weights can be looked at"


class Moments(QWidget):
    """``weights`` names them all; ``slider`` goes through the checkpoints of the way, and ends at the last step."""

    chosen = Signal(str)  # which weights

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[int] = []  # with a checkpoint
        self._files: list[str] = []
        self._last_step = 0
        self.weights = QComboBox()
        self.weights.setAccessibleName("Weights that are looked at")
        self.weights.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.weights.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.weights.currentIndexChanged.connect(self._choose)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Moment of the training")
        self.slider.setFixedWidth(SLIDER_WIDTH)
        self.slider.valueChanged.connect(self._slide)
        self.told = label("", "secondary")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for one in (self.told, self.slider, label("Weights of", "secondary"), self.weights):
            row.addWidget(one)
        self.slider.hide()

    @property
    def which(self) -> str:
        return str(self.weights.currentData() or BEST)

    def show_files(self, files: list[str], last_step: int) -> None:
        """The weights of a run; the choice stays where it is still there. ``last_step``: the last that is known."""
        found = sorted((int(match[1]), file) for file in files if (match := NAME.fullmatch(file)))
        self.steps, self._files = [step for step, _ in found], [file for _, file in found]
        self._last_step = last_step
        others = [file for file in files if file not in (*NAMELESS, *self._files)]
        entries = USUAL | {file: _named(file) for file in (*self._files, *others)}
        chosen = self.weights.currentData() or BEST
        self.weights.blockSignals(True)
        self.weights.clear()
        for which, words in entries.items():
            self.weights.addItem(words, which)
        self.weights.setCurrentIndex(max(0, self.weights.findData(chosen)))
        self.weights.blockSignals(False)
        self.slider.setVisible(bool(self.steps))
        self.slider.blockSignals(True)
        self.slider.setRange(0, len(self.steps))
        self.slider.blockSignals(False)
        self._tell()

    def forget(self) -> None:
        """Another run: its best weights come first."""
        self.weights.blockSignals(True)
        self.weights.clear()
        self.weights.blockSignals(False)

    def go_to(self, step: int) -> None:
        """To the checkpoint that is nearest to a step; nowhere where none is kept."""
        places = [*self.steps, max(self._last_step, step, *self.steps)] if self.steps else []
        if places:
            self.slider.setValue(min(range(len(places)), key=lambda place: (abs(places[place] - step), -place)))

    def _slide(self, place: int) -> None:
        which = self._files[place] if place < len(self._files) else LAST
        self.weights.setCurrentIndex(self.weights.findData(which))

    def _choose(self) -> None:
        self._tell()
        self.chosen.emit(self.which)

    def _tell(self) -> None:
        """In words and by the slider which moment it is."""
        which = self.which
        place = self._files.index(which) if which in self._files else len(self._files)
        self.slider.blockSignals(True)
        self.slider.setValue(place)
        self.slider.blockSignals(False)
        if not self.steps:
            self.told.setText(NONE_KEPT)
            self.told.setToolTip(NONE_TIP)
            return
        self.told.setToolTip("")
        words = f"checkpoint {place + 1} of {len(self.steps)}" if which in self._files else ""
        self.told.setText(words)
        self.slider.setToolTip(f"Looks at the {len(self.steps)} checkpoints kept on the way, and at the last step")


def _named(file: str) -> str:
    """A checkpoint as a user would call it."""
    if step := NAME.fullmatch(file):
        return f"step {grouped(int(step[1]))}"
    kept = KEPT.fullmatch(file)
    return f"{kept[1]} {int(kept[2])}" if kept else file
