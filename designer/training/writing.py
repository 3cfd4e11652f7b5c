"""WrittenSamples: what a network that learns to write wrote while it was trained, the last sample first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from designer.figures import grouped, share
from designer.strip import Strip, shown
from designer.widgets import label, scrolled
from runtime.runs import Entry, Sampled
from runtime.stretches import heard

LEAST, MOST = 240, 420  # px


class WrittenSamples(QWidget):
    """One sample at a time, in the colours of how sure the network was; new ones come up unless one looks back."""

    def __init__(self) -> None:
        super().__init__()
        self.samples: list[Sampled] = []
        self._place = -1
        self._title = label("Writes", "heading")
        self._told = label("", "secondary")
        self._told.setToolTip("After how many steps, and at which temperature")
        self.back = self._arrow(Qt.ArrowType.LeftArrow, "The sample before", -1)
        self.on = self._arrow(Qt.ArrowType.RightArrow, "The sample after", 1)
        self.strip = Strip("What it wrote")
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self._title)
        head.addSpacing(8)
        head.addWidget(self._told)
        head.addStretch()
        head.addWidget(self.back)
        head.addWidget(self.on)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(scrolled(self.strip), 1)
        self.setMinimumWidth(LEAST)
        self.setMaximumWidth(MOST)
        self.clear()

    @property
    def told(self) -> str:
        """Such as: step 400 · at 0.8."""
        return self._told.text()

    def clear(self) -> None:
        self.samples, self._place = [], -1
        self.hide()

    def take(self, entries: Sequence[Entry]) -> None:
        """What the journal says anew."""
        was_last = self._place == len(self.samples) - 1
        known = len(self.samples)
        self.samples += heard(entries).of(Sampled)
        if len(self.samples) > known:
            self._show(len(self.samples) - 1 if was_last else self._place)

    def _arrow(self, arrow: Qt.ArrowType, tip: str, by: int) -> QToolButton:
        made = QToolButton()
        made.setArrowType(arrow)
        made.setToolTip(tip)
        made.setAccessibleName(tip)
        made.setAutoRaise(True)
        made.clicked.connect(lambda: self._show(self._place + by))
        return made

    def _show(self, place: int) -> None:
        self._place, sample = place, self.samples[place]
        self._told.setText(f"step {grouped(sample.step)} · at {sample.temperature:g}")
        self.back.setEnabled(place > 0)
        self.on.setEnabled(place < len(self.samples) - 1)
        begun, text = list(sample.start), list(sample.text)
        chances = [0.0] * len(begun) + sample.probabilities
        self.strip.show_tokens([*begun, *text], chances, lambda number: _said(begun + text, chances, number))


def _said(pieces: Sequence[str], chances: Sequence[float], number: int) -> str:
    if number >= len(chances) or not chances[number]:
        return ""
    return f"“{shown(pieces[number])}” was thought {share(chances[number])} likely"
